"""The whole examination, part by part: `python -m tests.run [PART…]`.

Services are found by environment variable or as local binaries; on Debian, as root, missing ones are
installed first. What could not be had is named at the end, and is a failure where CI=true.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.services import chromium, postgres, redis_server
from tests.services.processes import BIN, ROOT

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
SIDE_BY_SIDE = ["-n", "2"]
SERVICES = {"PostgreSQL": postgres, "Redis": redis_server, "Chromium": chromium}


class Examination:
    """Runs parts and remembers how they went."""

    def __init__(self, stack):
        self.stack = stack
        self.results = []
        self.lacking = {}
        self.urls = {}

    def step(self, title, command, **env):
        """Whether `command` succeeded; its title is told before, its time after."""
        print(f"==> {title}", flush=True)
        begun = time.monotonic()
        good = subprocess.run(command, cwd=ROOT, env=os.environ | env).returncode == 0
        seconds = time.monotonic() - begun
        print(f"    {'passed' if good else 'FAILED'} in {seconds:.0f} s: {title}", flush=True)
        self.results.append((title, good))
        return good

    def lint(self):
        self.step("Style", [BIN / "ruff", "check", "."])
        self.step("Format", [BIN / "ruff", "format", "--check", "."])
        self.step("Imports between apps", [BIN / "lint-imports", "--no-cache"])
        self.step("Missing migrations", manage("makemigrations", "--check", "--dry-run"))

    def everyday(self):
        self.step("Everyday tests on SQLite", [*PYTEST, *SIDE_BY_SIDE], TEST_DATABASE_URL="")

    def everyday_on_postgresql(self):
        if url := self.service("PostgreSQL"):
            self.step("Everyday tests on PostgreSQL", [*PYTEST, *SIDE_BY_SIDE], TEST_DATABASE_URL=url)

    def long(self):
        self.step("Long tests on SQLite", [*PYTEST, *SIDE_BY_SIDE, "-m", "long"], TEST_DATABASE_URL="")
        if url := self.service("PostgreSQL"):
            self.step("Long tests on PostgreSQL", [*PYTEST, *SIDE_BY_SIDE, "-m", "long"], TEST_DATABASE_URL=url)

    def services(self):
        self.with_services("Worker, beat, backup and settings for real", "services", "PostgreSQL", "Redis")

    def race(self):
        self.with_services("Races", "race", "PostgreSQL")

    def chaos(self):
        self.with_services("Faults", "chaos", "PostgreSQL", "Redis")

    def browser(self):
        self.with_services("Browser", "browser", "Chromium")

    def with_services(self, title, mark, *names):
        urls = {name: self.service(name) for name in names}
        if all(urls.values()):
            env = {"TEST_DATABASE_URL": urls.get("PostgreSQL", ""), "TEST_REDIS_URL": urls.get("Redis", "")}
            self.step(title, [*PYTEST, "-m", mark], **env)

    def service(self, name):
        """What reaches a service for the rest of the run, or None. A missing one is installed where that can be."""
        if name in self.lacking:
            return None
        module = SERVICES[name]
        if not module.available() and can_install():
            self.step("Installing test services", ["sh", "scripts/install_test_services.sh"])
        if not module.available():
            self.lacking[name] = "not found, and cannot be installed here"
            return None
        return chromium.launch_options() if module is chromium else self.running(name)

    def running(self, name):
        if name not in self.urls:
            self.urls[name] = self.stack.enter_context(SERVICES[name].server())
        return self.urls[name]

    def close(self):
        """The exit code, after the closing lines."""
        failed = [title for title, good in self.results if not good]
        print("\n" + (f"FAILED: {', '.join(failed)}" if failed else f"All {len(self.results)} parts passed."))
        if self.lacking:
            print(f"Could not be had, so not tested: {', '.join(self.lacking)}.")
        else:
            print("Nothing was left out.")
        return bool(failed) or (bool(self.lacking) and os.environ.get("CI") == "true")


PARTS = ["lint", "everyday", "everyday_on_postgresql", "long", "services", "race", "chaos", "browser"]


def manage(*arguments):
    settings = ["--settings", "tests.settings"]
    return [sys.executable, "manage.py", *arguments, *settings]


def can_install():
    return os.getuid() == 0 and Path("/etc/debian_version").exists()


def main(names):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        examination = Examination(stack)
        for name in names or PARTS:
            getattr(examination, name)()
        return examination.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
