"""Who may take which step: the tables held against the regulation, written out by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal import clock
from portal.errors import Refused
from portal.models import User
from portal.roles import Role
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training import service
from training.lifecycle import (
    APPLICATION,
    CREDENTIAL,
    ENROLMENT,
    LIFECYCLES,
    MONTHLY_REPORT,
    PLACE,
    PLACEMENT,
    RUN,
)
from training.models import Placement

pytestmark = pytest.mark.django_db

TO, P, TR, T = Role.TRAINING_OFFICER, Role.PROVINCIAL_OFFICER, Role.TRAINER, Role.TIMER
E, LO, K = Role.LOCAL_EXECUTIVE, Role.LOCAL_OFFICER, Role.LOCAL_CLERK
OWN, MENTOR = "own", "mentor"
REASON = {"reason": "เหตุผล"}

MAY = {
    ("generation", "open"): {TO},
    ("generation", "close"): {TO, T},
    ("generation", "match"): {TO},
    ("generation", "start"): {TO},
    ("generation", "graduate"): {TO},
    ("application", "submit"): {OWN},
    ("application", "submit again"): {OWN},
    ("application", "ask_document"): {TO},
    ("application", "accept_eligibility"): {TO},
    ("application", "refuse_eligibility"): {TO},
    ("application", "reopen"): {TO},
    ("application", "shortlist"): {TO},
    ("application", "select"): {TO, T},
    ("application", "reoffer"): {TO, T},
    ("application", "waitlist"): {TO},
    ("application", "decline"): {TO},
    ("application", "accept"): {OWN},
    ("application", "refuse"): {OWN},
    ("application", "expire"): {T},
    ("application", "close_list"): {TO, T},
    ("application", "withdraw"): {OWN},
    ("place", "confirm"): {E},
    ("place", "decline"): {E},
    ("place", "withdraw"): {E},
    ("placement", "start"): {TO, T},
    ("placement", "take_leave"): {TO},
    ("placement", "return"): {TO},
    ("placement", "rematch"): {TO},
    ("placement", "resign"): {TO, OWN},
    ("placement", "terminate"): {TO},
    ("placement", "complete"): {TO},
    ("monthly_report", "submit"): {OWN},
    ("monthly_report", "accept"): {MENTOR},
    ("monthly_report", "return"): {MENTOR},
    ("monthly_report", "reopen"): {MENTOR},
    ("run", "open"): {TO, P, TR},
    ("run", "start"): {TO, P, TR},
    ("run", "finish"): {TO, P, TR},
    ("run", "reschedule"): {TO, P, TR},
    ("run", "cancel"): {TO, P, TR},
    ("enrolment", "confirm"): {TO, P, TR, T},
    ("enrolment", "waitlist"): {TO, P, TR, T},
    ("enrolment", "pass"): {TO, P, TR, T},
    ("enrolment", "fail"): {TO, P, TR, T},
    ("enrolment", "mark_absent"): {TO, P, TR, T},
    ("enrolment", "retake"): {TO, P, TR, T},
    ("enrolment", "correct"): {TO, P, TR, T},
    ("enrolment", "cancel"): {TO, P, TR, OWN, LO, K},
    ("credential", "revoke"): {TO, T},
    ("credential", "replace"): {TO},
    ("credential", "reissue"): {TO},
}


class Ready:
    """A case standing where a step can be taken, with the moment, the details, and its own people."""

    def __init__(self, case, *, own=None, mentor=None, details=None, at=None, trainer=None):
        self.case, self.own, self.mentor, self.details, self.trainer = case, own, mentor, details or {}, trainer
        self.at = at or clock.now()

    def people(self):
        """One person for each role at the case's place, and those whose own it is."""
        place = getattr(self.case, "local_government", None) or getattr(self.case, "office", None)
        run = getattr(self.case, "run", None)
        province = (run.province if run else None) or (place.province if place else local_government().province)
        place = place or local_government(province=province)
        found = {}
        for role in Role:
            at = {Role.PROVINCIAL_OFFICER: province}.get(role)
            at = place if role in (LO, K, E, Role.LOCAL_AUDITOR) else at
            found[role] = User.objects.timer() if role == T else person(role, at=at)
        if run is not None:
            run.trainers.add(found[TR])
        found[OWN], found[MENTOR], found["stranger"] = self.own or person(), self.mentor or person(), person()
        return {who: make.fresh(user) for who, user in found.items()}


BY_NAME = {lifecycle.name: lifecycle for lifecycle in LIFECYCLES.values()}


