"""The certificate of a listing, and the page that says whether it is true: now, and on any day asked."""

from django.conf import settings
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal import clock, pdf
from portal.errors import Refused
from providers.models import Listing
from providers.public import showing
from providers.shared import plain
from providers.states import ListingState, ProductKind
from providers.views.directory import AsOf


def public_address(listing):
    """The whole address of the verify page, as it stands on the certificate and in its QR code."""
    return settings.SITE_URL + reverse("providers:verify", args=[listing.certificate_no])


class Verify(AsOf):
    """What is true of a certificate: opens without signing in; who mistypes the number is helped."""

    template_name = "providers/directory/verify.html"

    @cached_property
    def object(self):
        number = self.kwargs["certificate_no"]
        return Listing.objects.listed().defer(None).filter(certificate_no=number).select_related("provider").first()

    def get(self, request, *args, **kwargs):
        written = plain(self.kwargs["certificate_no"])
        if written != self.kwargs["certificate_no"]:
            address = reverse("providers:verify", args=[written])
            return redirect(f"{address}?{request.GET.urlencode()}".rstrip("?"))
        if self.object is None:
            return render(request, "providers/directory/verify_unknown.html", {"number": written}, status=404)
        return super().get(request, *args, **kwargs)

    def told(self):
        listing = self.object
        today = showing.text_of("listing", listing, clock.today())
        body = today if self.is_today else showing.text_of("listing", listing, self.day)
        events = showing.history_of(pk=listing.pk)
        told = {
            "listing": listing,
            "today": showing.standings([today], clock.today(), events)[listing.pk],
            "is_certified": today["status"] == ListingState.ACTIVE,
            "public_url": public_address(listing),
            "timeline": showing.timeline(events),
        }
        if body is None:
            return told
        return told | {
            "standing": showing.standings([body], self.day, events)[listing.pk],
            "product": body["product"] | {"name": showing.name_of(body["product"])},
            "kind": ProductKind(body["product"]["kind"]),
            "company": body["provider"] | {"name": showing.name_of(body["provider"])},
        }


def find(request):
    """The box for a number: to its page."""
    number = plain(request.GET.get("number", ""))[:60]
    if number and "/" not in number:
        return redirect("providers:verify", number)
    return render(request, "providers/directory/verify_unknown.html", {"number": ""})


def certificate(request, certificate_no):
    """The certificate as a PDF in Thai, while the listing stands; afterwards there is none to give out."""
    listed = Listing.objects.listed().select_related("product", "provider")
    listing = get_object_or_404(listed, certificate_no=plain(certificate_no))
    if listing.current_state != ListingState.ACTIVE:
        text = _("This listing is “%(state)s”: there is no certificate to give out. Its page says what is true.")
        raise Refused(text % {"state": listing.current_label}, code="not_listed")
    [shown] = showing.shown_products([listing.product_id], clock.today())
    with translation.override("th"):
        context = {
            "listing": listing,
            "product": listing.product,
            "provider": listing.provider,
            "categories": listing.product.categories.all(),
            "held": [one for one in shown["held"] if one["is_valid"]],
            "public_url": public_address(listing),
            "qr": pdf.qr_svg(public_address(listing)),
            "at": clock.now(),
            "portal_name": settings.PORTAL_NAME,
        }
        return pdf.response("providers/pdf/certificate.html", context, f"{listing.certificate_no}.pdf")


urlpatterns = [
    path("verify/", find, name="verify-find"),
    path("verify/<str:certificate_no>/", Verify.as_view(), name="verify"),
    path("certificates/<str:certificate_no>.pdf", certificate, name="certificate"),
]
