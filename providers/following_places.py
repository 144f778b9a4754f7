"""Open complaints follow a local government to its successor.

Comparisons are documents of their day: they keep the old name, and the successor's people read them as its own.
"""

from portal import following
from providers.models import Complaint
from providers.states import ComplaintState


def open_cases(place):
    """The complaints of `place` that are not closed, as a queryset."""
    return Complaint.objects.filter(local_government=place).exclude(state=ComplaintState.CLOSED)


def follow(old, new, *, by):
    """Move the open complaints of `old` to `new`; how many went."""
    return following.move(open_cases(old), old, new, by=by, verb="complaint.follow")
