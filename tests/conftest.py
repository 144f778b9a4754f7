"""What all tests share. Tests that need more than this process are marked by their folder."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from portal import clock
from tests.factories.remembered import memory
from tests.services import migrated, postgres, redis_server

HERE = Path(__file__).resolve().parent
MARKED = {"services", "race", "chaos", "browser"}


def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in MARKED:
            item.add_marker(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    info = item._fixtureinfo
    ours = [one for found in info.name2fixturedefs.values() for one in found if one.baseid]
    memory.begin({*info.initialnames, *(name for one in ours for name in one.argnames)})


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Each process begins with a copy of a migrated database."""
    migrated.begin_with(connection)


@pytest.fixture(autouse=True)
def fresh_cache():
    """Limits, cached pages and the language of one test do not reach the next."""
    translation.deactivate()
    yield
    cache.clear()
    translation.deactivate()


@pytest.fixture
def held_clock():
    """The clock, held: in a test's transaction PostgreSQL's clock is a query, which no page in use would make."""
    with clock.at(clock.now()):
        yield


@pytest.fixture(scope="session")
def postgres_server():
    """The URL of a PostgreSQL server on which a test may make databases."""
    if not postgres.available():
        pytest.skip("no PostgreSQL")
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url():
    """The URL of a Redis server."""
    if not redis_server.available():
        pytest.skip("no Redis")
    with redis_server.server() as url:
        yield url
