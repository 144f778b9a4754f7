"""Words are never lost: not to a closed page, a dropped line, or a killed server."""

import os
import signal

import pytest

SAVED, RETRYING = "บันทึกร่างแล้ว", "ยังไม่ได้บันทึก กำลังลองใหม่"
LOST_LINE = ["net::ERR_INTERNET_DISCONNECTED", "net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_RESET",
             "net::ERR_EMPTY_RESPONSE"]  # fmt: skip


@pytest.fixture
def writing(person):
    """An officer before the empty rationale of a new draft."""
    officer = person("local_officer").start_a_draft()
    return officer.go(f"{officer.path}edit/rationale/")


def state_of(page):
    return page.locator("[data-save-state]")


def says(page, words):
    state_of(page).get_by_text(words).or_(state_of(page).filter(has_text=words)).first.wait_for()


def forgive(page):
    """Take back the browser's complaints about the line that the test itself cut."""
    page.complaints[:] = [one for one in page.complaints if not any(reason in one for reason in LOST_LINE)]


def test_a_pause_saves(writing):
    writing.page.locator("[name=rationale]").press_sequentially("น้ำท่วมปีละสี่ครั้ง")

    says(writing.page, SAVED)
    assert writing.go(writing.path).value("rationale") == "น้ำท่วมปีละสี่ครั้ง"


def test_pressing_save_while_words_are_on_their_way_meets_nobody(writing):
    """A slow line: the draft is still being sent when the button is pressed."""
    page = writing.page
    page.route("**/edit/rationale/", lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.locator("[name=rationale]").fill("ครั้งแรก")
    page.wait_for_timeout(900)
    page.locator("[name=rationale]").press_sequentially(" และต่อ")
    writing.press("บันทึกร่าง")

    assert writing.path.endswith("/edit/rationale/")
    assert writing.value("rationale") == "ครั้งแรก และต่อ"


def test_a_dropped_line_loses_nothing(writing):
    page = writing.page
    page.context.set_offline(True)
    page.locator("[name=rationale]").fill("เขียนตอนสายหลุด")
    says(page, RETRYING)

    page.context.set_offline(False)
    says(page, SAVED)

    assert writing.go(writing.path).value("rationale") == "เขียนตอนสายหลุด"
    forgive(page)


def test_words_that_never_arrived_are_put_back(writing):
    page = writing.page
    page.context.set_offline(True)
    page.locator("[name=rationale]").fill("ปิดหน้าไปตอนสายหลุด")
    says(page, RETRYING)
    page.goto("about:blank")
    page.context.set_offline(False)

    page.go_back()

    assert writing.value("rationale") == "ปิดหน้าไปตอนสายหลุด"
    says(page, SAVED)
    forgive(page)


def test_a_killed_server_loses_nothing(writing, portal):
    page = writing.page
    page.locator("[name=rationale]").fill("ก่อนเครื่องล่ม")
    says(page, SAVED)

    os.kill(portal.process.pid, signal.SIGKILL)
    portal.process.wait()
    page.locator("[name=rationale]").fill("ก่อนเครื่องล่ม และหลังจากนั้น")
    says(page, RETRYING)
    portal.start()

    says(page, SAVED)
    assert writing.go(writing.path).value("rationale") == "ก่อนเครื่องล่ม และหลังจากนั้น"
    forgive(page)
