"""The sandbox over REST: the public's summary, a case led by its people, and every refusal in its order."""

from datetime import timedelta

import pytest

from portal import clock
from sandboxes import changing, inbox, public
from tests.budgets.client import Program
from tests.factories.people import person
from tests.factories.sandboxes import PDF, Cast, Trial, authority, pdf, subdistrict, workbook

pytestmark = pytest.mark.django_db

BASE = "sandboxes/"


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def api():
    return Program


def at(pilot, *more):
    return f"{BASE}{pilot.pk}/" + "".join(f"{one}/" for one in more)


def test_concept_is_started_and_written(cast, api):
    officer = api(cast.officer)

    made = officer.post(BASE, {"local_government": str(cast.place.pk), "title_th": "โดรนส่งยา"})
    assert made.status_code == 201, made.json()
    pilot = made.json()
    assert (pilot["state"], pilot["number"], pilot["version"]) == ("concept", "", 1)

    where = f"{BASE}{pilot['id']}/"
    here = subdistrict(cast.place)
    changes = {"problem": "ยาช้า", "subdistricts": [str(here.pk)], "budget_baht": "1200.50"}
    assert officer.patch(where, changes).status_code == 428
    written = officer.patch(where, changes, match=made["ETag"])
    assert written.status_code == 200, written.json()
    assert written.json()["budget_baht"] == "1200.50"
    assert officer.patch(where, changes, match=made["ETag"]).status_code == 412


def test_pilot_is_led_to_live_over_rest(cast, api):
    trial = Trial(cast).to("proven")
    depa, dla, executive = api(cast.depa), api(cast.dla), api(cast.executive)

    first = depa.post(at(trial.pilot, "steps", "declare_ready"), {"reason": "พร้อม"})
    assert (first.status_code, first.json()["state"], first.json()["waiting_for"]) == (200, "approved", ["dla"])
    again = depa.post(at(trial.pilot, "steps", "declare_ready"), {"reason": "พร้อม"})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    second = dla.post(at(trial.pilot, "steps", "declare_ready"), {"reason": "พร้อม"})
    assert second.json()["state"] == "ready"
    live = executive.post(at(trial.pilot, "steps", "go_live"), {})
    assert (live.status_code, live.json()["state"]) == (200, "live")
    assert live.json()["stands_until"] is not None


def test_refusal_names_what_is_missing_and_who_supplies_it(cast, api):
    trial = Trial(cast).to("design")

    refused = api(cast.depa).post(at(trial.pilot, "steps", "approve"), {"reason": "ผ่าน"})

    assert (refused.status_code, refused.json()["code"], refused.json()["state"]) == (409, "incomplete", "design")
    assert {"code", "detail", "who", "section"} == set(refused.json()["missing"][0])
    assert api(cast.officer).get(at(trial.pilot, "check")).json()["complete"] is False


def test_readings_are_corrected_and_never_overwritten(cast, api):
    trial = Trial(cast).to("live")
    officer = api(cast.officer)
    where = at(trial.pilot, "indicators", trial.indicator.pk, "readings")
    reading = {"on": clock.today().isoformat(), "value": "30", "evidence": "บันทึกการบิน"}

    first = officer.post(where, reading)
    assert first.status_code == 201, first.json()
    mended = officer.post(where, {**reading, "value": "35", "corrects": first.json()["id"]})
    assert mended.status_code == 201, mended.json()
    assert officer.post(where, {**reading, "corrects": first.json()["id"]}).json()["code"] == "already_corrected"
    found = officer.get(where).json()["results"]
    assert [(row["value"], row["is_current"]) for row in found] == [("30.0000", False), ("35.0000", True)]
    assert officer.patch(f"{where}{first.json()['id']}/", {"value": "1"}).status_code == 405


def test_reading_beyond_the_stop_threshold_opens_a_review(cast, api):
    trial = Trial(cast).to("live")
    where = at(trial.pilot, "indicators", trial.indicator.pk, "readings")

    api(cast.partner).post(where, {"on": clock.today().isoformat(), "value": "90.5", "evidence": "บันทึก"})

    assert trial.pilot.safeguard_reviews.filter(concluded_at=None).count() == 1


