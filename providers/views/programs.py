"""For those whose programs read the account: the page of API users, who has not heard, and the list to embed."""

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal.api.problems import BadParameter
from portal.people import tokens
from providers.api import parameters
from providers.api.past import Moment
from providers.models import ApiClient, Listing, Product
from providers.program_forms import KeyForm
from providers.public import clients
from providers.public.late import late
from providers.public.publishing import edition
from providers.states import ListingState

SHOWN = 100
EMBEDDED = 50
ASKED = [one for one in parameters.PRODUCT if one.name in {"category", "kind", "dimension", "serving", "q", "provider"}]


def programs(request):
    """What programs may ask and how; one's own keys, and how far each has read. A new key is shown once."""
    form, fresh = KeyForm(request.POST or None), None
    if request.method == "POST":
        if not request.user.is_authenticated:
            raise PermissionDenied
        if form.is_valid():
            row, fresh = tokens.make(request.user, name=form.cleaned_data["name"], days=form.cleaned_data["days"])
            ApiClient.objects.create(token=row, contact=form.cleaned_data["contact"])
            form = KeyForm()
    keys = clients.keys_of(request.user)[:SHOWN] if request.user.is_authenticated else []
    return render(
        request,
        "providers/programs/page.html",
        {
            "form": form,
            "fresh": fresh,
            "keys": keys,
            "edition": edition(),
            "example": Listing.objects.listed().order_by("pk").last(),
            "root": request.build_absolute_uri("/api/v1/"),
            "embed": request.build_absolute_uri(reverse("providers:embed")),
        },
    )


@login_required
@require_POST
def revoke(request, pk):
    tokens.revoke(get_object_or_404(request.user.api_tokens, pk=pk), by=request.user)
    messages.success(request, _("The key no longer works."))
    return redirect("providers:api")


@login_required
@require_safe
def unheard(request):
    """After a suspension or a revocation: the programs that have not read of it yet, with whom to write to."""
    if not request.user.has_perm("providers.view_clients"):
        raise PermissionDenied
    halted = Listing.objects.listed().filter(state__in=[ListingState.SUSPENDED, ListingState.REVOKED])
    halted = halted.select_related("product", "provider").order_by("-public_seq")
    asked = request.GET.get("certificate_no", "")
    chosen = get_object_or_404(halted, certificate_no=asked) if asked else halted.first()
    news = clients.news_of(chosen) if chosen else None
    rows = clients.unheard(news.seq) if news else ApiClient.objects.none()
    return render(
        request,
        "providers/programs/unheard.html",
        {
            "halted": halted[:SHOWN],
            "chosen": chosen,
            "news": news,
            "rows": rows[:SHOWN],
            "unheard": rows.count(),
            "count": ApiClient.objects.filter(token__revoked_at=None, token__expires_at__gt=clock.now()).count(),
        },
    )


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
def embed(request):
    """The products that may be chosen today, narrowed as in the API, for a frame on another website."""
    unknown = set(request.GET) - {one.name for one in ASKED} - {"lang"}
    try:
        if unknown:
            raise BadParameter(dict.fromkeys(unknown, _("There is no parameter of that name here.")), code="unknown")
        asked = parameters.read(ASKED, request.GET)
    except BadParameter as refusal:
        return HttpResponseBadRequest(str(refusal.detail), content_type="text/plain; charset=utf-8")
    today = clock.today()
    moment = Moment(today, late("product", edition(), today))
    rows = parameters.STATUS.narrow(Product.objects.listed(), [ListingState.ACTIVE.value], moment)
    for one in ASKED:
        if one.name in asked:
            rows = one.narrow(rows, asked[one.name], moment)
    found = list(rows.select_related("provider").in_thai_order()[: EMBEDDED + 1])
    context = {"rows": found[:EMBEDDED], "has_more": len(found) > EMBEDDED, "today": today}
    return render(request, "providers/programs/embed.html", context)


urlpatterns = [
    path("api/", programs, name="api"),
    path("api/keys/<int:pk>/revoke/", revoke, name="api-key-revoke"),
    path("api/unheard/", unheard, name="api-unheard"),
    path("embed/", embed, name="embed"),
]
