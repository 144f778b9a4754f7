import socket
import threading

import pytest

from portal import health
from tests.services.processes import free_port


def test_healthz_asks_no_database(client):
    """Without the `django_db` mark a query would fail."""
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_says_ready_and_nothing_else(client):
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_health_takes_no_posts(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


@pytest.fixture
def elsewhere(monkeypatch):
    """Point the probe at a PostgreSQL server on `port`."""
    from django.db import ConnectionHandler

    def point(port):
        engine = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "x",
            "USER": "x",
            "HOST": "127.0.0.1",
            "PORT": port,
        }
        monkeypatch.setattr(health, "connections", ConnectionHandler({"default": engine}))

    return point


@pytest.mark.django_db
def test_readyz_is_503_when_nobody_listens(client, elsewhere):
    elsewhere(str(free_port()))

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"not ready\n")


@pytest.mark.django_db
def test_readyz_does_not_wait_for_a_silent_database(client, elsewhere):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        elsewhere(str(silent.getsockname()[1]))
        answers = []
        asking = threading.Thread(target=lambda: answers.append(client.get("/readyz").status_code))

        asking.start()
        asking.join(5)

    assert answers == [503]
