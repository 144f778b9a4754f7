"""A waiver's end is a moment: what stands on it stops then, recorded or not, and stays stopped."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal import clock
from portal.errors import Refused
from portal.models import Notice
from portal.models.audit import Event
from sandboxes import regulating, tasks
from sandboxes.lifecycle import PILOT, WAIVER
from sandboxes.models import Pilot, Waiver
from sandboxes.models.pilot import end_of
from tests.factories.sandboxes import Trial, authority, instrument

pytestmark = pytest.mark.django_db

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def trial():
    return Trial(days=200, waiver_days=30).to("live")


def shown(pilot, moment):
    return Pilot.objects.as_of(moment).get(pk=pilot.pk).shown_state


def test_pilot_stands_until_the_second_in_which_its_waiver_ends(trial):
    end = trial.waiver.ends_at

    for moment, state in ((end - SECOND, "live"), (end, "paused"), (end + SECOND, "paused")):
        with clock.at(moment):
            assert trial.fresh().state_now == state
            assert shown(trial.pilot, moment) == state
            assert Waiver.objects.get(pk=trial.waiver.pk).state_now == ("in_force" if state == "live" else "expired")


def test_timer_records_nothing_a_second_before(trial):
    with clock.at(trial.waiver.ends_at - SECOND):
        assert tasks.pause_and_end_pilots() == 0
        assert tasks.expire_waivers() == 0
        assert trial.fresh().state == "live"


def test_timer_records_the_pause_a_second_after(trial):
    with clock.at(trial.waiver.ends_at + SECOND):
        assert tasks.pause_and_end_pilots() == 1
        assert tasks.expire_waivers() == 1

    assert trial.fresh().state == "paused"
    assert (trial.pilot.pause_cause, trial.pilot.state_since) == ("waiver", trial.waiver.ends_at)
    assert Waiver.objects.get(pk=trial.waiver.pk).state == "expired"
    told = Notice.objects.filter(kind="pilot_paused").values_list("recipient", flat=True)
    cast = trial.cast
    assert {cast.officer.pk, cast.executive.pk, cast.depa.pk, cast.dla.pk, cast.partner.pk} <= set(told)


def test_timer_that_was_down_for_a_day_catches_up(trial):
    with clock.at(trial.waiver.ends_at + DAY):
        assert trial.fresh().state_now == "paused"
        assert [offer.name for offer in PILOT.offers(trial.pilot, by=trial.cast.officer)] == []
        tasks.pause_and_end_pilots()
        tasks.expire_waivers()
        tasks.pause_and_end_pilots()

    assert trial.fresh().state == "paused"
    assert trial.pilot.state_since == trial.waiver.ends_at
    assert Event.objects.of(trial.pilot).filter(verb="pilot.pause").count() == 1


def test_new_waiver_does_not_wake_a_pilot_that_had_to_stop(trial):
    """The timer was down from the end of one waiver until the next one was recorded."""
    with clock.at(trial.waiver.ends_at + DAY):
        trial.granted(clock.today(), clock.today() + timedelta(days=60))

        assert trial.fresh().state == "paused"
        tasks.pause_and_end_pilots()
        assert trial.fresh().state == "paused"
        trial.take("resume", trial.cast.case_officer, note="มีหนังสือฉบับใหม่")
        assert trial.pilot.state == "live"
        assert trial.pilot.stands_until > clock.now()


def test_gap_between_two_waivers_pauses(trial):
    last = trial.waiver.valid_until
    trial.granted(last + timedelta(days=5), last + timedelta(days=60))

    with clock.at(trial.waiver.ends_at + SECOND):
        assert trial.fresh().state_now == "paused"


def test_waiver_that_follows_at_once_keeps_it_live(trial):
    last = trial.waiver.valid_until
    following = trial.granted(last + DAY, last + timedelta(days=60))

    with clock.at(trial.waiver.ends_at + SECOND):
        tasks.pause_and_end_pilots()
        tasks.expire_waivers()
        assert trial.fresh().state == trial.pilot.state_now == "live"
    with clock.at(following.ends_at):
        assert trial.pilot.state_now == "paused"


def test_resume_is_refused_without_a_new_waiver(trial):
    with clock.at(trial.waiver.ends_at + SECOND):
        tasks.pause_and_end_pilots()
        with pytest.raises(Refused) as refused:
            trial.take("resume", trial.cast.case_officer, note="ขอไปต่อ")

    assert [row["code"] for row in refused.value.facts["missing"]] == ["waivers_missing"]


def test_pilot_pauses_in_the_transaction_of_a_revocation(trial):
    WAIVER.take(trial.waiver, "revoke", by=trial.cast.case_officer, reason="เหตุความมั่นคง")

    assert trial.fresh().state == "paused"


def test_rule_found_while_live_pauses_until_it_is_relaxed(trial):
    issue = regulating.raise_issue(
        trial.pilot, by=trial.cast.case_officer, law="พ.ร.บ. วิทยุคมนาคม", obstacle="ต้องมีใบอนุญาต",
        authority=authority("nbtc"), remedy="special_licence",
    )  # fmt: skip
    assert trial.fresh().state == "paused"

    trial.granted(clock.today(), clock.today() + timedelta(days=20), issue)
    trial.take("resume", trial.cast.case_officer, note="ได้ใบอนุญาตแล้ว")
    assert trial.pilot.state == "live"


def test_live_pilot_goes_to_exit_review_when_its_last_day_is_over():
    trial = Trial(days=20, waiver_days=60).to("live")
    end = trial.pilot.ends_at

    with clock.at(end - SECOND):
        assert tasks.pause_and_end_pilots() == 0
    with clock.at(end):
        assert trial.pilot.state_now == "exit_review"
        assert tasks.pause_and_end_pilots() == 1

    assert trial.fresh().state == "exit_review"
    assert (trial.pilot.state_since, trial.pilot.continues_meanwhile) == (end, False)
    assert trial.pilot.open_gate().kind == "exit"


def test_waivers_are_told_of_at_60_30_and_7_days_once_each(trial):
    waiver = trial.granted(clock.today(), clock.today() + timedelta(days=100))

    told = []
    for days in (61, 60, 45, 30, 20, 7, 3):
        with clock.at(waiver.ends_at - timedelta(days=days)):
            Notice.objects.filter(kind="waiver_ends_soon").delete()
            tasks.warn_of_waivers()
            found = Notice.objects.filter(kind="waiver_ends_soon", recipient=trial.cast.executive)
            told.append((days, found.filter(subject__contains="S").count()))
    # The first instrument of 30 days is told of as well, at its own stages, all of which lie before day 61.
    assert [days for days, count in told if count] == [60, 30, 7]


def test_what_was_told_keeps_no_other_waiver_waiting(trial, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 1)
    ends = [trial.granted(clock.today(), clock.today() + timedelta(days=days)) for days in (100, 101)]

    with clock.at(max(one.ends_at for one in ends) - timedelta(days=59)):
        assert [tasks.warn_of_waivers() for _run in range(4)] == [1, 1, 0, 0]


def test_conditions_are_told_of_before_they_are_due_and_once_late():
    trial = Trial(days=200, waiver_days=199).to("planned")
    due_on = clock.today() + timedelta(days=60)
    rows = [{"text": "รายงานผล", "due_on": due_on.isoformat()}]
    trial.take("approve", trial.cast.depa, reason="ผ่าน", conditions=rows)
    trial.take("approve", trial.cast.dla, reason="ผ่าน")
    noon = end_of(due_on) - timedelta(hours=12)

    told = []
    for days in (20, 14, 9, 7, 2, 1, 0, -1, -9):
        with clock.at(noon - timedelta(days=days)):
            Notice.objects.filter(kind="condition_due").delete()
            tasks.remind_of_conditions()
            found = Notice.objects.filter(kind="condition_due").values_list("recipient", flat=True)
            told.append((days, trial.cast.officer.pk in found, trial.cast.case_officer.pk in found))

    assert [days for days, office, _officer in told if office] == [14, 7, 1, -1]
    assert [days for days, _office, officer in told if officer] == [-1]


def test_what_has_ended_is_reminded_of_nothing():
    trial = Trial(days=200, waiver_days=30).to("live")
    trial.take("terminate", trial.cast.executive, reason="ยุติ")

    with clock.at(trial.waiver.ends_at - DAY):
        assert tasks.warn_of_waivers() == 0
        assert tasks.remind_of_conditions() == 0


def test_pilot_does_not_go_live_before_its_first_day():
    trial = Trial(days=60, waiver_days=90).to("ready")
    first = clock.today() + timedelta(days=5)
    Pilot.objects.filter(pk=trial.pilot.pk).update(starts_on=first)
    trial.fresh()
    midnight = end_of(first - DAY)

    with clock.at(midnight - SECOND), pytest.raises(Refused) as refused:
        trial.take("go_live", trial.cast.executive)
    assert [row["code"] for row in refused.value.facts["missing"]] == ["before_first_day"]
    with clock.at(midnight + SECOND):
        assert trial.take("go_live", trial.cast.executive).pilot.state == "live"


def test_waiver_is_not_expired_by_hand(trial):
    with pytest.raises(Refused) as refused:
        WAIVER.take(trial.waiver, "expire", by=type(trial.cast.officer).objects.timer())

    assert refused.value.code == "too_early"


def test_instrument_is_dated_in_bangkok():
    trial = Trial(waiver_days=0).to("proven")

    assert trial.waiver.ends_at - trial.waiver.starts_at == DAY
    assert timezone.localtime(trial.waiver.starts_at, clock.BANGKOK).hour == 0
    assert instrument(clock.today(), clock.today())["valid_until"] == clock.today()
