"""The page of a pilot with its tabs; its steps; what is printed of it; and its beginning."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from portal import access, clock, files, pdf, registry
from portal.audit import record
from portal.errors import Refused
from portal.models import Event, StoredFile
from portal.views import TIMELINE, TakeStep
from sandboxes import (
    amending,
    changing,
    evidence,
    exits,
    importing,
    measuring,
    public,
    reporting,
    standing,
    telling,
)
from sandboxes.charts import chart_of
from sandboxes.criteria import CRITERIA
from sandboxes.forms import EndorseForm, StartForm
from sandboxes.lifecycle import INCIDENT, PILOT, WAIVER
from sandboxes.models import Endorsement, Incident, Pilot, Waiver
from sandboxes.states import CLOSED, PHASES, Phase, PilotState, Receiver
from sandboxes.views.acts import ACTS, may, whole_pilot


def tabs_of(pilot):
    """The tabs of a pilot as (name, label) pairs: only those that have something to say in its state."""
    found = [
        ("", _("Overview")),
        ("plan", _("Test plan")),
        ("gates", _("Gates")),
        ("indicators", _("Indicators")),
        ("rules", _("Rules and waivers")),
        ("citizens", _("Citizens")),
    ]
    if pilot.live_at:
        found += [("incidents", _("Incidents")), ("exit", _("Exit"))]
    return [*found, ("record", _("Record"))]


def frame(request, pilot, here):
    """What every tab shows: head, tabs, offers, whose turn it is and what the next gate wants."""
    user = request.user
    turn = evidence.turn_of(pilot)
    return {
        "pilot": pilot,
        "here": here,
        "tabs": tabs_of(pilot),
        "offers": PILOT.offers(pilot, by=user),
        "gate": turn.gate,
        "turn": turn,
        "may": may(user, pilot, *ACTS),
        "writable": changing.writable(pilot),
        "is_running": pilot.state_now in PHASES[Phase.RUNNING],
        "lacking": standing.lacking(pilot, clock.now()) if pilot.state_now == PilotState.PAUSED else [],
    }


def pilot(request, pk):
    """A pilot: the public's page, or for those who work on it the first tab of the case."""
    found = get_object_or_404(public.rows().visible_to(request.user), pk=pk)
    user = request.user
    if not user.is_authenticated or not user.has_perm("sandboxes.view_pilot", found):
        return public_page(request, found)
    context = frame(request, found, "")
    context["similar"] = list(Pilot.objects.published().like(found).select_related("local_government")[:4])
    context["proposal_url"] = proposal_url(found, user)
    return render(request, "sandboxes/tabs/overview.html", context)


def public_page(request, found):
    """What everybody may know: exactly the public fields."""
    context = {
        "pilot": found,
        "facts": public.of(found),
        "relaxed": public.relaxed(found),
        "verdicts": exits.VERDICTS,
        "is_ended": found.state_now in CLOSED,
        "similar": list(Pilot.objects.published().like(found).select_related("local_government")[:4]),
    }
    return render(request, "sandboxes/public.html", context)


@login_required
def tab(request, pk, name):
    """One tab of the case."""
    found = whole_pilot(request, pk)
    if name not in {one for one, _label in tabs_of(found) if one}:
        raise Http404
    context = frame(request, found, name) | TABS[name](found, request)
    return render(request, f"sandboxes/tabs/{name}.html", context)


def plan_tab(pilot, request):
    return {
        "documents": pilot.documents.filter(removed_at=None).select_related("file"),
        "plans": pilot.plans.select_related("submitted_by").order_by("-number"),
        "amendments": [
            {"amendment": one, "rows": amending.rows(one)}
            for one in pilot.amendments.select_related("gate", "proposed_by").order_by("-pk")
        ],
    }


def gates_tab(pilot, request):
    found = list(
        pilot.gates.prefetch_related("decisions__decided_by", "scores", "votes__member", "conditions__gate")
        .order_by("-pk")
    )  # fmt: skip
    current = pilot.open_gate()
    for gate in found:
        gate.rows = [
            {"criterion": CRITERIA[one.criterion], "score": one.score, "justification": one.justification}
            for one in gate.scores.all()
            if one.criterion in CRITERIA
        ]
        gate.total = sum(one["score"] for one in gate.rows)
    return {
        "gates": found,
        "evidence": evidence.checked(pilot, evidence.FOR_GATE[current.kind]) if current else [],
        "criteria": CRITERIA.values(),
        "conditions": pilot.conditions.select_related("gate", "met_by"),
        "conflicts": pilot.conflicts.select_related("person"),
        "is_short": evidence.is_short_lane(pilot),
    }


