"""Cases that keep a round from going on, by state, each with the steps that dispose of them."""

from dataclasses import dataclass

from django.db.models import Count

from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal
from budgets.states import ENDS, ProposalState
from portal import access

S = ProposalState
DISPOSALS = {
    S.RECOMMENDED: ("include_in_request", "leave_out"),
    S.IN_REQUEST: ("not_allocate",),
    S.ALLOCATED: ("not_allocate",),
    S.EXECUTING: ("terminate",),
}
UNDECIDED = ("close_out",)


@dataclass(frozen=True)
class Group:
    """The cases of one state: how many, and the bulk steps that this person could take for all of them."""

    state: str
    count: int
    steps: tuple

    @property
    def label(self):
        return ProposalState(self.state).label


def in_the_way(round, name, user):
    """The `Group`s of cases that stand in the way of the round's step `name`, as far as `user` may see them.

    `send_request` waits for every recommended case to be placed, `finish` for every case to have ended.
    """
    match name:
        case "send_request":
            cases = round.proposals.filter(state=S.RECOMMENDED)
        case "finish":
            cases = round.proposals.exclude(state__in=ENDS)
        case _:
            return []
    seen = cases.filter(pk__in=Proposal.objects.visible_to(user).values("pk"))
    counted = dict(seen.order_by().values_list("state").annotate(Count("pk")))
    all_counted = dict(cases.order_by().values_list("state").annotate(Count("pk")))
    return [
        Group(state, all_counted[state], disposals(state, name, user) if state in counted else ())
        for state in ProposalState.values
        if state in all_counted
    ]


def disposals(state, name, user):
    """The rows of the lifecycle that dispose of cases in `state`, for those who hold their permission."""
    names = DISPOSALS.get(state, UNDECIDED)
    if name == "finish" and state == S.RECOMMENDED:
        names = ("leave_out",)
    rows = [row for one in names for row in PROPOSAL.rows_of(one) if state in row.source]
    return tuple(row for row in rows if access.holding(user, row.permission))
