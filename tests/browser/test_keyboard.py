"""A whole task without a mouse."""

import pytest

PAGES = ["/", "/budgets/rounds/", "/budgets/proposals/"]
FOCUSED = "document.activeElement"


@pytest.mark.parametrize("path", PAGES)
def test_the_first_tab_leads_past_the_navigation(person, path):
    page = person("local_officer").go(path).page

    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.textContent") == "ข้ามไปเนื้อหาหลัก"
    assert page.evaluate(f"{FOCUSED}.getBoundingClientRect().top") >= 0

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.querySelector('main').contains({FOCUSED})")


def test_a_section_is_written_and_saved_by_keys_alone(person):
    officer = person("local_officer").start_a_draft()
    case, keys = officer.path, officer.page.keyboard
    officer.go(f"{case}edit/upkeep/")

    tab_to(officer, "om_cost_yearly_baht")
    keys.type("๔๐,๐๐๐")
    keys.press("Tab")
    assert officer.page.evaluate(f"{FOCUSED}.name") == "om_source"
    keys.type("เทศบัญญัติ")
    with officer.page.expect_navigation():
        keys.press("Enter")

    officer.go(f"{case}edit/upkeep/")
    assert (officer.value("om_cost_yearly_baht"), officer.value("om_source")) == ("40,000.00", "เทศบัญญัติ")


def test_errors_take_the_focus_and_name_their_fields(person):
    page = person("local_clerk").go("/people/invite/").page

    with page.expect_navigation():
        page.locator("main form [type=submit]").last.click()

    assert page.title().startswith("ข้อผิดพลาด: ")
    summary = page.locator("[role=alert]")
    assert summary.evaluate("one => one.contains(document.activeElement)")
    link = summary.get_by_role("link").first
    field = page.locator(link.get_attribute("href"))
    assert field.get_attribute("aria-invalid") == "true"
    told = page.locator(f"#{field.get_attribute('aria-describedby').split()[-1]}")
    assert told.inner_text().strip() in link.inner_text()


def tab_to(person, name, most=60):
    for _step in range(most):
        person.page.keyboard.press("Tab")
        if person.page.evaluate(f"{FOCUSED}.name") == name:
            return
    raise AssertionError(f"{name} is not reached by {most} tabs")
