"""What the other apps may ask of training."""

from dataclasses import dataclass
from datetime import date, timedelta

from training.coverage import trained_on
from training.models import Placement

AMBASSADOR, OFFICER = "ambassador", "trained_officer"
WARNED_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Qualified:
    """Somebody of a local government who qualifies: `kind` is `ambassador` or `trained_officer`.

    `until` is the last day on which it counts, or None; `url` leads to the proof.
    """

    kind: str
    name: str
    since: date
    until: date | None
    url: str


def qualified_people(local_government, day):
    """Who qualifies `local_government` on `day` (a date in Bangkok), as a list of `Qualified`, longest first.

    Ambassadors who serve there, and people trained within 24 months whose certificate counts.
    """
    found = [
        Qualified(AMBASSADOR, str(p.ambassador), p.starts_on, p.ends_on, p.get_absolute_url())
        for p in Placement.objects.serving_on(day)
        .filter(local_government=local_government)
        .select_related("ambassador")
    ]
    for credential in trained_on(day).filter(local_government=local_government).order_by("pk"):
        found.append(
            Qualified(
                OFFICER, credential.holder_th, credential.issued_on, until_of(credential), credential.get_absolute_url()
            )
        )
    return sorted(found, key=lambda one: one.until or date.max, reverse=True)


def until_of(credential):
    """The last day on which a certificate counts as recent training: its own end, or 24 months after its issue."""
    from training.querysets import RECENT

    recent = credential.issued_on + RECENT - timedelta(days=1)
    return min(recent, credential.valid_until) if credential.valid_until else recent


def qualified_until(local_government, day):
    """The last day on which somebody who qualifies on `day` still does; None when nobody does."""
    people = qualified_people(local_government, day)
    return max((one.until or date.max for one in people), default=None)


def lapses_soon(local_government, day):
    """Whether `local_government` has somebody on `day` and nobody any more within 60 days."""
    until = qualified_until(local_government, day)
    return until is not None and until < day + WARNED_BEFORE


def is_qualified(local_government, day):
    """Whether `local_government` has a valid ambassador or trained officer on `day`."""
    return bool(qualified_people(local_government, day))
