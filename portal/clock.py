"""The only clock.

Inside a transaction on PostgreSQL it is the database's clock, so that every web server judges a
deadline alike; elsewhere it is the server's. Tests move it with `at`.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

BANGKOK = ZoneInfo("Asia/Bangkok")
_moved = ContextVar("moved", default=None)


def now():
    """The present moment, aware, in UTC."""
    moved = _moved.get()
    if moved is not None:
        return moved
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]
    return timezone.now()


def today():
    """The present date in Bangkok."""
    return now().astimezone(BANGKOK).date()


def last_minute(moment):
    """The last minute before `moment` where it is a midnight in Bangkok: until when, as people say it."""
    if moment is None:
        return None
    is_midnight = moment.astimezone(BANGKOK).time() == time.min
    return moment - timedelta(minutes=1) if is_midnight else moment


@contextmanager
def at(moment):
    """Hold the clock at `moment` (aware) in this thread."""
    token = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(token)
