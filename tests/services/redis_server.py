"""A Redis server for tests: TEST_REDIS_URL, or a private one on a free loopback port."""

import os
import subprocess
import tempfile
from contextlib import contextmanager

from tests.services.processes import Missing, free_port, listens, program, stop, wait_until


def available():
    """Whether a server can be had, without starting one."""
    return bool(os.environ.get("TEST_REDIS_URL") or program("redis-server"))


@contextmanager
def server():
    """The URL of a Redis server. Raises Missing where there is neither TEST_REDIS_URL nor `redis-server`."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    with private() as (url, _process):
        yield url


@contextmanager
def private(port=None):
    """(URL, process) of a Redis server of our own, on a free port or on `port`, which a test may stop and kill."""
    binary = program("redis-server", folders=["/usr/sbin", "/usr/local/bin"])
    if binary is None:
        raise Missing("Redis (set TEST_REDIS_URL, or install redis-server)")
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="portal-redis-") as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]
        process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: listens(port), process=process, what="Redis")
            yield f"redis://127.0.0.1:{port}/0", process
        finally:
            stop(process)
