"""A local government is upgraded or merged: people and open cases follow, history keeps the old name."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal, RoundTotal
from portal import clock, succeeding
from portal.errors import Refused
from portal.models import Succession
from tests.factories.budgets import Office, Story
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db
UPGRADE = {"name_th": "เทศบาลเมืองใหม่", "kind": "city_municipality", "code": "03990001", "gazette_ref": "เล่ม 143 ตอน 1"}


def test_upgrade_by_page_takes_people_and_open_cases_along(client):
    story = Story().to("verified")
    ended = Story(story.round, office=story.office, agencies=story.agencies)
    ended.take("discard", story.office.officer)
    old = story.office.place
    client.force_login(story.agencies.dla)

    answer = client.post(reverse("local-government-change", args=[old.pk]), UPGRADE)

    new = Succession.objects.get(from_local_government=old).to_local_government
    old.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, new.get_absolute_url())
    assert (old.active_to, new.active_from, new.former_name_th) == (clock.today(), clock.today(), old.name_th)
    assert set(Proposal.objects.values_list("pk", "local_government")) == {
        (story.proposal.pk, new.pk), (ended.proposal.pk, old.pk)
    }  # fmt: skip
    for one in (story.office.executive, story.office.officer):
        one.__dict__.pop("_memberships", None)
    signed = PROPOSAL.take(Proposal.objects.get(pk=story.proposal.pk), "submit", by=story.office.executive)
    assert (signed.state, signed.number[:9]) == ("submitted", f"P{story.round.fiscal_year}-{new.province.code}-")
    kinds = set(RoundTotal.objects.filter(proposals__gt=0).values_list("kind", "state"))
    assert kinds == {("city_municipality", "submitted"), (old.kind, "discarded")}
    assert old.name_th in client.get(new.get_absolute_url()).text


def test_merger_goes_into_one_that_is_there(client):
    story = Story()
    into = local_government(district=story.office.place.district)
    client.force_login(story.agencies.dla)

    page = reverse("local-government-change", args=[story.office.place.pk]) + "?merge=1"
    answer = client.post(page, {"into": into.pk, "gazette_ref": "เล่ม 143"})
    again = client.post(page, {"into": into.pk, "gazette_ref": "เล่ม 143"})

    assert (answer.status_code, again.status_code) == (302, 400)
    assert Proposal.objects.get().local_government == into


def test_only_dla_records_it_and_never_ahead_of_its_day(client):
    story = Story()
    place = story.office.place
    client.force_login(story.office.province)

    assert client.get(reverse("local-government-change", args=[place.pk])).status_code == 403
    with pytest.raises(PermissionDenied):
        succeeding.upgrade(place, by=story.office.executive, **UPGRADE)
    with pytest.raises(ValidationError):
        succeeding.upgrade(place, by=story.agencies.dla, on=clock.today().replace(year=2099), **UPGRADE)
    with pytest.raises(ValidationError):
        succeeding.merge(place, by=story.agencies.dla, into=place, gazette_ref="x")
    succeeding.upgrade(place, by=story.agencies.dla, **UPGRADE)
    place.refresh_from_db()
    with pytest.raises(Refused):
        succeeding.merge(place, by=story.agencies.dla, into=Office().place, gazette_ref="x")


def test_code_that_is_taken_keeps_everything_as_it_was():
    story = Story()
    local_government(code=UPGRADE["code"])

    with pytest.raises(ValidationError):
        succeeding.upgrade(story.office.place, by=story.agencies.dla, **UPGRADE)

    assert not Succession.objects.exists()
    assert Proposal.objects.get().local_government == story.office.place
