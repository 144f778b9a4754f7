"""A hundred requests at once for the last seat: one has it, and without the guard more would."""

import json

import pytest

from tests.race.seats import WANTED
from tests.services import postgres
from tests.services.portal import environment, manage


@pytest.fixture(scope="module")
def prepared(postgres_server, tmp_path_factory):
    """(server URL, name of a migrated database, folder)."""
    folder = tmp_path_factory.mktemp("seats")
    with postgres.database(postgres_server, "portal_seats") as url:
        manage(environment(folder, DATABASE_URL=url), "migrate", "--verbosity", 0)
        yield postgres_server, "portal_seats", folder


def raced(prepared, name, *statements, is_guarded):
    server, template, folder = prepared
    with postgres.database(server, name, template=template) as url:
        if statements:
            postgres.execute(url, *statements)
        code = f"from tests.race.seats import race; race({is_guarded})"
        told = manage(environment(folder, DATABASE_URL=url), "shell", "--no-imports", "-c", code)
    return json.loads(told.stdout.strip().splitlines()[-1])


def test_last_seat_goes_to_one(prepared):
    found = raced(prepared, "portal_seats_guarded", is_guarded=True)

    assert found == {"confirmed": 1, "waitlisted": WANTED - 1, "failures": [], "taken": 1}


def test_control_oversells_without_the_guard(prepared):
    found = raced(
        prepared,
        "portal_seats_unguarded",
        "ALTER TABLE training_runseats DROP CONSTRAINT run_seats_hold",
        is_guarded=False,
    )

    assert found["confirmed"] > 1
