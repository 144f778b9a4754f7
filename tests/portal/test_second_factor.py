"""The second factor: demanded of those who decide, offered to all, good for one use, and nothing leads around it."""

import base64
import hmac
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from portal.models import Event, Notice
from portal.people import resets, tokens
from portal.people.second_factor import DEMANDED_OF
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import province

pytestmark = pytest.mark.django_db
PASSWORD = "long enough words"
TURN_ON = "/account/second-factor/totp/activate/"
ENTER = "/account/second-factor/authenticate/"


@pytest.fixture(autouse=True)
def demanding(settings):
    settings.SECOND_FACTOR = True
    cache.clear()


def with_password(role, **post):
    return person(role, password=PASSWORD, **post)


def code_of(key, steps=0):
    """What an app shows for `key`, by RFC 6238 alone."""
    secret = base64.b32decode(key + "=" * (-len(key) % 8))
    digest = hmac.new(secret, struct.pack(">Q", int(time.time() // 30) + steps), "sha1").digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def signed_in(user):
    browser = Client()
    browser.post("/account/login/", {"login": user.username, "password": PASSWORD})
    return browser


def is_in(browser):
    return browser.get("/api/v1/me/").status_code == 200


def turn_on(browser):
    """The key that the app now holds, and the codes for a day without it."""
    browser.post(f"/account/reauthenticate/?next={TURN_ON}", {"password": PASSWORD})
    key = browser.get(TURN_ON).context["form"].secret
    wrong = browser.post(TURN_ON, {"code": "12345"})
    assert wrong.context["form"].secret == key
    shown = browser.post(TURN_ON, {"code": code_of(key)}, follow=True)
    return key, shown.context["unused_codes"]


def test_deciding_posts_open_nothing_without_it(client):
    for role in sorted(DEMANDED_OF):
        client.force_login(person(role))
        for address in ("/", "/budgets/proposals/", "/account/", "/account/tokens/", "/audit/"):
            assert client.get(address).headers.get("Location") == TURN_ON, (role, address)
        answer = client.get("/api/v1/tasks/")
        assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")
        assert client.get("/privacy/").status_code == 200


def test_other_posts_may_do_without_and_a_demo_demands_it_of_nobody(settings):
    provincial, chair = with_password(Role.PROVINCIAL_OFFICER, at=province()), with_password(Role.COMMITTEE_CHAIR)
    assert is_in(signed_in(provincial))
    settings.SECOND_FACTOR = False

    assert is_in(signed_in(chair))


def test_once_turned_on_the_password_alone_opens_nothing():
    chair = with_password(Role.COMMITTEE_CHAIR)
    first, before = signed_in(chair), signed_in(chair)
    key, _codes = turn_on(first)
    again = signed_in(chair)

    assert is_in(first)
    assert before.get("/").headers["Location"] == "/account/second-factor/totp/activate/"
    assert not is_in(again)
    assert again.get("/account/").status_code == 302
    assert again.post(ENTER, {"code": "123 456"}).status_code == 200
    assert not is_in(again)
    again.post(ENTER, {"code": code_of(key).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))})
    assert is_in(again)


def test_a_code_works_once():
    chair = with_password(Role.COMMITTEE_CHAIR)
    key, (spare, *_others) = turn_on(signed_in(chair))
    one, other = signed_in(chair), signed_in(chair)
    code = code_of(key)
    one.post(ENTER, {"code": code})
    other.post(ENTER, {"code": code})
    assert (is_in(one), is_in(other)) == (True, False)

    other.post(ENTER, {"code": spare})
    third = signed_in(chair)
    third.post(ENTER, {"code": spare})

    assert (is_in(other), is_in(third)) == (True, False)


def test_guessing_codes_ends_after_five():
    chair = with_password(Role.COMMITTEE_CHAIR)
    key, _codes = turn_on(signed_in(chair))
    guesser = signed_in(chair)
    for number in range(5):
        guesser.post(ENTER, {"code": f"{number:06d}"})

    guesser.post(ENTER, {"code": code_of(key)})

    assert not is_in(guesser)


def test_a_new_password_leads_around_nothing_and_a_post_that_demands_it_cannot_turn_it_off():
    chair, operator = with_password(Role.COMMITTEE_CHAIR), person(Role.OPERATOR)
    browser = signed_in(chair)
    turn_on(browser)
    browser.post("/account/second-factor/totp/deactivate/")
    assert Authenticator.objects.filter(user=chair, type="totp").exists()
    _reset, paper = resets.issue(chair, by=operator)
    resets.use(paper, password=PASSWORD)

    assert not is_in(signed_in(chair))


def test_its_key_lies_sealed_and_a_program_goes_on():
    chair = with_password(Role.COMMITTEE_CHAIR)
    key, codes = turn_on(signed_in(chair))
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    _row, token = tokens.make(chair, name="sync", can_write=False, days=1)

    assert key not in stored
    assert not any(code in stored for code in codes)
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert Event.objects.filter(verb="second_factor.turn_on", actor=chair).count() == 1


def test_another_operator_takes_it_off_on_record():
    operator, other, lost = person(Role.OPERATOR), person(Role.OPERATOR), with_password(Role.AUDITOR)
    turn_on(signed_in(lost))
    for by in (lost, person(Role.COMMITTEE_CHAIR)):
        with pytest.raises(CommandError, match="no operator"):
            call_command("take_off_second_factor", lost.username, by=by.username)

    call_command("take_off_second_factor", lost.username, by=operator.username)

    assert not Authenticator.objects.filter(user=lost).exists()
    assert Event.objects.get(verb="second_factor.take_off").actor == operator
    told = Notice.objects.filter(subject="บัญชีของคุณปิดการยืนยันตัวตนสองขั้นแล้ว")
    assert set(told.values_list("recipient", flat=True)) == {lost.pk, operator.pk, other.pk}
