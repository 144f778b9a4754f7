"""One proposal through a round of its own, by everybody whose turn it is, as they would do it by hand."""

import re
import time
from datetime import timedelta

from tests.browser.looks import look
from tests.browser.people import day, moment, next_minute, now

TITLE = "ระบบเตือนภัยน้ำหลากย่านตลาดเก่า"
PRICE, QUANTITY, ASKED = "250,000", "4", "1,000,000.00"


def test_a_proposal_goes_from_draft_to_an_accepted_report(person, tmp_path):
    round = a_new_round_opens(person)

    case = is_written(person, round, tmp_path)
    is_signed(person, case, tmp_path)
    is_returned_and_revised(person, case, tmp_path)
    is_reviewed(person, case, tmp_path)
    is_decided(person, round, case)
    is_allocated(person, round, case, tmp_path)
    is_carried_out(person, case, tmp_path)

    look(person("programme_manager").go(f"/budgets/rounds/{round}/summary/").page, "dashboard", tmp_path)
    officer = person("local_officer").go(f"/budgets/proposals/{case}/")
    assert "กำลังดำเนินโครงการ" in officer.text


def number_in(path, word):
    return int(re.search(rf"/{word}/(\d+)/", path)[1])


def a_new_round_opens(person):
    """The round that was copied from the present one is given its dates and opened."""
    manager = person("programme_manager").go("/budgets/rounds/")
    manager.follow("2572")
    round = number_in(manager.path, "rounds")
    manager.go(f"/budgets/rounds/{round}/setup/basics/")
    manager.fill({**moment("opens_at", now()), **moment("closes_at", now() + timedelta(days=2))})
    manager.press("บันทึก")
    manager.go(f"/budgets/rounds/{round}/steps/open/").press("เปิดรอบ")
    return round


def is_written(person, round, folder):
    officer = person("local_officer")
    look(officer.go("/").page, "inbox", folder)
    officer.go(f"/budgets/proposals/start/?round={round}").press("เริ่มร่าง")
    case = number_in(officer.path, "proposals")
    look(officer.page, "task-list", folder)

    def write(section, fields, words="บันทึกและไปต่อ"):
        officer.go(f"/budgets/proposals/{case}/edit/{section}/").fill(fields).press(words)
        assert f"/{section}/" not in officer.path, officer.text

    officer.go(f"/budgets/proposals/{case}/edit/summary/")
    officer.page.locator("[name=theme]").first.check()
    officer.fill({
        "title_th": TITLE, "primary_dimension": "living", "dimensions": ["living", "environment"],
        "beneficiaries_count": "๑๒,๔๐๐", "priority": "1",
    }).press("บันทึกและไปต่อ")  # fmt: skip
    write("rationale", {"rationale": "น้ำหลากเข้าย่านตลาดปีละสี่ครั้ง เตือนล่วงหน้าได้เพียง 25 นาที"})
    write("objectives", {"objectives-0-text": "เตือนภัยล่วงหน้าสองชั่วโมง", "targets-0-description": "สถานีวัดระดับน้ำ",
                         "targets-0-quantity": QUANTITY, "targets-0-unit": "สถานี"})  # fmt: skip
    expected = day("plan_expected_on", now() + timedelta(days=60))
    write("plan", {"plan_edition": "first", "plan_page": "42", "plan_item_no": "7", **expected})
    officer.go(f"/budgets/proposals/{case}/edit/items/").press("เพิ่มรายการ")
    officer.fill({
        "*-description": "สถานีวัดระดับน้ำ", "*-quantity": QUANTITY, "*-unit": "สถานี", "*-unit_price_baht": PRICE,
        "*-category": "ค่าครุภัณฑ์", "*-fiscal_year": "2572", "*-quarter": "2",
    }).press("บันทึกร่าง")  # fmt: skip
    look(officer.page, "items", folder)
    officer.follow("หลักฐานราคา")
    officer.fill({"*price_basis": "bb_standard", "*price_reference": "ฉบับธันวาคม 2568 หน้า 12"}).press("บันทึก")
    write("funding", {"funding-0-channel": "integrated_plan", "funding-0-fiscal_year": "2572",
                      "funding-0-amount_baht": "1000000"})  # fmt: skip
    measured = day("kpis-0-baseline_on", now() - timedelta(days=90))
    write("kpis", {"kpis-0-name_th": "ระยะเวลาเตือนล่วงหน้า", "kpis-0-unit": "นาที", "kpis-0-baseline": "25", **measured,
                   "kpis-0-target": "120", "kpis-0-direction": "up"})  # fmt: skip
    write("upkeep", {"om_cost_yearly_baht": "40,000", "om_source": "เทศบัญญัติ"})
    write("personal_data", {"personal_data_processed": "false"})
    officer.go(f"/budgets/proposals/{case}/check/")
    assert ASKED in officer.go(f"/budgets/proposals/{case}/").text
    officer.go(f"/budgets/proposals/{case}/steps/request_endorsement/").press("เสนอขอรับรอง")
    return case


