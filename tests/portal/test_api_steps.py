"""Steps, versions, idempotency keys: over a real round and its real lifecycle."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from budgets.models import FocusTheme, Round
from budgets.states import RoundState
from portal import clock
from portal.models import ApiToken, Event, IdempotencyKey
from portal.roles import Role
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.api_urls")]


def api(user, can_write=True):
    _row, token = ApiToken.make(user=user, name="test", can_write=can_write)
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def manager():
    return api(person(Role.PROGRAMME_MANAGER))


@pytest.fixture
def opened():
    return Round.objects.create(fiscal_year=2571, name_th="รอบ", state=RoundState.OPEN)


def post(client, path, data=None, **headers):
    return client.post(f"/api/try/{path}", json.dumps(data or {}), content_type="application/json", headers=headers)


def patch(client, path, data, **headers):
    return client.patch(f"/api/try/{path}", json.dumps(data), content_type="application/json", headers=headers)


def test_steps_tell_what_may_happen(manager, opened):
    answer = manager.get(f"/api/try/rounds/{opened.pk}/steps/").json()

    steps = {step["name"]: step for step in answer["results"]}
    assert (answer["state"], answer["version"]) == ("open", 1)
    assert list(steps) == ["close", "amend", "cancel"]
    assert (steps["close"]["allowed"], steps["close"]["reason_code"]) == (False, "too_early")
    assert steps["close"]["reason"]
    assert [(f["name"], f["required"]) for f in steps["close"]["fields"]] == [("note", False)]
    assert [(f["name"], f["type"], f["required"]) for f in steps["amend"]["fields"]] == [
        ("opens_at", "moment", False),
        ("closes_at", "moment", False),
        ("screening_due_on", "date", False),
        ("review_due_on", "date", False),
        ("announces_on", "date", False),
        ("reason", "text", True),
    ]


def test_step_is_taken_and_answers_the_fresh_case(manager, opened):
    answer = post(manager, f"rounds/{opened.pk}/steps/cancel/", {"reason": "ยกเลิก"})

    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "cancelled", 2)
    assert answer["ETag"] == '"2"'
    assert Event.objects.filter(verb="round.cancel", object_id=opened.pk).count() == 1


def test_step_takes_dates_as_json(manager, opened):
    closes = clock.now().replace(microsecond=0) + timedelta(days=9)
    due = clock.today() + timedelta(days=30)
    body = {"reason": "เลื่อน", "closes_at": closes.isoformat(), "review_due_on": due.isoformat()}

    answer = post(manager, f"rounds/{opened.pk}/steps/amend/", body)

    opened.refresh_from_db()
    assert answer.status_code == 200
    assert (opened.closes_at, opened.review_due_on) == (closes, due)


@pytest.mark.parametrize(
    ("name", "body", "pointer", "code"),
    [
        ("cancel", {}, "/reason", "required"),
        ("cancel", {"reason": 5}, "/reason", "wrong_type"),
        ("cancel", {"reason": ["a"]}, "/reason", "wrong_type"),
        ("cancel", {"reason": None}, "/reason", "required"),
        ("cancel", {"reason": "a", "state": "open"}, "/state", "unknown_field"),
        ("close", {"notes": "a"}, "/notes", "unknown_field"),
        ("amend", {"reason": "a", "review_due_on": "2571-01-01"}, "/review_due_on", "invalid"),
        ("amend", {"reason": "a", "review_due_on": 20300101}, "/review_due_on", "wrong_type"),
        ("amend", {"reason": "a", "closes_at": "2030-01-01T00:00:00"}, "/closes_at", "invalid"),
    ],
)
def test_step_refuses_details_that_do_not_fit(manager, opened, name, body, pointer, code):
    answer = post(manager, f"rounds/{opened.pk}/steps/{name}/", body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert answer.json()["detail"]


def test_refusals_come_in_order(client, manager, opened):
    planned = Round.objects.create(fiscal_year=2572, name_th="วางแผน")
    stranger = api(person())
    reader = api(person(Role.PROGRAMME_MANAGER), can_write=False)
    bad = {"reason": 5}
    stale = {"If-Match": '"9"'}

    def code(answer):
        return answer.status_code, answer.json()["code"]

    assert code(post(client, f"rounds/{planned.pk}/steps/cancel/", bad)) == (401, "not_authenticated")
    assert code(post(stranger, f"rounds/{planned.pk}/steps/cancel/", bad)) == (404, "not_found")
    assert code(post(manager, f"rounds/{opened.pk}/steps/fly/", bad)) == (404, "unknown_step")
    assert code(post(stranger, f"rounds/{opened.pk}/steps/cancel/", bad)) == (403, "not_permitted")
    assert code(post(reader, f"rounds/{opened.pk}/steps/cancel/", bad)) == (403, "read_only_token")
    assert code(post(manager, f"rounds/{opened.pk}/steps/cancel/", bad, **stale)) == (400, "invalid")
    assert code(post(manager, f"rounds/{opened.pk}/steps/close/", {}, **stale)) == (412, "version_changed")
    assert code(post(manager, f"rounds/{opened.pk}/steps/close/")) == (409, "too_early")
    opened.refresh_from_db()
    assert (opened.state, opened.version) == ("open", 1)


def test_refused_step_tells_the_state_and_the_facts(manager, opened):
    answer = post(manager, f"rounds/{opened.pk}/steps/finish/")
    planned = Round.objects.create(fiscal_year=2572, name_th="วางแผน")
    incomplete = post(manager, f"rounds/{planned.pk}/steps/open/")

    assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (409, "wrong_state", "open")
    assert answer.json()["status"] == 409
    assert answer.json()["trace_id"] == answer["X-Request-ID"]
    assert incomplete.json()["code"] == "incomplete" and incomplete.json()["missing"]


def test_write_by_session_needs_the_csrf_token(opened):
    user = person(Role.PROGRAMME_MANAGER)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    browser.get("/account/")
    token = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    path = f"rounds/{opened.pk}/steps/cancel/"

    refused = post(browser, path, {"reason": "ก", "csrfmiddlewaretoken": token["X-CSRFToken"]})
    taken = post(browser, path, {"reason": "ก"}, **token)

    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert (taken.status_code, taken.json()["state"]) == (200, "cancelled")


# Versions


def test_change_needs_the_version_that_was_seen(manager, opened):
    path = f"rounds/{opened.pk}/"
    seen = manager.get(f"/api/try/{path}")
    assert seen["ETag"] == '"1"'

    missing = patch(manager, path, {"name_th": "ใหม่"})
    invalid = patch(manager, path, {"name_th": 5})
    first = patch(manager, path, {"name_th": "ใหม่"}, **{"If-Match": seen["ETag"]})
    second = patch(manager, path, {"name_th": "อื่น"}, **{"If-Match": seen["ETag"]})
    weak = patch(manager, path, {"name_th": "อื่น"}, **{"If-Match": 'W/"2"'})

    assert (missing.status_code, missing.json()["code"]) == (428, "version_required")
    assert invalid.status_code == 400
    assert (first.status_code, first["ETag"], first.json()["version"]) == (200, '"2"', 2)
    assert (second.status_code, second.json()["version"], second["ETag"]) == (412, 2, '"2"')
    assert weak.status_code == 412
    opened.refresh_from_db()
    assert (opened.name_th, opened.version) == ("ใหม่", 2)


def test_unchanged_case_is_304(manager, opened):
    answer = manager.get(f"/api/try/rounds/{opened.pk}/", headers={"If-None-Match": '"1"'})
    changed = manager.get(f"/api/try/rounds/{opened.pk}/", headers={"If-None-Match": '"0", W/"2"'})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", '"1"')
    assert changed.status_code == 200


def test_rows_of_a_case_change_its_version(manager, opened):
    made = post(manager, f"rounds/{opened.pk}/themes/", {"code": "a", "name_th": "น้ำ", "max_baht": "50.5"})
    path = f"rounds/{opened.pk}/themes/{made.json()['id']}/"
    missing = patch(manager, path, {"name_th": "ไฟ"})
    changed = patch(manager, path, {"name_th": "ไฟ"}, **{"If-Match": made["ETag"]})
    stale = manager.delete(f"/api/try/{path}", headers={"If-Match": made["ETag"]})
    gone = manager.delete(f"/api/try/{path}", headers={"If-Match": changed["ETag"]})

    assert (made.status_code, made["ETag"], made.json()["max_baht"]) == (201, '"2"', "50.50")
    assert missing.status_code == 428
    assert (changed.status_code, changed["ETag"]) == (200, '"3"')
    assert (stale.status_code, gone.status_code) == (412, 204)
    opened.refresh_from_db()
    assert (opened.version, opened.themes.count()) == (4, 0)


def test_rows_under_an_unseen_case_are_404(opened):
    planned = Round.objects.create(fiscal_year=2572, name_th="วางแผน")
    theme = FocusTheme.objects.create(round=planned, code="secret", name_th="ลับ")
    stranger = api(person())

    for path in ["themes/", f"themes/{theme.pk}/"]:
        assert stranger.get(f"/api/try/rounds/{planned.pk}/{path}").status_code == 404
        assert stranger.get(f"/api/try/rounds/{opened.pk}/themes/{theme.pk}/").status_code == 404
    assert post(stranger, f"rounds/{planned.pk}/themes/", {}).status_code == 404
    assert post(stranger, f"rounds/{opened.pk}/themes/", {}).status_code == 403


# What is written


def test_model_is_asked_before_anything_is_saved(manager):
    body = {"name_th": "รอบ", "fiscal_year": 2571, "opens_at": "2027-01-02T00:00:00+07:00"}
    later = post(manager, "rounds/", {**body, "closes_at": "2027-01-01T00:00:00+07:00"})
    made = post(manager, "rounds/", {**body, "ceiling_baht": "๑๒๐.๕"})
    again = post(manager, "rounds/", body)

    assert later.status_code == 400 and [error["pointer"] for error in later.json()["errors"]] == [""]
    assert made.status_code == 201
    assert (made.json()["ceiling_baht"], made.json()["created_by"]) == (
        "120.50",
        Round.objects.get().created_by.username,
    )
    assert again.status_code == 400
    assert Round.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name_th", 5), ("name_th", True), ("name_th", ["a"]), ("name_th", None), ("name_th", "ก" * 201),
        ("name_th", ""), ("fiscal_year", True), ("fiscal_year", "2571"), ("fiscal_year", 1.5), ("fiscal_year", -1),
        ("fiscal_year", 2**62), ("fiscal_year", {}),
        ("accepts_expected_plan", 1), ("accepts_expected_plan", "true"), ("accepts_expected_plan", "on"),
        ("ceiling_baht", True), ("ceiling_baht", "1e3"), ("ceiling_baht", "-1"), ("ceiling_baht", "1.005"),
        ("ceiling_baht", "1,000"), ("ceiling_baht", "1_000"), ("ceiling_baht", "Infinity"), ("ceiling_baht", ""),
        ("ceiling_baht", "9" * 30), ("ceiling_baht", [1]), ("ceiling_baht", "+1"),
        ("closes_at", "2027-01-01"), ("closes_at", "2027-01-01T00:00:00"), ("closes_at", 5),
        ("closes_at", "2570-01-01T00:00:00+07:00"), ("closes_at", "0001-01-01T00:00:00+14:00"),
        ("review_due_on", "2570-01-01"), ("review_due_on", "01/02/2027"), ("review_due_on", 20270101),
        ("state", "open"), ("version", 7), ("id", "1"), ("created_by", "operator"), ("nonsense", 1), ("pk", 1),
    ],
)  # fmt: skip
def test_wrong_values_are_400_with_a_pointer(manager, field, value):
    body = {"name_th": "รอบ", "fiscal_year": 2571, field: value}

    answer = post(manager, "rounds/", body)

    assert answer.status_code == 400, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
    assert not Round.objects.exists()


@pytest.mark.parametrize(
    ("number", "status", "kept"),
    [("12", 201, "12.00"), ("12.5", 201, "12.50"), ("1e3", 400, None), ("1E0", 400, None), ("0.001", 400, None)],
)
def test_money_as_json_number_has_no_exponent(manager, number, status, kept):
    body = f'{{"name_th": "รอบ", "fiscal_year": 2571, "ceiling_baht": {number}}}'

    answer = manager.post("/api/try/rounds/", body, content_type="application/json")

    assert (answer.status_code, answer.json().get("ceiling_baht")) == (status, kept)


# Idempotency


def test_key_replays_the_first_answer(manager):
    body = {"name_th": "รอบ", "fiscal_year": 2571}

    first = post(manager, "rounds/", body, **{"Idempotency-Key": "k1"})
    again = post(manager, "rounds/", body, **{"Idempotency-Key": "k1"})
    other = post(manager, "rounds/", {**body, "fiscal_year": 2572}, **{"Idempotency-Key": "k1"})
    fresh = post(manager, "rounds/", {**body, "fiscal_year": 2573}, **{"Idempotency-Key": "k2"})

    assert (first.status_code, again.status_code, fresh.status_code) == (201, 201, 201)
    assert (again.content, again["Content-Type"], again["ETag"]) == (
        first.content,
        first["Content-Type"],
        first["ETag"],
    )
    assert again["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert Round.objects.count() == 2


def test_keys_belong_to_a_person_and_a_path(manager, opened):
    colleague = api(person(Role.PROGRAMME_MANAGER))
    body = {"reason": "ก"}
    other = Round.objects.create(fiscal_year=2572, name_th="อื่น", state=RoundState.OPEN)
    key = {"Idempotency-Key": "same"}

    first = post(manager, f"rounds/{opened.pk}/steps/cancel/", body, **key)
    elsewhere = post(manager, f"rounds/{other.pk}/steps/cancel/", body, **key)
    theirs = post(colleague, f"rounds/{opened.pk}/steps/cancel/", body, **key)
    again = post(manager, f"rounds/{opened.pk}/steps/cancel/", body, **key)

    assert (first.status_code, elsewhere.status_code, again.status_code) == (200, 200, 200)
    assert (theirs.status_code, theirs.json()["code"]) == (409, "wrong_state")
    assert again.content == first.content
    assert IdempotencyKey.objects.count() == 2


def test_refusals_are_not_stored(manager, opened):
    key = {"Idempotency-Key": "k"}

    early = post(manager, f"rounds/{opened.pk}/steps/close/", **key)
    Round.objects.filter(pk=opened.pk).update(closes_at=clock.now())
    later = post(manager, f"rounds/{opened.pk}/steps/close/", **key)

    assert (early.status_code, later.status_code) == (409, 200)


def test_keys_are_kept_a_day(manager):
    key = {"Idempotency-Key": "k"}
    body = {"name_th": "รอบ", "fiscal_year": 2571}

    first = post(manager, "rounds/", body, **key)
    with clock.at(clock.now() + timedelta(hours=24, minutes=1)):
        later = post(manager, "rounds/", body, **key)
        fresh = post(manager, "rounds/", {**body, "fiscal_year": 2572}, **key)

    assert first.status_code == 201
    assert (later.status_code, fresh.status_code) == (400, 201)
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "ก".encode().decode("latin-1")])
def test_odd_keys_are_400(manager, key):
    answer = post(manager, "rounds/", {}, **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


def test_failure_leaves_neither_effect_nor_answer(manager, opened, monkeypatch):
    def crash(self, response):
        raise RuntimeError("the machine went away")

    monkeypatch.setattr("portal.api.idempotency.Attempt.keep", crash)
    with pytest.raises(RuntimeError):
        post(manager, f"rounds/{opened.pk}/steps/cancel/", {"reason": "ก"}, **{"Idempotency-Key": "k"})
    monkeypatch.undo()

    opened.refresh_from_db()
    assert (opened.state, IdempotencyKey.objects.count()) == ("open", 0)
    assert (
        post(manager, f"rounds/{opened.pk}/steps/cancel/", {"reason": "ก"}, **{"Idempotency-Key": "k"}).status_code
        == 200
    )
