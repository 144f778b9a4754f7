"""Public texts made ready to be read: what everyone may see of a company or a product, on one day.

Pages show nothing that is not in a public text of the register or in its history, so nothing private can slip in.
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.states import SmartDimension
from portal.thai.dates import is_thai
from providers.models import Certification, ListingEvent, Product, Provider, Succession
from providers.public import bodies, history
from providers.public.naming import by_code
from providers.states import (
    CompanyStatus,
    Hosting,
    ListingState,
    PdpaRole,
    ProductKind,
    ReasonClass,
    SellerRole,
)

MODELS = {"provider": Provider, "product": Product}


def texts(kind, keys, day):
    """{key: public body} of those of `keys` that the register showed on `day` (a date in Bangkok, not to come)."""
    if day < clock.today():
        found = history.as_of(kind, day, keys).values_list("object_id", "body")
    else:
        rows = MODELS[kind]._base_manager.filter(pk__in=keys, public_seq__isnull=False)
        found = rows.order_by("pk").values_list("pk", "public_body")
    return {key: bodies.on_day(kind, json.loads(body), day) for key, body in found}


def text_of(kind, row, day):
    """The public body of one row (with its `public_body` at hand) as the register showed it on `day`, or None."""
    if day < clock.today():
        return history.body_as_of(kind, row.pk, day)
    return bodies.on_day(kind, json.loads(row.public_body), day) if row.public_seq is not None else None


@dataclass(frozen=True)
class Standing:
    """How a listing stood on a day, and since when: what a banner says. `since` is a moment or None."""

    state: ListingState
    valid_until: date | None
    certificate_no: str
    since: object = None
    reason: str = ""
    legal_basis: str = ""
    flags: tuple = ()

    @property
    def label(self):
        return self.state.label


def history_of(**which):
    """The whole public history of listings (of a `provider`, a `product`, or the one of key `pk`), oldest first."""
    events = ListingEvent.objects.filter(**{f"listing__{name}": one for name, one in which.items()})
    return list(events.select_related("listing__product").order_by("effective_at", "pk"))


def standings(listings, day, events):
    """{key: Standing} of `listings` (their members in public bodies) on `day`; `events` (from `history_of`) say why."""
    moment = history.moment_of(day)
    latest = {event.listing_id: event for event in events if event.effective_at <= moment}
    return {int(one["id"]): _standing(one, latest.get(int(one["id"]))) for one in listings}


def _standing(listing, event):
    state, until = ListingState(listing["status"]), _day(listing["valid_until"])
    told = {
        "state": state,
        "valid_until": until,
        "certificate_no": listing["certificate_no"],
        "flags": tuple(listing["flags"]),
    }
    if event is None or event.state != state:
        return Standing(**told)
    reason = ReasonClass(event.reason_class).label if event.reason_class else ""
    return Standing(**told, since=event.effective_at, reason=reason, legal_basis=event.legal_basis)


@dataclass(frozen=True)
class Words:
    """What codes and keys in public texts stand for: names by (question, code), moments of verification by key."""

    labels: dict
    verified: dict


def words_for(*found):
    """The `Words` for these public bodies, in two queries."""
    keys = {int(one["id"]) for body in found for one in body["certifications"]}
    verified = Certification.objects.filter(pk__in=keys).values_list("pk", "verified_at") if keys else ()
    return Words(by_code(), dict(verified))


def company(body, words):
    """A provider's body in words."""
    return {
        **body,
        "name": name_of(body),
        "status": ListingState(body["status"]),
        "listed_until": _day(body["listed_until"]),
        "province": words.labels.get(("province", body["province"])),
        "company_status": CompanyStatus(body["company_status"]),
        "company_checked_on": _day(body["company_checked_on"]),
        "description": _either(body, "description"),
        "certifications": _certifications(body["certifications"], words),
    }


def product(body, words):
    """A product's body in words."""
    return {
        **body,
        "name": name_of(body),
        "company": name_of(body["provider"]),
        "status": ListingState(body["status"]),
        "kind": ProductKind(body["kind"]),
        "categories": [words.labels.get(("category", code), code) for code in body["categories"]],
        "dimensions": [SmartDimension(code).label for code in body["dimensions"]],
        "provinces": [words.labels.get(("province", code), code) for code in body["provinces"]],
        "hosting": Hosting(body["hosting"]),
        "pdpa_role": PdpaRole(body["pdpa_role"]),
        "seller_role": SellerRole(body["seller_role"]),
        "description": _either(body, "description"),
        "prices": [_price(one) for one in body["prices"]],
        "certifications": _certifications(body["certifications"], words),
    }


