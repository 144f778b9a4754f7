"""From an approved application to the register: company, products, prices, certifications, listings."""

from datetime import timedelta

from django.core.exceptions import ValidationError

from portal import clock
from portal.models import User
from providers.applying import answers
from providers.deciding.listing_acts import clear_flags, enlist, lengthen
from providers.lifecycle.listing import LISTING
from providers.models import Certification, Price, Product
from providers.public.publishing import touch
from providers.states import ApplicationKind, ListingState, Section

PRODUCT_FIELDS = (
    "name_th", "name_en", "kind", "edition", "dimensions", "is_nationwide", "hosting", "pdpa_role", "seller_role",
    "owner_name", "has_api", "standards", "warranty", "description_th", "description_en",
)  # fmt: skip
PRICE_FIELDS = ("label_th", "label_en", "unit", "price_baht", "min_term_months")
CERTIFICATION_FIELDS = ("kind", "number", "issuer", "scope", "level", "issued_on", "expires_on")


def read(section, typed):
    """The cleaned answers of a row that was found complete; raises ValidationError where that is no longer so."""
    form = answers.read(section, typed)
    form.full_clean()
    if form.errors:
        raise ValidationError([error for errors in form.errors.as_data().values() for error in errors])
    return form.cleaned_data


def enter(application, *, by):
    """Write what `application` says into the register and list its products; the Listings.

    Runs inside `publishing.changing()`. Rows of the register that say the same stay as they are; a price that
    differs follows the old one from today; a certification that differs replaces the old one.
    """
    provider = application.provider
    describe(provider, read(Section.COMPANY, application.company))
    products = {}
    for entry in application.entries.filter(section=Section.PRODUCTS):
        products[entry.pk] = entry.product = set_product(provider, entry)
        entry.save(update_fields=["product"])
    for key, product in products.items():
        rows = [e for e in application.entries.all() if e.section == Section.PRICES and e.parent_id == key]
        set_prices(product, rows, is_renewal=application.kind == ApplicationKind.RENEWAL)
    for entry in application.entries.filter(section=Section.CERTIFICATIONS):
        set_certification(provider, entry, products.get(entry.parent_id), verified_by=application.registrar)
    listings = [list_product(product, by=by) for product in products.values()]
    for listing in provider.listings.running():
        clear_flags(listing, "certification_lapsed", certification__replaced_by__isnull=False)
    touch(provider)
    return listings


def list_product(product, *, by):
    """The listing of an approved product: the running one lengthened, or a new one."""
    listing = product.listings.running().first()
    if listing is None:
        return enlist(product, by=by)
    if listing.current_state == ListingState.EXPIRED:
        LISTING.take(listing, "expire", by=User.objects.timer())
        return enlist(product, by=by)
    return lengthen(listing, by=by)


def describe(provider, given):
    """Set the company's own fields from its cleaned section."""
    for name, value in given.items():
        setattr(provider, name, value)
    provider.full_clean()
    provider.save()


def set_product(provider, entry):
    """The product that an entry describes, made or brought up to date."""
    given = read(Section.PRODUCTS, entry.answers)
    product = entry.product or Product(provider=provider, replaces=older_version(provider, given))
    for name in PRODUCT_FIELDS:
        setattr(product, name, given[name])
    product.full_clean()
    product.save()
    product.categories.set(given["categories"])
    product.provinces.set([] if product.is_nationwide else given["provinces"])
    return product


def older_version(provider, given):
    """The latest product of this name of which a new product would be another version, or None."""
    same = provider.products.filter(name_th=given["name_th"]).exclude(edition=given["edition"]).exclude(standing="")
    return same.order_by("-pk").first()


def set_prices(product, entries, *, is_renewal):
    """Bring the prices of `product` to what `entries` say; with `is_renewal` those not named are closed."""
    kept = set()
    for entry in entries:
        given = read(Section.PRICES, entry.answers)
        kept.add(set_price(product, given, entry.price).pk)
    if is_renewal:
        for price in product.prices.in_force(clock.today()).exclude(pk__in=kept):
            close(price, clock.today() - timedelta(days=1))


def set_price(product, given, old=None):
    """The price that says `given`: `old` where it says the same, else a new one that follows it."""
    if old is not None and all(getattr(old, name) == given[name] for name in PRICE_FIELDS):
        return old
    first = clock.today()
    if old is not None:
        first = max(first, old.valid_from + timedelta(days=1))
        close(old, first - timedelta(days=1))
    price = Price(product=product, follows=old, valid_from=first, **{name: given[name] for name in PRICE_FIELDS})
    price.full_clean()
    price.save()
    return price


def close(price, last_day):
    """Give a price its last day; the one thing that is ever written to it."""
    price.valid_until = max(last_day, price.valid_from)
    price.full_clean()
    price.save(update_fields=["valid_until"])


def set_certification(provider, entry, product, *, verified_by):
    """The certification that an entry describes, verified: one that the register holds where it says the same."""
    given, old = read(Section.CERTIFICATIONS, entry.answers), entry.certification
    said = {name: given[name] for name in CERTIFICATION_FIELDS}
    held = provider.certifications.verified().filter(product=product or (old.product if old else None), **said)
    if same := held.filter(withdrawn_on=None, replaced_by=None).first():
        return same
    certification = Certification(
        provider=provider,
        product=product or (old.product if old else None),
        file=entry.file,
        replaces=old,
        verified_by=verified_by,
        verified_at=clock.now(),
        **said,
    )
    certification.full_clean()
    certification.save()
    entry.certification = certification
    entry.save(update_fields=["certification"])
    return certification
