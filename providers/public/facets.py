"""What the public lists can be narrowed by next, each choice with the number of rows that it would leave.

A choice is counted under everything else that is chosen, but not under its own kind of question. Which products
answer a question so is kept as bits, one for each public product, so that a count is an AND of two numbers: one
process reads the register once for each edition and day, and the database is asked only for words.
"""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass
from threading import Lock

from django.db.models import Case, CharField, Value, When

from portal import clock
from portal.states import SmartDimension
from providers.filters import PRICES, ProviderFilter, bounds
from providers.models import Certification, Price, Product, Record
from providers.public.naming import names
from providers.public.publishing import edition
from providers.states import RUNNING, ListingState, ProductKind

EVERYWHERE = ("everywhere", True)
MOST_READ_AGAIN = 500
QUESTIONS = ("status", "category", "kind", "dimension", "price", "certification", "serving")


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
    kept = names()
    counts = counted(filterset, kept)
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


def counted(filterset, kept):
    """How many rows of the list each choice would leave, by (question, code); `kept` are the `naming.names`."""
    index, of_companies = INDEX.now(), isinstance(filterset, ProviderFilter)
    asked = {name: value for name, value in filterset.form.cleaned_data.items() if value}
    fitting = {name: index.fitting(name, _codes(value), of_companies) for name, value in asked.items() if name != "q"}
    if "q" in asked:
        found = filterset.filters["q"].filter(Product.objects.listed(), asked["q"])
        fitting["q"] = index.bits_of(found.values_list("pk", flat=True))
    counts = {}
    for name in QUESTIONS:
        under = index.all
        for other, bits in fitting.items():
            if other != name:
                under &= bits
        for code in index.codes(name, kept):
            bits = under & index.fitting(name, [code], of_companies)
            counts[name, code] = index.companies(bits) if of_companies else bits.bit_count()
    return counts


class Index:
    """Who answers which question how on a day, as numbers with a bit for each public product.

    Products stand in the order of their companies, so those of one company are neighbours. An index is never changed:
    what the register changed since is read into another.
    """

    def __init__(self, day):
        self.day = day
        rows = list(Product.objects.listed().order_by("provider", "pk").values_list("pk", "provider"))
        self.place = {key: place for place, (key, _company) in enumerate(rows)}
        self.of_company = defaultdict(list)
        for key, company in rows:
            self.of_company[company].append(key)
        self.all = (1 << len(rows)) - 1
        self.last = self.bits_of(keys[-1] for keys in self.of_company.values())
        self.bits = {answer: self.bits_of(keys) for answer, keys in self.read(Product.objects.listed()).items()}

    def after(self, records):
        """The index with what these `Record`s changed, or None where other products have become public."""
        changed = defaultdict(set)
        for kind, key in records.values_list("kind", "object_id"):
            changed[kind].add(key)
        of_products = Product.objects.filter(pk__in=changed["product"]).values_list("provider", flat=True)
        companies = changed["provider"] | set(of_products)
        products = Product.objects.listed().filter(provider__in=companies)
        known = {key for company in companies for key in self.of_company.get(company, ())}
        if known != set(products.values_list("pk", flat=True)):
            return None
        fresh, others = copy(self), ~self.bits_of(known)
        fresh.bits = {answer: bits & others for answer, bits in self.bits.items()}
        for answer, keys in self.read(products).items():
            fresh.bits[answer] = fresh.bits.get(answer, 0) | self.bits_of(keys)
        return fresh

    def codes(self, question, kept):
        """The codes by which `question` can be answered so that something is left, `kept` being all names."""
        if question == "serving" and self.bits.get(EVERYWHERE):
            return [one.code for one in kept if one.question == "province"]
        return [code for of, code in self.bits if of == question]

    # Reading

    def read(self, products):
        """{(question, code): keys of those of `products`, a queryset, that answer so}."""
        found = defaultdict(set)
        for question, rows in self.answers(products):
            for key, code in rows:
                found[question, code].add(key)
        held = Certification.objects.in_force(self.day).filter(provider__in=products.values("provider")).order_by()
        for company, key, kind in held.values_list("provider", "product", "kind__code"):
            found["certification", kind].update(self.of_company[company] if key is None else [key])
        return found

    def answers(self, products):
        """(question, rows of product and code) of everything but certifications."""
        rows, theirs = products.order_by(), products.order_by().values("pk")
        yield "kind", rows.values_list("pk", "kind")
        yield "everywhere", rows.filter(is_nationwide=True).values_list("pk", "is_nationwide")
        yield "dimension", ((key, one) for key, every in rows.values_list("pk", "dimensions") for one in every)
        yield "status", self.standings(rows.values_list("pk", "standing", "listed_until"))
        of_company = rows.values_list("pk", "provider__standing", "provider__listed_until")
        yield "company_status", self.standings(of_company)
        categories = Product.categories.through.objects.filter(product__in=theirs)
        yield "category", categories.values_list("product", "category__code")
        yield "category", categories.exclude(category__parent=None).values_list("product", "category__parent__code")
        provinces = Product.provinces.through.objects.filter(product__in=theirs)
        yield "serving", provinces.values_list("product", "province__code")
        prices = Price.objects.in_force(self.day).filter(product__in=theirs).order_by()
        yield "price", prices.values_list("product", _range_of())

    def standings(self, rows):
        for key, standing, until in rows:
            has_ended = standing in RUNNING and until < self.day
            yield key, ListingState.EXPIRED.value if has_ended else standing

    # Asking

    def bits_of(self, keys):
        """The bits of products by their keys; one that the index does not know is left out."""
        found = bytearray(len(self.place) // 8 + 1)
        for key in keys:
            place = self.place.get(key)
            if place is not None:
                found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")

    def fitting(self, question, codes, of_companies):
        """The products that answer `question` with any of `codes`; of companies the status is their own."""
        found = self.bits.get(EVERYWHERE, 0) if question == "serving" else 0
        if question == "status" and of_companies:
            question = "company_status"
        for code in codes:
            found |= self.bits.get((question, code), 0)
        return found

    def companies(self, bits):
        """How many companies have one of these products.

        Adding a one to every place but the last of each company carries into that last place where any is set.
        """
        others = self.all & ~self.last
        return ((((bits & others) + others) | bits) & self.last).bit_count()


class _Kept:
    """The `Index` of the present edition and day, made or brought up to date by whoever first asks for it."""

    def __init__(self):
        self.lock, self.edition, self.index = Lock(), None, None

    def now(self):
        present, day = edition(), clock.today()
        with self.lock:
            if self.index is None or self.index.day != day or not self.follows(present):
                self.index = Index(day)
            self.edition = present
            return self.index

    def follows(self, present):
        """Whether the index could be brought to the edition `present`."""
        before = self.edition
        if (before.seq, before.at) == (present.seq, present.at):
            return True
        since = Record.objects.filter(seq__gt=before.seq, seq__lte=present.seq)
        is_near = 0 < present.seq - before.seq <= MOST_READ_AGAIN
        is_ours = is_near and Record.objects.filter(seq=before.seq, at=before.at).exists()
        found = self.index.after(since) if is_ours else None
        self.index = found or self.index
        return found is not None


INDEX = _Kept()


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
