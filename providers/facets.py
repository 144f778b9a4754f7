"""What the public lists can be narrowed by next, each choice with the number of rows that it would leave.

A choice is counted under everything else that is chosen, but not under its own kind of question. All counts come in
one query, whatever the number of rows.
"""

from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, Q, Value, When

from portal import clock
from portal.models import Province
from portal.states import SmartDimension
from portal.thai.dates import is_thai
from providers.filters import PRICES, ProviderFilter, bounds
from providers.models import Category, CertificationKind, Product
from providers.states import RUNNING, ListingState, ProductKind

EVERYWHERE = "*"


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
    """The `Facet`s of a valid `ProductFilter` or `ProviderFilter`, in the order of its fields."""
    counts, names = counted(filterset), _names()
    provinces = [(one.code, one.name) for one in Province.objects.in_thai_order()]
    everywhere = counts.pop(("province", EVERYWHERE), 0)
    for code, _name in provinces:
        counts["province", code] = counts.get(("province", code), 0) + everywhere
    found = []
    for name in ("status", "category", "kind", "dimension", "price", "certification", "province"):
        field = filterset.form[name]
        chosen = filterset.form.cleaned_data.get(name)
        codes = {chosen.code} if name == "province" and chosen else set(chosen or ())
        choices = [
            Choice(code, label, counts.get((name, code), 0), code in codes, is_part)
            for code, label, is_part in _labels(name, names, provinces)
            if counts.get((name, code)) or code in codes
        ]
        found.append(Facet(name, field.label, choices))
    return found


def counted(filterset):
    """How many rows of the list each choice would leave, by (question, code).

    What serves the whole country stands apart, under `EVERYWHERE`: it adds to the count of every province.
    """
    first, *rest = _branches(filterset)
    return {(name, code): count for name, code, count in first.union(*rest, all=True) if code}


def _branches(filterset):
    """One query for each question, all of the same three columns, to be asked as one."""
    of_companies = isinstance(filterset, ProviderFilter)
    rows = Count("provider" if of_companies else "pk", distinct=True)
    today = clock.today()

    def under_the_others(name):
        return filterset.narrowed(Product.objects.listed(), leaving_out=name).order_by()

    def branch(name, products, code):
        columns = {"question": Value(name, CharField()), "code": code}
        return products.values(**columns).annotate(n=rows).values_list("question", "code", "n")

    path = filterset.standing_path
    has_ended = When(
        **{f"{path}standing__in": sorted(RUNNING), f"{path}listed_until__lt": today}, then=Value(ListingState.EXPIRED)
    )
    yield branch("status", under_the_others("status"), Case(has_ended, default=F(f"{path}standing")))
    yield branch("kind", under_the_others("kind"), F("kind"))
    in_categories = under_the_others("category")
    yield branch("category", in_categories, F("categories__code"))
    yield branch("category", in_categories, F("categories__parent__code"))
    for dimension in SmartDimension.values:
        serving = under_the_others("dimension").with_dimensions([dimension])
        yield branch("dimension", serving, Value(dimension, CharField()))
    in_provinces = under_the_others("province")
    nationwide = in_provinces.filter(is_nationwide=True)
    local = in_provinces.filter(is_nationwide=False)
    if of_companies:
        local = local.exclude(provider__in=nationwide.values("provider"))
    yield branch("province", nationwide, Value(EVERYWHERE, CharField()))
    yield branch("province", local, F("provinces__code"))
    held = Q(
        Q(provider__certifications__product=None) | Q(provider__certifications__product=F("pk")),
        Q(provider__certifications__expires_on=None) | Q(provider__certifications__expires_on__gte=today),
        Q(provider__certifications__withdrawn_on=None) | Q(provider__certifications__withdrawn_on__gt=today),
        provider__certifications__verified_at__isnull=False,
        provider__certifications__issued_on__lte=today,
    )
    certified = under_the_others("certification").filter(held)
    yield branch("certification", certified, F("provider__certifications__kind__code"))
    priced = under_the_others("price").filter(
        Q(prices__valid_until=None) | Q(prices__valid_until__gte=today), prices__valid_from__lte=today
    )
    yield branch("price", priced, Case(*_price_ranges(), output_field=CharField()))


def _price_ranges():
    for code in PRICES:
        low, high = bounds(code)
        fits = Q(prices__price_baht__gte=low) & (Q() if high is None else Q(prices__price_baht__lt=high))
        yield When(fits, then=Value(code))


def _names():
    """Names of what the registry and the places keep, in one query: (question, code) pairs in their order."""
    name = "name_th" if is_thai() else "name_en"
    rows = Category.objects.order_by().values_list(Value("category"), "code", name, "name_th", "parent__code", "order")
    kinds = CertificationKind.objects.order_by().values_list(
        Value("certification"), "code", name, "name_th", Value(None, CharField()), "order"
    )
    found = sorted(rows.union(kinds, all=True), key=lambda row: row[5])
    return [(question, code, label or thai, parent) for question, code, label, thai, parent, _order in found]


def _labels(name, names, provinces):
    """(code, label, whether it is part of the one before) of every choice of a question, in its order."""
    match name:
        case "category":
            own = [(code, label, parent) for question, code, label, parent in names if question == name]
            for code, label, parent in own:
                if parent is None:
                    yield code, label, False
                    yield from ((part, words, True) for part, words, group in own if group == code)
        case "certification":
            yield from ((code, label, False) for question, code, label, _parent in names if question == name)
        case "province":
            yield from ((code, label, False) for code, label in provinces)
        case "price":
            yield from ((code, row[2], False) for code, row in PRICES.items())
        case _:
            states = {"status": ListingState, "kind": ProductKind, "dimension": SmartDimension}[name]
            yield from ((one.value, one.label, False) for one in states)
