"""The public places, who I am, and the events."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from portal import clock
from portal.audit import record
from portal.models import ApiToken, District, Event, LocalGovernment, Province
from portal.roles import Role
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    krabi = Province.objects.create(code="81", name_th="กระบี่", name_en="Krabi", region="ใต้", policy_region="ใต้")
    tak = Province.objects.create(code="63", name_th="ตาก", name_en="Tak", region="เหนือ", policy_region="เหนือ")
    here = District.objects.create(code="8101", name_th="เมืองกระบี่", province=krabi)
    there = District.objects.create(code="6301", name_th="เมืองตาก", province=tak)
    town = LocalGovernment.objects.create(
        kind="town_municipality", name_th="เทศบาลเมืองกระบี่", short_name_th="ทม.กระบี่", base_name_th="กระบี่",
        province=krabi, district=here,
    )  # fmt: skip
    sao = LocalGovernment.objects.create(
        kind="sao", name_th="อบต.แม่ท้อ", short_name_th="อบต.แม่ท้อ", base_name_th="แม่ท้อ", province=tak, district=there
    )
    town.codes.create(scheme="dla", code="04810102")
    return {"krabi": krabi, "tak": tak, "town": town, "sao": sao}


def bearer(user, **kwargs):
    _row, token = ApiToken.make(user=user, name="test", **kwargs)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_provinces_are_listed_in_thai_order_for_everybody(client, places):
    answer = client.get("/api/v1/provinces/")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": str(places[key].pk),
                "code": places[key].code,
                "name_th": places[key].name_th,
                "name_en": places[key].name_en,
                "region": places[key].region,
                "policy_region": places[key].policy_region,
                "lat": None,
                "lon": None,
            }
            for key in ["krabi", "tak"]
        ],
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("province=81", ["เทศบาลเมืองกระบี่"]),
        ("kind=sao", ["อบต.แม่ท้อ"]),
        ("kind=sao&kind=town_municipality", ["เทศบาลเมืองกระบี่", "อบต.แม่ท้อ"]),
        ("q=กระบี่", ["เทศบาลเมืองกระบี่"]),
        ("code=04810102", ["เทศบาลเมืองกระบี่"]),
        ("ordering=-name", ["อบต.แม่ท้อ", "เทศบาลเมืองกระบี่"]),
        ("province=99", []),
    ],
)
def test_local_governments_narrow(client, places, query, names):
    answer = client.get(f"/api/v1/local-governments/?{query}")

    assert [row["name_th"] for row in answer.json()["results"]] == names


def test_a_local_government_has_its_codes_and_a_summary(client, places):
    answer = client.get(f"/api/v1/local-governments/{places['town'].pk}/")

    body = answer.json()
    assert body["codes"] == [{"scheme": "dla", "code": "04810102", "valid_from": None, "valid_to": None}]
    assert body["province"] == str(places["krabi"].pk)
    assert isinstance(body["summary"], dict)


def test_list_pages_by_cursor_with_count_on_request(client, places):
    first = client.get("/api/v1/provinces/?limit=1&count=true").json()
    second = client.get(first["next"]).json()
    back = client.get(second["previous"]).json()

    assert first["count"] == 2
    assert [row["code"] for row in first["results"]] == ["81"]
    assert [row["code"] for row in second["results"]] == ["63"]
    assert second["next"] is None
    assert back["results"] == first["results"]
    assert first["previous"] is None and back["previous"] is None


def test_public_answers_are_open_to_other_origins_and_tagged(client, places):
    answer = client.get("/api/v1/provinces/", headers={"Origin": "https://example.org"})
    again = client.get("/api/v1/provinces/", headers={"If-None-Match": answer["ETag"]})
    preflight = client.options("/api/v1/provinces/", headers={"Access-Control-Request-Method": "GET"})

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    assert again["Access-Control-Allow-Origin"] == "*"
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (204, "*")
    assert preflight["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_list_costs_the_same_for_one_row_and_three(client, places, django_assert_num_queries):
    for number in range(2):
        LocalGovernment.objects.create(
            kind="sao", name_th=f"อบต.ใหม่ {number}", short_name_th="ใหม่", base_name_th="ใหม่",
            province=places["tak"], district=places["sao"].district,
        )  # fmt: skip

    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/local-governments/?province=81").json()["results"]) == 1
    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/local-governments/?province=63").json()["results"]) == 3


def test_list_comes_as_csv_and_xlsx_whole(client, places):
    as_csv = client.get("/api/v1/provinces/?format=csv&limit=1")
    as_xlsx = client.get("/api/v1/provinces/?format=xlsx")

    lines = b"".join(as_csv.streaming_content).decode("utf-8").splitlines()
    assert lines[0].startswith("\ufeff")
    assert [line.split(",")[0] for line in lines[1:]] == ["81", "63"]
    assert b"".join(as_xlsx.streaming_content)[:2] == b"PK"
    assert 'filename="provinces.xlsx"' in as_xlsx["Content-Disposition"]


def test_missing_slash_is_forgiven_and_keeps_the_method(client):
    answer = client.get("/api/v1/provinces?limit=3")

    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/provinces/?limit=3")
    assert client.get("/api/v1/nothing").status_code == 404


def test_me_tells_the_roles_held_today(places):
    user = person(Role.LOCAL_OFFICER, at=places["town"], username="somjai")

    answer = bearer(user).get("/api/v1/me/")

    assert answer.json()["username"] == "somjai"
    assert answer.json()["may_write"] is False
    assert [(held["role"], held["local_government"]) for held in answer.json()["memberships"]] == [
        ("local_officer", str(places["town"].pk))
    ]


def test_events_are_for_auditors(places):
    user = person(Role.LOCAL_OFFICER, at=places["town"])
    event = record("place.looked_at", places["town"], by=user)

    seen = bearer(person(Role.AUDITOR)).get("/api/v1/events/?verb=place.looked_at")
    refused = bearer(user).get("/api/v1/events/")
    refused_one = bearer(user).get(f"/api/v1/events/{event.pk}/")

    assert [(row["id"], row["actor"], row["object_id"]) for row in seen.json()["results"]] == [
        (str(event.pk), user.username, str(places["town"].pk))
    ]
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert refused_one.status_code == 403


def test_export_of_what_is_not_public_is_on_record(places):
    auditor = person(Role.AUDITOR)

    answer = bearer(auditor).get("/api/v1/events/?format=csv&verb=x")

    assert answer.status_code == 200
    event = Event.objects.get(verb="list.exported")
    assert (event.actor, event.details) == (auditor, {"list": "/api/v1/events/?format=csv&verb=x", "rows": 0})


def test_answers_say_who_may_keep_them(client, places):
    public = client.get("/api/v1/provinces/")
    personal = bearer(person()).get("/api/v1/me/")
    mine = bearer(person()).get("/api/v1/provinces/")

    assert public["Cache-Control"] == "public, no-cache"
    assert (personal["Cache-Control"], mine["Cache-Control"]) == ("private, no-cache", "private, no-cache")
    assert "Authorization" in public["Vary"]


def test_no_credentials_is_401_with_a_challenge(client):
    answer = client.get("/api/v1/me/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_tokens_end(client):
    user = person()
    late, late_token = ApiToken.make(user=user, name="late", days=1)
    gone, gone_token = ApiToken.make(user=user, name="gone")
    gone.revoked_at = clock.now()
    gone.save()
    asleep = person()
    _row, asleep_token = ApiToken.make(user=asleep, name="asleep")
    asleep.is_active = False
    asleep.save()

    with clock.at(clock.now() + timedelta(days=2)):
        assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {late_token}"}).status_code == 401
    for token in [gone_token, asleep_token, "scp_unknown", "", "ก".encode().decode("latin-1")]:
        answer = client.get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


def test_token_use_is_noted_once_a_minute():
    row, token = ApiToken.make(user=person(), name="often")
    client = Client(headers={"Authorization": f"Bearer {token}"})
    start = clock.now()

    noted = []
    for seconds in [0, 59, 60, 61]:
        with clock.at(start + timedelta(seconds=seconds)):
            assert client.get("/api/v1/me/").status_code == 200
        row.refresh_from_db()
        noted.append((row.last_used_at - start).total_seconds())

    assert noted == [0, 0, 60, 60]


def test_session_works_too(client, places):
    user = person(username="by_session")
    client.force_login(user)

    assert client.get("/api/v1/me/").json()["username"] == "by_session"


def test_schema_describes_the_contract(client):
    schema = json.loads(client.get("/api/schema/").content)

    assert schema["openapi"].startswith("3.1")
    operation = schema["paths"]["/api/v1/local-governments/"]["get"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert {"limit", "cursor", "count", "ordering", "province", "kind", "q", "format"} <= names
    assert "application/problem+json" in operation["responses"]["400"]["content"]
    detail = schema["paths"]["/api/v1/local-governments/{id}/"]["get"]["parameters"]
    assert [p["schema"] for p in detail if p["in"] == "path"] == [{"type": "string"}]


def test_docs_relax_styles_only_there(client):
    docs = client.get("/api/docs/")
    schema = client.get("/api/schema/")

    assert docs.status_code == 200
    assert "style-src 'self' 'unsafe-inline'" in docs["Content-Security-Policy"]
    assert "unsafe-inline" not in schema["Content-Security-Policy"]
    assert b"<script>" not in docs.content
