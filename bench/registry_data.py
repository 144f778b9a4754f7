"""Fills a migrated PostgreSQL database that knows the provinces with a register: the same count gives the same rows."""

import json
from datetime import timedelta
from random import Random

from django.db import connection, transaction
from psycopg2.extras import execute_values
from stdnum.th import moa

from portal import clock
from portal.models import ApiToken, Province, User
from providers.models import Category, Certification, CertificationKind, Listing, Price, Product, Provider, Record
from providers.public import publishing
from providers.reference import load_reference_data
from providers.states import ListingState, ProductKind

EACH = 4
BATCH = 500
NAMES = ["เมืองอัจฉริยะ", "ดิจิทัลไทย", "ข้อมูลท้องถิ่น", "ระบบบริการ", "เทคโนโลยีน้ำ", "พลังงานสะอาด"]
WORKS = ["ระบบรับเรื่องร้องเรียน", "ระบบคิวออนไลน์", "เซ็นเซอร์ระดับน้ำ", "ไฟถนนอัจฉริยะ", "ระบบสารบรรณ", "ข้อมูลเมือง"]
ABOUT = "พัฒนาและดูแลระบบให้องค์กรปกครองส่วนท้องถิ่น พร้อมการอบรมและการสนับสนุนหลังการขาย "


def fill(count):
    """Make `count` providers, each with four products, listings and certifications; prints JSON for the bench."""
    random, today = Random(count), clock.today()
    load_reference_data()
    provinces, kinds = list(Province.objects.order_by("pk")), list(CertificationKind.objects.order_by("pk"))
    categories = list(Category.objects.exclude(parent=None).order_by("pk"))
    person = User.objects.create(username="bench")
    for first in range(0, count, BATCH):
        with transaction.atomic():
            _batch(random, today, range(first, min(first + BATCH, count)), provinces, kinds, categories, person)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _row, token = ApiToken.make(user=person, name="bench")
    print(json.dumps({"token": token, "province": provinces[7].code, "seq": publishing.edition().seq}))


def _batch(random, today, numbers, provinces, kinds, categories, person):
    providers = [_provider(random, number, provinces) for number in numbers]
    Provider.objects.bulk_create(providers)
    products = [_product(random, one, n) for one in providers for n in range(EACH)]
    Product.objects.bulk_create(products)
    through = Product.categories.through
    through.objects.bulk_create(through(product=one, category=random.choice(categories)) for one in products)
    Price.objects.bulk_create(
        Price(product=one, label_th="สิทธิใช้งานรายปี", unit="ปี", price_baht=random.randint(1_000, 2_000_000),
              valid_from=today - timedelta(days=100))
        for one in products
    )  # fmt: skip
    Certification.objects.bulk_create(
        Certification(
            provider=one, kind=random.choice(kinds), number=f"TH-{one.pk}-{n}", issuer="หน่วยรับรองตัวอย่าง",
            scope="การพัฒนาซอฟต์แวร์", issued_on=today - timedelta(days=300), expires_on=today + timedelta(days=700),
            verified_by=person, verified_at=clock.now(),
        )
        for one in providers
        for n in range(EACH)
    )  # fmt: skip
    Listing.objects.bulk_create(_listing(random, one, today) for one in products)
    _publish([one.pk for one in providers])


def _provider(random, number, provinces):
    stem = f"0005{number:08d}"
    one = Provider(
        juristic_number=stem + moa.calc_check_digit(stem + "0"),
        name_th=f"บริษัท {random.choice(NAMES)} {number} จำกัด", name_en=f"Example {number} Co., Ltd.",
        province=random.choice(provinces), address=f"{number} ถนนตัวอย่าง", phone="02-000-0000",
        email=f"office{number}@example.com", website="https://example.com", description_th=ABOUT * 2,
    )  # fmt: skip
    one.derive()
    return one


def _product(random, provider, n):
    one = Product(
        provider=provider, name_th=f"{random.choice(WORKS)} {n}", kind=random.choice(ProductKind.values),
        dimensions=["governance"], warranty="รับประกัน 1 ปี", description_th=ABOUT,
    )  # fmt: skip
    one.derive()
    return one


def _listing(random, product, today):
    state = random.choices([ListingState.ACTIVE, ListingState.EXPIRED, ListingState.WITHDRAWN], [90, 8, 2])[0]
    ends = today + timedelta(days=random.randint(30, 700) * (1 if state == ListingState.ACTIVE else -1) // 10)
    return Listing(
        provider=product.provider, product=product, state=state, certificate_no=f"DC2570-{product.pk:06d}",
        valid_from=today - timedelta(days=800), valid_until=ends,
    )  # fmt: skip


def _publish(keys):
    """As `publishing.publish`, in a few statements for hundreds of companies: a bench has no time for one by one."""
    changes = [change for one in publishing._with_everything(keys) for change in publishing._changes(one)]
    first, moment = publishing._next(len(changes))
    numbered = list(enumerate(changes, start=first))
    Record.objects.bulk_create(
        Record(seq=seq, op="upsert", kind=kind, object_id=obj.pk, at=moment, body=text)
        for seq, (kind, obj, _columns, text) in numbered
    )
    with connection.cursor() as cursor:
        for kind in ("provider", "product", "listing"):
            rows = [
                (obj.pk, seq, text, columns.get("standing"), columns.get("listed_until"))
                for seq, (of, obj, columns, text) in numbered
                if of == kind
            ]
            more = "" if kind == "listing" else ", standing = v.standing, listed_until = v.until::date"
            execute_values(
                cursor.cursor,
                f"UPDATE providers_{kind} SET public_seq = v.seq, public_body = v.body{more} "
                "FROM (VALUES %s) AS v (id, seq, body, standing, until) WHERE providers_" + kind + ".id = v.id",
                rows,
                page_size=1000,
            )
