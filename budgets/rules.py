"""What a permission asks of the object itself."""

from budgets.models import Assignment, Conflict, Proposal
from budgets.states import CONFIDENTIAL, AssignmentState, ProposalState, RoundState
from portal import clock
from portal.access import assigned, condition, holding, memberships, place_of
from portal.roles import Role
from portal.states import LocalGovernmentKind


def has_conflict(user, proposal):
    """True when `user` has declared, or was found to have, a conflict of interest in the case."""
    return Conflict.objects.filter(proposal=proposal, person=user).exists()


def knows_outcome(user, round):
    """True when `user` (or None for anybody) may know what the committee thinks of the round's cases.

    All may, once it is announced.
    """
    if round.is_announced or getattr(user, "is_timer", False):
        return True
    return user is not None and bool(holding(user, "budgets.view_outcome"))


def state_shown_to(proposal, user):
    """The state of a case as far as `user` may know it; the twin of `ProposalQuerySet.as_shown_to`."""
    if proposal.state in CONFIDENTIAL and not knows_outcome(user, proposal.round):
        return ProposalState.IN_REVIEW
    return proposal.state


@assigned(Role.DEPA_REVIEWER)
def is_assigned(user, obj):
    if obj._meta.label == "budgets.Round":
        return True
    proposal = getattr(obj, "case", None) or obj
    return Assignment.objects.filter(proposal=proposal, reviewer=user, state=AssignmentState.ASSIGNED).exists()


@condition("budgets.view_proposal")
def may_be_seen(user, proposal):
    if has_conflict(user, proposal):
        return False
    if proposal.was_submitted:
        return True
    place, held = proposal.local_government, memberships(user)
    if place.pk in {m.local_government_id for m in held if m.local_government_id}:
        return True
    if proposal.state == ProposalState.LAPSED and holding(user, "budgets.reinstate_proposal"):
        return Proposal.objects.filter(pk=proposal.pk).with_extension(clock.now()).exclude(extended_until=None).exists()
    return proposal.shared_at is not None and place.province_id in {m.province_id for m in held if m.province_id}


@condition("budgets.view_round")
def is_opened(user, round):
    return round.state != RoundState.PLANNING or bool(holding(user, "budgets.view_outcome"))


CASE_PERMISSIONS = (
    "budgets.start_screening_proposal",
    "budgets.screen_proposal",
    "budgets.propose_screen_out_proposal",
    "budgets.confirm_screen_out_proposal",
    "budgets.decide_request_proposal",
    "budgets.decide_screening_appeal_proposal",
    "budgets.decide_review_appeal_proposal",
    "budgets.review_proposal",
    "budgets.assign_reviewers",
    "budgets.return_review_proposal",
    "budgets.conclude_review_proposal",
    "budgets.recommend_proposal",
    "budgets.propose_allocation_proposal",
    "budgets.allocate_proposal",
    "budgets.complete_proposal",
    "budgets.close_out_proposal",
    "budgets.accept_targets_proposal",
    "budgets.decide_item_change",
    "budgets.grant_carry_over",
    "budgets.enter_external_number",
)


@condition(*CASE_PERMISSIONS)
def has_no_conflict(user, obj):
    return not has_conflict(user, getattr(obj, "case", None) or obj)


@condition("budgets.propose_transfer", "budgets.decide_transfer")
def has_no_conflict_at_either_end(user, obj):
    """Of a transfer; for a round the question is only whether one may at all."""
    if obj._meta.label == "budgets.Round":
        return True
    return not (has_conflict(user, obj.source) or has_conflict(user, obj.target))


SERVED_BY_NO_PROVINCE = frozenset({LocalGovernmentKind.BMA, LocalGovernmentKind.PATTAYA})


@condition(
    "budgets.start_screening_proposal",
    "budgets.screen_proposal",
    "budgets.propose_screen_out_proposal",
    "budgets.accept_report",
    "budgets.complete_proposal",
    "budgets.accept_targets_proposal",
    "budgets.decide_item_change",
)
def serves_the_place(user, obj):
    """The province's own office; in its place DLA, where no office serves or the screening date has passed."""
    place = place_of(obj)
    if any(m.province_id == place.province_id for m in memberships(user) if m.province_id):
        return True
    if not holding(user, "budgets.stand_in_for_province"):
        return False
    due_on = (getattr(obj, "case", None) or obj).round.screening_due_on
    return place.kind in SERVED_BY_NO_PROVINCE or (due_on is not None and clock.today() > due_on)
