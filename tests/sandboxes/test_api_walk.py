"""Two pilots led through their whole life by programs: one to scaled, one stopped after a critical incident."""

from datetime import timedelta

import pytest

from portal import clock
from sandboxes.criteria import CRITERIA
from tests.budgets.client import Program, code
from tests.factories.sandboxes import Cast, authority, pdf, subdistrict

pytestmark = [pytest.mark.django_db, pytest.mark.long]

REASON = {"reason": "ตามหลักฐาน"}
PLAN = {
    "test_plan": "บินวันละ 4 เที่ยว", "user_cap": 100, "participants": "ผู้ป่วยที่ยินยอม", "budget_baht": "500000.00",
    "budget_source": "เงินสะสม", "kill_switch": "ปุ่มเรียกกลับ", "exit_plan": "ลบข้อมูลใน 30 วัน", "insurance": "ประกันบุคคลที่สาม",
    "complaint_channel": "โทร 1567", "personal_data_note": "เก็บเท่าที่จำเป็น",
}  # fmt: skip


class Programs:
    """A program for each person of the cast, and the pilot that they lead."""

    def __init__(self):
        self.cast = Cast()
        self.people = {name: Program(getattr(self.cast, name)) for name in (
            "officer", "executive", "case_officer", "depa", "dla", "partner")}  # fmt: skip
        self.path = "sandboxes/"

    def post(self, who, path="", body=None, status=201):
        answer = self.people[who].post(self.path + path, body)
        assert answer.status_code == status, (path, answer.data)
        return answer.data

    def step(self, who, name, body=None):
        return self.post(who, f"steps/{name}/", body, status=200)

    def both(self, name, **more):
        for who in ("depa", "dla"):
            found = self.step(who, name, REASON | more)
        return found

    def write(self, **fields):
        officer = self.people["officer"]
        tag = officer.get(self.path)["ETag"]
        answer = officer.patch(self.path, fields, match=tag)
        assert answer.status_code == 200, answer.data

    def attach(self, path, **fields):
        answer = self.people["officer"].upload(self.path + path, **fields)
        assert answer.status_code in {200, 201}, answer.data

    def to_live(self):
        today = clock.today()
        made = self.post("officer", body={"local_government": str(self.cast.place.pk), "title_th": "โดรนส่งยาทางไกล"})
        self.path = f"sandboxes/{made['id']}/"
        self.write(
            problem="ยาช้า", innovation="โดรน", dimension="living", technology="drones", personal_data=True,
            has_public_devices=True, subdistricts=[str(subdistrict(self.cast.place).pk)],
            starts_on=today.isoformat(), ends_on=(today + timedelta(days=120)).isoformat(),
        )  # fmt: skip
        by = self.cast.partner.username
        named = {"kind": "university", "name_th": "มหาวิทยาลัยตัวอย่าง", "representative": by}
        partner = self.post("officer", "partners/", named)
        assert code(self.people["executive"].post(f"{self.path}steps/apply/", {})) == (409, "incomplete")
        self.attach(f"partners/{partner['id']}/letter/", letter=pdf())
        self.cast.partner.__dict__.pop("_standings", None)
        self.step("executive", "apply")
        self.step("case_officer", "start_screening")
        issue = self.post("case_officer", "issues/", {
            "law": "พ.ร.บ. การเดินอากาศ", "obstacle": "ห้ามบินเหนือชุมชน", "authority": authority().code,
            "remedy": "exemption"})  # fmt: skip
        self.post("case_officer", "check-rules/", status=200)
        gate = self.people["depa"].get(f"{self.path}gates/").data["results"][0]["id"]
        rows = [{"criterion": one, "score": 3, "justification": "ชัดเจน"} for one in CRITERIA]
        self.post("case_officer", f"gates/{gate}/score/", {"scores": rows}, status=200)
        self.both("admit")
        indicator = self.post("officer", "indicators/", {
            "name_th": "เวลาส่งยา", "unit": "นาที", "direction": "down", "baseline": "60",
            "baseline_on": today.isoformat(), "target": "20", "stop_threshold": "90"})  # fmt: skip
        self.indicator = indicator["id"]
        self.write(**PLAN)
        self.post("officer", "plans/")
        self.both("approve", conditions=[{"text": "ติดป้ายทุกจุดขึ้นลง"}])
        for kind in ("dpia", "security_test"):
            self.attach("documents/", kind=kind, file=pdf())
        for kind, days in (("notice", 20), ("consultation", 10)):
            day = (today - timedelta(days=days)).isoformat()
            self.post("officer", "notices/", {"kind": kind, "on": day, "how": "หอกระจายข่าว"})
        asked = self.post("officer", "waivers/", {"issue": issue["id"], "requested_on": today.isoformat()})
        held = {
            "instrument_no": "กพท 12/2570", "instrument_on": today.isoformat(), "scope": "บินเหนือชุมชน",
            "valid_from": today.isoformat(), "valid_until": (today + timedelta(days=150)).isoformat(),
        }  # fmt: skip
        self.post("case_officer", f"waivers/{asked['id']}/steps/grant/", held, status=200)
        lacks = self.people["depa"].post(f"{self.path}steps/declare_ready/", REASON).data["missing"]
        assert {row["code"] for row in lacks} == {"conditions_open"}
        for row in self.people["depa"].get(f"{self.path}conditions/").data["results"]:
            self.post("case_officer", f"conditions/{row['id']}/meet/", {"note": "เห็นป้ายแล้ว"}, status=200)
        self.both("declare_ready")
        assert self.step("executive", "go_live")["state"] == "live"

    def read(self, value, status=201):
        body = {"on": clock.today().isoformat(), "value": value, "evidence": "บันทึกการบิน"}
        return self.post("officer", f"indicators/{self.indicator}/readings/", body, status=status)