def indicators_tab(pilot, request):
    found = []
    for one in pilot.indicators.prefetch_related("baseline_changes__proposed_by"):
        readings = list(one.readings.select_related("recorded_by", "file", "corrected_by").order_by("on", "pk"))
        current = [reading for reading in readings if not hasattr(reading, "corrected_by")]
        found.append(
            {
                "indicator": one,
                "readings": readings[::-1],
                "chart": chart_of(one, current) if current else None,
                "latest": current[-1] if current else None,
                "verdict": exits.VERDICTS[exits.verdict_of(one, current[-1] if current else None)],
                "changes": [change for change in one.baseline_changes.all()],
            }
        )
    is_live = pilot.state_now in measuring.MEASURED_IN
    return {
        "measures": found,
        "reviews": pilot.safeguard_reviews.select_related("reading__indicator", "concluded_by"),
        "is_measured": is_live,
        "last_day_to_mend": measuring.last_day_to_mend(pilot) if pilot.live_at and pilot.ends_on else None,
    }


def rules_tab(pilot, request):
    issues = list(pilot.issues.select_related("authority").prefetch_related("waivers__file"))
    return {"issues": issues, "similar": similar_issues(pilot, issues)}


def similar_issues(pilot, issues):
    """How the same laws were dealt with elsewhere, in published pilots."""
    from sandboxes.models import RegulatoryIssue

    laws = {one.law for one in issues}
    found = RegulatoryIssue.objects.filter(law__in=laws, pilot__approved_at__isnull=False, dropped_at=None)
    return list(found.exclude(pilot=pilot).select_related("pilot__local_government", "authority")[:6])


def incidents_tab(pilot, request):
    found = list(pilot.incidents.prefetch_related("reports", "tellings"))
    for one in found:
        one.clocks = reporting.clocks_of(one)
    return {"incidents": found}


def citizens_tab(pilot, request):
    return {
        "notices": pilot.notices.select_related("file"),
        "feedback": pilot.feedback.select_related("answered_by"),
        "poster_url": reverse("sandboxes:poster", args=[pilot.pk]) if pilot.is_published else "",
    }


def exit_tab(pilot, request):
    return {
        "verdicts": [one | {"label": exits.VERDICTS[one["verdict"]]} for one in exits.verdicts(pilot)],
        "closing": pilot.closing_items.select_related("done_by", "file"),
        "evidence": evidence.checked(pilot, evidence.EXIT),
        "proposal_url": proposal_url(pilot, request.user),
        "can_print": pdf.is_available(),
    }


def record_tab(pilot, request):
    events = Event.objects.of(pilot).select_related("actor").order_by("-id")
    return {"events": list(events[:TIMELINE]), "lifecycle": PILOT}


TABS = {
    "plan": plan_tab,
    "gates": gates_tab,
    "indicators": indicators_tab,
    "rules": rules_tab,
    "incidents": incidents_tab,
    "citizens": citizens_tab,
    "exit": exit_tab,
    "record": record_tab,
}


def proposal_url(pilot, user):
    """Where a proposal is begun from a pilot that was scaled up; "" where nobody offers it or it is not theirs."""
    is_mine = user.has_perm("sandboxes.change_pilot", pilot)
    if pilot.state_now != PilotState.SCALED or not is_mine or not registry.has_hook("proposal_from_pilot"):
        return ""
    return reverse("sandboxes:propose", args=[pilot.pk])


