"""Hosts and ambassadors: the call, placements, reports, projects, leave, stipend."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.views.decorators.http import require_POST

from portal import access, clock, exports
from portal.models import LocalGovernment
from portal.views import TakeStep, VisibleDetail, VisibleList, whole
from training import exports as columns
from training import privacy, service
from training.filters import PlacementFilter
from training.forms import programme as forms
from training.lifecycle import MONTHLY_REPORT, PLACE, PLACEMENT
from training.models import Generation, HandoverItem, HostPlace, MonthlyReport, Placement
from training.states import OCCUPIES, GenerationState, MonthlyReportState, PlaceState
from training.views.common import attempt, do, form_page, posted

WITH = ("generation", "local_government__province", "local_government__district", "ambassador", "mentor", "application")

# The host call


def offices_of(user):
    """The local governments for which `user` answers the host call."""
    held = [m.local_government_id for m in access.holding(user, "training.propose_place")]
    return LocalGovernment.objects.filter(pk__in=[pk for pk in held if pk]).select_related("province", "district")


@login_required
def places(request, pk):
    """The host call of a generation: what is offered, one's own answer, and the form to offer a place."""
    generation = get_object_or_404(Generation, pk=pk)
    offices = offices_of(request.user)
    is_calling = generation.state in {GenerationState.ANNOUNCED, GenerationState.OPEN, GenerationState.SELECTING}
    form = forms.PlaceForm(posted(request), offices=offices) if offices and is_calling else None
    if request.method == "POST" and form is not None and form.is_valid():
        made = []
        if attempt(form, lambda: made.append(service.propose_place(generation, by=request.user, **form.cleaned_data))):
            messages.success(request, _("Prepared. The executive decides whether your office hosts."))
            return redirect(made[0])
    rows = (
        HostPlace.objects.visible_to(request.user)
        .filter(generation=generation)
        .select_related("local_government__province", "mentor")
        .order_by("local_government__province__name_sort_key", "local_government__name_sort_key", "pk")
    )
    context = {"generation": generation, "rows": rows, "form": form}
    return render(request, "training/places.html", context, status=400 if form is not None and form.errors else 200)


class PlacePage(VisibleDetail):
    queryset = HostPlace.objects.select_related("generation", "local_government__province", "mentor", "decided_by")
    model = HostPlace
    lifecycle = PLACE
    template_name = "training/place.html"

    def get_context_data(self, **context):
        placements = Placement.objects.visible_to(self.request.user).filter(place=self.object).order_by("-pk")
        return super().get_context_data(placements=placements, **context)


class PlaceStep(TakeStep):
    queryset = HostPlace.objects.select_related("generation", "local_government__province")
    model = HostPlace
    lifecycle = PLACE


# Placements


class PlacementList(VisibleList):
    """Placements that the person may see."""

    queryset = Placement.objects.select_related(*WITH).order_by(
        "-generation__number", "local_government__name_sort_key", "pk"
    )
    filterset_class = PlacementFilter
    template_name = "training/placement_list.html"
    partial_name = "training/_placement_rows.html"
    columns = columns.PLACEMENTS
    filename = "placements"
    title = L("Ambassadors in service")


class PlacementPage(VisibleDetail):
    """The page of a service, for the ambassador, the mentor, the host and those who run the programme."""

    queryset = Placement.objects.select_related(*WITH, "place", "replaces")
    model = Placement
    lifecycle = PLACEMENT
    template_name = "training/placement.html"

    def get(self, request, *args, **kwargs):
        placement = self.object
        if request.user.pk not in {placement.ambassador_id, placement.mentor_id}:
            privacy.note_reading(placement, by=request.user, what="placement")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context):
        placement, user = self.object, self.request.user
        seen = {report.month: report for report in MonthlyReport.objects.visible_to(user).filter(placement=placement)}
        is_ambassador = placement.ambassador_id == user.pk
        months = service.months_of(placement, until=clock.today()) if placement.state != "planned" else []
        written = set(seen) if is_ambassador else set(months)
        over = [month for month in months if month < clock.today().replace(day=1)]
        return super().get_context_data(
            months=[(month, seen.get(month)) for month in reversed(months)],
            due_month=next((month for month in over if month not in written), None),
            served_pct=service.served_pct(placement, clock.today()),
            is_ambassador=is_ambassador,
            is_mentor=placement.mentor_id == user.pk,
            runs_it=user.has_perm("training.manage_placement", placement),
            names_mentor=placement.state in OCCUPIES and service.may_name_mentor(placement, user),
            postings=list(placement.postings.select_related("local_government__district")),
            host_has_withdrawn=placement.state in OCCUPIES and placement.place.state == PlaceState.WITHDRAWN,
            names_people=user.has_perm("training.name_ambassador", placement),
            projects=service.projects_of(placement, user),
            leaves=list(placement.leaves.all()),
            handover=list(placement.handover.all()),
            lacks=service.lacks(placement) if placement.state in OCCUPIES else [],
            stipend=service.stipend_of(placement, clock.today().replace(day=1)),
            successor=Placement.objects.filter(replaces=placement).first(),
            project_form=forms.ProjectForm() if is_ambassador and placement.state in OCCUPIES else None,
            **context,
        )


class PlacementStep(TakeStep):
    queryset = Placement.objects.select_related(*WITH)
    model = Placement
    lifecycle = PLACEMENT


def placement_of(request, pk):
    return get_object_or_404(Placement.objects.visible_to(request.user).select_related(*WITH), pk=pk)


@login_required
def project_add(request, pk):
    placement = placement_of(request, pk)
    form = forms.ProjectForm(posted(request))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: service.add_project(placement, by=request.user, **form.cleaned_data)
    ):  # fmt: skip
        messages.success(request, _("Recorded."))
        return redirect(placement)
    return form_page(request, form, title=_("City project"), back=(placement.get_absolute_url(), placement))


