"""Renewal on one screen: what stays needs no word, what changed or lapsed is asked for."""

import json
from datetime import timedelta

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from portal import clock
from portal.errors import Refused
from portal.models.audit import Event
from providers.applying.completeness import missing
from providers.applying.renewing import changed_entries, renewable, start_renewal
from providers.lifecycle import APPLICATION
from providers.models import Terms
from providers.states import ApplicationKind, Section
from providers.views.applying.application import address_of
from providers.views.applying.section import SectionPage, file_form
from providers.views.applying.shared import CompanyDoor, own_provider


class Renew(CompanyDoor):
    """Begin the renewal of everything of a company that may be renewed, or go on with the one under way."""

    def get(self, request, pk):
        provider = own_provider(request.user, pk)
        under_way = open_renewal(provider)
        if under_way is not None:
            return redirect("providers:renewal", under_way.pk)
        context = self.get_context_data(
            provider=provider, rows=list(renewable(provider, clock.today())), terms=Terms.present()
        )
        return render(request, "providers/applying/renew.html", context)

    def post(self, request, pk):
        provider = own_provider(request.user, pk)
        try:
            return redirect("providers:renewal", start_renewal(provider, by=request.user).pk)
        except Refused as refusal:
            if (under_way := open_renewal(provider)) is not None:
                return redirect("providers:renewal", under_way.pk)
            messages.warning(request, refusal.message)
            return redirect("providers:mine", provider.pk)


def open_renewal(provider):
    return provider.applications.open().filter(kind=ApplicationKind.RENEWAL).first()


class RenewalPage(SectionPage):
    """Everything of a renewal: what the register holds, what was changed, what is asked for, and handing it in."""

    template_name = "providers/applying/renewal.html"
    section = Section.ATTESTATIONS

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if request.user.is_authenticated:
            application = self.application
            if application.kind != ApplicationKind.RENEWAL or not application.is_editable:
                return redirect(application)
            if Section.ATTESTATIONS not in application.open_now and request.method == "POST":
                return super().dispatch(request, *args, **kwargs)
        return CompanyDoor.dispatch(self, request, *args, **kwargs)

    @property
    def here(self):
        return reverse("providers:renewal", args=[self.application.pk])

    @property
    def next_address(self):
        return self.here

    def page(self, status=200, **context):
        application = self.application
        lacks = [(one, self.place_of(one)) for one in missing(application)]
        sheet = self.sheet
        last = Event.objects.of(application).filter(verb="application.change").last()
        context = self.get_context_data(
            renewal=self.rows(),
            boxes=self.boxes(),
            sheet=sheet,
            form=sheet.forms["section"],
            base=json.dumps(sheet.base, separators=(",", ":")),
            problems=[],
            is_mine=bool(last and last.actor_id == self.request.user.pk),
            lacking=lacks,
            reasons=[(Section(row["section"]).label, row["reason"]) for row in application.return_reasons],
            offers=[
                one
                for one in APPLICATION.offers(application, by=self.request.user)
                if one.name in {"submit", "withdraw"}
            ],
            step_url=reverse("providers:step", args=["applications", application.pk, "STEP"]),
            open_now=application.open_now,
            **context,
        )
        return render(self.request, self.template_name, context, status=status)

    def place_of(self, lack):
        """Where on this screen, or behind it, a lack is mended."""
        if lack.section == Section.DOCUMENTS:
            return f"#box-{lack.code.removesuffix('_missing')}"
        if lack.section == Section.ATTESTATIONS:
            return "#statements"
        return address_of(self.application, lack)

    def rows(self):
        """Products with their prices, and certifications: each with whether it changed and whether it must."""
        entries = list(self.application.entries.select_related("file", "product", "price", "certification__kind"))
        changed = {one.pk for one in changed_entries(self.application)}
        until = (clock.today() + timedelta(days=Terms.present().certification_days_left)).isoformat()
        listings = {one.product_id: one for one in self.application.provider.listings.order_by("pk")}
        products = [
            {
                "entry": one,
                "listing": listings.get(one.product_id),
                "prices": [price for price in entries if price.parent_id == one.pk],
                "changed": one.pk in changed
                or any(price.pk in changed for price in entries if price.parent_id == one.pk),
            }
            for one in entries
            if one.section == Section.PRODUCTS
        ]
        certifications = [
            {
                "entry": one,
                "changed": one.pk in changed,
                "lapses": bool(one.pk not in changed and one.certification and ends_before(one.certification, until)),
            }
            for one in entries
            if one.section == Section.CERTIFICATIONS
        ]
        return {"products": products, "certifications": certifications}

    def boxes(self, bound=None):
        return [{**box, "form": file_form(box["kind"])} for box in super().boxes()]

    def post(self, request, *args, **kwargs):
        try:
            return self.save_sheet(request.POST.get("action", "save"))
        except Refused as refusal:
            if self.wants_json:
                return JsonResponse({"detail": str(refusal.message), "code": refusal.code}, status=409)
            messages.warning(request, refusal.message)
            return redirect(self.here)

    def to_differences(self):
        """Statements are ticked or not: who comes second sees how they stand and ticks again."""
        if self.wants_json:
            return JsonResponse({"url": self.here, "code": "lost_race"}, status=409)
        return redirect(self.here)


def ends_before(certification, day):
    return certification.expires_on is not None and certification.expires_on.isoformat() < day


urlpatterns = [
    path("mine/<int:pk>/renew/", Renew.as_view(), name="renew"),
    path("applications/<int:pk>/renewal/", RenewalPage.as_view(), name="renewal"),
]