def _certifications(rows, words):
    return [
        {
            **one,
            "kind_label": words.labels.get(("certification", one["kind"]), one["kind"]),
            "issued_on": _day(one["issued_on"]),
            "expires_on": _day(one["expires_on"]),
            "withdrawn_on": _day(one["withdrawn_on"]),
            "verified_at": words.verified.get(int(one["id"])),
        }
        for one in rows
    ]


def in_force(certification, day):
    """Whether a certification in words covered `day`."""
    ends, withdrawn = certification["expires_on"], certification["withdrawn_on"]
    return (
        certification["issued_on"] <= day and (ends is None or ends >= day) and (withdrawn is None or withdrawn > day)
    )


def _price(one):
    return {
        **one,
        "label": one["label_th"] if is_thai() or not one["label_en"] else one["label_en"],
        "price_baht": Decimal(one["price_baht"]),
        "valid_from": _day(one["valid_from"]),
        "valid_until": _day(one["valid_until"]),
    }


def prices_on(shown, day):
    """The prices in force on `day` of a product in words."""
    return [
        one
        for one in shown["prices"]
        if one["valid_from"] <= day and (one["valid_until"] is None or one["valid_until"] >= day)
    ]


def name_of(body):
    """The name in a body, in the language of the reader where it has one."""
    return body["name_th"] if is_thai() or not body["name_en"] else body["name_en"]


def _either(body, name):
    return body[f"{name}_th"] if is_thai() or not body[f"{name}_en"] else body[f"{name}_en"]


def _day(text):
    return date.fromisoformat(text) if text else None


VERBS = {
    "list": _("Entered in the account"),
    "renew": _("Renewed"),
    "hold": _("Held while the renewal is decided"),
    "let_go": _("No longer held"),
    "suspend": _("Suspended"),
    "reinstate": _("Reinstated"),
    "revoke": _("Revoked"),
    "expire": _("Expired"),
    "withdraw": _("Withdrawn by the company"),
}


def timeline(events):
    """A history in words, newest first: what became true, when it did (`effective_at`), and when that was written down
    (`recorded_at`). Who wrote it, and on what paper, is not public.
    """
    found = []
    for event in reversed(events):
        told = {name: getattr(event, name) for name in ("state", "valid_until", "effective_at", "recorded_at")}
        told |= {
            "verb": VERBS.get(event.verb, event.verb),
            "reason": ReasonClass(event.reason_class).label if event.reason_class else "",
            "legal_basis": event.legal_basis,
            "certificate_no": event.listing.certificate_no,
            "product": event.listing.product.name,
        }
        found.append(told)
    return found


def successions(key):
    """The public successions that company `key` is part of, oldest first."""
    rows = Succession.objects.public().filter(Q(predecessor=key) | Q(successor=key))
    return rows.select_related("predecessor", "successor").order_by("on", "pk")


def shown_products(keys, day, events=None):
    """The products of `keys` that the register showed on `day`, in words and in that order, each with `standing`,
    `prices_today`, its `held` certifications (its own and its company's) and its `owner`, the company in words.
    """
    products = texts("product", keys, day)
    companies = texts("provider", {int(one["provider"]["id"]) for one in products.values()}, day)
    words = words_for(*products.values(), *companies.values())
    owners = {body["id"]: company(body, words) for body in companies.values()}
    events = history_of(product__in=keys) if events is None else events
    how = standings([one["listing"] for one in products.values()], day, events)
    found = []
    for key in keys:
        if key not in products:
            continue
        shown = product(products[key], words)
        owner = owners.get(shown["provider"]["id"])
        of_company = [one for one in owner["certifications"] if one["product"] is None] if owner else []
        shown |= {
            "owner": owner,
            "standing": how[int(shown["listing"]["id"])],
            "prices_today": prices_on(shown, day),
            "held": [{**one, "is_valid": in_force(one, day)} for one in [*shown["certifications"], *of_company]],
        }
        found.append(shown)
    return found
