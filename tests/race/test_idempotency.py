"""Fifty programs send one request at once: one effect, and every other answer is the first one's or "ask again"."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test import Client

from budgets.models import Round
from portal.models import ApiToken, IdempotencyKey
from portal.roles import Role
from tests.factories.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.portal.api_urls")]

MANY = 50


@pytest.fixture
def send():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time; the race needs PostgreSQL")
    _row, token = ApiToken.make(user=person(Role.PROGRAMME_MANAGER), name="test", can_write=True)
    start = Barrier(MANY)

    def one(key):
        client = Client(headers={"Authorization": f"Bearer {token}"})
        headers = {"Idempotency-Key": key} if key else {}
        body = json.dumps({"name_th": "รอบ", "fiscal_year": 2571})
        start.wait()
        try:
            return client.post("/api/try/rounds/", body, content_type="application/json", headers=headers)
        finally:
            connections.close_all()

    def all_at_once(keys):
        with ThreadPoolExecutor(MANY) as pool:
            return list(pool.map(one, keys))

    return all_at_once


def test_one_key_has_one_effect(send):
    answers = send(["k"] * MANY)

    made = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code != 201]
    assert (Round.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    assert len([answer for answer in made if "Idempotent-Replayed" not in answer]) == 1
    assert len({answer.content for answer in made}) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in waiting} <= {(409, "request_running")}
    assert all(answer["Retry-After"] == "1" for answer in waiting)


def test_many_keys_race_for_the_constraint(send):
    answers = send([f"k{number}" for number in range(MANY)])

    assert Round.objects.count() == 1
    assert sorted({answer.status_code for answer in answers} - {400}) in ([201], [201, 409])
    assert [answer.status_code for answer in answers].count(201) == 1
    assert IdempotencyKey.objects.count() == 1
