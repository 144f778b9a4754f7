"""What a person may read on the page of a case, beside what it says itself."""

from budgets.rules import knows_outcome, state_shown_to
from budgets.states import ProposalState
from budgets.timeline import events_of
from portal import access

SHOWN_EVENTS = 60


def timeline(proposal, user):
    """The steps of the case that `user` may know of, newest first, without the many small edits."""
    steps = events_of(proposal, user).filter(verb__startswith="proposal.").exclude(verb="proposal.change")
    return list(steps.order_by("-pk")[:SHOWN_EVENTS])


def shown_to(proposal, user):
    """`proposal` in the state that `user` may know, for showing only: it must not be saved."""
    proposal.state = state_shown_to(proposal, user)
    if proposal.state == ProposalState.IN_REVIEW and not knows_outcome(user, proposal.round):
        proposal.recommended_baht = proposal.mean_score = proposal.score_spread = None
    return proposal


def last_return(proposal):
    """The newest return with its sections and reasons, or None."""
    return proposal.returns.order_by("-pk").first()


def may_edit(proposal, user):
    """Whether `user` is one of those who write this proposal, whatever its state."""
    return access.capacity(user, "budgets.change_proposal", proposal) is not None
