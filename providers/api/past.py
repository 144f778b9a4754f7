"""The public lists as they were on a day, read from the records: the same questions, asked of bodies.

Bodies are read in parts of a fixed size in the order of their keys, so memory stays flat whatever is asked.
"""

from functools import cached_property, wraps

import orjson
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from portal.api.problems import BadParameter
from providers.api import parameters
from providers.models import Category, Record
from providers.public import bodies
from providers.public.history import moment_of
from providers.public.late import NONE

PART = 500


def cached(method):
    """Remembers a method's answers with its object, and no longer than that."""

    @wraps(method)
    def ask(self, *arguments):
        known = self.__dict__.setdefault(f"_{method.__name__}", {})
        if arguments not in known:
            known[arguments] = method(self, *arguments)
        return known[arguments]

    return ask


class Moment:
    """The day that a question is asked of (a date in Bangkok), and what answering needs to know of it."""

    def __init__(self, day, late=NONE):
        self.day, self.late = day, late

    @cached
    def categories_within(self, codes):
        """These categories (a tuple of codes) and those in them, as the list of categories stands."""
        found = Category.objects.filter(Q(code__in=codes) | Q(parent__code__in=codes))
        return frozenset(found.values_list("code", flat=True))

    @cached
    def holders(self, kinds):
        """(ids of providers, ids of products) certified on the day with any of these kinds (a tuple)."""
        providers, products = set(), set()
        for body in every_body("provider", self.day):
            for one in parameters.certifications_in_force(body, kinds, self.day):
                providers.add(body["id"]) if one["product"] is None else products.add(one["product"])
        return providers, products


def every_body(kind, day, after=0):
    """The public bodies of `kind` as true on `day`, by key, behind the key `after`."""
    until = moment_of(day)
    while True:
        latest = (
            Record.objects.filter(kind=kind, at__lt=until, object_id__gt=after)
            .values("object_id")
            .annotate(last=Max("seq"))
            .order_by("object_id")
        )
        keys = dict(latest.values_list("object_id", "last")[:PART])
        records = Record.objects.filter(seq__in=keys.values(), op="upsert").order_by("object_id")
        for text in records.values_list("body", flat=True):
            yield bodies.on_day(kind, orjson.loads(text), day)
        if len(keys) < PART:
            return
        after = max(keys)


class Past:
    """What a list of `kind` answered on `moment.day` to `asked` ({parameter: values})."""

    def __init__(self, kind, questions, asked, moment):
        self.kind, self.questions, self.asked, self.moment = kind, questions, asked, moment

    def bodies(self, after=0):
        """The bodies that fit, by key, behind the key `after`."""
        for body in every_body(self.kind, self.moment.day, after):
            if self.fits(body):
                yield body

    def fits(self, body):
        own = [one for one in self.questions if one.name in self.asked and one not in self.about_products]
        return all(one.fits(body, self.asked[one.name], self.moment) for one in own) and self.fits_products(body)

    @cached_property
    def about_products(self):
        return [*parameters.OF_PRODUCTS, *parameters.BOUNDS] if self.kind != "listing" else parameters.BOUNDS

    def fits_products(self, body):
        if not any(one.name in self.asked for one in self.about_products):
            return True
        return body["id"] in self.offering if self.kind == "provider" else self.is_right(body)

    @cached_property
    def offering(self):
        """The ids of providers with one product that fits all that is asked of products."""
        return {one["provider"]["id"] for one in every_body("product", self.moment.day) if self.is_right(one)}

    def is_right(self, product):
        for one in parameters.OF_PRODUCTS:
            if one.name in self.asked and not one.fits(product, self.asked[one.name], self.moment):
                return False
        low, high = bounds_in(self.asked)
        return (low is None and high is None) or parameters.is_priced(product, low, high, self.moment)


def bounds_in(asked):
    """(low, high) of the prices asked for; None where there is no bound."""
    return tuple(asked[name][0] if name in asked else None for name in ("price_min", "price_max"))


def position_in(cursor):
    """The key behind which a page of the past begins. Raises 400."""
    if cursor is None:
        return 0
    if not cursor.startswith("a") or not parameters.KEY.fullmatch(cursor[1:]):
        raise BadParameter({"cursor": _("This cursor does not belong to this list.")}, code="bad_cursor")
    return int(cursor[1:])
