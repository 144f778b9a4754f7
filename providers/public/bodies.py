"""What everyone reads of a provider, a product and a listing: the JSON bodies of the public register.

Nothing else of these rows is public. Each body is a plain dict; `as_text` is how it is kept. Dates are days in the
common era, amounts decimal strings in baht without VAT, ids opaque strings.
"""

import json

from providers.identity import SCHEME
from providers.states import BY_WEIGHT, RUNNING, ListingState

KINDS = ("provider", "product", "listing")


def as_text(body):
    """`body` as the text that is kept and compared: the same words always give the same text."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def provider_body(provider, listings):
    """`listings` are the public listings of the provider, with their products, oldest first."""
    latest = latest_of(listings)
    return {
        "id": str(provider.pk),
        "juristic_number": provider.juristic_number,
        "identifiers": [{"scheme": SCHEME, "id": provider.juristic_number}],
        "name_th": provider.name_th,
        "name_en": provider.name_en,
        "status": standing_of(latest),
        "listed_until": _day(listed_until(latest)),
        "province": provider.province.code if provider.province else None,
        "address": provider.address,
        "website": provider.website,
        "phone": provider.phone,
        "email": provider.email,
        "is_vat_registered": provider.is_vat_registered,
        "company_status": provider.company_status,
        "company_checked_on": _day(provider.company_checked_on),
        "description_th": provider.description_th,
        "description_en": provider.description_en,
        "certifications": [_certification(one) for one in provider.certifications.all() if one.verified_at],
        "products": [
            {
                "id": str(one.product_id),
                "kind": one.product.kind,
                "name_th": one.product.name_th,
                "name_en": one.product.name_en,
                "listing": _listing(one),
            }
            for one in latest
        ],
        "successors": [str(one.successor_id) for one in provider.successions.all()],
    }


def product_body(product, listing):
    """`listing` is the product's latest public one."""
    return {
        "id": str(product.pk),
        "provider": _company(product.provider),
        "name_th": product.name_th,
        "name_en": product.name_en,
        "kind": product.kind,
        "version": product.edition,
        "status": listing.state,
        "listing": _listing(listing),
        "categories": [one.code for one in product.categories.all()],
        "dimensions": product.dimensions,
        "is_nationwide": product.is_nationwide,
        "provinces": sorted(one.code for one in product.provinces.all()),
        "hosting": product.hosting,
        "pdpa_role": product.pdpa_role,
        "seller_role": product.seller_role,
        "owner_name": product.owner_name,
        "has_api": product.has_api,
        "standards": product.standards,
        "warranty": product.warranty,
        "description_th": product.description_th,
        "description_en": product.description_en,
        "prices": [
            {
                "id": str(one.pk),
                "label_th": one.label_th,
                "label_en": one.label_en,
                "unit": one.unit,
                "price_baht": str(one.price_baht),
                "includes_vat": False,
                "min_term_months": one.min_term_months,
                "valid_from": _day(one.valid_from),
                "valid_until": _day(one.valid_until),
            }
            for one in product.prices.all()
        ],
        "certifications": [_certification(one) for one in product.certifications.all() if one.verified_at],
        "replaces": str(product.replaces_id) if product.replaces_id else None,
    }


def listing_body(listing):
    product = listing.product
    return {
        **_listing(listing),
        "provider": _company(listing.provider),
        "product": {
            "id": str(product.pk),
            "kind": product.kind,
            "name_th": product.name_th,
            "name_en": product.name_en,
        },
        "legal_basis": listing.legal_basis,
        "review_by": _day(listing.review_by),
        "barred_until": _day(listing.barred_until),
    }


def _listing(listing):
    return {
        "id": str(listing.pk),
        "certificate_no": listing.certificate_no,
        "status": listing.state,
        "valid_from": _day(listing.valid_from),
        "valid_until": _day(listing.valid_until),
        "reason_class": listing.reason_class or None,
        "suspended_on": _day(listing.suspended_on),
        "flags": sorted({one.code for one in listing.flags.all() if one.cleared_at is None}),
    }


def _company(provider):
    return {
        "id": str(provider.pk),
        "juristic_number": provider.juristic_number,
        "name_th": provider.name_th,
        "name_en": provider.name_en,
    }


def _certification(one):
    return {
        "id": str(one.pk),
        "kind": one.kind.code,
        "number": one.number,
        "issuer": one.issuer,
        "scope": one.scope,
        "level": one.level,
        "issued_on": _day(one.issued_on),
        "expires_on": _day(one.expires_on),
        "withdrawn_on": _day(one.withdrawn_on),
        "product": str(one.product_id) if one.product_id else None,
    }


def _day(day):
    return day.isoformat() if day else None


def latest_of(listings):
    """The latest listing of each product, in the products' order."""
    found = {}
    for one in listings:
        found[one.product_id] = one
    return [found[key] for key in sorted(found)]


def standing_of(listings):
    """The weightiest state among `listings`, or "" without any."""
    states = {one.state for one in listings}
    return next((state.value for state in BY_WEIGHT if state in states), "")


def listed_until(listings):
    """The last day of the longest that runs, of the standing's own state; None when none runs."""
    standing = standing_of(listings)
    days = [one.valid_until for one in listings if one.state == standing and one.state in RUNNING]
    return max(days, default=None)


def on_day(kind, body, day):
    """`body` as true on `day`: a listing past its last day has expired, also where the record came later.

    `body` is changed in place and given back.
    """
    today = day.isoformat()
    if kind == "listing":
        _expire(body, today)
    elif kind == "product":
        _expire(body["listing"], today)
        body["status"] = body["listing"]["status"]
    else:
        running = []
        for product in body["products"]:
            _expire(product["listing"], today)
            running.append(product["listing"])
        states = {one["status"] for one in running}
        body["status"] = next((state.value for state in BY_WEIGHT if state in states), "")
        ends = [one["valid_until"] for one in running if one["status"] == body["status"] and body["status"] in RUNNING]
        body["listed_until"] = max(ends, default=None)
    return body


def _expire(listing, today):
    if listing["status"] in RUNNING and listing["valid_until"] < today:
        listing["status"] = ListingState.EXPIRED.value