def is_signed(person, case, folder, name="signing"):
    clerk, executive = person("local_clerk"), person("local_executive")
    clerk.go(f"/budgets/proposals/{case}/steps/verify/").press("ตรวจสอบแล้ว")
    executive.go(f"/budgets/proposals/{case}/steps/submit/")
    if "reauthenticate" in executive.path:
        executive.fill({"password": "portal-demo"}).press("ยืนยัน")
    look(executive.page, name, folder)
    executive.press("ลงนามและส่ง")
    assert "SHA-256" in executive.text
    assert re.search(r"P2572-81-\d{5}", executive.text)


def is_returned_and_revised(person, case, folder):
    screener, officer = person("provincial_officer"), person("local_officer")
    screener.go(f"/budgets/proposals/{case}/screening/").press("รับเรื่อง")
    check_all(screener)
    screener.go(f"/budgets/proposals/{case}/decide/return/")
    screener.fill({"reason-rationale": "ขอสถิติย้อนหลังสามปี"}).press("ส่งคืนให้แก้ไข")

    officer.go(f"/budgets/proposals/{case}/edit/rationale/")
    assert "ขอสถิติย้อนหลังสามปี" in officer.text
    officer.fill({"rationale": "น้ำหลากเข้าย่านตลาดปีละสี่ครั้ง สามปีรวม 12 ครั้ง เตือนล่วงหน้าได้เพียง 25 นาที"})
    officer.press("บันทึกและไปต่อ")
    officer.go(f"/budgets/proposals/{case}/steps/request_endorsement/").press("เสนอขอรับรอง")
    is_signed(person, case, folder, "signing-again")

    screener.go(f"/budgets/proposals/{case}/screening/").press("รับเรื่อง")
    screener.go(f"/budgets/proposals/{case}/compare/")
    assert "สามปีรวม 12 ครั้ง" in screener.text
    look(screener.page, "screening-comparison", folder)
    look(screener.go(f"/budgets/proposals/{case}/screening/").page, "screening", folder)
    check_all(screener)
    screener.go(f"/budgets/proposals/{case}/screening/").follow("ผ่าน ส่งตรวจประเมิน").press("ผ่าน ส่งตรวจประเมิน")


def check_all(screener):
    for radio in screener.page.locator('[name^="answer-"][value="ok"]').all():
        radio.check()
    screener.press("บันทึกรายการตรวจ")


def is_reviewed(person, case, folder):
    secretary = person("committee_secretary").go(f"/budgets/proposals/{case}/reviewers/")
    chosen = [field.get_attribute("value") for field in secretary.page.locator("[name=reviewer]").all()][:2]
    for _reviewer in chosen:
        secretary.go(f"/budgets/proposals/{case}/reviewers/").press("มอบหมาย")
    for place, username in enumerate(chosen):
        reviewer = person(username).go(f"/budgets/proposals/{case}/review/")
        assert reviewer.path.endswith("/profile/")
        reviewer.page.locator("[name=is_whole]").check()
        reviewer.press("ยืนยัน")
        reviewer.go(f"/budgets/proposals/{case}/review/")
        reviewer.fill({"conflict": "no"}).press("บันทึกและไปต่อ")
        reviewer.go(f"/budgets/proposals/{case}/review/")
        for field in reviewer.page.locator('[name^="score-"]').all():
            field.fill("11")
        for field in reviewer.page.locator('[name^="why-"]').all():
            field.fill("ข้อมูลครบถ้วน อ้างอิงสถิติสามปี")
        if place == 0:
            look(reviewer.page, "review", folder)
        reviewer.press("ส่งผล")
    secretary.go(f"/budgets/proposals/{case}/reviewers/").press("สรุปผล")