@login_required
def mentor(request, pk):
    placement = placement_of(request, pk)
    if not service.may_name_mentor(placement, request.user):
        raise PermissionDenied(_("The host names another mentor, or those who run the programme."))
    form = forms.MentorForm(posted(request), placement=placement)
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: service.change_mentor(placement, form.cleaned_data["mentor"], by=request.user)
    ):  # fmt: skip
        messages.success(request, _("The new mentor is told."))
        return redirect(placement)
    return form_page(request, form, title=_("Another mentor"), back=(placement.get_absolute_url(), placement))


@login_required
@require_POST
def handed_over(request, pk, item):
    placement = placement_of(request, pk)
    found = get_object_or_404(HandoverItem.objects.select_related("placement"), pk=item, placement=placement)
    return do(request, lambda: service.hand_over(found, by=request.user), _("Ticked."), placement)


# Monthly reports


def month_in(text):
    """The first day of a month written `2026-11`, or 404."""
    try:
        year, month = (int(part) for part in text.split("-"))
        return date(year, month, 1)
    except ValueError:
        raise Http404 from None


@login_required
@require_POST
def report_start(request, pk, month):
    placement = placement_of(request, pk)
    made = []
    action = lambda: made.append(service.start_report(placement, by=request.user, month=month_in(month)))  # noqa: E731
    response = do(request, action, _("Write your report; you may stop at any time."), placement)
    return redirect(made[0]) if made else response


def report_of(request, pk, report):
    found = MonthlyReport.objects.visible_to(request.user).select_related(
        "placement__local_government", "placement__ambassador", "placement__mentor", "placement__generation"
    )
    return get_object_or_404(found, pk=report, placement=pk)


@login_required
def report(request, pk, report):
    """A monthly report: to write for the ambassador while it is open, to read for everybody else who may."""
    found = report_of(request, pk, report)
    is_open = found.state in {MonthlyReportState.DRAFT, MonthlyReportState.RETURNED}
    form = None
    if is_open and found.placement.ambassador_id == request.user.pk:
        initial = {name: getattr(found, name) for name in ("work", "results", "problems")}
        form = forms.MonthlyReportForm(posted(request), initial=initial)
        if request.method == "POST" and form.is_valid():
            version = whole(request.POST.get("version"))
            if attempt(
                form, lambda: service.write_report(found, by=request.user, version=version, **form.cleaned_data)
            ):
                messages.success(request, _("The report is saved."))
                return redirect(found)
    context = {
        "report": found, "object": found, "form": form, "placement": found.placement,
        "offers": MONTHLY_REPORT.offers(found, by=request.user),
    }  # fmt: skip
    return render(request, "training/report.html", context, status=400 if form is not None and form.errors else 200)


class ReportStep(TakeStep):
    queryset = MonthlyReport.objects.select_related("placement__local_government")
    model = MonthlyReport
    lifecycle = MONTHLY_REPORT

    def get_queryset(self):
        return super().get_queryset().filter(placement=self.kwargs["placement"])


# The stipend


@login_required
def stipend(request, pk, month):
    """The stipends of a month: worked out until the sheet is closed, then as it was closed."""
    generation, first = get_object_or_404(Generation, pk=pk), month_in(month)
    if not request.user.has_perm("training.close_stipend", generation):
        raise PermissionDenied(_("Only training officers of the national programme see the stipends."))
    if request.method == "POST":
        to = reverse("training:stipend", args=[pk, month])
        return do(
            request, lambda: service.close_sheet(generation, first, by=request.user), _("The sheet is closed."), to
        )
    sheet = generation.stipend_sheets.filter(month=first).first()
    closed = sheet and sheet.lines.select_related("sheet", "placement__local_government", "placement__ambassador")
    lines = (
        list(closed.prefetch_related("placement__postings__local_government"))
        if sheet
        else service.stipends(generation, first)
    )
    privacy.note_reading(generation, by=request.user, what=f"stipends {month}")
    if request.GET.get("format") == "xlsx":
        return exports.xlsx_response(columns.STIPENDS, lines, f"stipend-{month}.xlsx")
    context = {
        "generation": generation, "month": first, "sheet": sheet, "lines": lines,
        "total": sum(line.amount_baht for line in lines),
        "before": service.add_months(first, -1), "after": service.add_months(first, 1),
        "is_over": service.add_months(first, 1) <= clock.today(),
    }  # fmt: skip
    return render(request, "training/stipend.html", context)


urlpatterns = [
    path("generations/<int:pk>/places/", places, name="places"),
    path("generations/<int:pk>/stipend/<str:month>/", stipend, name="stipend"),
    path("places/<int:pk>/", PlacePage.as_view(), name="place"),
    path("places/<int:pk>/<slug:step>/", PlaceStep.as_view(), name="place-step"),
    path("placements/", PlacementList.as_view(), name="placements"),
    path("placements/<int:pk>/", PlacementPage.as_view(), name="placement"),
    path("placements/<int:pk>/project/", project_add, name="project-add"),
    path("placements/<int:pk>/mentor/", mentor, name="mentor"),
    path("placements/<int:pk>/handover/<int:item>/", handed_over, name="handed-over"),
    path("placements/<int:pk>/reports/start/<str:month>/", report_start, name="report-start"),
    path("placements/<int:pk>/reports/<int:report>/", report, name="report"),
    path("placements/<int:placement>/reports/<int:pk>/<slug:step>/", ReportStep.as_view(), name="report-step"),
    path("placements/<int:pk>/steps/<slug:step>/", PlacementStep.as_view(), name="placement-step"),
]
