"""The supervisor with real processes: whatever ends, nothing stays behind."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.services.portal import Portal, environment, manage
from tests.services.processes import ROOT, free_port, listens, stop, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


@pytest.fixture
def portal(tmp_path):
    """A served portal on an empty database: enough to live and to die."""
    portal = Portal(environment(tmp_path)).start()
    yield portal
    stop(portal.process)


def parents():
    """{pid: parent's pid} of all running processes."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def family(pid):
    """The descendants of `pid`, nearest first."""
    children = [child for child, parent in parents().items() if parent == pid]
    return children + [below for child in children for below in family(child)]


def running(pid, *words):
    """The children of `pid` whose command holds all `words`."""
    children = [child for child, parent in parents().items() if parent == pid]
    return [child for child in children if set(words) <= set(Path(f"/proc/{child}/cmdline").read_text().split("\0"))]


def all_gone(pids, port):
    return not (set(pids) & parents().keys()) and not listens(port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_both(portal, number):
    everybody = family(portal.process.pid)
    assert len(everybody) == 3  # web, its worker, timers

    portal.process.send_signal(number)

    assert portal.process.wait(30) == 0
    assert all_gone(everybody, portal.port)


@pytest.mark.parametrize("word", ["granian", "timers"])
def test_the_end_of_either_ends_both(portal, word):
    everybody = family(portal.process.pid)
    [victim] = running(portal.process.pid, word)

    os.kill(victim, signal.SIGKILL)

    assert portal.process.wait(30) == 1
    wait_until(lambda: all_gone(everybody, portal.port), seconds=20)


def test_killing_the_supervisor_leaves_nobody(portal):
    everybody = family(portal.process.pid)

    portal.process.kill()
    portal.process.wait()

    wait_until(lambda: all_gone(everybody, portal.port), seconds=20)


def test_a_killed_worker_is_replaced(portal):
    [web] = running(portal.process.pid, "granian")
    [worker] = family(web)

    os.kill(worker, signal.SIGKILL)

    wait_until(lambda: worker not in family(web) and portal.answers(), seconds=30)
    assert portal.process.poll() is None


def test_a_taken_port_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = manage(environment(tmp_path, PORT=port), "serve", check=False)

    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be had" in done.stderr


def test_the_demo_is_not_served_to_others(tmp_path):
    done = manage(environment(tmp_path, DEMO="1", HOST="0.0.0.0", PORT=free_port()), "serve", check=False)

    assert done.returncode == 1
    assert "DEMO is for loopback" in done.stderr


@pytest.mark.parametrize(
    "given, demo",
    [
        ({}, "1"),
        ({"HOST": "127.0.0.1"}, "1"),
        ({"HOST": "0.0.0.0"}, ""),
        ({"PUBLIC_URL": "https://portal.example.go.th"}, ""),
        ({"DEMO": "0"}, "0"),
    ],
)
def test_make_run_sets_the_demo_on_loopback_alone(tmp_path, given, demo):
    env = {name: value for name, value in environment(tmp_path).items() if name != "DEMO"} | given

    plan = subprocess.run(["make", "-n", "run"], cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout

    assert f"DEMO={demo} .venv/bin/python manage.py prepare" in plan
    assert f"exec env DEMO={demo} .venv/bin/python manage.py serve" in plan
