"""Hostile input: every case has its exact answer, always a problem document, never a 5xx."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from budgets.models import Round
from portal.models import ApiToken
from portal.roles import Role
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.api_urls")]

DEEP = 100_000
ROUND = '{"name_th": "รอบ", "fiscal_year": %s}'
BODIES = {
    "deep lists": ("[" * DEEP + "]" * DEEP, 400, "too_deep"),
    "deep objects": ('{"a":' * DEEP + "1" + "}" * DEEP, 400, "too_deep"),
    "deep in a field": ('{"kinds": ' + "[" * 60 + "]" * 60 + "}", 400, "too_deep"),
    "brackets in a text are no depth": (ROUND % '2571, "name_en": "%s"' % ("[" * 200), 201, None),
    "nul": ('{"name_th": "a\\u0000b", "fiscal_year": 2571}', 400, "nul_character"),
    "nul in a name": ('{"a\\u0000b": 1}', 400, "nul_character"),
    "nul in a list": ('{"kinds": ["\\u0000"]}', 400, "nul_character"),
    "lone surrogate": ('{"name_th": "\\ud800", "fiscal_year": 2571}', 400, "lone_surrogate"),
    "surrogate pair": ('{"name_th": "\\ud83d\\ude00", "fiscal_year": 2571}', 201, None),
    "duplicate members": (ROUND % '2571, "fiscal_year": 2572', 400, "duplicate_member"),
    "duplicate members deep down": ('{"kinds": [{"a": 1, "a": 2}]}', 400, "duplicate_member"),
    "integer of 5000 digits": (ROUND % ("9" * 5000), 400, "number_out_of_range"),
    "integer beyond 64 bits": (ROUND % 2**63, 400, "number_out_of_range"),
    "infinite float": (ROUND % "1e999", 400, "number_out_of_range"),
    "NaN": (ROUND % "NaN", 400, "bad_json"),
    "Infinity": (ROUND % "-Infinity", 400, "bad_json"),
    "bad UTF-8": (b'{"name_th": "\xff"}', 400, "bad_encoding"),
    "UTF-16": ('{"name_th": "a"}'.encode("utf-16"), 400, "bad_encoding"),
    "cut short": ('{"name_th": ', 400, "bad_json"),
    "trailing": ('{"name_th": "a"} {}', 400, "bad_json"),
    "control character": ('{"name_th": "a\nb"}', 400, "bad_json"),
    "a list": ("[]", 400, "not_an_object"),
    "a text": ('"a"', 400, "not_an_object"),
    "null": ("null", 400, "not_an_object"),
    "nothing": ("", 400, "invalid"),
    "3 MB": ('{"name_th": "' + "a" * 3_000_000 + '"}', 413, "too_large"),
}
QUERIES = {
    "unknown=1": "unknown_parameter",
    "limit=0": "bad_limit",
    "limit=501": "bad_limit",
    "limit=-1": "bad_limit",
    "limit=1e2": "bad_limit",
    "limit=๕": "bad_limit",
    "limit=": "bad_limit",
    "limit=" + "9" * 5000: "bad_limit",
    "limit=5&limit=6": "given_twice",
    "cursor=nonsense": "bad_cursor",
    "cursor=": None,
    "cursor=" + "x" * 4000: "bad_cursor",
    "count=maybe": "bad_flag",
    "ordering=password": "bad_ordering",
    "ordering=-": "bad_ordering",
    "ordering=name,name": "bad_ordering",
    "ordering=search_text": "bad_ordering",
    "format=pdf": "bad_format",
    "q=%ff": "bad_encoding",
    "q=%00": "bad_encoding",
    "%ff=1": "bad_encoding",
    "province=" + "1" * 5000: "invalid",
    "kind=castle": "invalid",
    "kind=" + "x" * 5000: "invalid",
}
IDS = [
    "abc",
    "0",
    "-1",
    "1.5",
    "9" * 5000,
    "9" * 19,
    "%00",
    "%ff",
    "๑",
    "1_0",
    "1%2F2",
    "null",
    "%20 1",
    "1e3",
    "..%2f..",
]


@pytest.fixture
def manager():
    _row, token = ApiToken.make(user=person(Role.PROGRAMME_MANAGER), name="test", can_write=True)
    return Client(headers={"Authorization": f"Bearer {token}"})


def refused(answer, status, code):
    body = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["title"] and body["detail"] and body["type"] and body["trace_id"] == answer["X-Request-ID"]
    return body


@pytest.mark.parametrize("name", BODIES)
def test_bodies(manager, name):
    body, status, code = BODIES[name]

    answer = manager.post("/api/try/rounds/", body, content_type="application/json")

    if code is None:
        assert answer.status_code == status
    else:
        refused(answer, status, code)
        assert not Round.objects.exists()


@pytest.mark.parametrize("name", BODIES)
def test_bodies_of_steps_with_a_key(manager, name):
    body, status, code = BODIES[name]
    opened = Round.objects.create(fiscal_year=2571, name_th="รอบ", state="open")

    answer = manager.post(
        f"/api/try/rounds/{opened.pk}/steps/cancel/",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )

    refused(answer, 400 if code is None else status, code or "invalid")


@pytest.mark.parametrize("query", QUERIES)
def test_queries(client, query):
    answer = client.get(f"/api/v1/local-governments/?{query}")

    if QUERIES[query] is None:
        assert answer.status_code == 200
    else:
        refused(answer, 400, QUERIES[query])


def test_hostile_moments_of_events():
    _row, token = ApiToken.make(user=person(Role.AUDITOR), name="test")
    auditor = Client(headers={"Authorization": f"Bearer {token}"})

    for query in ["at_before=nonsense", "object_id=1e400", "case_id=-1"]:
        refused(auditor.get(f"/api/v1/events/?{query}"), 400, "invalid")
    assert auditor.get("/api/v1/events/?at_after=2026-01-01T00:00:00%2B07:00&object_id=9e18").status_code == 200
    # Before the year 1 in UTC: PostgreSQL knows that moment, SQLite does not.
    assert auditor.get("/api/v1/events/?at_after=0001-01-01T00:00:00%2B14:00").status_code in {200, 400}


def test_unknown_parameters_are_named(client):
    body = refused(client.get("/api/v1/provinces/?page=2&limit=5&nope=1"), 400, "unknown_parameter")

    assert [error["pointer"] for error in body["errors"]] == ["/nope", "/page"]


@pytest.mark.parametrize("identifier", IDS)
def test_identifiers(client, manager, identifier):
    refused(client.get(f"/api/v1/provinces/{identifier}/"), 404, "not_found")
    refused(manager.get(f"/api/try/rounds/{identifier}/"), 404, "not_found")
    refused(manager.get(f"/api/try/rounds/{identifier}/themes/"), 404, "not_found")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"]
)
def test_other_media_types_are_415(manager, content_type):
    refused(manager.post("/api/try/rounds/", "a=1", content_type=content_type), 415, "unsupported_media_type")


def test_broken_form_data_is_400(manager):
    opened = Round.objects.create(fiscal_year=2571, name_th="รอบ", state="open")
    path = f"/api/try/rounds/{opened.pk}/steps/cancel/"

    refused(manager.post(path, b"--x", content_type="multipart/form-data"), 400, "parse_error")
    refused(manager.post(path, {"reason": "a\x00b"}), 400, "nul_character")
    refused(manager.post(path, {f"f{n}": "1" for n in range(1001)}), 400, "bad_request")
    refused(manager.post(path, {"state": "open", "reason": "a"}), 400, "invalid")
    assert manager.post(path, {"reason": "ก"}).json()["state"] == "cancelled"


def test_methods_that_are_not_offered_are_405(manager, client):
    answer = manager.post("/api/v1/provinces/", "{}", content_type="application/json")

    refused(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]
    refused(manager.trace("/api/v1/provinces/"), 405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/", "/api/v2/provinces/", "/api/v1/%00/", "/api/v1/%ff/"])
def test_addresses_that_lead_nowhere_are_problems_too(client, path):
    refused(client.get(path), 404, "not_found")
    refused(Client(enforce_csrf_checks=True).post(path), 404, "not_found")


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Not found"), ("th", "ไม่พบข้อมูล"), (None, "ไม่พบข้อมูล"), ("de", "ไม่พบข้อมูล"), ("x" * 600, "ไม่พบข้อมูล")],
)
def test_problems_speak_the_readers_language(client, language, title):
    headers = {"Accept-Language": language} if language else {}

    assert refused(client.get("/api/v1/provinces/999999/", headers=headers), 404, "not_found")["title"] == title


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "*/*;q=0", "text/csv"])
def test_accept_changes_nothing(client, accept):
    assert client.get("/api/v1/provinces/", headers={"Accept": accept})["Content-Type"] == "application/json"


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer a b c", "Bearer \x00", "bearer x", "Token x"])
def test_odd_credentials_are_401(client, header):
    code = "bad_token" if header.lower().startswith("bearer") else "not_authenticated"

    refused(client.get("/api/v1/me/", headers={"Authorization": header}), 401, code)


def test_too_many_requests_are_told_when_to_come_back(client, monkeypatch):
    monkeypatch.setattr("portal.api.throttling.Anonymous.rate", "3/m", raising=False)

    answers = [client.get("/api/v1/provinces/") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused(answers[-1], 429, "throttled")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    forged = client.get("/api/v1/provinces/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429


def test_people_are_limited_apart_from_each_other(monkeypatch):
    monkeypatch.setattr("portal.api.throttling.Person.rate", "2/m", raising=False)
    clients = []
    for _ in range(2):
        _row, token = ApiToken.make(user=person(), name="test")
        clients.append(Client(headers={"Authorization": f"Bearer {token}"}))

    assert [clients[0].get("/api/v1/me/").status_code for _ in range(3)] == [200, 200, 429]
    assert clients[1].get("/api/v1/me/").status_code == 200


def test_cache_that_is_away_stops_nobody(client, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(cache, "add", away)

    assert client.get("/api/v1/provinces/").status_code == 200


def test_hosts_that_are_not_ours_are_refused(client):
    refused(client.get("/api/v1/provinces/", headers={"Host": "evil.example"}), 400, "bad_request")
    refused(client.get("/api/v1/provinces/", headers={"Host": "a b\x00"}), 400, "bad_request")


def test_our_own_mistake_is_a_problem_without_details(client, monkeypatch):
    def fail(self):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("portal.api.places.ProvinceViewSet.get_queryset", fail)
    client.raise_request_exception = False

    answer = client.get("/api/v1/provinces/")

    refused(answer, 500, "server_error")
    assert b"secret" not in answer.content
