"""Pilot: from a concept through four gates to an honest end."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.models import User
from portal.thai.dates import fiscal_year_of
from sandboxes import evidence, exits, gates, notices, plans, standing
from sandboxes.models import Pilot, PilotSeries
from sandboxes.models.pilot import end_of
from sandboxes.rules import agency_of
from sandboxes.states import BEFORE_LIVE, ENDS, RUNNING, GateKind, PauseCause, PilotState
from sandboxes.step_forms import (
    DecideForm,
    ExitReviewForm,
    ExtendForm,
    PauseForm,
    RejectForm,
    ResumeForm,
    ReturnForm,
    Why,
    Words,
)

S = PilotState


# Guards


def has_evidence(step):
    """The guard that refuses `step` while evidence is missing, naming each item and who can supply it."""

    def guard(pilot, *, by):
        lacks = evidence.missing(pilot, evidence.FOR_STEP[step])
        if lacks:
            first = lacks[0]
            raise Refused(
                _("Not complete yet: %(first)s To be supplied by %(who)s.") % {"first": first.text, "who": first.who},
                code="incomplete",
                state=pilot.state,
                missing=[one.as_lack() for one in lacks],
            )

    return guard


def did_not_prepare(pilot, *, by):
    if pilot.officer_id == by.pk or pilot.gates.filter(scores__scored_by=by).exists():
        raise PermissionDenied(_("Who prepared the case does not decide it."))


def did_not_decide_for_the_other(pilot, *, by):
    gate = pilot.open_gate()
    decided = gate and gate.decision_of(gates.other(agency_of(by)))
    if decided and decided.decided_by_id == by.pk:
        raise PermissionDenied(_("One person decides for one agency only."))


def is_our_turn(step):
    def guard(pilot, *, by):
        gate, agency = pilot.open_gate(), agency_of(by)
        decided = gate and gate.decision_of(agency)
        if decided and decided.step == step and step != "extend":
            raise Refused(
                _("%(agency)s has decided this. It is the turn of %(other)s.")
                % {"agency": agency, "other": gates.other(agency).label},
                code="already_decided",
                state=pilot.state,
            )

    return guard


def is_in_the_short_lane(pilot, *, by):
    if not evidence.is_short_lane(pilot):
        raise Refused(
            _("The short lane is for pilots with no rule in the way, no personal data and no device in public space."),
            code="not_short_lane",
            state=pilot.state,
        )


def lacks_a_waiver_or_a_person_asks(pilot, *, by):
    """The timer pauses only what has lost a waiver."""
    if getattr(by, "is_timer", False) and not (pilot.stands_until and pilot.stands_until <= clock.now()):
        raise Refused(_("There is still time."), code="too_early", state=pilot.state)


def time_is_up_or_a_person_asks(pilot, *, by):
    if getattr(by, "is_timer", False) and not (pilot.ends_at and pilot.ends_at <= clock.now()):
        raise Refused(_("There is still time."), code="too_early", state=pilot.state)


def has_open_amendment(pilot, *, by):
    gate = pilot.open_gate()
    if gate is None or gate.kind != GateKind.AMENDMENT:
        raise Refused(_("No amendment of the plan waits for a decision."), code="no_amendment", state=pilot.state)


def has_time_left(pilot, *, by):
    if pilot.ends_at and pilot.ends_at <= clock.now():
        raise Refused(_("Its last day has passed."), code="time_is_up", state=pilot.state)


def is_not_extended(pilot, *, by):
    if pilot.extended_at:
        raise Refused(_("A pilot is extended once only."), code="already_extended", state=pilot.state)


# Effects


def since_now(pilot, *, by, **_details):
    if pilot.state != pilot.previous_state:
        pilot.state_since = clock.now()
    pilot.changed_at = clock.now()


def stamp_application(pilot, *, by, **_details):
    pilot.return_reason, pilot.return_due_on = "", None
    if pilot.first_applied_at is None:
        pilot.first_applied_at = clock.now()
        pilot.number = next_number()


def next_number():
    """The next number of the present fiscal year, from its counter row: `S2570-00012`."""
    year = fiscal_year_of(clock.today())
    series = PilotSeries.objects.filter(fiscal_year=year)
    if not series.update(last=F("last") + 1):
        with transaction.atomic():
            PilotSeries.objects.get_or_create(fiscal_year=year)
        series.update(last=F("last") + 1)
    return f"S{year}-{series.get().last:05d}"


def claim(pilot, *, by, **_details):
    pilot.officer = by


def keep_return(pilot, *, by, reason, due_on=None, **_details):
    pilot.return_reason, pilot.return_due_on = reason, due_on


def forget_decisions(pilot, *, by, **_details):
    gate = pilot.open_gate()
    if gate:
        gate.decisions.filter(replaced_at=None).update(replaced_at=clock.now())


def stamp_approval(pilot, *, by, **_details):
    if pilot.state != pilot.previous_state and pilot.approved_at is None:
        pilot.approved_at = clock.now()


def go(pilot, *, by, **_details):
    moment = clock.now()
    pilot.live_at = pilot.live_at or moment
    stand(pilot, moment)


def stand(pilot, moment):
    pilot.stands_until = standing.until(pilot, moment)
    pilot.pause_cause = pilot.pause_note = ""


def keep_pause(pilot, *, by, cause=PauseCause.OTHER, note="", **_details):
    pilot.pause_cause, pilot.pause_note = cause, note
    if cause == PauseCause.WAIVER and pilot.stands_until:
        pilot.state_since = pilot.stands_until


def go_on(pilot, *, by, **_details):
    stand(pilot, clock.now())


def keep_exit_review(pilot, *, by, continues=False, **_details):
    pilot.continues_meanwhile = continues
    if getattr(by, "is_timer", False):
        pilot.state_since = pilot.ends_at


def lengthen(pilot, *, by, ends_on, **_details):
    """Extend once, within the waivers; the new last day counts when the second agency has agreed to it."""
    covered = standing.until(pilot, clock.now())
    if covered is not None and end_of(ends_on) > covered:
        raise Refused(
            _("A waiver that it needs ends before that day."), code="beyond_waivers", state=pilot.previous_state
        )
    if pilot.state != pilot.previous_state:
        pilot.ends_on, pilot.extended_at = ends_on, clock.now()
        pilot.continues_meanwhile = None
        stand(pilot, clock.now())


def keep_end(pilot, *, by, reason="", **_details):
    if pilot.state in ENDS and pilot.state != pilot.previous_state:
        pilot.ended_reason, pilot.ended_at = reason, clock.now()
        pilot.stands_until = None


def reopen(pilot, *, by, **_details):
    pilot.ended_reason, pilot.ended_at = "", None


# After the pilot is saved


def open_gate(pilot, *, by, **_details):
    if pilot.state != pilot.previous_state:
        gates.open_for(pilot)


def leave_gate(outcome):
    def effect(pilot, *, by, **_details):
        if pilot.state != pilot.previous_state:
            gates.close_unfinished(pilot, outcome)

    return effect


def begin_closing(pilot, *, by, **_details):
    if pilot.state in ENDS and pilot.state != pilot.previous_state:
        exits.open_checklist(pilot)


def step(name, label, source, target, permission, **kwargs):
    source = frozenset({source} if isinstance(source, str) else source)
    kwargs["effects"] = [since_now, *kwargs.get("effects", ())]
    return Step(name, label, source, target, f"sandboxes.{permission}_pilot", **kwargs)


def decision(name, label, source, target, *, guards=(), effects=(), after=(), form=DecideForm, checked=True, **kwargs):
    """A step that each agency takes for its part; the pilot moves when both have taken it."""

    def destination(pilot, *, by, **details):
        return target if gates.completes(pilot, name, by, details) else pilot.state

    destination.reached = target
    if target is None:
        destination = None
    proofs = [has_evidence(name)] if checked else []
    return step(
        name, label, source, destination, "decide", form=form,
        guards=[did_not_prepare, did_not_decide_for_the_other, is_our_turn(name), *guards, *proofs],
        effects=[*effects, keep_end],
        after=[partial(_keep_decision, step=name), open_gate, begin_closing, *after, notices.decided], **kwargs,
    )  # fmt: skip


def _keep_decision(pilot, *, by, step, **details):
    gate = gates.keep_decision(pilot, step, by=by, **details)
    if gate.outcome == "approve_amendment":
        plans.amend(pilot, gate.amendment)


class PilotLifecycle(Lifecycle):
    """A lifecycle whose cases also move by the clock: what is due is recorded before anybody's step is judged."""

    def take(self, obj, name, *, by, version=None, **details):
        if not getattr(by, "is_timer", False):
            catch_up(obj)
        return super().take(obj, name, by=by, version=version, **details)

    def offers(self, obj, *, by):
        """What may be done, without decisions on an amendment that nobody has proposed."""
        found = super().offers(obj, by=by)
        return [one for one in found if one.allowed or one.refusal.code != "no_amendment"]


