"""The public lists: what is asked, as of which day, in which form; nothing hidden is read, counted or guessed."""

import csv
import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.core.cache import cache
from django.test import Client

from portal import clock
from portal.api import throttling
from portal.clock import BANGKOK
from portal.models import ApiToken, Province
from providers.lifecycle import LISTING
from providers.models import Listing, Product, Provider
from tests.factories.people import person
from tests.factories.places import province
from tests.factories.providers import Company, Registry
from tests.factories.remembered import remembered
from tests.providers.register import API, content, get, ids, refused, rows, texts

pytestmark = pytest.mark.django_db
SECRET = "ความลับของร่าง"


@remembered
class World:
    """Two companies with three listed products, and one whose draft and draft company nobody may see."""

    def __init__(self):
        self.registry = Registry()
        self.first = Company(self.registry, "บริษัท แก้วใส จำกัด")
        self.complaints, self.queue = self.first.listed("ระบบรับเรื่องร้องเรียน", "ระบบคิวออนไลน์")
        self.second = Company(self.registry, "บริษัท ทองดี จำกัด")
        [self.sensors] = self.second.listed("เซ็นเซอร์ระดับน้ำ")
        self.hidden = Company(self.registry, f"บริษัท {SECRET} จำกัด")
        self.hidden.draft(f"ระบบ{SECRET}")


@pytest.fixture
def world():
    return World()


def test_a_page_is_the_stored_text_passed_on(world):
    answer = get("providers/?limit=1")

    body = answer.content.decode()
    stored = texts()["provider", str(world.first.provider.pk)]
    assert answer["Content-Type"] == "application/json"
    assert body.endswith(f'"results":[{stored}]}}')
    assert ids("providers/") == [world.first.provider.pk, world.second.provider.pk]
    assert ids(json.loads(body)["next"].split(API)[1]) == [world.second.provider.pk]


def test_questions_narrow(world):
    krabi, tak = Province.objects.get(code="81"), province(code="63", name_th="ตาก")
    first, second = world.first.provider, world.second.provider
    complaints, queue, sensors = (one.product_id for one in (world.complaints, world.queue, world.sensors))
    Product.objects.filter(pk=sensors).update(kind="smart_device_iot", is_nationwide=False, dimensions=["environment"])
    Product.objects.get(pk=sensors).provinces.add(tak)
    Product.objects.get(pk=queue).prices.update(price_baht="900.50")

    assert ids("products/?kind=saas") == [complaints, queue]
    assert ids("products/?kind=saas&kind=smart_device_iot") == [complaints, queue, sensors]
    assert ids(f"products/?serving={krabi.code}") == [complaints, queue]
    assert ids("products/?serving=63") == [complaints, queue, sensors]
    assert ids("products/?dimension=environment") == [sensors]
    assert ids("products/?category=complaints&price_max=1000") == [queue]
    assert ids("products/?price_min=900.50&price_max=900.50") == [queue]
    assert ids("products/?certification=iso_29110") == [complaints, queue, sensors]
    assert ids("products/?certification=cmmi") == []
    assert ids(f"products/?provider={second.pk}") == [sensors]
    assert ids("products/?q=ระบบ รอง") == [complaints]
    assert ids("providers/?kind=smart_device_iot") == [second.pk]
    assert ids("providers/?kind=smart_device_iot&price_max=1000") == []
    assert ids("providers/?q=แก้วใส") == [first.pk]
    assert ids("providers/?province=81") == [first.pk, second.pk]
    assert ids("providers/?province=63") == []
    assert ids(f"providers/?identifier=TH-DBD:{second.juristic_number}") == [second.pk]
    assert ids(f"providers/?identifier={second.juristic_number}") == [second.pk]
    assert ids(f"listings/?provider={first.pk}") == [world.complaints.pk, world.queue.pk]
    assert ids(f"listings/?product={sensors}") == [world.sensors.pk]
    assert ids(f"listings/?certificate_no={world.queue.certificate_no}") == [world.queue.pk]
    assert ids("products/?ordering=-id") == [sensors, queue, complaints]
    assert ids("products/?ordering=name") == sorted(
        [complaints, queue, sensors], key=lambda pk: (Product.objects.get(pk=pk).name_sort_key, pk)
    )


