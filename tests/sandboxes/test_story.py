"""Pilots from concept to every end, by the real steps."""

from datetime import timedelta

import pytest

from portal import clock
from portal.errors import Refused
from portal.models.audit import Event
from sandboxes import citizens, evidence, exits, gates, measuring, plans, reporting
from sandboxes.lifecycle import PILOT
from sandboxes.models import Condition
from tests.factories.sandboxes import Trial

pytestmark = pytest.mark.django_db


def test_pilot_walks_from_concept_to_scaled():
    trial = Trial().to("reported")

    trial.both("scale")

    assert trial.pilot.state == "scaled"
    assert trial.pilot.number.startswith("S")
    assert [gate.outcome for gate in trial.pilot.gates.all()] == ["admit", "approve", "declare_ready", "scale"]
    codes = {item.code for item in trial.pilot.closing_items.all()}
    assert codes == {"citizens_told", "authorities_told", "exit_data_disclosed", "report_published"}


def test_short_lane_takes_one_decision_of_each_agency():
    trial = Trial(short=True).to("live")

    assert trial.pilot.state == "live"
    assert [gate.outcome for gate in trial.pilot.gates.all()] == ["fast_track"]
    assert trial.pilot.gates.get().decisions.count() == 2


def test_short_lane_is_closed_to_a_pilot_with_personal_data():
    trial = Trial().to("scored")

    with pytest.raises(Refused) as refused:
        trial.take("fast_track", trial.cast.depa, reason="เร็ว")

    assert refused.value.code == "not_short_lane"


def test_gate_waits_for_both_agencies():
    trial = Trial().to("scored")

    trial.take("admit", trial.cast.depa, reason="ผ่าน")

    assert trial.pilot.state == "screening"
    assert evidence.turn_of(trial.pilot).agencies == ["dla"]
    with pytest.raises(Refused) as refused:
        trial.take("admit", trial.cast.depa, reason="ผ่าน")
    assert refused.value.code == "already_decided"


def test_agencies_that_differ_may_come_together():
    trial = Trial().to("scored")

    trial.take("admit", trial.cast.depa, reason="ผ่าน").take("reject", trial.cast.dla, reason="ยังไม่พร้อม")
    assert trial.pilot.state == "screening"
    assert evidence.turn_of(trial.pilot).agencies == ["depa", "dla"]

    trial.take("admit", trial.cast.dla, reason="ผ่านหลังหารือ")
    assert trial.pilot.state == "design"


def test_gate_names_each_missing_item_and_who_supplies_it():
    trial = Trial().to("design")

    with pytest.raises(Refused) as refused:
        trial.take("approve", trial.cast.depa, reason="ผ่าน")

    missing = refused.value.facts["missing"]
    assert {row["code"] for row in missing} == {
        "plan_missing", "cap_missing", "participants_missing", "budget_missing", "kill_switch_missing",
        "exit_plan_missing", "baseline_missing", "limits_missing", "plan_not_submitted",
    }  # fmt: skip
    assert all(row["who"] for row in missing)


def test_conditions_of_both_agencies_are_followed_up():
    trial = Trial().to("planned")
    later = {"text": "รายงานทุกเดือน", "due_on": (clock.today() + timedelta(days=30)).isoformat()}

    trial.take("approve", trial.cast.depa, reason="ผ่าน", conditions=[{"text": "ติดป้าย", "due_on": None}])
    trial.take("approve", trial.cast.dla, reason="ผ่าน", conditions=[later])
    trial.at = "approved"
    trial.to("proven")

    with pytest.raises(Refused) as refused:
        trial.take("declare_ready", trial.cast.depa, reason="พร้อม")
    assert [row["code"] for row in refused.value.facts["missing"]] == ["conditions_open"]
    gates.report_condition(Condition.objects.get(text="ติดป้าย"), by=trial.cast.officer, report="ติดครบ 4 จุด")
    with pytest.raises(Refused) as refused:
        trial.take("declare_ready", trial.cast.depa, reason="พร้อม")
    assert [row["code"] for row in refused.value.facts["missing"]] == ["conditions_unchecked"]
    gates.meet_condition(Condition.objects.get(text="ติดป้าย"), by=trial.cast.case_officer, note="ติดแล้ว")
    assert trial.both("declare_ready").pilot.state == "ready"


def test_new_version_of_the_plan_takes_decisions_back():
    from sandboxes import changing

    trial = Trial().to("planned")
    trial.take("approve", trial.cast.depa, reason="ผ่าน")

    changing.write(trial.pilot, by=trial.cast.officer, test_plan="บินวันละ 8 เที่ยว")
    with pytest.raises(Refused):
        trial.take("approve", trial.cast.dla, reason="ผ่าน")
    plans.submit(trial.fresh(), by=trial.cast.officer)
    trial.take("approve", trial.cast.dla, reason="ผ่าน")

    assert trial.pilot.state == "design"
    assert [plan.number for plan in trial.pilot.plans.all()] == [1, 2]


