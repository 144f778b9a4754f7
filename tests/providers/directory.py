"""A small account for the public pages: what is listed, suspended and secret of three companies."""

import csv
import io
from datetime import timedelta
from urllib.parse import urlencode

from django.test import Client

from portal import clock
from portal.models import Province
from portal.roles import Role
from providers.deciding import complaining
from providers.models import Category, Listing, Price, Product
from providers.public.publishing import changing, touch
from tests.factories.people import person
from tests.factories.places import local_government, province
from tests.factories.providers import Company, Registry
from tests.factories.remembered import remembered

SECRET = "ความลับสุดยอด"


@remembered
class Account:
    """Four listed products: `complaints` and `queue` of the first company, `sensors` (suspended) and `map`."""

    def __init__(self):
        self.registry = Registry()
        self.south = Province.objects.filter(code="90").first() or province(code="90", name_th="สงขลา")
        self.first = Company(self.registry, "บริษัท น้ำใส เทคโนโลยี จำกัด")
        self.complaints, self.queue = self.first.listed("ระบบรับเรื่องร้องเรียน", "ระบบจองคิว")
        self.second = Company(self.registry, "บริษัท ทองดี จำกัด (มหาชน)")
        self.sensors, self.map = self.second.listed("เครื่องวัดระดับน้ำ", "แผนที่ภาษี")
        self.town = local_government(name_th="เทศบาลเมืองกระบี่")
        self.officer = person(Role.LOCAL_OFFICER, at=self.town)
        self.describe(self.sensors, kind="smart_device_iot", dimensions=["environment", "living"], category="sensors")
        self.describe(self.map, kind="software", dimensions=["economy"], category="tax_map", local=True)
        Price.objects.filter(product=self.sensors.product).update(price_baht="9000.00")
        self.sensors = self.registry.suspend(self.sensors, reason=f"เหตุผลภายใน {SECRET}")
        complaining.complain(self.queue, self.town, subject=SECRET, text=SECRET, by=self.officer)
        self.hidden = Company(self.registry, f"บริษัท {SECRET} จำกัด")
        self.hidden.draft(f"ระบบ{SECRET}")

    def describe(self, listing, *, category, local=False, **fields):
        with changing():
            Product.objects.filter(pk=listing.product_id).update(is_nationwide=not local, **fields)
            listing.product.categories.set(Category.objects.filter(code=category))
            if local:
                listing.product.provinces.set([self.south])
            touch(listing)


@remembered
def long_listed():
    """A listing that began 100 days ago, with its company."""
    with clock.at(clock.now() - timedelta(days=100)):
        registry = Registry()
        company = Company(registry, "บริษัท เก่าแก่ จำกัด")
        [listing] = company.listed("ระบบเก่าแก่")
    return registry, company, Listing.objects.get(pk=listing.pk)


def page(path, user=None, expect=200, **query):
    """The text of a page, asked by the public or by `user`."""
    return answer(path, user, expect, **query).content.decode()


def answer(path, user=None, expect=200, **query):
    client = Client()
    if user:
        client.force_login(user)
    found = client.get(f"{path}?{urlencode(query, doseq=True)}")
    assert found.status_code == expect, found.content[:2000]
    return found


def file_rows(path, **query):
    """The rows of the csv file of a list, as dictionaries."""
    found = answer(path, **query, format="csv")
    return list(csv.DictReader(io.StringIO(b"".join(found.streaming_content).decode("utf-8-sig"))))
