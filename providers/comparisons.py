"""Comparisons that local officers draw up before buying: facts of the account on a day, kept as they were."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from providers import seams
from providers.deciding.listing_acts import next_number
from providers.models import Comparison
from providers.public import showing

SERIES = "DM"
MOST = 60
KEPT = ("id", "kind", "number", "issuer", "expires_on")


def draw_up(products, local_government, *, subject, why, by):
    """A comparison of these products (keys) as the account shows them today; the Comparison.

    Raises PermissionDenied for others' offices; Refused: `nothing_chosen`, `too_many`, or `not_choosable` where one
    of them may not be chosen today.
    """
    capacity = access.capacity(by, "providers.add_comparison", local_government)
    if capacity is None:
        raise PermissionDenied(_("Only people of this local government may compare for it."))
    keys, today = sorted(set(products)), clock.today()
    if not keys:
        raise Refused(_("Choose at least one product."), code="nothing_chosen")
    if len(keys) > MOST:
        raise Refused(_("A comparison holds at most %(most)d products.") % {"most": MOST}, code="too_many")
    with transaction.atomic():
        listings = list(seams.choosable(today).filter(product__in=keys).order_by("product__name_sort_key", "pk"))
        if {one.product_id for one in listings} != set(keys):
            text = _("One of the chosen products is not listed today. Look at the list again and choose anew.")
            raise Refused(text, code="not_choosable")
        comparison = Comparison(
            number=next_number(SERIES),
            local_government=local_government,
            subject=subject,
            why=why,
            rows=rows_of(listings, today),
            sellers=len({one.provider_id for one in listings}),
            on=today,
            made_by=by,
            made_as=str(capacity),
        )
        comparison.full_clean()
        comparison.save()
        details = {"products": keys, "sellers": comparison.sellers}
        record("comparison.draw_up", comparison, by=by, capacity=capacity, details=details)
    return comparison


def rows_of(listings, day):
    """What a comparison keeps of each listing: its snapshot, and the certifications in force."""
    shown = {int(one["id"]): one for one in showing.shown_products([one.product_id for one in listings], day)}
    rows = []
    for listing in listings:
        held = [one for one in shown[listing.product_id]["held"] if one["is_valid"]]
        certifications = [
            {name: one[name].isoformat() if hasattr(one[name], "isoformat") else one[name] for name in KEPT}
            for one in held
        ]
        rows.append({**seams.snapshot(listing, day), "certifications": certifications})
    return rows
