"""Products side by side, and the comparison that an officer keeps."""

import re
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from pythainlp.util import normalize

from portal.errors import Refused
from portal.models import Event
from portal.roles import Role
from portal.thai.digits import to_arabic
from providers import comparisons
from providers.models import Comparison
from tests.factories.people import person
from tests.factories.places import local_government
from tests.providers.directory import Account, answer, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return Account()


def draw_up(account, *listings, by=None, place=None):
    keys = [one.product_id for one in listings]
    return comparisons.draw_up(
        keys, place or account.town, subject="ระบบรับเรื่อง 1 ปี", why="ทำงานเดียวกัน", by=by or account.officer
    )


def test_four_products_stand_side_by_side_and_no_fifth(account):
    path = reverse("providers:compare")
    keys = [one.product_id for one in (account.map, account.queue, account.complaints, account.sensors)]

    shown = answer(path, product=[*keys, keys[0], 999999])

    assert [int(one["id"]) for one in shown.context["products"]] == keys
    text = shown.content.decode()
    assert text.count('<th scope="col">') == 4
    assert "9,000.00" in text
    assert text.count("เจ้าของสินค้า") == 4
    assert "ยังไม่ได้เลือก" in page(path)
    answer(path, product=999999, expect=404)
    assert len(answer(path, product=["x", "1" * 40, str(keys[0])]).context["products"]) == 1


def test_products_are_chosen_in_the_list_by_address_alone(account):
    one, two = account.queue.product_id, account.map.product_id

    shown = answer("/providers/products/", compare=[one], q="")

    assert f'name="compare" value="{one}"' in shown.content.decode()
    row = next(row for row in shown.context["rows"] if row.pk == two)
    assert sorted(re.findall(r"compare=(\d+)", row.compare_url)) == sorted([str(one), str(two)])
    assert f"product={one}" in shown.context["compare_url"]


@pytest.mark.parametrize(
    ("names", "sellers", "method"),
    [(["complaints"], 1, "specific"), (["complaints", "queue"], 1, "specific"), (["queue", "map"], 2, "selection")],
)
def test_number_of_different_sellers_names_the_method(account, names, sellers, method):
    made = draw_up(account, *[getattr(account, name) for name in names])

    assert (made.sellers, made.method) == (sellers, method)
    assert len(made.rows) == len(names)
    assert Event.objects.filter(verb="comparison.draw_up", object_id=made.pk).count() == 1


def test_suspended_products_cannot_be_compared_for_buying(account):
    with pytest.raises(Refused) as refused:
        draw_up(account, account.queue, account.sensors)
    assert refused.value.code == "not_choosable"
    with pytest.raises(Refused) as refused:
        draw_up(account)
    assert refused.value.code == "nothing_chosen"
    assert Comparison.objects.count() == 0


def test_comparison_stays_as_it_was_when_a_listing_is_revoked(account):
    made = draw_up(account, account.queue, account.map)
    account.registry.revoke(account.queue)

    text = page(made.get_absolute_url(), account.officer)

    assert text.count('<th scope="row">') == 2
    assert "วิธีคัดเลือก" in text
    assert "เจ้าหน้าที่พัสดุของ อปท. เป็นผู้พิจารณา" in text
    assert "30" not in re.findall(r"ร้อยละ\s*(\d+)", text)


def test_comparisons_belong_to_their_office(account):
    made = draw_up(account, account.queue)
    elsewhere = person(Role.LOCAL_OFFICER, at=local_government())
    auditor = person(Role.LOCAL_AUDITOR, at=account.town)

    for path in (made.get_absolute_url(), reverse("providers:comparison-pdf", args=[made.pk])):
        answer(path, elsewhere, expect=404)
        answer(path, expect=302)
        answer(path, auditor)
    assert made.subject not in page("/providers/comparisons/", elsewhere)
    assert made.subject in page("/providers/comparisons/", auditor)
    assert made.subject in page(f"/local-governments/{account.town.pk}/", account.officer)
    assert made.subject not in page(f"/local-governments/{account.town.pk}/")
    answer("/providers/comparisons/new/", auditor, expect=403)
    for stranger in (elsewhere, auditor, person()):
        with pytest.raises(PermissionDenied):
            draw_up(account, account.queue, by=stranger)


def test_officer_draws_up_from_what_was_found(account):
    client = Client()
    client.force_login(account.officer)
    path = f"{reverse('providers:comparison-new')}?q=ระบบ&compare={account.map.product_id}"

    shown = client.get(path)
    assert [one.pk for one in shown.context["others"]] == [account.map.product_id]
    offered = [account.map.product_id, *(one.pk for one in shown.context["page"])]
    assert set(offered[1:]) == {account.queue.product_id, account.complaints.product_id}
    empty = client.post(path, {"local_government": account.town.pk, "subject": "ระบบ", "why": ""})
    assert (empty.status_code, Comparison.objects.count()) == (400, 0)
    sent = {"subject": "ระบบคิว", "why": "จองได้เหมือนกัน", "product": offered[:2], "local_government": account.town.pk}
    turned = client.post(path, sent | {"page": "2"})
    assert (turned.status_code, Comparison.objects.count()) == (200, 0)
    assert "จองได้เหมือนกัน" in turned.text
    assert all(f'value="{key}" id="pick-{key}" checked' in turned.text for key in offered[:2])
    done = client.post(path, sent)

    made = Comparison.objects.get()
    assert done["Location"] == made.get_absolute_url()
    assert {int(row["product"]["id"]) for row in made.rows} == {*offered[:2], account.map.product_id}
    elsewhere = client.post(path, sent | {"local_government": local_government().pk})
    assert (elsewhere.status_code, Comparison.objects.count()) == (400, 1)


def test_print_lists_products_sellers_and_source_in_thai(account):
    made = draw_up(account, account.queue, account.map)
    client = Client()
    client.force_login(account.officer)

    sent = client.get(reverse("providers:comparison-pdf", args=[made.pk]), HTTP_ACCEPT_LANGUAGE="en")

    document = PdfReader(BytesIO(sent.content))
    text = "".join(one.extract_text() for one in document.pages)
    text = to_arabic(normalize(re.sub(r"\s|\u2060|\xa0", "", text)))
    for words in (made.number, "ระบบจองคิว", "แผนที่ภาษี", account.map.certificate_no, "วิธีคัดเลือก", "ข้อ27/9", "120,000.00"):
        assert words in text, words
