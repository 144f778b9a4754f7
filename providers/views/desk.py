"""The registry's own desk: what waits, the check of documents, the assessment, the decisions."""

from types import SimpleNamespace

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Exists, Prefetch, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal import clock
from portal.audit import record
from portal.errors import Refused
from portal.exports import Column
from portal.forms import PortalForm, PortalModelForm
from portal.models.audit import Event
from portal.views import WorkList, require
from providers.applying.application_text import read_application
from providers.deciding import assessing, company_list, impact
from providers.desk_filters import ApplicationFilter, ChangeFilter, ComplaintFilter, ListingFilter, RepresentativeFilter
from providers.lifecycle import APPLICATION
from providers.lifecycle.application import unjudged
from providers.models import (
    Application,
    Change,
    ChecklistItem,
    Complaint,
    Correction,
    Criterion,
    Flag,
    Listing,
    Representative,
    Terms,
)
from providers.states import IN_HAND, Advice, ChangeState, ComplaintState, CorrectionState, ListingState, Outcome
from providers.states import ApplicationState as S
from providers.states import RepresentativeState as R
from providers.tasks import renewals

READERS = ("providers.view_registry",)
WRITING = ("application.change", "application.check")
KEEPERS = (
    "providers.check_application",
    "providers.assess_application",
    "providers.decide_application",
    "providers.view_registry",
)


class RegistryDesk(WorkList):
    """A list of the registry, for its people and for auditors."""

    area = "providers-desk"
    permissions = READERS
    template_name = "providers/desk/list.html"


class ApplicationQueue(RegistryDesk):
    """Applications in the registry's hands, those due first."""

    filterset_class = ApplicationFilter
    partial_name = "providers/desk/_application_rows.html"
    title = gettext_lazy("Applications")
    filename = "listing-applications"
    orderings = {  # noqa: RUF012
        "due": ("due_on", "waiting_since"),
        "since": "waiting_since",
        "number": "number",
        "company": "provider__name_sort_key",
    }
    columns = (
        Column(gettext_lazy("Number"), "number", "code"),
        Column(gettext_lazy("Company"), "provider.name_th"),
        Column(gettext_lazy("Juristic number"), "provider.juristic_number", "code"),
        Column(gettext_lazy("Kind"), lambda row: row.get_kind_display()),
        Column(gettext_lazy("State"), lambda row: row.get_state_display()),
        Column(gettext_lazy("Handed in"), "submitted_at", "moment"),
        Column(gettext_lazy("Waiting since"), "waiting_since", "moment"),
        Column(gettext_lazy("Due"), "due_on", "date"),
        Column(gettext_lazy("Registrar"), lambda row: str(row.registrar or "")),
        Column(gettext_lazy("Assessor"), lambda row: str(row.assessor or "")),
    )

    @property
    def tabs(self):
        user = self.request.user
        return {
            "open": (_("In hand"), Q(state__in=sorted(IN_HAND))),
            "new": (_("To be checked"), Q(state=S.SUBMITTED)),
            "checking": (_("Being checked"), Q(state=S.CHECKING)),
            "assessing": (_("Being assessed"), Q(state=S.ASSESSING, assessment__finished_at=None)),
            "deciding": (_("To be decided"), Q(state=S.ASSESSING, assessment__finished_at__isnull=False)),
            "mine": (_("Mine"), Q(state__in=sorted(IN_HAND)) & (Q(registrar=user) | Q(assessor=user))),
            "late": (_("Late"), Q(state__in=sorted(IN_HAND), due_on__lt=clock.today())),
            "all": (_("All"), Q()),
        }

    def all_cases(self):
        return Application.objects.visible_to(self.request.user).exclude(submitted_at=None)

    def get_queryset(self):
        related = super().get_queryset().select_related("provider", "registrar", "assessor", "assessment")
        return related.order_by("due_on", "waiting_since", "pk")

    def get_context_data(self, **context):
        return super().get_context_data(today=clock.today(), **context)


