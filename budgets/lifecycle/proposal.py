"""Proposal: from a draft to money followed to its end."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets import canonical, ledger, notices, reviewing
from budgets.completeness import missing
from budgets.drafting import WRITING_PHASES, with_tied
from budgets.models import BudgetRoute, Extension, KpiActual, NumberSeries, Proposal, SectionReturn
from budgets.states import ProposalState, ReportState, RoundState
from budgets.step_forms import (
    AllocateForm,
    ClosingForm,
    ConfirmScreenOutForm,
    DecideAppealForm,
    DeclineAllocationForm,
    LeaveOutForm,
    NotRecommendForm,
    PassScreeningForm,
    ProposeAllocationForm,
    RecommendForm,
    ReturnForm,
    SubmitForm,
    TerminateForm,
)
from portal import access, clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import NoteForm, ReasonForm
from portal.thai.dates import thaidatetime
from portal.thai.workdays import add_working_days

S, R = ProposalState, RoundState
DECIDING_PHASES = frozenset({R.DELIBERATING, R.ANNOUNCED, R.REQUESTED})
REQUEST_PHASES = frozenset({R.ANNOUNCED, R.REQUESTED})
ENACTED = frozenset({R.ENACTED})
ALIVE = frozenset(R) - {R.PLANNING, R.FINISHED, R.CANCELLED}
MOST_TECHNICAL_RETURNS = 1


# Guards: who stands in the way, and why


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


def in_time(proposal, *, by):
    if proposal.round.state not in WRITING_PHASES:
        round_in(*WRITING_PHASES)(proposal, by=by)
    deadline = deadline_of(proposal)
    if deadline is not None and clock.now() >= deadline and extension_of(proposal) is None:
        raise Refused(
            _("The time for this ended on %(moment)s. DLA can grant an extension.")
            % {"moment": thaidatetime(deadline)},
            code="deadline_passed",
            state=proposal.state,
            deadline=deadline.isoformat(),
        )


def is_complete(proposal, *, by):
    lacks = missing(Proposal.objects.whole().get(pk=proposal.pk))
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
    assigned = set(proposal.assignments.filter(state="assigned").values_list("reviewer_id", flat=True))
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
    if not proposal.appealed_at:
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


# Effects: what else must change


def whence_it_came(proposal, **_details):
    return S.RETURNED if proposal.was_submitted else S.DRAFT


def where_it_lapsed(proposal, **_details):
    return proposal.came_from


def clear_verification(proposal, *, by, **_details):
    proposal.verified_by = proposal.verified_at = None


def stamp_verification(proposal, *, by, **_details):
    proposal.verified_by, proposal.verified_at = by, clock.now()


def after_submission(proposal, **_details):
    return S.IN_REVIEW if proposal.returned_from == S.IN_REVIEW else S.SUBMITTED


def stamp_submission(proposal, *, by, **_details):
    proposal.submitted_at = clock.now()
    proposal.open_sections, proposal.return_due_on = [], None
    if proposal.first_submitted_at is None:
        proposal.first_submitted_at = proposal.submitted_at
        proposal.theme_edition = proposal.theme.edition
        proposal.route = BudgetRoute.objects.route_for(proposal.local_government, proposal.round.fiscal_year)
        proposal.number = next_number(proposal)


def next_number(proposal):
    """The next number of the fiscal year in the province, from its counter row: `P2571-50-00012`."""
    year, province = proposal.round.fiscal_year, proposal.local_government.province
    series = NumberSeries.objects.filter(fiscal_year=year, province=province)
    if not series.update(last=F("last") + 1):
        with transaction.atomic():
            NumberSeries.objects.get_or_create(fiscal_year=year, province=province)
        series.update(last=F("last") + 1)
    return f"P{year}-{province.code}-{series.get().last:05d}"


def freeze_version(proposal, *, by, letter_no="", **_details):
    capacity = access.capacity(by, "budgets.submit_proposal", proposal)
    canonical.freeze(proposal, by=by, capacity=capacity, at=proposal.submitted_at, letter_no=letter_no)


def claim(proposal, *, by, **_details):
    proposal.screener = by


def return_from(stage):
    """The effect of a return at `stage`: open the sections, remember where it goes back to."""

    def effect(proposal, *, by, sections, due_on, letter_no="", **_details):
        proposal.returned_from = stage
        proposal.technical_returns += stage == S.IN_REVIEW
        proposal.open_sections = with_tied([row["section"] for row in sections])
        proposal.return_due_on = due_on
        SectionReturn.objects.create(
            proposal=proposal,
            stage=stage,
            sections=sections,
            due_on=due_on,
            letter_no=letter_no,
            returned_by=by,
            from_version=proposal.latest_version().version,
        )

    return effect


def pass_on(proposal, *, by, note="", **_details):
    proposal.screening_note = note
    proposal.proposed_reason, proposal.proposed_by = "", None


def keep_screen_out_proposal(proposal, *, by, reason, **_details):
    proposal.proposed_reason, proposal.proposed_by = reason, by


def equals_screen_out_proposal(proposal, *, by, reason="", **_details):
    if reason and reason != proposal.proposed_reason:
        raise Refused(_("This differs from what was proposed."), code="proposal_changed", state=proposal.state)
    proposal.decision_reason = proposal.proposed_reason
    stamp_decision(proposal, by=by)


def stamp_decision(proposal, *, by, **_details):
    proposal.decided_by, proposal.decided_at = by, clock.now()


def keep_figures(proposal, *, by, **_details):
    found = reviewing.figures(proposal)
    proposal.mean_score, proposal.score_spread = found["mean"], found["spread"]


def keep_recommendation(proposal, *, by, resolution_no, resolution_on, amount_baht=None, reason="", **_details):
    if amount_baht is not None and amount_baht > proposal.requested_baht:
        raise Refused(
            _("The amount recommended must not exceed the amount requested."),
            code="above_requested",
            state=proposal.state,
        )
    proposal.recommended_baht = amount_baht
    proposal.resolution_no, proposal.resolution_on = resolution_no, resolution_on
    proposal.decision_reason = reason
    stamp_decision(proposal, by=by)


def keep_reason(proposal, *, by, reason="", **_details):
    proposal.decision_reason = reason
    stamp_decision(proposal, by=by)


def keep_amount_proposed(proposal, *, by, amount_baht, reference="", **_details):
    if amount_baht > proposal.requested_baht:
        raise Refused(
            _("The amount must not exceed the amount requested."), code="above_requested", state=proposal.state
        )
    if amount_baht < proposal.committed_baht:
        raise Refused(
            _("The amount must not fall below what is committed."), code="below_committed", state=proposal.state
        )
    proposal.proposed_baht, proposal.proposed_reference, proposal.proposed_by = amount_baht, reference, by


def equals_amount_proposed(proposal, *, by, amount_baht, **_details):
    if amount_baht != proposal.proposed_baht:
        raise Refused(
            _("The amount differs from what the secretary proposed."),
            code="proposal_changed",
            state=proposal.state,
            proposed_baht=str(proposal.proposed_baht),
        )


def keep_allocation(proposal, *, by, amount_baht, **_details):
    proposal.allocated_baht = amount_baht
    proposal.proposed_baht = proposal.proposed_by = None


def keep_refusal(proposal, *, by, reason="", **_details):
    proposal.allocated_baht = None
    proposal.decision_reason = reason


def settle_with_the_ceilings(proposal, *, by, reason="", **_details):
    ledger.settle(proposal, reference=reason[:200] or proposal.proposed_reference, by=by)


def clear_amount_proposed(proposal, *, by, **_details):
    proposal.proposed_baht = proposal.proposed_by = None
    proposal.proposed_reference = ""


def keep_plan_note(proposal, *, by, note="", **_details):
    proposal.plan_note = note


def close_the_money(proposal, *, by, returned_baht=Decimal(0), reference="", reason="", **_details):
    if returned_baht != proposal.rest_baht:
        raise Refused(
            _("Allocated less disbursed leaves %(rest)s baht: record exactly that as returned.")
            % {"rest": proposal.rest_baht},
            code="rest_not_returned",
            state=proposal.state,
            rest_baht=str(proposal.rest_baht),
        )
    proposal.returned_baht += returned_baht
    proposal.ended_reason = reason
    ledger.give_back(proposal, amount_baht=returned_baht, reference=reference, by=by)


def keep_ended_reason(proposal, *, by, reason="", **_details):
    proposal.ended_reason = reason


def keep_appeal(proposal, *, by, reason, **_details):
    proposal.appeal_reason, proposal.appealed_at = reason, clock.now()


def when_upheld(target):
    """The target of an appeal's decision: `target` when it is upheld, else the state stays."""

    def destination(proposal, *, upheld=False, **_details):
        return target if upheld else proposal.state

    return destination


