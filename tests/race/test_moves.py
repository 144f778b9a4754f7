"""Transfers and revisions at once over HTTP: both ends, the ledger and every ceiling stay true, on both engines."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.chaos.invariants import broken_in
from tests.services import migrated, postgres
from tests.services.portal import environment, manage, served

TRANSFERS, FITTING, RING = 48, 30, 32
MONEY = {
    "ledger_comes_to_the_amounts_of_the_case",
    "ceilings_hold_what_is_allocated_under_them",
    "kept_sums_equal_raw_sums",
}


def all_at_once(url, planted):
    """The answers' codes, counted: "taken" for 200, else the refusal's code."""
    barrier = Barrier(len(planted["steps"]))

    def take(step):
        path, amount = step
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {planted['token']}"}, timeout=120) as client:
            client.get("/healthz")
            barrier.wait(60)
            answer = client.post(f"/api/v1/{path}", json={"amount_baht": amount})
        return "taken" if answer.status_code == 200 else answer.json()["code"]

    with ThreadPoolExecutor(len(planted["steps"])) as pool:
        return Counter(pool.map(take, planted["steps"]))


def race(settings, code):
    """(answers, what is broken of the money) after the planted steps were taken at once."""
    command = f"from tests.race.cases import plant_moves; plant_moves({code})"
    planted = json.loads(manage(settings, "shell", "--no-imports", "-c", command).stdout.strip().splitlines()[-1])
    with served(settings, timers=False) as portal:
        answers = all_at_once(portal.url, planted)
    return answers, {name: found for name, found in broken_in(settings).items() if name in MONEY}


@pytest.fixture
def on_postgresql(postgres_server, tmp_path):
    """A function that gives the settings of a portal on a database of its own."""
    with postgres.database(postgres_server, "portal_moves", template=migrated.postgresql(postgres_server)) as url:
        yield lambda **env: environment(tmp_path, DATABASE_URL=url, WEB_WORKERS=2, **env)


def test_theme_s_ceiling_holds_under_transfers_and_revisions(on_postgresql):
    answers, wrong = race(on_postgresql(), f"{TRANSFERS}, fitting={FITTING}")

    assert answers == {"taken": FITTING, "ceiling_exceeded": TRANSFERS * 5 // 4 - FITTING}
    assert wrong == {}


def test_control_overshoots_without_the_guard(on_postgresql):
    settings = on_postgresql(DJANGO_SETTINGS_MODULE="tests.race.unguarded")
    postgres.execute(settings["DATABASE_URL"], "ALTER TABLE budgets_ceiling DROP CONSTRAINT ceiling_holds")

    answers, wrong = race(settings, f"{TRANSFERS}, fitting={FITTING}")

    assert answers["taken"] > FITTING
    assert "ceilings_hold_what_is_allocated_under_them" in wrong


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_ring_of_transfers_neither_loses_money_nor_waits_crosswise(engine, request, tmp_path):
    if engine == "postgresql":
        settings = request.getfixturevalue("on_postgresql")()
    else:
        settings = environment(tmp_path, DATABASE_URL=migrated.put_into(tmp_path), WEB_WORKERS=2)

    answers, wrong = race(settings, RING)

    assert set(answers) <= {"taken", "ceiling_exceeded"}
    assert wrong == {}
