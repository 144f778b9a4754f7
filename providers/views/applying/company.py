"""Claiming a company, its own page, and the people who speak for it."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from portal.forms import PortalForm, UploadInput
from portal.models.audit import Event
from providers.applying.renewing import renewable
from providers.deciding import companies
from providers.identity import juristic_number
from providers.inbox.representatives import tasks_of
from providers.lifecycle import REPRESENTATIVE
from providers.lifecycle.application import barred_until
from providers.models import Application, Complaint, Flag, Listing, Representative
from providers.rules import representation, speaks_for
from providers.states import OPEN, ApplicationKind, ListingState, RepresentativeState
from providers.views.applying.shared import CompanyDoor, OwnCase, own_provider, put_errors

LETTER_KINDS = ("pdf", "jpg", "jpeg", "png")


class ClaimForm(PortalForm):
    """Which company a person speaks for, and the letter that says so."""

    juristic_number = forms.CharField(
        label=L("Juristic number (13 digits)"),
        max_length=40,
        help_text=L("As on the company certificate; it begins with 0. Spaces and dashes do not matter."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    name_th = forms.CharField(label=L("Company name in Thai"), max_length=250)
    position = forms.CharField(
        label=L("Your position in the company"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "organization-title"}),
    )
    phone = forms.CharField(
        label=L("Your telephone number"), max_length=40, widget=forms.TextInput({"autocomplete": "tel"})
    )
    letter = forms.FileField(
        label=L("Authorisation letter"),
        help_text=L("Signed by who may bind the company by its certificate, naming you."),
        widget=UploadInput(kinds=LETTER_KINDS),
    )

    def clean_juristic_number(self):
        return juristic_number(self.cleaned_data["juristic_number"])


class Claim(CompanyDoor):
    """The door for companies: what it takes to be listed, and the claim itself."""

    public = True
    template_name = "providers/applying/claim.html"

    def get(self, request, *args, **kwargs):
        return self.page(ClaimForm())

    def page(self, form, status=200):
        return render(self.request, self.template_name, self.get_context_data(form=form), status=status)

    def post(self, request, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect("account_login")
        form = ClaimForm(request.POST, request.FILES)
        if form.is_valid():
            given = dict(form.cleaned_data)
            try:
                claimed = companies.claim(given.pop("juristic_number"), **given, by=request.user)
            except ValidationError as error:
                put_errors(form, error, "letter")
            except Refused as refusal:
                form.add_error("juristic_number", refusal.message)
            else:
                messages.success(
                    request, _("Your claim has been received. The registrar compares the letter and decides.")
                )
                return redirect("providers:mine", claimed.provider_id)
        return self.page(form, status=400)


class Mine(CompanyDoor):
    """The companies of a person: straight to the only one, a choice of several, or the door of claiming."""

    def get(self, request, *args, **kwargs):
        standing = list(request.user.representations.standing().select_related("provider").order_by("pk"))
        if len(standing) == 1:
            return redirect("providers:mine", standing[0].provider_id)
        if not standing:
            return redirect("providers:claim")
        return render(request, "providers/applying/companies.html", self.get_context_data(rows=standing))


class MyCompany(CompanyDoor):
    """Everything of one company for those who speak for it, what waits for them first."""

    template_name = "providers/applying/company.html"

    def get(self, request, *args, **kwargs):
        return render(request, self.template_name, self.get_context_data())

    def get_context_data(self, **context):
        user = self.request.user
        provider = own_provider(user, self.kwargs["pk"])
        is_confirmed = speaks_for(user, provider)
        more = {
            "provider": provider,
            "mine": representation(user, provider),
            "is_confirmed": is_confirmed,
            "tasks": tasks_of(user, provider),
            "applications": list(Application.objects.visible_to(user).filter(provider=provider).order_by("-pk")[:20]),
            "may_apply": user.has_perm("providers.add_application", provider),
        }
        more["open_application"] = next(
            (one for one in more["applications"] if one.kind == ApplicationKind.NEW and one.state in OPEN), None
        )
        if is_confirmed:
            more |= standing_of(provider)
        return super().get_context_data(**more, **context)


def standing_of(provider):
    """What the confirmed representatives of a company see of it."""
    flags = Prefetch("flags", Flag.objects.standing().select_related("certification__kind"), to_attr="remarks")
    listings = Listing.objects.filter(provider=provider).select_related("product").prefetch_related(flags)
    near = {one.pk for one in renewable(provider, clock.today())}
    renewal = provider.applications.filter(kind=ApplicationKind.RENEWAL, state__in=sorted(OPEN)).first()
    listings = list(listings.order_by("-valid_until", "pk"))
    for one in listings:
        one.state_now = ListingState(one.current_state)
    return {
        "barred_until": barred_until(provider),
        "listings": listings,
        "renewable": near,
        "renewal": renewal,
        "certifications": list(
            provider.certifications.filter(replaced_by=None, withdrawn_on=None).select_related("kind", "product")
        ),
        "today": clock.today(),
        "changes": list(provider.changes.select_related("product").order_by("-pk")[:10]),
        "complaints": list(
            Complaint.objects.filter(listing__provider=provider)
            .select_related("local_government", "listing")
            .order_by("-pk")[:20]
        ),
        "people": list(provider.representatives.select_related("user").order_by("-pk")[:20]),
    }


class RepresentativePage(OwnCase):
    """One person's authorisation, for that person and for the others who speak for the company."""

    kind = "representatives"
    model = Representative
    queryset = Representative.objects.select_related("provider", "user")
    lifecycle = REPRESENTATIVE
    template_name = "providers/applying/representative.html"

    def is_own(self, obj):
        return obj.user_id == self.request.user.pk or super().is_own(obj)

    def get_context_data(self, **context):
        found = self.object
        may_compare = self.request.user.has_perm("providers.view_registry") or speaks_for(
            self.request.user, found.provider
        )
        others = found.provider.representatives.exclude(pk=found.pk).select_related("user").order_by("-pk")[:20]
        disputes = Event.objects.of(found).filter(verb="representative.dispute").select_related("actor")
        return super().get_context_data(
            others=list(others) if may_compare else [],
            dispute=disputes.order_by("-id").first() if found.state == RepresentativeState.DISPUTED else None,
            **context,
        )


urlpatterns = [
    path("claim/", Claim.as_view(), name="claim"),
    path("mine/", Mine.as_view(), name="mine-all"),
    path("mine/<int:pk>/", MyCompany.as_view(), name="mine"),
    path("representatives/<int:pk>/", RepresentativePage.as_view(), name="representative"),
]
