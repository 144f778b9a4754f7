"""Sessions of people who are signed in: they end when nobody used them for a while, and after a day's work anyway.

Held in the database. The clock is the server's own, for a session is no case: nothing is judged by it.
"""

import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.dispatch import receiver

from portal import jobs
from portal.registry import timer

USED, BEGAN = "used_at", "began_at"
NOTED_EVERY = 60
SWEEP_EVERY = timedelta(days=1)


class SessionStore(db.SessionStore):
    """A session that is gone once it was idle for `SESSION_IDLE` or is older than `SESSION_COOKIE_AGE`, in seconds."""

    def load(self):
        data, now = super().load(), time.time()
        if BEGAN not in data:
            return data
        if now - data[USED] >= settings.SESSION_IDLE or now - data[BEGAN] >= settings.SESSION_COOKIE_AGE:
            self.delete()
            self._session_key = None
            return {}
        if now - data[USED] >= NOTED_EVERY:
            data[USED] = now
            self.modified = True
        return data


@receiver(user_logged_in)
def begin(request, **_facts):
    request.session[BEGAN] = request.session[USED] = time.time()


@timer
def sweep_sessions():
    """Once a day, drop what has expired."""
    since = jobs.silence("sweep_sessions")
    if since is None or since >= SWEEP_EVERY:
        jobs.beat("sweep_sessions")
        SessionStore.clear_expired()
