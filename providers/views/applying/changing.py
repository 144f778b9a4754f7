"""Between renewals: the listing as its company sees it, changes, and complaints."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock
from portal.errors import Refused
from portal.forms import PortalForm, UploadInput
from portal.models import LocalGovernment
from providers.applying.sheets import REPHRASED
from providers.applying.wording import side_by_side
from providers.deciding import changes, complaining
from providers.lifecycle import CHANGE, COMPLAINT, LISTING
from providers.models import Certification, Change, Complaint, Listing, Price, Product
from providers.public.showing import history_of, timeline
from providers.states import AT_ONCE, RUNNING, ChangeKind, ListingState
from providers.views.applying.shared import CompanyDoor, OwnCase, confirmed_only, own_provider, put_errors


class ListingPage(OwnCase):
    """A listing as its company sees it: how long it holds, what stands against it, what may be done."""

    kind = "listings"
    model = Listing
    queryset = Listing.objects.select_related("provider", "product")
    lifecycle = LISTING
    template_name = "providers/applying/listing.html"

    def dispatch(self, request, *args, **kwargs):
        """Strangers are led to the public page: reasons and letters are between the company and the registry."""
        self.request, self.kwargs = request, kwargs
        if self.is_mine() or request.user.has_perm("providers.view_registry"):
            return super().dispatch(request, *args, **kwargs)
        return redirect(get_object_or_404(self.queryset, pk=kwargs["pk"]).product)

    def get_context_data(self, **context):
        listing = self.object
        return super().get_context_data(
            state=ListingState(listing.current_state),
            is_running=listing.current_state in RUNNING,
            remarks=list(listing.flags.standing().select_related("certification__kind")),
            prices=list(listing.product.prices.in_force(clock.today())),
            certifications=list(
                listing.provider.certifications.filter(replaced_by=None, withdrawn_on=None).select_related("kind")
            ),
            timeline=timeline(history_of(pk=listing.pk)),
            may_reply=listing.reply_by is not None and clock.today() <= listing.reply_by,
            **context,
        )


# Changes

OVER = ("", ListingState.REVOKED, ListingState.WITHDRAWN)


class MoreForm(PortalForm):
    """What goes with a change: a word to the registrar, and for a certification its file."""

    note = forms.CharField(
        label=L("Note to the registrar"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )
    upload = forms.FileField(
        label=L("The certificate as a file"), widget=UploadInput(kinds=("pdf", "jpg", "jpeg", "png"))
    )

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        if kind != ChangeKind.CERTIFICATION:
            del self.fields["upload"]
        if kind in AT_ONCE:
            del self.fields["note"]


class Register(CompanyDoor):
    """What the register holds of a company, each thing with the way to change it."""

    def get(self, request, pk):
        provider = own_provider(request.user, pk)
        confirmed_only(request.user, provider)
        today = clock.today()
        context = self.get_context_data(
            provider=provider,
            products=[
                (product, list(product.prices.in_force(today)))
                for product in provider.products.exclude(standing__in=OVER).order_by("pk")
            ],
            certifications=list(
                provider.certifications.filter(replaced_by=None, withdrawn_on=None).select_related("kind", "product")
            ),
            waiting=list(provider.changes.pending().select_related("product")),
        )
        return render(request, "providers/applying/register.html", context)


class AskChange(CompanyDoor):
    """One change: what the register holds, filled in, to be written over."""

    def target(self):
        """(provider, kind, what it is about) of the address; 404 for others' companies."""
        of, key = self.kwargs["of"], self.kwargs["pk"]
        kind = self.kwargs.get("kind") or of
        models = {"product": Product, "price": Price, "certification": Certification}
        if of == "company":
            provider, about = own_provider(self.request.user, key), {}
            allowed = {ChangeKind.DETAILS, ChangeKind.NAME, ChangeKind.CERTIFICATION}
        else:
            found = get_object_or_404(models[of], pk=key)
            provider = own_provider(self.request.user, (found.product if of == "price" else found).provider_id)
            about = {of: found}
            allowed = {ChangeKind.DETAILS, ChangeKind.NAME, ChangeKind.PRICE} if of == "product" else {of}
        if kind not in allowed:
            raise Http404
        confirmed_only(self.request.user, provider)
        return provider, ChangeKind(kind), about

    def get(self, request, **kwargs):
        provider, kind, about = self.target()
        form = changes.form_for(kind, product=about.get("product"), initial=initial(kind, provider, about))
        return self.page(provider, kind, about, form, MoreForm(kind=kind))

    def page(self, provider, kind, about, form, more, status=200):
        context = self.get_context_data(
            provider=provider,
            kind=kind,
            about=next(iter(about.values()), None),
            is_new=kind in changes.SECTIONS and not ({"price", "certification"} & set(about)),
            at_once=kind in AT_ONCE,
            form=form,
            more=more,
        )
        return render(self.request, "providers/applying/ask_change.html", context, status=status)

    def post(self, request, **kwargs):
        provider, kind, about = self.target()
        form = changes.form_for(kind, request.POST, product=about.get("product"))
        more = MoreForm(request.POST, request.FILES, kind=kind)
        if form.is_valid() & more.is_valid():
            given = more.cleaned_data
            try:
                change = changes.ask(
                    provider,
                    kind,
                    request.POST,
                    by=request.user,
                    upload=given.get("upload"),
                    note=given.get("note", ""),
                    **about,
                )
            except Refused as refusal:
                form.add_error(None, refusal.message)
            except ValidationError as error:
                place_errors(error, form, more)
            else:
                text = _("The register says so now.") if kind in AT_ONCE else _("Sent. The registrar checks it.")
                messages.success(request, text)
                return redirect(change)
        return self.page(provider, kind, about, form, more, status=400)


