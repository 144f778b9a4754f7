"""Writers of the register, many at once, each in transactions of its own; run in a process beside the portal.

Each transaction also writes a row of the control: a plain table whose rows carry the moment at which they were
written, as a feed by timestamps would have it.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

from django.db import connection, connections

from portal import clock
from providers.deciding.listing_acts import remember
from providers.models import Listing, Product, Provider
from providers.public.publishing import changing, edition, touch
from providers.reference import load_reference_data
from providers.states import ListingState
from tests.factories.providers import juristic_number

CONTROL = "CREATE TABLE race_control (id bigserial PRIMARY KEY, at timestamptz NOT NULL)"


class Undone(Exception):
    """A transaction that its writer takes back."""


def plant(companies):
    """Companies with two listed products each, made plainly; their texts are published as ever."""
    load_reference_data()
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(CONTROL)
    for number in range(companies):
        with changing():
            provider = Provider.objects.create(juristic_number=juristic_number(), name_th=f"บริษัท {number} จำกัด")
            for letter in "กข":
                product = Product.objects.create(provider=provider, name_th=f"ระบบ {letter}{number}", kind="saas")
                listing = Listing.objects.create(
                    provider=provider, product=product, certificate_no=f"DC2570-{number:04d}{letter}",
                    valid_from=today, valid_until=today + timedelta(days=700),
                )  # fmt: skip
                remember(listing, "list", by=None)
            touch(provider)


def write(writers, seconds):
    """Let `writers` change listings for `seconds`; prints what they did as JSON."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(writers) as pool:
        counts = list(pool.map(lambda seed: _writer(seed, until), range(writers)))
    total = {name: sum(one[name] for one in counts) for name in counts[0]}
    print(json.dumps({**total, "seq": edition().seq}))


def _writer(seed, until):
    random, done = Random(seed), {"committed": 0, "undone": 0, "deleted": 0, "failed": 0}
    listings = list(Listing.objects.values_list("pk", flat=True))
    try:
        while time.monotonic() < until:
            try:
                done[_change(random, random.choice(listings))] += 1
            except Undone:
                done["undone"] += 1
            except Listing.DoesNotExist:
                continue
            except Exception:
                done["failed"] += 1
                raise
    finally:
        connections.close_all()
    return done


def _change(random, pk):
    """One transaction: a suspension, a price, a text, a deletion, or one that is taken back; what it was."""
    with changing():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO race_control (at) VALUES (clock_timestamp())")
        listing = Listing.objects.select_for_update().select_related("product", "provider").get(pk=pk)
        what = random.random()
        if what < 0.4:
            is_active = listing.state == ListingState.ACTIVE
            listing.state = ListingState.SUSPENDED if is_active else ListingState.ACTIVE
            listing.reason, listing.legal_basis = "ตรวจพบ", "ข้อ 27/7"
            listing.suspended_on = clock.today() if is_active else None
            listing.version += 1
            listing.save()
            remember(listing, "suspend" if is_active else "reinstate", by=None)
        elif what < 0.7:
            listing.product.prices.create(
                label_th="รายปี", unit="ปี", price_baht=random.randint(1, 10**6), valid_from=clock.today()
            )
        elif what < 0.95:
            listing.product.warranty = f"รับประกัน {random.random()}"
            listing.product.save()
        else:
            listing.history.all()._raw_delete("default")
            listing.delete()
        touch(listing.product)
        time.sleep(random.random() * 0.02)
        if random.random() < 0.1:
            raise Undone
    return "deleted" if what >= 0.95 else "committed"
