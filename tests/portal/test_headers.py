"""Every address that is written out whole, and every kind of refusal, comes with what keeps browsers safe."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from portal.roles import Role
from tests.factories.people import member, person

pytestmark = pytest.mark.django_db
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "font-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "manifest-src": "'self'",
    "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
OTHERWISE = {  # what is shown inside others' pages, and the API's description, which brings styles of its own
    "/api/docs/": {"style-src": "'self' 'unsafe-inline'"},
    "/providers/embed/": {"frame-ancestors": "*"},
}


def addresses(patterns=None, before="/"):
    """Every address that is written out whole."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, here)
        elif not re.search(r"[<(]", here):
            yield here.replace("^", "").replace(r"\Z", "").replace("$", "").replace("\\", "")


def faults_of(client, path, **options):
    """What an answer lacks: `[(path, header, what it is)]`."""
    answer = client.get(path, **options)
    return faults_in(answer, path, is_signed_in="_auth_user_id" in client.session)


def faults_in(answer, path, *, is_signed_in):
    found = [(path, name, answer.get(name)) for name, value in ALWAYS.items() if answer.get(name) != value]
    policy = dict(part.strip().split(" ", 1) for part in answer.get("Content-Security-Policy", "").split(";") if part)
    expected = POLICY | OTHERWISE.get(path, {})
    found += [(path, name, policy.get(name)) for name in expected if policy.get(name) != expected[name]]
    if answer.get("X-Frame-Options") != "DENY" and expected["frame-ancestors"] != "*":
        found.append((path, "X-Frame-Options", answer.get("X-Frame-Options")))
    kept, is_page = answer.get("Cache-Control", ""), answer.get("Content-Type", "").startswith("text/html")
    if (
        is_signed_in
        and is_page
        and not path.startswith("/api/")
        and answer.status_code == 200
        and "no-store" not in kept
    ):
        found.append((path, "Cache-Control", kept))
    return found


@pytest.mark.parametrize("who", ["nobody", "somebody"])
def test_every_address_comes_with_its_headers(who):
    client = Client(raise_request_exception=False)
    if who == "somebody":
        user = person(Role.AUDITOR)
        for role in (Role.DLA_OFFICER, Role.OPERATOR, Role.REGISTRAR, Role.TRAINING_OFFICER):
            member(user, role)
        client.force_login(user)
    found = {path for path in addresses() if "logout" not in path}

    assert len(found) > 80
    assert [fault for path in sorted(found) for fault in faults_of(client, path)] == []


def test_refusals_come_with_them_too():
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(person())
    answers = {
        "not there": signed_in.get("/no/such/page/"),
        "forbidden": signed_in.get("/audit/"),
        "bad text": signed_in.get("/local-governments/?q=%00"),
        "no such method": signed_in.get("/people/invitations/letters/"),
        "no token of the form": strict.post("/account/login/", {"login": "a", "password": "b"}),
        "sign in first": strict.get("/audit/"),
        "not there for programs": strict.get("/api/v1/rounds/999999/"),
        "sign in for programs": strict.get("/api/v1/events/"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "not there": 404, "forbidden": 403, "bad text": 400, "no such method": 405, "no token of the form": 403,
        "sign in first": 302, "not there for programs": 404, "sign in for programs": 401,
    }  # fmt: skip
    assert [
        fault
        for name, answer in answers.items()
        for fault in faults_in(answer, name, is_signed_in=False)
    ] == []  # fmt: skip
    assert signed_in.get("/account/").status_code == 200, "a bad address signs nobody out"
