"""Work over two seconds: asked for in a request, done by a worker, told by the bell.

A job is a row written in the request's own transaction. Workers (`manage.py timers`, or Celery) take
queued rows; nobody talks to a broker in a request.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal import clock, notices
from portal.errors import Refused
from portal.models.files import StoredFile
from portal.models.jobs import Heartbeat, Job, JobState

log = logging.getLogger(__name__)

KINDS = {}
SILENT_FOR = timedelta(minutes=10)
TIMERS = "timers"


@dataclass(frozen=True)
class Kind:
    """One kind of job: `work(run, **arguments)` gives a StoredFile, a line of text, or None."""

    title: Any
    work: Callable


def job(kind, title):
    """Register the function that does jobs of `kind`; `title` is what the person reads.

    The function calls `run.progress(done, total)` at least every few minutes, and may be run again from the
    start after a restart.
    """

    def register(function):
        KINDS[kind] = Kind(title, function)
        return function

    return register


def start(kind, by, **arguments):
    """The queued job; `arguments` are JSON."""
    if kind not in KINDS:
        raise LookupError(f"No job of kind {kind!r}.")
    return Job.objects.create(kind=kind, asked_by=by, arguments=arguments)


class Interrupted(Exception):
    """The worker is stopping, or the run was given up on."""


class Run:
    """One try at a job, by one worker."""

    def __init__(self, row, stopping):
        self.row = row
        self.by = row.asked_by
        self._stopping = stopping

    def progress(self, done, total):
        """Save how far the work is. Raises Interrupted when the worker should let go."""
        if self._stopping():
            self.write(state=JobState.QUEUED, done=0)
            raise Interrupted
        if not self.write(done=done, total=total, alive_at=clock.now()):
            raise Interrupted

    def write(self, **columns):
        """Update the row while this run still holds it; False when it does not."""
        mine = Job.objects.filter(pk=self.row.pk, state=JobState.RUNNING, started_at=self.row.started_at)
        return bool(mine.update(**columns))


def run_next(stopping=lambda: False):
    """Take the oldest queued job and do it; the job as it then stands, or None when nothing waits."""
    row = _claim()
    if row is None:
        return None
    run = Run(row, stopping)
    with override(row.asked_by.language):
        try:
            _finish(run, KINDS[row.kind].work(run, **row.arguments))
        except Interrupted:
            log.info("Job %s was interrupted.", row.pk)
        except (Refused, ValidationError) as refusal:
            _fail(run, " ".join(getattr(refusal, "messages", None) or [str(refusal)]))
        except Exception:
            log.exception("Job %s (%s) failed.", row.pk, row.kind)
            _fail(run, str(_("Something went wrong on our side. Start it again, or tell the operator its number.")))
    row.refresh_from_db()
    return row


def fail_silent():
    """Give up on jobs whose worker has not been heard of for ten minutes; how many there were."""
    found = list(Job.objects.silent_since(clock.now() - SILENT_FOR).select_related("asked_by"))
    for row in found:
        with override(row.asked_by.language):
            _fail(Run(row, lambda: False), str(_("The work stopped on the way. Start it again.")))
    return len(found)


def _claim():
    moment = clock.now()
    for key in (
        Job.objects.queued().filter(kind__in=KINDS).order_by("created_at", "pk").values_list("pk", flat=True)[:10]
    ):
        taken = Job.objects.queued().filter(pk=key)
        if taken.update(state=JobState.RUNNING, started_at=moment, alive_at=moment):
            return Job.objects.select_related("asked_by").get(pk=key)
    return None


def _finish(run, result):
    columns = {"state": JobState.DONE, "finished_at": clock.now()}
    if isinstance(result, StoredFile):
        columns["result"] = result
    elif result is not None:
        columns["summary"] = str(result)[:300]
    _close(run, columns, _("Ready: %(title)s"), _("The work you asked for is done. See the result on its page."))


def _fail(run, error):
    columns = {"state": JobState.FAILED, "finished_at": clock.now(), "error": error[:500]}
    _close(run, columns, _("Not finished: %(title)s"), "%(error)s")


@transaction.atomic
def _close(run, columns, subject, body):
    if not run.write(**columns):
        return
    title = KINDS[run.row.kind].title if run.row.kind in KINDS else run.row.kind
    notices.tell(
        run.by,
        "job",
        subject=subject,
        body=body,
        url=run.row.get_absolute_url(),
        about=run.row,
        title=title,
        error=columns.get("error", ""),
    )


def beat(name):
    """Note a sign of life."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now()})


def silence(name):
    """How long `name` has given no sign of life, or None when it never did."""
    last = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return None if last is None else clock.now() - last
