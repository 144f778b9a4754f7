"""A run with one seat left and a hundred people who want it, planted in a database of their own; and the race."""

import json
from threading import Barrier, Thread

from django.db import connection, transaction
from django.db.models import F

from portal.errors import Refused
from portal.models import User
from tests.factories import training as make
from tests.factories.people import person
from training import enrolling, seats
from training.models import CourseRun, Enrolment, RunSeats

WANTED = 100


def read_first_write_later(run):
    """The control's seat: counted first, written later, as it is done without a guard."""
    taken = Enrolment.objects.filter(run=run, state="confirmed").count()
    if taken >= run.capacity:
        raise Refused("full", code="run_full")
    RunSeats.objects.filter(run=run).update(taken=F("taken") + 1)


def race(is_guarded):
    """Print JSON: how many of a hundred requests at once were confirmed, waitlisted or failed; and the counter."""
    if not is_guarded:
        seats.take_seat = read_first_write_later
    run = make.run(capacity=1)
    User.objects.timer()
    people = [person() for _ in range(WANTED)]
    for one in people:
        enrolling.learner_of(one)
    barrier, failures = Barrier(WANTED), []

    def enrol(user):
        try:
            connection.ensure_connection()
            barrier.wait(120)
            with transaction.atomic():
                enrolling.enrol_self(CourseRun.objects.get(pk=run.pk), by=user)
        except Exception as error:
            failures.append(f"{type(error).__name__}: {error}"[:200])
        finally:
            connection.close()

    threads = [Thread(target=enrol, args=[make.fresh(one)]) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = Enrolment.objects.filter(run=run)
    print(
        json.dumps(
            {
                "confirmed": states.filter(state="confirmed").count(),
                "waitlisted": states.filter(state="waitlisted").count(),
                "failures": failures,
                "taken": RunSeats.objects.get(run=run).taken,
            }
        )
    )