def ready_for(lifecycle, name):
    maker = {
        "generation": a_generation, APPLICATION.name: an_application, PLACE.name: a_place,
        PLACEMENT.name: a_placement, MONTHLY_REPORT.name: a_report, RUN.name: a_run, ENROLMENT.name: an_enrolment,
        CREDENTIAL.name: a_credential,
    }  # fmt: skip
    return maker[lifecycle.name](name)


def a_generation(name):
    call = make.Call()
    if name == "open":
        return Ready(call.generation)
    call.open()
    if name == "close":
        return Ready(call.generation, at=call.generation.closes_at)
    if name == "match":
        return Ready(call.close().generation)
    if name == "start":
        call.placement()
        return Ready(call.generation)
    call.placement()
    call.move("start")
    Placement.objects.update(state="completed")
    return Ready(call.generation)


def an_application(name):
    call = make.Call().open()
    if name == "submit":
        case = call.draft(local_government())
    elif name in {"ask_document", "accept_eligibility", "refuse_eligibility", "withdraw"}:
        case = call.submitted(local_government())
    elif name == "submit again":
        case = call.submitted(local_government())
        due = clock.today() + timedelta(days=7)
        case = call.take(case, "ask_document", documents=["resume"], due_on=due, **REASON)
        make.applying.add_document(case, make.paper(), by=case.applicant, kind="resume")
    elif name == "reopen":
        case = call.take(call.submitted(local_government()), "refuse_eligibility", reasons=["age"])
    elif name in {"shortlist", "decline"}:
        case = call.scored(call.eligible(local_government()))
    else:
        place, another = call.place(), call.place()
        case = call.shortlisted(place.local_government)
        call.close().move("match")
        if name == "select":
            return Ready(case, details={"place": place})
        if name in {"accept", "refuse", "expire", "reoffer"}:
            case = call.take(case, "select", place=place)
        if name == "reoffer":
            return Ready(case, own=case.applicant, details={"place": another})
        if name == "close_list":
            case = call.take(case, "waitlist")
            make.Generation.objects.update(list_closes_on=clock.today() - timedelta(days=1))
    at = case.answer_until if name == "expire" else None
    details = {
        "ask_document": {"documents": ["resume"], "due_on": clock.today() + timedelta(days=7), **REASON},
        "refuse_eligibility": {"reasons": ["age"]}, "reopen": REASON,
    }  # fmt: skip
    return Ready(case, own=case.applicant, details=details.get(name), at=at)


def a_place(name):
    call = make.Call().open()
    if name == "withdraw":
        return Ready(call.place(), details=REASON)
    at = local_government()
    officer = person(LO, at=at)
    place = service.propose_place(call.generation, at, by=officer, work_th="งาน", mentor=officer)
    return Ready(place, details=REASON if name == "decline" else None)


END = {"ended_on": None, "reason": "ย้ายที่อยู่", "handover": ["คู่มือ"]}


def a_placement(name):
    if name == "start":
        placement = make.Call().open().placement()
        return Ready(placement, own=placement.ambassador, mentor=placement.mentor, at=make.noon(placement.starts_on))
    call = make.Call().open()
    another = call.place()
    call, placement = make.serving(call)
    first = placement.starts_on
    details, at = {}, make.noon(first)
    if name == "rematch":
        details = {"place": another, "moved_on": first, **REASON}
    if name in {"take_leave", "return"}:
        details = {"kind": "military", "starts_on": first}
    if name == "return":
        with clock.at(at):
            placement = PLACEMENT.take(placement, "take_leave", by=call.officer, **details)
        details = {"returned_on": first + timedelta(days=10)}
    if name in {"resign", "terminate"}:
        details = {**END, "ended_on": first + timedelta(days=3)}
    if name == "complete":
        at = make.noon(placement.ends_on)
        with clock.at(at):
            for month in service.months_of(placement):
                make.accepted_report(placement, month)
            service.add_project(placement, by=placement.ambassador, name_th="แผนที่น้ำท่วม")
    return Ready(placement, own=placement.ambassador, mentor=placement.mentor, details=details, at=at)


def a_report(name):
    _call, placement = make.serving()
    at = make.noon(placement.starts_on)
    with clock.at(at):
        report = service.start_report(placement, by=placement.ambassador, month=placement.starts_on.replace(day=1))
        report = service.write_report(report, by=placement.ambassador, work="ทำฐานข้อมูล")
        if name != "submit":
            report = MONTHLY_REPORT.take(report, "submit", by=make.fresh(placement.ambassador))
        if name == "reopen":
            report = MONTHLY_REPORT.take(report, "accept", by=make.fresh(placement.mentor))
    details = REASON if name in {"return", "reopen"} else {}
    return Ready(report, own=placement.ambassador, mentor=placement.mentor, details=details, at=at)


