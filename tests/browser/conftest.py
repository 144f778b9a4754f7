"""A served demo and a real browser. Test against `page` (a fresh person) and `portal.url`; no ORM here."""

import pytest
from playwright.sync_api import sync_playwright

from tests.services import chromium
from tests.services.portal import environment, manage, served


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    """The portal with its demo, as `make run` gives it."""
    env = environment(tmp_path_factory.mktemp("browser"), DEMO="1")
    manage(env, "prepare")
    with served(env) as portal:
        yield portal


@pytest.fixture(scope="session")
def browser():
    if not chromium.available():
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium.launch_options())
        yield browser
        browser.close()


@pytest.fixture
def page(browser, portal):
    """A page of a new visitor. What the console complains about is in `page.complaints`, and fails the test."""
    context = browser.new_context(base_url=portal.url, locale="th-TH")
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()
    assert page.complaints == []
