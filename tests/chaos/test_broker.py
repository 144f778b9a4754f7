"""Redis frozen or gone under a real worker and beat: signing goes on at its pace, and every letter arrives later."""

import json
import signal
import subprocess
import time
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest

from portal.cache import REST
from tests.services import mail, migrated, postgres, redis_server
from tests.services.portal import environment, manage, served
from tests.services.processes import BIN, ROOT, stop, wait_until

SAMPLES, ROUNDS, SLACK = 4, 3, 1.0
LETTERS = 4  # the officer, the clerk and the executive are told, and the province


class Office:
    """An office that signs what waits for its signature."""

    def __init__(self, url, facts):
        self.client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {facts['tokens']['executive']}"}, timeout=60
        )
        self.cases = iter(facts["cases"])
        self.signed = 0

    def sign(self):
        """How long one signature took, in seconds."""
        path, begun = f"/api/v1/proposals/{next(self.cases)}/steps/submit/", time.monotonic()
        answer = self.client.post(path, json={})
        assert answer.status_code == 200, answer.text
        assert answer.json()["receipt"]["sha256"]
        self.signed += 1
        return time.monotonic() - begun

    def worst(self):
        return max(self.sign() for _ in range(SAMPLES))


@contextmanager
def celery(env, *arguments):
    process = subprocess.Popen([BIN / "celery", "-A", "portal", *map(str, arguments)], cwd=ROOT, env=env)
    try:
        yield process
    finally:
        stop(process)


@pytest.fixture
def redis():
    if not redis_server.available():
        pytest.skip("no Redis")
    with redis_server.private() as found:
        yield found
        if found[1].poll() is None:
            found[1].send_signal(signal.SIGCONT)


@pytest.fixture
def office(postgres_server, redis, tmp_path):
    """(office, mail server, database URL), with web, worker and beat at work."""
    template = migrated.postgresql(postgres_server)
    with ExitStack() as stack:
        url = stack.enter_context(postgres.database(postgres_server, "broker", template=template))
        sink = stack.enter_context(mail.server())
        env = environment(tmp_path, DATABASE_URL=url, REDIS_URL=redis[0], EMAIL_URL=sink.url, LOG_LEVEL="CRITICAL")
        count = 2 * 2 * SAMPLES * ROUNDS + 1
        code = f"from tests.chaos.cases import plant_verified; plant_verified({count})"
        facts = json.loads(manage(env, "shell", "--no-imports", "-c", code).stdout.splitlines()[-1])
        stack.enter_context(celery(env, "worker", "--concurrency", 1, "--loglevel", "CRITICAL"))
        stack.enter_context(
            celery(env, "beat", "--schedule", tmp_path / "beat", "--pidfile=", "--loglevel", "CRITICAL")
        )
        portal = stack.enter_context(served(env, timers=False))
        office = Office(portal.url, facts)
        yield office, sink, url


def letters(url, condition):
    """The ids of the outbox's letters for which `condition` holds."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT message_id FROM portal_notice WHERE email <> '' AND {condition}")
        return {str(row[0]) for row in cursor.fetchall()}


def unsent(url):
    return len(letters(url, "sent_at IS NULL"))


def paces(office, fault, back):
    """(worst signature before, worst during the fault); a busy machine is given further tries."""
    for left in reversed(range(ROUNDS)):
        usual = office.worst()
        fault()
        faulty = office.worst()
        if faulty <= usual + SLACK or not left:
            return usual, faulty
        back()
        time.sleep(REST + 1)


def test_signing_keeps_its_pace_and_letters_arrive_after(office, redis):
    office, sink, database = office
    url, process = redis
    office.sign()
    wait_until(lambda: not unsent(database), seconds=60, what="the letters while Redis is there")

    usual, frozen = paces(
        office, lambda: process.send_signal(signal.SIGSTOP), lambda: process.send_signal(signal.SIGCONT)
    )
    assert frozen <= usual + SLACK
    waiting = unsent(database)
    process.send_signal(signal.SIGCONT)
    wait_until(lambda: not unsent(database), seconds=90, what="the letters once Redis goes on")
    assert waiting >= LETTERS * SAMPLES

    time.sleep(REST + 1)
    usual, refused = paces(office, lambda: stop(process), lambda: None)
    assert refused <= usual + SLACK
    waiting = unsent(database)
    with redis_server.private(urlsplit(url).port):
        wait_until(lambda: not unsent(database), seconds=90, what="the letters once Redis is back")
    assert waiting >= LETTERS * SAMPLES

    written = letters(database, "kind IN ('submitted', 'to_screen')")
    arrived = {letter["Message-ID"].strip("<>").partition("@")[0] for letter in sink.letters}
    assert len(written) == LETTERS * office.signed
    assert written <= arrived
