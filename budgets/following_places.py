"""Open proposals follow a local government to its successor; what has ended keeps the old name."""

from django.db.models import Q

from budgets.lifecycle import PROPOSAL
from budgets.models import Extension, Proposal
from budgets.states import ENDS, RoundState
from portal import clock
from portal.register import following

FOR_GOOD = frozenset(state for state in ENDS if not any(state in row.source for row in PROPOSAL.rows))
OVER = (RoundState.FINISHED, RoundState.CANCELLED)


def open_cases(place):
    """The proposals of `place` that wait for somebody, as a queryset."""
    return Proposal.objects.filter(local_government=place).exclude(state__in=ENDS)


def follow(old, new, *, by, only=None):
    """Move the open proposals and running extensions of `old` to `new`; how many proposals went.

    With them go those at an end that may still be contested: an appeal is the new office's to sign. With `only`
    (keys of open ones) these move alone, with the extensions given to them.
    """
    if only is not None:
        moved = following.move(open_cases(old).filter(pk__in=only), old, new, by=by, verb="proposal.follow")
        Extension.objects.filter(proposal__in=only, until__gt=clock.now()).update(local_government=new)
        return moved
    still_on = ~Q(state__in=ENDS) | (~Q(state__in=FOR_GOOD) & ~Q(round__state__in=OVER))
    cases = Proposal.objects.filter(still_on, local_government=old)
    moved = following.move(cases, old, new, by=by, verb="proposal.follow")
    Extension.objects.filter(local_government=old, until__gt=clock.now()).update(local_government=new)
    return moved
