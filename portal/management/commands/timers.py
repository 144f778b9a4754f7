"""The portal's timers, without a broker: letters, registered timers and jobs, in one process."""

import logging
import signal
from threading import Event, Thread

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from portal import jobs, tasks

log = logging.getLogger(__name__)

LETTERS_EVERY = 5
TIMERS_EVERY = 30
JOBS_EVERY = 2
GRACE = 20


class Command(BaseCommand):
    help = "Sends letters, runs the timers and does the jobs until it is told to stop."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *, once, **options):
        if once:
            return self.once()
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        loops = [
            Thread(name=name, target=repeat, args=(work, every, stop), daemon=True)
            for name, work, every in (
                ("letters", tasks.relay, LETTERS_EVERY),
                ("timers", tasks.run_timers, TIMERS_EVERY),
                ("jobs", lambda: jobs.run_next(stop.is_set), JOBS_EVERY),
            )
        ]
        for loop in loops:
            loop.start()
        self.stdout.write("The timers are running.")
        self.stdout.flush()
        while not stop.wait(1):
            pass
        for loop in loops:
            loop.join(GRACE / len(loops))

    def once(self):
        while tasks.relay():
            pass
        tasks.run_timers()
        while jobs.run_next():
            pass
        while tasks.relay():
            pass


def repeat(work, every, stop):
    """Call `work` again and again: at once while it finds something to do, else after `every` seconds."""
    while not stop.is_set():
        busy = False
        try:
            close_old_connections()
            busy = work()
        except Exception:
            log.exception("A round of the timers failed.")
        if not busy:
            connection.close()
            stop.wait(every)
