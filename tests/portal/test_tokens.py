"""Keys of programs: shown once, kept as a hash, revoked at once."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal import clock
from portal.models.audit import Event
from portal.models.people import ApiToken
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def asks(key):
    return Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/me/").status_code


def test_a_key_is_shown_once_and_works(client):
    user = person()
    client.force_login(user)

    page = client.post("/account/tokens/", {"name": "โปรแกรมบัญชี", "scope": "read", "days": 30})
    key = page.context["fresh"]

    row = ApiToken.objects.get()
    assert (row.user, row.name, row.can_write, row.digest) == (user, "โปรแกรมบัญชี", False, ApiToken.hash(key))
    assert round((row.expires_at - row.created_at) / timedelta(days=1)) == 30
    assert page.content.decode().count(key) == 1
    assert key not in client.get("/account/tokens/").content.decode()
    assert key not in str(list(Event.objects.values()))
    assert asks(key) == 200


def test_a_revoked_key_stops_at_once(client):
    user = person()
    row, key = ApiToken.make(user=user, name="x")
    client.force_login(user)
    assert asks(key) == 200

    client.post(f"/account/tokens/{row.pk}/revoke/")
    client.post(f"/account/tokens/{row.pk}/revoke/")

    assert asks(key) == 401
    assert Event.objects.filter(verb="token.revoke").count() == 1


def test_nobody_revokes_the_key_of_another(client):
    row, key = ApiToken.make(user=person(), name="x")
    client.force_login(person())

    assert client.post(f"/account/tokens/{row.pk}/revoke/").status_code == 404
    assert asks(key) == 200


@pytest.mark.parametrize("wrong", [{"days": 3650}, {"scope": "all"}, {"name": ""}])
def test_a_key_outside_the_choices_is_refused(client, wrong):
    client.force_login(person())

    page = client.post("/account/tokens/", {"name": "a", "scope": "read", "days": 30} | wrong)

    assert list(page.context["form"].errors) == list(wrong)
    assert ApiToken.objects.count() == 0


def test_the_command_prints_the_key_alone_on_its_last_line():
    user, out = person(username="robot"), StringIO()

    call_command("create_token", "robot", "--write", "--days", "7", stdout=out)

    key = out.getvalue().rstrip("\n").splitlines()[-1]
    row = ApiToken.objects.get()
    assert (row.user, row.can_write, row.digest) == (user, True, ApiToken.hash(key))
    assert (row.expires_at - clock.now()).days == 6
    assert asks(key) == 200


@pytest.mark.parametrize("arguments", [["nobody"], ["closed"], ["robot", "--days", "0"]])
def test_the_command_refuses_what_makes_no_sense(arguments):
    person(username="robot")
    person(username="closed", is_active=False)

    with pytest.raises(CommandError):
        call_command("create_token", *arguments)

    assert ApiToken.objects.count() == 0


def test_keys_are_for_those_who_are_signed_in(client):
    assert client.get("/account/tokens/").url == "/account/login/?next=/account/tokens/"
