"""The comparison that a local officer draws up before buying, kept as it was on its day."""

from datetime import date
from decimal import Decimal

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal import access, clock, pdf
from portal.errors import Refused
from portal.exports import Column
from portal.forms import PortalForm
from portal.models import LocalGovernment
from portal.views import VisibleDetail, VisibleList
from providers import comparisons
from providers.filters import ProductFilter
from providers.models import Comparison, Price, Product
from providers.public.columns import lowest_price
from providers.public.naming import by_code
from providers.states import CEASED, ListingState


class ComparisonForm(PortalForm):
    """What is to be bought, for which office, and why the chosen products can be compared."""

    local_government = forms.ModelChoiceField(
        LocalGovernment.objects.none(), label=_("Local government"), empty_label=None
    )
    subject = forms.CharField(
        label=_("What is to be bought"), max_length=200, help_text=_("For example: complaint system for one year")
    )
    why = forms.CharField(
        label=_("Why these products are comparable"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The need, and the features that each of them must have. It stands on the print."),
    )

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["local_government"]
        field.queryset = LocalGovernment.objects.filter(pk__in=offices)
        if len(offices) == 1:
            field.initial, field.widget = offices[0], forms.HiddenInput()


@login_required
def draw_up(request):
    """The page on which an officer picks from what was found, and says why it is comparable."""
    held = access.holding(request.user, "providers.add_comparison")
    offices = sorted({one.local_government_id for one in held if one.local_government_id})
    if not offices:
        raise PermissionDenied(_("Comparisons are drawn up by the officers of a local government."))
    picked = request.POST.getlist("product") if request.method == "POST" else request.GET.getlist("compare")
    chosen, turned = {int(text) for text in picked if is_key(text)}, request.POST.get("page")
    initial = {"local_government": offices[0], **(request.POST.dict() if turned else {})}
    form = ComparisonForm(None if turned else request.POST or None, offices=offices, initial=initial)
    if not turned and request.method == "POST" and form.is_valid():
        try:
            made = comparisons.draw_up(
                sorted(chosen), form.cleaned_data.pop("local_government"), by=request.user, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, ValidationError(refusal.message, code=refusal.code))
        else:
            return redirect(made)
    page, others = candidates_of(request.GET, chosen, turned or request.POST.get("shown"))
    context = {"form": form, "page": page, "others": others, "chosen": chosen, "back_query": request.GET.urlencode()}
    return render(request, "providers/directory/draw_up.html", context, status=400 if form.errors else 200)


def is_key(text):
    return text.isascii() and text.isdigit() and len(text) < 19


def candidates_of(query, chosen, number):
    """(page, others): a page of the products listed today that `query` finds, and those chosen that are not on it."""
    prices = Prefetch("prices", Price.objects.in_force(clock.today()), to_attr="prices_today")
    listed = Product.objects.listed().standing(ListingState.ACTIVE, clock.today())
    listed = listed.exclude(provider__company_status__in=sorted(CEASED))
    listed = listed.select_related("provider").prefetch_related("categories", prices).in_thai_order()
    filterset = ProductFilter(query, queryset=listed)
    page = Paginator(filterset.qs if filterset.is_valid() else listed.none(), comparisons.MOST).get_page(number)
    elsewhere = chosen - {one.pk for one in page}
    others = list(listed.filter(pk__in=sorted(elsewhere)[: comparisons.MOST])) if elsewhere else []
    for product in [*others, *page]:
        product.lowest_price = lowest_price(product)
    return page, others


class ComparisonList(VisibleList):
    """The comparisons of one's office, newest first."""

    area = "providers"
    title = _("Comparisons")
    filename = "comparisons"
    template_name = "providers/directory/comparisons.html"
    partial_name = "providers/directory/_comparisons.html"
    columns = (
        Column(_("Number"), "number", "code"),
        Column(_("Date"), "on", "date"),
        Column(_("What is to be bought"), "subject"),
        Column(_("Local government"), "local_government.name"),
        Column(_("Sellers"), "sellers", "number"),
        Column(_("Method"), "method.label"),
    )
    queryset = Comparison.objects.select_related("local_government", "made_by").order_by("-made_at", "-pk")

    def get_context_data(self, **context):
        return super().get_context_data(may_draw_up=self.request.user.has_perm("providers.add_comparison"), **context)


class ComparisonPage(VisibleDetail):
    """One comparison, as it was drawn up."""

    area = "providers"
    queryset = Comparison.objects.select_related("local_government__province", "made_by")
    template_name = "providers/directory/comparison.html"

    def get_context_data(self, **context):
        return super().get_context_data(rows=in_words(self.object), **context)


def in_words(comparison):
    """The rows of a comparison, ready to be read."""
    labels = by_code()
    return [
        {
            **row,
            "valid_until": date.fromisoformat(row["valid_until"]),
            "prices": [{**one, "price_baht": Decimal(one["price_baht"])} for one in row["prices"]],
            "certifications": [
                {
                    **one,
                    "label": labels.get(("certification", one["kind"]), one["kind"]),
                    "expires_on": date.fromisoformat(one["expires_on"]) if one["expires_on"] else None,
                }
                for one in row["certifications"]
            ],
        }
        for row in comparison.rows
    ]


@login_required
def comparison_pdf(request, pk):
    """The print of a comparison, always in Thai."""
    seen = Comparison.objects.visible_to(request.user).select_related("local_government__province", "made_by")
    comparison = get_object_or_404(seen, pk=pk)
    with translation.override("th"):
        context = {"comparison": comparison, "rows": in_words(comparison)}
        return pdf.response("providers/pdf/comparison.html", context, f"{comparison.number}.pdf")


urlpatterns = [
    path("comparisons/", ComparisonList.as_view(), name="comparisons"),
    path("comparisons/new/", draw_up, name="comparison-new"),
    path("comparisons/<int:pk>/", ComparisonPage.as_view(), name="comparison"),
    path("comparisons/<int:pk>/comparison.pdf", comparison_pdf, name="comparison-pdf"),
]
