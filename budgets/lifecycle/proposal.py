"""Proposal: from a draft to money followed to its end."""

from django.utils.translation import gettext_lazy as L

from budgets import notices
from budgets.lifecycle import proposal_effects as effect
from budgets.lifecycle import proposal_guards as guard
from budgets.money import move_notices, retargeting
from budgets.rules import state_shown_to
from budgets.states import ENDS, ProposalState, RoundState
from budgets.step_forms import (
    AllocateForm,
    AttestForm,
    ClosingForm,
    ConfirmScreenOutForm,
    DecideAppealForm,
    DeclineAllocationForm,
    LeaveOutForm,
    NotRecommendForm,
    PassScreeningForm,
    ProposeAllocationForm,
    RecommendForm,
    RemapForm,
    ReturnForm,
    SubmitForm,
    TerminateForm,
)
from budgets.writing import signing
from budgets.writing.drafting import WRITING_PHASES
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import NoteForm, ReasonForm

S, R = ProposalState, RoundState
DECIDING_PHASES = frozenset({R.DELIBERATING, R.ANNOUNCED, R.REQUESTED})
REQUEST_PHASES = frozenset({R.ANNOUNCED, R.REQUESTED})
ENACTED = frozenset({R.ENACTED})
ALIVE = frozenset(R) - {R.PLANNING, R.FINISHED, R.CANCELLED}


def step(name, label, source, target, permission, *, phases=ALIVE, guards=(), effects=(), **kwargs):
    source = frozenset({source} if isinstance(source, str) else source)
    stamps = [effect.since_now] if target is not None else []
    return Step(name, label, source, target, f"budgets.{permission}_proposal",
                guards=[guard.round_in(*phases), *guards], effects=[*effects, *stamps], **kwargs)  # fmt: skip


BEFORE_ALLOCATED = (
    S.DRAFT, S.PENDING_ENDORSEMENT, S.SUBMITTED, S.IN_SCREENING, S.RETURNED,
    S.IN_REVIEW, S.SCORED, S.RECOMMENDED, S.IN_REQUEST,
)  # fmt: skip

SUBMITTED = (S.SUBMITTED, S.IN_SCREENING, S.RETURNED, S.IN_REVIEW, S.SCORED)
UNDECIDED = frozenset(BEFORE_ALLOCATED) - {S.RECOMMENDED, S.IN_REQUEST}

