import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = ["/", "/account/login/", "/privacy/", "/accessibility/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_meets_a_thai_page_without_faults(page, path):
    answer = page.goto(path)

    assert answer.status == 200
    assert page.locator("html").get_attribute("lang") == "th"
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(page, path):
    page.goto(path)

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})

    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found.response["violations"]] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(page, path):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
