"""Incident: reported by whoever sees it, contained, resolved, and closed by the case officer."""

from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.lifecycle import Lifecycle, Step
from sandboxes import notices
from sandboxes.lifecycle.pilot import PILOT, catch_up
from sandboxes.states import IncidentState, PauseCause, PilotState, Severity
from sandboxes.step_forms import ContainForm, ResolveForm, SeverityForm, Why, Words

S = IncidentState


def stamp(field):
    def effect(incident, *, by, **_details):
        setattr(incident, field, clock.now())

    return effect


def unstamp(incident, *, by, **_details):
    incident.resolved_at = incident.closed_at = None


def keep_cause(incident, *, by, root_cause, **_details):
    incident.root_cause = root_cause


def keep_severity(incident, *, by, severity, reason, **_details):
    incident.severity, incident.severity_reason = severity, reason


def pause_for_sev1(incident, *, by, **_details):
    """A critical incident pauses a live pilot, in the transaction in which it becomes one."""
    if incident.severity == Severity.SEV1 and catch_up(incident.pilot).state == PilotState.LIVE:
        PILOT.take(incident.pilot, "pause", by=by, cause=PauseCause.INCIDENT, note=incident.what[:4000])


def step(name, label, source, target, permission, **kwargs):
    source = frozenset({source} if isinstance(source, str) else source)
    return Step(name, label, source, target, f"sandboxes.{permission}_incident", **kwargs)


INCIDENT = Lifecycle(
    "incident",
    S,
    [
        step("contain", L("Contained"), S.REPORTED, S.CONTAINED, "work", effects=[stamp("contained_at")],
             form=ContainForm),
        step("resolve", L("Resolved"), S.CONTAINED, S.RESOLVED, "resolve", effects=[keep_cause, stamp("resolved_at")],
             after=[notices.incident_resolved], form=ResolveForm),
        step("close", L("Close the incident"), S.RESOLVED, S.CLOSED, "close", effects=[stamp("closed_at")],
             after=[notices.incident_closed], form=Words),
        step("reopen", L("Take up again"), {S.RESOLVED, S.CLOSED}, S.CONTAINED, "close", effects=[unstamp],
             after=[notices.incident_reopened], form=Why),
        step("correct_severity", L("Correct the severity"), {S.REPORTED, S.CONTAINED, S.RESOLVED}, None, "close",
             effects=[keep_severity], after=[pause_for_sev1, notices.severity_corrected], form=SeverityForm),
    ],
    start=S.REPORTED,
    ends=frozenset({S.CLOSED}),
)  # fmt: skip
