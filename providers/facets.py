"""What the public lists can be narrowed by next, each choice with the number of rows that it would leave.

A choice is counted under everything else that is chosen, but not under its own kind of question. All counts come in
one query, whatever the number of rows: each set of products that is asked about is found once, and counted in every
way (the same SQL on both engines).
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.db.models import Case, CharField, F, TextField, Value, When
from django.db.models.functions import Cast

from portal import clock
from portal.states import SmartDimension
from providers.filters import PRICES, ProviderFilter, bounds
from providers.models import Category, Certification, CertificationKind, Price, Product
from providers.naming import names
from providers.publishing import edition
from providers.states import RUNNING, ListingState, ProductKind

EVERYWHERE = "*"
QUESTIONS = ("status", "category", "kind", "dimension", "price", "certification", "serving")
KEPT_SECONDS = 600


@dataclass(frozen=True)
class Choice:
    """One value of a question: its code, in words, how many rows it leaves, whether it is chosen."""

    code: str
    label: str
    count: int
    is_on: bool
    is_part: bool = False


@dataclass(frozen=True)
class Facet:
    """One question with the choices that lead somewhere, and those already made."""

    name: str
    label: str
    choices: list

    @property
    def is_on(self):
        return any(one.is_on for one in self.choices)


def facets(filterset):
    """The `Facet`s of a valid `ProductFilter` or `ProviderFilter`, in the order of `QUESTIONS`."""
    counts, kept = dict(_kept_counts(filterset)), names()
    everywhere = counts.pop(("serving", EVERYWHERE), 0)
    for one in kept:
        if one.question == "province":
            counts["serving", one.code] = counts.get(("serving", one.code), 0) + everywhere
    found = []
    for name in QUESTIONS:
        codes = _codes(filterset.form.cleaned_data.get(name))
        choices = [
            Choice(code, label, counts.get((name, code), 0), code in codes, is_part)
            for code, label, is_part in _labels(name, kept)
            if counts.get((name, code)) or code in codes
        ]
        found.append(Facet(name, filterset.form[name].label, choices))
    return found


def _codes(chosen):
    """The codes behind the cleaned value of a question."""
    if isinstance(chosen, list):
        return set(chosen)
    return {getattr(chosen, "code", chosen)} if chosen else set()


def _kept_counts(filterset):
    """`counted`, kept as long as neither the register nor the day has moved on."""
    asked = sorted((name, tuple(sorted(_codes(value)))) for name, value in filterset.form.cleaned_data.items())
    question = repr([type(filterset).__name__, asked, edition().seq, clock.today()])
    key = f"facets:{hashlib.sha256(question.encode()).hexdigest()}"
    counts = cache.get(key)
    if counts is None:
        counts = counted(filterset)
        cache.set(key, counts, KEPT_SECONDS)
    return counts


def counted(filterset):
    """How many rows of the list each choice would leave, by (question, code).

    What serves the whole country stands apart, under `EVERYWHERE`: it adds to the count of every province.
    """
    asked = _Counting(filterset)
    with connection.cursor() as cursor:
        cursor.execute(*asked.sql())
        return {(name, code): count for name, code, count in cursor.fetchall() if code}


def _table(model):
    return connection.ops.quote_name(model._meta.db_table)


class _Counting:
    """Puts together the one query of `counted`."""

    def __init__(self, filterset):
        self.filterset = filterset
        self.of_companies = isinstance(filterset, ProviderFilter)
        self.row = "provider_id" if self.of_companies else "id"
        self.today = clock.today()
        self.found, self.params = {}, []

    def sql(self):
        branches = [self.branch(name, code, source, *given) for name, code, source, given in self.branches()]
        found = ", ".join(f"{name} AS ({text})" for name, (text, _params) in self.found.items())
        before = [value for _text, params in self.found.values() for value in params]
        return f"WITH {found} {' UNION ALL '.join(branches)}", [*before, *self.params]

    def products(self, name):
        """The name of the set of products that fit everything chosen but question `name`."""
        chosen = self.filterset.form.cleaned_data
        leaving_out = name if chosen.get(name) else ""
        table = f"found_{leaving_out or 'all'}"
        if table not in self.found:
            path = self.filterset.standing_path
            has_ended = When(
                **{f"{path}standing__in": sorted(RUNNING), f"{path}listed_until__lt": self.today},
                then=Value(ListingState.EXPIRED.value),
            )
            rows = self.filterset.narrowed(Product.objects.listed(), leaving_out).order_by()
            rows = rows.annotate(
                state=Case(has_ended, default=F(f"{path}standing"), output_field=CharField()),
                serves=Cast("dimensions", TextField()),
            )
            columns = rows.values_list("id", "provider_id", "kind", "is_nationwide", "state", "serves")
            self.found[table] = columns.query.sql_with_params()
        return table

    def branch(self, name, code, source, *given):
        """Rows of (question, code, count of distinct rows); `given` are the parameters in their order."""
        self.params += given
        return (
            f"SELECT '{name}', code, COUNT(*) FROM (SELECT DISTINCT {code} AS code, p.{self.row} AS one FROM {source}) "
            f"AS {name}_{len(self.params)} GROUP BY code"
        )

    def branches(self):
        """(question, expression of the code, where the rows come from, parameters) of each way to count."""
        yield "status", "p.state", f"{self.products('status')} p", []
        yield "kind", "p.kind", f"{self.products('kind')} p", []
        yield from self.by_category(f"{self.products('category')} p")
        serving = self.products("dimension")
        for dimension in SmartDimension.values:
            yield "dimension", f"'{dimension}'", f"{serving} p WHERE p.serves LIKE %s", [f'%"{dimension}"%']
        yield from self.by_province(self.products("serving"))
        yield from self.by_certification(f"{self.products('certification')} p")
        yield from self.by_price(f"{self.products('price')} p")

    def by_category(self, products):
        through, categories = _table(Product.categories.through), _table(Category)
        joined = f"{products} JOIN {through} t ON t.product_id = p.id JOIN {categories} c ON c.id = t.category_id"
        yield "category", "c.code", joined, []
        yield "category", "g.code", f"{joined} JOIN {categories} g ON g.id = c.parent_id", []

    def by_province(self, found):
        through, provinces = _table(Product.provinces.through), _table(Product.provinces.rel.model)
        yield "serving", f"'{EVERYWHERE}'", f"{found} p WHERE p.is_nationwide", []
        joined = f"{found} p JOIN {through} t ON t.product_id = p.id JOIN {provinces} v ON v.id = t.province_id"
        local = "NOT p.is_nationwide"
        if self.of_companies:
            local += f" AND p.provider_id NOT IN (SELECT provider_id FROM {found} WHERE is_nationwide)"
        yield "serving", "v.code", f"{joined} WHERE {local}", []

    def by_certification(self, products):
        held = Certification.objects.in_force(self.today).order_by()
        rows, given = held.values_list("provider_id", "product_id", "kind_id").query.sql_with_params()
        joined = (
            f"{products} JOIN (SELECT DISTINCT * FROM ({rows}) AS every_one) h ON h.provider_id = p.provider_id "
            f"AND (h.product_id IS NULL OR h.product_id = p.id) JOIN {_table(CertificationKind)} k ON k.id = h.kind_id"
        )
        yield "certification", "k.code", joined, given

    def by_price(self, products):
        prices = Price.objects.in_force(self.today).order_by().annotate(code=_range_of())
        rows, given = prices.values_list("product_id", "code").query.sql_with_params()
        yield "price", "h.code", f"{products} JOIN ({rows}) h ON h.product_id = p.id", given


def _range_of():
    """The word of the range that a price lies in, as an expression."""
    steps = []
    for code in PRICES:
        low, high = bounds(code)
        within = {"price_baht__gte": low} | ({} if high is None else {"price_baht__lt": high})
        steps.append(When(**within, then=Value(code)))
    return Case(*steps, output_field=CharField())


def _labels(name, kept):
    """(code, label, whether it is part of the one before) of every choice of a question, in its order."""
    match name:
        case "category":
            own = [one for one in kept if one.question == name]
            for group in own:
                if group.parent is None:
                    yield group.code, group.label, False
                    yield from ((one.code, one.label, True) for one in own if one.parent == group.code)
        case "certification":
            yield from ((one.code, one.label, False) for one in kept if one.question == name)
        case "serving":
            yield from ((one.code, one.label, False) for one in kept if one.question == "province")
        case "price":
            yield from ((code, row[2], False) for code, row in PRICES.items())
        case _:
            words = {"status": ListingState, "kind": ProductKind, "dimension": SmartDimension}[name]
            yield from ((one.value, one.label, False) for one in words)
