"""One company from a claim to a suspended and revoked listing, by the real steps."""

import json

import pytest

from providers.lifecycle import LISTING
from providers.models import Edition, Listing, Product, Provider, Record
from providers.public.publishing import rebuild
from tests.factories.providers import Company, Registry

pytestmark = pytest.mark.django_db


def test_company_is_listed_suspended_reinstated_and_revoked():
    registry = Registry()
    company = Company(registry)

    [listing] = company.listed("ระบบรับเรื่องร้องเรียน")

    provider = company.provider
    assert (listing.state, provider.standing, listing.product.standing) == ("active", "active", "active")
    assert [(one.op, one.kind) for one in Record.objects.order_by("seq")] == [
        ("upsert", "listing"),
        ("upsert", "product"),
        ("upsert", "provider"),
    ]

    listing = registry.suspend(listing)
    assert provider_body(company)["status"] == "suspended"
    listing = LISTING.take(listing, "reply", by=company.speaker, reply="ขอชี้แจง")
    listing = LISTING.take(listing, "reinstate", by=registry.approver, reason="ชี้แจงแล้ว")
    assert provider_body(company)["status"] == "active"
    listing = registry.revoke(listing)

    assert provider_body(company)["status"] == "revoked"
    assert list(listing.history.values_list("verb", "state")) == [
        ("list", "active"),
        ("suspend", "suspended"),
        ("reinstate", "active"),
        ("revoke", "revoked"),
    ]
    assert list(Record.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 13))
    assert Edition.objects.get().seq == 12
    assert rebuild() == 0


def provider_body(company):
    return json.loads(Provider._base_manager.get(juristic_number=company.number).public_body)


def test_public_text_stays_in_the_database_until_it_is_asked_for():
    [listing] = Company(Registry()).listed()

    for row in (Listing.objects.get(pk=listing.pk), Product.objects.get(), Provider.objects.get()):
        assert "public_body" in row.get_deferred_fields()