def test_status_follows_the_listing(world):
    world.registry.suspend(world.queue)
    world.registry.revoke(world.sensors)

    assert ids("listings/?status=active") == [world.complaints.pk]
    assert ids("listings/?status=suspended&status=revoked") == [world.queue.pk, world.sensors.pk]
    assert ids("providers/?status=active") == [world.first.provider.pk]
    assert ids("providers/?status=revoked") == [world.second.provider.pk]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("providers/?colour=red", "unknown_parameter"),
        ("providers/?public_seq=1", "unknown_parameter"),
        ("providers/?contact=x", "unknown_parameter"),
        ("providers/?ordering=created_at", "bad_ordering"),
        ("products/?ordering=provider__created_at", "bad_ordering"),
        ("providers/?fields=id,search_text", "bad_fields"),
        ("providers/?fields=", "bad_fields"),
        ("providers/?status=draft", "bad_value"),
        ("providers/?kind=car", "bad_value"),
        ("providers/?province=กท", "bad_value"),
        ("providers/?identifier=TH-DBD:1101700230708", "bad_value"),
        ("providers/?identifier=DUNS:0105", "bad_value"),
        ("products/?price_min=-1", "bad_value"),
        ("products/?price_min=NaN", "bad_value"),
        ("products/?price_min=1e400", "bad_value"),
        ("products/?provider=๑", "bad_value"),
        ("products/?q=", "bad_value"),
        ("products/?q=a&q=b", "given_twice"),
        ("products/?as_of=2026-01-01&as_of=2026-01-02", "given_twice"),
        ("providers/?as_of=yesterday", "bad_date"),
        ("providers/?as_of=2569-02-30", "bad_date"),
        ("providers/?as_of=2399-01-01", "future_date"),
        ("providers/?as_of=2026-01-01&ordering=name", "bad_ordering"),
        ("providers/?as_of=2026-01-01&cursor=x", "bad_cursor"),
        ("providers/?cursor=x", "bad_cursor"),
        ("providers/?limit=0", "bad_limit"),
        ("providers/?limit=501", "bad_limit"),
        ("providers/?format=pdf", "bad_format"),
        ("providers/?count=yes", "bad_flag"),
        ("registry/status/?kind=person", "bad_value"),
        ("registry/changes/?after=-1", "bad_position"),
        ("registry/changes/?after=1&after=2", "bad_position"),
    ],
)
def test_what_does_not_fit_is_400(path, code):
    assert refused(path) == (400, code)


def test_nothing_hidden_is_read_filtered_ordered_or_counted(world):
    hidden = world.hidden.provider
    Provider.objects.filter(pk=hidden.pk).update(public_body=json.dumps({"leak": SECRET}))
    Product.objects.filter(pk=world.queue.product_id).update(public_seq=None)
    Listing.objects.filter(pk=world.queue.pk).update(public_seq=None)

    assert ids(f"providers/?q={SECRET}") == ids(f"products/?q={SECRET}") == []
    assert ids(f"providers/?identifier={hidden.juristic_number}") == []
    assert get("providers/?count=true").json()["count"] == 2
    assert [get(f"{name}/{pk}/").status_code for name, pk in [
        ("providers", hidden.pk), ("products", world.queue.product_id), ("listings", world.queue.pk)
    ]] == [404, 404, 404]  # fmt: skip
    assert get(f"listings/{world.queue.certificate_no}/verify/").status_code == 404
    everything = [
        f"{name}/?format={form}" for name in ("providers", "products", "listings") for form in ("ndjson", "csv")
    ]
    everything += ["registry/status/", "registry/changes/?limit=500", "products/?q=ระบบ", "providers/?q=ระบบ"]
    told = b"".join(content(get(path)) for path in everything).decode()
    assert SECRET not in told
    assert f'"id":"{hidden.pk}","juristic_number"' not in told
    for private in ("สมชาย", "ทดลองแล้ว", "letter.pdf", "letter", "claimed_at", 'reason":'):
        assert private not in told


