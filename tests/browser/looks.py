"""Looking at a page: pictures at both widths, and what axe and a ruler say about it."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE, NARROWEST = 1280, 360, 320


def faults(page):
    """What axe finds on the page as it is, as (rule, first element) pairs."""
    found = Axe().run(page, options={"runOnly": RULES})
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found.response["violations"]]


def overflow(page):
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def look(page, name, folder):
    """Take pictures of the page at both widths; nothing may be at fault, and nothing run over the side of a phone."""
    folder = Path(os.environ.get("SCREENSHOTS") or folder)
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width in (WIDE, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        assert faults(page) == [], (name, width)
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    assert overflow(page) <= 0, name
    page.set_viewport_size(before)
