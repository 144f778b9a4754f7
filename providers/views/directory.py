"""What everybody may see of the account: companies, products, and what was true of them on any day."""

from collections import defaultdict
from functools import cached_property

from django import forms
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.api import pagination
from portal.fields import ThaiDateField
from portal.forms import PortalForm, ThaiDateInput
from portal.views import Door, VisibleList, order_of
from providers.deciding import impact
from providers.filters import ProductFilter, ProviderFilter, for_the_api
from providers.models import Certification, Listing, Price, Product, Provider
from providers.public import columns, showing
from providers.public.facets import facets
from providers.states import BY_WEIGHT, ListingState

MOST_COMPARED = 4


# Lists


class AccountList(VisibleList):
    """One of the two lists: what is public, the same rows for whoever asks."""

    public = True
    area = "providers"
    page_size = 20
    template_name = "providers/directory/list.html"
    partial_name = "providers/directory/_found.html"
    orderings = {"name": "name_sort_key", "valid_until": "listed_until"}  # noqa: RUF012
    api_path = ""

    def as_file(self, wanted):
        self.rows = pagination.every(self.with_everything(self.rows), ordering=order_of(self.rows))
        return super().as_file(wanted)

    def with_everything(self, rows):
        """`rows` with what the file's columns ask of them."""
        return rows

    def get_context_data(self, **context):
        is_sound = self.filterset.is_valid()
        found_facets = facets(self.filterset) if is_sound else []
        found = Door.get_context_data(
            self,
            filterset=self.filterset,
            form=self.filterset.form if not is_sound else None,
            chips=self.chips,
            ordering=self.ordering,
            count=self.rows.order_by().count(),
            is_capped=False,
            facets=found_facets,
            choosable=self.choosable(found_facets),
            tabs=self.tabs(),
            api_url=f"{self.api_path}?{for_the_api(self.request.GET)}".rstrip("?"),
            **context,
        )
        return found

    def choosable(self, found):
        """(whether only these are shown, how many there are, the query that shows them or all again), or None."""
        status = next((one for facet in found if facet.name == "status" for one in facet.choices), None)
        if status is None or status.code != ListingState.ACTIVE:
            return None
        query = self.request.GET.copy()
        for name in ("cursor", "format", "status"):
            query.pop(name, None)
        all_query = query.urlencode()
        query["status"] = ListingState.ACTIVE
        is_on = self.request.GET.getlist("status") == [ListingState.ACTIVE]
        return {"is_on": is_on, "count": status.count, "query": query.urlencode(), "all_query": all_query}

    def tabs(self):
        query = self.request.GET.copy()
        for name in ("cursor", "format", "ordering"):
            query.pop(name, None)
        return [
            (label, reverse(name, query=query), isinstance(self, view))
            for label, name, view in (
                (_("Products and services"), "providers:products", ProductList),
                (_("Companies"), "providers:directory", ProviderList),
            )
        ]


class ProviderList(AccountList):
    """Every company that the account shows, in Thai order; those suspended stay findable."""

    title = _("Digital providers")
    filename = "providers"
    filterset_class = ProviderFilter
    columns = columns.PROVIDERS
    api_path = "/api/v1/providers/"

    def get_queryset(self):
        listed = Provider.objects.listed().select_related("province").in_thai_order()
        products = Product.objects.listed().in_thai_order().prefetch_related("categories")
        return listed.prefetch_related(Prefetch("products", products, to_attr="listed_products"))


