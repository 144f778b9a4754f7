"""The public lists: what is found, counted, filed and linked is one and the same; what is secret is in none of it."""

import io
from datetime import timedelta
from urllib.parse import urlencode

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from portal import clock
from providers.filters import ProductFilter, ProviderFilter, for_the_api
from providers.models import Certification, Product, Provider
from providers.public.facets import INDEX, Index, facets
from tests.factories.people import person
from tests.factories.providers import Company
from tests.providers.directory import SECRET, Account, answer, file_rows, page

pytestmark = pytest.mark.django_db
PROVIDERS, PRODUCTS = "/providers/", "/providers/products/"
LISTS = [(ProductFilter, Product, PRODUCTS), (ProviderFilter, Provider, PROVIDERS)]
QUESTIONS = [
    {},
    {"q": "ระบบ"},
    {"category": ["citizen_services"]},
    {"kind": ["saas", "software"], "status": ["active"]},
    {"dimension": ["living", "economy"], "serving": "90", "certification": ["iso_29110"]},
    {"price": "to_10k"},
    {"status": ["suspended"], "kind": ["saas"]},
]


@pytest.fixture
def account():
    return Account()


def test_thai_names_are_found_without_tone_marks_and_legal_forms(account):
    first, second = account.first.provider, account.second.provider
    for typed in ("น้ำใส", "นําใส", "นำใส", "บริษัท น้ำใส", "บริษัท น้ำใส เทคโนโลยี จำกัด", ["NAMSAI", "น้ำใส"][1]):
        assert found(Provider, ProviderFilter, q=typed) == {first.pk}, typed
    for typed in ("ทองดี (มหาชน)", "บมจ. ทองดี", "ทองดี", second.juristic_number, second.grouped_number):
        assert found(Provider, ProviderFilter, q=typed) == {second.pk}, typed
    assert found(Product, ProductFilter, q="คิว น้ำใส") == {account.queue.product_id}
    assert found(Product, ProductFilter, q="รับเรืองร้องเรียน") == {account.complaints.product_id}
    assert found(Product, ProductFilter, q="ไม่มีจริง") == set()


def found(model, filterset, **query):
    return set(filterset(query, queryset=model.objects.listed()).qs.values_list("pk", flat=True))


@pytest.mark.parametrize(("filterset", "model", "path"), LISTS)
def test_every_count_is_the_number_of_rows_that_the_choice_leaves(account, filterset, model, path):
    for question in QUESTIONS:
        asked = filterset(question, queryset=model.objects.listed())
        assert asked.is_valid()
        for facet in facets(asked):
            for choice in facet.choices:
                value = choice.code if facet.name in {"serving", "price"} else [choice.code]
                left = found(model, filterset, **{**question, facet.name: value})
                assert choice.count == len(left), (question, facet.name, choice.code)


@pytest.mark.parametrize(("filterset", "model", "path"), LISTS)
def test_page_file_and_api_hold_the_same_rows_under_every_filter(account, filterset, model, path):
    for question in QUESTIONS:
        shown = answer(path, **question)
        rows = file_rows(path, **question)
        assert shown.context["count"] == len(rows) == len(shown.context["rows"])
        link = shown.context["api_url"]
        told = Client().get(link).json()["results"]
        assert {int(one["id"]) for one in told} == {one.pk for one in shown.context["rows"]}, link


def test_counts_follow_each_change_of_the_account(account):
    before = INDEX.now()
    account.registry.suspend(account.map)
    account.describe(account.queue, kind="cloud", dimensions=["people"], category="cloud", local=True)
    followed = INDEX.now()
    [listing] = Company(account.registry, "บริษัท มาใหม่ จำกัด").listed("ระบบมาใหม่")

    fresh = Index(clock.today())

    assert followed.place is before.place
    assert listing.product_id in INDEX.now().place
    account.registry.revoke(listing)
    assert leads(INDEX.now()) == leads(Index(clock.today())) != leads(fresh) != leads(followed) != leads(before)


def leads(index):
    return {answer: bits for answer, bits in index.bits.items() if bits}


def test_link_to_the_api_asks_the_same(rf):
    request = rf.get(PRODUCTS, {"q": "น้ำ", "price": "to_100k", "kind": ["saas", "cloud"], "compare": "3", "status": ""})

    assert (
        for_the_api(request.GET)
        == "q=%E0%B8%99%E0%B9%89%E0%B8%B3&kind=saas&kind=cloud&price_min=10000&price_max=99999.99"
    )