def is_decided(person, round, case):
    manager, secretary, dla = person("programme_manager"), person("committee_secretary"), person("dla_officer")
    closes = next_minute()
    manager.go(f"/budgets/rounds/{round}/steps/amend/")
    manager.fill({**moment("closes_at", closes), "reason": "ปิดรับเร็วขึ้นตามมติ"}).press("เปลี่ยนกำหนดเวลา")
    while now() < closes + timedelta(seconds=1):
        time.sleep(1)
    until_closed(manager, round)
    manager.go(f"/budgets/rounds/{round}/steps/deliberate/").press("เริ่ม")
    secretary.go(f"/budgets/proposals/{case}/decide/recommend/")
    secretary.fill({"resolution_no": "1/2571", "resolution_on": f"{now():%d/%m}/{now().year + 543}"})
    secretary.press("เห็นควรสนับสนุน")
    manager.go(f"/budgets/rounds/{round}/steps/announce/").press("ประกาศผล")
    dla.go(f"/budgets/proposals/{case}/decide/include_in_request/").press("บรรจุ")
    dla.go(f"/budgets/rounds/{round}/steps/send_request/").press("ส่งคำขอ")
    manager.go(f"/budgets/rounds/{round}/steps/enact/")
    manager.fill({"act_reference": "พ.ร.บ. งบประมาณรายจ่าย พ.ศ. 2572"}).press("บันทึก")


def until_closed(manager, round):
    """The timer closes the round within half a minute; who cannot wait closes it by hand."""
    manager.go(f"/budgets/rounds/{round}/")
    if manager.page.locator("main").get_by_role("link", name="ปิดรับ").count():
        manager.go(f"/budgets/rounds/{round}/steps/close/").press("ปิดรับ")


def is_allocated(person, round, case, folder):
    secretary, chair = person("committee_secretary"), person("committee_chair")
    secretary.go(f"/budgets/proposals/{case}/decide/propose_allocation/")
    secretary.fill({"amount_baht": ASKED, "reference": "มติ 5/2571"}).press("เสนอจัดสรร")
    look(chair.go(f"/budgets/rounds/{round}/allocation/").page, "allocation", folder)
    chair.go(f"/budgets/proposals/{case}/decide/allocate/").press("อนุมัติ")
    executive = person("local_executive").go(f"/budgets/proposals/{case}/steps/confirm_plan/")
    executive.press("ยืนยันแผน")


def is_carried_out(person, case, folder):
    officer, executive = person("local_officer"), person("local_executive")
    officer.go(f"/budgets/proposals/{case}/money/commitment/")
    officer.fill({"contractor": "บริษัท ตัวอย่าง จำกัด", "amount_baht": "950000", "contract_no": "1/2572"})
    officer.press("บันทึกสัญญา")
    officer.go(f"/budgets/proposals/{case}/money/").follow("บันทึกการจ่ายเงิน")
    officer.fill({"amount_baht": "300000", "reference": "ฎีกา 1"}).press("บันทึก")
    look(officer.go(f"/budgets/proposals/{case}/money/").page, "money", folder)
    officer.go(f"/budgets/proposals/{case}/reports/").press("เขียนรายงาน")
    report = officer.path
    officer.fill({"physical_pct": "35", "problem": "ไม่มีปัญหาสำคัญ"})
    officer.page.locator('[name^="kpi-"]').first.fill("48")
    officer.press("บันทึก")
    look(officer.go(report).page, "report", folder)
    executive.go(f"{report}steps/submit/").press("ลงนามและส่ง")
    person("provincial_officer").go(f"{report}steps/accept/").press("รับรายงาน")
    assert "รับแล้ว" in officer.go(report).text