def test_plan_is_designed_anew_after_a_waiver_was_refused():
    trial = Trial().to("approved")
    refused = trial.pilot.gates.last()

    trial.take("return", trial.cast.case_officer, reason="หน่วยงานไม่ผ่อนผัน")
    assert (trial.pilot.state, trial.pilot.open_gate().kind) == ("design", "test_plan")
    assert type(refused).objects.get(pk=refused.pk).outcome == "return"
    assert evidence.turn_of(trial.pilot).who == [str(evidence.OFFICE)]
    with pytest.raises(Refused):
        trial.take("approve", trial.cast.depa, reason="ผ่าน")

    plans.submit(trial.fresh(), by=trial.cast.officer)
    assert trial.both("approve").pilot.state == "approved"
    assert trial.both("reject").pilot.state == "rejected"


def test_pilot_paused_by_residents_or_its_cap_resumes_once_that_is_mended():
    trial = Trial().to("live")
    trial.take("pause", trial.cast.clerk, cause="objection", note="คัดค้าน")
    measuring.record_users(trial.pilot, trial.pilot.user_cap + 1, by=trial.cast.officer)

    def hinders():
        return [one.code for one in evidence.turn_of(trial.fresh()).lacks]

    assert hinders() == ["above_cap", "objection_unheard"]
    measuring.record_users(trial.pilot, trial.pilot.user_cap, by=trial.cast.officer)
    citizens.record_notice(
        trial.pilot, by=trial.cast.officer, kind="consultation", on=clock.today(), how="ประชาคม", summary="ยอมรับ"
    )
    assert hinders() == []
    assert trial.take("resume", trial.cast.depa, note="ปรับเวลา").pilot.state == "live"


def test_pilot_stops_after_a_critical_incident():
    trial = Trial().to("live")

    incident = reporting.report(
        trial.pilot, by=trial.cast.partner, what="โดรนตก มีผู้บาดเจ็บ", hurt="somebody", personal_data=False, impact="minor"
    )
    assert incident.severity == "sev1"
    assert trial.fresh().state == "paused"
    assert trial.pilot.pause_cause == "incident"

    trial.take("terminate", trial.cast.executive, reason="ไม่ปลอดภัย")
    assert trial.pilot.state == "terminated"
    assert {item.code for item in trial.pilot.closing_items.all()} == {
        "citizens_told", "data_deleted", "equipment_returned", "authorities_told", "report_published",
    }  # fmt: skip


def test_report_item_closes_with_the_report():
    trial = Trial().to("live").take_end()

    item = trial.pilot.closing_items.get(code="report_published")
    with pytest.raises(Refused) as refused:
        exits.finish_item(item, by=trial.cast.officer, note="เสร็จ")
    assert refused.value.code == "report_missing"


def test_extension_is_once_and_within_the_waivers():
    trial = Trial(days=60, waiver_days=100).to("reported")
    beyond, within = (trial.pilot.starts_on + timedelta(days=days) for days in (101, 100))

    with pytest.raises(Refused) as refused:
        trial.take("extend", trial.cast.depa, reason="ต่อ", ends_on=beyond)
    assert refused.value.code == "beyond_waivers"

    trial.both("extend", ends_on=within)
    assert (trial.pilot.state, trial.pilot.ends_on) == ("live", within)
    trial.take("start_exit_review", trial.cast.executive, continues=True)
    with pytest.raises(Refused) as refused:
        trial.take("extend", trial.cast.depa, reason="ต่ออีก", ends_on=within + timedelta(days=1))
    assert refused.value.code == "already_extended"


def test_agencies_must_agree_on_the_new_last_day():
    trial = Trial(days=60, waiver_days=100).to("reported")
    first, second = (trial.pilot.starts_on + timedelta(days=days) for days in (80, 90))

    trial.take("extend", trial.cast.depa, reason="ต่อ", ends_on=first)
    trial.take("extend", trial.cast.dla, reason="ต่อ", ends_on=second)
    assert trial.pilot.state == "exit_review"
    trial.take("extend", trial.cast.depa, reason="ต่อ", ends_on=second)

    assert (trial.pilot.state, trial.pilot.ends_on) == ("live", second)


def test_every_step_is_on_record():
    trial = Trial().to("live")

    verbs = set(Event.objects.of(trial.pilot).values_list("verb", flat=True))
    assert {"pilot.start", "pilot.apply", "pilot.admit", "pilot.go_live", "waiver.grant", "pilot.score"} <= verbs


def test_rejected_pilot_may_be_taken_up_again():
    trial = Trial().to("scored")
    trial.both("reject", reason="ยังไม่ใช่นวัตกรรม")
    assert trial.pilot.state == "rejected"

    trial.take("reconsider", trial.cast.case_officer, reason="มีหลักฐานใหม่")

    assert trial.pilot.state == "screening"
    assert trial.pilot.open_gate().kind == "screening"
    assert {offer.name for offer in PILOT.offers(trial.pilot, by=trial.cast.depa)} == {"admit", "fast_track", "reject"}
