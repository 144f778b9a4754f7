"""Ambassadors, places, learners and their certificates follow a local government to its successor.

What has ended keeps the old name, and so does an ambassador's certificate, on which the place is printed.
"""

from django.db.models import Exists, OuterRef, Q

from portal.register import following
from training.models import AreaChoice, Credential, Enrolment, HostPlace, Learner, Placement
from training.states import (
    APPLICATION_ENDS,
    OCCUPIES,
    CredentialKind,
    CredentialState,
    EnrolmentState,
    PlaceState,
)

LEARNING = (EnrolmentState.REQUESTED, EnrolmentState.CONFIRMED, EnrolmentState.WAITLISTED)


def open_cases(place):
    """The services of ambassadors at `place` that go on or are planned, as a queryset."""
    return Placement.objects.filter(local_government=place, state__in=OCCUPIES)


def follow(old, new, *, by, only=None):
    """Move what goes on at `old` to `new`; how many services, answers to calls and enrolments went.

    Where both have an ambassador, or both answered a call, those of the old office stay until they end. With `only`
    (keys of services) these move alone.
    """
    if only is not None:
        return following.move(open_cases(old).filter(pk__in=only), old, new, by=by, verb="placement.follow")
    placements = following.move(open_cases(old), old, new, by=by, verb="placement.follow")
    serving = Placement.objects.filter(place=OuterRef("pk"), state__in=OCCUPIES, local_government=new)
    places = HostPlace.objects.filter(
        Q(state__in=[PlaceState.PROPOSED, PlaceState.OFFERED]) | Exists(serving), local_government=old
    )
    places = following.move(places, old, new, by=by, verb="host_place.follow")
    chosen = AreaChoice.objects.filter(local_government=old).exclude(application__state__in=APPLICATION_ENDS)
    already = AreaChoice.objects.filter(application=OuterRef("application"), local_government=new)
    chosen.exclude(Exists(already)).update(local_government=new)
    Learner.objects.filter(local_government=old).update(local_government=new)
    enrolments = Enrolment.objects.filter(office=old, state__in=LEARNING)
    enrolments = following.move(enrolments, old, new, by=by, verb="enrolment.follow", field="office")
    courses = Credential.objects.filter(local_government=old, kind=CredentialKind.COURSE)
    courses.filter(state=CredentialState.VALID).update(local_government=new)
    return placements + places + enrolments
