"""The people's part by hand: a generation from its announcement to an accepted place, a course from enrolment to a
certificate; the applicant and the trainer on a phone."""

import re
from datetime import timedelta

from tests.browser.looks import look
from tests.browser.people import day, moment, now

PHONE = {"viewport": {"width": 360, "height": 780}}
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
MEMBERS = ("selection_member", "selection_member_2", "selection_member_3")


def number_in(path, word):
    return int(re.search(rf"/{word}/(\d+)/", path)[1])


def test_an_applicant_on_a_phone_comes_to_an_accepted_place(person, tmp_path):
    officer = person("training_officer")
    call = a_call_is_opened(officer)
    a_place_is_offered(person, call)
    application = is_written_and_sent(person("learner", **PHONE), call, tmp_path)
    officer.go(f"/training/applications/{application}/steps/accept_eligibility/").press("ผ่านคุณสมบัติ")
    is_scored(person, application, "45")

    officer.go(f"/training/generations/{call}/slots/")
    tomorrow = (now() + timedelta(days=1)).replace(hour=9, minute=0)
    until = tomorrow.replace(hour=12)
    times = {**moment("starts_at", tomorrow), **moment("ends_at", until), "minutes": "30", "where": "depa ห้อง 501"}
    officer.fill(times).press("เพิ่มเวลาเหล่านี้")
    officer.go(f"/training/generations/{call}/shortlist/").press("เชิญ 1 คน")
    learner = person("learner").go(f"/training/applications/{application}/").press("จอง")
    assert "depa ห้อง 501" in learner.text
    is_scored(person, application, "80")

    officer.go(f"/training/generations/{call}/settings/").fill(moment("closes_at", now() - timedelta(minutes=1)))
    officer.press("บันทึก").go(f"/training/generations/{call}/steps/close/").press("ปิดรับสมัคร")
    officer.go(f"/training/generations/{call}/steps/match/").press("เริ่มจับคู่พื้นที่")
    officer.go(f"/training/generations/{call}/board/")
    look(officer.page, "selection-board", tmp_path)
    officer.press("ให้ที่นั่ง 1 ตำแหน่ง")
    learner.go(f"/training/applications/{application}/")
    look(learner.page, "offer-on-a-phone", tmp_path)
    learner.go(f"/training/applications/{application}/steps/accept/").press("ตอบรับตำแหน่ง")
    assert "การปฏิบัติงานของคุณ" in learner.text


def a_call_is_opened(officer):
    officer.go("/training/generations/new/")
    officer.fill({
        "name_th": "รุ่นทดสอบ", **moment("opens_at", now() - timedelta(days=1)),
        **moment("closes_at", now() + timedelta(days=9)), **day("starts_on", now() + timedelta(days=30)),
        "seats": "3", "stipend_monthly_baht": "15,000", "months": "12",
    }).press("บันทึก")  # fmt: skip
    call = number_in(officer.path, "generations")
    officer.go(f"/training/generations/{call}/criteria/")
    officer.fill({
        "paper-0-name_th": "ความมุ่งมั่น", "paper-0-max_score": "50", "interview-0-name_th": "การสื่อสาร",
        "interview-0-max_score": "100",
    }).press("บันทึก")  # fmt: skip
    officer.go(f"/training/generations/{call}/steps/open/").press("เปิดรับสมัคร")
    return call


def a_place_is_offered(person, call):
    office = person("local_officer").go(f"/training/generations/{call}/places/")
    office.fill({"work_th": "ทำข้อมูลเมือง"})
    office.page.locator("main [name=mentor]").select_option(index=1)
    office.press("จัดทำข้อเสนอ")
    person("local_executive").go(f"{office.path}confirm/").press("ตอบรับเป็นหน่วยงานพี่เลี้ยง")


