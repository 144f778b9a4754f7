"""A PostgreSQL server for tests: TEST_DATABASE_URL, or a private cluster from local binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.services.processes import Missing, free_port, program

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# Tests may lose their data with the machine, so the cluster need not wait for the disk.
QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "log_min_messages": "fatal"}


def as_postgres(command):
    """`command`, run as user `postgres` when we are root: the server refuses to be root."""
    if os.getuid():
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


def available():
    """Whether a server can be had, without starting one."""
    return bool(os.environ.get("TEST_DATABASE_URL") or program("initdb", folders=BINARIES))


@contextmanager
def server(**settings):
    """The URL of a server on which databases can be made; `settings` are lines of `postgresql.conf`.

    Raises Missing where there is neither TEST_DATABASE_URL nor a local `initdb`.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    initdb = program("initdb", folders=BINARIES)
    if initdb is None:
        raise Missing("PostgreSQL (set TEST_DATABASE_URL, or install postgresql)")
    folder = tempfile.mkdtemp(prefix="portal-postgres-", dir="/tmp")
    if not os.getuid():
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    try:
        with cluster(Path(folder), Path(initdb).parent, QUICK | settings) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(folder, binaries, settings):
    data, port = folder / "data", free_port()
    run(binaries / "initdb", "-D", data, "--locale=C.UTF-8", "--encoding=UTF8", "-A", "trust", "-U", "portal", "-N")
    with_settings = " ".join(f"-c {name}={value}" for name, value in settings.items())
    where = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    run(binaries / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "-o", f"{where} {with_settings}", "start")
    try:
        yield f"postgresql://portal@127.0.0.1:{port}/postgres"
    finally:
        run(binaries / "pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")


def run(*command):
    subprocess.run(as_postgres([str(word) for word in command]), check=True, cwd="/tmp", stdout=subprocess.DEVNULL)


@contextmanager
def database(server_url, name, *, template="template0"):
    """The URL of a fresh database `name` on the server, dropped afterwards."""
    make = f'CREATE DATABASE "{name}" TEMPLATE "{template}"'
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    execute(server_url, drop, make)
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        execute(server_url, drop)


def holds(url, name):
    """Whether the server has a database `name`."""
    import psycopg2

    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def execute(url, *statements):
    """Run `statements` one by one, each on its own."""
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()
