"""The worker and the beat, where there is a Redis: `celery -A portal worker`, `celery -A portal beat`.

Nothing publishes from a request: the beat alone asks, and the relay finds its work in the outbox. A run
that nobody took before the next was due is dropped, so that an outage leaves no pile behind.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def every(seconds, task):
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "relay": every(5, "portal.tasks.relay_notices"),
    "timers": every(30, "portal.tasks.run_timers"),
    "jobs": every(2, "portal.tasks.run_jobs"),
}
