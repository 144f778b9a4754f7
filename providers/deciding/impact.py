"""Who depends on a listing. The apps above answer; nothing here knows them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.notices import tell
from providers.states import ListingState

_DEPENDANTS, _USES = [], []


@dataclass(frozen=True)
class Dependant:
    """One case that chose a listing: what it is, whose, where it is shown, and how far it has gone."""

    kind: str
    title: str
    url: str
    local_government: Any
    state: str
    people: tuple = ()


def dependants(function):
    """Register `function(listing) -> iterable of Dependant`: the cases of an app that chose the listing."""
    if function not in _DEPENDANTS:
        _DEPENDANTS.append(function)
    return function


def of(listing):
    """Every case that chose `listing`, the apps in the order in which they registered."""
    return [one for function in _DEPENDANTS for one in function(listing)]


def counted(cases):
    """What a company may know of `cases`: how many of each kind, by kind of local government, as sorted triples."""
    counts = Counter((str(one.kind), one.local_government.get_kind_display()) for one in cases)
    return [(kind, place, count) for (kind, place), count in sorted(counts.items())]


@dataclass(frozen=True)
class Use:
    """One public case in which a local government uses a listing: what anybody may read of it."""

    listing: int
    local_government: Any
    title: str
    url: str


def uses(function):
    """Register `function(listings) -> iterable of Use`: the cases of an app, public to everyone, that chose them.

    It is asked once for any number of listings, and answers in as few queries.
    """
    if function not in _USES:
        _USES.append(function)
    return function


def used_by(listings):
    """Every public `Use` of any of these listings (keys), the apps in the order in which they registered."""
    return [one for function in _USES for one in function(listings)] if listings else []


def letter(listing):
    """What the people of a case are told when `listing` is no longer, or again, what they chose: (subject, body)."""
    return (
        _("The status of %(certificate)s has changed: %(state)s"),
        _(
            "“%(product)s” of %(company)s, chosen in “%(title)s”, is now “%(state)s”. A contract that is signed stays "
            "as it is; a new choice is possible only among listed products."
        ),
    )


AFTER = {"suspend": ListingState.SUSPENDED, "revoke": ListingState.REVOKED, "reinstate": ListingState.ACTIVE}


def letter_for(listing, step):
    """The letter that people of a case would get if `step` were taken now, as (subject, body); None for other steps."""
    if step not in AFTER:
        return None
    facts = _facts(listing, AFTER[step].label, "…")
    return tuple(str(part) % facts for part in letter(listing))


def _facts(listing, state, title):
    return {
        "certificate": listing.certificate_no,
        "product": listing.product.name_th,
        "company": listing.provider.name_th,
        "title": title,
        "state": state,
    }


def ceased_letter(listing):
    """What the people of a case are told when the company of `listing` has ceased: (subject, body)."""
    return (
        _("The company of %(certificate)s has ceased"),
        _(
            "%(company)s, whose “%(product)s” was chosen in “%(title)s”, has ceased according to the Department of "
            "Business Development. The registry looks at it; until then it cannot be chosen anew."
        ),
    )


def lapsed_letter(listing):
    """What the people of a case are told when a certification of `listing` has lapsed: (subject, body)."""
    return (
        _("A certification of %(certificate)s has lapsed"),
        _(
            "“%(product)s” of %(company)s, chosen in “%(title)s”, rests on a certification that has lapsed. It stays "
            "listed, with a remark, while the company sends the renewed one."
        ),
    )


def warn(listing, letter=letter):
    """Tell the people of every case that chose `listing` what it is now; how many cases."""
    cases = of(listing)
    subject, body = letter(listing)
    for case in cases:
        tell(
            case.people,
            "chosen_listing_changed",
            subject=subject,
            body=body,
            url=case.url,
            about=listing,
            **_facts(listing, ListingState(listing.state).label, case.title),
        )
    return len(cases)
