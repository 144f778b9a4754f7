"""The public register beside plain REST framework and beside PostgreSQL itself: `python -m bench.registry`.

10,000 providers with 40,000 products, listings and certifications on PostgreSQL. One web process serves the portal
and, in bench/plain, a frozen ModelViewSet with offset pages over the same tables; both are visited in turn, ours with
a key, counted by the limits, with nothing kept in memory. CPU is what server and database spent, from /proc. The
exit code is 1 when a floor is missed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import cycle
from os import environ
from pathlib import Path
from random import Random
from statistics import median
from threading import Event, Thread
from urllib.parse import urlsplit

import httpx
from django.utils.http import urlencode

from bench.load import Request, visit
from tests.services import migrated, postgres
from tests.services.portal import environment, manage, served
from tests.services.processes import program

COUNT = 10_000
DATABASE = "bench_registry"
TICK = 1 / 100
API = "/api/v1/"
PAGE_BY_POSTGRES = r"""\set after random(1, LAST)
SELECT json_agg(body) FROM (
 SELECT json_build_object('id', p.id::text, 'juristic_number', p.juristic_number,
  'identifiers', json_build_array(json_build_object('scheme', 'TH-DBD', 'id', p.juristic_number)),
  'name_th', p.name_th, 'name_en', p.name_en, 'status', p.standing, 'listed_until', p.listed_until,
  'province', v.code, 'address', p.address, 'website', p.website, 'phone', p.phone, 'email', p.email,
  'is_vat_registered', p.is_vat_registered, 'company_status', p.company_status,
  'company_checked_on', p.company_checked_on, 'description_th', p.description_th, 'description_en', p.description_en,
  'certifications', (SELECT json_agg(json_build_object('id', c.id::text, 'kind', k.code, 'number', c.number,
    'issuer', c.issuer, 'scope', c.scope, 'level', c.level, 'issued_on', c.issued_on, 'expires_on', c.expires_on,
    'withdrawn_on', c.withdrawn_on, 'product', c.product_id) ORDER BY c.id)
    FROM providers_certification c JOIN providers_certificationkind k ON k.id = c.kind_id WHERE c.provider_id = p.id),
  'products', (SELECT json_agg(json_build_object('id', d.id::text, 'kind', d.kind, 'name_th', d.name_th,
    'name_en', d.name_en, 'listing', json_build_object('id', l.id::text, 'certificate_no', l.certificate_no,
    'status', l.state, 'valid_from', l.valid_from, 'valid_until', l.valid_until, 'reason_class', l.reason_class,
    'suspended_on', l.suspended_on, 'flags', (SELECT coalesce(json_agg(f.code), '[]') FROM providers_flag f
    WHERE f.listing_id = l.id AND f.cleared_at IS NULL))) ORDER BY d.id)
    FROM providers_product d JOIN LATERAL (SELECT * FROM providers_listing l WHERE l.product_id = d.id
    ORDER BY l.id DESC LIMIT 1) l ON true WHERE d.provider_id = p.id),
  'successors', (SELECT coalesce(json_agg(s.successor_id), '[]') FROM providers_succession s
    WHERE s.predecessor_id = p.id)) AS body
 FROM (SELECT * FROM providers_provider WHERE public_seq IS NOT NULL AND id > :after ORDER BY id LIMIT 50) p
 LEFT JOIN portal_province v ON v.id = p.province_id) rows;
