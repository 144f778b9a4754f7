"""The dashboard tells what the raw sums tell, to each person what they may know."""

import csv
import io
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.urls import reverse
from openpyxl import load_workbook

from budgets.models import Conflict, Proposal
from budgets.money.summary import AMOUNTS, summary
from budgets.views.dashboard import NarrowingForm
from portal.maps import province_paths
from portal.models import Province
from portal.roles import Role
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories():
    """Three cases of one round: one carried out, one recommended in it, one submitted only."""
    first = Story(amount=Decimal("100000.25"))
    others = [Story(round=first.round, agencies=first.agencies, amount=Decimal("50000.00")) for _ in range(2)]
    others[0].to("submitted")
    others[1].to("submitted")
    first.to("executing")
    return [first, *others]


def page_of(round, name="round-summary", **query):
    return reverse(f"budgets:{name}", args=[round.pk]), query


def lines_of(client, round, table):
    address, _query = page_of(round)
    answer = client.get(address, {"format": "csv", "table": table})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_totals_equal_the_raw_sums(client, stories):
    round = stories[0].round
    client.force_login(stories[0].agencies.manager)
    raw = Proposal.objects.filter(round=round).aggregate(**{name: Sum(name) for name in AMOUNTS})

    shown = client.get(page_of(round)[0]).context["found"].total

    assert shown.proposals == 3
    assert {name: shown.amounts[name] for name in AMOUNTS} == {name: raw[name] or 0 for name in AMOUNTS}


@pytest.mark.parametrize("table", ["theme", "province", "kind", "state"])
def test_every_table_sums_to_the_total_and_its_file_says_the_same(client, stories, table):
    round = stories[0].round
    client.force_login(stories[0].agencies.manager)

    page = client.get(page_of(round)[0])
    rows = lines_of(client, round, table)

    shown = next(one for one in page.context["tables"] if one["name"] == table)
    requested = sum(Decimal(row["ขอรับ (บาท)"]) for row in rows)
    assert [line["label"] for line in shown["lines"]] == [list(row.values())[table == "province"] for row in rows]
    assert requested == page.context["found"].total.requested_baht
    assert sum(line["proposals"] for line in shown["lines"]) == 3


def test_page_and_api_tell_the_same(client, stories):
    round = stories[0].round
    found = client.get(reverse("api:rounds-summary", args=[round.pk])).json()

    page = client.get(page_of(round)[0]).context["found"]

    assert found["requested_baht"] == str(page.total.requested_baht)
    assert found["allocated_baht"] == str(page.total.allocated_baht)
    assert [row["proposals"] for row in found["by_province"]] == [line.figures.proposals for line in page.by_province]


def test_recommendations_stay_inside_until_the_announcement(client):
    story = Story().to("recommended")
    address = page_of(story.round)[0]

    outside = client.get(address)
    client.force_login(story.office.officer)
    office = client.get(address)
    client.force_login(story.agencies.secretary)
    inside = client.get(address)

    assert "recommended_baht" not in outside.context["columns"]
    assert "recommended_baht" not in office.context["columns"]
    assert {line["label"] for one in office.context["tables"] if one["name"] == "state" for line in one["lines"]} == {
        "อยู่ระหว่างพิจารณา"
    }
    assert inside.context["found"].total.recommended_baht == Decimal(1000000)
    client.force_login(story.office.officer)
    assert {row["เห็นควรสนับสนุน (บาท)"] for row in lines_of(client, story.round, "theme")} == {""}


def test_figures_narrow_by_province(client, stories):
    first = stories[0]
    code = first.office.place.province.code

    page = client.get(page_of(first.round)[0], {"province": code})

    assert page.context["found"].total.proposals == 1
    assert page.context["found"].total.requested_baht == first.proposal.requested_baht
    form = NarrowingForm({"province": code}, round=first.round)
    assert form.narrowing() == {"province": code}


@pytest.mark.parametrize("query", [{"province": "xx"}, {"theme": "999999"}, {"kind": "village"}, {"theme": "x" * 40}])
def test_wrong_filter_is_said_and_breaks_nothing(client, stories, query):
    page = client.get(page_of(stories[0].round)[0], query)

    assert page.status_code == 200
    assert page.context["form"].errors


def test_numbers_lead_to_the_list_behind_them(client, stories):
    round = stories[0].round
    client.force_login(stories[0].agencies.manager)

    page = client.get(page_of(round)[0])
    for table in page.context["tables"]:
        for line in table["lines"]:
            listed = client.get(line["url"])
            assert listed.context["count"] == line["proposals"], (table["name"], line["label"])


def test_public_has_numbers_without_links_to_cases(client, stories):
    page = client.get(page_of(stories[0].round)[0])

    assert page.context["listed"] == ""
    assert reverse("budgets:proposal-list") not in page.content.decode()


def test_conflicted_person_is_not_told_of_the_case_in_sums(client, stories):
    first = stories[0]
    person_with_conflict = person(Role.COMMITTEE_MEMBER)
    Conflict.objects.create(proposal=first.proposal, person=person_with_conflict)
    client.force_login(person_with_conflict)

    shown = client.get(page_of(first.round)[0]).context["found"]

    assert shown.total.proposals == 2
    assert shown.total.allocated_baht == 0


def test_workbook_opens_and_holds_the_same_lines(client, stories):
    client.force_login(stories[0].agencies.manager)
    answer = client.get(page_of(stories[0].round)[0], {"format": "xlsx", "table": "kind"})

    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]

    assert [cell.value for cell in sheet[2]][:3] == ["เทศบาลเมือง", 3, 800001]
    assert client.get(page_of(stories[0].round)[0], {"format": "pdf"}).status_code == 404
    assert client.get(page_of(stories[0].round)[0], {"format": "csv", "table": "moon"}).status_code == 404


def test_map_shades_the_provinces_with_money_over_the_outlines_of_all(client, stories):
    first = stories[0]
    place = first.office.place.province
    Province.objects.filter(code="81").exclude(pk=place.pk).update(code="99")
    Province.objects.filter(pk=place.pk).update(code="81")

    page = client.get(page_of(first.round)[0])

    outlines = client.get(page.context["map_file"])
    assert {shape["code"]: shape["shade"] for shape in page.context["shapes"]}["81"] == 5
    assert f'href="{page.context["map_file"]}#p81"' in page.content.decode()
    assert '<tr id="province-81">' in page.content.decode()
    assert outlines["Content-Type"] == "image/svg+xml"
    assert "immutable" in outlines["Cache-Control"]
    assert outlines.content.count(b'<path id="p') == 77 == len(province_paths())


def test_empty_round_has_an_empty_dashboard(client):
    story = Story()

    page = client.get(page_of(story.round)[0])

    assert page.status_code == 200
    assert summary(story.round, story.agencies.manager).total.proposals == 0


def test_dashboard_asks_no_more_for_three_cases_than_for_one(client, django_assert_max_num_queries):
    story = Story().to("submitted")
    client.force_login(story.agencies.manager)
    client.get(page_of(story.round)[0])
    with django_assert_max_num_queries(60) as one:
        client.get(page_of(story.round)[0])
    for _ in range(2):
        Story(round=story.round, agencies=story.agencies).to("submitted")

    with django_assert_max_num_queries(len(one)):
        client.get(page_of(story.round)[0])
