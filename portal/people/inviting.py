"""Many invitations from one workbook, with a letter for each office; all of them, or none."""

from dataclasses import dataclass
from datetime import date

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.imports import LANGUAGES, Flaw
from portal.models.people import Invitation, Membership, User
from portal.models.places import LocalGovernment, LocalGovernmentCode
from portal.people import accounts
from portal.people.account_forms import offices_for
from portal.roles import LOCAL_ROLES, Role
from portal.states import CodeScheme
from portal.thai.dates import parse_thai_date
from portal.thai.digits import to_arabic

COLUMNS = {
    "code": L("Code of the office"),
    "office": L("Local government"),
    "role": L("Role"),
    "full_name": L("Name and surname"),
    "email": L("E-mail"),
    "order_no": L("Acting by order"),
    "valid_to": L("Held until"),
}
SPOKEN = {
    "เจ้าหน้าที่": Role.LOCAL_OFFICER,
    "ปลัด": Role.LOCAL_CLERK,
    "นายก": Role.LOCAL_EXECUTIVE,
    "ผู้ตรวจสอบภายใน": Role.LOCAL_AUDITOR,
}
OFFERED = (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE)
MOST = 1000
SALT = "portal.inviting"
KEPT_FOR = 3600


@dataclass(frozen=True)
class Letter:
    """What one office is handed: its invitations, each with its code in clear."""

    office: LocalGovernment
    invitations: list


def template_rows(user):
    """Rows for the workbook to fill in: the posts of the user's offices that nobody holds or was invited to."""
    offices = offices_for(user)
    held = set(_in_force(offices).values_list("local_government", "role"))
    held |= set(_open(offices).values_list("local_government", "role"))
    for office in offices.prefetch_related("codes"):
        for role in OFFERED:
            if (office.pk, role.value) not in held:
                yield {"code": office.code, "office": office.name_th, "role": role.label}


def _in_force(offices):
    return Membership.objects.in_force(clock.today()).filter(local_government__in=offices)


def _open(offices):
    return Invitation.objects.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=clock.now(), local_government__in=offices
    )


def check(rows, *, by):
    """`(posts, flaws)` of the rows of a workbook: what each offers, as `accounts.invite` takes it, and every flaw.

    Rows that name nobody are left out: the template has one for each free post.
    """
    named = [(number, row) for number, row in rows if row["full_name"] or row["email"]]
    offices = _offices([row["code"] for _number, row in named])
    out = {(one.local_government_id, one.role, one.full_name) for one in _open(list(offices.values()))}
    posts, flaws, seen = [], [], {}
    for number, row in named:
        post, wrong = _post(row, offices)
        if not wrong:
            key = (post["local_government"].pk, post["role"], post["full_name"])
            if key in seen:
                wrong["full_name"] = _("The same person and post stand in row %(row)s already.") % {"row": seen[key]}
            elif key in out:
                wrong["full_name"] = _("This person is invited to this post already.")
            seen.setdefault(key, number)
            wrong |= {} if wrong else _refused(post, by)
        flaws += [Flaw(number, str(COLUMNS[name]), text) for name, text in wrong.items()]
        posts.append(post)
    return posts, flaws


def _offices(codes):
    """The active local governments of `codes`, by the code as typed."""
    typed = {code: to_arabic(code).strip().zfill(8) for code in codes if code}
    held = LocalGovernmentCode.objects.filter(
        scheme=CodeScheme.DLA, code__in=set(typed.values()), valid_to=None
    ).select_related("local_government__district", "local_government__province")
    by_code = {row.code: row.local_government for row in held if row.local_government.is_active(clock.today())}
    return {code: by_code[whole] for code, whole in typed.items() if whole in by_code}