def shown(pilot, by):
    return pilot.state if getattr(by, "is_timer", False) else pilot.state_now


PILOT = PilotLifecycle(
    "pilot",
    S,
    [
        step("apply", L("Sign and apply"), S.CONCEPT, S.APPLIED, "apply", guards=[has_evidence("apply")],
             effects=[stamp_application], after=[notices.applied], form=Words),
        step("start_screening", L("Take the case"), S.APPLIED, S.SCREENING, "screen", effects=[claim],
             after=[open_gate, notices.screening_started], form=Words),
        step("return", L("Return to be mended"), S.SCREENING, S.CONCEPT, "screen", effects=[keep_return],
             after=[leave_gate("return"), notices.returned], form=ReturnForm),
        step("return", L("Return to be mended"), S.DESIGN, None, "screen", effects=[keep_return, forget_decisions],
             after=[notices.returned], form=ReturnForm),
        step("return", L("Return to be designed anew"), {S.APPROVED, S.READY}, S.DESIGN, "screen",
             effects=[keep_return], after=[leave_gate("return"), open_gate, notices.returned], form=ReturnForm,
             hint=L("A waiver was refused, or the plan no longer holds. It is opened again, and both agencies decide on"
                    " it anew.")),
        # Gates, decided by both agencies
        decision("admit", L("Admit"), S.SCREENING, S.DESIGN),
        decision("fast_track", L("Admit by the short lane"), S.SCREENING, S.READY, guards=[is_in_the_short_lane],
                 effects=[stamp_approval], hint=L("One decision of each agency admits, approves the plan and finds it"
                                                  " ready.")),
        decision("approve", L("Approve the plan"), S.DESIGN, S.APPROVED, effects=[stamp_approval]),
        decision("reject", L("Do not admit"), {S.SCREENING}, S.REJECTED, form=RejectForm, danger=True),
        decision("reject", L("Do not approve"), {S.DESIGN, S.APPROVED}, S.REJECTED, form=RejectForm, checked=False,
                 danger=True),
        decision("declare_ready", L("Declare ready"), S.APPROVED, S.READY),
        step("reconsider", L("Take up again"), S.REJECTED, S.SCREENING, "screen", effects=[reopen],
             after=[open_gate, notices.reconsidered], form=Why),
        # On trial
        step("go_live", L("Go live"), S.READY, S.LIVE, "go_live", guards=[has_evidence("go_live")], effects=[go],
             after=[notices.went_live], form=Words),
        step("pause", L("Pause"), S.LIVE, S.PAUSED, "pause", guards=[lacks_a_waiver_or_a_person_asks],
             effects=[keep_pause], after=[notices.paused], form=PauseForm),
        step("resume", L("Resume"), S.PAUSED, S.LIVE, "resume", guards=[has_time_left, has_evidence("resume")],
             effects=[go_on], after=[notices.resumed], form=ResumeForm),
        step("start_exit_review", L("Begin the exit review"), RUNNING, S.EXIT_REVIEW, "start_exit_review",
             guards=[time_is_up_or_a_person_asks], effects=[keep_exit_review],
             after=[leave_gate("lapsed"), open_gate, notices.exit_review_started], form=ExitReviewForm),
        step("terminate", L("End it early"), RUNNING, S.TERMINATED, "terminate", effects=[keep_end],
             after=[leave_gate("lapsed"), begin_closing, notices.ended], form=Why, danger=True,
             hint=L("The closing checklist opens, and a public report is due.")),
        decision("approve_amendment", L("Approve the amendment"), RUNNING, None, guards=[has_open_amendment]),
        decision("refuse_amendment", L("Do not approve the amendment"), RUNNING, None, guards=[has_open_amendment],
                 form=RejectForm, checked=False, danger=True),
        # Exit
        decision("scale", L("Scale up"), S.EXIT_REVIEW, S.SCALED,
                 hint=L("Scaling never awards a contract: ordinary procurement follows.")),
        decision("extend", L("Extend once"), S.EXIT_REVIEW, S.LIVE, guards=[is_not_extended], effects=[lengthen],
                 form=ExtendForm),
        decision("stop", L("Stop after the trial"), S.EXIT_REVIEW, S.STOPPED, form=RejectForm, danger=True),
        step("withdraw", L("Withdraw"), BEFORE_LIVE, S.WITHDRAWN, "withdraw", effects=[keep_end],
             after=[leave_gate("withdraw"), notices.withdrawn], form=Why, danger=True),
    ],
    start=S.CONCEPT,
    ends=ENDS,
    shown=shown,
)  # fmt: skip


