"""The board of a province, and what helps an office on."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from budgets import helping
from budgets.models import Contact, Proposal
from portal import clock
from portal.errors import Refused
from portal.models import Notice
from portal.people import accounts
from portal.roles import Role
from tests.budgets.client import Program
from tests.factories.budgets import Office, Story
from tests.factories.people import person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db


def board(client, user, **query):
    client.force_login(user)
    return client.get(reverse("budgets:board"), query)


def row_of(answer, office):
    return next(row for row in answer.context["standings"] if row.office == office)


def test_board_shows_the_own_offices_with_posts_cases_and_whose_turn_it_is(client):
    story = Story().to("submitted")
    empty = local_government(province=story.office.place.province)
    elsewhere = Office()
    for name in ("สมชาย", "สมหญิง"):
        accounts.invite(by=story.office.province, role=Role.LOCAL_CLERK, full_name=name, local_government=empty)
    story.office.clerk.phone = "075-612345"
    story.office.clerk.save()

    answer = board(client, story.office.province)

    assert {row.office for row in answer.context["standings"]} == {story.office.place, empty}
    row = row_of(answer, story.office.place)
    (line,) = row.cases
    assert (row.absent, row.signer.user, row.callable) == ([], story.office.executive, story.office.clerk)
    assert (line.is_mine, line.is_open) == (True, True)
    assert story.office.place.province.name in line.who
    assert len(row_of(answer, empty).absent) == 3
    assert [(one.office, one.invited) for one in answer.context["standings"] if one.invited] == [(empty, 2)]
    asked = client.get(f"{reverse('invite')}?at={empty.pk}")
    assert (
        f"{reverse('invite')}?at={empty.pk}" in answer.text
        and asked.context["form"]["local_government"].value() == empty.pk
    )
    assert elsewhere.place.name not in answer.text


def test_draft_stays_the_office_s_own_until_it_is_shared(client):
    story = Story()
    case, province = story.proposal, story.office.province
    page = reverse("budgets:proposal", args=[case.pk])
    own = reverse("budgets:proposal-share", args=[case.pk])

    answer = board(client, province)
    (line,) = row_of(answer, story.office.place).cases
    assert (line.is_open, line.done, client.get(page).status_code) == (False, 11, 404)
    assert case.title_th not in answer.text

    client.force_login(story.office.officer)
    client.post(own)
    assert Notice.objects.filter(kind="draft_shared", recipient=province).count() == 1
    (line,) = row_of(board(client, province), story.office.place).cases
    assert (line.is_open, client.get(page).status_code) == (True, 200)
    assert Program(province).get(f"proposals/{case.pk}/").status_code == 200
    assert not Proposal.objects.visible_to(Office().province).filter(pk=case.pk).exists()
    assert not Proposal.objects.visible_to(story.agencies.dla).filter(pk=case.pk).exists()

    client.force_login(story.office.officer)
    client.post(own, {"hide": "1"})
    client.force_login(province)
    assert client.get(page).status_code == 404


def test_only_the_own_officers_share_and_only_drafts():
    story = Story()

    for stranger in (story.office.clerk, story.office.province, Office().officer):
        with pytest.raises(PermissionDenied):
            helping.share(story.proposal, by=stranger)
    story.to("submitted")
    with pytest.raises(Refused) as caught:
        helping.share(story.proposal, by=story.office.officer)
    assert caught.value.code == "already_submitted"


def test_reminder_goes_to_the_office_once_a_day(client):
    story = Story()
    place, round, province = story.office.place, story.round, story.office.province
    client.force_login(province)

    come_from = reverse("budgets:board") + "?q=เทศบาล"
    answer = client.post(reverse("budgets:office-remind", args=[place.pk, round.pk]), query_params={"next": come_from})

    assert (answer.status_code, unquote(answer.url)) == (302, come_from)
    told = set(Notice.objects.filter(kind="office_reminded").values_list("recipient", flat=True))
    assert told == {story.office.officer.pk, story.office.clerk.pk, story.office.executive.pk}
    with pytest.raises(Refused, match="."):
        helping.remind(place, round, by=province)
    with clock.at(clock.now() + timedelta(days=1)):
        helping.remind(place, round, by=province)
    assert Contact.objects.count() == 2


def test_contact_is_on_record_and_on_the_board(client):
    story = Story()
    client.force_login(story.office.province)
    page = reverse("budgets:office-contact", args=[story.office.place.pk, story.round.pk])

    answer = client.post(page, {"kind": "call", "note": "ปลัดจะส่งพรุ่งนี้"})

    assert answer.status_code == 302
    assert row_of(board(client, story.office.province), story.office.place).contact.note == "ปลัดจะส่งพรุ่งนี้"
    assert client.post(page, {"kind": "reminder"}).status_code == 400


def test_province_helps_no_other_s_offices(client):
    story, other = Story(), Office()
    client.force_login(other.province)

    assert client.get(reverse("budgets:board"), {"province": story.office.place.province.code}).status_code == 404
    assert client.post(
        reverse("budgets:office-contact", args=[story.office.place.pk, story.round.pk]), {"kind": "call"}
    ).status_code == 403  # fmt: skip
    with pytest.raises(PermissionDenied):
        helping.remind(story.office.place, story.round, by=other.province)
    client.force_login(story.office.officer)
    assert client.get(reverse("budgets:board")).status_code == 403


def test_board_narrows_and_leaves_as_a_file(client):
    story = Story()
    empty = local_government(province=story.office.place.province)

    narrowed = board(client, story.office.province, standing="no_account")
    file = board(client, person(Role.DLA_OFFICER), province=story.office.place.province.code, format="csv")

    assert [row.office for row in narrowed.context["standings"]] == [empty]
    assert empty.name_th in b"".join(file.streaming_content).decode()
