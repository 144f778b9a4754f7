"""Who may take which step: the tables held against the regulation, written out by hand."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal import clock
from portal.errors import Refused
from portal.models import User
from portal.roles import Outsider, Role, roles_with
from sandboxes import regulating, reporting
from sandboxes.lifecycle import INCIDENT, LIFECYCLES, PILOT, WAIVER
from tests.factories.people import person
from tests.factories.sandboxes import Cast, Trial, instrument

pytestmark = pytest.mark.django_db

LO, K, E = Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE
CO, M, T, PARTNER = Role.SANDBOX_OFFICER, Role.SANDBOX_MEMBER, Role.TIMER, Outsider.PILOT_PARTNER
ON_TRIAL = {LO, K, E, CO, M, PARTNER}
REASON = {"reason": "เหตุผล"}

MAY = {
    "apply": {E},
    "start_screening": {CO},
    "return": {CO},
    "admit": {M},
    "fast_track": {M},
    "approve": {M},
    "reject": {M},
    "declare_ready": {M},
    "reconsider": {CO},
    "go_live": {E},
    "pause": ON_TRIAL | {T},
    "resume": {CO, M},
    "start_exit_review": {E, CO, T},
    "terminate": {E, M},
    "approve_amendment": {M},
    "refuse_amendment": {M},
    "scale": {M},
    "extend": {M},
    "stop": {M},
    "withdraw": {E},
}
MAY_WAIVER = {"grant": {CO}, "refuse": {CO}, "revoke": {CO}, "expire": {T}}
MAY_INCIDENT = {
    "contain": {LO, CO, PARTNER},
    "resolve": {LO},
    "close": {CO},
    "reopen": {CO},
    "correct_severity": {CO},
}
STANDS = {
    "apply": "complete", "start_screening": "applied", "return": "screening", "admit": "scored", "approve": "planned",
    "reject": "scored", "declare_ready": "proven", "go_live": "ready", "pause": "live", "resume": "paused",
    "start_exit_review": "live", "terminate": "live", "approve_amendment": "live", "refuse_amendment": "live",
    "scale": "reported", "extend": "reported", "stop": "reported",
    "withdraw": "screening", "reconsider": "scored",
}  # fmt: skip


def details_of(name, trial):
    match name:
        case "extend":
            return {**REASON, "ends_on": trial.pilot.ends_on + timedelta(days=1)}
        case "pause":
            return {"cause": "other", "note": "พัก"}
        case "resume":
            return {"note": "ไปต่อ"}
        case "start_exit_review":
            return {"continues": False, "note": ""}
        case "apply" | "start_screening" | "go_live":
            return {}
    return REASON


def everyone(cast, pilot):
    """One person in each role, those of the place at the pilot's own place; and the partner and a stranger."""
    cast.partner.__dict__.pop("_standings", None)
    people = {LO: person(LO, at=cast.place), K: cast.clerk, E: cast.executive, PARTNER: cast.partner}
    people |= {CO: person(CO, agency="dla"), M: person(M, agency="dla"), T: User.objects.timer(), "nobody": person()}
    for role in set(Role) - set(people):
        people[role] = person(role, at=where(role, cast.place))
    return people


def where(role, place):
    if role == Role.LOCAL_AUDITOR:
        return place
    return place.province if role == Role.PROVINCIAL_OFFICER else None


def who_may(lifecycle, obj, name, people, details):
    """The roles whose person is not turned away by role or place; each try is undone."""
    found = set()
    for role, someone in people.items():
        try:
            with transaction.atomic():
                lifecycle.take(obj, name, by=someone, **details)
                transaction.set_rollback(True)
        except PermissionDenied:
            continue
        except Refused as refusal:
            assert (role, refusal.code) == (T, "too_early")
        found.add(role)
    return found


def test_steps_of_a_pilot_are_open_to_their_roles_alone():
    """One pilot walks its way; at each stop every step that stands there is tried by everybody, and undone."""
    trial, asked = Trial(days=60, waiver_days=100), {}
    people = None
    for stop in [stop for stop in Trial.PATH if stop in STANDS.values()]:
        trial.to(stop)
        people = people or everyone(trial.cast, trial.pilot)
        for name in [name for name, stand in STANDS.items() if stand == stop]:
            with transaction.atomic():
                here = trial.pilot
                if name == "reconsider":
                    here = trial.both("reject").pilot
                if name.endswith("_amendment"):
                    trial.amendment()
                asked[name] = who_may(PILOT, here, name, people, details_of(name, trial))
                transaction.set_rollback(True)
            trial.fresh()

    assert asked == {name: roles for name, roles in MAY.items() if name != "fast_track"}


