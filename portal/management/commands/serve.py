"""The portal as one process group: the web server, and the timers beside it."""

import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import env
from portal.supervised import end_with

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 25


class Command(BaseCommand):
    help = "Serves the portal and runs its timers until a signal, or until either of them ends."

    def add_arguments(self, parser):
        parser.add_argument(
            "--no-timers", action="store_true", help="the web server alone (a worker and a beat do the rest)"
        )

    def handle(self, *, no_timers, **options):
        host = env.text("HOST", "127.0.0.1")
        refuse_demo_to_others(host)
        refuse_taken_port(host)
        group = Group()
        group.start("web", web(host))
        if not no_timers:
            group.start("timers", [sys.executable, str(settings.BASE_DIR / "manage.py"), "timers"])
        self.stdout.write(f"==> Serving on {settings.SITE_URL} (Ctrl-C ends it)")
        self.stdout.flush()
        name, code = group.run()
        self.stdout.write(f"==> Stopped: {name} ended with code {code}" if name else "==> Stopped")
        sys.exit(code)


def web(host):
    """The web server's command. Threads are kept as long as may be, for the database connection each of them holds."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(settings.PORT), "--no-ws"),
        *("--workers", str(env.number("WEB_WORKERS", 1)), "--blocking-threads", str(env.number("WEB_THREADS", 4))),
        *("--blocking-threads-idle-timeout", "600", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "15", "--log-level", "warning"),
        "portal.supervised:application",
    ]


def refuse_demo_to_others(host):
    if settings.DEMO and host not in LOOPBACK:
        raise CommandError("The demo's passwords are known to all: DEMO is for loopback. Unset HOST, or set DEMO=0.")


def refuse_taken_port(host):
    """Say so before anything starts, rather than in a stack trace of the web server."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} on {host} cannot be had ({error.strerror}). Try PORT=8001."
            ) from None


class Group:
    """Processes that live and die together."""

    def __init__(self):
        self.processes = {}
        self.signal = None
        for number in SIGNALS:
            signal.signal(number, self.hear)

    def hear(self, number, frame):
        self.signal = number

    def start(self, name, command):
        tie = partial(end_with, os.getpid())
        self.processes[name] = subprocess.Popen(command, cwd=settings.BASE_DIR, preexec_fn=tie)

    def run(self):
        """Wait for a signal or for the first end, then end all: (who ended or "", exit code)."""
        while self.signal is None and not (ended := self.first_ended()):
            time.sleep(0.2)
        name, code = ("", 0) if self.signal else ended
        self.end()
        return name, code

    def first_ended(self):
        """(name, exit code) of a process that ended by itself, or None; an end without a fault is one too."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                return name, process.returncode if process.returncode > 0 else 1
        return None

    def end(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
