"""Companies and products as everyone sees them, on any day; reports of mistakes."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal import clock
from providers.deciding import changes, companies
from providers.lifecycle import CHANGE, CORRECTION, LISTING
from providers.models import Application, Correction
from tests.factories.people import person
from tests.factories.providers import Company, Registry
from tests.providers.directory import Account, answer, long_listed, page

pytestmark = pytest.mark.django_db


def ago(days):
    return clock.today() - timedelta(days=days)


def test_suspension_shows_its_reason_class_and_legal_basis_and_no_more():
    account = Account()

    for path in (account.second.provider.get_absolute_url(), account.sensors.product.get_absolute_url()):
        text = page(path)
        assert "ระงับ" in text
        assert "เอกสารเท็จ" in text
        assert "ข้อ 27/7" in text
    assert "ข้อ 27/7" not in page(account.first.provider.get_absolute_url())


def test_page_tells_what_was_true_on_a_day_in_either_era():
    registry, company, listing = long_listed()
    registry.suspend(listing)
    path = company.provider.get_absolute_url()
    before = ago(50)

    assert "banner-warning" in page(path)
    for typed in (before.isoformat(), f"{before.day}/{before.month}/{before.year + 543}"):
        shown = answer(path, on=typed)
        assert shown.context["day"] == before
        assert shown.context["company"]["status"] == "active"
        assert shown.context["worst"] == []
    boxes = answer(path, on_day=before.day, on_month=before.month, on_year=before.year + 543)
    assert boxes.context["day"] == before
    assert "company" not in answer(path, on=ago(101).isoformat()).context
    assert "company" in answer(path, on=ago(100).isoformat()).context


def test_days_that_are_none_or_to_come_are_refused_in_words():
    _registry, company, listing = long_listed()
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()

    for path in (company.provider.get_absolute_url(), listing.product.get_absolute_url()):
        for typed in (tomorrow, "31/2/2569", "nonsense", "9999-12-31"):
            assert 'role="alert"' in page(path, expect=400, on=typed)


def test_price_history_keeps_what_was_closed():
    registry, company, listing = long_listed()
    price = listing.product.prices.get()
    data = {"label_th": price.label_th, "unit": price.unit, "price_baht": "99000.00"}
    change = changes.ask(company.provider, "price", data, by=company.speaker, price=price)
    CHANGE.take(change, "accept", by=registry.registrar)

    shown = answer(listing.product.get_absolute_url())
    assert [str(one["price_baht"]) for one in shown.context["shown"]["prices_today"]] == ["99000.00"]
    assert [str(one["price_baht"]) for one in shown.context["price_history"]] == ["99000.00", "120000.00"]
    then = answer(listing.product.get_absolute_url(), on=ago(5).isoformat())
    assert [str(one["price_baht"]) for one in then.context["shown"]["prices_today"]] == ["120000.00"]


def test_both_times_of_an_end_by_date_stand_in_the_history():
    registry, company, listing = long_listed()
    with clock.at(clock.now() + timedelta(days=800)):
        text = page(listing.product.get_absolute_url())
        assert "หมดอายุ" in text
        LISTING.take(listing, "expire", by=registry.registrar.__class__.objects.timer())
        last = answer(listing.product.get_absolute_url()).context["timeline"][0]

    assert last["state"] == "expired"
    assert last["effective_at"] < last["recorded_at"]


def test_successors_lead_on_and_back():
    registry = Registry()
    old, new = Company(registry, "บริษัท เดิม จำกัด"), Company(registry, "บริษัท ใหม่ จำกัด")
    hidden = Company(registry, "บริษัท ยังไม่เปิดเผย จำกัด")
    old.listed("ระบบเดิม"), new.listed("ระบบใหม่")
    for successor in (new, hidden):
        companies.succeed(old.provider, successor.provider, kind="merged", on=clock.today(), by=registry.registrar)

    text = page(old.provider.get_absolute_url())
    assert new.provider.get_absolute_url() in text
    assert "ยังไม่เปิดเผย" not in text
    assert old.provider.get_absolute_url() in page(new.provider.get_absolute_url())


def test_another_version_is_a_product_of_its_own_that_leads_back():
    registry = Registry()
    company = Company(registry)
    [first] = company.listed("ระบบคิว")
    draft = company.draft("ระบบคิว")
    entry = draft.entries.get(section="products")
    entry.answers |= {"edition": "2"}
    entry.save()
    registry.lead(Application.objects.get(pk=draft.pk))

    second = company.provider.products.get(edition="2")

    assert second.replaces == first.product
    assert f'href="{second.get_absolute_url()}"' in page(first.product.get_absolute_url())
    assert json.loads(second.public_body)["replaces"] == str(first.product_id)


def test_a_company_before_its_listing_is_its_own_peoples_alone():
    company = Company(Registry(), "บริษัท ร่าง จำกัด")
    path = company.provider.get_absolute_url()

    answer(path, expect=404)
    answer(path, person(), expect=404)
    assert "ยังไม่อยู่ในบัญชีที่เปิดเผย" in page(path, company.speaker)


def test_anybody_reports_a_mistake_and_finds_the_answer_by_its_number():
    registry, company, _listing = long_listed()
    path = reverse("providers:report-mistake", args=[company.provider.pk])

    assert Client().post(path, {"text": "", "email": "x"}).status_code == 400
    sent = Client().post(path, {"text": "ที่อยู่ผิด <b>", "email": "somebody@example.com"})
    correction = Correction.objects.get()
    assert sent["Location"] == reverse("providers:correction-answer", args=[correction.code])
    text = page(sent["Location"])
    assert "ที่อยู่ผิด &lt;b&gt;" in text
    assert "somebody@example.com" not in text
    CORRECTION.take(correction, "accept", by=registry.registrar, answer="แก้แล้ว ขอบคุณ")
    assert "แก้แล้ว ขอบคุณ" in page(sent["Location"].lower())
    answer(reverse("providers:correction-answer", args=["XXXXXXXXXX"]), expect=404)
    assert "ที่อยู่ผิด" not in page(company.provider.get_absolute_url())


def test_reports_about_one_company_have_a_bound():
    _registry, company, _listing = long_listed()
    Correction.objects.bulk_create([Correction(provider=company.provider, text="ผิด", code=f"C{n}") for n in range(50)])

    refused = Client().post(reverse("providers:report-mistake", args=[company.provider.pk]), {"text": "อีกเรื่อง"})

    assert refused.status_code == 400
    assert "อีกเรื่อง" in refused.content.decode()
