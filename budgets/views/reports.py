"""Quarterly reports: written by the office, signed by its executive, accepted by the province; and the monitor."""

from functools import cached_property

import django_filters
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.views.decorators.http import require_POST

from budgets.filters import PlaceFilters, rounds_of
from budgets.forms.following import PhotoForm, ReportForm
from budgets.forms.sections import tidy
from budgets.lifecycle import REPORT
from budgets.lifecycle.report import what_the_report_lacks
from budgets.models import Proposal, QuarterlyReport, Round
from budgets.money import quarters, report_signing, reporting
from budgets.states import ProposalState, ReportState, RoundState
from budgets.step_forms import AttestReportForm, AttestReportFromPageForm
from budgets.views.setting_up import attempt, posted
from budgets.writing import canonical
from portal import access, clock, files, pdf
from portal.errors import Refused
from portal.exports import Column
from portal.states import LocalGovernmentKind
from portal.templatetags.portal import number
from portal.thai.dates import thaitime
from portal.views import TakeStep, VisibleList, whole

CASES = ("round", "theme", "local_government__province", "local_government__district")
QUARTER_HEADS = {1: L("Quarter 1"), 2: L("Quarter 2"), 3: L("Quarter 3"), 4: L("Quarter 4")}
FOLLOWED = (ProposalState.EXECUTING, ProposalState.COMPLETED, ProposalState.TERMINATED)


def visible_case(request, pk):
    """The proposal that the person may see, or 404."""
    return get_object_or_404(Proposal.objects.visible_to(request.user).select_related(*CASES), pk=pk)


def visible_report(request, pk, report):
    """The report that the person may see, or 404."""
    found = QuarterlyReport.objects.visible_to(request.user).select_related(
        *(f"proposal__{name}" for name in CASES), "submitted_by", "accepted_by"
    )
    return get_object_or_404(found, pk=report, proposal=pk)


def quarters_shown(proposal, user):
    """The `Quarter`s of a project as far as `user` may see its reports."""
    seen = QuarterlyReport.objects.visible_to(user).filter(proposal=proposal)
    return quarters.quarters_of(proposal, seen, clock.today())


# One project's reports


@login_required
def report_list(request, pk):
    """The quarters of a project, each with its report or the button that starts it."""
    proposal = visible_case(request, pk)
    may_write = access.capacity(request.user, "budgets.change_report", proposal) is not None
    is_running = proposal.state == ProposalState.EXECUTING and proposal.round.state == RoundState.ENACTED
    if request.method == "POST":
        year, quarter = whole(request.POST.get("fiscal_year")), whole(request.POST.get("quarter"))
        if year is None or quarter not in quarters.QUARTERS or not 2500 <= year <= 2700:
            raise Http404
        try:
            report = reporting.start_report(proposal, by=request.user, fiscal_year=year, quarter=quarter)
        except Refused as refusal:
            messages.warning(request, refusal.message)
            return redirect("budgets:reports", proposal.pk)
        return redirect(report)
    context = {
        "proposal": proposal,
        "quarters": quarters_shown(proposal, request.user),
        "may_start": may_write and is_running,
    }
    return render(request, "budgets/following/reports.html", context)


def report_context(request, report):
    """What the pages of a report show."""
    proposal = report.proposal
    kpis = list(proposal.kpis.all())
    before = previous_of(report, request.user)
    return {
        "proposal": proposal,
        "report": report,
        "quarter": next(
            (one for one in quarters_shown(proposal, request.user) if one.report and one.report.pk == report.pk), None
        ),
        "indicators": indicators(kpis, report, before),
        "photos": list(report.photos.filter(removed_at=None).select_related("file")),
        "before": before,
        "before_photos": list(before.photos.filter(removed_at=None).select_related("file")) if before else [],
        "lacks": what_the_report_lacks(report) if report.state in reporting.EDITABLE else [],
        "offers": REPORT.offers(report, by=request.user),
        "paper": report_signing.paper_of(report),
        "prints_page": report.state in reporting.EDITABLE and is_of_the_office(request.user, report),
        "step_url": reverse("budgets:report-step", args=[proposal.pk, report.pk, "STEP"]),
    }