@login_required
def propose(request, pk):
    """Begin a budget proposal with what a scaled pilot has measured; it promises nobody a contract."""
    found = whole_pilot(request, pk)
    if not proposal_url(found, request.user):
        raise Http404
    if request.method != "POST":
        return render(request, "sandboxes/propose.html", {"pilot": found, "facts": exits.proposal_of(found)})
    try:
        address = registry.ask("proposal_from_pilot", exits.proposal_of(found), found.local_government, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(found.get_absolute_url())
    return redirect(address)


class PilotStep(TakeStep):
    """A step of a pilot."""

    model, lifecycle = Pilot, PILOT

    def get_queryset(self):
        return Pilot.objects.seen_whole_by(self.request.user).select_related("local_government")


class RowStep(TakeStep):
    """A step of a row beneath a pilot."""

    def get_queryset(self):
        pilots = Pilot.objects.seen_whole_by(self.request.user)
        return self.model.objects.filter(pilot__in=pilots, pilot=self.kwargs["pilot"]).select_related("pilot")


class WaiverStep(RowStep):
    model, lifecycle = Waiver, WAIVER


class IncidentStep(RowStep):
    model, lifecycle = Incident, INCIDENT


@login_required
def waiver(request, pilot, pk):
    """A waiver: the rule, the owner's instrument, its time, and its steps."""
    found = whole_pilot(request, pilot)
    one = get_object_or_404(found.waivers.select_related("issue__authority", "file", "requested_by"), pk=pk)
    events = Event.objects.filter(object_type="sandboxes.waiver", object_id=one.pk).select_related("actor")
    context = {
        "pilot": found,
        "waiver": one,
        "offers": WAIVER.offers(one, by=request.user),
        "lifecycle": WAIVER,
        "events": list(events.order_by("-id")),
    }
    return render(request, "sandboxes/waiver.html", context)


@login_required
def incident(request, pilot, pk):
    """An incident: its answers, clocks, reports, and whom it was told to."""
    found = whole_pilot(request, pilot)
    one = get_object_or_404(found.incidents.select_related("reported_by"), pk=pk)
    events = Event.objects.filter(object_type="sandboxes.incident", object_id=one.pk).select_related("actor")
    context = {
        "pilot": found,
        "incident": one,
        "clocks": reporting.clocks_of(one),
        "reports": one.reports.select_related("written_by"),
        "tellings": one.tellings.select_related("recorded_by"),
        "receivers": reporting.receivers_of(one),
        "offers": INCIDENT.offers(one, by=request.user),
        "may": may(request.user, found, "incident-report", "tell"),
        "lifecycle": INCIDENT,
        "events": list(events.order_by("-id")),
    }
    return render(request, "sandboxes/incident.html", context)


@login_required
def incident_export(request, pilot, pk, receiver):
    """The part of an incident that concerns one authority, dated, to print; that it was read is on record."""
    found = whole_pilot(request, pilot)
    one = get_object_or_404(found.incidents, pk=pk)
    if receiver not in Receiver.values or not request.user.has_perm("sandboxes.work_incident", found):
        raise Http404
    record("incident.export", one, by=request.user, details={"receiver": receiver})
    labels = {name: one._meta.get_field(name).verbose_name for name in ("aware_at", "what", "severity", "hurt",
              "impact", "affected_count")} | {"measures": _("What was done"), "cause": _("Cause")}  # fmt: skip
    content = reporting.content_for(one, receiver)
    shown = {"severity": one.get_severity_display(), "hurt": one.get_hurt_display(),
             "impact": one.get_impact_display()}  # fmt: skip
    rows = [(labels[name], shown.get(name, value)) for name, value in content.items() if name in labels]
    context = {"pilot": found, "incident": one, "receiver": Receiver(receiver).label, "rows": rows, "now": clock.now()}
    return render(request, "sandboxes/incident_export.html", context)


@login_required
def document(request, pk, file):
    """A file of a pilot, for those who may read the case."""
    found = whole_pilot(request, pk)
    held = StoredFile.objects.filter(pk=file)
    known = {
        *found.documents.values_list("file", flat=True),
        *found.waivers.values_list("file", flat=True),
        *found.partners.values_list("letter", flat=True),
        *found.notices.values_list("file", flat=True),
        *found.closing_items.values_list("file", flat=True),
        *found.indicators.values_list("readings__file", flat=True),
        *found.incidents.values_list("tellings__file", flat=True),
    }
    if file not in known:
        raise Http404
    return files.serve(get_object_or_404(held))


@login_required
def readings_template(request, pk):
    """The workbook to fill in with readings."""
    found = whole_pilot(request, pk)
    if not request.user.has_perm("sandboxes.record_reading", found):
        raise PermissionDenied
    answer = HttpResponse(importing.template(found), content_type=files.EXCEL)
    answer["Content-Disposition"] = content_disposition_header(True, f"readings-{found.number}.xlsx")
    return answer


# Printed


@login_required
def minutes(request, pk, gate):
    """The minutes of a gate: evidence, votes, conflicts, both agencies' decisions."""
    found = whole_pilot(request, pk)
    one = get_object_or_404(found.gates.prefetch_related("decisions__decided_by", "votes__member", "scores"), pk=gate)
    context = {
        "pilot": found,
        "gate": one,
        "scores": [(CRITERIA[row.criterion], row) for row in one.scores.all() if row.criterion in CRITERIA],
        "conflicts": found.conflicts.select_related("person"),
        "conditions": one.conditions.all(),
        "now": clock.now(),
    }
    return pdf.response("sandboxes/pdf/minutes.html", context, f"minutes-{found.number}-{one.pk}.pdf")


def report_pdf(request, pk):
    """The public report: two pages in plain Thai, failures included."""
    found = get_object_or_404(public.rows().published(), pk=pk)
    is_mine = request.user.is_authenticated and request.user.has_perm("sandboxes.view_pilot", found)
    if found.state_now not in CLOSED and not is_mine:
        raise Http404
    address = settings.SITE_URL + found.get_absolute_url()
    context = telling.facts(found) | {
        "is_draft": found.state_now not in CLOSED,
        "address": address,
        "qr": pdf.qr_svg(address),
        "now": clock.now(),
    }
    with translation.override("th"):
        made = pdf.render_within("sandboxes/pdf/report.html", context, pages=telling.PAGES, sizes=telling.SIZES)
    return pdf.as_response(made, f"report-{found.number}.pdf")


def poster(request, pk):
    """A poster for the street: what is tried here, until when, and a QR code that leads to complaint and feedback."""
    found = get_object_or_404(public.rows().published(), pk=pk)
    address = settings.SITE_URL + reverse("sandboxes:feedback", args=[found.pk])
    context = {"pilot": found, "address": address, "qr": pdf.qr_svg(address)}
    return pdf.response("sandboxes/pdf/poster.html", context, f"poster-{found.number}.pdf")


# Beginning, and the other office's word


@login_required
def start(request):
    """A new concept."""
    places = [held.local_government_id for held in access.holding(request.user, "sandboxes.add_pilot")]
    if not places:
        raise PermissionDenied(_("Officers of a local government start pilots."))
    form = StartForm(request.POST if request.method == "POST" else None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            made = changing.start(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("sandboxes:act", made.pk, "overview")
    return render(request, "sandboxes/start.html", {"form": form}, status=400 if form.errors else 200)


@login_required
def endorsement(request, pk):
    """What another local government is asked to endorse: the pilot in short, and the answer."""
    asked = get_object_or_404(
        Endorsement.objects.visible_to(request.user).select_related("pilot__local_government", "place"), pk=pk
    )
    form = EndorseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changing.answer_endorsement(asked, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Your answer is recorded."))
            return redirect("sandboxes:endorsement", asked.pk)
    context = {"endorsement": asked, "pilot": asked.pilot, "form": form if asked.answered_at is None else None}
    return render(request, "sandboxes/endorsement.html", context, status=400 if form.errors else 200)


urlpatterns = [
    path("start/", start, name="start"),
    path("endorsements/<int:pk>/", endorsement, name="endorsement"),
    path("<int:pk>/", pilot, name="pilot"),
    path("<int:pk>/steps/<slug:step>/", PilotStep.as_view(), name="step"),
    path("<int:pk>/files/<int:file>/", document, name="file"),
    path("<int:pk>/readings.xlsx", readings_template, name="readings-template"),
    path("<int:pk>/gates/<int:gate>/minutes.pdf", minutes, name="minutes"),
    path("<int:pk>/report.pdf", report_pdf, name="report"),
    path("<int:pk>/poster.pdf", poster, name="poster"),
    path("<int:pk>/propose/", propose, name="propose"),
    path("<int:pilot>/waivers/<int:pk>/", waiver, name="waiver"),
    path("<int:pilot>/waivers/<int:pk>/steps/<slug:step>/", WaiverStep.as_view(), name="waiver-step"),
    path("<int:pilot>/incidents/<int:pk>/", incident, name="incident"),
    path("<int:pilot>/incidents/<int:pk>/steps/<slug:step>/", IncidentStep.as_view(), name="incident-step"),
    path("<int:pilot>/incidents/<int:pk>/for/<slug:receiver>/", incident_export, name="incident-export"),
    path("<int:pk>/<slug:name>/", tab, name="tab"),
]
