"""Letters of invitation as one PDF, an office a letter: drawn by a job, and kept for three days.

The codes are made when the letters are drawn and stand in the file alone. Nothing counts before the file is whole:
a job that is stopped on its way leaves every invitation as it was, and may begin again.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import access, clock, files, jobs, pdf
from portal.audit import record
from portal.errors import Refused
from portal.models import Invitation, Job
from portal.people import accounts
from portal.registry import timer

KIND = "invitation_letters"
TEMPLATE = "portal/pdf/invitation_letters.html"
KEPT_FOR = timedelta(days=3)
AT_A_TIME = 20


def order(invitations, *, by):
    """The queued job that draws the letters of these invitations. Raises PermissionDenied, Refused `none_out`."""
    waiting = [one for one in invitations if not (one.accepted_at or one.revoked_at)]
    if not waiting:
        raise Refused(_("No invitation of this list is still out."), code="none_out")
    for invitation in waiting:
        accounts.inviting_capacity(by, invitation)
    return jobs.start(KIND, by, invitations=[one.pk for one in waiting])


@jobs.job(KIND, gettext_lazy("Letters of invitation"))
def draw(run, invitations):
    """The file of the letters, with a fresh code in each; earlier codes die."""
    rows = waiting(invitations)
    if not rows:
        raise Refused(_("No invitation of this list is still out."), code="none_out")
    codes = {row.pk: accounts.new_code() for row in rows}
    until = clock.now() + accounts.VALID_FOR
    letters = by_office(rows, codes)
    sheets = [letters[start : start + AT_A_TIME] for start in range(0, len(letters), AT_A_TIME)]
    frame = {**sender_of(run.by), "today": clock.today(), "until": until, "portal_name": settings.PORTAL_NAME}
    frame["join_url"] = settings.SITE_URL + reverse("join")
    total = len(letters)
    content = pdf.render_all(
        TEMPLATE,
        [{**frame, "letters": sheet} for sheet in sheets],
        lambda done: run.progress(min(done * AT_A_TIME, total), total),
    )
    with transaction.atomic():
        for row in rows:
            hand_out(row, codes[row.pk], until, by=run.by)
        return files.keep(content, name=_("letters.pdf"), content_type="application/pdf", by=run.by)


def waiting(keys):
    """The invitations of `keys` that are still out, office by office in Thai order."""
    rows = Invitation.objects.filter(pk__in=keys, accepted_at=None, revoked_at=None)
    rows = rows.select_related("local_government__district", "local_government__province")
    return list(rows.order_by("local_government__name_sort_key", "local_government", "pk"))


def by_office(rows, codes):
    """`[{office, invitations: [{invitation, code, qr}]}]` of rows in the order of their offices."""
    letters = []
    for row in rows:
        if not letters or letters[-1]["office"] != row.local_government:
            letters.append({"office": row.local_government, "invitations": []})
        code = codes[row.pk]
        qr = pdf.qr_svg(settings.SITE_URL + accounts.join_path(code))
        letters[-1]["invitations"].append({"invitation": row, "code": code, "qr": qr})
    return letters


def sender_of(user):
    """Whose letter it is: the local government or the province of `user`, or neither, and the telephone."""
    held = next((m for m in access.posts(user) if m.province_id or m.local_government_id), None)
    return {
        "sending_office": held and held.local_government,
        "sending_province": held and held.province,
        "phone": user.phone,
    }


def hand_out(row, code, until, *, by):
    """Let `code` open the invitation from now on; one that was taken up or withdrawn meanwhile stays as it is."""
    out = Invitation.objects.filter(pk=row.pk, accepted_at=None, revoked_at=None)
    if out.update(digest=accounts.digest_of(code), expires_at=until, invited_by=by):
        row.expires_at = until
        record("invitation.print", row, by=by, details=accounts.facts_of(row))
        accounts.mail_code(row, code)


@timer
def forget_old():
    """Drop letters that were drawn more than three days ago: their codes are in no other place."""
    old = Job.objects.filter(kind=KIND, result__isnull=False, finished_at__lt=clock.now() - KEPT_FOR)
    for job in old.select_related("result"):
        stored = job.result
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(result=None, summary=_("The letters were kept for three days."))
            stored.delete()