def catch_up(pilot):
    """Record what the clock has decided: a pilot without its waiver pauses, one past its last day goes to exit.

    The fresh pilot. Does nothing where nothing is due, and may be called as often as one likes.
    """
    fresh, timer = Pilot.objects.get(pk=pilot.pk), None
    moment = clock.now()
    if fresh.state == S.LIVE and fresh.stands_until and fresh.stands_until <= moment:
        timer = User.objects.timer()
        fresh = PILOT.take(fresh, "pause", by=timer, cause=PauseCause.WAIVER)
    if fresh.state in RUNNING and fresh.ends_at and fresh.ends_at <= moment:
        fresh = PILOT.take(fresh, "start_exit_review", by=timer or User.objects.timer(), continues=False, note="")
    return fresh


def weigh(pilot):
    """Work out anew until when a live pilot stands, after its waivers or issues changed; it pauses when it must.

    What has already run out is recorded first: a new waiver never wakes a pilot that had to stop.
    """
    fresh = catch_up(pilot)
    Pilot.objects.filter(pk=fresh.pk).update(version=F("version") + 1)
    if fresh.state == S.LIVE:
        Pilot.objects.filter(pk=fresh.pk).update(stands_until=standing.until(fresh, clock.now()))
        fresh = catch_up(fresh)
    return fresh


def may(user, name, pilot):
    """Whether `user` holds the permission of step `name` on `pilot`."""
    return any(access.capacity(user, row.permission, pilot) for row in PILOT.rows_of(name))