class RepresentativeQueue(RegistryDesk):
    """Who claims to speak for which company."""

    filterset_class = RepresentativeFilter
    partial_name = "providers/desk/_representative_rows.html"
    title = gettext_lazy("Representatives")

    @property
    def tabs(self):
        return {
            "open": (_("To be decided"), Q(state__in=[R.CLAIMED, R.DISPUTED])),
            "confirmed": (_("Confirmed"), Q(state=R.CONFIRMED)),
            "all": (_("All"), Q()),
        }

    def all_cases(self):
        return Representative.objects.visible_to(self.request.user)

    def get_queryset(self):
        return super().get_queryset().select_related("provider", "user").order_by("claimed_at", "pk")


class ChangeQueue(RegistryDesk):
    """Changes between renewals, old beside new."""

    filterset_class = ChangeFilter
    partial_name = "providers/desk/_change_rows.html"
    title = gettext_lazy("Changes to check")

    @property
    def tabs(self):
        return {"open": (_("To be checked"), Q(state=ChangeState.PENDING)), "all": (_("All"), Q())}

    def all_cases(self):
        return Change.objects.visible_to(self.request.user)

    def get_queryset(self):
        return super().get_queryset().select_related("provider", "product", "asked_by").order_by("asked_at", "pk")


class ComplaintQueue(RegistryDesk):
    """Complaints of local governments."""

    filterset_class = ComplaintFilter
    partial_name = "providers/desk/_complaint_rows.html"
    title = gettext_lazy("Complaints")

    @property
    def tabs(self):
        return {
            "open": (_("Not closed"), ~Q(state=ComplaintState.CLOSED)),
            "late": (_("Reply late"), Q(state=ComplaintState.OPEN, due_on__lt=clock.today())),
            "all": (_("All"), Q()),
        }

    def all_cases(self):
        return Complaint.objects.visible_to(self.request.user)

    def get_queryset(self):
        related = ("listing__product", "listing__provider", "local_government")
        return super().get_queryset().select_related(*related).order_by("due_on", "pk")

    def get_context_data(self, **context):
        return super().get_context_data(today=clock.today(), **context)


class CorrectionQueue(RegistryDesk):
    """Mistakes that anybody has reported."""

    partial_name = "providers/desk/_correction_rows.html"
    title = gettext_lazy("Reported mistakes")

    @property
    def tabs(self):
        return {"open": (_("Waiting"), Q(state=CorrectionState.OPEN)), "all": (_("All"), Q())}

    def all_cases(self):
        return Correction.objects.visible_to(self.request.user)

    def get_queryset(self):
        return super().get_queryset().select_related("provider").order_by("sent_at", "pk")


class ListingLadder(RegistryDesk):
    """Listings to look after: ending soon, ended, suspended, flagged."""

    filterset_class = ListingFilter
    partial_name = "providers/desk/_listing_rows.html"
    title = gettext_lazy("Listings to look after")
    filename = "listings"
    orderings = {"until": "valid_until", "number": "certificate_no", "company": "provider__name_sort_key"}  # noqa: RUF012
    columns = (
        Column(gettext_lazy("Certificate number"), "certificate_no", "code"),
        Column(gettext_lazy("Product"), "product.name_th"),
        Column(gettext_lazy("Company"), "provider.name_th"),
        Column(gettext_lazy("State"), lambda row: row.current_label),
        Column(gettext_lazy("From"), "valid_from", "date"),
        Column(gettext_lazy("Last day"), "valid_until", "date"),
        Column(gettext_lazy("Remarks"), lambda row: ", ".join(sorted({one.code for one in row.standing_flags}))),
    )

    @property
    def tabs(self):
        today = clock.today()
        soon = Listing.objects.ending_within(today, Terms.present().renewal_window_days)
        flagged = Listing.objects.filter(flags__cleared_at=None, flags__isnull=False)
        return {
            "soon": (_("Ending soon"), Q(pk__in=soon.values("pk"))),
            "suspended": (_("Suspended"), Q(state=ListingState.SUSPENDED)),
            "flagged": (_("With remarks"), Q(pk__in=flagged.values("pk"))),
            "ended": (_("Ended"), Q(pk__in=Listing.objects.in_state(ListingState.EXPIRED, today).values("pk"))),
            "all": (_("All"), Q()),
        }

    def all_cases(self):
        return Listing.objects.all()

    def get_queryset(self):
        standing = Prefetch("flags", queryset=Flag.objects.standing(), to_attr="standing_flags")
        found = super().get_queryset().select_related("provider", "product").prefetch_related(standing)
        return found.annotate(has_renewal=Exists(renewals())).order_by("valid_until", "pk")


