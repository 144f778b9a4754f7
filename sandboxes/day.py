"""The case officer's day: what waits before a gate and for whom, what ends, what nears its limit, which clocks run.

Each function gives rows for a table, the most urgent first, in a fixed number of queries.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from portal import clock
from sandboxes import evidence, public, reporting
from sandboxes.models import Condition, Feedback, Incident, Pilot, Waiver
from sandboxes.states import DAYS_OF, ENDS, GATE_OF, RUNNING, PilotState, WaiverState

WAIVER_DAYS, CONDITION_DAYS = 60, 30
NEAR = 4
SHOWN = 50


def gates_due(pilots):
    """Pilots before a gate: `{"pilot", "turn", "days"}`, those that agencies can decide first, then the oldest."""
    waiting = pilots.filter(state__in=[*GATE_OF, *RUNNING], gates__closed_at=None, gates__isnull=False)
    rows = []
    for pilot in waiting.distinct().with_evidence().order_by("state_since", "pk")[:SHOWN]:
        turn = evidence.turn_of(pilot)
        if turn.gate:
            rows.append({"pilot": pilot, "turn": turn, "days": (clock.now() - turn.gate.opened_at).days})
    return sorted(rows, key=lambda row: (not row["turn"].agencies, -row["days"], row["pilot"].pk))


def waivers_ending(pilots):
    """Instruments in force that end within sixty days, of pilots that have not ended."""
    moment = clock.now()
    soon = Waiver.objects.filter(
        state=WaiverState.IN_FORCE, ends_at__gt=moment, ends_at__lte=moment + timedelta(days=WAIVER_DAYS),
        pilot__in=pilots.exclude(state__in=ENDS),
    )  # fmt: skip
    return soon.select_related("pilot__local_government__district", "issue__authority").order_by("ends_at", "pk")[
        :SHOWN
    ]


def thresholds_near(pilots):
    """Indicators of running pilots that are beyond their stop threshold, near it, or late: `{"pilot", "indicator",
    "latest", "is_beyond", "is_late"}`.

    Near is within a quarter of the way from the threshold to the baseline.
    """
    rows = []
    running = pilots.filter(state__in=RUNNING).select_related("local_government__district")
    for pilot in running.prefetch_related("indicators__readings").order_by("pk"):
        for indicator in pilot.indicators.all():
            latest = public.latest_of(indicator)
            row = {
                "pilot": pilot,
                "indicator": indicator,
                "latest": latest,
                "is_beyond": bool(latest) and indicator.is_beyond_stop(latest.value),
                "is_near": bool(latest) and is_near(indicator, latest.value),
                "is_late": is_late(indicator, latest, pilot),
            }
            if row["is_beyond"] or row["is_near"] or row["is_late"]:
                rows.append(row)
    return sorted(rows, key=lambda row: (not row["is_beyond"], not row["is_near"], row["pilot"].pk))[:SHOWN]


def is_near(indicator, value):
    """Whether `value` has come within a quarter of the room between the baseline and the stop threshold."""
    if indicator.stop_threshold is None or indicator.baseline is None:
        return False
    room = abs(indicator.stop_threshold - indicator.baseline)
    return not indicator.is_beyond_stop(value) and abs(indicator.stop_threshold - value) * NEAR <= room


def is_late(indicator, latest, pilot):
    """Whether the next reading is overdue by the indicator's own frequency."""
    last = latest.on if latest else pilot.first_day
    return last + timedelta(days=DAYS_OF[indicator.frequency]) < clock.today()


def clocks_running(pilots):
    """Time limits of open incidents that nothing has stopped: `{"incident", "clock"}`, the soonest first."""
    found = Incident.objects.still_open().filter(pilot__in=pilots)
    found = found.select_related("pilot__local_government__district").prefetch_related("reports", "tellings")
    rows = [
        {"incident": incident, "clock": one}
        for incident in found.order_by("aware_at", "pk")[:SHOWN]
        for one in reporting.clocks_of(incident)
        if one.is_running
    ]
    return sorted(rows, key=lambda row: (row["clock"].due_at, row["incident"].pk))


def conditions_due(pilots):
    """Conditions not yet met of pilots that have not ended: due within thirty days, late ones first, or reported."""
    until = clock.today() + timedelta(days=CONDITION_DAYS)
    near = Condition.objects.to_be_met().filter(pilot__in=pilots)
    near = near.filter(due_on__lte=until) | near.exclude(reported_at=None)
    return near.with_place().order_by("due_on", "pk")[:SHOWN]


def letters_late(pilots):
    """Citizens whose answer is overdue."""
    late = Feedback.objects.unanswered().filter(due_on__lt=clock.today(), pilot__in=pilots)
    return late.select_related("pilot__local_government__district").order_by("due_on", "pk")[:SHOWN]


def paused(pilots):
    """Pilots that stand still, the longest first, with what hinders each from going on: `{"pilot", "turn"}`."""
    moment = clock.now()
    still = pilots.as_of(moment).filter(shown_state=PilotState.PAUSED).with_evidence().order_by("state_since", "pk")
    rows = [{"pilot": one, "turn": evidence.turn_of(one)} for one in still[:SHOWN]]
    return sorted(rows, key=lambda row: (row["pilot"].state_since, row["pilot"].pk))


def of(pilots):
    """All of it, as the page's context."""
    return {
        "gates": gates_due(pilots),
        "waivers": waivers_ending(pilots),
        "measures": thresholds_near(pilots),
        "clocks": clocks_running(pilots),
        "conditions": conditions_due(pilots),
        "letters": letters_late(pilots),
        "paused": paused(pilots),
    }


def visible(user, *, mine):
    """The pilots that a person of the two agencies looks after: all of them, or those in their own care."""
    pilots = Pilot.objects.seen_whole_by(user)
    return pilots.filter(officer=user) if mine else pilots


def glance(pilot):
    """How a running pilot stands, for who has a minute: `[{"label", "value", "tone", "tab"}]`."""
    today, indicators = clock.today(), list(pilot.indicators.prefetch_related("readings"))
    latest = [(one, public.latest_of(one)) for one in indicators]
    reached = sum(bool(reading) and one.reaches_target(reading.value) for one, reading in latest)
    is_harmful = any(reading and one.is_beyond_stop(reading.value) for one, reading in latest)
    incidents, letters = pilot.incidents.still_open().count(), pilot.feedback.unanswered()
    late = letters.filter(due_on__lt=today).exists()
    conditions = list(pilot.conditions.to_be_reported())
    return [
        _fact(_("days left"), max((pilot.ends_on - today).days, 0), "", "plan"),
        _fact(_("indicators on target"), f"{reached}/{len(indicators)}", "bad" if is_harmful else "", "indicators"),
        _fact(_("open incidents"), incidents, "bad" if incidents else "", "incidents"),
        _fact(_("citizens wait for an answer"), letters.count(), "bad" if late else "", "citizens"),
        _fact(_("conditions to meet"), len(conditions),
              "bad" if any(one.state == "late" for one in conditions) else "", "gates"),
    ]  # fmt: skip


def _fact(label, value, tone, tab):
    return {"label": label, "value": value, "tone": tone, "tab": tab}
