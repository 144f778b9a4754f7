"""What waits for the people of the registry, computed from states and roles."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import access
from portal.registry import Task
from providers.deciding.listing_acts import begin_of, end_of
from providers.models import Application, Change, Complaint, Correction, Flag, Listing, Representative
from providers.states import ApplicationState as S
from providers.states import ChangeState, ComplaintState, CorrectionState, ListingState
from providers.states import RepresentativeState as R

AREA = "providers-desk"
LISTED = 20


@dataclass(frozen=True)
class Wait:
    """One kind of work: whose it is, which rows wait, and how a row reads as a task."""

    permission: str
    rows: Any
    verb: Any
    since: str
    many: str
    until: str = ""
    page: str = ""
    others: tuple = ()


WAITS = [
    Wait("providers.decide_representative",
         lambda: Representative.objects.filter(state__in=[R.CLAIMED, R.DISPUTED]).select_related("provider", "user"),
         _("Check the representative"), "claimed_at", "desk-representatives", others=("user",)),
    Wait("providers.check_application", lambda: _applications(state=S.SUBMITTED), _("Check the documents"),
         "waiting_since", "desk", until="due_on", page="desk-application"),
    Wait("providers.assess_application", lambda: _applications(state=S.CHECKING), _("Assess, once the documents pass"),
         "waiting_since", "desk", until="due_on", page="desk-application", others=("registrar",)),
    Wait("providers.decide_application",
         lambda: _applications(state=S.ASSESSING, assessment__finished_at__isnull=False), _("Decide the application"),
         "waiting_since", "desk", until="due_on", page="desk-application", others=("registrar", "assessor")),
    Wait("providers.decide_change",
         lambda: Change.objects.filter(state=ChangeState.PENDING).select_related(
             "provider", "product", "price__product", "certification__kind"
         ), _("Check the change"),
         "asked_at", "desk-changes"),
    Wait("providers.close_complaint",
         lambda: Complaint.objects.filter(state=ComplaintState.ANSWERED).select_related("listing__provider"),
         _("Close the complaint"), "filed_at", "desk-complaints"),
    Wait("providers.decide_correction",
         lambda: Correction.objects.filter(state=CorrectionState.OPEN).select_related("provider"),
         _("Answer the report"), "sent_at", "desk-corrections"),
    Wait("providers.reinstate_listing",
         lambda: Listing.objects.filter(state=ListingState.SUSPENDED)
         .exclude(suspended_on=None)
         .select_related("provider", "product"),
         _("Reinstate or revoke"), "suspended_on", "desk-listings", until="review_by"),
    Wait("providers.close_check",
         lambda: Flag.objects.standing().filter(code="complaints").select_related(
             "listing__provider", "listing__product"
         ), _("Check the listing after complaints"), "raised_at", "desk-listings"),
    Wait("providers.suspend_listing",
         lambda: Flag.objects.standing()
         .filter(code="company_ceased", listing__state=ListingState.ACTIVE)
         .select_related("listing__provider", "listing__product"),
         _("The company has ceased: suspend?"), "raised_at", "desk-listings"),
]  # fmt: skip


def _applications(**which):
    return Application.objects.filter(**which).select_related("provider")


def tasks_of(user):
    """The `Task`s of `user` at the registry's desk: each case, or one line for more than twenty."""
    if not access.memberships(user):
        return []
    return [task for wait in WAITS for task in _tasks(wait, user)]


def _tasks(wait, user):
    if not access.holding(user, wait.permission):
        return []
    rows = wait.rows()
    for name in wait.others:
        rows = rows.filter(~Q(**{name: user}) | Q(**{name: None}))
    found = list(rows.order_by(wait.since, "pk")[: LISTED + 1])
    if len(found) > LISTED:
        first = _moment(getattr(found[0], wait.since))
        title = f"{wait.verb} ({rows.count()})"
        return [Task(AREA, title, reverse(f"providers:{wait.many}"), str(wait.verb), since=first)]
    return [_task(wait, row) for row in found]


def _task(wait, row):
    row_of = getattr(row, "listing", row)
    looked_at = row_of if isinstance(row, Flag) else row
    url = reverse(f"providers:{wait.page}", args=[row.pk]) if wait.page else looked_at.get_absolute_url()
    due = getattr(row, wait.until) if wait.until else None
    return Task(
        area=AREA,
        title=str(row_of.provider),
        url=url,
        verb=str(wait.verb),
        since=_moment(getattr(row, wait.since)),
        until=end_of(due) if due else None,
        case_number=getattr(row, "number", None) or getattr(row_of, "certificate_no", "") or "",
        detail=_detail(row),
    )


def _detail(row):
    """What tells this row from others of its company."""
    match row:
        case Representative():
            return str(row.user)
        case Change():
            return str(row)
        case Complaint():
            return row.subject
        case Listing():
            return str(row.product)
        case Flag():
            return str(row.listing.product)
    return ""


def _moment(value):
    return value if hasattr(value, "hour") else begin_of(value)
