"""The order in which a local government puts its own proposals of a round."""

from django.db import transaction

from budgets.models import Proposal
from budgets.states import ProposalState, Section
from budgets.writing.drafting import editing, open_sections

LEFT = frozenset({ProposalState.DISCARDED, ProposalState.WITHDRAWN, ProposalState.LAPSED})


def in_order(round, local_government):
    """The office's living proposals of the round by own priority; those without one come last."""
    found = Proposal.objects.in_round(round).filter(local_government=local_government).exclude(state__in=LEFT)
    rows = list(found.select_related("round", "theme", "local_government"))
    return sorted(rows, key=lambda one: (one.priority is None, one.priority or 0, one.pk))


def is_movable(proposal):
    """Whether the priority may be changed now."""
    return Section.SUMMARY in open_sections(proposal)


def move(proposal, step, *, by):
    """Put `proposal` one place up (`step` -1) or down (1) among those that may be moved; numbers follow the order.

    Signed proposals keep their number, and the others take the numbers that are left.
    """
    rows = in_order(proposal.round, proposal.local_government)
    movable = [one for one in rows if is_movable(one)]
    keys = [one.pk for one in movable]
    place = keys.index(proposal.pk) if proposal.pk in keys else None
    if place is not None and 0 <= place + step < len(movable):
        movable[place], movable[place + step] = movable[place + step], movable[place]
    taken = {one.priority for one in rows if one not in movable}
    free = (number for number in range(1, len(rows) + len(taken) + 1) if number not in taken)
    with transaction.atomic():
        for one, number in zip(movable, free, strict=False):
            if one.priority != number:
                with editing(one, Section.SUMMARY, by=by) as draft:
                    draft.priority = number
