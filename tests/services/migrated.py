"""Databases that have every migration, made once and copied: migrating takes longer than most parts of the examination.

A copy is as good as the original: what is kept is named after the migrations, what they import of ours, and the
libraries, so that a change of any of them makes it anew.
"""

import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

from django.db.backends.signals import connection_created

from tests.services import postgres
from tests.services.portal import environment, manage
from tests.services.processes import ROOT

KEPT = ROOT / "var" / "tests"


def key():
    """A word for all that decides what the migrations make."""
    migrations = sorted(ROOT.glob("*/migrations/*.py"))
    words = {word for path in migrations for word in re.findall(r"^(?:import|from) (\S+)", path.read_text(), re.M)}
    ours = sorted(path for word in words if (path := ROOT / f"{word.replace('.', '/')}.py").exists())
    made_by = hashlib.sha256()
    for source in [*migrations, *ours, ROOT / "requirements.txt"]:
        made_by.update(f"{source.relative_to(ROOT)} ".encode() + source.read_bytes())
    return made_by.hexdigest()[:16]


def sqlite():
    """The path of a migrated SQLite database, for copying alone."""
    path = KEPT / f"migrated-{key()}.sqlite3"
    with one_at_a_time():
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=KEPT) as folder:
                making = Path(folder) / "portal.sqlite3"
                migrate(environment(folder, DATABASE_URL=f"sqlite:///{making}"))
                with closing(sqlite3.connect(making, isolation_level=None)) as connection:
                    connection.execute("PRAGMA journal_mode = DELETE")
                for old in KEPT.glob("migrated-*.sqlite3"):
                    old.unlink()
                making.rename(path)
    return path


def postgresql(server_url):
    """The name of a migrated database on the server, for `postgres.database(…, template=…)` alone."""
    name = f"portal_migrated_{key()}"
    with one_at_a_time():
        if not postgres.holds(server_url, name):
            with (
                tempfile.TemporaryDirectory() as folder,
                postgres.database(server_url, f"{name}_making") as url,
            ):
                migrate(environment(folder, DATABASE_URL=url))
                postgres.execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{name}_making"')
    return name


def migrate(env):
    manage(env, "migrate", "--verbosity", 0)


@contextmanager
def one_at_a_time():
    """Two processes that need the same database make it once."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def begin_with(connection):
    """Let Django's test database begin as a copy. Django then migrates it as ever, and finds nothing to do."""
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = postgresql(os.environ["TEST_DATABASE_URL"])
        return
    source = sqlite()

    def fill(connection, **_kwargs):
        connection_created.disconnect(fill)
        with closing(sqlite3.connect(source)) as migrated:
            migrated.backup(connection.connection)

    connection_created.connect(fill, weak=False)


def put_into(var):
    """The URL of a migrated SQLite database of its own in the folder `var`."""
    shutil.copy(sqlite(), var / "portal.sqlite3")
    return f"sqlite:///{var}/portal.sqlite3"