def test_waiver_is_asked_for_and_recorded(cast, api):
    trial = Trial(cast).to("approved")
    today = clock.today()

    asked = api(cast.officer).post(
        at(trial.pilot, "waivers"), {"issue": str(trial.issue.pk), "requested_on": today.isoformat()}
    )
    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    details = {
        "instrument_no": "กพท 1", "instrument_on": today.isoformat(), "scope": "บินได้",
        "valid_from": today.isoformat(), "valid_until": (today + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    where = at(trial.pilot, "waivers", asked.json()["id"], "steps", "grant")
    assert api(cast.officer).post(where, details).status_code == 403
    granted = api(cast.case_officer).post(where, details)
    assert (granted.status_code, granted.json()["state"]) == (200, "in_force")
    assert granted.json()["ends_at"].startswith((today + timedelta(days=10)).isoformat())


def test_critical_incident_pauses_over_rest(cast, api):
    trial = Trial(cast).to("live")

    answer = api(cast.partner).post(
        at(trial.pilot, "incidents"),
        {"what": "ข้อมูลรั่ว", "hurt": "nobody", "personal_data": True, "impact": "minor"},
    )

    assert (answer.status_code, answer.json()["severity"]) == (201, "sev1")
    clocks = {row["code"]: row for row in answer.json()["clocks"]}
    assert set(clocks) == {"pdpc", "first", "final"}
    assert trial.fresh().state == "paused"
    report = {"step": "first", "findings": "พบแล้ว", "measures": "ปิดระบบ"}
    where = at(trial.pilot, "incidents", answer.json()["id"], "reports")
    assert [api(cast.officer).post(where, report).json()["number"] for _time in range(2)] == [1, 2]


def test_gates_are_scored_voted_and_read(cast, api):
    trial = Trial(cast).to("screening")
    gate = trial.pilot.open_gate()
    scores = {"scores": [{"criterion": "scope", "score": 3, "justification": "ตรงหน้าที่"}]}

    assert api(cast.depa).post(at(trial.pilot, "gates", gate.pk, "score"), scores).status_code == 403
    assert api(cast.case_officer).post(at(trial.pilot, "gates", gate.pk, "score"), scores).json()["scores"] == {
        "scope": 3
    }
    voted = api(cast.dla).post(at(trial.pilot, "gates", gate.pk, "vote"), {"vote": "for"})
    assert voted.json()["votes"] == [{"agency": "dla", "vote": "for"}]
    assert any(not row["met"] for row in voted.json()["evidence"])


def test_public_sees_the_fixed_fields_alone(cast, api):
    trial = Trial(cast).to("live")
    hidden = Trial(cast).to("scored")
    secret = "ข้อความลับที่ไม่เผยแพร่"
    type(trial.pilot).objects.filter(pk=trial.pilot.pk).update(
        participants=secret, kill_switch=secret, insurance=secret, exit_summary=secret, pause_note=secret
    )
    trial.read(30)

    listed = Program().get(BASE)
    assert [row["id"] for row in listed.json()["results"]] == [str(trial.pilot.pk)]
    assert set(listed.json()["results"][0]) == set(public.FIELDS)
    one = Program().get(at(trial.pilot))
    assert set(one.json()) == set(public.FIELDS)
    text = listed.content.decode() + one.content.decode() + Program().get(BASE + "?format=csv").getvalue().decode()
    for word in (secret, cast.partner.username, cast.officer.last_name, "บันทึกการบิน"):
        assert word not in text
    assert Program().get(at(hidden.pilot)).status_code == 404
    assert Program().get(at(trial.pilot, "steps")).json()["results"] == []
    assert one["Access-Control-Allow-Origin"] == "*"
    assert set(api(person()).get(at(trial.pilot)).json()) == set(public.FIELDS)
    assert api(cast.dla).get(at(trial.pilot)).json()["participants"] == secret


def test_strangers_find_nothing_beneath_a_pilot(cast, api):
    trial = Trial(cast).to("live")

    for name in ("indicators", "waivers", "incidents", "gates", "events", "documents", "plans", "notices", "issues"):
        assert Program().get(at(trial.pilot, name)).status_code == 401
        assert api(person()).get(at(trial.pilot, name)).status_code == 404
        assert api(cast.depa).get(at(trial.pilot, name)).status_code == 200


def test_lists_narrow_by_what_is_true_now(cast):
    trial = Trial(cast, waiver_days=5).to("live")

    def states(query):
        return [row["state"] for row in Program().get(BASE + query).json()["results"]]

    assert states("?state=live") == ["live"]
    with clock.at(trial.waiver.ends_at):
        assert (states("?state=live"), states("?state=paused")) == ([], ["paused"])
    name = trial.pilot.subdistricts.get().name_th
    assert states(f"?q={name.removeprefix('ตำบล')}") == ["live"]
    assert states("?phase=ended") == []
    assert Program().get(BASE + "?colour=red").status_code == 400


def test_bad_bodies_are_refused(cast, api):
    trial = Trial(cast).to("live")
    officer = api(cast.officer)

    assert officer.post(BASE, {"local_government": str(Cast().place.pk), "title_th": "x"}).status_code == 403
    assert officer.post(BASE, {"local_government": str(cast.place.pk)}).status_code == 400
    assert officer.post(BASE, {"local_government": "๑", "title_th": "x"}).status_code == 400
    where = at(trial.pilot, "indicators", trial.indicator.pk, "readings")
    for body in ({}, {"on": "2570-01-01", "value": "1", "evidence": "x"}, {"on": "2026-01-01", "value": True}):
        assert officer.post(where, body).status_code == 400
    changed = officer.patch(at(trial.pilot), {"problem": "อื่น"}, match="*")
    assert (changed.status_code, changed.json()["code"]) == (409, "not_editable")
    assert officer.post(at(trial.pilot, "steps", "fly"), {}).status_code == 404


def test_lists_take_a_fixed_number_of_queries(cast, django_assert_num_queries, held_clock):
    Trial(cast).to("live")
    with django_assert_num_queries(10) as few:
        Program().get(BASE)
    for _more in range(2):
        Trial(cast).to("live")
    with django_assert_num_queries(len(few.captured_queries)):
        Program().get(BASE)


def test_endorsement_is_the_other_offices(cast, api):
    trial = Trial(cast).to("complete")
    other = Cast()
    asked = changing.ask_endorsement(trial.pilot, other.place, by=cast.officer)

    twice = api(cast.officer).post(at(trial.pilot, "endorsements"), {"place": str(other.place.pk)})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (400, "/place")
    refused = api(cast.executive).post(at(trial.pilot, "steps", "apply"), {})
    assert [row["code"] for row in refused.json()["missing"]] == ["endorsements_missing"]
    changing.answer_endorsement(asked, by=other.executive, is_endorsed=True)
    assert api(cast.executive).post(at(trial.pilot, "steps", "apply"), {}).status_code == 200
    assert authority().code == "caat"


def test_condition_is_reported_sent_back_and_met(cast, api):
    trial = Trial(cast).to("planned")
    due_on = (clock.today() + timedelta(days=9)).isoformat()
    trial.take("approve", cast.depa, reason="ผ่าน", conditions=[{"text": "ติดป้าย", "due_on": due_on}])
    trial.take("approve", cast.dla, reason="ผ่าน")
    where = at(trial.pilot, "conditions", trial.pilot.conditions.get().pk)
    officer, case_officer = api(cast.officer), api(cast.case_officer)

    assert officer.post(f"{where}meet/", {"note": "ติดแล้ว"}).status_code == 403
    assert case_officer.post(f"{where}send-back/", {"reason": "ยังไม่เห็น"}).json()["code"] == "not_reported"
    assert [task.verb for task in inbox.tasks_of(cast.officer) if task.detail == "ติดป้าย"]
    assert officer.post(f"{where}report/", {"report": "ติด 3 จุด"}).json()["state"] == "reported"
    assert [task.verb for task in inbox.tasks_of(cast.officer) if task.detail == "ติดป้าย"] == []
    assert len([task for task in inbox.tasks_of(cast.case_officer) if task.detail == "ติดป้าย"]) == 1
    back = case_officer.post(f"{where}send-back/", {"reason": "ขาดจุดที่ 4"}).json()
    assert (back["state"], back["sent_back"], back["report"]) == ("open", "ขาดจุดที่ 4", "ติด 3 จุด")
    officer.post(f"{where}report/", {"report": "ติดครบ"})
    assert case_officer.post(f"{where}meet/", {"note": "เห็นแล้ว"}).json()["state"] == "met"
    assert officer.post(f"{where}report/", {"report": "อีกครั้ง"}).json()["code"] == "already_met"


def test_readings_come_in_by_workbook_over_rest(cast, api):
    trial = Trial(cast).to("live")
    officer, where = api(cast.officer), at(trial.pilot, "readings-workbook")
    day, name = clock.today(), trial.indicator.name_th
    good = [name, f"{day.day}/{day.month}/{day.year + 543}", 28, "บันทึก"]

    assert officer.get(where).content[:2] == b"PK"
    bad = officer.upload(where, file=workbook([good, ["อื่น", good[1], 3, "บันทึก"]]))
    assert (bad.status_code, [one["pointer"] for one in bad.json()["errors"]]) == (400, ["/file"])
    assert trial.indicator.readings.count() == 0
    taken = officer.upload(where, file=workbook([good, [*good[:2], 27.5, "บันทึก 2"]]))
    assert (taken.status_code, taken.json()) == (201, {"recorded": 2})
    assert api(cast.executive).upload(where, file=workbook([good])).status_code == 403
    assert api(None).get(where).status_code == 401


def test_data_and_prices_of_a_scaled_trial_are_laid_open(cast, api):
    trial = Trial(cast).to("reported").both("scale")
    items = api(cast.officer).get(at(trial.pilot, "closing")).json()["results"]
    where = {item["code"]: at(trial.pilot, "closing", item["id"], "done") for item in items}
    address = f"/sandboxes/{trial.pilot.pk}/disclosure/"

    told = api(cast.officer).upload(where["citizens_told"], note="แจ้งแล้ว", file=pdf())
    assert told.status_code == 200
    assert Program().get(at(trial.pilot)).json()["disclosure"] is None
    assert Program().client.get(address).status_code == 404
    api(cast.officer).upload(where["exit_data_disclosed"], note="ราคาเที่ยวละ 85 บาท", file=pdf())
    shown = Program().get(at(trial.pilot)).json()["disclosure"]
    assert (shown["note"], shown["file_url"].endswith(address)) == ("ราคาเที่ยวละ 85 บาท", True)
    assert Program().client.get(address).getvalue() == PDF
    assert "ราคาเที่ยวละ 85 บาท" in Program().client.get(f"/sandboxes/{trial.pilot.pk}/").content.decode()


def test_case_is_taken_over_by_another_officer(cast, api):
    from portal.models import Notice
    from portal.roles import Role

    trial = Trial(cast).to("live")
    trial.take("pause", cast.clerk, cause="other", note="พัก")
    second, where = person(Role.SANDBOX_OFFICER, agency="dla"), at(trial.pilot, "take-over")

    def waits_for(user):
        return any(task.url.startswith(trial.pilot.get_absolute_url()) for task in inbox.tasks_of(user))

    assert (waits_for(cast.case_officer), waits_for(second)) == (True, False)
    assert api(cast.depa).post(where, {"reason": "ช่วย"}).status_code == 403
    assert api(second).post(where, {"reason": "ลาคลอด"}).status_code == 200
    assert api(second).post(where, {"reason": "อีกครั้ง"}).json()["code"] == "already_mine"
    assert (waits_for(cast.case_officer), waits_for(second)) == (False, True)
    told = Notice.objects.filter(kind="pilot_taken_over").values_list("recipient", flat=True)
    assert {cast.officer.pk, cast.case_officer.pk} <= set(told)
    second.memberships.all().delete()
    assert waits_for(person(Role.SANDBOX_OFFICER, agency="depa"))
