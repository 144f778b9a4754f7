"""How the public lists of the account narrow, on pages and in files; the API asks the same under the same names.

Every question is asked of products; companies are found by what they offer, and by their own name and standing.
"""

from decimal import Decimal

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.filters import ProvinceFilter
from portal.states import SmartDimension
from providers.models import Category, CertificationKind, Product, Provider
from providers.querysets import stands
from providers.states import ListingState, ProductKind

# Half-open ranges of one unit's price, by the word of the contract: from, below, in words.
PRICES = {
    "to_10k": (0, 10_000, _("Below 10,000 baht")),
    "to_100k": (10_000, 100_000, _("10,000 to below 100,000 baht")),
    "to_500k": (100_000, 500_000, _("100,000 to below 500,000 baht")),
    "to_1m": (500_000, 1_000_000, _("500,000 to below 1 million baht")),
    "from_1m": (1_000_000, None, _("1 million baht and more")),
}


def bounds(code):
    """The range of a word of `PRICES`: (from, below) in baht, None for no end."""
    low, high, _label = PRICES[code]
    return Decimal(low), None if high is None else Decimal(high)


def for_the_api(query):
    """`query` (a QueryDict of a page) as the same question to the API."""
    asked = query.copy()
    for name in ("cursor", "format", "compare", "ordering", "price"):
        asked.pop(name, None)
    for name in [name for name in asked if not any(asked.getlist(name))]:
        del asked[name]
    if query.get("price") in PRICES:
        low, high = bounds(query["price"])
        asked["price_min"] = str(low)
        if high is not None:
            asked["price_max"] = str(high - Decimal("0.01"))
    return asked.urlencode()


def named(model):
    """A function that gives the choices of a list that the registry keeps: codes with their names."""
    return lambda: [(one.code, one.name) for one in model.objects.all()]


class Several(django_filters.MultipleChoiceFilter):
    """Any of several values."""

    def __init__(self, **kwargs):
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)


class AccountFilter(django_filters.FilterSet):
    """What both lists narrow by."""

    q = django_filters.CharFilter(label=_("Product, need or company"), method="by_words", max_length=100)
    category = Several(label=_("Categories"), method="by_category", choices=named(Category))
    kind = Several(label=_("Kind"), method="by_kind", choices=ProductKind.choices)
    dimension = Several(label=_("Smart-city dimension"), method="by_dimension", choices=SmartDimension.choices)
    serving = ProvinceFilter(label=_("Province served"), method="by_province", empty_label=_("Any province"))
    status = Several(label=_("Status"), method="by_status", choices=ListingState.choices)
    certification = Several(
        label=_("Certification held today"), method="by_certification", choices=named(CertificationKind)
    )
    price = django_filters.ChoiceFilter(
        label=_("Price of one unit"),
        method="by_price",
        choices=[(code, row[2]) for code, row in PRICES.items()],
        empty_label=_("Any price"),
    )

    def by_words(self, products, name, value):
        return products.search(value)

    def by_category(self, products, name, value):
        return products.in_categories(value)

    def by_kind(self, products, name, value):
        return products.filter(kind__in=value)

    def by_dimension(self, products, name, value):
        return products.with_dimensions(value)

    def by_province(self, products, name, value):
        return products.serving(value)

    def by_status(self, products, name, value):
        return products.filter(self.standing_in(value))

    def by_certification(self, products, name, value):
        return products.certified(value, clock.today())

    def by_price(self, products, name, value):
        return products.priced([bounds(value)], clock.today())

    standing_path = ""

    def standing_in(self, states):
        """A `Q` for products whose standing, or whose company's, is any of `states` today."""
        wanted = stands(states[0], clock.today(), self.standing_path)
        for state in states[1:]:
            wanted |= stands(state, clock.today(), self.standing_path)
        return wanted

    def narrowed(self, products, leaving_out=""):
        """Those of `products` that fit everything chosen but the filter `leaving_out`."""
        for name, value in self.form.cleaned_data.items():
            if name != leaving_out:
                products = self.filters[name].filter(products, value)
        return products


class ProductFilter(AccountFilter):
    """Of the list of products."""

    class Meta:
        model = Product
        fields = []

    def filter_queryset(self, queryset):
        return self.narrowed(queryset)


class ProviderFilter(AccountFilter):
    """Of the list of companies: those with a public product that fits all that is chosen; the status is their own."""

    standing_path = "provider__"

    class Meta:
        model = Provider
        fields = []

    def filter_queryset(self, queryset):
        if not any(self.form.cleaned_data.values()):
            return queryset
        return queryset.filter(pk__in=self.narrowed(Product.objects.listed()).values("provider"))

    def by_words(self, products, name, value):
        return products.filter(provider__in=Provider.objects.search(value).values("pk"))
