"""What time brings to the account: reminders, lapses, complaints that add up; and the registrar's successions."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse

from portal import clock
from portal.clock import BANGKOK
from portal.errors import Refused
from portal.models.outbox import Notice
from portal.roles import Role
from providers import tasks
from providers.applying.completeness import missing
from providers.deciding import complaining
from providers.inbox.registry import tasks_of
from providers.lifecycle import LISTING
from providers.models import Application, Entry, Flag, Listing, Succession, Terms
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.providers import Company, Registry, juristic_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    registry = Registry()
    company = Company(registry)
    [listing] = company.listed("ระบบคิว")
    return registry, company, listing


def noon(day):
    return clock.at(datetime.combine(day, time(12), tzinfo=BANGKOK))


def told(kind):
    return Notice.objects.filter(kind=kind).count()


def test_renewal_is_called_for_on_each_rung_once_and_after_the_end(world):
    _registry, _company, listing = world
    counts = []

    for days in (121, 120, 119, 60, 30, 7, 0, -1, -30, -60, -61):
        with noon(listing.valid_until - timedelta(days=days)):
            tasks.record_ends()
            tasks.remind_of_renewal()
            tasks.remind_of_renewal()
        counts.append(told("renewal_due"))

    assert counts == [0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7]
    assert Listing.objects.get(pk=listing.pk).state == "expired"


def test_lapsed_certification_flags_its_listings_the_same_day(world):
    _registry, company, listing = world
    certification = company.provider.certifications.get()

    for days, flags in ((0, []), (1, [(listing.pk, "certification_lapsed")])):
        with noon(certification.expires_on + timedelta(days=days)):
            Listing.objects.filter(pk=listing.pk).update(valid_until=certification.expires_on + timedelta(days=90))
            tasks.flag_lapsed_certifications()
            tasks.flag_lapsed_certifications()
        assert list(Flag.objects.values_list("listing", "code")) == flags


def test_enough_complaints_open_a_check_until_it_is_closed(world):
    registry, _company, listing = world
    Terms.objects.update_or_create(pk=1, defaults={"complaint_threshold": 2})
    town = local_government()
    officer = person(Role.LOCAL_OFFICER, at=town)
    flags = []

    for _number in range(3):
        complaining.complain(listing, town, subject="ล่มบ่อย", text="ใช้ไม่ได้สามวัน", by=officer)
        flags.append(list(Flag.objects.values_list("code", flat=True)))

    assert flags == [[], ["complaints"], ["complaints"]]
    assert [task.url for task in tasks_of(registry.registrar)] == [listing.get_absolute_url()]
    LISTING.take(listing, "close_check", by=registry.registrar, outcome="ผู้ให้บริการแก้ไขแล้ว")
    complaining.complain(listing, town, subject="ล่มอีก", text="ใช้ไม่ได้", by=officer)
    assert not Flag.objects.standing().exists()
    with pytest.raises(Refused) as refusal:
        LISTING.take(listing, "close_check", by=registry.registrar, outcome="ซ้ำ")
    assert refusal.value.code == "no_check"


def test_reseller_hands_in_the_owner_s_letter(world):
    registry, _company, _listing = world
    draft = Company(registry, "บริษัท ตัวแทนขาย จำกัด").draft("ระบบของผู้อื่น")
    entry = draft.entries.get(section="products")

    Entry.objects.filter(pk=entry.pk).update(
        answers={**entry.answers, "seller_role": "reseller", "owner_name": "บริษัท เจ้าของ จำกัด"}
    )

    assert [lack.code for lack in missing(Application.objects.get(pk=draft.pk))] == ["reseller_letter_missing"]


def test_registrar_records_a_succession(world, client):
    registry, company, _listing = world
    successor = Company(registry, "บริษัท ผู้รับช่วง จำกัด")
    url, today = reverse("providers:successions"), clock.today()
    given = {"predecessor": company.number, "successor": successor.number, "kind": "merged"}
    on = {"on_day": today.day, "on_month": today.month, "on_year": today.year + 543}

    client.force_login(registry.assessor)
    assert client.post(url, {**given, **on}).status_code == 403
    client.force_login(registry.registrar)
    itself = client.post(url, {**given, **on, "successor": company.number})
    unknown = client.post(url, {**given, **on, "successor": juristic_number()})
    done = client.post(url, {**given, **on})

    assert (itself.status_code, unknown.status_code, done.status_code) == (400, 400, 302)
    assert [(one.predecessor, one.successor) for one in Succession.objects.all()] == [
        (company.provider, successor.provider)
    ]
    assert (
        f'"successors":["{successor.provider.pk}"]'
        in type(company.provider)._base_manager.get(pk=company.provider.pk).public_body
    )
    assert company.name in client.get(url).text
