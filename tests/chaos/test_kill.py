"""The whole web process group is killed while people work: no half step, and no receipt that was shown is lost."""

import json
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock, Thread

import httpx
import psycopg2
import pytest

from tests.chaos.cases import TO_MONEY, TO_REVIEW
from tests.chaos.invariants import broken_in
from tests.services import migrated, postgres
from tests.services.portal import Portal, environment, manage
from tests.services.processes import wait_until

KILLS, CASES, CLIENTS = 5, 24, 4
TRACKS = {"to_review": TO_REVIEW, "to_money": TO_MONEY}


@dataclass
class Work:
    """Clients leading cases along their tracks, each request under a key of its own, again until it is answered."""

    url: str
    tokens: dict
    cases: list
    done: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    counts: Counter = field(default_factory=Counter)
    receipts: dict = field(default_factory=dict)
    surprises: list = field(default_factory=list)

    def next_case(self):
        with self.lock:
            return self.cases.pop() if self.cases and not self.done.is_set() else None

    def run(self):
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while case := self.next_case():
                track, pk = case
                for post, path, details in TRACKS[track]:
                    answer = self.ask(client, post, f"/api/v1/proposals/{pk}/{path}", details)
                    if answer is None:
                        return
                    if path == "steps/submit/":
                        self.receipts[pk] = answer["receipt"]

    def ask(self, client, post, path, details):
        """The answer as JSON, or None when the work is over or something other than success was answered."""
        headers = {"Authorization": f"Bearer {self.tokens[post]}", "Idempotency-Key": f"{post} {path}"}
        while not self.done.is_set():
            try:
                answer = client.post(path, json=details, headers=headers)
            except httpx.ConnectError:
                time.sleep(0.05)
                continue
            except httpx.TransportError:
                self.counts["cut"] += 1
                continue
            if answer.status_code < 300:
                self.counts["replayed" if "Idempotent-Replayed" in answer.headers else "taken"] += 1
                return answer.json()
            if answer.status_code == 409 and answer.json()["code"] == "request_running":
                time.sleep(0.1)
                continue
            self.surprises.append(f"{path}: {answer.status_code} {answer.text}")
            return None
        return None


def alone(env):
    """Whether nobody is left at work in the database: PostgreSQL notices a dead client at its next word."""
    if not env["DATABASE_URL"].startswith("postgres"):
        return True
    connection = psycopg2.connect(env["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        [(others,)] = cursor.fetchall()
    connection.close()
    return others == 0


@pytest.fixture(params=["postgresql", "sqlite"])
def env(request, tmp_path):
    """The environment of a portal whose database holds cases ready to be worked on, and their facts."""
    if request.param == "sqlite":
        database = nullcontext(migrated.put_into(tmp_path))
    else:
        server = request.getfixturevalue("postgres_server")
        database = postgres.database(server, "killed", template=migrated.postgresql(server))
    with database as url:
        yield environment(tmp_path, DATABASE_URL=url, LOG_LEVEL="ERROR")


def test_killed_at_any_instant_leaves_no_half_step(env):
    planted = manage(env, "shell", "--no-imports", "-c", f"from tests.chaos.cases import plant; plant({CASES})")
    facts = json.loads(planted.stdout.splitlines()[-1])
    cases = [
        (track, pk)
        for pair in zip(*facts["tracks"].values(), strict=True)
        for track, pk in zip(TRACKS, pair, strict=True)
    ]
    portal, chance = Portal(env, timers=False), Random()
    work = Work(portal.url, facts["tokens"], cases[::-1])
    clients = [Thread(target=work.run) for _ in range(CLIENTS)]
    portal.start()
    try:
        for client in clients:
            client.start()
        for left in reversed(range(KILLS)):
            known = work.counts["taken"]
            wait_until(lambda known=known: work.counts["taken"] > known + 2, seconds=120, what="the work to go on")
            time.sleep(chance.uniform(0, 0.5))
            portal.kill()
            if left:
                portal.start()
    finally:
        work.done.set()
        for client in clients:
            client.join()
    wait_until(lambda: alone(env), what="the end of the dead server's sessions")

    assert broken_in(env) == {}
    assert work.surprises == []
    assert work.counts["cut"] > 0
    assert len(work.receipts) > 0
    assert shown_again(portal, facts["tokens"]["executive"], work.receipts) == work.receipts


def shown_again(portal, token, receipts):
    """What the portal, started once more, says of the cases of `receipts`."""
    portal.start()
    try:
        with httpx.Client(base_url=portal.url, headers={"Authorization": f"Bearer {token}"}) as client:
            return {pk: client.get(f"/api/v1/proposals/{pk}/").json()["receipt"] for pk in receipts}
    finally:
        portal.stop()
