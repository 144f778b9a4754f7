"""Keying a request into BBL or SOLA: the sheet as a spreadsheet reads it, and the number entered back."""

import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from budgets.models import Proposal
from portal.models import Event
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories.budgets import Office, Story, category
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return Story().to("in_request")


def sheets(answer):
    """{name: rows} of the workbook in an answer."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.parametrize(("route", "system", "head"), [("via_dla", "sola", True), ("direct_bb", "bbl", False)])
def test_sheet_holds_everything_that_is_keyed(client, story, route, system, head):
    category("subsidy.specific")
    Proposal.objects.filter(pk=story.proposal.pk).update(route=route, title_th="=1+1")
    client.force_login(story.office.officer)

    answer = client.get(reverse("budgets:keying-sheet", args=[story.proposal.pk]), headers={"Accept-Language": "en"})
    found = sheets(answer)

    request = {row[0]: row[1] for row in found["Request"]}
    assert f"{system}-{story.proposal.number}.xlsx" in answer["Content-Disposition"]
    assert (request["Project"], request["Requested (baht)"]) == ("=1+1", 1_000_000.0)
    assert ("Head of the State budget" in request) == head
    assert found["Items"][1][2:7] == ["สถานีวัดระดับน้ำ", 4.0, "สถานี", 250_000.0, 1_000_000.0]
    assert (len(found["Funding"]), len(found["Indicators"])) == (2, 2)
    assert Event.objects.filter(verb="proposal.keying_sheet", actor=story.office.officer).count() == 1


def test_number_is_kept_once_shown_and_found(story):
    officer, path = Program(story.office.officer), f"proposals/{story.proposal.pk}/"

    assert officer.post(f"{path}external-number/", {"number": " sola-๑๒ 34 "}).data["number"] == "SOLA-1234"
    assert [one["number"] for one in officer.get(path).data["external_numbers"]] == ["SOLA-1234"]
    assert [one["id"] for one in officer.get("proposals/", q="sola-1234").data["results"]] == [str(story.proposal.pk)]

    other = Story(Story().round).proposal  # another round: its state alone is changed
    Proposal.objects.filter(pk=other.pk).update(state="in_request", route=story.proposal.route)
    dla = Program(story.agencies.dla)
    Proposal.objects.filter(pk=other.pk).update(
        number="P2571-99-00077", first_submitted_at=story.proposal.first_submitted_at
    )
    assert code(dla.post(f"proposals/{other.pk}/external-number/", {"number": "SOLA-1234"}))[0] == 400
    assert dla.post(f"{path}external-number/", {"number": "SOLA-9"}).data["number"] == "SOLA-9"


def test_before_the_request_nothing_is_keyed():
    story = Story().to("in_review")
    answer = Program(story.office.officer).post(f"proposals/{story.proposal.pk}/external-number/", {"number": "1"})

    assert code(answer) == (409, "not_in_request")


def test_page_is_for_those_who_key(client, story):
    page = reverse("budgets:keying", args=[story.proposal.pk])
    statuses = {}
    for who in (story.office.officer, story.office.clerk, person(Role.AUDITOR), Office().officer):
        client.force_login(who)
        statuses[who] = client.post(page, {"number": ""}).status_code

    assert list(statuses.values()) == [400, 403, 403, 404]
    client.force_login(story.office.officer)
    assert client.post(page, {"number": "SOLA-7"}).status_code == 302
    assert "SOLA-7" in client.get(story.proposal.get_absolute_url()).content.decode()
