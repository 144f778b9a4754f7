"""Loads PostgreSQL with 1,000 and with 100,000 proposals, asks the same of both, and compares: `python -m bench`.

The server for the databases is BENCH_DATABASE_URL, or a private cluster from local binaries with its disk
synchronised. Both portals stand ready and are visited in turn, so that what else the machine does meets both
alike; what stands in the table is the median over the visits. The exit code is 1 when a floor is missed.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from os import environ
from statistics import median

import httpx
import psycopg2

from bench.load import Request, visit
from budgets.money.totals import AMOUNTS, COLUMNS, RAW_SUMS
from tests.services import postgres
from tests.services.portal import environment, manage, served

SMALL, LARGE = 1_000, 100_000
FLOOR = 2.0
DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "1GB", "max_wal_size": "4GB"}


@dataclass
class Side:
    """A served portal with its number of proposals, and what `bench.generate` said of it."""

    count: int
    url: str
    database: str
    facts: dict
    deep: str = ""

    def read(self, path):
        """The path asked for by one reader after the other."""
        return [Request(path, {"Authorization": f"Bearer {token}"}) for token in self.facts["tokens"]]


@dataclass
class Scenario:
    """A question, and how to ask it: `requests(side)` gives all of a side's requests."""

    name: str
    requests: object
    has_floor: bool = True
    each_once: int = 0
    visits: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)

    def go(self, side, *, clients, seconds):
        """One visit; before the first of a side, a few requests to warm it."""
        if side.count not in self.sources:
            requests = self.requests(side)
            self.sources[side.count] = iter(requests) if self.each_once else cycle(requests)
            visit(side.url, islice(self.sources[side.count], 3 * clients), clients=clients, seconds=30)
        wanted = islice(self.sources[side.count], self.each_once or None)
        self.visits.setdefault(side.count, []).append(visit(side.url, wanted, clients=clients, seconds=seconds))

    def middle(self, side, of):
        return median(of(one) for one in self.visits[side.count])

    def ratio(self):
        """p95 of the large over the small, the median over the pairs of visits."""
        small, large = self.visits[SMALL], self.visits[LARGE]
        return median(b.percentile(95) / a.percentile(95) for a, b in zip(small, large, strict=True))

    def bad(self):
        return [line for visits in self.visits.values() for one in visits for line in one.bad]


def first_page(side):
    return side.read("/api/v1/proposals/")


def of_a_state(side):
    return side.read(f"/api/v1/proposals/?round={side.facts['round']}&state=submitted")


def filtered(side):
    """Five rows of one province and one state: as many as the small database has in its largest provinces."""
    paths = [f"/api/v1/proposals/?province={code}&state=submitted&limit=5" for code in side.facts["provinces"]]
    return [request for row in zip(*map(side.read, paths), strict=True) for request in row]


def deep_page(side):
    return side.read(side.deep)


def page(side):
    return [Request("/budgets/proposals/", {"Cookie": f"sessionid={key}"}) for key in side.facts["sessions"]]


def summary(side):
    return side.read(f"/api/v1/rounds/{side.facts['round']}/summary/")


def step(side):
    """Claiming cases for screening, each once, by the officer of its province."""
    return [
        Request(
            f"/api/v1/proposals/{pk}/steps/start_screening/",
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            "POST",
            "{}",
        )
        for pk, token in side.facts["steps"]
    ]


def scenarios():
    return [
        Scenario("proposal list, API, first page of 50", first_page),
        Scenario("proposal list, API, of one round and state, 50 rows", of_a_state),
        Scenario("proposal list, API, of one province and state, 5 rows", filtered),
        Scenario("proposal list, API, page in the middle by cursor, 50 rows", deep_page),
        Scenario("proposal list, page in the browser, 50 rows", page),
        Scenario("round summary, API", summary),
        Scenario("one step over the API (start_screening)", step, has_floor=False, each_once=24),
    ]


def say(text):
    print(f"==> {text}", flush=True)


@contextmanager
def prepared(server, folder):
    """The name of a database with all tables and places."""
    with postgres.database(server, "bench_places") as url:
        env = environment(folder, DATABASE_URL=url)
        say("Migrating, loading the places")
        manage(env, "migrate", "--verbosity", 0)
        manage(env, "load_places")
        manage(env, "collectstatic", "--noinput", "--verbosity", 0)
        yield "bench_places"


