"""What the account shows on pages that belong to no app: the first page, a municipality's page, search, verifying."""

import re

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.registry import Hit, Panel
from portal.thai.digits import to_arabic
from providers.models import Comparison, Product, Provider
from providers.states import ListingState

SHOWN = 5
CERTIFICATE = re.compile(r"DC[0-9]{4}-[0-9]{5,}")


def find(text, user, limit):
    """Public companies and products that fit `text`, and the listing of a certificate's number."""
    for found in Provider.objects.listed().search(text).in_thai_order()[:limit]:
        yield Hit("providers", found.name, found.get_absolute_url(), _detail(found, found.grouped_number))
    products = Product.objects.listed().search(text).select_related("provider").in_thai_order()
    for found in products[:limit]:
        yield Hit("providers", found.name, found.get_absolute_url(), _detail(found, found.provider.name))
    if address := proof(text):
        yield Hit("providers", _("Certificate %(number)s") % {"number": plain(text)}, address)


def _detail(found, first):
    return f"{first} · {found.standing_today.label}"


def plain(text):
    """A number as it is kept: capitals, Arabic digits, no blanks."""
    return "".join(to_arabic(text).upper().split())


def proof(text):
    """The page that proves a certificate, from its number."""
    number = plain(text)
    return reverse("providers:verify", args=[number]) if CERTIFICATE.fullmatch(number) else None


def municipality_panel(place, user):
    """What a municipality may choose from, and for its own people what they compared last."""
    active = Product.objects.listed().standing(ListingState.ACTIVE, clock.today()).serving(place.province_id)
    counts = active.aggregate(products=Count("pk"), companies=Count("provider", distinct=True))
    comparisons = Comparison.objects.visible_to(user).filter(local_government=place).order_by("-made_at", "-pk")
    context = {"place": place, "counts": counts, "comparisons": list(comparisons[:SHOWN])}
    return Panel(_("Digital providers"), "providers/directory/_municipality.html", context)


def account_block(request):
    """The block of the first page: how much the account holds, and what was listed last; nothing while it is empty."""
    active = Product.objects.listed().standing(ListingState.ACTIVE, clock.today())
    counts = active.aggregate(products=Count("pk"), companies=Count("provider", distinct=True))
    if not counts["products"]:
        return None
    latest = list(active.select_related("provider").order_by("-pk")[:SHOWN])
    return Panel(
        _("Account of digital providers"), "providers/directory/_home.html", {"counts": counts, "latest": latest}
    )
