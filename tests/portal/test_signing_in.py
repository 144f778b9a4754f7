"""Guessing is bounded, and no weapon against who is guessed at."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory

from portal import clock
from portal.models import Guess
from portal.people import guessing
from portal.people.accounts import AccountAdapter
from tests.factories.people import person

pytestmark = pytest.mark.django_db
PASSWORD = "long enough words"


@pytest.fixture
def owner():
    user = person()
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(browser, user, password):
    """Whether that let the person in."""
    return browser.post("/account/login/", {"login": user.username, "password": password}).status_code == 302


def test_five_wrong_passwords_close_the_account_to_strangers(owner):
    stranger = Client()

    assert not any(sign_in(stranger, owner, f"guess {number}") for number in range(5))

    assert not sign_in(stranger, owner, PASSWORD)
    assert not sign_in(Client(), owner, PASSWORD)


def test_a_try_counts_for_five_minutes_and_a_right_one_not_at_all(owner):
    stranger, began = Client(), clock.now()
    for minute in range(4):
        with clock.at(began + timedelta(minutes=minute)):
            assert not sign_in(stranger, owner, "guess")
    with clock.at(began + timedelta(minutes=4)):
        assert sign_in(Client(), owner, PASSWORD)
        assert not sign_in(stranger, owner, "guess")
        assert not sign_in(Client(), owner, PASSWORD)

    with clock.at(began + timedelta(minutes=5)):
        assert sign_in(Client(), owner, PASSWORD)
    with clock.at(began + timedelta(hours=2)):
        guessing.forget_guesses()

    assert not Guess.objects.exists()


@pytest.mark.parametrize("reset", [False, True])
def test_a_new_password_forgives_what_was_tried(owner, reset):
    adapter, request = AccountAdapter(), RequestFactory().post("/")
    for number in range(6):
        sign_in(Client(), owner, f"guess {number}")
    if reset:
        adapter._delete_login_attempts_cached_email(request, username=owner.username)

    assert sign_in(Client(), owner, PASSWORD) is reset


def test_guesses_from_elsewhere_do_not_shut_the_owner_out(owner):
    own, stranger = Client(), Client()
    assert sign_in(own, owner, PASSWORD)
    own.post("/account/logout/")
    assert not any(sign_in(stranger, owner, f"guess {number}") for number in range(6))

    assert sign_in(own, owner, PASSWORD)


def test_a_known_browser_may_guess_no_more_than_others(owner):
    own = Client()
    assert sign_in(own, owner, PASSWORD)
    own.post("/account/logout/")

    assert not any(sign_in(own, owner, f"guess {number}") for number in range(5))

    assert not sign_in(own, owner, PASSWORD)


def test_a_browser_is_known_for_its_own_people_alone(owner):
    browser, other = Client(), person()
    assert sign_in(browser, owner, PASSWORD)
    browser.post("/account/logout/")
    browser.cookies["known-device"] = browser.cookies["known-device"].value.replace(owner.username, other.username)
    assert not any(sign_in(Client(), other, f"guess {number}") for number in range(5))
    other.set_password(PASSWORD)
    other.save()

    assert not sign_in(browser, other, PASSWORD)


def test_who_is_told_to_wait_is_told_on_a_page_of_ours(settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    browser = Client()
    browser.post("/account/signup/", {})

    answer = browser.post("/account/signup/", {}, headers={"Accept-Language": "th"})

    assert answer.status_code == 429
    assert "<h1>ลองหลายครั้งเกินไป</h1>" in answer.content.decode()
