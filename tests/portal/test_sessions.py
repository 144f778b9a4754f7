"""How long people stay signed in: half an hour without use, a day's work in all."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from portal import sessions
from tests.factories.people import person

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600


@pytest.fixture
def later(monkeypatch):
    """Moves the sessions' clock: `later(seconds)` from now."""
    begun = time.time()
    return lambda seconds: monkeypatch.setattr("portal.sessions.time.time", lambda: begun + seconds)


@pytest.fixture
def signed_in():
    client = Client()
    client.force_login(person())
    return client


def is_in(client):
    return client.get("/account/").status_code == 200


def test_a_session_ends_after_half_an_hour_without_use(signed_in, later):
    later(30 * MINUTE - 1)
    assert is_in(signed_in)
    later(60 * MINUTE - 2)
    assert is_in(signed_in)

    later(90 * MINUTE)
    answer = signed_in.get("/account/")

    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/account/")
    assert not Session.objects.exists()


def test_a_session_ends_after_twelve_hours_of_use(signed_in, later):
    for quarter in range(1, 48):
        later(quarter * 15 * MINUTE)
        assert is_in(signed_in)

    later(12 * HOUR)

    assert not is_in(signed_in)


def test_use_is_noted_once_a_minute(signed_in, later):
    later(59)
    assert is_in(signed_in)
    noted = Session.objects.get().get_decoded()["used_at"]
    later(61)
    assert is_in(signed_in)

    assert Session.objects.get().get_decoded()["used_at"] - noted > 60


def test_ended_sessions_are_swept(signed_in):
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")

    sessions.sweep_sessions()

    assert not Session.objects.exists()


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_form_that_grew_old_leads_back_to_its_page(is_signed_in):
    client = Client(enforce_csrf_checks=True)
    if is_signed_in:
        client.force_login(person())

    answer = client.post("/account/", {}, headers={"Referer": "http://testserver/account/"})

    way = "http://testserver/account/" if is_signed_in else "/account/login/?next=http%3A//testserver/account/"
    assert answer.status_code == 403
    assert f'<a class="button button-primary" href="{way}">' in answer.content.decode()
