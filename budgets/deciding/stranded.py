"""Cases that keep a round from going on, by state, each with the steps that dispose of them."""

from dataclasses import dataclass

from django.db.models import Count

from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal
from budgets.states import ENDS, ProposalState
from portal import access
from portal.roles import Role, roles_with

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
    """The cases of one state: how many, the bulk steps that dispose of them, and those of them open to this person."""

    state: str
    count: int
    rows: tuple
    steps: tuple

    @property
    def label(self):
        return ProposalState(self.state).label

    @property
    def who(self):
        """The roles that dispose of these cases, as text."""
        roles = {role for row in self.rows for role in roles_with(row.permission)}
        return ", ".join(str(Role(role).label) for role in Role if role in roles)


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
    mine = set(seen.order_by().values_list("state", flat=True))
    counted = dict(cases.order_by().values_list("state").annotate(Count("pk")))
    groups = []
    for state in (state for state in ProposalState.values if state in counted):
        rows = disposals(state, name)
        steps = tuple(row for row in rows if state in mine and access.holding(user, row.permission))
        groups.append(Group(state, counted[state], rows, steps))
    return groups


def disposals(state, name):
    """The rows of the lifecycle that dispose of cases in `state` for the round's step `name`."""
    names = DISPOSALS.get(state, UNDECIDED)
    if name == "finish" and state == S.RECOMMENDED:
        names = ("leave_out",)
    return tuple(row for one in names for row in PROPOSAL.rows_of(one) if state in row.source)
