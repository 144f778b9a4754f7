"""Host place, placement and monthly report."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from training import credentials, notices, seats, selection, service
from training.models import HandoverItem, Leave, Placement
from training.states import ApplicationState, MonthlyReportState, PlacementState, PlaceState
from training.step_forms import EndForm, LeaveForm, ReasonForm, RematchForm, ReturnForm

# The host's answer


def stamp_answer(place, *, by, reason="", **_details):
    place.decided_by, place.decided_at, place.reason = by, clock.now(), reason


def no_offer_is_open(place, *, by):
    if place.applications.filter(holds_seat=True, state=ApplicationState.SELECTED).exists():
        raise Refused(_("This place is offered to somebody who has not answered yet."), code="place_taken")


def ask_for_another_host(place, *, by, **_details):
    """Whoever serves here goes on, with the stipend, until the programme has found another host."""
    for placement in place.placements.occupying():
        notices.host_withdrew(placement)


PLACE = Lifecycle(
    "place",
    PlaceState,
    [
        Step("confirm", L("Say yes: we host an ambassador"), frozenset({PlaceState.PROPOSED}), PlaceState.OFFERED,
             "training.decide_place", effects=[stamp_answer], form=None),
        Step("decline", L("Say no"), frozenset({PlaceState.PROPOSED}), PlaceState.DECLINED, "training.decide_place",
             effects=[stamp_answer], form=ReasonForm),
        Step("withdraw", L("Withdraw the offer"), frozenset({PlaceState.OFFERED}), PlaceState.WITHDRAWN,
             "training.decide_place", guards=[no_offer_is_open], effects=[stamp_answer], after=[ask_for_another_host],
             form=ReasonForm, danger=True,
             hint=L("An ambassador who serves here goes on until the programme has found another host.")),
    ],
    start=PlaceState.PROPOSED,
    ends=frozenset({PlaceState.DECLINED, PlaceState.WITHDRAWN}),
)  # fmt: skip


# The service

P = PlacementState


def first_day_has_come(placement, *, by):
    if clock.today() < placement.starts_on:
        raise Refused(_("The service has not begun yet."), code="too_early", state=placement.state)


def area_is_free(placement, *, by):
    there = Placement.objects.serving().filter(local_government=placement.local_government_id)
    if there.exists():
        raise Refused(_("Somebody still serves in this area."), code="area_taken", state=placement.state)


def rule_is_met(placement, *, by):
    missing = service.lacks(placement)
    if missing:
        raise Refused(
            _("The service is not complete: %(first)s") % {"first": " ".join(missing)},
            code="incomplete",
            state=placement.state,
            missing=missing,
        )


def begin_leave(placement, *, by, kind, starts_on, expected_on=None, is_paid=False, extends=True, **_details):
    Leave.objects.create(
        placement=placement, kind=kind, starts_on=starts_on, expected_on=expected_on, is_paid=is_paid, extends=extends
    )


def end_leave(placement, *, by, returned_on, **_details):
    leave = placement.leaves.filter(returned_on=None).get()
    leave.returned_on = returned_on
    leave.save()
    if leave.extends:
        placement.ends_on += leave.returned_on - leave.starts_on


def end_early(placement, *, by, ended_on, reason, handover=(), **_details):
    placement.ended_on, placement.end_reason = ended_on, reason
    placement.leaves.filter(returned_on=None).update(returned_on=ended_on)
    HandoverItem.objects.bulk_create(HandoverItem(placement=placement, text=text) for text in handover)


def give_the_place_on(placement, *, by, **_details):
    """The seat is free, and the place goes to the next on the waiting list."""
    seats.free(placement.application)
    notices.placement_ended(placement)
    selection.offer_next(placement.place)


def go_to_another_host(placement, *, by, place, moved_on, reason, **_details):
    service.rematch(placement, place, moved_on=moved_on, reason=reason)


def tell_the_new_host(placement, *, by, **_details):
    """All who are concerned are told; the host that was left, if it still offers, is offered the next."""
    notices.rematched(placement)
    selection.offer_next(placement.place_left)


def issue(placement, *, by, **_details):
    credentials.issue_for_placement(placement, by=by)


def permitted(name):
    return f"training.{name}_placement"


PLACEMENT = Lifecycle(
    "placement",
    P,
    [
        Step("start", L("Begin the service"), frozenset({P.PLANNED}), P.IN_SERVICE, permitted("start"),
             guards=[first_day_has_come, area_is_free], form=None),
        Step("complete", L("Complete the service"), frozenset({P.IN_SERVICE}), P.COMPLETED, permitted("manage"),
             guards=[rule_is_met], after=[issue], form=None, hint=L("The certificate is issued.")),
        Step("take_leave", L("Record a leave"), frozenset({P.IN_SERVICE}), P.ON_LEAVE, permitted("manage"),
             effects=[begin_leave], form=LeaveForm),
        Step("return", L("Back from leave"), frozenset({P.ON_LEAVE}), P.IN_SERVICE, permitted("manage"),
             effects=[end_leave], form=ReturnForm),
        Step("rematch", L("Move to another host"), frozenset({P.PLANNED, P.IN_SERVICE, P.ON_LEAVE}), None,
             permitted("manage"), effects=[go_to_another_host], after=[tell_the_new_host], form=RematchForm,
             hint=L("The service, its reports and the stipend go on without a break.")),
        Step("resign", L("Resign"), frozenset({P.PLANNED, P.IN_SERVICE, P.ON_LEAVE}), P.RESIGNED, permitted("end"),
             effects=[end_early], after=[give_the_place_on], form=EndForm, danger=True),
        Step("terminate", L("End the service"), frozenset({P.PLANNED, P.IN_SERVICE, P.ON_LEAVE}), P.TERMINATED,
             permitted("manage"), effects=[end_early], after=[give_the_place_on], form=EndForm, danger=True),
    ],
    start=P.PLANNED,
    ends=frozenset({P.RESIGNED, P.TERMINATED, P.COMPLETED}),
    private=frozenset({"reason", "kind", "handover"}),
)  # fmt: skip


# Monthly reports

R = MonthlyReportState


def says_something(report, *, by):
    if not report.work.strip():
        raise Refused(_("Write what was done first."), code="incomplete", state=report.state)


def stamp_submission(report, *, by, **_details):
    report.submitted_at, report.return_reason = clock.now(), ""


def stamp_acceptance(report, *, by, **_details):
    report.accepted_at = clock.now()


def keep_reason(report, *, by, reason, **_details):
    report.return_reason, report.accepted_at = reason, None


def tell_mentor(report, *, by, **_details):
    notices.report_sent(report)


def tell_ambassador(report, *, by, **_details):
    notices.report_answered(report)


MONTHLY_REPORT = Lifecycle(
    "monthly_report",
    R,
    [
        Step("submit", L("Send to the mentor"), frozenset({R.DRAFT, R.RETURNED}), R.SUBMITTED,
             "training.write_report", guards=[says_something], effects=[stamp_submission], after=[tell_mentor],
             form=None),
        Step("accept", L("Accept the report"), frozenset({R.SUBMITTED}), R.ACCEPTED, "training.accept_report",
             effects=[stamp_acceptance], after=[tell_ambassador], form=None),
        Step("return", L("Return the report"), frozenset({R.SUBMITTED}), R.RETURNED, "training.accept_report",
             effects=[keep_reason], after=[tell_ambassador], form=ReasonForm),
        Step("reopen", L("Reopen the report"), frozenset({R.ACCEPTED}), R.RETURNED, "training.accept_report",
             effects=[keep_reason], after=[tell_ambassador], form=ReasonForm),
    ],
    start=R.DRAFT,
    ends=frozenset({R.ACCEPTED}),
)  # fmt: skip
