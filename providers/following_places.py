"""Open complaints follow a local government to its successor.

Comparisons are documents of their day: they keep the old name, and the successor's people read them as its own.
"""

from portal.register import following
from providers.models import Complaint
from providers.states import ComplaintState


def open_cases(place):
    """The complaints of `place` that are not closed, as a queryset."""
    return Complaint.objects.filter(local_government=place).exclude(state=ComplaintState.CLOSED)


def follow(old, new, *, by, only=None):
    """Move the open complaints of `old`, or `only` those of these keys, to `new`; how many went."""
    cases = open_cases(old) if only is None else open_cases(old).filter(pk__in=only)
    return following.move(cases, old, new, by=by, verb="complaint.follow")