def filled(stack, server, folder, template, count):
    """The `Side` with `count` proposals, served until the stack closes."""
    url = stack.enter_context(postgres.database(server, f"bench_{count}", template=template))
    env = environment(folder, DATABASE_URL=url, LOG_LEVEL="ERROR")
    say(f"Making {count:,} proposals")
    begun = time.monotonic()
    made = manage(env, "shell", "--no-imports", "-c", f"from bench.generate import fill; fill({count})")
    print(f"    {time.monotonic() - begun:.0f} s")
    portal = stack.enter_context(served(env, timers=False))
    side = Side(count, portal.url, url, json.loads(made.stdout.splitlines()[-1]))
    side.deep = deep(side)
    return side


def deep(side):
    """The path of the page of 50 in the middle of the whole list, found by following `next`."""
    headers = {"Authorization": f"Bearer {side.facts['tokens'][0]}"}
    with httpx.Client(base_url=side.url, headers=headers, timeout=60) as client:
        link = "/api/v1/proposals/?limit=500"
        for _page in range(side.count // 1000):
            link = client.get(link).raise_for_status().json()["next"]
    return link.replace(side.url, "").replace("limit=500", "limit=50")


def sums_agree(side):
    """Whether the kept sums equal those of the proposals themselves, to the satang."""
    columns = ", ".join(COLUMNS)
    has_any = " OR ".join(f"{name} <> 0" for name in ["proposals", *AMOUNTS])
    with closing(psycopg2.connect(side.database)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM budgets_roundtotal WHERE {has_any} ORDER BY {columns}")
        kept = cursor.fetchall()
        cursor.execute(f"SELECT * FROM ({RAW_SUMS}) AS raw ({columns}) ORDER BY {columns}")
        return kept == cursor.fetchall()


def table(measured, sides):
    """The lines of the table, in Markdown."""
    small, large = sides
    head = [f"{what} at {count:,}" for count in (SMALL, LARGE) for what in ("req/s", "p50 / p95 ms")]
    yield "| what | " + " | ".join([*head, "p95 ratio", "floor", "client CPU ms"]) + " |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for scenario in measured:
        cells = [scenario.name]
        for side in (small, large):
            p50, p95 = (scenario.middle(side, lambda one, n=n: one.percentile(n)) for n in (50, 95))
            cells += [f"{scenario.middle(side, lambda one: one.per_second):.0f}", f"{p50:.1f} / {p95:.1f}"]
        cpu = scenario.middle(large, lambda one: 1000 * one.client_cpu / len(one.times))
        floor = f"≤ {FLOOR:g}" if scenario.has_floor else "–"
        yield "| " + " | ".join([*cells, f"{scenario.ratio():.2f}", floor, f"{cpu:.2f}"]) + " |"


def verdicts(measured, agree):
    """What is wrong, a line each."""
    for scenario in measured:
        if scenario.bad():
            yield f"{scenario.name}: {len(scenario.bad())} answers were not 200, such as {scenario.bad()[0]}"
        if scenario.has_floor and scenario.ratio() > FLOOR:
            yield f"{scenario.name}: p95 at {LARGE:,} is {scenario.ratio():.2f} times that at {SMALL:,}"
    for count, good in agree.items():
        if not good:
            yield f"The kept sums of {count:,} proposals differ from the raw ones"


def measure(sides, *, rounds, clients, seconds):
    measured = scenarios()
    for scenario in measured:
        say(scenario.name)
        for number in range(rounds):
            for side in sides if number % 2 else reversed(sides):
                scenario.go(side, clients=clients, seconds=seconds)
    return measured


def main():
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare 1,000 with 100,000 proposals.")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each side (5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a visit (2)")
    parser.add_argument("--clients", type=int, default=4, help="clients at once (4)")
    asked = parser.parse_args()
    environ.pop("TEST_DATABASE_URL", None)
    if url := environ.get("BENCH_DATABASE_URL"):
        environ["TEST_DATABASE_URL"] = url
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-"))
        server = stack.enter_context(postgres.server(**DURABLE))
        template = stack.enter_context(prepared(server, folder))
        sides = [filled(stack, server, folder, template, count) for count in (SMALL, LARGE)]
        measured = measure(sides, rounds=asked.rounds, clients=asked.clients, seconds=asked.seconds)
        agree = {side.count: sums_agree(side) for side in sides}
    print(
        f"\n{asked.clients} clients, {asked.rounds} visits of {asked.seconds:g} s a side, one web process, 4 threads\n"
    )
    print("\n".join(table(measured, sides)))
    if all(agree.values()):
        print("\nKept sums equal raw sums: difference 0.")
    wrong = list(verdicts(measured, agree))
    print("\n".join(["", *[f"MISSED: {line}" for line in wrong]]) if wrong else "\nEvery floor holds.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
