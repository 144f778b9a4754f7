"""Gates: scored, voted on and decided by both agencies, each its own part."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from portal.models.people import Agency
from sandboxes import notices
from sandboxes.criteria import CRITERIA, MOST
from sandboxes.models import Condition, Conflict, Gate, GateDecision, GateScore, GateVote, Pilot
from sandboxes.rules import agency_of
from sandboxes.states import ENDS, GATE_OF, GateKind

LATE, REMINDERS = -1, (1, 7, 14)


def other(agency):
    return Agency.DLA if agency == Agency.DEPA else Agency.DEPA


def open_for(pilot):
    """Open the gate that belongs to the pilot's state, if one does and none is open."""
    kind = GATE_OF.get(pilot.state)
    if kind and pilot.open_gate() is None:
        return Gate.objects.create(pilot=pilot, kind=kind)
    return None


def close_unfinished(pilot, outcome):
    """Close a gate whose pilot went elsewhere (returned, withdrawn): nobody waits for it any more."""
    pilot.gates.filter(closed_at=None).update(closed_at=clock.now(), outcome=outcome)


def completes(pilot, step, by, details):
    """Whether the other agency has already decided the same, so that this decision closes the gate."""
    gate = pilot.open_gate()
    decided = gate and gate.decision_of(other(agency_of(by)))
    return bool(decided and decided.step == step and decided.details == weighty(details))


def weighty(details):
    """What of a decision's details both agencies must agree on."""
    ends_on = details.get("ends_on")
    return {"ends_on": ends_on.isoformat()} if ends_on else {}


def keep_decision(pilot, step, *, by, reason="", conditions=(), **details):
    """The open gate with an agency's decision on it, closed when the other agency had decided the same."""
    gate, agency, moment = pilot.open_gate(), agency_of(by), clock.now()
    is_last = completes(pilot, step, by, details)
    gate.decisions.filter(agency=agency, replaced_at=None).update(replaced_at=moment)
    GateDecision.objects.create(
        gate=gate, agency=agency, step=step, reason=reason, conditions=list(conditions), details=weighty(details),
        decided_by=by, decided_at=moment,
    )  # fmt: skip
    if not is_last:
        return gate
    gate.closed_at, gate.outcome = moment, step
    gate.save()
    for decision in gate.decisions.filter(replaced_at=None):
        Condition.objects.bulk_create(
            Condition(pilot=pilot, gate=gate, agency=decision.agency, text=row["text"], due_on=row["due_on"])
            for row in decision.conditions
        )
    return gate


def _open_gate(pilot, *kinds):
    gate = pilot.open_gate()
    if gate is None or (kinds and gate.kind not in kinds):
        raise Refused(_("No such gate is open for this pilot."), code="no_gate", state=pilot.state_now)
    return gate


def score(pilot, scores, *, by):
    """Keep the case officer's scores: `{criterion: (score, justification)}`, all or some of them."""
    capacity = access.capacity(by, "sandboxes.score_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only a case officer without a conflict of interest scores."))
    gate = _open_gate(pilot, GateKind.SCREENING)
    for criterion, (points, justification) in scores.items():
        if criterion not in CRITERIA or not 0 <= points <= MOST:
            raise Refused(_("The score is between 0 and 4."), code="bad_score", state=pilot.state)
        if not justification.strip():
            raise Refused(
                _("Say why, for “%(name)s”.") % {"name": CRITERIA[criterion].label},
                code="justification_missing",
                state=pilot.state,
            )
    with transaction.atomic():
        for criterion, (points, justification) in scores.items():
            kept = {"score": points, "justification": justification, "scored_by": by, "scored_at": clock.now()}
            GateScore.objects.update_or_create(gate=gate, criterion=criterion, defaults=kept)
        gate.decisions.filter(replaced_at=None).update(replaced_at=clock.now())
        _count(pilot)
        record("pilot.score", pilot, by=by, capacity=capacity, details={"scores": {k: v[0] for k, v in scores.items()}})
    return gate


def vote(pilot, choice, *, by, note=""):
    """Keep a member's vote on the open gate; a newer one replaces it."""
    capacity = access.capacity(by, "sandboxes.vote_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only members without a conflict of interest vote."))
    gate = _open_gate(pilot)
    kept = {"vote": choice, "note": note, "agency": capacity.agency, "voted_at": clock.now()}
    with transaction.atomic():
        one, _made = GateVote.objects.update_or_create(gate=gate, member=by, defaults=kept)
        _count(pilot)
        record("pilot.vote", pilot, by=by, capacity=capacity, details={"vote": choice, "gate": gate.kind})
    return one


