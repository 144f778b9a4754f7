"""Listings past their last day whose end the timer has not recorded yet: what they and theirs read as today.

Between midnight and the timer's run the stored texts are behind by these few. Which they are is asked once for each
state of the register and each day; on any other moment of the year there are none, and texts are passed on unread.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Q

from providers.models import Listing, Product, Provider
from providers.public import bodies

MODELS = {"provider": Provider, "product": Product, "listing": Listing}


@dataclass(frozen=True)
class Late:
    """`texts` and `states` of the rows (keys) of one kind that read otherwise than stored."""

    texts: dict = field(default_factory=dict)
    states: dict = field(default_factory=dict)

    def in_states(self, found, states):
        """`found` (a Q by what is stored) with the rows in question judged by what they are."""
        if not self.states:
            return found
        fitting = [pk for pk, state in self.states.items() if state in states]
        return (found & ~Q(pk__in=list(self.states))) | Q(pk__in=fitting)


NONE = Late()


@lru_cache(maxsize=16)
def _known(_seq, _at, day):
    late = Listing.objects.listed().past_their_end(day)
    if not late.exists():
        return {}
    keys = {
        "listing": late.values("pk"),
        "product": late.values("product"),
        "provider": late.values("provider"),
    }
    return {kind: _read(kind, keys[kind], day) for kind in MODELS}


def _read(kind, keys, day):
    texts, states = {}, {}
    rows = MODELS[kind]._base_manager.filter(pk__in=keys, public_seq__isnull=False)
    for pk, text in rows.values_list("pk", "public_body"):
        body = bodies.on_day(kind, json.loads(text), day)
        texts[pk], states[pk] = bodies.as_text(body), body["status"]
    return Late(texts, states)


def late(kind, edition, day):
    """The `Late` rows of `kind` on `day` (a date in Bangkok) in this `Edition` of the register."""
    return _known(edition.seq, edition.at, day).get(kind, NONE)
