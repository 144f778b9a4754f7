"""64 allocators at once over HTTP: the ceilings hold to the satang, and would not without their guard."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import httpx
import psycopg2
import pytest

from tests.race.cases import AMOUNT
from tests.services import migrated, postgres
from tests.services.portal import environment, manage, served

ALLOCATORS, FITTING = 64, 40


@pytest.fixture(scope="module")
def prepared(postgres_server, tmp_path_factory):
    """(server URL, name of a migrated database, folder)."""
    return postgres_server, migrated.postgresql(postgres_server), tmp_path_factory.mktemp("allocation")


def allocate_all_at_once(url, planted):
    """The answers' codes, counted: 200 for an allocation, else the refusal's code."""
    barrier = Barrier(ALLOCATORS)

    def allocate(pk):
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {planted['token']}"}, timeout=120) as client:
            client.get("/healthz")
            barrier.wait(60)
            answer = client.post(f"/api/v1/proposals/{pk}/steps/allocate/", json={"amount_baht": str(AMOUNT)})
        return "allocated" if answer.status_code == 200 else answer.json()["code"]

    with ThreadPoolExecutor(ALLOCATORS) as pool:
        return Counter(pool.map(allocate, planted["cases"]))


def race(prepared, name, *statements, **env):
    """Plant cases in a copy of the database, race over them: (answers, Σ allocated of the cases, of the ceilings)."""
    server, template, folder = prepared
    with postgres.database(server, name, template=template) as url:
        settings = environment(folder, DATABASE_URL=url, WEB_WORKERS=2, **env)
        code = f"from tests.race.cases import plant; plant({ALLOCATORS}, fitting={FITTING})"
        planted = json.loads(manage(settings, "shell", "--no-imports", "-c", code).stdout.strip().splitlines()[-1])
        if statements:
            postgres.execute(url, *statements)
        with served(settings, timers=False) as portal:
            answers = allocate_all_at_once(portal.url, planted)
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(SUM(allocated_baht), 0) FROM budgets_proposal")
            cases = Decimal(cursor.fetchone()[0]) / 100
            cursor.execute("SELECT allocated_baht FROM budgets_ceiling ORDER BY key")
            ceilings = [Decimal(row[0]) / 100 for row in cursor.fetchall()]
        connection.close()
    return answers, cases, ceilings


def test_ceilings_hold_under_64_allocators(prepared):
    answers, cases, ceilings = race(prepared, "portal_allocation_guarded")

    assert answers == {"allocated": FITTING, "ceiling_exceeded": ALLOCATORS - FITTING}
    assert cases == AMOUNT * FITTING
    assert ceilings == [AMOUNT * FITTING] * 2


def test_control_overshoots_without_the_guard(prepared):
    answers, cases, _ceilings = race(
        prepared,
        "portal_allocation_unguarded",
        "ALTER TABLE budgets_ceiling DROP CONSTRAINT ceiling_holds",
        DJANGO_SETTINGS_MODULE="tests.race.unguarded",
    )

    assert answers["allocated"] > FITTING
    assert cases > AMOUNT * FITTING