def is_written_and_sent(learner, call, folder):
    learner.go(f"/training/generations/{call}/").press("เริ่มกรอกใบสมัคร")
    application = number_in(learner.path, "applications")

    def write(section, fields):
        learner.go(f"/training/applications/{application}/sections/{section}/").fill(fields).press("บันทึกและไปต่อ")
        assert f"/{section}/" not in learner.path, learner.text

    write("person", {"born_on_day": "4", "born_on_month": "5", "born_on_year": "2545", "home_province": "กระบี่",
                     "is_civil_servant": "false", "has_other_stipend": "false"})  # fmt: skip
    write("education", {"degree": "bachelor", "field_of_study": "ผังเมือง", "institution": "มหาวิทยาลัยตัวอย่าง",
                        "graduated_year": "๒๕๖๗"})  # fmt: skip
    learner.go(f"/training/applications/{application}/sections/motivation/")
    learner.page.locator("[name=motivation]").press_sequentially("อยากกลับบ้าน", delay=5)
    learner.page.get_by_text(re.compile("บันทึกร่างแล้ว")).wait_for()
    write("motivation", {"motivation": "อยากกลับไปพัฒนาบ้านเกิด", "experience": "ทำแผนที่จุดน้ำท่วม"})
    learner.go(f"/training/applications/{application}/sections/areas/")
    learner.page.locator("[name=area_1]").select_option(index=1)
    learner.press("บันทึกและไปต่อ")
    for kind in ("resume", "degree"):
        learner.go(f"/training/applications/{application}/sections/documents/").fill({"kind": kind})
        upload = {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": PAPER}
        learner.page.locator("main [name=file]").set_input_files(upload)
        learner.press("อัปโหลด")
    learner.go(f"/training/applications/{application}/sections/consents/")
    learner.page.locator("main [name=has_read]").check()
    learner.press("บันทึกและไปต่อ")
    look(learner.page, "application-on-a-phone", folder)
    learner.go(f"/training/applications/{application}/steps/submit/").press("ส่งใบสมัคร")
    return application


def is_scored(person, application, points):
    for name in MEMBERS:
        member = person(name).go(f"/training/applications/{application}/")
        assert "ธีรภัทร" not in member.text
        member.page.locator("main [name^=score-]").first.fill(points)
        member.press("ส่งคะแนน")


def test_a_course_goes_from_enrolment_to_a_certificate(person, page, tmp_path):
    trainer = person("trainer", **PHONE).go("/training/runs/?state=planned")
    trainer.page.locator("table.list tbody th a").first.click()
    run = number_in(trainer.path, "runs")
    trainer.go(f"/training/runs/{run}/steps/open/").press("เปิดรับลงทะเบียน")
    learner = person("learner").go(f"/training/runs/{run}/").press("ลงทะเบียน")
    enrolment = learner.path
    office = person("local_officer").go(f"/training/runs/{run}/staff/")
    office.fill({"first_name": "มาลี", "last_name": "ศรีทอง", "position": "นายช่างโยธา"}).press("ลงทะเบียน")
    assert "มาลี ศรีทอง" in office.text

    trainer.go(f"/training/runs/{run}/steps/start/").press("เริ่มอบรม")
    trainer.go(f"/training/runs/{run}/timetable/")
    lists = [link.get_attribute("href") for link in trainer.page.get_by_role("link", name="เช็กชื่อ").all()]
    for address in lists:
        trainer.go(address)
        trainer.page.get_by_label("ธีรภัทร ใจกล้า").check()
        assert trainer.page.locator("[data-count]").inner_text() == "1"
        trainer.press("บันทึกรายชื่อ")
    look(trainer.go(lists[0]).page, "roll-call-on-a-phone", tmp_path)
    trainer.go(f"/training/runs/{run}/results/")
    trainer.page.get_by_label(re.compile("ธีรภัทร")).fill("๘๒.๕")
    trainer.press("บันทึกคะแนน").press("ให้ผล 2 คน").go(f"/training/runs/{run}/steps/finish/").press("ปิดรุ่นอบรม")
    look(trainer.go(f"/training/runs/{run}/results/").page, "results", tmp_path)

    learner.go(enrolment)
    assert "ผ่าน" in learner.text
    serial = learner.page.get_by_role("link", name=re.compile("SCT-")).inner_text()
    page.goto(f"/training/verify/{serial}/")
    assert "ธีรภัทร" not in page.locator("main").inner_text()
