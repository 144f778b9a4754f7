"""The page of a pilot with its tabs, and its steps."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from portal import clock, pdf
from portal.audit import record
from portal.models import Event
from portal.views import TIMELINE, TakeStep
from sandboxes import (
    amending,
    area,
    changing,
    day,
    evidence,
    exits,
    measuring,
    public,
    reporting,
    standing,
)
from sandboxes.charts import chart_of
from sandboxes.criteria import CRITERIA
from sandboxes.lifecycle import PILOT
from sandboxes.models import Pilot, RegulatoryIssue
from sandboxes.states import CLOSED, PHASES, GateKind, Phase, PilotState
from sandboxes.views.acts import ACTS, may, whole_pilot
from sandboxes.views.beginning import proposal_url
from training.seams import assistants

SIMILAR, SIMILAR_ISSUES = 4, 6


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
        "assistants": assistants(pilot.number, seen_by=user),
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
    context["similar"] = similar_to(found)
    context["proposal_url"] = proposal_url(found, user)
    context["drawing"] = area.drawn(found.area)
    context["may_take_over"] = (
        "take_over" in context["may"] and found.officer_id != user.pk and changing.is_in_care(found)
    )
    context["glance"] = day.glance(found) if context["is_running"] else []
    return render(request, "sandboxes/tabs/overview.html", context)


def public_page(request, found):
    """What everybody may know: exactly the public fields."""
    context = {
        "pilot": found,
        "facts": public.of(found),
        "relaxed": public.relaxed(found),
        "verdicts": exits.VERDICTS,
        "is_ended": found.state_now in CLOSED,
        "drawing": area.drawn(found.area),
        "similar": similar_to(found),
    }
    return render(request, "sandboxes/public.html", context)


def similar_to(pilot):
    """Published pilots of the same kind with what everybody may know of their results: `{"pilot", "facts"}`."""
    return [{"pilot": one, "facts": public.of(one)} for one in public.rows().published().like(pilot)[:SIMILAR]]


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
    found = list(pilot.gates.with_record().order_by("-pk"))
    current = pilot.open_gate()
    is_short = bool(current) and current.kind == GateKind.SCREENING and evidence.is_short_lane(pilot)
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
        "is_short": is_short,
        "short_lacks": evidence.missing(pilot, evidence.FOR_STEP["fast_track"]) if is_short else [],
    }


def indicators_tab(pilot, request):
    found, first = [], pilot.first_day
    for one in pilot.indicators.prefetch_related("baseline_changes__proposed_by"):
        readings = list(one.readings.with_record().order_by("on", "pk"))
        current = [reading for reading in readings if not hasattr(reading, "corrected_by")]
        found.append(
            {
                "indicator": one,
                "readings": readings[::-1],
                "chart": chart_of(one, current, first=first, last=pilot.ends_on) if current else None,
                "latest": current[-1] if current else None,
                "verdict": exits.VERDICTS[exits.verdict_of(one, current[-1] if current else None)],
                "changes": [change for change in one.baseline_changes.all()],
            }
        )
    running = pilot.state_now in PHASES[Phase.RUNNING] and pilot.live_at and pilot.ends_on
    last_day_to_mend = measuring.last_day_to_mend(pilot) if running else None
    return {
        "measures": found,
        "reviews": pilot.safeguard_reviews.select_related("reading__indicator", "concluded_by"),
        "is_measured": pilot.state_now in measuring.MEASURED_IN,
        "last_day_to_mend": last_day_to_mend,
        "may_mend": bool(last_day_to_mend) and clock.today() <= last_day_to_mend,
    }


def rules_tab(pilot, request):
    issues = list(pilot.issues.select_related("authority").prefetch_related("waivers__file"))
    return {"issues": issues, "similar": RegulatoryIssue.objects.elsewhere(pilot)[:SIMILAR_ISSUES]}


def incidents_tab(pilot, request):
    found = list(pilot.incidents.prefetch_related("reports", "tellings"))
    for one in found:
        one.clocks = reporting.clocks_of(one)
    return {"incidents": found}


def citizens_tab(pilot, request):
    """What residents were told and say; that a citizen's contact was read is on record."""
    if request.user.has_perm("sandboxes.answer_feedback", pilot) and pilot.feedback.exclude(contact="").exists():
        record("pilot.read_contacts", pilot, by=request.user)
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


class PilotStep(TakeStep):
    """A step of a pilot."""

    model, lifecycle = Pilot, PILOT
    template_name = "sandboxes/take_step.html"

    def get_queryset(self):
        return Pilot.objects.seen_whole_by(self.request.user).select_related("local_government")


urlpatterns = [
    path("<int:pk>/", pilot, name="pilot"),
    path("<int:pk>/steps/<slug:step>/", PilotStep.as_view(), name="step"),
    path("<int:pk>/<slug:name>/", tab, name="tab"),
]
