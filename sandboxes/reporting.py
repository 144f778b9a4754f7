"""Incidents: five answers, a severity that follows from them, clocks, reports, and what each authority is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock, files
from portal.audit import plain, record
from portal.errors import Refused
from sandboxes import notices
from sandboxes.lifecycle.incident import pause_for_sev1
from sandboxes.models import Incident, IncidentReport, Pilot, Telling
from sandboxes.states import BEFORE_LIVE, Hurt, Impact, Receiver, ReportStep, Severity

HOURS_TO_PDPC = 72
FIRST_REPORT = {Severity.SEV1: 24, Severity.SEV2: 72, Severity.SEV3: 168}
FINAL_REPORT_DAYS = 30
REMINDERS = (timedelta(hours=-24), timedelta(hours=-6), timedelta(0), timedelta(hours=24), timedelta(hours=72))


def severity_of(*, hurt, personal_data, impact):
    """The severity that follows from the answers."""
    if hurt != Hurt.NOBODY or personal_data or impact == Impact.WHOLE:
        return Severity.SEV1
    return {Impact.PART: Severity.SEV2, Impact.MINOR: Severity.SEV3}.get(impact, Severity.SEV4)


def report(pilot, *, by, what, hurt, personal_data, impact, aware_at=None):
    """The new `Incident`. A critical one pauses a live pilot in the same transaction."""
    capacity = access.capacity(by, "sandboxes.report_incident", pilot)
    if capacity is None:
        raise PermissionDenied(_("Incidents are reported by the people of the pilot; citizens write feedback."))
    if pilot.state_now in BEFORE_LIVE:
        raise Refused(_("The pilot is not live yet."), code="wrong_state", state=pilot.state_now)
    aware_at = aware_at or clock.now()
    if aware_at > clock.now():
        raise ValidationError({"aware_at": _("It cannot have become known in the future.")}, code="in_the_future")
    with transaction.atomic():
        severity = severity_of(hurt=hurt, personal_data=personal_data, impact=impact)
        incident = Incident(
            pilot=pilot, what=what, hurt=hurt, personal_data=personal_data, impact=impact, aware_at=aware_at,
            severity=severity, reported_by=by,
        )  # fmt: skip
        incident.full_clean()
        incident.save()
        Pilot.objects.filter(pk=pilot.pk).update(version=F("version") + 1)
        details = {"severity": severity, "aware_at": aware_at, "personal_data": personal_data}
        record("incident.report", incident, by=by, capacity=capacity, after=incident.state, details=details)
        notices.incident_reported(incident)
        pause_for_sev1(incident, by=by)
    return incident


@dataclass(frozen=True)
class Clock:
    """One legal or agreed time limit of an incident, counted from when it became known."""

    code: str
    label: str
    due_at: datetime
    done_at: datetime | None

    @property
    def is_running(self):
        return self.done_at is None

    @property
    def is_late(self):
        return (self.done_at or clock.now()) > self.due_at


def clocks_of(incident):
    """The `Clock`s of an incident, soonest first; reports and tellings that are there stop them."""
    reports = {one.step: one.written_at for one in reversed(list(incident.reports.order_by("pk")))}
    told = {one.receiver: one.sent_at for one in reversed(list(incident.tellings.order_by("sent_at")))}
    found = []
    if incident.personal_data:
        due = incident.aware_at + timedelta(hours=HOURS_TO_PDPC)
        found.append(Clock("pdpc", L("Tell the PDPC of the breach"), due, told.get(Receiver.PDPC)))
    if hours := FIRST_REPORT.get(incident.severity):
        due = incident.aware_at + timedelta(hours=hours)
        found.append(Clock("first", L("First report"), due, reports.get(ReportStep.FIRST)))
    if incident.severity != Severity.SEV4:
        due = incident.aware_at + timedelta(days=FINAL_REPORT_DAYS)
        found.append(Clock("final", L("Final report"), due, reports.get(ReportStep.FINAL)))
    return sorted(found, key=lambda one: one.due_at)


def remind(incident):
    """Tell of the clocks that have come near or passed: the newest reminder of each, every one once; how many."""
    sent, told, moment = 0, list(incident.told), clock.now()
    for one in clocks_of(incident):
        due = [before for before in REMINDERS if one.is_running and one.due_at + before <= moment]
        if due and (key := f"{one.code}{int(due[-1].total_seconds())}") not in told:
            told.append(key)
            notices.clock_runs(incident, one)
            sent += 1
    if sent:
        Incident.objects.filter(pk=incident.pk).update(told=told)
    return sent


def write_report(incident, step, *, by, findings, measures, cause="", affected_count=None):
    """The new report of a step; a second one of the same step is its corrected version, and both are kept."""
    capacity = access.capacity(by, "sandboxes.work_incident", incident)
    if capacity is None:
        raise PermissionDenied(_("Incident reports are written by the people of the pilot."))
    with transaction.atomic():
        number = 1 + (incident.reports.filter(step=step).count())
        written = IncidentReport(
            incident=incident, step=step, number=number, findings=findings, measures=measures, cause=cause,
            affected_count=affected_count, written_by=by,
        )  # fmt: skip
        written.full_clean()
        written.save()
        changed = {"affected_count": affected_count} if affected_count is not None else {}
        Incident.objects.filter(pk=incident.pk).update(version=F("version") + 1, **changed)
        record("incident.write_report", incident, by=by, capacity=capacity, details={"step": step, "number": number})
    return written


CONTENT = {
    Receiver.PDPC: ("aware_at", "what", "affected_count", "measures", "cause"),
    Receiver.NCSA: ("aware_at", "what", "impact", "measures", "cause"),
    Receiver.DEPA: ("aware_at", "what", "severity", "impact", "hurt", "affected_count", "measures", "cause"),
    Receiver.DLA: ("aware_at", "what", "severity", "impact", "hurt", "affected_count", "measures", "cause"),
    Receiver.AUTHORITY: ("aware_at", "what", "severity", "hurt", "measures"),
}


def receivers_of(incident):
    """The authorities that this incident concerns, in order."""
    found = [Receiver.DEPA, Receiver.DLA]
    if incident.personal_data:
        found.insert(0, Receiver.PDPC)
    if incident.impact in {Impact.WHOLE, Impact.PART}:
        found.append(Receiver.NCSA)
    if incident.pilot.waivers.exists():
        found.append(Receiver.AUTHORITY)
    return found


def content_for(incident, receiver):
    """The part of an incident that concerns one authority, as pairs of name and value in JSON's own types."""
    latest = incident.reports.order_by("-pk").first()
    facts = {
        "aware_at": incident.aware_at,
        "what": incident.what,
        "severity": incident.severity,
        "impact": incident.impact,
        "hurt": incident.hurt,
        "affected_count": incident.affected_count,
        "measures": latest.measures if latest else "",
        "cause": incident.root_cause or (latest.cause if latest else ""),
    }
    return {
        "pilot": incident.pilot.number,
        "local_government": incident.pilot.local_government.name_th,
        **{name: plain(facts[name]) for name in CONTENT[receiver]},
    }


def tell_authority(incident, receiver, *, by, sent_at=None, reference="", file=None):
    """Record that an authority was told, and freeze what it was told; the export is dated by it."""
    capacity = access.capacity(by, "sandboxes.work_incident", incident)
    if capacity is None:
        raise PermissionDenied(_("Incident reports are written by the people of the pilot."))
    sent_at = sent_at or clock.now()
    if sent_at > clock.now():
        raise ValidationError({"sent_at": _("It cannot have been sent in the future.")}, code="in_the_future")
    with transaction.atomic():
        telling = Telling.objects.create(
            incident=incident, receiver=receiver, sent_at=sent_at, reference=reference, recorded_by=by,
            content=content_for(incident, receiver), file=files.store(file, by=by) if file else None,
        )  # fmt: skip
        Incident.objects.filter(pk=incident.pk).update(version=F("version") + 1)
        record("incident.tell", incident, by=by, capacity=capacity, details={"receiver": receiver})
    return telling