def a_run(name):
    place = local_government()
    run = make.run(opened=name != "open", province=place.province)
    if name == "finish":
        run = RUN.take(run, "start", by=person(TO))
    details = {"reschedule": {"shift_days": 7, **REASON}, "cancel": REASON}
    return Ready(run, details=details.get(name))


def an_enrolment(name):
    place = local_government()
    officer = person(TO)
    run = make.run(province=place.province, capacity=1)
    own = person(LO, at=place)
    if name in {"confirm", "waitlist"}:
        make.enrolled(run)
        enrolment = make.enrolled(run, own)
        if name == "waitlist":
            type(enrolment).objects.filter(pk=enrolment.pk).update(state="requested")
        else:
            make.seats.set_capacity(run, 2)
        enrolment.refresh_from_db()
        return Ready(enrolment, own=own)
    enrolment = make.enrolled(run, own)
    if name == "cancel":
        return Ready(enrolment, own=own)
    RUN.take(run, "start", by=officer)
    if name in {"pass", "correct"}:
        make.attend(make.CourseRun.objects.get(pk=run.pk), enrolment, 4, by=officer)
    enrolment.refresh_from_db()
    if name == "correct":
        enrolment = ENROLMENT.take(enrolment, "pass", by=officer, mark=Decimal(80))
    if name == "retake":
        enrolment = ENROLMENT.take(enrolment, "fail", by=officer, mark=Decimal(10))
    details = {"pass": {"mark": Decimal(80)}, "correct": REASON}
    return Ready(enrolment, own=own, details=details.get(name))


def a_credential(name):
    ready = an_enrolment("correct")
    credential = ready.case.credentials.get()
    if name == "reissue":
        credential = CREDENTIAL.take(credential, "revoke", by=person(TO), **REASON)
    details = {"replace": {"holder_th": "ชื่อใหม่", **REASON}, "reissue": {"holder_th": "ชื่อใหม่", **REASON}}
    return Ready(credential, own=ready.own, details=details.get(name, REASON))


def step_name(name):
    return "submit" if name == "submit again" else name


@pytest.mark.parametrize("of, name", MAY)
def test_step_is_open_to_its_roles_alone(of, name):
    lifecycle = BY_NAME[of]
    ready = ready_for(lifecycle, name)
    before = ready.case.state
    with clock.at(ready.at):
        for who, user in ready.people().items():
            case = type(ready.case)._default_manager.get(pk=ready.case.pk)
            with transaction.atomic():
                if who in MAY[of, name]:
                    taken = lifecycle.take(case, step_name(name), by=user, **ready.details)
                    row = next(row for row in lifecycle.rows_of(step_name(name)) if before in row.source)
                    assert taken.state == (row.target or before), who
                else:
                    with pytest.raises(PermissionDenied):
                        lifecycle.take(case, step_name(name), by=user, **ready.details)
                transaction.set_rollback(True)


def test_every_step_stands_in_the_matrix():
    steps = {(lifecycle.name, name) for lifecycle in LIFECYCLES.values() for name in lifecycle.steps}

    assert {(of, step_name(name)) for of, name in MAY} == steps


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_state_that_is_no_end_leads_on(lifecycle):
    leading = {state for row in lifecycle.rows if row.target is not None for state in row.source}

    assert set(lifecycle.states) - lifecycle.ends <= leading


def test_officer_of_a_province_has_no_part_in_the_national_programme():
    call = make.Call().open()
    application = call.submitted(local_government())
    provincial = person(TO)
    provincial.memberships.update(province=application.home_province)

    assert not make.Application.objects.visible_to(provincial).filter(pk=application.pk).exists()
    with pytest.raises(PermissionDenied):
        APPLICATION.take(application, "accept_eligibility", by=make.fresh(provincial))


def test_trainer_and_provincial_officer_conduct_their_own_runs_alone():
    run = make.run(province=local_government().province)
    others = [person(TR), person(P, at=local_government().province)]

    for user in others:
        with pytest.raises(PermissionDenied):
            RUN.take(run, "start", by=user)
        assert not make.CourseRun.objects.conducted_by(user).exists()
    with pytest.raises(Refused):
        RUN.take(RUN.take(run, "start", by=person(TO)), "start", by=person(TO))