def _post(row, offices):
    """The post that a row offers, and what is wrong with it by column."""
    wrong = {}
    office, role = offices.get(row["code"]), role_named(row["role"])
    if office is None:
        wrong["code"] = _("There is no local government of this code.")
    elif row["office"] and row["office"] not in {office.name_th, office.name_en, office.short_name_th}:
        wrong["office"] = _("The code belongs to %(name)s.") % {"name": office.name_th}
    if role is None:
        wrong["role"] = _("There is no such role in a local government.")
    if not row["full_name"]:
        wrong["full_name"] = _("Enter the name.")
    elif len(row["full_name"]) > 160:
        wrong["full_name"] = _("At most %(most)s characters.") % {"most": 160}
    if row["email"]:
        try:
            validate_email(row["email"])
        except ValidationError:
            wrong["email"] = _("This is no e-mail address. Leave it empty where there is none.")
    valid_to = None
    if row["valid_to"]:
        try:
            valid_to = parse_thai_date(row["valid_to"])
        except ValueError as error:
            wrong["valid_to"] = str(error)
        else:
            if valid_to <= clock.today():
                wrong["valid_to"] = _("Choose a day that is still to come.")
    if len(row["order_no"]) > 60:
        wrong["order_no"] = _("At most %(most)s characters.") % {"most": 60}
    post = {
        "local_government": office,
        "role": role,
        "full_name": row["full_name"],
        "email": row["email"],
        "acting": bool(row["order_no"]),
        "order_no": row["order_no"],
        "valid_to": valid_to,
    }
    return post, wrong


def _refused(post, by):
    """Why `by` may not fill the post, by column."""
    try:
        accounts.inviting_capacity(by, Invitation(invited_by=by, **post))
    except PermissionDenied as error:
        return {"code": str(error)}
    return {}


def role_named(text):
    """The role of a local government that `text` names: its code, its name in either language, as people say it."""
    wanted = "".join(text.split()).casefold()
    if wanted in SPOKEN:
        return SPOKEN[wanted]
    for language in LANGUAGES:
        with translation.override(language):
            for role in LOCAL_ROLES:
                if wanted and wanted in {role.value, "".join(str(role.label).split()).casefold()}:
                    return role
    return None


def keep(posts):
    """The checked posts as a signed text that a form carries to the second page."""
    rows = [
        {
            **{name: post[name] for name in ("full_name", "email", "order_no")},
            "office": post["local_government"].pk,
            "role": post["role"].value,
            "valid_to": post["valid_to"] and post["valid_to"].isoformat(),
        }
        for post in posts
    ]
    return signing.dumps(rows, salt=SALT, compress=True)


def kept(text):
    """The posts in a text made by `keep`. Raises ValidationError when it is old or was changed."""
    try:
        rows = signing.loads(text, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        raise ValidationError(_("The check is too old. Choose the workbook again.")) from None
    offices = LocalGovernment.objects.select_related("district", "province").in_bulk({row["office"] for row in rows})
    return [
        {
            "local_government": offices[row["office"]],
            "role": Role(row["role"]),
            "full_name": row["full_name"],
            "email": row["email"],
            "acting": bool(row["order_no"]),
            "order_no": row["order_no"],
            "valid_to": row["valid_to"] and date.fromisoformat(row["valid_to"]),
        }
        for row in rows
    ]


def invite_all(posts, *, by, mails=True):
    """The `Letter`s of the new invitations, office by office in Thai order; the codes are never shown again.

    Raises ValidationError (also for a workbook that is sent twice) or PermissionDenied, and then nobody is invited.
    """
    offices = {}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        out = _open({post["local_government"] for post in posts})
        out = set(out.values_list("local_government", "role", "full_name"))
        if any((post["local_government"].pk, post["role"], post["full_name"]) in out for post in posts):
            raise ValidationError(_("Somebody of this workbook is invited already. Check it again."))
        for post in posts:
            invitation, code = accounts.invite(by=by, mails=mails, **post)
            offices.setdefault(invitation.local_government, []).append((invitation, code))
    ordered = sorted(offices.items(), key=lambda pair: (pair[0].name_sort_key, pair[0].pk))
    return [Letter(office, made) for office, made in ordered]