class ProductList(AccountList):
    """Every product that the account shows; up to four of them go into a comparison, by the address alone."""

    title = _("Digital products and services")
    filename = "products"
    filterset_class = ProductFilter
    columns = columns.PRODUCTS
    api_path = "/api/v1/products/"

    def get_queryset(self):
        prices = Price.objects.in_force(clock.today())
        listed = Product.objects.listed().select_related("provider").in_thai_order()
        return listed.prefetch_related("categories", Prefetch("prices", prices, to_attr="prices_today"))

    def with_everything(self, rows):
        listings = Listing.objects.order_by("pk")
        return rows.prefetch_related("provinces", Prefetch("listings", listings, to_attr="listings_in_order"))

    @cached_property
    def compared(self):
        return chosen_products(self.request.GET.getlist("compare"))

    def get_context_data(self, **context):
        keys = [one.pk for one in self.compared]
        tell_trust(context["rows"])
        for product in context["rows"]:
            product.lowest_price = columns.lowest_price(product)
            product.is_compared = product.pk in keys
            product.compare_url = self.with_compared(set(keys) ^ {product.pk})
        return super().get_context_data(
            compared=[(one, self.with_compared(set(keys) - {one.pk})) for one in self.compared],
            is_full=len(keys) >= MOST_COMPARED,
            most=MOST_COMPARED,
            compare_url=reverse("providers:compare", query={"product": keys}),
            comparison_url=reverse("providers:comparison-new", query=self.request.GET),
            may_draw_up=self.request.user.has_perm("providers.add_comparison"),
            **context,
        )

    def with_compared(self, keys):
        """The query of this page, with these products to be compared."""
        query = self.request.GET.copy()
        query.pop("format", None)
        query.setlist("compare", [str(key) for key in sorted(keys)])
        return f"?{query.urlencode()}"


def tell_trust(products):
    """Give these products what one trusts them by: `marks`, the kinds of certification in force of each and of its
    company, and `places`, how many local governments use it in public cases."""
    today = clock.today()
    held = Certification.objects.in_force(today).filter(provider__in={one.provider_id for one in products})
    marks, listings, places = defaultdict(dict), defaultdict(list), defaultdict(set)
    for one in held.select_related("kind"):
        marks[one.provider_id, one.product_id][one.kind_id] = one.kind
    for pk, product in Listing.objects.filter(product__in=[one.pk for one in products]).values_list("pk", "product"):
        listings[product].append(pk)
    for use in impact.used_by([pk for keys in listings.values() for pk in keys]):
        places[use.listing].add(use.local_government.pk)
    for product in products:
        kinds = marks[product.provider_id, None] | marks[product.provider_id, product.pk]
        product.marks = sorted(kinds.values(), key=lambda kind: (kind.order, kind.pk))
        product.places = len(set().union(*(places[pk] for pk in listings[product.pk])))


def chosen_products(texts):
    """The public products whose keys are among `texts`, in that order, each once, at most four."""
    keys = list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19))
    found = Product.objects.listed().select_related("provider").in_bulk(keys[: 2 * MOST_COMPARED])
    return [found[key] for key in keys if key in found][:MOST_COMPARED]


# Pages, as of a day


class DayForm(PortalForm):
    """The day that a page tells of; today without one."""

    marks_optional = False
    on = ThaiDateField(label=_("What was true on"), required=False, widget=ThaiDateInput)

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day > clock.today():
            raise forms.ValidationError(gettext("Nobody knows yet what will be true. Choose today or a day before it."))
        return day


class AsOf(Door):
    """A page that tells what was true on a day: today, or `?on=` in either era."""

    public = True
    area = "providers"

    @cached_property
    def form(self):
        asked = any(self.request.GET.get(name) for name in ("on", "on_day", "on_month", "on_year"))
        return DayForm(self.request.GET if asked else None)

    @cached_property
    def day(self):
        return (self.form.is_bound and self.form.is_valid() and self.form.cleaned_data["on"]) or clock.today()

    @property
    def is_today(self):
        return self.day == clock.today()

    def get(self, request, *args, **kwargs):
        shown = self.form if self.form.errors else DayForm(initial={"on": None if self.is_today else self.day})
        context = self.get_context_data(form=shown, day=self.day, is_today=self.is_today, **self.told())
        return render(request, self.template_name, context, status=400 if self.form.errors else 200)


