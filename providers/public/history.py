"""What was true on a day, read from records that never change."""

import json

from django.db.models import Max

from portal import clock
from providers.deciding.listing_acts import end_of
from providers.models import Record
from providers.public import bodies


def moment_of(day):
    """The moment up to which `day` (a date in Bangkok) counts: its end, or now while it lasts."""
    return min(end_of(day), clock.now())


def as_of(kind, day, keys=None):
    """The records that told at the end of `day` what was true of every public object of `kind` (or of `keys`)."""
    known = Record.objects.filter(kind=kind, at__lt=moment_of(day))
    if keys is not None:
        known = known.filter(object_id__in=keys)
    latest = known.values("object_id").annotate(last=Max("seq"))
    return Record.objects.filter(seq__in=latest.values("last"), op="upsert").order_by("object_id")


def body_as_of(kind, key, day):
    """The public body of one object as true on `day`, or None where the register did not show it then."""
    record = Record.objects.filter(kind=kind, object_id=key, at__lt=moment_of(day)).order_by("-seq").first()
    if record is None or record.op == "delete":
        return None
    return bodies.on_day(kind, json.loads(record.body), day)


def state_by_events(listing, day):
    """The state of a listing on `day` by its own history, or None before it was listed: the second witness."""
    if day < listing.valid_from:
        return None
    line = listing.history.filter(effective_at__lt=moment_of(day)).order_by("effective_at", "pk").last()
    if line is None:
        return None
    running = line.state in {"active", "suspended"}
    return "expired" if running and line.valid_until < day else line.state
