"""A thousand questions about days past, each answered as the listing's own history has it."""

from datetime import timedelta
from random import Random

import pytest
from django.core.cache import cache

from portal import clock
from providers.deciding.listing_acts import remember
from providers.lifecycle import LISTING
from providers.models import Listing, Product, Provider
from providers.public.history import state_by_events
from providers.public.publishing import changing, touch
from providers.states import ListingState
from providers.tasks import record_ends
from tests.factories.providers import Registry, juristic_number
from tests.providers.register import get

pytestmark = [pytest.mark.django_db, pytest.mark.long]
LISTINGS, DAYS, QUESTIONS = 40, 200, 1000


def plant(number, days, by):
    """A listing made plainly today, for `days` days."""
    with changing():
        provider = Provider.objects.create(juristic_number=juristic_number(), name_th=f"บริษัท {number} จำกัด")
        product = Product.objects.create(provider=provider, name_th=f"ระบบ {number}", kind="saas")
        today = clock.today()
        listing = Listing.objects.create(
            provider=provider, product=product, certificate_no=f"DC2570-{number:05d}",
            valid_from=today, valid_until=today + timedelta(days=days),
        )  # fmt: skip
        remember(listing, "list", by=by)
        touch(listing)
    return listing.pk


def live(random, registry, began):
    """Two hundred days of the register: listings come, are halted, come back, end; the keys of all listings."""
    keys, moments = [], sorted(random.random() * DAYS for _number in range(250))
    for moment in moments:
        with clock.at(began + timedelta(days=moment)):
            if random.random() < 0.9:
                record_ends()
            if len(keys) < LISTINGS and random.random() < 0.4 or not keys:
                keys.append(plant(len(keys), random.randint(5, 150), registry.approver))
                continue
            listing = Listing.objects.get(pk=random.choice(keys))
            if listing.current_state == ListingState.ACTIVE:
                registry.revoke(listing) if random.random() < 0.15 else registry.suspend(listing)
            elif listing.current_state == ListingState.SUSPENDED:
                LISTING.take(listing, "reinstate", by=registry.approver, reason="แก้ไขแล้ว")
    return keys


def test_a_thousand_questions_agree_with_the_history():
    random, registry, began = Random(20261123), Registry(), clock.now()
    keys = live(random, registry, began)
    wrong, told = [], set()

    with clock.at(began + timedelta(days=DAYS)):
        for number in range(QUESTIONS):
            if number % 500 == 0:
                cache.clear()
            listing = Listing.objects.get(pk=random.choice(keys))
            day = clock.today() - timedelta(days=random.randint(0, DAYS))
            answer = get(f"listings/{listing.pk}/?as_of={day}")
            said = answer.json()["status"] if answer.status_code == 200 else None
            expected = state_by_events(listing, day)
            told.add(said)
            if said != expected:
                wrong.append((listing.pk, day, said, expected))

    assert wrong == []
    assert told == {None, "active", "suspended", "revoked", "expired"}
