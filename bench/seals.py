"""Events under seal on both engines: `python -m bench.seals`.

A million events are put into an empty portal, sealed and verified. The floor: verified within a minute of the
machine's processor. The exit code is 1 when it is missed or a fault is found.
"""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.services import migrated, postgres
from tests.services.portal import environment, manage

COUNT = 1_000_000
FLOOR_S = 60
COLUMNS = "at, acting_for, role, verb, object_type, object_id, case_type, case_id, before, after, details, request_id"
CASE = "'budgets.proposal', i % 9000"
FACTS = f"'', 'local_officer', 'proposal.change', {CASE}, {CASE}, 'draft', 'draft'"
FILL = {
    "postgresql": f"""INSERT INTO portal_event ({COLUMNS})
        SELECT now() - ({{count}} - i) * interval '1 ms', {FACTS},
        jsonb_build_object('sections', jsonb_build_array('items', 'funding'), 'note', 'แก้ไข ' || i), md5(i::text)
        FROM generate_series(1, {{count}}) i""",
    "sqlite": f"""WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {{count}})
        INSERT INTO portal_event ({COLUMNS})
        SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (({{count}} - i) / 1000.0) || ' seconds') || '000', {FACTS},
        json_object('sections', json_array('items', 'funding'), 'note', 'แก้ไข ' || i), printf('%032x', i) FROM k""",
}
WORK = """
import json, time
from django.db import connection
from portal import clock, sealing
with connection.cursor() as cursor:
    cursor.execute(FILL[connection.vendor].format(count=COUNT))
def timed(work):
    wall, cpu = time.monotonic(), time.process_time()
    found = work()
    return {"wall_s": round(time.monotonic() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1), "found": found}
def seal_all():
    at, seals = clock.now(), 0
    while sealing.seal(at) is not None:
        seals += 1
    return seals
print(json.dumps({"seal": timed(seal_all), "verify": timed(lambda: len(list(sealing.faults())))}))
"""


def main(arguments=None):
    """Measure; 0 when every event verifies within the floor on every engine, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.seals", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many events ({COUNT})")
    parser.add_argument("--engine", choices=list(FILL), action="append", help="which engine; both without it")
    options = parser.parse_args(arguments)
    holds = True
    for engine in options.engine or FILL:
        measured = measured_on(engine, options.count)
        seal, verify = measured["seal"], measured["verify"]
        print(f"{engine}: {options.count:,} events, {seal['found']} seals, {verify['found']} faults")
        for name, one in measured.items():
            print(f"  {name}: {one['wall_s']} s, of them {one['cpu_s']} s of this process's CPU", flush=True)
        holds &= not verify["found"] and verify["cpu_s"] <= FLOOR_S * options.count / COUNT
    print("The floor holds." if holds else "The floor is missed.")
    return 0 if holds else 1


def measured_on(engine, count):
    """What was measured on a fresh portal: how long sealing and verifying took, and what they found."""
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-seals-")))
        more = {}
        if engine == "sqlite":
            migrated.put_into(var)
        else:
            server = stack.enter_context(postgres.server())
            url = postgres.database(server, "bench_seals", template=migrated.postgresql(server))
            more["DATABASE_URL"] = stack.enter_context(url)
        code = f"FILL, COUNT = {FILL!r}, {count}\n{WORK}"
        done = manage(environment(var, **more), "shell", "--verbosity", "0", "-c", code)
        return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