def test_pilot_is_led_to_scaled_over_rest():
    run = Programs()
    run.to_live()

    change = {"reason": "ผู้ป่วยเพิ่ม", "changes": {"user_cap": 150}}
    proposed = run.post("officer", "amendments/", change)
    assert (proposed["state"], proposed["changes"], proposed["before"]) == (
        "open",
        {"user_cap": 150},
        {"user_cap": 100},
    )
    refused = run.people["depa"].post(f"{run.path}steps/approve_amendment/", REASON)
    assert [row["code"] for row in refused.data["missing"]] == ["amendment_notice_missing"]
    run.post("officer", "notices/", {"kind": "notice", "on": clock.today().isoformat(), "how": "ใบปลิว"})
    run.both("approve_amendment")
    amended = run.people["officer"].get(run.path).data
    assert (amended["state"], amended["user_cap"], amended["gate"]) == ("live", 150, None)
    assert [row["number"] for row in run.people["officer"].get(f"{run.path}plans/").data["results"]] == [1, 2]

    reviewed = run.read("95")
    run.read("24")
    [review] = run.people["depa"].get(f"{run.path}reviews/").data["results"]
    assert review["reading"] == reviewed["id"]
    run.post(
        "case_officer", f"reviews/{review['id']}/conclude/", {"outcome": "go_on", "note": "ลมแรงวันเดียว"}, status=200
    )
    baseline = run.post("officer", "baselines/", {
        "indicator": run.indicator, "value": "62", "on": clock.today().isoformat(), "reason": "นับใหม่"})  # fmt: skip
    run.post("case_officer", f"baselines/{baseline['id']}/decide/", {"is_approved": True}, status=200)
    assert run.post("partner", "users/", {"count": 120}, status=200)["users_count"] == 120
    said = run.post("officer", "feedback/", {"kind": "complaint", "text": "เสียงดัง"})
    run.post("officer", f"feedback/{said['id']}/answer/", {"text": "ปรับเส้นทางแล้ว"}, status=200)

    run.step("executive", "start_exit_review", {"continues": False})
    run.write(exit_summary="ส่งยาได้ใน 24 นาที", exit_lessons="ลมแรงบินไม่ได้")
    assert run.both("scale")["state"] == "scaled"
    items = run.people["officer"].get(f"{run.path}closing/").data["results"]
    done = [run.post("officer", f"closing/{row['id']}/done/", {"note": "ทำแล้ว"}, status=200) for row in items]
    assert all(row["done_on"] for row in done)

    told = Program().get(run.path).data
    assert (told["state"], told["exit_summary"], told["relaxed"][0]["instrument_no"]) == (
        "scaled", "ส่งยาได้ใน 24 นาที", "กพท 12/2570")  # fmt: skip
    [law] = Program().get("sandbox-issues/statistics/").data
    assert (law["issues"], law["granted"]) == (1, 1)


def test_pilot_is_stopped_after_a_critical_incident_over_rest():
    run = Programs()
    run.to_live()
    run.read("30")

    incident = run.post("partner", "incidents/", {
        "what": "โดรนตกใกล้ตลาด", "hurt": "somebody", "personal_data": True, "impact": "part"})  # fmt: skip
    assert (incident["severity"], [row["code"] for row in incident["clocks"]]) == ("sev1", ["first", "pdpc", "final"])
    assert run.people["officer"].get(run.path).data["state"] == "paused"
    where = f"incidents/{incident['id']}/"
    run.post("partner", f"{where}steps/contain/", {"note": "ปิดพื้นที่"}, status=200)
    run.post("officer", f"{where}reports/", {"step": "first", "findings": "ใบพัดแตก", "measures": "หยุดบิน"})
    part = run.people["officer"].get(f"{run.path}{where}for/pdpc/").data
    told = run.post("officer", f"{where}tellings/", {"receiver": "pdpc", "reference": "ที่ 52001/9"})
    assert told["content"] == part
    assert "hurt" not in part and part["what"] == "โดรนตกใกล้ตลาด"
    assert code(run.people["case_officer"].post(f"{run.path}steps/resume/", {"note": "ต่อ"})) == (409, "incomplete")
    run.post("officer", f"{where}steps/resolve/", {"root_cause": "ใบพัดเก่า", "note": "เปลี่ยน"}, status=200)
    run.post("officer", f"{where}reports/", {"step": "final", "findings": "ใบพัดเก่า", "measures": "เลิกใช้รุ่นนี้"})
    run.post("case_officer", f"{where}steps/close/", {"note": ""}, status=200)

    run.step("executive", "start_exit_review", {"continues": False})
    run.write(exit_summary="ยุติหลังโดรนตก", exit_lessons="ต้องเปลี่ยนใบพัดทุกเดือน")
    assert run.both("stop")["state"] == "stopped"
    items = {row["code"] for row in run.people["officer"].get(f"{run.path}closing/").data["results"]}
    assert items == {"citizens_told", "data_deleted", "equipment_returned", "authorities_told", "report_published"}
    assert Program().get(run.path).data["exit_lessons"] == "ต้องเปลี่ยนใบพัดทุกเดือน"
    assert Program().get(f"{run.path}incidents/").status_code == 401
