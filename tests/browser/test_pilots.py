"""Two pilots by everybody whose turn it is: one from a concept to a proposal, one stopped after a critical incident."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look
from tests.browser.people import day, now

PAPER = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer << >>\n%%EOF\n"
AREA = b'{"type": "Polygon", "coordinates": [[[98.90, 8.05], [98.91, 8.05], [98.91, 8.06], [98.90, 8.05]]]}'
TITLE = "ทุ่นวัดน้ำเค็มในคลองตลาด"
OFFICER, EXECUTIVE, PARTNER = "local_officer", "local_executive", "pilot_partner"
CASE_OFFICER, DEPA, DLA = "sandbox_officer_depa", "sandbox_member_depa", "sandbox_member_dla"
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}
CRITERIA = ["scope", "innovation", "benefit", "need", "readiness"]


class Walk:
    """What people do to one pilot, page by page; each page must take what is sent."""

    def __init__(self, person, pilot=None):
        self.person, self.pilot = person, pilot

    def at(self, who, path="", **options):
        return self.person(who, **options).go(f"/sandboxes/{self.pilot}/{path}")

    def do(self, who, path, fields=None, file=None):
        return self.send(self.at(who, path), fields, file)

    def send(self, one, fields=None, file=None):
        """Fill in the page that `one` has open, send it, and be led on."""
        one.fill(fields or {})
        if file:
            name, content = file
            kind = "application/pdf" if name.endswith("pdf") else "application/geo+json"
            one.page.locator("main input[type=file]").set_input_files(
                {"name": name, "mimeType": kind, "buffer": content}
            )
        before = one.path
        with one.page.expect_navigation():
            one.page.locator("main form[method=post] .actions button[type=submit]").first.click()
        assert one.path != before, one.text
        return one

    def act_on_row(self, who, tab, act, fields=None, file=None):
        """Follow the first link to `act` on a tab, and send its form."""
        one = self.at(who, f"{tab}/" if tab else "")
        with one.page.expect_navigation():
            one.page.locator(f'main a[href*="/do/{act}/"]').first.click()
        return self.send(one, fields, file)

    def step(self, who, name, fields=None):
        return self.do(who, f"steps/{name}/", fields)

    def both(self, name):
        for who in (DEPA, DLA):
            self.step(who, name, {"reason": "เห็นชอบตามหลักฐาน"})

    def state(self, who=OFFICER):
        return self.at(who).page.locator(".page-head .badge").first.inner_text()


def test_a_pilot_goes_from_concept_to_a_proposal(person, tmp_path):
    walk = Walk(person)
    officer = person(OFFICER).go("/sandboxes/start/")
    walk.send(officer, {"title_th": TITLE})
    walk.pilot = int(re.search(r"/sandboxes/(\d+)/", officer.path)[1])
    is_written_and_signed(walk, tmp_path)
    is_admitted(walk, tmp_path)
    is_planned_and_approved(walk, tmp_path)
    is_made_ready(walk)
    walk.step(EXECUTIVE, "go_live")
    assert walk.state() == "กำลังทดลอง"
    is_amended(walk)
    is_scaled(walk, tmp_path)


def is_written_and_signed(walk, folder):
    walk.do(OFFICER, "do/overview/", {
        "title_th": TITLE, "dimension": "environment", "technology": "sensors", "problem": "น้ำเค็มเข้าคลองโดยไม่มีใครรู้",
        "innovation": "ทุ่นราคาถูกส่งค่าทุกสิบนาที", **day("starts_on", now()), **day("ends_on", now() + timedelta(days=120)),
        "personal_data": "false", "has_public_devices": "true",
    } | first_box(walk, "do/overview/", "subdistricts"))  # fmt: skip
    walk.do(OFFICER, "do/partner/", {"kind": "university", "name_th": "มหาวิทยาลัยตัวอย่าง", "username": PARTNER},
            file=("letter.pdf", PAPER))  # fmt: skip
    walk.do(OFFICER, "do/document/", {"kind": "area"}, file=("area.geojson", AREA))
    look(walk.at(OFFICER).page, "overview", folder)
    walk.step(EXECUTIVE, "apply")


def first_box(walk, path, name):
    value = walk.at(OFFICER, path).page.locator(f'main [name="{name}"]').first.get_attribute("value")
    return {name: value}


def is_admitted(walk, folder):
    walk.step(CASE_OFFICER, "start_screening")
    walk.do(CASE_OFFICER, "do/issue/", {"law": "พ.ร.บ. วิทยุคมนาคม", "obstacle": "คลื่นต้องได้รับอนุญาต",
                                        "authority": "กสทช.", "remedy": "special_licence"})  # fmt: skip
    walk.do(CASE_OFFICER, "do/check-rules/")
    waits = walk.at(DEPA, "steps/admit/").page.locator(".lacks-list")
    expect(waits).to_contain_text("ให้คะแนนครบทั้งห้าเกณฑ์")
    expect(waits).to_contain_text("เจ้าหน้าที่ประจำเรื่อง")
    scores = {f"score-{one}": "3" for one in CRITERIA} | {f"why-{one}": "ตามเอกสาร" for one in CRITERIA}
    walk.do(CASE_OFFICER, "do/score/", scores)
    walk.do(DEPA, "do/vote/", {"vote": "for"})
    look(walk.at(CASE_OFFICER, "gates/").page, "gate", folder)
    walk.both("admit")


def is_planned_and_approved(walk, folder):
    walk.do(OFFICER, "do/indicator/", {
        "name_th": "เวลาเตือนน้ำเค็ม", "family": "public_value", "unit": "ชั่วโมง", "direction": "up", "baseline": "๒",
        **day("baseline_on", now() - timedelta(days=9)), "target": "12", "stop_threshold": "1", "frequency": "monthly",
    })  # fmt: skip
    walk.do(OFFICER, "do/plan/", {
        "test_plan": "วางทุ่นหกจุด อ่านค่าทุกสิบนาที", "user_cap": "300", "participants": "ชาวสวนที่สมัครใจ",
        "budget_baht": "480,000",
        "budget_source": "เงินสะสม", "insurance": "ประกันบุคคลภายนอก", "complaint_channel": "โทร 1567",
        "kill_switch": "ปิดส่งข้อความจากศูนย์", "exit_plan": "เก็บทุ่นใน 30 วัน",
    })  # fmt: skip
    walk.do(OFFICER, "do/submit-plan/")
    walk.step(DEPA, "approve", {"reason": "วัดผลได้", "conditions": "ติดป้ายทุกจุดวางทุ่น"})
    walk.step(DLA, "approve", {"reason": "คุ้มครองประชาชนแล้ว"})


def is_made_ready(walk):
    walk.do(OFFICER, "do/document/", {"kind": "security_test"}, file=("test.pdf", PAPER))
    for kind, days in (("notice", 20), ("consultation", 12)):
        walk.do(OFFICER, "do/notice/", {"kind": kind, "how": "ประชาคมตลาด", **day("on", now() - timedelta(days=days))})
    walk.act_on_row(CASE_OFFICER, "gates", "condition", {"note": "เห็นป้ายครบแล้ว"})
    walk.act_on_row(OFFICER, "rules", "request-waiver", day("requested_on", now() - timedelta(days=9)))
    officer = walk.at(CASE_OFFICER, "rules/")
    with officer.page.expect_navigation():
        officer.page.locator('main a[href*="/waivers/"]').first.click()
    officer.go(f"{officer.path}steps/grant/")
    walk.send(officer, {
        "instrument_no": "กสทช 77/2570", **day("instrument_on", now()), "scope": "คลื่น 920 เมกะเฮิรตซ์ในคลองตลาด",
        **day("valid_from", now()), **day("valid_until", now() + timedelta(days=200)),
    }, file=("waiver.pdf", PAPER))  # fmt: skip
    walk.both("declare_ready")


def is_amended(walk):
    walk.do(OFFICER, "do/amend/", {"reason": "ต้องวางทุ่นเพิ่ม", "test_plan": "วางทุ่นแปดจุด อ่านค่าทุกสิบนาที"})
    walk.both("approve_amendment")
    assert "วางทุ่นแปดจุด" in walk.at(PARTNER, "plan/").text


def is_scaled(walk, folder):
    walk.act_on_row(OFFICER, "indicators", "reading", {"value": "14", "evidence": "บันทึกของทุ่น", **day("on", now())})
    look(walk.at(OFFICER, "indicators/").page, "indicators", folder)
    walk.step(EXECUTIVE, "start_exit_review", {"continues": "false"})
    walk.do(OFFICER, "do/report/", {"exit_summary": "เตือนได้ล่วงหน้า 14 ชั่วโมง", "exit_lessons": "ทุ่นสองจุดถูกเรือชน"})
    walk.both("scale")
    walk.act_on_row(OFFICER, "exit", "closing", {"note": "แจ้งที่ประชาคมแล้ว"})

    officer = walk.at(OFFICER, "propose/")
    assert "14" in officer.text
    walk.send(officer)
    assert "/budgets/proposals/" in officer.path
    officer.go(f"{officer.path}edit/kpis/")
    assert (officer.value("kpis-0-name_th"), officer.value("kpis-0-baseline")) == ("เวลาเตือนน้ำเค็ม", "14")
    officer.go(f"{officer.path.replace('kpis', 'summary')}")
    assert officer.value("title_th") == TITLE


def test_a_pilot_is_stopped_after_a_critical_incident(person, page, tmp_path):
    officer = person(OFFICER).go("/sandboxes/?mine=true&state=live&q=เซนเซอร์")
    with officer.page.expect_navigation():
        officer.page.locator("tbody th a").first.click()
    walk = Walk(person, int(re.search(r"/sandboxes/(\d+)/", officer.path)[1]))

    partner = walk.at(PARTNER, **PHONE)
    partner.follow("รายงานเหตุการณ์")
    walk.send(partner, {"what": "เสาเซนเซอร์ล้มทับคนเดินถนนหน้าตลาด", "hurt": "somebody", "personal_data": "false",
                        "impact": "part"})  # fmt: skip
    look(partner.page, "incidents", tmp_path)
    assert walk.state(PARTNER) == "หยุดชั่วคราว"
    refused = walk.at(CASE_OFFICER, "steps/resume/").page
    expect(refused.locator(".lacks-list")).to_contain_text("เหตุการณ์ร้ายแรงทุกเหตุแก้ไขเสร็จแล้ว")

    incident = walk.at(OFFICER, "incidents/")
    with incident.page.expect_navigation():
        incident.page.locator('main a[href*="/incidents/"].task-link').first.click()
    at = incident.path.removeprefix(f"/sandboxes/{walk.pilot}/")
    look(incident.page, "incident", tmp_path)
    walk.do(PARTNER, f"{at}steps/contain/", {"note": "กั้นพื้นที่และรื้อเสา"})
    report = {"step": "first", "findings": "ฐานเสาเป็นสนิม", "measures": "รื้อเสาทั้งหมด", "affected_count": "1"}
    walk.do(OFFICER, f"do/incident-report/{at.split('/')[1]}/", report)
    walk.do(OFFICER, f"do/tell/{at.split('/')[1]}/", {"receiver": "depa", "reference": "ที่ กบ 52001/77"})
    walk.do(OFFICER, f"{at}steps/resolve/", {"root_cause": "สนิมที่ฐานเสา", "note": "เลิกใช้เสาแบบนี้"})
    walk.do(CASE_OFFICER, f"{at}steps/close/")

    walk.act_on_row(OFFICER, "citizens", "answer", {"text": "จะหยุดเสียงเตือนหลังสองทุ่ม"})
    walk.step(EXECUTIVE, "start_exit_review", {"continues": "false"})
    walk.do(
        OFFICER, "do/report/", {"exit_summary": "ยุติเพราะเสาล้ม มีผู้บาดเจ็บหนึ่งคน", "exit_lessons": "ต้องตรวจฐานเสาทุกเดือน"}
    )
    walk.both("stop")
    checklist = walk.at(OFFICER, "exit/").page.locator('main a[href*="/do/closing/"]')
    assert checklist.count() == 5

    page.goto(f"/sandboxes/{walk.pilot}/")
    expect(page.locator("main")).to_contain_text("ต้องตรวจฐานเสาทุกเดือน")
    look(page, "public", tmp_path)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_citizen_complains_and_reads_the_answer(visitor, width):
    page = visitor(viewport={"width": width, "height": 780})
    page.goto("/sandboxes/register/")
    page.locator("#where").fill("กระบี่")
    page.locator("#where").press("Enter")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="ร้องเรียนหรือให้ความเห็น").first.click()
    page.locator('[name="kind"][value="complaint"]').check()
    page.locator('[name="text"]').fill("ไฟกะพริบทั้งคืน")
    page.locator("main form[method=post] button[type=submit]").click()
    number = page.locator(".tracking").inner_text()
    page.goto("/sandboxes/track/")
    page.locator('[name="number"]').fill(number.lower())
    page.locator("main form[method=post] button[type=submit]").click()
    expect(page.locator("blockquote")).to_have_text("ไฟกะพริบทั้งคืน")
