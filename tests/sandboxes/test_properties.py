"""Whatever people do, in whatever order, at whatever time: nothing is live that may not be."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import clock
from portal.errors import Refused
from portal.models.people import Agency
from sandboxes import evidence, regulating, reporting, standing, tasks
from sandboxes.lifecycle import PILOT, WAIVER
from sandboxes.models import Pilot, RegulatoryIssue, Waiver
from sandboxes.states import READY_BY, Remedy, WaiverState
from tests.factories.sandboxes import Trial, authority, instrument

pytestmark = pytest.mark.django_db

EXAMPLES = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
REFUSALS = (Refused, PermissionDenied, ValidationError)
STEPS = st.sampled_from([*PILOT.steps, "go_live", "resume", "resume", "pause"])
DEEDS = st.sampled_from(["raise_issue", "drop_issue", "request", "grant", "grant_late", "revoke", "incident", "timers"])
TURNS = st.lists(
    st.tuples(st.one_of(STEPS, DEEDS), st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 9, 40])), min_size=8, max_size=25
)


class Undo(Exception):
    pass


def is_rightly_live(pilot, moment):
    """The rule written out a second time, from the rows alone."""
    indicators = list(pilot.indicators.all())
    baselines = bool(indicators) and all(one.baseline is not None and one.baseline_on for one in indicators)
    ready = any(
        {one.agency for one in gate.decisions.all() if one.replaced_at is None and one.step in READY_BY} == set(Agency)
        for gate in pilot.gates.filter(closed_at__isnull=False)
    )
    needed = RegulatoryIssue.objects.filter(
        pilot=pilot, dropped_at=None, remedy__in=["exemption", "special_licence", "ordinance_change"]
    )
    covered = all(
        Waiver.objects.filter(issue=one, state="in_force", starts_at__lte=moment, ends_at__gt=moment).exists()
        for one in needed
    )
    return baselines and ready and covered


def do(trial, deed, which):
    """One thing that somebody does to the pilot."""
    people = [trial.cast.officer, trial.cast.executive, trial.cast.case_officer, trial.cast.depa, trial.cast.dla]
    pilot, today = trial.fresh(), clock.today()
    match deed:
        case "raise_issue":
            regulating.raise_issue(
                pilot, by=trial.cast.case_officer, law=f"กฎ {which}", obstacle="ห้าม", authority=authority("nbtc"),
                remedy=[Remedy.EXEMPTION, Remedy.NONE_NEEDED, Remedy.SPECIAL_LICENCE, Remedy.GUIDANCE_LETTER][which],
            )  # fmt: skip
        case "drop_issue":
            issue = pilot.issues.filter(dropped_at=None).last()
            if issue:
                regulating.drop_issue(issue, by=trial.cast.case_officer, reason="ไม่เกี่ยว")
        case "request":
            for issue in standing.needed(pilot):
                regulating.request_waiver(issue, by=trial.cast.officer, requested_on=today)
        case "grant" | "grant_late":
            first = today + timedelta(days=3 if deed == "grant_late" else 0)
            for waiver in pilot.waivers.filter(state=WaiverState.REQUESTED)[:1]:
                details = instrument(first, first + timedelta(days=5 + 10 * which))
                WAIVER.take(waiver, "grant", by=trial.cast.case_officer, **details)
        case "revoke":
            for waiver in pilot.waivers.filter(state=WaiverState.IN_FORCE)[:1]:
                WAIVER.take(waiver, "revoke", by=trial.cast.case_officer, reason="เพิกถอน")
        case "incident":
            hurt = "somebody" if which == 0 else "nobody"
            reporting.report(pilot, by=trial.cast.officer, what="เหตุ", hurt=hurt, personal_data=False, impact="minor")
        case "timers":
            tasks.pause_and_end_pilots()
            tasks.expire_waivers()
        case step:
            for someone in people[which:] + people[:which]:
                take(trial, step, someone)


def take(trial, step, someone):
    pilot = trial.fresh()
    details = {"reason": "เหตุผล"}
    if step == "extend":
        details["ends_on"] = pilot.ends_on + timedelta(days=20)
    try:
        with transaction.atomic():
            PILOT.take(pilot, step, by=someone, **details)
    except REFUSALS:
        pass


@given(start=st.sampled_from(["scored", "proven", "ready", "live"]), turns=TURNS, short=st.booleans())
@EXAMPLES
def test_nothing_is_live_without_baseline_readiness_of_both_and_every_waiver(start, turns, short):
    moment = clock.now()
    try:
        with transaction.atomic(), clock.at(moment):
            trial = Trial(short=short, days=120, waiver_days=30).to(start)
            for deed, which, days in turns:
                moment += timedelta(days=days, minutes=1)
                with clock.at(moment):
                    try:
                        with transaction.atomic():
                            do(trial, deed, which)
                    except REFUSALS:
                        pass
                    pilot = Pilot.objects.get(pk=trial.pilot.pk)
                    shown = Pilot.objects.as_of(moment).get(pk=pilot.pk).shown_state
                    assert shown == pilot.state_now
                    if pilot.state_now == "live":
                        assert is_rightly_live(pilot, moment)
                        assert moment < pilot.ends_at
            raise Undo
    except Undo:
        pass


def test_rule_can_be_broken():
    """The property is no tautology: rows changed behind the lifecycle's back break it."""
    trial = Trial(waiver_days=30).to("live")
    assert is_rightly_live(trial.pilot, clock.now())
    assert evidence.is_ready_by_both(trial.pilot)

    trial.pilot.indicators.update(baseline=None, baseline_on=None)
    assert not is_rightly_live(trial.pilot, clock.now())