def close_appeal(proposal, *, by, reason, upheld=False, **_details):
    if upheld:
        proposal.decided_by = proposal.decided_at = None
        proposal.proposed_by, proposal.proposed_reason = None, ""
    proposal.decision_reason = reason


def remember_where_it_lapsed(proposal, *, by, **_details):
    proposal.came_from = proposal.previous_state


def since_now(proposal, *, by, **_details):
    proposal.state_since = clock.now()


def tell(function):
    """An effect that tells people once the case is saved."""

    def effect(proposal, *, by, **details):
        function(proposal, by=by, **details)

    return effect


# The table


def step(name, label, source, target, permission, *, phases=ALIVE, guards=(), effects=(), **kwargs):
    source = frozenset({source} if isinstance(source, str) else source)
    stamps = [since_now] if target is not None else []
    return Step(name, label, source, target, f"budgets.{permission}_proposal",
                guards=[round_in(*phases), *guards], effects=[*effects, *stamps], **kwargs)  # fmt: skip


L = gettext_lazy
BEFORE_ALLOCATED = (
    S.DRAFT, S.PENDING_ENDORSEMENT, S.SUBMITTED, S.IN_SCREENING, S.RETURNED, S.IN_REVIEW, S.SCORED, S.RECOMMENDED, S.IN_REQUEST,
)  # fmt: skip