# One application


def _application(request, pk):
    require(request.user, *KEEPERS)
    seen = Application.objects.visible_to(request.user).exclude(submitted_at=None)
    return get_object_or_404(seen.select_related("provider__province", "registrar", "assessor"), pk=pk)


@login_required
def application_desk(request, pk):
    """One application beside what the registry does with it."""
    application = _application(request, pk)
    return render(request, "providers/desk/application.html", desk_context(request, application))


def desk_context(request, application, typed=None):
    """What the page of one application shows; what a refused form said (`typed`) stands in place of what is kept."""
    user = request.user
    checks = {one.item_id: one for one in application.checks.select_related("by")}
    assessment = getattr(application, "assessment", None)
    judged = {one.criterion_id: one for one in assessment.judgements.all()} if assessment else {}
    return {
        "application": application,
        "object": application,
        "reading": read_application(application),
        "checks": _said(ChecklistItem.objects.filter(is_active=True), checks, typed, "check", "note"),
        "may_check": application.state == S.CHECKING and user.has_perm("providers.check_application", application),
        "criteria": _said(Criterion.objects.filter(is_active=True), judged, typed, "criterion", "evidence"),
        "may_assess": application.state == S.ASSESSING and application.assessor_id == user.pk,
        "assessment": assessment,
        "unjudged": unjudged(application) if assessment else [],
        "outcomes": Outcome,
        "advices": Advice,
        "offers": APPLICATION.offers(application, by=user),
        "lifecycle": APPLICATION,
        "events": list(
            Event.objects.of(application).exclude(verb__in=WRITING).select_related("actor").order_by("-id")[:50]
        ),
        "step_url": reverse("providers:step", args=["applications", application.pk, "STEP"]),
        "today": clock.today(),
    }


def _said(rows, kept, typed, prefix, name):
    """(row, what was found there) pairs: as typed where a form was refused, else as kept, else None."""
    found = []
    for row in rows:
        said = kept.get(row.pk)
        if typed and f"{prefix}-{row.code}" in typed:
            text = typed.get(f"{prefix}-note-{row.code}", "")
            said = SimpleNamespace(outcome=typed[f"{prefix}-{row.code}"], **{name: text})
        found.append((row, said))
    return found


def _typed(request, rows, prefix):
    """(row, outcome, text) of each row that the form answers with an outcome that there is."""
    for row in rows:
        outcome = request.POST.get(f"{prefix}-{row.code}", "")
        if outcome in Outcome.values:
            yield row, outcome, request.POST.get(f"{prefix}-note-{row.code}", "").replace("\0", "").strip()[:4000]


def _keep(request, application, write):
    """Run `write()`; what a rule says no to is shown on the desk with what was typed. Else None."""
    try:
        write()
    except Refused as refusal:
        messages.warning(request, refusal.message)
        context = desk_context(request, application, typed=request.POST)
        return render(request, "providers/desk/application.html", context, status=409)
    return None


@login_required
@require_POST
def keep_checks(request, pk):
    """Keep the registrar's checklist, whole or in part."""
    application = _application(request, pk)

    def write():
        for item, outcome, note in _typed(request, ChecklistItem.objects.filter(is_active=True), "check"):
            assessing.note_check(application, item, outcome, note, by=request.user)

    refused = _keep(request, application, write)
    if refused:
        return refused
    messages.success(request, _("The checklist is saved."))
    return redirect("providers:desk-application", pk=pk)


@login_required
@require_POST
def keep_judgements(request, pk):
    """Keep the assessor's judgements; with an advice, finish the assessment."""
    application = _application(request, pk)

    def write():
        for criterion, outcome, evidence in _typed(request, Criterion.objects.filter(is_active=True), "criterion"):
            assessing.judge(application, criterion, outcome, evidence, by=request.user)
        if "finish" in request.POST:
            advice = request.POST.get("advice", "")
            if advice not in Advice.values:
                raise Refused(_("Choose what you advise."), code="advice_required", state=application.state)
            texts = [request.POST.get(name, "").replace("\0", "").strip()[:4000] for name in ("comment", "note")]
            assessing.advise(application, advice, *texts, by=request.user)

    refused = _keep(request, application, write)
    if refused:
        return refused
    done = _("The assessment is finished.") if "finish" in request.POST else _("The judgements are saved.")
    messages.success(request, done)
    return redirect("providers:desk-application", pk=pk)


