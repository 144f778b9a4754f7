"""How long the feed can be followed back, and what of the records is kept for good.

`as_of` asks what was true at the end of a day, so of several records of one object on one day only the last is ever
read again. Behind the horizon the others go, and positions behind it are answered with the snapshot; every day past
keeps its answer.
"""

from datetime import timedelta

from django.db import connection

from portal import clock
from providers.models import Edition, Record

FOLLOWED_FOR = timedelta(days=396)
PART = 5000


def thin(horizon=None):
    """Drop records from before `horizon` (a moment) that a later one of the same object and day supersedes; how many.

    Moves `Edition.oldest` to the first number that is still followed. A timer.
    """
    horizon = horizon or clock.now() - FOLLOWED_FOR
    last = Record.objects.filter(at__lt=horizon).order_by("-seq").values_list("seq", flat=True).first()
    known = Edition.objects.filter(pk=1).first()
    if last is None or known is None or last < known.oldest:
        return 0
    dropped, first = 0, known.oldest
    Edition.objects.filter(pk=1).update(oldest=last + 1)
    while first <= last:
        dropped += _drop(first, min(first + PART - 1, last), last)
        first += PART
    return dropped


def _drop(first, until, last):
    """Of the records numbered from `first` to `until`, those followed up to `last` on the same day in Bangkok."""
    day = "date(%s.at AT TIME ZONE 'Asia/Bangkok')" if connection.vendor == "postgresql" else "date(%s.at, '+7 hours')"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM providers_record WHERE seq BETWEEN %s AND %s AND EXISTS (
                SELECT 1 FROM providers_record later
                WHERE later.kind = providers_record.kind AND later.object_id = providers_record.object_id
                AND later.seq > providers_record.seq AND later.seq <= %s
                AND {day % "later"} = {day % "providers_record"})""",
            [first, until, last],
        )
        return cursor.rowcount