def test_as_of_answers_what_was_true_at_the_end_of_the_day(world):
    now = clock.now()
    today = clock.today()
    with clock.at(now + timedelta(days=10)):
        world.registry.suspend(world.queue)
    with clock.at(now + timedelta(days=20)):
        LISTING.take(Listing.objects.get(pk=world.queue.pk), "reinstate", by=world.registry.approver, reason="แก้ไขแล้ว")
        third = Company(world.registry, "บริษัท มาใหม่ จำกัด")
        [late] = third.listed("มาใหม่")
    with clock.at(now + timedelta(days=30)):
        day = [(today + timedelta(days=number)).isoformat() for number in range(31)]

        assert [ids(f"listings/?as_of={day[number]}&status=suspended") for number in (9, 10, 19, 20)] == [
            [], [world.queue.pk], [world.queue.pk], []
        ]  # fmt: skip
        assert late.pk not in ids(f"listings/?as_of={day[19]}")
        assert late.pk in ids(f"listings/?as_of={day[20]}")
        assert get(f"listings/{late.pk}/?as_of={day[19]}").status_code == 404
        assert rows(f"listings/?as_of={day[30]}") == rows("listings/")
        be = f"{int(day[10][:4]) + 543}{day[10][4:]}"
        assert get(f"listings/{world.queue.pk}/?as_of={be}").json()["status"] == "suspended"
        page = get(f"listings/?as_of={day[10]}&limit=2").json()
        assert [*map(int, (one["id"] for one in page["results"])), *ids(page["next"].split(API)[1])] == ids(
            f"listings/?as_of={day[10]}"
        )
        for question in ("kind=saas", "category=complaints", "dimension=governance", "certification=iso_29110",
                         "serving=81", "price_min=1", "price_max=1", "q=คิว", "status=active"):  # fmt: skip
            assert ids(f"products/?{question}&as_of={day[29]}") == ids(f"products/?{question}")
            assert ids(f"providers/?{question}&as_of={day[29]}") == ids(f"providers/?{question}")
        assert content(get(f"products/?format=csv&as_of={day[29]}")) == content(get("products/?format=csv"))
        assert refused(f"listings/?as_of={(today + timedelta(days=31)).isoformat()}") == (400, "future_date")


def test_a_listing_past_its_last_day_reads_as_expired_before_the_timer_comes(world):
    Listing.objects.filter(pk=world.queue.pk).update(valid_until=clock.today() + timedelta(days=5))
    from providers.public.publishing import changing, touch

    with changing():
        touch(Listing.objects.get(pk=world.queue.pk))
    before = get("listings/")["ETag"]
    midnight = clock.now().astimezone(BANGKOK).replace(hour=0, minute=0, second=5) + timedelta(days=6)

    with clock.at(midnight):
        listing = get(f"listings/{world.queue.pk}/")
        assert listing.json()["status"] == "expired"
        assert get("listings/", headers={"If-None-Match": before}).status_code == 200
        assert ids("listings/?status=expired") == [world.queue.pk]
        assert world.queue.pk not in ids("listings/?status=active")
        assert ids("products/?status=expired") == [world.queue.product_id]
        assert {one["listing"]["status"] for one in rows("providers/?q=แก้วใส")[0]["products"]} == {"active", "expired"}
        assert [one["status"] for one in rows("registry/status/?kind=listing")] == ["active", "expired", "active"]
        assert get(f"listings/{world.queue.certificate_no}/verify/").json()["is_listed"] is False
        for form in ("csv", "ndjson"):
            assert content(get(f"listings/?format={form}")).decode().count("expired") == 1
        from providers.tasks import record_ends

        expected = rows("listings/")
        record_ends()
        assert rows("listings/") == expected