class ProviderPage(AsOf):
    """A company: how it stands, what it offers, how it is certified, and everything that became of its listings."""

    template_name = "providers/directory/provider.html"

    @cached_property
    def object(self):
        seen = Provider.objects.visible_to(self.request.user).defer(None)
        return get_object_or_404(seen, pk=self.kwargs["pk"])

    def told(self):
        key, body = self.object.pk, showing.text_of("provider", self.object, self.day)
        self.events = showing.history_of(provider=key)
        common = {
            "provider": self.object,
            "is_public": self.object.public_seq is not None,
            "timeline": showing.timeline(self.events),
            "successions": showing.successions(key),
            "api_path": f"/api/v1/providers/{key}/",
        }
        return common | (self.in_words(body) if body else {})

    def in_words(self, body):
        products = showing.texts("product", [int(one["id"]) for one in body["products"]], self.day)
        words = showing.words_for(body, *products.values())
        shown = [showing.product(one, words) for one in products.values()]
        standings = showing.standings([one["listing"] for one in shown], self.day, self.events)
        for one in shown:
            one["prices_today"] = showing.prices_on(one, self.day)
            one["standing"] = standings[int(one["listing"]["id"])]
        company = showing.company(body, words)
        return {
            "company": company,
            "products": sorted(shown, key=lambda one: BY_WEIGHT.index(one["status"])),
            "certifications": self.certifications(company, shown),
            "worst": [
                (one["standing"], f"{one['name']} · {one['listing']['certificate_no']}")
                for one in shown
                if one["standing"].state in {ListingState.SUSPENDED, ListingState.REVOKED}
            ],
            "uses": impact.used_by(list(standings)),
        }

    def certifications(self, company, products):
        """Every certification with the product that it is for, if it is for one."""
        names = {one["id"]: one["name"] for one in products}
        return [
            {**one, "product_name": names.get(one["product"]), "is_valid": showing.in_force(one, self.day)}
            for one in company["certifications"]
        ]


class ProductPage(AsOf):
    """A product: how it stands, what it costs and cost, what it is certified for, and who uses it."""

    template_name = "providers/directory/product.html"

    @cached_property
    def object(self):
        return get_object_or_404(Product.objects.listed().select_related("provider", "replaces"), pk=self.kwargs["pk"])

    def told(self):
        key = self.object.pk
        events = showing.history_of(product=key)
        common = {
            "product": self.object,
            "older": self.object.replaces,
            "newer": self.object.replaced_by.listed().order_by("-pk").first(),
            "timeline": showing.timeline(events),
            "api_path": f"/api/v1/products/{key}/",
        }
        found = showing.shown_products([key], self.day, events)
        if not found:
            return common
        [shown] = found
        prices = sorted(shown["prices"], key=lambda one: (one["label"], one["valid_from"]), reverse=True)
        return common | {
            "shown": shown,
            "price_history": prices,
            "uses": impact.used_by(sorted({event.listing_id for event in events})),
        }


class Compare(AsOf):
    """Up to four products side by side: `?product=1&product=2`."""

    template_name = "providers/directory/compare.html"

    def told(self):
        chosen = chosen_products(self.request.GET.getlist("product"))
        if not chosen and self.request.GET.getlist("product"):
            raise Http404
        products = showing.shown_products([one.pk for one in chosen], self.day)
        used = impact.used_by([int(one["listing"]["id"]) for one in products])
        for one in products:
            one["uses"] = [use for use in used if use.listing == int(one["listing"]["id"])]
            others = [str(other["id"]) for other in products if other is not one]
            one["without_url"] = reverse("providers:compare", query={"product": others})
        return {
            "products": products,
            "list_url": reverse("providers:products", query={"compare": [one["id"] for one in products]}),
        }


urlpatterns = [
    path("", ProviderList.as_view(), name="directory"),
    path("products/", ProductList.as_view(), name="products"),
    path("products/compare/", Compare.as_view(), name="compare"),
    path("<int:pk>/", ProviderPage.as_view(), name="provider"),
    path("products/<int:pk>/", ProductPage.as_view(), name="product"),
]
