"""The register as people meet it: changes on record, names over time, search, reports of mistakes, and the API."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal import clock
from portal.models import LocalGovernment, Notice, PlaceChange, PlaceReport
from portal.register import changes
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government, merged

pytestmark = pytest.mark.django_db
GAZETTE = {"gazette_ref": "เล่ม 143 ตอน 1"}


@pytest.fixture
def dla():
    return person(Role.DLA_OFFICER)


@pytest.fixture
def renamed(dla):
    """(the old one, the new one): บ้านเก่า has been บ้านใหม่ since ten days ago."""
    old = local_government(name_th="เทศบาลตำบลบ้านเก่า", base_name_th="บ้านเก่า", code="05810001")
    on = clock.today() - timedelta(days=10)
    change = changes.announce("rename", by=dla, place=old, name_th="เทศบาลตำบลบ้านใหม่", on=on, **GAZETTE)
    old.refresh_from_db()
    return old, change.into


def names(answer):
    return [row["name_th"] for row in answer.json()["results"]]


def test_new_one_is_added_by_page_and_one_of_a_day_to_come_is_not_there_yet(client, dla):
    district = local_government().district
    client.force_login(dla)
    page = f"{reverse('place-add')}?province={district.province.code}"
    given = {"name_th": "เทศบาลตำบลตั้งใหม่", "new_kind": "subdistrict_municipality", "district": district.pk, **GAZETTE}

    chosen = client.get(reverse("place-add"))
    taken = client.post(page, given | {"code": "05810077", "on": clock.today().isoformat()})
    later = client.post(page, given | {"code": "05810078", "on": (clock.today() + timedelta(days=9)).isoformat()})
    twice = client.post(page, given | {"code": "05810077", "on": clock.today().isoformat()})

    made = LocalGovernment.objects.get(name_th="เทศบาลตำบลตั้งใหม่")
    assert (chosen.status_code, taken["Location"], later.status_code) == (200, made.get_absolute_url(), 302)
    assert (made.base_name_th, made.short_name_th, made.code) == ("ตั้งใหม่", "ทต.ตั้งใหม่", "05810077")
    assert (twice.status_code, list(twice.context["form"].errors)) == (400, ["code"])
    assert PlaceChange.objects.waiting().get().code == "05810078"


def test_search_finds_the_old_name_and_says_what_it_is_called_now(client, renamed):
    old, new = renamed

    page = client.get(reverse("local-governments"), {"q": "บ้านเก่า"})
    everywhere = client.get(reverse("search"), {"q": "บ้านเก่า"})
    plain = client.get(reverse("local-governments"))

    assert {row.pk for row in page.context["rows"]} == {old.pk, new.pk}
    assert f"ปัจจุบันคือ {new.name_th}" in page.text and f"ปัจจุบันคือ {new.name_th}" in everywhere.text
    assert old.pk not in [row.pk for row in plain.context["rows"]]


def test_list_as_of_a_day_has_the_name_of_then_on_either_side_of_the_change(client, renamed):
    old, new = renamed
    before, since = old.active_to - timedelta(days=1), old.active_to

    def shown(day):
        page = client.get(reverse("local-governments"), {"as_of": day.isoformat(), "q": "บ้าน"})
        return [row.pk for row in page.context["rows"]]

    assert (shown(before), shown(since)) == ([old.pk], [new.pk])
    assert names(client.get(f"/api/v1/local-governments/?as_of={before}&q=บ้าน")) == [old.name_th]
    assert names(client.get(f"/api/v1/local-governments/?as_of={since}&q=บ้าน")) == [new.name_th]
    there = f"/api/v1/local-governments/{new.pk}/"
    assert client.get(f"{there}?as_of={before}").json()["name_th"] == old.name_th
    assert client.get(f"/api/v1/local-governments/{old.pk}/?as_of={since}").json()["name_th"] == new.name_th
    assert client.get(f"{there}?as_of=2569-01-01").status_code == 400
    assert client.get(f"{there}?as_of=yesterday").status_code == 400


def test_page_of_the_old_one_leads_on_and_of_the_new_one_back(client, renamed):
    old, new = renamed

    before, after = client.get(old.get_absolute_url()).text, client.get(new.get_absolute_url()).text

    assert new.get_absolute_url() in before and old.get_absolute_url() in after
    assert GAZETTE["gazette_ref"] in after


def test_api_tells_succession_former_names_and_another_etag_once_they_change(client, dla, renamed):
    old, new = renamed
    address = f"/api/v1/local-governments/{new.pk}/"
    first = client.get(address)
    same = client.get(address, headers={"If-None-Match": first["ETag"]})
    eaten = local_government(name_th="เทศบาลตำบลถูกรวม", district=old.district)
    merged(eaten, new, by=dla)

    then = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (same.status_code, then.status_code) == (304, 200)
    body = then.json()
    assert [(row["from_name_th"], row["kind"]) for row in body["succession"]] == [
        (old.name_th, "renamed"), (eaten.name_th, "merged")
    ]  # fmt: skip
    assert body["former_names"] == [
        {"local_government": str(old.pk), "name_th": old.name_th, "name_en": "", "kind": old.kind,
         "until": old.active_to.isoformat()}
    ]  # fmt: skip
    past = client.get(f"/api/v1/local-governments/{old.pk}/").json()
    assert (past["succeeded_by"], past["present"], body["present"]) == (str(new.pk), str(new.pk), str(new.pk))
    assert [code["code"] for code in body["codes"]] == ["05810001"]


def test_change_is_recorded_over_the_api_and_what_waits_is_for_dla_alone(client, dla):
    place = local_government()
    address, on = "/api/v1/place-changes/", (clock.today() + timedelta(days=3)).isoformat()
    given = {"kind": "rename", "place": str(place.pk), "name_th": "เทศบาลเมืองชื่อใหม่", "on": on, **GAZETTE}
    client.force_login(person(Role.PROVINCIAL_OFFICER, at=place.province))
    stranger = client.post(address, given, content_type="application/json")
    client.force_login(dla)

    made = client.post(address, given, content_type="application/json")
    again = client.post(address, given, content_type="application/json")
    lacking = client.post(address, given | {"kind": "merge"}, content_type="application/json")
    seen = client.get(address).json()["results"]
    client.logout()
    public = client.get(address).json()["results"]
    client.force_login(dla)
    back = client.post(f"{address}{made.json()['id']}/withdraw/", {}, content_type="application/json")
    gone = client.post(f"{address}{made.json()['id']}/withdraw/", {}, content_type="application/json")

    assert (stranger.status_code, made.status_code, again.status_code, lacking.status_code) == (403, 201, 400, 400)
    assert [row["pointer"] for row in lacking.json()["errors"]] == ["/into", "/name_th", ""]
    assert (len(seen), public, back.status_code, gone.status_code) == (1, [], 200, 404)


def test_changes_page_shows_what_is_in_effect_to_all_and_lets_dla_take_back_what_waits(client, dla, renamed):
    old, new = renamed
    on = clock.today() + timedelta(days=3)
    waiting = changes.announce("rename", by=dla, place=new, name_th="เทศบาลตำบลบ้านใหม่กว่า", on=on, **GAZETTE)
    public = client.get(reverse("place-changes"), {"show": "waiting"})
    client.force_login(dla)
    kept = client.get(reverse("place-changes"), {"show": "waiting"})

    client.post(reverse("place-change-withdraw", args=[waiting.pk]))

    assert [row.place for row in public.context["rows"]] == [old]
    assert [row.pk for row in kept.context["rows"]] == [waiting.pk]
    assert not PlaceChange.objects.waiting().exists()


def test_office_says_what_is_wrong_and_dla_answers(client, dla):
    place = local_government()
    clerk, stranger = person(Role.LOCAL_CLERK, at=place), person(Role.LOCAL_CLERK, at=local_government())
    client.force_login(clerk)
    told = client.post(reverse("place-report-new", args=[place.pk]), {"text": "เว็บไซต์ผิด"})
    again = client.post(reverse("place-report-new", args=[place.pk]), {"text": "เว็บไซต์ผิด"})
    sent = PlaceReport.objects.get()
    mine = client.post(sent.get_absolute_url(), {"answer": "x", "is_corrected": "1"})
    client.force_login(stranger)
    others = (
        client.get(sent.get_absolute_url()),
        client.post(reverse("place-report-new", args=[place.pk]), {"text": "x"}),
    )
    client.force_login(dla)
    waits = [task.url for task in changes.tasks_of(dla)]

    corrected = client.post(reverse("place-correct", args=[place.pk]), {
        "name_en": "Right Town", "website": "https://right.go.th", "district": place.district_id, "subdistrict": "",
        "lat": "", "lon": "",
    })  # fmt: skip
    empty = client.post(sent.get_absolute_url(), {"answer": " ", "is_corrected": "1"})
    client.post(sent.get_absolute_url(), {"answer": "แก้แล้ว", "is_corrected": "1"})

    sent.refresh_from_db()
    place.refresh_from_db()
    assert (told.status_code, again.status_code, mine.status_code, empty.status_code) == (302, 400, 403, 400)
    assert [answer.status_code for answer in others] == [404, 403]
    assert (waits, list(changes.tasks_of(dla))) == ([sent.get_absolute_url()], [])
    assert (corrected.status_code, place.name_en, place.website) == (302, "Right Town", "https://right.go.th")
    assert (sent.answer, sent.is_corrected, sent.answered_by) == ("แก้แล้ว", True, dla)
    assert Notice.objects.get(recipient=clerk, kind="place_report").url == sent.get_absolute_url()


def test_reports_over_the_api_are_ones_own_and_answered_once(client, dla):
    place = local_government()
    clerk = person(Role.LOCAL_CLERK, at=place)
    client.force_login(clerk)
    address = "/api/v1/place-reports/"
    made = client.post(
        address, {"local_government": str(place.pk), "text": "ชื่ออังกฤษผิด"}, content_type="application/json"
    )
    client.force_login(person(Role.LOCAL_CLERK, at=local_government()))
    hidden = client.get(address).json()["results"]
    client.force_login(dla)
    answer = f"{address}{made.json()['id']}/answer/"
    given = {"answer": "ถูกแล้ว", "is_corrected": False}

    first = client.post(answer, given, content_type="application/json")
    second = client.post(answer, given, content_type="application/json")

    assert (made.status_code, hidden) == (201, [])
    assert (first.status_code, first.json()["is_corrected"], second.status_code) == (200, False, 409)
    assert names_of_open(client.get(f"{address}?is_answered=false")) == []


def names_of_open(answer):
    return [row["id"] for row in answer.json()["results"]]
