"""Everything is links and forms first: with scripts off one reads, filters, goes on to the next page and sends."""

import pytest

from tests.browser.people import Person


@pytest.fixture
def officer(visitor):
    return Person(visitor(java_script_enabled=False), "local_officer")


def test_lists_are_filtered_and_paged(officer):
    officer.go("/local-governments/")
    first_page = officer.text
    officer.follow("หน้าถัดไป")
    assert officer.text != first_page

    officer.go("/local-governments/").fill({"q": "กระบี่"}).press("แสดง")
    names = officer.page.locator("main").get_by_role("link", name="กระบี่")
    assert "เทศบาลเมืองกระบี่" in officer.text and names.count() > 1
    names.get_by_text("เทศบาลเมืองกระบี่").first.click()
    assert "เทศบาลเมืองกระบี่" in officer.page.locator("h1").inner_text()


def test_a_case_is_read_and_its_sections_are_sent(officer):
    officer.go("/budgets/proposals/").fill({"q": "ไฟถนน"}).press("แสดง")
    assert "ไฟถนนแอลอีดีควบคุมระยะไกล" in officer.text
    assert "กล้องโทรทัศน์วงจรปิด" not in officer.page.locator("#list").inner_text()

    officer.start_a_draft()
    case = officer.path
    officer.go(f"{case}edit/rationale/").fill({"rationale": "เขียนโดยไม่มีสคริปต์"}).press("บันทึกร่าง")
    assert officer.go(f"{case}edit/rationale/").value("rationale") == "เขียนโดยไม่มีสคริปต์"

    officer.go(f"{case}edit/objectives/").fill({"objectives-0-text": "ข้อหนึ่ง"}).press("เพิ่มแถว")
    assert officer.value("objectives-0-text") == "ข้อหนึ่ง"
    assert officer.page.locator('textarea[name^="objectives-"]').count() > 1
