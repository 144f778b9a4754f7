"""Complaints by local governments, and corrections by anybody."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from portal.thai.workdays import add_working_days
from providers import notices
from providers.deciding.listing_acts import raise_flag
from providers.models import Complaint, Correction, Terms
from providers.public.publishing import changing
from providers.states import FlagCode

WITHIN = timedelta(days=90)
MOST_OPEN_CORRECTIONS = 50


def complain(listing, local_government, *, subject, text, by, upload=None):
    """A local government's complaint about `listing`; enough of them within 90 days flag it for a check.

    Raises PermissionDenied for others' offices.
    """
    capacity = access.capacity(by, "providers.file_complaint", local_government)
    if capacity is None:
        raise PermissionDenied(_("Only people of this local government may complain for it."))
    terms = Terms.present()
    with changing(listing.provider_id):
        complaint = Complaint(
            listing=listing,
            local_government=local_government,
            subject=subject,
            text=text,
            filed_by=by,
            due_on=add_working_days(clock.today(), terms.complaint_working_days),
        )
        complaint.file = files.store(upload, by=by) if upload else None
        complaint.full_clean()
        complaint.save()
        record("complaint.file", complaint, by=by, capacity=capacity, after=complaint.state)
        notices.complaint_filed(complaint)
        if since_last_check(listing).count() >= terms.complaint_threshold and raise_flag(
            listing, FlagCode.COMPLAINTS, since=clock.today()
        ):
            notices.check_opened(listing)
    return complaint


def since_last_check(listing):
    """The complaints about `listing` of the last 90 days that no closed check has looked at yet."""
    checked = listing.flags.filter(code=FlagCode.COMPLAINTS).aggregate(Max("cleared_at"))["cleared_at__max"]
    since = clock.now() - WITHIN
    return listing.complaints.filter(filed_at__gt=max(since, checked) if checked else since)


def report_mistake(provider, *, text, email=""):
    """Anybody's report of a mistake; the Correction, whose `code` asks for the answer later.

    Raises Refused (`too_many_corrections`) while too many of this company wait.
    """
    if provider.corrections.filter(state="open").count() >= MOST_OPEN_CORRECTIONS:
        text = _("Many reports about this company are waiting already. Please try again later.")
        raise Refused(text, code="too_many_corrections")
    with transaction.atomic():
        correction = Correction(provider=provider, text=text, email=email)
        correction.full_clean()
        correction.save()
    return correction
