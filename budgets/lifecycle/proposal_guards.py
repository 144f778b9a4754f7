"""Proposal: what stands in the way of a step, and why."""

from datetime import datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from budgets.judging import reviewing, screening
from budgets.models import Extension, KpiActual, Proposal
from budgets.states import AssignmentState, ReportState
from budgets.writing.completeness import missing
from budgets.writing.drafting import WRITING_PHASES, planned_baht
from portal import clock
from portal.errors import Refused
from portal.thai.dates import thaidatetime
from portal.thai.money import baht
from portal.thai.workdays import add_working_days

MOST_TECHNICAL_RETURNS = 1
UNFIT = frozenset(
    {"kept_as_typed", "items_missing", "item_incomplete", "funding_missing", "funding_incomplete", "sums_differ"}
)


def round_in(*phases):
    """A guard: the round is in one of `phases`."""

    def guard(proposal, *, by):
        if proposal.round.state not in phases:
            raise Refused(
                _("This is not possible while the round is “%(state)s”.")
                % {"state": proposal.round.get_state_display()},
                code="wrong_round_state",
                state=proposal.state,
                round_state=proposal.round.state,
            )

    return guard


def extension_of(proposal):
    """The longest extension in force for the case, or None."""
    granted = Extension.objects.filter(
        round=proposal.round_id, local_government=proposal.local_government_id, until__gt=clock.now()
    )
    return granted.filter(proposal=None).union(granted.filter(proposal=proposal)).order_by("-until").first()


