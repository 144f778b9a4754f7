"""What the other apps may ask of the registry."""

from django.db.models import Q
from django.utils.translation import gettext as _

from portal import clock
from providers.deciding.impact import Dependant, Use, dependants, uses
from providers.deciding.listing_acts import begin_of, end_of
from providers.models import Listing
from providers.public.search import words
from providers.states import ListingState

__all__ = [
    "Dependant",
    "Use",
    "choosable",
    "dependants",
    "gone",
    "gone_since",
    "listings",
    "price_on",
    "search",
    "snapshot",
    "standing",
    "uses",
    "warning",
]


def listings():
    """Every listing of the account, whatever its state, with product and provider."""
    return Listing.objects.select_related("product", "provider")


def search(text, day):
    """Listings that may be chosen on `day` in whose product's or company's name every word of `text` occurs."""
    found = choosable(day)
    for word in words(text):
        found = found.filter(Q(product__search_text__contains=word) | Q(provider__search_text__contains=word))
    return found.order_by("product__name_sort_key", "pk")


def choosable(day):
    """Listings that a local government may choose on `day` (a date in Bangkok), with product and provider."""
    return Listing.objects.choosable(day).select_related("product", "provider")


def snapshot(listing, day):
    """What was true of `listing` on `day`, to be kept with the case that chose it, in JSON's own types:

    `listing`, `certificate_no`, `status`, `valid_until`, `provider{id, juristic_number, name_th}`,
    `product{id, name_th, version}`, `prices[{id, label_th, unit, price_baht}]`, `as_of` (dates ISO, amounts strings).
    """
    product, provider = listing.product, listing.provider
    return {
        "listing": str(listing.pk),
        "certificate_no": listing.certificate_no,
        "status": listing.state_on(day),
        "valid_until": listing.valid_until.isoformat(),
        "provider": {
            "id": str(provider.pk),
            "juristic_number": provider.juristic_number,
            "name_th": provider.name_th,
        },
        "product": {"id": str(product.pk), "name_th": product.name_th, "version": product.edition},
        "prices": [
            {"id": str(one.pk), "label_th": one.label_th, "unit": one.unit, "price_baht": str(one.price_baht)}
            for one in product.prices.in_force(day)
        ],
        "as_of": day.isoformat(),
    }


def price_on(listing, day):
    """The listed prices of `listing` in force on `day`, as a queryset of rows with `price_baht` for one `unit`."""
    return listing.product.prices.in_force(day)


def standing(listing):
    """The state of `listing` today, a `ListingState` with a `label`."""
    return ListingState(listing.state_on(clock.today()))


def gone(day):
    """Listings that may not be chosen on `day` though they once were, with product and provider."""
    return listings().exclude(pk__in=Listing.objects.choosable(day).values("pk"))


def gone_since(listing):
    """The moment since which `listing`, one of `gone`, may no longer be chosen."""
    if listing.suspended_on and not listing.ended_at:
        return begin_of(listing.suspended_on)
    if listing.provider.has_ceased and not listing.ended_at:
        return begin_of(listing.provider.company_checked_on)
    return listing.ended_at or end_of(listing.valid_until)


def warning(listing):
    """What to say, in one sentence, of a chosen listing that may no longer be chosen; "" while it may."""
    state = standing(listing)
    if state == ListingState.ACTIVE and listing.provider.has_ceased:
        return _("The company of the chosen listing %(certificate)s has ceased: “%(status)s”.") % {
            "certificate": listing.certificate_no,
            "status": listing.provider.get_company_status_display(),
        }
    if state == ListingState.ACTIVE:
        return ""
    return _("The chosen listing %(certificate)s is now “%(state)s”.") % {
        "certificate": listing.certificate_no,
        "state": state.label,
    }
