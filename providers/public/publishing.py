"""The one way by which a change becomes public.

Whatever changes a provider, product, price, certification or listing does so inside `changing()` and calls `touch`.
At the end of the transaction the bodies of what was touched are made anew; those that differ from what the register
holds get the next numbers of the one sequence. The row that counts them is locked last, so the numbers come in the
order of the commits, and whoever has read up to a number has missed nothing before it.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction
from django.db.models import F, Prefetch
from django.db.models.functions import Greatest
from django.db.models.signals import post_delete
from django.dispatch import receiver

from portal import clock
from portal.statements import Statement
from providers.models import Certification, Edition, Listing, Product, Provider, Record
from providers.models.published import Published
from providers.public import bodies

EDITION = [field.attname for field in Edition._meta.concrete_fields]
PRESENT = Statement(lambda: Edition.objects.filter(pk=1).values_list(*EDITION))
_pending = ContextVar("providers.pending", default=None)


@contextmanager
def changing(provider=None):
    """A transaction whose changes of the register are published as its last act; an inner one joins the outer.

    `provider` (a key) names the company whose rows are about to be changed: it is locked before them, so that two
    changes of one company wait for each other here and never crosswise.
    """
    if _pending.get() is not None:
        _lock([provider] if provider else [])
        yield
        return
    with transaction.atomic():
        _lock([provider] if provider else [])
        touched = set()
        token = _pending.set(touched)
        try:
            yield
        finally:
            _pending.reset(token)
        if touched:
            publish(touched)


def touch(obj):
    """Have the public text of `obj` (anything with a `provider`) made anew when the transaction ends."""
    touched = _pending.get()
    if touched is None:
        raise RuntimeError("The register is changed inside `changing()` alone.")
    touched.add(obj.provider.pk if hasattr(obj, "provider") else obj.pk)


def publish(keys):
    """Make the texts of these providers (keys), their products and listings anew; how many records that gave.

    A company's rows are published by one transaction at a time, so that no text is made from half of two changes.
    """
    keys = sorted(keys)
    _lock(keys)
    changes = [change for provider in _with_everything(keys) for change in _changes(provider)]
    if not changes:
        return 0
    first, moment = _next(len(changes))
    records = []
    for seq, (kind, obj, columns, text) in enumerate(changes, start=first):
        op = "upsert" if text else "delete"
        records.append(Record(seq=seq, op=op, kind=kind, object_id=obj.pk, at=moment, body=text))
        public_seq = seq if text else None
        type(obj)._base_manager.filter(pk=obj.pk).update(public_body=text, public_seq=public_seq, **columns)
    Record.objects.bulk_create(records)
    return len(records)


def _lock(keys):
    """Hold the rows of these providers until the transaction ends; SQLite has one writer anyway."""
    if keys and connection.features.has_select_for_update:
        list(Provider.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def _next(count):
    """The first of the next `count` numbers, and their moment; from here to the commit nobody else gets one."""
    row = Edition.objects.filter(pk=1)
    if not row.update(seq=F("seq") + count, at=Greatest(F("at"), clock.now())):
        with transaction.atomic():
            Edition.objects.get_or_create(pk=1)
        return _next(count)
    edition = row.get()
    return edition.seq - count + 1, edition.at


def _with_everything(keys):
    listings = Listing._base_manager.select_related("provider", "product").prefetch_related("flags").order_by("pk")
    certifications = Certification.objects.select_related("kind")
    products = Product._base_manager.select_related("provider").prefetch_related(
        "prices", "categories", "provinces", Prefetch("certifications", queryset=certifications)
    )
    return (
        Provider._base_manager.filter(pk__in=keys)
        .order_by("pk")
        .select_related("province")
        .prefetch_related(
            "successions",
            Prefetch("certifications", queryset=certifications),
            Prefetch("products", queryset=products.order_by("pk")),
            Prefetch("listings", queryset=listings),
        )
    )


def _changes(provider):
    """(kind, row, columns, text) of each text of this provider that is no longer what the register holds."""
    listings = list(provider.listings.all())
    latest = {one.product_id: one for one in bodies.latest_of(listings)}
    found = [("listing", one, {}, bodies.as_text(bodies.listing_body(one))) for one in listings]
    for product in provider.products.all():
        listing = latest.get(product.pk)
        body = bodies.as_text(bodies.product_body(product, listing)) if listing else ""
        found.append(("product", product, _standing([listing] if listing else []), body))
    body = bodies.as_text(bodies.provider_body(provider, listings)) if listings else ""
    found.append(("provider", provider, _standing(list(latest.values())), body))
    return [change for change in found if change[3] != change[1].public_body]


def _standing(listings):
    return {"standing": bodies.standing_of(listings), "listed_until": bodies.listed_until(listings)}


@receiver(post_delete)
def leave(sender, instance, **_kwargs):
    """A public row that is deleted leaves a tombstone, so that every copy lets go of it too."""
    if isinstance(instance, Published) and instance.public_seq is not None:
        with transaction.atomic():
            seq, moment = _next(1)
            kind = instance._meta.model_name
            Record.objects.create(seq=seq, op="delete", kind=kind, object_id=instance.pk, at=moment)


def rebuild():
    """Make every public text anew; how many differed. Zero shows that the register is honest."""
    with changing():
        touched = _pending.get()
        touched |= set(Provider.objects.values_list("pk", flat=True))
        before = Record.objects.count()
    return Record.objects.count() - before


def edition():
    """The present `Edition`: the last number given and its moment; number 0 before there was any."""
    found = PRESENT.first()
    return Edition.from_db(connection.alias, EDITION, found) if found else Edition(pk=1, seq=0)