def test_unchanged_is_304_without_reading_rows(world, held_clock, django_assert_num_queries):
    for path in ("providers/?kind=saas", "products/", "registry/status/", "registry/changes/?after=3"):
        tag = get(path)["ETag"]
        with django_assert_num_queries(1):
            answer = get(path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        packed = get(path, headers={"Accept-Encoding": "gzip"})
        if packed.has_header("Content-Encoding"):
            assert packed["ETag"] != tag
            assert get(path, headers={"If-None-Match": packed["ETag"]}).status_code == 304
    detail = get(f"listings/{world.queue.pk}/")["ETag"]
    tags = {path: get(path)["ETag"] for path in ("providers/", "providers/?fields=id", "providers/?limit=2")}
    assert len(set(tags.values())) == 3
    world.registry.suspend(world.complaints)

    assert get("providers/", headers={"If-None-Match": tags["providers/"]}).status_code == 200
    assert get(f"listings/{world.queue.pk}/", headers={"If-None-Match": detail}).status_code == 304


def test_a_page_costs_two_statements_whatever_its_size(world, held_clock, django_assert_num_queries, settings):
    settings.REGISTRY_CACHE_MB = 0
    get("providers/?limit=3")
    for limit in (1, 2, 500):
        with django_assert_num_queries(2):
            get(f"providers/?limit={limit}")
    with django_assert_num_queries(2):
        get("products/?kind=saas&certification=iso_29110&serving=81&q=ระบบ")


def test_sparse_members_come_in_the_order_of_the_body(world):
    assert rows("listings/?fields=valid_until,id&limit=1") == [
        {"id": str(world.complaints.pk), "valid_until": world.complaints.valid_until.isoformat()}
    ]
    assert get(f"providers/{world.first.provider.pk}/?fields=name_th").json() == {"name_th": "บริษัท แก้วใส จำกัด"}


def test_files_hold_the_same_rows(world):
    Provider.objects.filter(pk=world.second.provider.pk).update(address="=1+1")

    table = list(csv.reader(io.StringIO(content(get("providers/?format=csv&q=ทองดี")).decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(content(get("listings/?format=xlsx"))))
    lines = content(get("products/?format=ndjson")).decode().splitlines()

    assert [row[0] for row in table[1:]] == [str(world.second.provider.pk)]
    assert table[1][7] == "'=1+1"
    assert [row[1] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == [
        world.complaints.certificate_no, world.queue.certificate_no, world.sensors.certificate_no
    ]  # fmt: skip
    assert lines == [texts()["product", str(one.product_id)] for one in (world.complaints, world.queue, world.sensors)]
    assert (
        get("products/?format=csv", headers={"Accept-Language": "th"})["ETag"]
        != (get("products/?format=csv", headers={"Accept-Language": "en"})["ETag"])
    )


def test_anybody_from_anywhere_may_read_within_limits(world, monkeypatch):
    assert Client().options(API + "providers/", headers={"Origin": "https://a.example"}).status_code == 204
    cache.clear()
    monkeypatch.setattr(throttling.Anonymous, "get_rate", lambda self: "3/min")
    answers = [get("providers/") for _number in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0]["RateLimit-Limit"] == "3"
    assert int(answers[3]["Retry-After"]) <= 60
    assert answers[0]["Access-Control-Allow-Origin"] == "*"
    assert "RateLimit-Remaining" in answers[0]["Access-Control-Expose-Headers"]
    _row, token = ApiToken.make(user=person(), name="copy")
    assert get("providers/", headers={"Authorization": f"Bearer {token}"})["RateLimit-Limit"] == "3000"
    assert Client().post(API + "providers/", {}).status_code == 401


def test_verify_says_what_was_true_on_the_day(world):
    number, today = world.queue.certificate_no, clock.today()
    with clock.at(clock.now() + timedelta(days=3)):
        world.registry.revoke(world.queue)
        told = get(f"listings/{number}/verify/").json()
        assert (told["is_listed"], told["status"]) == (False, "revoked")
        then = get(f"listings/{number}/verify/?on={today.isoformat()}").json()
        assert (then["is_listed"], then["status"], then["on"]) == (True, "active", today.isoformat())
        before = get(f"listings/{number}/verify/?on={(today - timedelta(days=1)).isoformat()}").json()
        assert (before["is_listed"], before["status"], before["listing"]) == (False, None, None)
    assert get("listings/DC2570-99999/verify/").status_code == 404
    assert refused(f"listings/{number}/verify/?on={(today + timedelta(days=1)).isoformat()}") == (400, "future_date")


def test_categories_are_listed_in_their_order():
    Registry()

    listed = rows("categories/?limit=500")

    assert {"code", "name_th", "name_en", "parent", "is_active"} == set(listed[0])
    assert get("categories/complaints/").json()["name_th"]
    assert {one["parent"] for one in listed} - {None} <= {one["code"] for one in listed}
