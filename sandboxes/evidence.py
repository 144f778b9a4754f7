"""What each gate wants to see, who can supply it, and so whose turn it is: one list for guards, pages and the API.

Everything is read from relations by `.all()`, so that lists fetch them beforehand (`Pilot.objects.with_evidence()`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.people import Agency
from sandboxes import plans, standing
from sandboxes.criteria import CRITERIA, PASS_MARK
from sandboxes.states import (
    GATE_OF,
    READY_BY,
    RUNNING,
    DocumentKind,
    GateKind,
    IncidentState,
    NoticeKind,
    PauseCause,
    PilotState,
    Remedy,
    Severity,
)

NOTICE_DAYS = timedelta(days=15)
TOUCHES_RESIDENTS = frozenset({"subdistricts", "area_note", "area", "user_cap"})
OFFICE, OFFICER = _("the local government"), _("the case officer")
AUTHORITY, PARTNERS = _("the authority that owns the rule"), _("the partners")
OTHERS, AGENCIES = _("the other local governments"), _("depa and DLA")
EXECUTIVE = _("the executive of the local government")


@dataclass(frozen=True)
class Requirement:
    """One thing that a gate wants: `met(pilot)` tells whether it is there, `tab` where it is supplied."""

    code: str
    text: str
    who: str
    tab: str
    met: Callable

    def as_lack(self):
        """As the API names what is missing."""
        return {"section": self.tab, "code": self.code, "detail": str(self.text), "who": str(self.who)}


def want(code, text, who, tab, met):
    return Requirement(code, text, who, tab, met)


def filled(*names):
    return lambda pilot: all(getattr(pilot, name) not in (None, "") for name in names)


def has_document(kind):
    return lambda pilot: any(one.kind == kind and one.removed_at is None for one in pilot.documents.all())


def has_letters(pilot):
    return all(one.letter_id for one in pilot.partners.all() if one.left_on is None)


def is_endorsed(pilot):
    return all(one.is_endorsed for one in pilot.endorsements.all())


def scores_of(pilot):
    screenings = [gate for gate in pilot.gates.all() if gate.kind == GateKind.SCREENING]
    return {one.criterion: one.score for one in screenings[-1].scores.all()} if screenings else {}


def is_scored(pilot):
    return set(scores_of(pilot)) == set(CRITERIA)


def passes(pilot):
    scores = scores_of(pilot)
    return is_scored(pilot) and min(scores.values()) > 0 and sum(scores.values()) >= PASS_MARK


def has_baselines(pilot):
    rows = list(pilot.indicators.all())
    return bool(rows) and all(one.baseline is not None and one.baseline_on for one in rows)


def has_limits(pilot):
    rows = list(pilot.indicators.all())
    return bool(rows) and all(one.target is not None and one.stop_threshold is not None for one in rows)


def standing_issues(pilot):
    return [one for one in pilot.issues.all() if one.dropped_at is None]


def has_remedies(pilot):
    return all(one.remedy for one in standing_issues(pilot))


def has_answers(pilot):
    return all(one.answered_on for one in standing_issues(pilot) if one.needs_answer)


def has_waivers(pilot):
    return has_remedies(pilot) and not standing.lacking(pilot, clock.now())


def has_told_residents(pilot):
    day = max(pilot.starts_on or clock.today(), clock.today())
    return any(one.kind == NoticeKind.NOTICE and one.on <= day - NOTICE_DAYS for one in pilot.notices.all())


def has_consulted(pilot):
    return any(one.kind == NoticeKind.CONSULTATION for one in pilot.notices.all())


def has_told_of_the_change(pilot):
    """Whether residents were told since an amendment that touches the area or the number of users was proposed."""
    amendment = next((one for one in pilot.amendments.all() if one.is_open), None)
    if amendment is None or not TOUCHES_RESIDENTS & set(amendment.changes):
        return True
    notices = [one for one in pilot.notices.all() if one.kind == NoticeKind.NOTICE]
    return any(one.recorded_at >= amendment.proposed_at for one in notices)


def needs_no_dpia(pilot):
    return pilot.personal_data is False or has_document(DocumentKind.DPIA)(pilot)


def is_secure(pilot):
    exposed = pilot.personal_data or pilot.has_public_devices
    return exposed is False or has_document(DocumentKind.SECURITY_TEST)(pilot)


def before_go_live(pilot):
    """The conditions without a day of their own that are not met: they must be before go-live."""
    return [one for one in pilot.conditions.all() if not one.met_at and not one.due_on]


def meets_conditions(pilot):
    return all(one.reported_at for one in before_go_live(pilot))


def has_checked_conditions(pilot):
    return not any(one.reported_at for one in before_go_live(pilot))


def is_ready_by_both(pilot):
    """Whether a gate of readiness was closed by decisions of both agencies."""
    return any(
        all((one := gate.decision_of(agency)) and one.step in READY_BY for agency in Agency)
        for gate in pilot.gates.all()
        if gate.outcome in READY_BY
    )


def has_begun(pilot):
    """Whether the day has come of which residents and authorities were told."""
    return pilot.starts_on is None or pilot.starts_on <= clock.today()


def is_within_time(pilot):
    return bool(pilot.starts_on and pilot.ends_on) and clock.today() <= pilot.ends_on


def has_final_readings(pilot):
    return all(one.readings.all() for one in pilot.indicators.all())


def has_answered_citizens(pilot):
    return all(one.answered_at for one in pilot.feedback.all())


def is_within_its_cap(pilot):
    return pilot.user_cap is None or (pilot.users_count or 0) <= pilot.user_cap


def has_heard_who_objects(pilot):
    """Whether what residents say was recorded since a pilot paused because they object."""
    if pilot.pause_cause != PauseCause.OBJECTION:
        return True
    asked = [one for one in pilot.notices.all() if one.kind == NoticeKind.CONSULTATION]
    return any(one.recorded_at >= pilot.state_since for one in asked)


def has_settled_incidents(pilot):
    severe = [one for one in pilot.incidents.all() if one.severity in {Severity.SEV1, Severity.SEV2}]
    return all(one.state in {IncidentState.RESOLVED, IncidentState.CLOSED} for one in severe)


def has_concluded_reviews(pilot):
    return all(one.concluded_at for one in pilot.safeguard_reviews.all())


WAIVERS = want("waivers_missing", _("Every rule that needs a waiver has one in force today."), AUTHORITY, "rules",
               has_waivers)  # fmt: skip
BASELINES = want("baseline_missing", _("Every indicator has a baseline with its date."), OFFICE, "indicators",
                 has_baselines)  # fmt: skip
NOTICE = want("notice_missing", _("Residents were told at least 15 days before the first day."), OFFICE, "citizens",
              has_told_residents)  # fmt: skip

APPLICATION = [
    want("problem_missing", _("The problem is described."), OFFICE, "overview", filled("problem")),
    want("innovation_missing", _("It is said what is new."), OFFICE, "overview", filled("innovation")),
    want("dimension_missing", _("A main dimension and a technology are chosen."), OFFICE, "overview",
         filled("dimension", "technology")),
    want("area_missing", _("The subdistricts are named."), OFFICE, "overview",
         lambda pilot: bool(pilot.subdistricts.all())),
    want("dates_missing", _("The first and the last day are set."), OFFICE, "overview", filled("starts_on", "ends_on")),
    want("screening_missing", _("It is said whether personal data are processed and whether devices stand in public"
                                " space."), OFFICE, "overview", filled("personal_data", "has_public_devices")),
    want("letters_missing", _("Every partner has signed a letter of intent."), PARTNERS, "overview", has_letters),
    want("endorsements_missing", _("Every other local government in the area has endorsed it."), OTHERS, "overview",
         is_endorsed),
]  # fmt: skip
SCORED = [
    want("rules_unchecked", _("It was checked which rules stand in the way."), OFFICER, "rules",
         filled("rules_checked_at")),
    want("scores_missing", _("All five criteria are scored."), OFFICER, "gates", is_scored),
]  # fmt: skip
SCREENING = [
    *SCORED,
    want("scores_too_low", _("The scores reach the mark: 12 of 20, and none is 0."), OFFICE, "gates", passes),
]
TEST_PLAN = [
    want("plan_missing", _("The test plan says what is done, step by step."), OFFICE, "plan", filled("test_plan")),
    want("cap_missing", _("The most users at a time are set."), OFFICE, "plan", filled("user_cap")),
    want("participants_missing", _("It is said who takes part and how they agree."), OFFICE, "plan",
         filled("participants")),
    want("budget_missing", _("The budget and its source are named."), OFFICE, "plan",
         filled("budget_baht", "budget_source")),
    want("kill_switch_missing", _("It is said how the service is stopped at once."), OFFICE, "plan",
         filled("kill_switch")),
    want("exit_plan_missing", _("The exit plan is written."), OFFICE, "plan", filled("exit_plan")),
    BASELINES,
    want("limits_missing", _("Every indicator has a target and a stop threshold."), OFFICE, "indicators", has_limits),
    want("remedies_missing", _("For every rule in the way it is said what removes it."), OFFICER, "rules",
         has_remedies),
    want("plan_not_submitted", _("The test plan as it stands is laid before the gate as a version."), OFFICE, "plan",
         lambda pilot: plans.is_submitted(pilot)),
]  # fmt: skip
READINESS = [
    WAIVERS,
    want("answers_missing", _("Every letter or ruling that was asked for is there."), AUTHORITY, "rules", has_answers),
    want("dpia_missing", _("The data protection impact assessment is attached."), OFFICE, "plan", needs_no_dpia),
    want("security_test_missing", _("The security test is attached."), PARTNERS, "plan", is_secure),
    want("insurance_missing", _("Insurance and compensation are settled."), OFFICE, "plan", filled("insurance")),
    want("channel_missing", _("It is said where people complain."), OFFICE, "plan", filled("complaint_channel")),
    NOTICE,
    want("consultation_missing", _("What residents said is recorded."), OFFICE, "citizens", has_consulted),
    want("conditions_open", _("The conditions to be met before go-live are met."), OFFICE, "gates", meets_conditions),
    want("conditions_unchecked", _("What the office reports as fulfilled was looked at."), OFFICER, "gates",
         has_checked_conditions),
]  # fmt: skip
GOING_LIVE = [
    BASELINES,
    want("readiness_missing", _("Both agencies have decided that it is ready."), AGENCIES, "gates", is_ready_by_both),
    WAIVERS,
    NOTICE,
    want("before_first_day", _("The first day of the plan has come."), OFFICE, "overview", has_begun),
    want("dates_missing", _("Its last day has not passed."), OFFICE, "overview", is_within_time),
]
RESUMING = [
    BASELINES,
    WAIVERS,
    want("incidents_open", _("Every severe incident is resolved."), OFFICE, "incidents", has_settled_incidents),
    want("reviews_open", _("Every safeguards review is concluded."), OFFICER, "indicators", has_concluded_reviews),
    want(
        "above_cap",
        _("The users are no more than the plan allows, as counted or as amended."),
        OFFICE,
        "indicators",
        is_within_its_cap,
    ),
    want(
        "objection_unheard",
        _("Residents who object were heard, and what they said is recorded."),
        OFFICE,
        "citizens",
        has_heard_who_objects,
    ),
]
AMENDING = [
    want("amendment_notice_missing", _("Residents were told of the change of area or of the number of users."), OFFICE,
         "citizens", lambda pilot: has_told_of_the_change(pilot)),
    WAIVERS,
]  # fmt: skip
EXIT = [
    want("report_missing", _("The plain report says what came of it and what was learnt."), OFFICE, "exit",
         filled("exit_summary", "exit_lessons")),
    want("readings_missing", _("Every indicator has a reading."), OFFICE, "indicators", has_final_readings),
    want("feedback_open", _("Every complaint has an answer."), OFFICE, "citizens", has_answered_citizens),
    want("incidents_open", _("Every severe incident is resolved."), OFFICE, "incidents", has_settled_incidents),
]  # fmt: skip
FOR_STEP = {
    "apply": APPLICATION,
    "admit": SCREENING,
    "fast_track": [*SCREENING, *TEST_PLAN, *READINESS],
    "reject": SCORED,
    "approve": TEST_PLAN,
    "declare_ready": [*READINESS, BASELINES],
    "go_live": GOING_LIVE,
    "resume": RESUMING,
    "approve_amendment": AMENDING,
    "scale": EXIT,
    "extend": [*EXIT, WAIVERS],
    "stop": EXIT,
}
FOR_GATE = {
    GateKind.SCREENING: SCREENING,
    GateKind.TEST_PLAN: TEST_PLAN,
    GateKind.READINESS: FOR_STEP["declare_ready"],
    GateKind.EXIT: EXIT,
    GateKind.AMENDMENT: AMENDING,
}


def missing(pilot, requirements):
    """The requirements that are not met, in order."""
    return [one for one in requirements if not one.met(pilot)]


def checked(pilot, requirements):
    """Every requirement with whether it is met, as pairs."""
    return [(one, one.met(pilot)) for one in requirements]


def is_short_lane(pilot):
    """Whether one decision suffices: no rule in the way, no personal data, no device in public space."""
    return (
        pilot.personal_data is False
        and pilot.has_public_devices is False
        and pilot.rules_checked_at is not None
        and all(one.remedy == Remedy.NONE_NEEDED for one in standing_issues(pilot))
    )


NEXT_STEP = {PilotState.CONCEPT: "apply", PilotState.READY: "go_live", PilotState.PAUSED: "resume"}
WHO_TAKES = {
    PilotState.CONCEPT: EXECUTIVE, PilotState.APPLIED: OFFICER, PilotState.READY: EXECUTIVE,
    PilotState.PAUSED: AGENCIES,
}  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """What a pilot waits for: `gate` (or None), what is still missing, and `who` is to do something, as texts.

    `agencies` are those whose decision is wanted now: none while evidence is missing that a decision needs.
    """

    gate: object
    lacks: list
    agencies: list
    who: list


def turn_of(pilot):
    """The `Turn` of a pilot at this moment."""
    state = pilot.state_now
    gate = next((one for one in pilot.gates.all() if one.closed_at is None and stands_before(one, state)), None)
    if gate is not None:
        lacks = missing(pilot, FOR_GATE[gate.kind])
        hinders = missing(pilot, SCORED) if gate.kind == GateKind.SCREENING else lacks
        agencies = [] if hinders else gate.waiting_for or list(Agency)
        return Turn(gate, lacks, agencies, suppliers(hinders) or [one.label for one in agencies])
    lacks = missing(pilot, FOR_STEP[NEXT_STEP[state]]) if state in NEXT_STEP else []
    return Turn(None, lacks, [], suppliers(lacks) or [WHO_TAKES[state]] if state in WHO_TAKES else [])


def undecided(pilot):
    """The agencies whose decision an open gate still wants, whether its evidence is there or not."""
    gate = turn_of(pilot).gate
    return (gate.waiting_for or list(Agency)) if gate else []


def suppliers(lacks):
    """Who can supply what is missing, each once, in order."""
    return list(dict.fromkeys(str(one.who) for one in lacks))


def stands_before(gate, state):
    """Whether an open gate is the one that a pilot in `state` stands before."""
    return state in RUNNING if gate.kind == GateKind.AMENDMENT else GATE_OF.get(state) == gate.kind
