"""What belongs to one office is not there for another: on no page, in no file, list or search, for no program."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from budgets.models import Proposal
from portal.models import Event
from portal.roles import Role
from tests.factories.budgets import Story
from tests.factories.people import person
from tests.factories.places import local_government
from tests.hostile import operations_under, program_of

pytestmark = pytest.mark.django_db
MARK, PART = "เครื่องหมายลับของสำนักงานแรก", "หมายลับของสำนัก"


def addresses(key, patterns=None, before="/"):
    """Every page address under a case, with `key` in the place of each key."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(key, one.url_patterns, here)
        elif here.startswith("/budgets/proposals/<"):
            yield re.sub(r"<(\w+):\w+>", lambda found: str(key) if found[1] == "int" else "items", here)


@pytest.fixture
def case():
    """A submitted case that says its mark wherever an office writes."""
    story = Story().to("submitted")
    row = {"title_th": MARK, "rationale": MARK}
    Proposal.objects.filter(pk=story.proposal.pk).update(**row)
    story.proposal.items.update(description=MARK)
    return story.proposal


@pytest.fixture
def strangers():
    """Those who do the same work elsewhere."""
    place = local_government()
    local = [Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE, Role.LOCAL_AUDITOR]
    return [*(person(role, at=place) for role in local), person(Role.PROVINCIAL_OFFICER, at=place.province), person()]


def test_no_page_shows_or_changes_anothers_case(case, strangers):
    before, found, events = set(addresses(case.pk)), [], Event.objects.count()
    row = Proposal.objects.filter(pk=case.pk).values().get()

    for number, path in enumerate(sorted(before)):
        client = Client(raise_request_exception=False)
        client.force_login(strangers[number % len(strangers)])
        for answer in (client.get(path), client.post(path, {"title_th": "x", "local_government": "1"})):
            if answer.status_code not in {403, 404, 405} or MARK in answer.content.decode():
                found.append((path, answer.status_code))

    assert len(before) > 25 and found == []
    assert Proposal.objects.filter(pk=case.pk).values().get() == row and Event.objects.count() == events


def test_no_list_search_or_file_names_anothers_case(case, strangers):
    paths = [
        "/", "/budgets/proposals/", f"/budgets/proposals/?q={PART}", "/budgets/proposals/?format=csv",
        f"/search/?q={PART}",        f"/search/?q={case.number}", "/notices/", "/jobs/",
        f"/local-governments/{case.local_government_id}/",
        f"/api/v1/proposals/?q={case.number}", "/api/v1/proposals/?format=csv", "/api/v1/tasks/", "/api/v1/events/",
    ]  # fmt: skip
    found = []

    for stranger in strangers:
        client = Client(raise_request_exception=False)
        client.force_login(stranger)
        for path in paths:
            answer = client.get(path)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if MARK in body.decode():
                found.append((path, stranger.username))

    assert found == []


def test_no_address_of_the_api_answers_to_another_office(case, strangers):
    officer, found = program_of(strangers[0]), []
    for method, path in operations_under("/api/v1/proposals/{"):
        here = re.sub(r"\{[a-z_]+\}", str(case.pk), path)
        answer = getattr(officer, method)(here, **({} if method == "get" else {"content_type": "application/json"}))
        if answer.status_code != 404 or MARK in answer.content.decode():
            found.append((method, here, answer.status_code))

    assert found == []
