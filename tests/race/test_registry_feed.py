"""Sixteen writers change listings while three programs follow: each copy ends equal to the register, to the byte.

8 seconds; REGISTRY_RACE_SECONDS=60 for the whole length.
"""

import json
import os
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from tests.providers.register import MODELS
from tests.services import migrated, postgres
from tests.services.portal import environment, manage, served

from registry_sync import MemoryStore, Register, SqliteStore  # isort: skip - put on the path by the line above

SECONDS = float(os.environ.get("REGISTRY_RACE_SECONDS", "8"))
WRITERS, FOLLOWERS, COMPANIES = 16, 3, 60


class Watched:
    """A store that notes the number of every record that reaches it; made anew in each thread that asks.

    SQLite's connections belong to a thread, and a copy in a file is the same from any of them.
    """

    def __init__(self, make):
        self.make, self.local, self.numbers = make, threading.local(), Counter()

    @property
    def store(self):
        if not hasattr(self.local, "store"):
            self.local.store = self.make()
        return self.local.store

    def __getattr__(self, name):
        return getattr(self.store, name)

    def apply(self, seq, records):
        self.numbers.update(one.seq for one in records)
        self.store.apply(seq, records)


class ByTimestamps(threading.Thread):
    """The control: follows a table by the moments in its rows, as far as the last that it has seen."""

    def __init__(self, url, stop):
        super().__init__()
        self.url, self.stop, self.seen = url, stop, set()

    def run(self):
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        last = datetime(2000, 1, 1, tzinfo=UTC)
        with connection.cursor() as cursor:
            while True:
                is_last = self.stop.is_set()
                cursor.execute("SELECT id, at FROM race_control WHERE at > %s ORDER BY at", [last])
                for pk, at in cursor.fetchall():
                    self.seen.add(pk)
                    last = at
                if is_last:
                    break
                time.sleep(0.01)
        connection.close()


def follow(register, stop, faults):
    """Sync again and again until told to stop, and once more after that."""
    try:
        while not stop.is_set():
            register.sync()
            time.sleep(0.05)
        register.sync()
    except Exception as error:
        faults.append(error)


def shell(env, code):
    return manage(env, "shell", "--no-imports", "-c", f"from tests.race.registry import plant, write; {code}").stdout


def register_texts(cursor):
    found = {}
    for kind in MODELS:
        cursor.execute(f"SELECT id, public_body FROM providers_{kind} WHERE public_seq IS NOT NULL")
        found |= {(kind, str(pk)): text for pk, text in cursor.fetchall()}
    return found


def key_for(env):
    """A key, so that three followers from one address stay within its limits."""
    code = (
        "from portal.models import ApiToken; from tests.factories.people import person; "
        "print(ApiToken.make(user=person(), name='copy')[1])"
    )
    return manage(env, "shell", "--no-imports", "-c", code).stdout.strip().splitlines()[-1]


@pytest.fixture
def portal(postgres_server):
    template = migrated.postgresql(postgres_server)
    with (
        tempfile.TemporaryDirectory(prefix="portal-race-") as folder,
        postgres.database(postgres_server, "portal_registry_race", template=template) as url,
    ):
        env = environment(folder, DATABASE_URL=url, WEB_WORKERS=2, LOG_LEVEL="ERROR")
        shell(env, f"plant({COMPANIES})")
        with served(env, timers=False) as running:
            yield running, env, url, Path(folder)


def test_copies_end_equal_to_the_register(portal):
    running, env, url, folder = portal
    token, stop, faults = key_for(env), threading.Event(), []
    memory = MemoryStore(), MemoryStore()
    makers = [lambda: SqliteStore(str(folder / "copy.sqlite3")), lambda: memory[0], lambda: memory[1]]
    stores = [Watched(make) for make in makers]
    registers = [Register(f"{running.url}/api/v1/", store, token=token, wait=2) for store in stores]
    threads = [threading.Thread(target=follow, args=(one, stop, faults)) for one in registers]
    control = ByTimestamps(url, stop)
    for thread in [*threads, control]:
        thread.start()

    done = json.loads(shell(env, f"write({WRITERS}, {SECONDS})").strip().splitlines()[-1])
    stop.set()
    for thread in [*threads, control]:
        thread.join()

    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        truth = register_texts(cursor)
        cursor.execute("SELECT seq FROM providers_record ORDER BY seq")
        numbers = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id FROM race_control")
        written = {row[0] for row in cursor.fetchall()}
    connection.close()
    print(f"\n{done}, {len(numbers)} records; the control lost {len(written - control.seen)} of {len(written)}")
    assert faults == []
    assert done["committed"] > WRITERS
    assert min(done["deleted"], done["undone"]) > 0
    assert done["failed"] == 0
    assert numbers == list(range(1, done["seq"] + 1))
    for store, register in zip(stores, registers, strict=True):
        assert {(one.kind, one.id): one.body for kind in MODELS for one in store.all(kind)} == truth
        assert set(store.numbers.values()) == {1}
        assert min(store.numbers) <= 20 * COMPANIES
        assert sorted(store.numbers) == list(range(min(store.numbers), done["seq"] + 1))
        assert register.compare() == []
    assert control.seen < written