"""


class Bench:
    def __init__(self, portal, facts, database, asked):
        self.portal, self.facts, self.database, self.asked = portal, facts, database, asked
        self.key = {"Authorization": f"Bearer {facts['token']}"}
        self.seen = {}

    def get(self, path, **headers):
        return httpx.get(
            self.portal.url + path, headers={**self.key, "Accept-Encoding": "identity", **headers}, timeout=120
        )

    # CPU

    def processes(self):
        """The ids of the server's processes and of the database's for it."""
        group, found = self.portal.process.pid, []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
                command = (status.parent / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[2]) == group or f" {DATABASE} ".encode() in command:
                found.append(int(status.parent.name))
        return found

    def cpu(self):
        total = 0
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total * TICK

    def memory(self):
        """PSS of the server's processes in MB."""
        total, group = 0, self.portal.process.pid
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group:
                    total += int(re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
            except (OSError, TypeError):
                continue
        return total / 1024

    # Pages

    def cursors(self):
        """The addresses of all pages of 50, in their order."""
        paths, link = [], f"{API}providers/?limit=50"
        while link:
            paths.append(link)
            following = self.get(link).raise_for_status().json()["next"]
            link = following and following.replace(self.portal.url, "")
        return paths

    def rate(self, name, paths, headers=None, good=200):
        """One visit: (requests a second, CPU ms a request); also kept under `name`."""
        requests = [Request(path, {**self.key, **(headers or {})}) for path in paths]
        before = self.cpu()
        done = visit(self.portal.url, cycle(requests), clients=self.asked.clients, seconds=self.asked.seconds)
        bad = [line for line in done.bad if f": {good} " not in line]
        if bad:
            raise SystemExit(f"{name}: {bad[0]}")
        self.seen.setdefault(name, []).append((done.per_second, 1000 * (self.cpu() - before) / len(done.times)))

    def by_postgres(self, folder):
        """PostgreSQL building the same page, two clients: requests a second."""
        script = Path(folder) / "page.sql"
        script.write_text(PAGE_BY_POSTGRES.replace("LAST", str(self.asked.count - 60)))
        url = urlsplit(self.database)
        asked = f"-n -M prepared -c 2 -j 1 -T {max(2, int(self.asked.seconds))} -f {script}".split()
        where = ["-h", url.hostname, "-p", str(url.port), "-U", url.username, url.path[1:]]
        command = [program("pgbench", folders=postgres.BINARIES), *asked, *where]
        env = {**environ, "PGPASSWORD": url.password or ""}
        out = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout
        self.seen.setdefault("postgres", []).append((float(re.search(r"tps = ([\d.]+)", out)[1]), 0))

    def stream(self, name, path):
        """(total ms, ms to the first byte, MB added while it streamed)."""
        stop, peak, idle = Event(), [0.0], self.memory()

        def watch():
            while not stop.is_set():
                peak[0] = max(peak[0], self.memory())
                time.sleep(0.02)

        watcher = Thread(target=watch) if self.asked.memory else None
        if watcher:
            watcher.start()
        begun = time.perf_counter()
        first, size = None, 0
        headers = {**self.key, "Accept-Encoding": "identity"}
        with httpx.stream("GET", self.portal.url + path, headers=headers, timeout=120) as answer:
            for part in answer.iter_raw():
                first = first or time.perf_counter() - begun
                size += len(part)
        total = time.perf_counter() - begun
        stop.set()
        if watcher:
            watcher.join()
        self.seen.setdefault(name, []).append((total * 1000, first * 1000, max(0, peak[0] - idle), size))

    # The whole

    def run(self, folder):
        pages, province = self.cursors(), self.facts["province"]
        random = Random(1)
        plain = [f"/plain/providers/?{urlencode({'limit': 50, 'offset': 50 * n})}" for n in range(len(pages))]
        shuffled = random.sample(range(len(pages)), len(pages))
        first, last = [pages[0]], [pages[-2]]
        tag = self.get(pages[0]).headers["ETag"]
        status_tag = self.get(f"{API}registry/status/").headers["ETag"]
        visits = [
            ("list", [pages[n] for n in shuffled], None, 200),
            ("plain list", [plain[n] for n in shuffled], None, 200),
            ("filter", [f"{API}providers/?limit=50&province={province}"], None, 200),
            ("plain filter", [f"/plain/providers/?limit=50&province={province}"], None, 200),
            ("first", first, None, 200),
            ("last", last, None, 200),
            ("304", first, {"If-None-Match": tag}, 304),
            ("status 304", [f"{API}registry/status/"], {"If-None-Match": status_tag}, 304),
            ("hello", ["/plain/hello/"], None, 200),
        ]
        for number in range(self.asked.rounds):
            for name, paths, headers, good in visits if number % 2 else visits[::-1]:
                self.rate(name, paths, headers, good)
            self.by_postgres(folder)
            print(f"==> Round {number + 1} of {self.asked.rounds}", flush=True)
        dumps = [("dump", f"{API}providers/?format=ndjson"), ("plain dump", "/plain/dump/"),
                 ("csv", f"{API}providers/?format=csv"), ("plain csv", "/plain/csv/")]  # fmt: skip
        for _number in range(self.asked.rounds):
            for name, path in dumps:
                self.stream(name, path)
        self.asked.memory = True
        self.stream("dump with memory", f"{API}providers/?format=ndjson")
        self.stream("plain dump with memory", "/plain/dump/")

    def speed(self, name):
        return median(one[0] for one in self.seen[name])

    def spent(self, name):
        return median(one[1] for one in self.seen[name])

    def ratio(self, name, other, of=0):
        """Median over the rounds of one over the other."""
        return median(a[of] / max(b[of], 1e-9) for a, b in zip(self.seen[name], self.seen[other], strict=True))

    def goals(self):
        """(goal, what, figure, floor, holds)."""
        memory = self.seen["dump with memory"][0]
        rows = [
            ("G1", "list, random page of 50, × plain DRF", self.ratio("list", "plain list"), 12, 1),
            ("G3", "the same, × PostgreSQL building the JSON, 2 clients", self.ratio("list", "postgres"), 0.5, 1),
            ("G4", "the same, CPU of plain DRF ÷ ours", self.ratio("plain list", "list", 1), 10, 1),
            ("G5", "filtered list, × plain DRF filtered", self.ratio("filter", "plain filter"), 10, 1),
            ("G6", "last page ÷ first page", self.ratio("last", "first"), 0.8, 1),
            ("G7", "304 ÷ Django hello", self.ratio("304", "hello"), 0.15, 1),
            ("G7", "304 ÷ own 200", self.ratio("304", "first"), 2, 1),
            ("G9", "NDJSON dump, times faster than DRF", self.ratio("plain dump", "dump"), 12, 1),
            ("G9", "its first byte, ms", median(one[1] for one in self.seen["dump"]), 100, -1),
            ("G9", "memory added while it streams, MB", memory[2], 30, -1),
            ("G10", "flat CSV, times faster than the ORM's iterator", self.ratio("plain csv", "csv"), 4, 1),
        ]
        return [(*row[:4], row[4], row[2] * row[4] >= row[3] * row[4]) for row in rows]

    def report(self):
        print("\n| what | req/s | CPU ms a request (server and database) |\n| --- | ---: | ---: |")
        for name in ("list", "plain list", "filter", "plain filter", "first", "last", "304", "status 304", "hello"):
            print(f"| {name} | {self.speed(name):.0f} | {self.spent(name):.2f} |")
        print(f"| postgres | {self.speed('postgres'):.0f} | |")
        print("\n| stream | total ms | first byte ms | MB |\n| --- | ---: | ---: | ---: |")
        for name in ("dump", "plain dump", "csv", "plain csv"):
            first = median(one[1] for one in self.seen[name])
            print(f"| {name} | {self.speed(name):.0f} | {first:.0f} | {self.seen[name][0][3] / 2**20:.1f} |")
        plain_memory = self.seen["plain dump with memory"][0][2]
        print(f"\nMemory added by the plain dump: {plain_memory:.0f} MB")
        print("\n| # | goal | measured | floor | |\n| --- | --- | ---: | ---: | --- |")
        for goal, what, figure, floor, sign, holds in self.goals():
            bound = f"{'≥' if sign > 0 else '≤'} {floor}"
            print(f"| {goal} | {what} | {figure:.2f} | {bound} | {'holds' if holds else 'MISSED'} |")
        return [goal for goal in self.goals() if not goal[5]]


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.registry", description="Measure the public register.")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each side (5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a visit (2)")
    parser.add_argument("--clients", type=int, default=8, help="clients at once (8)")
    parser.add_argument("--count", type=int, default=COUNT, help="providers (10,000)")
    asked = parser.parse_args()
    asked.memory = False
    environ.pop("TEST_DATABASE_URL", None)
    if url := environ.get("BENCH_DATABASE_URL"):
        environ["TEST_DATABASE_URL"] = url
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-"))
        server = stack.enter_context(postgres.server(shared_buffers="1GB", max_wal_size="4GB", jit="off"))
        template = migrated.postgresql(server)
        database = stack.enter_context(postgres.database(server, DATABASE, template=template))
        env = environment(folder, DATABASE_URL=database, LOG_LEVEL="ERROR", REGISTRY_CACHE_MB=0)
        env["DJANGO_SETTINGS_MODULE"] = "bench.plain.settings"
        print(f"==> Making {asked.count:,} providers", flush=True)
        manage(env, "load_places")
        made = manage(env, "shell", "--no-imports", "-c", f"from bench.registry_data import fill; fill({asked.count})")
        portal = stack.enter_context(served(env, timers=False))
        bench = Bench(portal, json.loads(made.stdout.splitlines()[-1]), database, asked)
        bench.run(folder)
        missed = bench.report()
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