PROPOSAL = Lifecycle(
    "proposal",
    S,
    [
        # The local government writes and signs
        step("request_endorsement", L("Ask for endorsement"), {S.DRAFT, S.RETURNED}, S.PENDING_ENDORSEMENT,
             "request_endorsement", phases=WRITING_PHASES, guards=[in_time, is_complete], effects=[clear_verification],
             after=[tell(notices.endorsement_asked)], hint=L("The text is locked while the clerk and the executive decide.")),
        step("recall", L("Take back to edit"), S.PENDING_ENDORSEMENT, whence_it_came, "request_endorsement",
             effects=[clear_verification]),
        step("discard", L("Discard the draft"), S.DRAFT, S.DISCARDED, "discard", danger=True),
        step("verify", L("Verify"), S.PENDING_ENDORSEMENT, None, "verify", phases=WRITING_PHASES, guards=[did_not_prepare],
             effects=[stamp_verification], after=[tell(notices.verified)]),
        step("decline_endorsement", L("Send back to the officer"), S.PENDING_ENDORSEMENT, whence_it_came,
             "decline_endorsement", effects=[clear_verification], after=[tell(notices.endorsement_declined)], form=ReasonForm),
        step("submit", L("Sign and submit"), S.PENDING_ENDORSEMENT, after_submission, "submit", phases=WRITING_PHASES,
             guards=[did_not_prepare, did_not_verify, is_verified, in_time, is_complete], effects=[stamp_submission],
             after=[freeze_version, tell(notices.submitted)], form=SubmitForm),
        # The province screens
        step("start_screening", L("Claim for screening"), S.SUBMITTED, S.IN_SCREENING, "start_screening",
             phases=WRITING_PHASES, effects=[claim]),
        step("return", L("Return for revision"), S.IN_SCREENING, S.RETURNED, "screen", phases=WRITING_PHASES,
             effects=[return_from(S.IN_SCREENING)], after=[tell(notices.returned)], form=ReturnForm),
        step("return", L("Return for revision"), S.IN_REVIEW, S.RETURNED, "return_review", phases=WRITING_PHASES,
             guards=[returns_left], effects=[return_from(S.IN_REVIEW)], after=[tell(notices.returned)], form=ReturnForm),
        step("pass_screening", L("Pass to review"), S.IN_SCREENING, S.IN_REVIEW, "screen", phases=WRITING_PHASES,
             effects=[pass_on], after=[tell(notices.passed_screening)], form=PassScreeningForm),
        step("propose_screen_out", L("Propose to screen out"), S.IN_SCREENING, None, "propose_screen_out",
             phases=WRITING_PHASES, effects=[keep_screen_out_proposal], after=[tell(notices.screen_out_proposed)],
             form=ReasonForm),
        step("confirm_screen_out", L("Confirm screening out"), S.IN_SCREENING, S.SCREENED_OUT, "confirm_screen_out",
             phases=WRITING_PHASES, guards=[has_proposal("proposed_reason", L("The province has not proposed to screen it out."))],
             effects=[equals_screen_out_proposal], after=[tell(notices.screened_out)], form=ConfirmScreenOutForm),
        # Review and committee
        step("conclude_review", L("Conclude the review"), S.IN_REVIEW, S.SCORED, "conclude_review", phases=WRITING_PHASES,
             guards=[reviews_are_in], effects=[keep_figures]),
        step("recommend", L("Recommend"), S.SCORED, S.RECOMMENDED, "recommend", phases=DECIDING_PHASES,
             effects=[keep_recommendation], after=[tell(notices.decided_if_announced)], form=RecommendForm),
        step("not_recommend", L("Do not recommend"), S.SCORED, S.NOT_RECOMMENDED, "recommend", phases=DECIDING_PHASES,
             effects=[keep_recommendation], after=[tell(notices.decided_if_announced)], form=NotRecommendForm),
        # The budget request
        step("include_in_request", L("Include in the request"), S.RECOMMENDED, S.IN_REQUEST, "decide_request",
             phases=REQUEST_PHASES),
        step("leave_out", L("Leave out of the request"), S.RECOMMENDED, S.NOT_ALLOCATED, "decide_request",
             phases=REQUEST_PHASES, effects=[keep_reason], after=[tell(notices.not_allocated)], form=LeaveOutForm),
        # Allocation
        step("propose_allocation", L("Propose an allocation"), {S.IN_REQUEST, S.NOT_ALLOCATED}, None, "propose_allocation",
             phases=ENACTED, effects=[keep_amount_proposed], form=ProposeAllocationForm),
        step("allocate", L("Approve the allocation"), {S.IN_REQUEST, S.NOT_ALLOCATED}, S.ALLOCATED, "allocate",
             phases=ENACTED, guards=[has_proposal("proposed_baht", L("The secretary has not proposed an amount."))],
             effects=[equals_amount_proposed, keep_allocation],
             after=[tell(notices.allocated), settle_with_the_ceilings], form=AllocateForm),
        step("not_allocate", L("Do not allocate"), S.IN_REQUEST, S.NOT_ALLOCATED, "allocate", phases=ENACTED,
             effects=[clear_amount_proposed, keep_reason], after=[tell(notices.not_allocated)], form=ReasonForm),
        step("propose_revision", L("Propose a revised amount"), {S.ALLOCATED, S.EXECUTING}, None, "propose_allocation",
             phases=ENACTED, effects=[keep_amount_proposed], form=ProposeAllocationForm),
        step("revise_allocation", L("Approve the revised amount"), {S.ALLOCATED, S.EXECUTING}, None, "allocate",
             phases=ENACTED, guards=[has_proposal("proposed_baht", L("The secretary has not proposed an amount."))],
             effects=[equals_amount_proposed, keep_allocation],
             after=[tell(notices.allocated), settle_with_the_ceilings], form=AllocateForm),
        # Carrying out
        step("confirm_plan", L("Confirm the plan"), S.ALLOCATED, S.EXECUTING, "answer_allocation", phases=ENACTED,
             effects=[keep_plan_note], after=[tell(notices.plan_confirmed)], form=NoteForm),
        step("decline_allocation", L("Decline the allocation"), S.ALLOCATED, S.NOT_ALLOCATED, "answer_allocation",
             phases=ENACTED, guards=[nothing_is_spent], effects=[keep_refusal],
             after=[tell(notices.allocation_declined), settle_with_the_ceilings], form=DeclineAllocationForm, danger=True),
        step("complete", L("Complete"), S.EXECUTING, S.COMPLETED, "complete", phases=ENACTED,
             guards=[final_indicators_are_in], effects=[close_the_money], after=[tell(notices.ended)], form=ClosingForm),
        step("terminate", L("Terminate"), S.EXECUTING, S.TERMINATED, "complete", phases=ENACTED,
             effects=[close_the_money], after=[tell(notices.ended)], form=TerminateForm, danger=True),
        # Leaving, lapsing, appealing
        step("withdraw", L("Withdraw"), BEFORE_ALLOCATED, S.WITHDRAWN, "withdraw", effects=[keep_ended_reason],
             after=[tell(notices.withdrawn)], form=ReasonForm, danger=True),
        step("lapse", L("Lapse"), {S.DRAFT, S.PENDING_ENDORSEMENT, S.RETURNED}, S.LAPSED, "lapse", guards=[time_is_up],
             effects=[remember_where_it_lapsed], after=[tell(notices.lapsed)]),
        step("reinstate", L("Reinstate"), S.LAPSED, where_it_lapsed, "reinstate", phases=WRITING_PHASES,
             guards=[extension_holds], after=[tell(notices.reinstated)], form=ReasonForm),
        step("appeal", L("Appeal"), {S.SCREENED_OUT, S.NOT_RECOMMENDED}, None, "appeal", phases=REQUEST_PHASES,
             guards=[in_appeal_window], effects=[keep_appeal], after=[tell(notices.appealed)], form=ReasonForm),
        step("decide_appeal", L("Decide the appeal"), S.SCREENED_OUT, when_upheld(S.IN_SCREENING), "decide_screening_appeal",
             phases=REQUEST_PHASES, guards=[is_appealed, did_not_decide], effects=[close_appeal],
             after=[tell(notices.appeal_decided)], form=DecideAppealForm),
        step("decide_appeal", L("Decide the appeal"), S.NOT_RECOMMENDED, when_upheld(S.IN_REVIEW), "decide_review_appeal",
             phases=REQUEST_PHASES, guards=[is_appealed, did_not_decide], effects=[close_appeal],
             after=[tell(notices.appeal_decided)], form=DecideAppealForm),
    ],
    start=S.DRAFT,
    ends=frozenset(
        {S.COMPLETED, S.TERMINATED, S.WITHDRAWN, S.DISCARDED, S.NOT_ALLOCATED, S.SCREENED_OUT, S.NOT_RECOMMENDED, S.LAPSED}
    ),
)  # fmt: skip