def test_workbook_holds_the_rows_of_the_page(account):
    shown = answer(PRODUCTS, q="ระบบ", format="xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(shown.streaming_content))).worksheets[0]
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {"ระบบรับเรื่องร้องเรียน", "ระบบจองคิว"}


def test_suspended_products_stay_findable_and_filters_come_off_one_by_one(account):
    text = page(PRODUCTS, q="วัดระดับน้ำ", status="suspended")

    assert "เครื่องวัดระดับน้ำ" in text
    assert 'href="?status=suspended"' in text
    assert f'href="?{urlencode({"q": "วัดระดับน้ำ"})}"' in text


def test_cards_say_how_a_product_is_certified_today(account):
    Certification.objects.filter(provider=account.first.provider).update(expires_on=clock.today() - timedelta(days=1))

    rows = answer(PRODUCTS).context["rows"]

    told = {row.pk: ([kind.code for kind in row.marks], row.places) for row in rows}
    assert told[account.map.product_id] == (["iso_29110"], 0)
    assert told[account.queue.product_id] == ([], 0)


def test_nothing_secret_is_shown_found_counted_or_filed(account):
    people = [None, account.officer, person(), account.first.speaker]
    for user in people:
        own = () if user == account.first.speaker else ("/",)
        for path in (PROVIDERS, PRODUCTS, f"/local-governments/{account.town.pk}/", *own):
            assert SECRET not in page(path, user), (path, user)
        for path in (PROVIDERS, PRODUCTS):
            shown = answer(path, user, q=SECRET)
            assert shown.context["count"] == 0
            assert [choice for facet in shown.context["facets"] for choice in facet.choices if choice.count] == []
        assert page("/search/", user, q=SECRET).count("task-link") == 0
    for listing in (account.complaints, account.queue, account.sensors, account.map):
        for path in (
            listing.provider.get_absolute_url(),
            listing.product.get_absolute_url(),
            f"/providers/verify/{listing.certificate_no}/",
            f"/providers/products/compare/?product={listing.product_id}",
        ):
            assert SECRET not in Client().get(path).content.decode(), path
    for path in (PROVIDERS, PRODUCTS):
        assert SECRET not in str(file_rows(path))
    answer(f"/providers/{account.hidden.provider.pk}/", expect=404)
    answer(f"/providers/{account.hidden.provider.pk}/report/", expect=404)


@pytest.mark.long
def test_pages_ask_no_more_for_many_rows_than_for_few(account, held_clock):
    def queries(path, user=None):
        client = Client()
        if user:
            client.force_login(user)
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    one = account.first.provider.get_absolute_url()
    paths = [PROVIDERS, PRODUCTS, one, account.queue.product.get_absolute_url()]
    few = {path: (queries(path), queries(path, account.officer)) for path in paths}
    account.registry.lead(account.first.draft(*[f"ระบบที่ {number}" for number in range(6)]))
    Company(account.registry, "บริษัท มาใหม่ จำกัด").listed("ของใหม่")

    assert {path: (queries(path), queries(path, account.officer)) for path in paths} == few
    assert max(count for counts in few.values() for count in counts) <= 15
    assert max(counts[0] for counts in few.values()) <= 12


@pytest.mark.parametrize("path", [PROVIDERS, PRODUCTS])
def test_what_does_not_fit_is_said_and_changes_nothing(account, path):
    for query in ({"kind": "nonsense"}, {"serving": "xx"}, {"price": "-1"}, {"q": "ก" * 300}, {"status": "draft"}):
        shown = answer(path, **query)
        assert 'role="alert"' in shown.content.decode()
        assert shown.context["count"] == 0
    answer(path, expect=302, cursor="rubbish")
    answer(path, expect=404, format="exe")
    answer(path, expect=400, q="a\0b")


def test_english_readers_find_english_names(account):
    Product.objects.filter(pk=account.map.product_id).update(name_en="Tax map")
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    with translation.override("en"):
        client.cookies["django_language"] = "en"
        text = client.get(PRODUCTS).content.decode()

    assert "Tax map" in text
    assert "Account of digital providers" in text
