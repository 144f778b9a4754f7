"""However many guess at once, on either engine, five passwords are looked at."""

import json

import pytest

from tests.services import migrated, postgres
from tests.services.portal import environment, manage


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_five_of_two_hundred_are_let_through(engine, tmp_path, request):
    if engine == "sqlite":
        migrated.put_into(tmp_path)
        assert raced(environment(tmp_path)) == {"let_through": 5, "failures": []}
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.database(server, "portal_guesses", template=migrated.postgresql(server)) as url:
        assert raced(environment(tmp_path, DATABASE_URL=url)) == {"let_through": 5, "failures": []}


def raced(env):
    told = manage(env, "shell", "--no-imports", "-c", "from tests.race.guesses import race; race()")
    return json.loads(told.stdout.strip().splitlines()[-1])
