"""Pilots and endorsements follow a local government to its successor; what has ended keeps the old name."""

from django.db.models import F

from portal.audit import record
from portal.register import following
from sandboxes.models import Endorsement, Pilot
from sandboxes.states import ENDS


def open_cases(place):
    """The pilots of `place` that have not ended, as a queryset."""
    return Pilot.objects.filter(local_government=place).exclude(state__in=ENDS)


def follow(old, new, *, by, only=None):
    """Move the pilots of `old` and what it was asked to endorse to `new`; how many pilots went.

    A question that the new office is not asked, because it leads the pilot or was asked itself, falls away. With
    `only` (keys of pilots) these move alone.
    """
    if only is not None:
        return following.move(open_cases(old).filter(pk__in=only), old, new, by=by, verb="pilot.follow")
    moved = following.move(open_cases(old), old, new, by=by, verb="pilot.follow")
    asked = Endorsement.objects.filter(place=old).exclude(pilot__state__in=ENDS)
    following.move(
        asked.exclude(pilot__local_government=new), old, new, by=by, verb="endorsement.follow", field="place"
    )
    moot = Endorsement.objects.unanswered().filter(place=old) | Endorsement.objects.unanswered().filter(
        place=new, pilot__local_government=F("place")
    )
    for endorsement in moot.exclude(pilot__state__in=ENDS).select_related("pilot"):
        record("endorsement.fall_away", endorsement, by=by, details={"of": old.pk, "to": new.pk})
        endorsement.delete()
    return moved