def test_short_lane_is_open_to_members_alone():
    trial = Trial(short=True).to("proven")

    assert who_may(PILOT, trial.pilot, "fast_track", everyone(trial.cast, trial.pilot), REASON) == {M}


def test_steps_of_a_waiver_are_open_to_their_roles_alone():
    trial, asked = Trial().to("proven"), {}
    people, today = everyone(trial.cast, trial.pilot), clock.today()
    requested = regulating.request_waiver(trial.issue, by=trial.cast.officer, requested_on=today)
    details = {"grant": instrument(today, today), "expire": {}}

    for name in WAIVER.steps:
        waiver = requested if name in {"grant", "refuse"} else trial.waiver
        asked[name] = who_may(WAIVER, waiver, name, people, details.get(name, REASON))

    assert asked == MAY_WAIVER


def test_steps_of_an_incident_are_open_to_their_roles_alone():
    trial, asked = Trial().to("live"), {}
    by, people = trial.cast.officer, everyone(trial.cast, trial.pilot)
    incident = reporting.report(trial.pilot, by=by, what="สัญญาณหลุด", hurt="nobody", personal_data=False, impact="part")
    way = [
        ("correct_severity", {"severity": "sev3", **REASON}, None),
        ("contain", {"note": "ดึงกลับ"}, by),
        ("resolve", {"root_cause": "เสา", "note": "เปลี่ยน"}, by),
        ("close", {"note": ""}, trial.cast.case_officer),
        ("reopen", REASON, None),
    ]

    for name, details, goes_on in way:
        asked[name] = who_may(INCIDENT, incident, name, people, details)
        if goes_on:
            incident = INCIDENT.take(incident, name, by=goes_on, **details)

    assert asked == MAY_INCIDENT


def test_matrix_names_every_step():
    assert set(MAY) == set(PILOT.steps)
    assert set(MAY_WAIVER) == set(WAIVER.steps)
    assert set(MAY_INCIDENT) == set(INCIDENT.steps)


@pytest.mark.parametrize("name", ["apply", "go_live", "withdraw"])
def test_other_offices_may_not(name):
    trial = Trial().to(STANDS[name])

    with pytest.raises(PermissionDenied):
        trial.take(name, Cast().executive, **details_of(name, trial))


def test_who_prepared_the_case_does_not_decide_it():
    trial = Trial().to("scored")
    from tests.factories.people import member

    member(trial.cast.case_officer, M, agency="depa")

    with pytest.raises(PermissionDenied):
        trial.take("admit", trial.cast.case_officer, **REASON)


def test_one_person_does_not_decide_for_both_agencies():
    from tests.factories.people import member

    trial = Trial().to("scored")
    trial.take("admit", trial.cast.depa, **REASON)
    trial.cast.depa.memberships.all().delete()
    member(trial.cast.depa, M, agency="dla")

    with pytest.raises(PermissionDenied):
        trial.take("admit", trial.cast.depa, **REASON)


def test_conflict_of_interest_closes_the_gate_to_the_person():
    from sandboxes import gates

    trial = Trial().to("scored")
    gates.declare_conflict(trial.pilot, "ถือหุ้นในบริษัทผู้ร่วมทดลอง", by=trial.cast.depa)

    for attempt in (
        lambda: trial.take("admit", trial.cast.depa, **REASON),
        lambda: gates.vote(trial.pilot, "for", by=trial.cast.depa),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_state_that_is_no_end_leads_on(lifecycle):
    leading = {state for row in lifecycle.rows if row.target is not None for state in row.source}

    assert set(lifecycle.states) - lifecycle.ends <= leading


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_step_has_a_label_and_someone_who_may_take_it(lifecycle):
    for row in lifecycle.rows:
        assert str(row.label)
        assert roles_with(row.permission), row.name


def test_what_people_contest_has_a_way_back():
    assert any("rejected" in row.source for row in PILOT.rows_of("reconsider"))
    assert any("closed" in row.source for row in INCIDENT.rows_of("reopen"))