def declare_conflict(pilot, reason, *, by):
    """Record that `by` has a conflict of interest: their vote and decision on open gates fall away."""
    agency = agency_of(by) or agency_of(by, "sandboxes.score_pilot")
    if not agency:
        raise PermissionDenied(_("Only members and case officers declare a conflict of interest."))
    with transaction.atomic():
        found, made = Conflict.objects.get_or_create(
            pilot=pilot, person=by, defaults={"reason": reason, "agency": agency}
        )
        if made:
            GateVote.objects.filter(gate__pilot=pilot, gate__closed_at=None, member=by).delete()
            GateDecision.objects.filter(
                gate__pilot=pilot, gate__closed_at=None, decided_by=by, replaced_at=None
            ).update(replaced_at=clock.now())
            Pilot.objects.filter(pk=pilot.pk, officer=by).update(officer=None)
            _count(pilot)
            record("pilot.declare_conflict", pilot, by=by, details={"agency": agency})
    return found


def report_condition(condition, *, by, report, file=None):
    """Report a condition fulfilled, with `file` (an upload) as evidence; a case officer then looks at it."""
    capacity = access.capacity(by, "sandboxes.change_pilot", condition)
    if capacity is None:
        raise PermissionDenied(_("The local government reports what it has fulfilled."))
    refuse_ended(condition)
    with transaction.atomic():
        stored = files.store(file, by=by) if file else None
        open_one = Condition.objects.filter(pk=condition.pk, met_at=None)
        kept = {"reported_at": clock.now(), "reported_by": by, "report": report, "file": stored, "sent_back": ""}
        if not open_one.update(**kept):
            raise Refused(_("This condition was already met."), code="already_met")
        _count(condition.pilot)
        record("pilot.report_condition", condition, by=by, capacity=capacity, details={"report": report})
        condition.refresh_from_db()
        notices.condition_reported(condition)
    return condition


def send_condition_back(condition, *, by, reason):
    """Send a report back whose condition is not fulfilled yet; the office reports it again."""
    capacity = access.capacity(by, "sandboxes.follow_pilot", condition)
    if capacity is None:
        raise PermissionDenied(_("The case officers follow up conditions."))
    with transaction.atomic():
        reported = Condition.objects.filter(pk=condition.pk, met_at=None).exclude(reported_at=None)
        if not reported.update(reported_at=None, sent_back=reason):
            raise Refused(_("Nobody has reported this condition fulfilled."), code="not_reported")
        _count(condition.pilot)
        record("pilot.send_condition_back", condition, by=by, capacity=capacity, details={"reason": reason})
        condition.refresh_from_db()
        notices.condition_sent_back(condition)
    return condition


def refuse_ended(condition):
    if condition.pilot.state_now in ENDS:
        raise Refused(_("The pilot has ended."), code="wrong_state", state=condition.pilot.state_now)


def remind_of_condition(condition):
    """Remind the office of a condition that is due within 14, 7 or 1 days, or that is late; each stage once."""
    left = (condition.due_on - clock.today()).days
    stage = next((days for days in (LATE, *REMINDERS) if left <= days), None)
    if stage is None or (condition.told_days is not None and condition.told_days <= stage):
        return
    Condition.objects.filter(pk=condition.pk).update(told_days=stage)
    notices.condition_due(condition)


def meet_condition(condition, *, by, note):
    """Record that a condition was fulfilled, as its case officer has seen."""
    capacity = access.capacity(by, "sandboxes.follow_pilot", condition)
    if capacity is None:
        raise PermissionDenied(_("The case officers follow up conditions."))
    with transaction.atomic():
        open_one = Condition.objects.filter(pk=condition.pk, met_at=None)
        if not open_one.update(met_at=clock.now(), met_by=by, met_note=note):
            raise Refused(_("This condition was already met."), code="already_met")
        _count(condition.pilot)
        record("pilot.meet_condition", condition, by=by, capacity=capacity, details={"note": note})
        condition.refresh_from_db()
        notices.condition_met(condition)
    return condition


def _count(pilot):
    Pilot.objects.filter(pk=pilot.pk).update(version=F("version") + 1)