PROPOSAL = Lifecycle(
    "proposal",
    S,
    [
        # The local government writes and signs
        step("request_endorsement", L("Ask for endorsement"), {S.DRAFT, S.RETURNED}, S.PENDING_ENDORSEMENT,
             "request_endorsement", phases=WRITING_PHASES, guards=[guard.in_time, guard.is_complete],
             effects=[effect.clear_verification], after=[notices.endorsement_asked],
             hint=L("The text is locked while the clerk and the executive decide.")),
        step("recall", L("Take back to edit"), S.PENDING_ENDORSEMENT, effect.whence_it_came, "request_endorsement",
             effects=[effect.clear_verification]),
        step("discard", L("Discard the draft"), S.DRAFT, S.DISCARDED, "discard", danger=True),
        step("verify", L("Verify"), S.PENDING_ENDORSEMENT, None, "verify", phases=WRITING_PHASES,
             guards=[guard.did_not_prepare, guard.is_not_verified_yet], effects=[effect.stamp_verification],
             after=[notices.verified]),
        step("submit", L("Sign and submit"), S.PENDING_ENDORSEMENT, effect.after_submission, "submit",
             phases=WRITING_PHASES,
             guards=[guard.did_not_prepare, guard.did_not_verify, guard.is_verified, guard.in_time, guard.is_complete],
             effects=[effect.stamp_submission], after=[effect.freeze_version, notices.submitted], form=SubmitForm),
        step("submit", L("Attest a signature on paper"), S.PENDING_ENDORSEMENT, effect.after_submission,
             "attest_signature", phases=WRITING_PHASES,
             guards=[guard.did_not_prepare, guard.is_verified, guard.in_time, guard.is_complete],
             effects=[signing.is_the_text, signing.is_another_person, effect.stamp_submission],
             after=[signing.freeze_attested, notices.submitted], form=AttestForm,
             hint=L("For an executive who signs with a pen: you answer for the signature with your name.")),
        step("decline_endorsement", L("Send back to the officer"), S.PENDING_ENDORSEMENT, effect.whence_it_came,
             "decline_endorsement", effects=[effect.clear_verification], after=[notices.endorsement_declined],
             form=ReasonForm),
        # The province screens
        step("start_screening", L("Claim for screening"), S.SUBMITTED, S.IN_SCREENING, "start_screening",
             phases=WRITING_PHASES, effects=[effect.claim], at_once=True),
        step("pass_screening", L("Pass to review"), S.IN_SCREENING, S.IN_REVIEW, "screen", phases=WRITING_PHASES,
             guards=[guard.nothing_is_to_mend], effects=[effect.pass_on], after=[notices.passed_screening],
             form=PassScreeningForm),
        step("return", L("Return for revision"), S.IN_SCREENING, S.RETURNED, "screen", phases=WRITING_PHASES,
             effects=[effect.return_from(S.IN_SCREENING)], after=[notices.returned], form=ReturnForm),
        step("propose_screen_out", L("Propose to screen out"), S.IN_SCREENING, None, "propose_screen_out",
             phases=WRITING_PHASES, effects=[effect.keep_screen_out_proposal], after=[notices.screen_out_proposed],
             form=ReasonForm),
        step("confirm_screen_out", L("Confirm screening out"), S.IN_SCREENING, S.SCREENED_OUT, "confirm_screen_out",
             phases=WRITING_PHASES,
             guards=[guard.has_proposal("proposed_reason", L("The province has not proposed to screen it out."))],
             effects=[effect.equals_screen_out_proposal], after=[notices.screened_out], form=ConfirmScreenOutForm),
        # Review and committee
        step("conclude_review", L("Conclude the review"), S.IN_REVIEW, S.SCORED, "conclude_review",
             phases=WRITING_PHASES, guards=[guard.reviews_are_in], effects=[effect.keep_figures],
             at_once=True),
        step("return", L("Return for revision"), S.IN_REVIEW, S.RETURNED, "return_review", phases=WRITING_PHASES,
             guards=[guard.returns_left], effects=[effect.return_from(S.IN_REVIEW)], after=[notices.returned],
             form=ReturnForm),
        step("recommend", L("Recommend"), S.SCORED, S.RECOMMENDED, "recommend", phases=DECIDING_PHASES,
             effects=[effect.keep_recommendation], after=[notices.decided_if_announced], form=RecommendForm),
        step("not_recommend", L("Do not recommend"), S.SCORED, S.NOT_RECOMMENDED, "recommend", phases=DECIDING_PHASES,
             effects=[effect.keep_recommendation], after=[notices.decided_if_announced], form=NotRecommendForm),
        # The budget request
        step("include_in_request", L("Include in the request"), S.RECOMMENDED, S.IN_REQUEST, "decide_request",
             phases=REQUEST_PHASES),
        step("leave_out", L("Leave out of the request"), S.RECOMMENDED, S.NOT_ALLOCATED, "decide_request",
             phases=REQUEST_PHASES | ENACTED, effects=[effect.keep_reason], after=[notices.not_allocated],
             form=LeaveOutForm),
        # Allocation
        step("propose_allocation", L("Propose an allocation"), {S.IN_REQUEST, S.NOT_ALLOCATED}, None,
             "propose_allocation", phases=ENACTED, effects=[effect.keep_amount_proposed], form=ProposeAllocationForm),
        step("allocate", L("Approve the allocation"), {S.IN_REQUEST, S.NOT_ALLOCATED}, S.ALLOCATED, "allocate",
             phases=ENACTED,
             guards=[guard.has_proposal("proposed_baht", L("The secretary has not proposed an amount."))],
             effects=[effect.equals_amount_proposed, effect.keep_allocation],
             after=[notices.allocated, effect.settle_with_the_ceilings], form=AllocateForm),
        step("not_allocate", L("Do not allocate"), S.IN_REQUEST, S.NOT_ALLOCATED, "allocate", phases=ENACTED,
             effects=[effect.clear_amount_proposed, effect.keep_reason], after=[notices.not_allocated],
             form=ReasonForm),
        step("not_allocate", L("Take the allocation back"), S.ALLOCATED, S.NOT_ALLOCATED, "allocate", phases=ENACTED,
             guards=[guard.nothing_is_spent], effects=[effect.keep_refusal],
             after=[effect.settle_with_the_ceilings, notices.not_allocated], form=ReasonForm, danger=True,
             hint=L("For an office that does not answer: the money is free for others again.")),
        step("propose_revision", L("Propose a revised amount"), {S.ALLOCATED, S.EXECUTING}, None,
             "propose_allocation", phases=ENACTED, effects=[effect.keep_amount_proposed], form=ProposeAllocationForm),
        step("revise_allocation", L("Approve the revised amount"), {S.ALLOCATED, S.EXECUTING}, None, "allocate",
             phases=ENACTED,
             guards=[guard.has_proposal("proposed_baht", L("The secretary has not proposed an amount."))],
             effects=[effect.equals_amount_proposed, effect.keep_allocation],
             after=[notices.allocated, effect.settle_with_the_ceilings], form=AllocateForm),
        # Carrying out
        step("accept_targets", L("Accept the re-scoped targets"), S.ALLOCATED, None, "accept_targets", phases=ENACTED,
             guards=[retargeting.targets_wait], effects=[retargeting.accept], after=[move_notices.targets_accepted]),
        step("decline_targets", L("Decline the re-scoped targets"), S.ALLOCATED, None, "accept_targets",
             phases=ENACTED, guards=[retargeting.targets_wait], effects=[retargeting.decline],
             after=[move_notices.targets_declined], form=ReasonForm),
        step("confirm_plan", L("Confirm the plan"), S.ALLOCATED, S.EXECUTING, "answer_allocation", phases=ENACTED,
             guards=[guard.plan_adds_up, retargeting.targets_are_accepted], effects=[effect.keep_plan_note],
             after=[notices.plan_confirmed], form=NoteForm),
        step("decline_allocation", L("Decline the allocation"), S.ALLOCATED, S.NOT_ALLOCATED, "answer_allocation",
             phases=ENACTED, guards=[guard.nothing_is_spent], effects=[effect.keep_refusal],
             after=[notices.allocation_declined, effect.settle_with_the_ceilings], form=DeclineAllocationForm,
             danger=True),
        step("complete", L("Complete"), S.EXECUTING, S.COMPLETED, "complete", phases=ENACTED,
             guards=[guard.final_indicators_are_in], effects=[effect.close_the_money], after=[notices.ended],
             form=ClosingForm),
        step("terminate", L("Terminate"), S.EXECUTING, S.TERMINATED, "complete", phases=ENACTED,
             effects=[effect.close_the_money], after=[notices.ended], form=TerminateForm, danger=True),
        # Another theme, where policy changed it
        step("remap", L("Move to another theme"), SUBMITTED, None, "remap", phases=WRITING_PHASES | {R.DELIBERATING},
             effects=[effect.keep_theme], after=[notices.remapped], form=RemapForm,
             hint=L("For a theme that policy changed. What was signed stays as it was signed.")),
        # Leaving, lapsing, appealing
        step("withdraw", L("Withdraw"), BEFORE_ALLOCATED, S.WITHDRAWN, "withdraw", effects=[effect.keep_ended_reason],
             after=[notices.withdrawn], form=ReasonForm, danger=True),
        step("lapse", L("Lapse"), {S.DRAFT, S.PENDING_ENDORSEMENT, S.RETURNED}, S.LAPSED, "lapse",
             guards=[guard.time_is_up], effects=[effect.remember_where_it_lapsed], after=[notices.lapsed]),
        step("close_out", L("Close undecided"), UNDECIDED, S.LAPSED, "close_out", phases=ENACTED,
             effects=[effect.remember_where_it_lapsed, effect.keep_ended_reason], after=[notices.closed_out],
             form=ReasonForm, danger=True,
             hint=L("For cases that nobody decided before the Act: they end, and the office is told why.")),
        step("reinstate", L("Reinstate"), S.LAPSED, effect.where_it_lapsed, "reinstate", phases=WRITING_PHASES,
             guards=[guard.extension_holds], after=[notices.reinstated], form=ReasonForm),
        step("appeal", L("Appeal"), {S.SCREENED_OUT, S.NOT_RECOMMENDED}, None, "appeal", phases=REQUEST_PHASES,
             guards=[guard.in_appeal_window], effects=[effect.keep_appeal], after=[notices.appealed],
             form=ReasonForm),
        step("decide_appeal", L("Decide the appeal"), S.SCREENED_OUT, effect.when_upheld(S.IN_SCREENING),
             "decide_screening_appeal", phases=REQUEST_PHASES, guards=[guard.is_appealed, guard.did_not_decide],
             effects=[effect.close_appeal], after=[notices.appeal_decided], form=DecideAppealForm),
        step("decide_appeal", L("Decide the appeal"), S.NOT_RECOMMENDED, effect.when_upheld(S.IN_REVIEW),
             "decide_review_appeal", phases=REQUEST_PHASES, guards=[guard.is_appealed, guard.did_not_decide],
             effects=[effect.close_appeal], after=[notices.appeal_decided], form=DecideAppealForm),
    ],
    start=S.DRAFT,
    ends=ENDS,
    shown=state_shown_to,
)  # fmt: skip
