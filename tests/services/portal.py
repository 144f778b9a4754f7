"""The portal itself as people run it: prepared, then served by `manage.py serve`, on a database of its own."""

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from urllib.error import URLError

from tests.services.processes import ROOT, free_port, listens, stop, wait_until

PYTHON = sys.executable
OURS = ["PUBLIC_URL", "HOST", "DEMO", "DEBUG", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "S3_BUCKET"]


def environment(var, **given):
    """The environment of a portal that keeps everything in the folder `var`; `given` adds or replaces."""
    inherited = {name: value for name, value in os.environ.items() if name not in {*OURS, "DJANGO_SETTINGS_MODULE"}}
    ours = {"VAR_DIR": str(var), "SECRET_KEY": "only-for-tests-" + "x" * 40, "DEMO": "0"}
    return inherited | ours | {name: str(value) for name, value in given.items()}


def manage(env, *arguments, check=True):
    """Run `manage.py` to its end; its output is on the result. Raises with the output when it fails."""
    command = [PYTHON, "manage.py", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if check and done.returncode:
        raise AssertionError(
            f"manage.py {' '.join(command[2:])} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done


class Portal:
    """A served portal: `url`, `env`, and `process`, which a test may end."""

    def __init__(self, env, *, timers=True):
        self.port = free_port()
        self.env = env | {"PORT": str(self.port)}
        self.url = f"http://localhost:{self.port}"
        self.timers = timers

    def start(self):
        command = [PYTHON, "manage.py", "serve", *([] if self.timers else ["--no-timers"])]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, start_new_session=True)
        wait_until(self.answers, seconds=120, process=self.process, what="the portal")
        return self

    def answers(self, path="/healthz"):
        """Whether `path` answers with a 2xx now."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as response:
                return response.status < 300
        except (URLError, OSError):
            return False

    def kill(self):
        """End the supervisor, the web server and the timers at one instant by SIGKILL."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        wait_until(lambda: not listens(self.port), what="the end of the web server")

    def stop(self):
        """The exit code after SIGTERM."""
        return stop(self.process, seconds=40)


@contextmanager
def served(env, *, timers=True):
    """A portal on a prepared database, stopped afterwards."""
    portal = Portal(env, timers=timers).start()
    try:
        yield portal
    finally:
        portal.stop()
