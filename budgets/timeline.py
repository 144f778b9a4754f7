"""What happened to a case, as far as each person may know it, and without saying who: by role only."""

from django.db.models import Q

from budgets.rules import knows_outcome
from budgets.states import CONFIDENTIAL, ProposalState
from portal import access
from portal.models import Event

OUTCOME = frozenset({"proposal.conclude_review", "proposal.recommend", "proposal.not_recommend"})
INTENTIONS = frozenset({"proposal.propose_screen_out", "proposal.propose_allocation", "proposal.propose_revision"})
REVIEWING = Q(verb__startswith="assignment.") | Q(verb__startswith="review.")
TOLD = ("sections", "due_on", "letter_no", "amount_baht", "attached", "removed")


def events_of(proposal, user):
    """The events of a case that `user` may know of, oldest first.

    What reviewers do is for those who read reviews; what is only proposed, for those who may know outcomes; the
    committee's outcome for all once the round is announced.
    """
    found = Event.objects.of(proposal).select_related("actor").order_by("pk")
    if not access.holding(user, "budgets.view_reviews"):
        found = found.exclude(REVIEWING)
    if not access.holding(user, "budgets.view_outcome"):
        found = found.exclude(verb__in=INTENTIONS)
    if not knows_outcome(user, proposal.round):
        found = found.exclude(verb__in=OUTCOME)
    return found


def shown_state(event, *, field, knows):
    """`event.before` or `event.after`, folded into `in_review` for those who do not know the outcome."""
    state = getattr(event, field)
    return ProposalState.IN_REVIEW.value if state in CONFIDENTIAL and not knows else state


def told(event):
    """The details of an event that may be told to all who see the case: no reasons, no names."""
    facts = {name: event.details[name] for name in TOLD if event.details.get(name) not in (None, "", [])}
    if "sections" in facts:
        facts["sections"] = [row["section"] if isinstance(row, dict) else row for row in facts["sections"]]
    return facts
