"""Starting a server, waiting until it answers, stopping it again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent


class Missing(Exception):
    """A service that this machine cannot give; the message says what to install or set."""


def free_port():
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(*names, folders=()):
    """The path of the first of `names` found on PATH or in `folders`, or None."""
    places = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    return next((found for name in names if (found := shutil.which(name, path=places))), None)


def wait_until(ready, *, seconds=30, process=None, what="the server"):
    """What `ready()` gives, once it is true. Gives up after `seconds`, or when `process` has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := ready():
            return result
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{what} ended with code {process.returncode}")
        time.sleep(0.05)
    raise AssertionError(f"{what} did not get ready within {seconds} s")


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process, *, seconds=20):
    """The exit code of `process` after SIGTERM (SIGKILL when it does not hear)."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
