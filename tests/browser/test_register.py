"""The register by those who keep it and those who live in it: a list, a split, a mistake, and the auditor's proof."""

import csv
import io

from tests.browser.looks import look
from tests.browser.people import now

DLA, OFFICER, AUDITOR = "dla_officer", "local_officer_2", "auditor"
TOWN = "เทศบาลตำบลแม่กา"
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}


def send(one, fields=None, button="main form[method=post] button.button-primary"):
    """Fill in the form that is open and send it."""
    one.fill(fields or {})
    with one.page.expect_navigation():
        one.page.locator(button).first.click()
    return one


def today():
    """What a change of the register rests on, from today."""
    return {"on": f"{now():%d/%m}/{now().year + 543}", "gazette_ref": "เล่ม 143 ตอนพิเศษ 20 ง"}


def page_of(one, name):
    """Lead somebody to the page of a local government, by the search of the list."""
    one.go(f"/local-governments/?q={name}")
    with one.page.expect_navigation():
        one.page.locator("main table.list tbody th a").first.click()
    return one.path


def with_changes(text):
    """(the list in which one town has another name and a website, what that town was called)."""
    rows = list(csv.DictReader(io.StringIO(text)))
    one = next(row for row in rows if row["type_code"] == "TAMBON" and row["province_code"] == "50")
    was = one["name_th"]
    one["name_th"] += "พัฒนา"
    rows[-1]["website"] = "https://a-long-address-of-a-local-government.example.go.th/th/home"
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue(), was


def test_a_list_brings_a_new_name_and_the_old_one_is_still_found(person, tmp_path):
    dla = person(DLA).go("/local-governments/lists/")
    look(dla.page, "register-lists", tmp_path)
    present = dla.page.context.request.get("/local-governments/lists/present.csv").body().decode("utf-8-sig")
    changed, was = with_changes(present)
    file = {"name": "บัญชี.csv", "mimeType": "text/csv", "buffer": changed.encode("utf-8-sig")}
    dla.page.locator("main input[type=file]").set_input_files(file)
    send(dla)
    look(dla.page, "register-differences", tmp_path)
    assert dla.page.locator("input[name=row]").count() == 2

    for box in dla.page.locator("input[name=row]").all():
        box.check()
    send(dla, today())

    assert dla.page.locator("input[name=row]").count() == 0
    found = dla.go(f"/local-governments/?q={was}")
    assert f"{was}พัฒนา" in found.text and "ปัจจุบันคือ" in found.text


def test_a_mistake_is_told_on_a_phone_and_answered(person, tmp_path):
    officer = person(OFFICER, **PHONE)
    officer.go(f"{page_of(officer, TOWN)}report/")
    send(officer, {"text": "เว็บไซต์ไม่ถูกต้อง"})
    report = officer.path
    look(officer.page, "register-report", tmp_path)
    dla = person(DLA).go(report)
    send(dla, {"answer": "แก้ไขแล้ว", "is_corrected": "1"})

    assert "แก้ไขแล้ว" in officer.go(report).text


def test_a_split_takes_the_chosen_cases_and_the_auditor_can_prove_it(person, tmp_path):
    dla = person(DLA)
    old = page_of(dla, TOWN)
    dla.go(f"{old}change/?kind=split")
    look(dla.page, "register-split", tmp_path)
    case = dla.page.locator("input[name=cases]").first
    title = case.locator("xpath=..").inner_text().split(" · ")[-1].strip()
    case.check()
    made = {"name_th": "เทศบาลตำบลแม่กาเหนือ", "new_kind": "subdistrict_municipality", "code": "05569901"}
    send(dla, made | today())
    assert made["name_th"] in dla.text and dla.path != old
    assert title.split(" ")[-2] in dla.text
    look(dla.page, "register-split-off", tmp_path)

    auditor = person(AUDITOR).go("/audit/?q=place.split")
    assert "place.split" in auditor.text
    auditor.go("/audit/seals/")
    look(auditor.page, "seals", tmp_path)
    send(auditor)
    auditor.page.locator("text=ตราผนึก").first.wait_for()
    look(auditor.go("/audit/taken/").page, "audit-taken", tmp_path)
