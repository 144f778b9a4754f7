"""A served demo and a real browser. Test against `page` (a fresh person) and `portal.url`; no ORM here."""

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.people import Person
from tests.services import chromium, migrated
from tests.services.portal import environment, manage, served


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    """The portal with its demo, as `make run` gives it."""
    var = tmp_path_factory.mktemp("browser")
    migrated.put_into(var)
    env = environment(var, DEMO="1")
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
def visitor(browser, portal):
    """A function that opens a page in a browser context of its own, with the options of `browser.new_context`.

    What the console complains about is in `page.complaints`, and fails the test.
    """
    pages = []

    def visit(**options):
        context = browser.new_context(base_url=portal.url, locale="th-TH", **options)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: complain(page, message))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        pages.append(page)
        return page

    yield visit
    complaints = [page.complaints for page in pages]
    for page in pages:
        page.context.close()
    assert complaints == [[] for _page in pages]


def complain(page, message):
    if message.type == "error":
        page.complaints.append(f"{message.text} {message.location.get('url')} on {page.url}")


@pytest.fixture
def page(visitor):
    """A page of a new visitor."""
    return visitor()


@pytest.fixture
def person(visitor):
    """A function that gives the `Person` of a user name, signed in; the same one when asked again."""
    people = {}

    def meet(username, **options):
        if username not in people:
            people[username] = Person(visitor(**options), username)
        return people[username]

    return meet
