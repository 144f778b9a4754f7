"""Seats: counted up and down by one UPDATE each, held by a constraint, so that no race gives one seat twice."""

from django.db.models import F
from django.utils.translation import gettext as _

from portal.errors import Refused
from training.models import Application, Quota, RunSeats
from training.states import QuotaKind

# Ambassadors


def quota_keys(place):
    """The quotas that a seat at `place` (a HostPlace) counts under, the most particular first."""
    government = place.local_government
    return [
        (QuotaKind.KIND, government.kind),
        (QuotaKind.REGION, government.province.region),
        (QuotaKind.TOTAL, ""),
    ]


def quotas_of(place):
    """The rows of those quotas, in that order: those that the generation has not set do not limit."""
    keys = quota_keys(place)
    found = Quota.objects.filter(generation=place.generation_id)
    return sorted(
        (quota for quota in found if (quota.kind, quota.value) in keys), key=lambda q: keys.index((q.kind, q.value))
    )


def take(application, place):
    """Count a seat at `place` for `application` under every quota. Refused: `place_taken`, `quota_full`.

    Called last in a step: the counters are its hottest rows.
    """
    for quota in quotas_of(place):
        if not Quota.objects.filter(pk=quota.pk, taken__lt=F("seats")).update(taken=F("taken") + 1):
            raise Refused(
                _("The quota “%(name)s” of %(seats)s is used up.") % {"name": quota.label, "seats": quota.seats},
                code="quota_full",
            )
    # Who stands here holds the row of all places: what others gave away before is seen now.
    if Application.objects.filter(place=place, holds_seat=True).exclude(pk=application.pk).exists():
        raise Refused(_("This place is already given or offered to somebody else."), code="place_taken")


def free(application):
    """Give back the seat that `application` holds; whether it held one."""
    held = Application.objects.filter(pk=application.pk, holds_seat=True)
    if not held.update(holds_seat=False):
        return False
    application.holds_seat = False
    for quota in quotas_of(application.place):
        Quota.objects.filter(pk=quota.pk, taken__gt=0).update(taken=F("taken") - 1)
    return True


# Courses


def take_seat(run):
    """Count a seat of a course run. Refused `run_full` when the last one is gone."""
    if not RunSeats.objects.filter(run=run, taken__lt=F("capacity")).update(taken=F("taken") + 1):
        raise Refused(_("There is no seat left in this run."), code="run_full")


def free_seat(run):
    RunSeats.objects.filter(run=run, taken__gt=0).update(taken=F("taken") - 1)


def set_capacity(run, capacity):
    """Set the seats of a run. Refused `below_taken` when more are confirmed."""
    seats, _made = RunSeats.objects.get_or_create(run=run, defaults={"capacity": capacity})
    if not RunSeats.objects.filter(pk=seats.pk, taken__lte=capacity).update(capacity=capacity):
        raise Refused(
            _("%(taken)s learners are confirmed, so there cannot be fewer seats.") % {"taken": seats.taken},
            code="below_taken",
        )


def has_free_seat(run):
    """Whether a seat is free at this moment; only `take_seat` makes sure."""
    return RunSeats.objects.filter(run=run, taken__lt=F("capacity")).exists()
