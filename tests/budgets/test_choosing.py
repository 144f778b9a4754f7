"""An item that stands on the account of certified providers: chosen as of a day, watched from then on."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from budgets.inbox import tasks_of
from budgets.writing import choosing, completeness
from portal import clock
from portal.errors import Refused
from portal.registry import inbox
from providers.deciding import companies, impact
from tests.budgets.client import Program
from tests.factories.budgets import Office, Story
from tests.factories.providers import Company, Registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    story = Story().to("draft")
    registry = Registry()
    [listing] = Company(registry).listed()
    return story, registry, listing, story.proposal.items.get()


def codes(story):
    return [one.code for one in completeness.missing(type(story.proposal).objects.get(pk=story.proposal.pk))]


def test_choice_keeps_what_was_true_on_the_day(world):
    story, _registry, listing, item = world

    item = choosing.choose(item, listing, by=story.office.officer)

    assert (item.price_basis, item.price_reference) == ("registry", listing.certificate_no)
    assert item.listing_snapshot["status"] == "active"
    assert [one["price_baht"] for one in item.listing_snapshot["prices"]] == ["120000.00"]


def test_unit_price_above_the_listed_one_is_missing_something(world):
    story, _registry, listing, item = world

    choosing.choose(item, listing, by=story.office.officer)
    assert "price_above_listed" in codes(story)
    type(item).objects.filter(pk=item.pk).update(unit_price_baht=Decimal("120000.00"))

    assert "price_above_listed" not in codes(story)


def test_registry_as_basis_asks_for_the_listing(world):
    story, _registry, _listing, item = world

    type(item).objects.filter(pk=item.pk).update(price_basis="registry", price_reference="")

    assert "listing_missing" in codes(story)


def test_listing_that_lapses_warns_case_and_owner(world):
    story, registry, listing, item = world
    choosing.choose(item, listing, by=story.office.officer)
    assert choosing.warnings_of(story.proposal) == []
    stranger = Office()

    [case] = impact.of(listing)
    assert (case.title, case.people) == (story.proposal.title, (story.office.officer,))
    client = Client()
    client.force_login(listing.provider.representatives.get().user)
    asked = client.get(reverse("providers:step", args=["listings", listing.pk, "withdraw"]))
    assert [count for _kind, _place, count in asked.context["counts"]] == [1]
    assert case.title not in asked.text
    assert str(case.local_government) not in asked.text
    registry.suspend(listing)

    [warning] = choosing.warnings_of(story.proposal)
    assert listing.certificate_no in warning["text"]
    [task] = choosing.tasks_of(story.office.officer)
    assert (task.title, task.since.astimezone(clock.BANGKOK).date()) == (story.proposal.title, clock.today())
    assert choosing.tasks_of(stranger.officer) == []
    assert story.office.officer.notices.filter(kind="chosen_listing_changed").count() == 1
    assert len(inbox(story.office.officer)) > len(tasks_of(story.office.officer))


def test_company_that_ceases_warns_its_buyers_and_is_chosen_no_more(world):
    story, registry, listing, item = world
    choosing.choose(item, listing, by=story.office.officer)

    companies.note_status(listing.provider, "dissolved", clock.today(), by=registry.registrar)

    [warning] = choosing.warnings_of(type(story.proposal).objects.get(pk=story.proposal.pk))
    assert listing.certificate_no in warning["text"]
    assert len(choosing.tasks_of(story.office.officer)) == 1
    assert story.office.officer.notices.filter(kind="chosen_listing_changed").count() == 1
    assert choosing.search("ร้องเรียน") == []


def test_what_is_not_listed_today_cannot_be_chosen(world):
    story, registry, listing, item = world
    registry.suspend(listing)

    with pytest.raises(Refused) as refusal:
        choosing.choose(item, listing, by=story.office.officer)

    assert refusal.value.code == "not_choosable"
    assert choosing.search("ร้องเรียน") == []
    answer = Program(story.office.officer).patch(
        f"proposals/{story.proposal.pk}/items/{item.pk}/", {"listing": str(listing.pk)}, match="*"
    )
    assert (answer.status_code, [(error["pointer"], error["code"]) for error in answer.data["errors"]]) == (
        400,
        [("/listing", "not_choosable")],
    )


def test_page_finds_and_chooses(world, client):
    story, registry, listing, item = world
    client.force_login(story.office.officer)
    url = f"/budgets/proposals/{story.proposal.pk}/items/{item.pk}/"

    found = client.get(url, {"find": "ร้องเรียน"})
    assert f'value="choose-{listing.pk}"' in found.text
    chosen = client.post(url, {"action": f"choose-{listing.pk}"})

    assert chosen.status_code == 302
    item.refresh_from_db()
    assert item.listing == listing
    assert client.get(url).context["gone"] is None
    registry.suspend(listing)
    assert client.get(url).context["gone"]["text"] in client.get(url).text
    assert client.post(url, {"action": "choose-999999"}).status_code == 404
    client.post(url, {"action": "unchoose"})
    item.refresh_from_db()
    assert (item.listing, item.listing_snapshot) == (None, {})