def previous_of(report, user):
    """The report of the quarter before that `user` may see, or None."""
    seen = QuarterlyReport.objects.visible_to(user).filter(proposal=report.proposal_id)
    earlier = Q(fiscal_year__lt=report.fiscal_year) | Q(fiscal_year=report.fiscal_year, quarter__lt=report.quarter)
    return seen.filter(earlier).order_by("-fiscal_year", "-quarter").first()


def indicators(kpis, report, before):
    """Each indicator with what this report measured and the one before."""
    now = dict(report.kpi_actuals.values_list("kpi", "value"))
    then = dict(before.kpi_actuals.values_list("kpi", "value")) if before else {}
    return [{"kpi": kpi, "value": now.get(kpi.pk), "before": then.get(kpi.pk)} for kpi in kpis]


def may_write(request, report):
    """Whether the person writes this report now."""
    return (
        report.state in reporting.EDITABLE
        and report.proposal.round.state == RoundState.ENACTED
        and access.capacity(request.user, "budgets.change_report", report) is not None
    )


def form_of(report, data=None):
    """The form with `data`; without, as the report is kept, with what was kept as typed in its place."""
    kpis = list(report.proposal.kpis.all())
    initial = {"physical_pct": tidy(report.physical_pct), "problem": report.problem}
    initial |= {f"kpi-{kpi}": tidy(value) for kpi, value in report.kpi_actuals.values_list("kpi", "value")}
    if data is None and report.typed:
        data = {name: "" if value is None else str(value) for name, value in initial.items()} | report.typed
    return ReportForm(data, kpis=kpis, initial=initial)


def write(report, form, *, by, version):
    """Write what fits of the form, and keep as typed what does not; the fresh report."""
    with reporting.editing_report(report, by=by, version=version) as fresh:
        fresh.physical_pct = form.cleaned_data.get("physical_pct")
        fresh.problem = form.cleaned_data.get("problem", "")
        reporting.set_actuals(fresh, form.actuals())
        fresh.typed = form.typed()
    return fresh


@login_required
def report(request, pk, report):
    """A report: to write for those who write it now, to read for everybody else who may."""
    found = visible_report(request, pk, report)
    if not may_write(request, found):
        return render(request, "budgets/following/report_read.html", report_context(request, found))
    form = form_of(found, posted(request))
    form.is_valid()
    version = whole(request.POST.get("version"))

    def save():
        write(found, form, by=request.user, version=version)

    if request.method == "POST" and attempt(form, save):
        if form.errors:
            messages.warning(
                request, _("The draft is saved, with what does not fit kept as you typed it. Please mend it.")
            )
        else:
            messages.success(request, _("The report is saved."))
        return redirect(found)
    context = {**report_context(request, found), "form": form, "photo_form": PhotoForm(prefix="photo")}
    context["version"] = version or found.version
    return render(request, "budgets/following/report_edit.html", context, status=400 if posted(request) else 200)


@login_required
@require_POST
def autosave(request, pk, report):
    """Keep a draft as it is typed: what fits is saved, what does not is named."""
    found = visible_report(request, pk, report)
    form = form_of(found, request.POST)
    form.is_valid()
    try:
        fresh = write(found, form, by=request.user, version=whole(request.POST.get("version")))
    except Refused as refusal:
        return JsonResponse({"url": found.get_absolute_url(), "detail": refusal.message}, status=409)
    errors = {name: [str(message) for message in messages_] for name, messages_ in form.errors.items()}
    return JsonResponse({"saved_at": thaitime(fresh.changed_at), "version": fresh.version, "errors": errors})


