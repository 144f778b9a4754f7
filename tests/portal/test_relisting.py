"""A national list against the register: what differs, who is who under a new code or name, and what is accepted."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal import clock, jobs
from portal.models import LocalGovernment, NationalList, PlaceChange, StoredFile, Succession
from portal.register import changes, relisting, relisting_views
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import district, local_government

pytestmark = pytest.mark.django_db
WHEN = {"gazette_ref": "เล่ม 143 ตอน 9"}
TOWNS = ("ท่าเรือ", "ท่าศาลา", "ท่าใหม่", "ท่าแพ", "ท่าช้าง")


@pytest.fixture
def dla():
    return person(Role.DLA_OFFICER)


@pytest.fixture
def towns():
    """Five subdistrict municipalities of one district, by the order of TOWNS."""
    where = district()
    return [
        local_government(
            district=where, kind="subdistrict_municipality", code=f"0581000{number}", base_name_th=name
        )
        for number, name in enumerate(TOWNS, start=1)
    ]  # fmt: skip


def present():
    out = io.StringIO()
    relisting.present_list(out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def as_file(rows, name="list.csv"):
    out = io.StringIO()
    writer = csv.DictWriter(out, relisting.HEAD)
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile(name, out.getvalue().encode("utf-8-sig"))


def found(comparison):
    return {group: [one.name for one in rows] for group, rows in comparison.groups.items() if rows}


def altered(rows):
    """The list with one of each: a new name, a new kind under a new code, one gone, one new, one better website."""
    rows[0] |= {"name_th": "เทศบาลตำบลท่าเรือใหญ่", "base_name_th": "ท่าเรือใหญ่"}
    rows[1] |= {"lgo_code": "04810099", "type_code": "MUEANG", "name_th": "เทศบาลเมืองท่าศาลา"}
    rows[2] |= {"website": "https://thamai.go.th"}
    new = rows[3] | {"lgo_code": "05810088", "name_th": "เทศบาลตำบลท่าฉาง", "base_name_th": "ท่าฉาง"}
    return [*rows[:4], new]


def test_register_given_back_as_a_list_differs_in_nothing(client, dla, towns):
    client.force_login(dla)
    file = SimpleUploadedFile("list.csv", client.get(reverse("present-list")).content)

    page = client.get(client.post(reverse("national-lists"), {"file": file})["Location"])

    comparison = page.context["comparison"]
    assert (comparison.rows, comparison.same, found(comparison)) == (5, 5, {})


def test_one_of_each_difference_is_recognised_and_nobody_twice(dla, towns):
    comparison = relisting.compare(relisting.upload(as_file(altered(present())), by=dla))

    assert found(comparison) == {
        "renamed": ["เทศบาลตำบลท่าเรือ"],
        "upgraded": ["เทศบาลตำบลท่าศาลา"],
        "corrected": ["เทศบาลตำบลท่าใหม่"],
        "added": ["เทศบาลตำบลท่าฉาง"],
        "vanished": ["เทศบาลตำบลท่าช้าง"],
    }
    assert LocalGovernment.objects.count() == 5 and not PlaceChange.objects.exists()


def test_rows_are_accepted_one_by_one_then_all_and_each_settles_its_difference(client, dla, towns):
    client.force_login(dla)
    page = client.post(reverse("national-lists"), {"file": as_file(altered(present()))})["Location"]
    given = WHEN | {"on": clock.today().isoformat()}

    nothing = client.post(page, given)
    one = client.post(page, given | {"row": "upgraded:04810099"})
    again = client.post(page, given | {"row": "upgraded:04810099"})
    for group in ("renamed", "added", "corrected", "vanished"):
        client.post(page, given | {"all": group})

    assert (nothing.status_code, one.status_code, again.status_code) == (400, 302, 400)
    left = client.get(page).context["comparison"]
    assert (left.same, found(left)) == (5, {})
    town = Succession.objects.get(kind="upgraded").to_local_government
    assert (town.kind, town.code, town.lineage) == ("town_municipality", "04810099", [towns[1].pk])
    assert LocalGovernment.objects.active(clock.today()).count() == 5
    assert set(PlaceChange.objects.values_list("source", flat=True)) == {NationalList.objects.get().pk}


def test_many_are_accepted_by_a_worker(client, dla, towns, monkeypatch):
    monkeypatch.setattr(relisting_views, "MANY", 0)
    client.force_login(dla)
    page = client.post(reverse("national-lists"), {"file": as_file(altered(present()))})["Location"]
    given = WHEN | {"on": clock.today().isoformat()}

    asked = client.post(page, given | {"all": "corrected"})
    done = jobs.run_next()
    too_late = client.post(page, given | {"row": "corrected:05810003"})
    refused = jobs.run_next()

    towns[2].refresh_from_db()
    assert (asked["Location"], done.state) == (done.get_absolute_url(), "done")
    assert (towns[2].website, too_late.status_code, refused.state) == ("https://thamai.go.th", 302, "failed")


def test_accepted_for_a_day_to_come_waits_and_is_shown_as_waiting(dla, towns):
    national = relisting.upload(as_file(altered(present())), by=dla)
    on = clock.today() + timedelta(days=20)

    counts = relisting.accept(national, ["renamed:05810001", "added:05810088"], by=dla, on=on, **WHEN)

    waiting = [one.name for one in relisting.compare(national) if one.waiting]
    assert (counts, waiting) == ((0, 2), ["เทศบาลตำบลท่าฉาง", "เทศบาลตำบลท่าเรือ"])


def test_one_that_cannot_be_accepted_keeps_all_from_it_and_says_why(client, dla, towns):
    client.force_login(dla)
    page = client.post(reverse("national-lists"), {"file": as_file(altered(present()))})["Location"]
    on = clock.today() + timedelta(days=20)
    changes.announce("add", by=dla, name_th="เทศบาลตำบลอื่น", new_kind="sao", code="05810088",
                     district=towns[0].district, on=on, **WHEN)  # fmt: skip

    answer = client.post(page, WHEN | {"on": clock.today().isoformat(), "row": ["renamed:05810001", "added:05810088"]})

    assert (answer.status_code, Succession.objects.count()) == (400, 0)


def test_list_older_than_the_register_brings_nothing_back(dla, towns):
    old_list = relisting.upload(as_file(present()), by=dla)
    for place, change in ((towns[0], {"name_th": "เทศบาลตำบลท่าเรือใหญ่", "code": "05810071"}), (towns[1], {})):
        kind = "rename" if change else "close"
        changes.announce(kind, by=dla, place=place, on=clock.today(), **WHEN, **change)

    comparison = relisting.compare(old_list)

    assert found(comparison) == {"behind": ["เทศบาลตำบลท่าเรือใหญ่", "เทศบาลตำบลท่าศาลา"]}


def test_same_place_under_a_strange_code_is_the_same_and_two_of_a_name_are_left_to_people(dla, towns):
    rows = present()
    rows[0]["lgo_code"] = "05810061"
    rows[1] |= {"lgo_code": "05810062", "base_name_th": "ท่าช้าง", "name_th": "เทศบาลตำบลท่าช้าง"}
    rows[4]["lgo_code"] = "05810063"

    comparison = relisting.compare(relisting.upload(as_file(rows), by=dla))

    assert [one.place for one in comparison.groups["renamed"]] == [towns[0]]
    assert [one.listed.code for one in comparison.groups["unclear"]] == ["05810062", "05810063"]
    assert comparison.groups["added"] == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda rows: rows[1].update(type_code="VILLAGE"), "บรรทัด 3: type_code 'VILLAGE'"),
        (lambda rows: rows[2].update(lgo_code="1"), "บรรทัด 4: lgo_code '1'"),
        (lambda rows: rows[0].update(district_code="9999"), "บรรทัด 2: ไม่รู้จัก district_code '9999'"),
    ],
)
def test_broken_file_names_its_lines_and_leaves_nothing(client, dla, towns, spoil, reason):
    rows = present()
    spoil(rows)
    client.force_login(dla)

    answer = client.post(reverse("national-lists"), {"file": as_file(rows)})

    assert (answer.status_code, len(answer.context["problems"])) == (400, 1)
    assert reason in answer.context["problems"][0]
    assert (NationalList.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_file_that_is_no_list_and_people_who_may_not_are_refused(client, dla, towns):
    client.force_login(dla)
    binary = client.post(reverse("national-lists"), {"file": SimpleUploadedFile("list.csv", b"\xff\xfe\x00x")})
    client.force_login(person(Role.PROVINCIAL_OFFICER, at=towns[0].province))

    assert binary.status_code == 400
    assert client.get(reverse("national-lists")).status_code == 403


def test_list_is_compared_and_accepted_over_the_api(client, dla, towns):
    client.force_login(dla)
    made = client.post("/api/v1/national-lists/", {"file": as_file(altered(present()))})
    broken = present()
    broken[0]["type_code"] = "VILLAGE"
    refused = client.post("/api/v1/national-lists/", {"file": as_file(broken)})
    address = f"/api/v1/national-lists/{made.json()['id']}"
    found = client.get(f"{address}/differences/").json()
    given = WHEN | {"rows": ["renamed:05810001"], "on": clock.today().isoformat()}

    first = client.post(f"{address}/accept/", given, content_type="application/json")
    again = client.post(f"{address}/accept/", given, content_type="application/json")
    client.force_login(person(Role.PROVINCIAL_OFFICER, at=towns[0].province))

    assert (made.status_code, refused.status_code, NationalList.objects.count()) == (201, 400, 1)
    assert (found["rows"], found["same"], len(found["results"])) == (5, 1, 5)
    assert found["results"][0]["key"] == "added:05810088"
    assert (first.json(), again.status_code) == ({"in_effect": 1, "waiting": 0}, 409)
    assert client.get(f"{address}/differences/").status_code == 403