def end_of(day):
    """The first moment after `day` in Bangkok."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=clock.BANGKOK)


def deadline_of(proposal):
    """The moment from which a draft or a returned case may no longer be signed, extensions apart."""
    if proposal.first_submitted_at and proposal.return_due_on:
        return end_of(proposal.return_due_on)
    return proposal.round.closes_at


def in_time(proposal, *, by, moment=None):
    """A guard: the deadline lies ahead, or an extension holds; judged at `moment`, by default now."""
    if proposal.round.state not in WRITING_PHASES:
        round_in(*WRITING_PHASES)(proposal, by=by)
    deadline = deadline_of(proposal)
    if deadline is not None and (moment or clock.now()) >= deadline and extension_of(proposal) is None:
        raise Refused(
            _("The time for this ended on %(moment)s. DLA can grant an extension.")
            % {"moment": thaidatetime(deadline)},
            code="deadline_passed",
            state=getattr(proposal, "previous_state", proposal.state),
            deadline=deadline.isoformat(),
        )


def is_whole(proposal):
    """Whether everything that `proposal` contains was read with it, as by `Proposal.objects.whole()`."""
    return {"items", "funding", "kpis", "attachments", "section_drafts"} <= set(
        getattr(proposal, "_prefetched_objects_cache", ())
    )


def is_complete(proposal, *, by):
    lacks = missing(proposal if is_whole(proposal) else Proposal.objects.whole().get(pk=proposal.pk))
    if lacks:
        raise Refused(
            _("The proposal is not complete: %(first)s") % {"first": lacks[0].detail},
            code="incomplete",
            state=proposal.state,
            missing=[lack.as_dict() for lack in lacks],
        )


def did_not_prepare(proposal, *, by):
    if proposal.preparers.filter(pk=by.pk).exists():
        raise PermissionDenied(_("Who prepared a proposal neither verifies nor endorses it."))


def did_not_verify(proposal, *, by):
    if proposal.verified_by_id == by.pk:
        raise PermissionDenied(_("Who verified a proposal does not sign it."))


def is_verified(proposal, *, by):
    if proposal.verified_by_id is None:
        raise Refused(
            _("The clerk verifies the proposal before it is signed."), code="not_verified", state=proposal.state
        )


def is_not_verified_yet(proposal, *, by):
    if proposal.verified_by_id is not None:
        raise Refused(
            _("The proposal is verified: it waits for the executive."), code="already_verified", state=proposal.state
        )


def nothing_is_to_mend(proposal, *, by):
    found = screening.problems(proposal)
    if found:
        raise Refused(
            _("The checklist says “to mend” at “%(line)s”: return the case, or correct the checklist.")
            % {"line": found[0]["check"].label},
            code="checklist_to_mend",
            state=proposal.state,
            checks=[row["check"].code for row in found],
        )


def returns_left(proposal, *, by):
    if proposal.technical_returns >= MOST_TECHNICAL_RETURNS:
        raise Refused(
            _("This proposal was already returned once during review."),
            code="technical_return_used",
            state=proposal.state,
        )


def has_proposal(field, text):
    """A guard of a deciding step: something was proposed, and by another person."""

    def guard(proposal, *, by):
        if not getattr(proposal, field):
            raise Refused(text, code="no_proposal", state=proposal.state)
        if proposal.proposed_by_id == by.pk:
            raise Refused(
                _("Who proposed this does not decide it: another person must."),
                code="same_person",
                state=proposal.state,
            )

    return guard


def reviews_are_in(proposal, *, by):
    rubric = proposal.round.rubric()
    assigned = set(proposal.assignments.filter(state=AssignmentState.ASSIGNED).values_list("reviewer_id", flat=True))
    sent = set(proposal.reviews.sent().values_list("reviewer_id", flat=True))
    wanted = proposal.round.reviewers_per_proposal
    if assigned - sent or len(sent) < wanted:
        text = _("%(sent)s of %(wanted)s reviews have been sent.")
        raise Refused(
            text % {"sent": len(sent), "wanted": max(wanted, len(assigned | sent))},
            code="reviews_missing",
            state=proposal.state,
        )
    spread = reviewing.figures(proposal)["spread"]
    if len(sent) == 2 and spread > rubric.spread_limit:
        raise Refused(
            _("The two scores differ by %(spread)s, more than %(limit)s: assign a third reviewer.")
            % {"spread": spread, "limit": rubric.spread_limit},
            code="third_review_needed",
            state=proposal.state,
        )


def in_appeal_window(proposal, *, by):
    if proposal.appealed_at:
        raise Refused(_("This case was already appealed."), code="already_appealed", state=proposal.state)
    began = max(filter(None, [proposal.decided_at, proposal.round.announced_at]))
    last_day = add_working_days(began.astimezone(clock.BANGKOK).date(), proposal.round.appeal_working_days)
    if clock.now() >= end_of(last_day):
        raise Refused(_("The time to appeal has passed."), code="appeal_window_passed", state=proposal.state)


def is_appealed(proposal, *, by):
    if not proposal.appealed_at or (proposal.decided_at and proposal.decided_at > proposal.appealed_at):
        raise Refused(_("There is no appeal to decide."), code="no_appeal", state=proposal.state)


def did_not_decide(proposal, *, by):
    if by.pk in {proposal.decided_by_id, proposal.proposed_by_id}:
        raise PermissionDenied(_("An appeal is decided by someone who did not decide before."))


def extension_holds(proposal, *, by):
    if extension_of(proposal) is None:
        raise Refused(_("There is no extension in force for this case."), code="no_extension", state=proposal.state)


def time_is_up(proposal, *, by):
    deadline = deadline_of(proposal)
    if deadline is None or clock.now() < deadline or extension_of(proposal):
        raise Refused(_("There is still time."), code="too_early", state=proposal.state)


def plan_adds_up(proposal, *, by):
    """A plan that was begun to be fitted to its allocation is fitted before it is confirmed."""
    whole = Proposal.objects.whole().get(pk=proposal.pk)
    lacks = [one for one in missing(whole) if one.code in UNFIT]
    if lacks:
        raise Refused(lacks[0].detail, code=lacks[0].code, state=proposal.state)
    planned = planned_baht(proposal)
    if planned not in {proposal.requested_baht, proposal.allocated_baht}:
        raise Refused(
            _("The plan uses %(planned)s of the round's money, and %(allocated)s is allocated. Make them equal.")
            % {"planned": baht(planned), "allocated": baht(proposal.allocated_baht)},
            code="plan_differs",
            state=proposal.state,
        )


def nothing_is_spent(proposal, *, by):
    if proposal.committed_baht:
        raise Refused(_("Money is already committed."), code="money_committed", state=proposal.state)


def final_indicators_are_in(proposal, *, by):
    accepted = proposal.reports.filter(state=ReportState.ACCEPTED)
    if proposal.reports.filter(state=ReportState.SUBMITTED).exists():
        raise Refused(_("A report is still waiting to be accepted."), code="reports_pending", state=proposal.state)
    measured = set(KpiActual.objects.filter(report__in=accepted).values_list("kpi_id", flat=True))
    absent = [kpi.name_th for kpi in proposal.kpis.all() if kpi.pk not in measured]
    if absent:
        raise Refused(
            _("No accepted report gives the final figure of: %(names)s.") % {"names": ", ".join(absent)},
            code="final_indicators_missing",
            state=proposal.state,
        )