def place_errors(error, form, more):
    """Show what the domain said where it belongs: at the answers, or at the file."""
    if "upload" in more.fields and not set(getattr(error, "error_dict", ())) & set(form.fields):
        put_errors(more, error, "upload")
    else:
        put_errors(form, error)


def initial(kind, provider, about):
    """What the register holds, as the controls of the change's form show it."""
    fields = changes.form_for(kind, product=about.get("product")).fields
    held = changes.present(kind, provider, **about)
    found = {}
    for name, value in held.items():
        try:
            found[name] = fields[name].clean(value) if isinstance(fields[name], REPHRASED) else value
        except ValidationError:
            found[name] = value
    return found


class ChangePage(OwnCase):
    """A change with what was and what would be, side by side."""

    kind = "changes"
    model = Change
    queryset = Change.objects.select_related("provider", "product", "price", "certification__kind", "asked_by", "file")
    lifecycle = CHANGE
    template_name = "providers/applying/change.html"

    def get_context_data(self, **context):
        return super().get_context_data(rows=side_by_side(self.object), **context)


# Complaints


class ComplaintPage(OwnCase):
    """A complaint, for the company that answers and for the office that filed it."""

    kind = "complaints"
    model = Complaint
    queryset = Complaint.objects.select_related("listing__provider", "listing__product", "local_government", "file")
    lifecycle = COMPLAINT
    template_name = "providers/applying/complaint.html"

    def is_own(self, obj):
        return super().is_own(obj) or not self.request.user.has_perm("providers.view_registry")


class ComplainForm(PortalForm):
    """What a local government complains about."""

    local_government = forms.ModelChoiceField(label=L("Local government"), queryset=LocalGovernment.objects.none())
    subject = forms.CharField(label=L("Subject"), max_length=200)
    text = forms.CharField(
        label=L("What happened, and what you have already tried"),
        max_length=8000,
        widget=forms.Textarea({"rows": 7}),
        error_messages={"required": L("Say what happened.")},
    )
    upload = forms.FileField(label=L("A document"), required=False, widget=UploadInput)

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["local_government"]
        field.queryset = LocalGovernment.objects.filter(pk__in=[one.pk for one in offices])
        field.initial = offices[0].pk
        if len(offices) == 1:
            field.widget = forms.HiddenInput()


class Complain(CompanyDoor):
    """A local government complains about a listing."""

    area = "providers"

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if request.user.is_authenticated and not self.offices:
            raise PermissionDenied(_("Only people of this local government may complain for it."))
        return super().dispatch(request, *args, **kwargs)

    @property
    def offices(self):
        held = access.holding(self.request.user, "providers.file_complaint")
        return [one.local_government for one in held if one.local_government_id]

    def listing(self):
        return get_object_or_404(Listing.objects.select_related("product", "provider"), pk=self.kwargs["pk"])

    def get(self, request, pk):
        return self.page(ComplainForm(offices=self.offices))

    def page(self, form, status=200):
        context = self.get_context_data(form=form, listing=self.listing())
        return render(self.request, "providers/applying/complain.html", context, status=status)

    def post(self, request, pk):
        form = ComplainForm(request.POST, request.FILES, offices=self.offices)
        if form.is_valid():
            given = dict(form.cleaned_data)
            office = given.pop("local_government")
            try:
                complaint = complaining.complain(self.listing(), office, **given, by=request.user)
            except ValidationError as error:
                put_errors(form, error, "upload")
            else:
                messages.success(request, _("Your complaint has been sent to the company and to the registrar."))
                return redirect(complaint)
        return self.page(form, status=400)


def asking(of):
    return {"of": of}


urlpatterns = [
    path("listings/<int:pk>/", ListingPage.as_view(), name="listing"),
    path("listings/<int:pk>/complain/", Complain.as_view(), name="complain"),
    path("mine/<int:pk>/register/", Register.as_view(), name="register"),
    path("mine/<int:pk>/change/<slug:kind>/", AskChange.as_view(), asking("company"), name="change-company"),
    path("products/<int:pk>/change/<slug:kind>/", AskChange.as_view(), asking("product"), name="change-product"),
    path("prices/<int:pk>/change/", AskChange.as_view(), asking("price"), name="change-price"),
    path("certifications/<int:pk>/change/", AskChange.as_view(), asking("certification"), name="change-certification"),
    path("changes/<int:pk>/", ChangePage.as_view(), name="change"),
    path("complaints/<int:pk>/", ComplaintPage.as_view(), name="complaint"),
]