@login_required
@require_POST
def photo_add(request, pk, report):
    found = visible_report(request, pk, report)
    form = PhotoForm(request.POST, request.FILES, prefix="photo")
    if form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: reporting.add_photo(found, given["file"], by=request.user, caption=given["caption"])):
            messages.success(request, _("The photograph is added."))
            return redirect(f"{found.get_absolute_url()}#photos")
    if not may_write(request, found):
        messages.warning(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect(found)
    context = {**report_context(request, found), "form": form_of(found), "photo_form": form, "version": found.version}
    return render(request, "budgets/following/report_edit.html", context, status=400)


@login_required
@require_POST
def photo_remove(request, pk, report, photo):
    found = visible_report(request, pk, report)
    taken = get_object_or_404(found.photos.filter(removed_at=None), pk=photo)
    try:
        reporting.remove_photo(taken, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The photograph is taken off."))
    return redirect(f"{found.get_absolute_url()}#photos")


@login_required
def photo(request, pk, report, photo):
    """A photograph of a visible report."""
    found = visible_report(request, pk, report)
    shown = get_object_or_404(found.photos.filter(removed_at=None).select_related("file"), pk=photo)
    return files.serve(shown.file, inline=True)


@login_required
def page_to_sign(request, pk, report):
    """The page of a report that is signed with a pen, as PDF, with the hash of what it says."""
    found = visible_report(request, pk, report)
    if not is_of_the_office(request.user, found):
        raise PermissionDenied(_("The page to sign is printed by the office itself."))
    if found.state not in reporting.EDITABLE or what_the_report_lacks(found):
        raise Refused(_("The page to sign is printed once the report is complete."), code="incomplete")
    sha256 = report_signing.text_sha256(found)
    with translation.override("th"):
        context = {
            "report": found,
            "proposal": found.proposal,
            "place": found.proposal.local_government,
            "indicators": indicators(list(found.proposal.kpis.all()), found, None),
            "photos": found.photos.filter(removed_at=None).count(),
            "sha256": sha256,
            "code": canonical.paper_code(sha256),
            "made_at": clock.now(),
        }
        return pdf.response("budgets/pdf/report_signing_page.html", context, f"report-{found.pk}-signing-page.pdf")


def is_of_the_office(user, report):
    names = ("change_report", "submit_report", "attest_report")
    return any(access.capacity(user, f"budgets.{name}", report) for name in names)


@login_required
def scan(request, pk, report):
    """The page of a report that was signed with a pen, as it came back."""
    paper = report_signing.paper_of(visible_report(request, pk, report))
    if paper is None:
        raise Http404
    return files.serve(paper.scan)


class ReportStep(TakeStep):
    """Signing, accepting, returning, reopening: with the report in sight, and the quarter before beside it."""

    model = QuarterlyReport
    lifecycle = REPORT
    template_name = "budgets/following/report_step.html"

    def form(self, data=None, files=None):
        if self.row.form is AttestReportForm:
            return AttestReportFromPageForm(data, files, case=self.object, by=self.request.user)
        return super().form(data, files)

    @cached_property
    def object(self):
        return visible_report(self.request, self.kwargs["pk"], self.kwargs["report"])

    def get_context_data(self, **context):
        attests = self.row.form is AttestReportForm
        return super().get_context_data(**{**report_context(self.request, self.object), "attests": attests, **context})


# The monitor


class MonitorFilter(PlaceFilters):
    """Of projects under way, by how their reports stand."""

    round = django_filters.ModelChoiceFilter(label=L("Round"), queryset=rounds_of)
    reports = django_filters.ChoiceFilter(
        label=L("Reports"),
        method="by_reports",
        choices=[
            ("late", L("Some report is late")),
            (ReportState.SUBMITTED, L("A report waits for the province")),
            (ReportState.RETURNED, L("A report was returned")),
        ],
        empty_label=L("All"),
    )

    kind = django_filters.ChoiceFilter(
        label=L("Kind"),
        field_name="local_government__kind",
        choices=LocalGovernmentKind.choices,
        empty_label=L("All kinds"),
    )

    class Meta:
        model = Proposal
        fields = []

    @cached_property
    def form(self):
        """The filters in the order in which people look: which round, where, then what is wrong."""
        form = super().form
        form.order_fields(["round", "province", "reports", "theme", "kind", "q"])
        every = {"round": L("All rounds"), "province": L("The whole country"), "theme": L("All themes")}
        for name, words in every.items():
            form.fields[name].empty_label = words
        return form

    def by_reports(self, queryset, name, value):
        if value == "late":
            return queryset.filter(is_late(clock.today()), state=ProposalState.EXECUTING)
        return queryset.filter(Exists(QuarterlyReport.objects.filter(proposal=OuterRef("pk"), state=value)))


def is_late(day):
    """A `Q` for projects that owe a report which was due before `day`."""
    sent = QuarterlyReport.objects.filter(proposal=OuterRef("pk"), state__in=quarters.SENT)
    wanted = Q(pk__in=[])
    for year in Round.objects.order_by().values_list("fiscal_year", flat=True).distinct():
        for quarter in quarters.QUARTERS:
            if reporting.due_on(year, quarter) < day:
                missing = ~Exists(sent.filter(fiscal_year=year, quarter=quarter))
                wanted |= Q(missing, round__fiscal_year=year)
    return wanted


def in_quarter(place):
    """What a file says of a quarter of a project: its state, late or not, and the progress."""

    def words(proposal):
        quarter = quarters_in(proposal)[place - 1]
        late = _("late") if quarter.is_late and quarter.is_sent else ""
        pct = quarter.report.physical_pct if quarter.report else None
        return ", ".join(filter(None, [str(quarter.label), late, f"{number(pct)}%" if pct is not None else ""]))

    return words


def quarters_in(proposal):
    return quarters.quarters_of(proposal, proposal.seen_reports, clock.today())


class Monitor(VisibleList):
    """Projects × quarters: who has reported, who has not, who is late."""

    title = L("Quarterly reports")
    filename = "quarterly-reports"
    template_name = "budgets/following/monitor.html"
    partial_name = "budgets/following/_monitor_rows.html"
    filterset_class = MonitorFilter
    orderings = {  # noqa: RUF012
        "local_government": "local_government__name_sort_key",
        "allocated": "allocated_baht",
        "disbursed": "disbursed_baht",
    }
    columns = (
        Column(L("Number"), "number", "code"),
        Column(L("Local government"), "local_government.name_th"),
        Column(L("Province"), "local_government.province.name_th"),
        Column(L("Project"), "title_th"),
        Column(L("Fiscal year"), "round.fiscal_year", "code"),
        *(Column(label, in_quarter(place)) for place, label in QUARTER_HEADS.items()),
        Column(L("Allocated (baht)"), "allocated_baht", "money"),
        Column(L("Committed (baht)"), "committed_baht", "money"),
        Column(L("Disbursed (baht)"), "disbursed_baht", "money"),
    )

    def get_queryset(self):
        user = self.request.user
        seen = Prefetch("reports", QuarterlyReport.objects.visible_to(user), to_attr="seen_reports")
        cases = Proposal.objects.visible_to(user).filter(state__in=FOLLOWED)
        return cases.select_related(*CASES).prefetch_related(seen).order_by("-round__fiscal_year", "number", "pk")

    def get_context_data(self, **context):
        if "rows" in context:
            context["matrix"] = [(row, quarters_in(row)) for row in context["rows"]]
        return super().get_context_data(heads=QUARTER_HEADS.values(), **context)


urlpatterns = [
    path("reports/", Monitor.as_view(), name="monitor"),
    path("proposals/<int:pk>/reports/", report_list, name="reports"),
    path("proposals/<int:pk>/reports/<int:report>/", report, name="report"),
    path("proposals/<int:pk>/reports/<int:report>/save/", autosave, name="report-save"),
    path("proposals/<int:pk>/reports/<int:report>/photos/", photo_add, name="report-photos"),
    path("proposals/<int:pk>/reports/<int:report>/photos/<int:photo>/", photo, name="report-photo"),
    path(
        "proposals/<int:pk>/reports/<int:report>/photos/<int:photo>/remove/", photo_remove, name="report-photo-remove"
    ),
    path("proposals/<int:pk>/reports/<int:report>/signing-page.pdf", page_to_sign, name="report-signing-page"),
    path("proposals/<int:pk>/reports/<int:report>/scan/", scan, name="report-scan"),
    path("proposals/<int:pk>/reports/<int:report>/steps/<slug:step>/", ReportStep.as_view(), name="report-step"),
]
