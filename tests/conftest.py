"""What all tests share. Tests that need more than this process are marked by their folder."""

from pathlib import Path

import pytest
from django.core.cache import cache

from portal import clock
from tests.services import postgres, redis_server

HERE = Path(__file__).resolve().parent
MARKED = {"services", "race", "chaos", "browser"}


def pytest_collection_modifyitems(items):
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in MARKED:
            item.add_marker(folder)


@pytest.fixture(autouse=True)
def fresh_cache():
    """Limits and cached pages of one test do not reach the next."""
    yield
    cache.clear()


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
