"""PostgreSQL goes away: health says so at once, and recovers by itself."""

import os
import signal
from contextlib import closing, suppress
from pathlib import Path

import psycopg2
import pytest

from tests.services import postgres
from tests.services.portal import environment, served
from tests.services.processes import wait_until


@pytest.fixture
def server(monkeypatch):
    """A PostgreSQL server that may be frozen: always our own, never the one that TEST_DATABASE_URL names."""
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    if not postgres.available():
        pytest.skip("no PostgreSQL")
    with postgres.server() as url:
        yield url


def processes(url):
    """The process ids of the server behind `url` and of its children."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('data_directory')")
        data = Path(cursor.fetchone()[0])
    head = (data / "postmaster.pid").read_text().split()[0]
    children = Path(f"/proc/{head}/task/{head}/children").read_text().split()
    return [int(pid) for pid in (head, *children)]


def test_readiness_follows_the_database_and_health_does_not(server, tmp_path):
    with (
        postgres.database(server, "frozen") as url,
        served(environment(tmp_path, DATABASE_URL=url), timers=False) as portal,
    ):
        assert portal.answers("/readyz")
        frozen = processes(server)
        for pid in frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: not portal.answers("/readyz"), seconds=5, what="readiness to fall")
            assert portal.answers("/healthz")
        finally:
            for pid in frozen:
                with suppress(ProcessLookupError):  # a child that had ended is gone once its parent wakes
                    os.kill(pid, signal.SIGCONT)

        wait_until(lambda: portal.answers("/readyz"), seconds=5, what="readiness to return")