# Companies and terms


class CompanyListForm(PortalForm):
    workbook = forms.FileField(label=_("Workbook from the Department of Business Development (.xlsx)"))


@login_required
def company_status(request):
    """The department's list: read and shown first, with what would change; kept once that was confirmed."""
    require(request.user, "providers.change_company")
    form, context = CompanyListForm(request.POST or None, request.FILES or None), {}
    if "checked" in request.POST:
        form = CompanyListForm()
        try:
            known, changed = company_list.enter(company_list.kept(request.POST["checked"]), by=request.user)
        except ValidationError as error:
            form.errors[""] = form.error_class(error.messages)
        else:
            told = _("%(known)d companies of the registry were checked; %(changed)d have another status than before.")
            messages.success(request, told % {"known": known, "changed": changed})
            return redirect("providers:company-status")
    elif request.method == "POST" and form.is_valid():
        try:
            lines, context["flaws"] = company_list.read(form.cleaned_data["workbook"])
        except ValidationError as error:
            form.add_error("workbook", error)
        else:
            context |= {"is_checked": True, "lines": [one for one in lines if one.provider], "total": len(lines)}
            if context["lines"] and not context["flaws"]:
                context["checked"] = company_list.keep(lines)
    status = 400 if form.errors or context.get("flaws") else 200
    context |= {"form": form, "columns": company_list.COLUMNS, "latest": company_list.latest_changes()}
    return render(request, "providers/desk/company_status.html", context, status=status)


class TermsForm(PortalModelForm):
    class Meta:
        model = Terms
        fields = [
            "validity_months",
            "renewal_window_days",
            "grace_days",
            "check_working_days",
            "assessment_working_days",
            "revision_working_days",
            "certification_days_left",
            "reapply_after_days",
            "reply_days",
            "barred_months",
            "complaint_working_days",
            "complaint_threshold",
        ]


@login_required
def terms(request):
    """The registry's terms: read by its people, changed by the approver, each change on record."""
    require(request.user, *READERS)
    may_change = request.user.has_perm("providers.change_terms")
    if request.method == "POST":
        require(request.user, "providers.change_terms")
    form = TermsForm(request.POST or None, instance=Terms.present())
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        row = form.save()
        record("terms.change", row, by=request.user, details=changed)
        messages.success(request, _("The terms are saved. They count from now on."))
        return redirect("providers:terms")
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "may_change": may_change}
    return render(request, "providers/desk/terms.html", context, status=status)


@login_required
def listing_impact(request, pk):
    """Every case that chose a listing, and the letter that its people would get."""
    require(request.user, *READERS)
    listing = get_object_or_404(Listing.objects.select_related("product", "provider"), pk=pk)
    context = {"listing": listing, "object": listing, "cases": impact.of(listing)}
    return render(request, "providers/desk/impact.html", context)


urlpatterns = [
    path("desk/", ApplicationQueue.as_view(), name="desk"),
    path("desk/representatives/", RepresentativeQueue.as_view(), name="desk-representatives"),
    path("desk/changes/", ChangeQueue.as_view(), name="desk-changes"),
    path("desk/complaints/", ComplaintQueue.as_view(), name="desk-complaints"),
    path("desk/corrections/", CorrectionQueue.as_view(), name="desk-corrections"),
    path("desk/listings/", ListingLadder.as_view(), name="desk-listings"),
    path("desk/companies/", company_status, name="company-status"),
    path("desk/terms/", terms, name="terms"),
    path("desk/applications/<int:pk>/", application_desk, name="desk-application"),
    path("desk/applications/<int:pk>/checks/", keep_checks, name="keep-checks"),
    path("desk/applications/<int:pk>/judgements/", keep_judgements, name="keep-judgements"),
    path("desk/listings/<int:pk>/impact/", listing_impact, name="impact"),
]
