"""The whole examination, part by part: `python -m tests.run [PART…]`.

Services are found by environment variable or as local binaries; on Debian, as root, missing ones are
installed first. What could not be had is named at the end, and is a failure where CI=true.

The whole examination runs what fills both cores first, one part after the other, then the parts that mostly wait, in
two lanes side by side: each prints its output whole once it is done. Compiled modules are kept under `var/`, for most
parts start many processes.
"""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock, current_thread, main_thread

from tests.services import chromium, postgres, redis_server
from tests.services.processes import BIN, ROOT

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
SIDE_BY_SIDE = ["-n", "2", "--dist", "worksteal"]
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "pycache")}
SERVICES = {"PostgreSQL": postgres, "Redis": redis_server, "Chromium": chromium}


class Examination:
    """Runs parts and remembers how they went."""

    def __init__(self, stack):
        self.stack = stack
        self.results = []
        self.lacking = {}
        self.urls = {}
        self.processes, self.is_over = set(), False
        self.getting, self.telling = Lock(), Lock()

    def step(self, title, command, **env):
        """Whether `command` succeeded; its title is told before, its time after. In a lane its output is told last."""
        kept = {} if current_thread() is main_thread() else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.tell(f"==> {title}" if not kept else f"==> {title}: begun")
        begun = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | COMPILED | env, **kept)
        self.processes.add(process)
        output, _ = process.communicate()
        self.processes.remove(process)
        good = process.returncode == 0
        told = f"==> {title}\n{output.decode(errors='replace').rstrip()}\n" if kept else ""
        self.tell(f"{told}    {'passed' if good else 'FAILED'} in {time.monotonic() - begun:.0f} s: {title}")
        self.results.append((title, good))
        return good

    def tell(self, words):
        with self.telling:
            print(words, flush=True)

    def side_by_side(self, lanes):
        """Run the lanes at one time, the parts of each one after the other."""
        with ThreadPoolExecutor(len(lanes)) as pool:
            try:
                for lane in [pool.submit(self.in_turn, names) for names in lanes]:
                    lane.result()
            except BaseException:
                self.is_over = True
                for process in self.processes:
                    process.terminate()
                raise

    def in_turn(self, names):
        for name in names:
            if not self.is_over:
                getattr(self, name)()

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
        with self.getting:
            return self.found(name)

    def found(self, name):
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


FULL = ["lint", "everyday", "everyday_on_postgresql", "long"]
WAITING = [["services", "race", "chaos"], ["browser"]]


def manage(*arguments):
    settings = ["--settings", "tests.settings"]
    return [sys.executable, "manage.py", *arguments, *settings]


def can_install():
    return os.getuid() == 0 and Path("/etc/debian_version").exists()


def main(names):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        examination = Examination(stack)
        examination.in_turn(names or FULL)
        if not names:
            examination.side_by_side(WAITING)
        return examination.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
