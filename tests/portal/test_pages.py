"""The frame, the first page, the error pages, and the kit that lists and steps are made of."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import OperationalError
from django.test import Client

from budgets.models import Round
from portal import registry
from portal.models import Event
from portal.roles import Role
from tests.factories.budgets import planned_round
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.page_urls")]


@pytest.fixture
def thai(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "th"
    return client


@pytest.fixture
def manager(thai):
    user = person(Role.PROGRAMME_MANAGER)
    thai.force_login(user)
    thai.user = user
    return thai


def test_first_page_is_thai_with_one_heading(thai):
    page = thai.get("/").content.decode()

    assert '<html lang="th">' in page
    assert page.count("<h1") == 1
    assert page.index('class="skip"') < page.index("<header")


def test_pages_hold_nothing_that_the_content_security_policy_forbids(thai):
    for url in ("/", "/account/login/", "/account/signup/", "/privacy/", "/accessibility/", "/nowhere/"):
        page = thai.get(url).content.decode()

        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:", page) == []


def test_language_switch_stays_on_the_page(thai):
    answer = thai.post("/i18n/setlang/", {"language": "en", "next": "/privacy/?a=1"})

    assert answer.url == "/privacy/?a=1"
    assert '<html lang="en">' in thai.get(answer.url).content.decode()


def test_demo_people_stand_on_the_login_page_in_demo_mode_only(thai, settings):
    person(Role.AUDITOR, username="auditor")

    without = thai.get("/account/login/").content.decode()
    settings.DEMO = True
    within = thai.get("/account/login/").content.decode()

    assert 'value="auditor"' not in without
    assert "portal-demo" not in without
    assert 'value="auditor"' in within


def test_empty_login_says_what_is_missing(thai):
    page = thai.post("/account/login/", {}).content.decode()

    assert "<title>ข้อผิดพลาด: " in page
    assert '<a href="#id_login">กรอกชื่อผู้ใช้</a>' in page
    assert 'aria-describedby="id_login_error"' in page
    assert 'aria-invalid="true"' in page


def test_signup_keeps_the_name(thai):
    words = {"password1": "เรือ-ใบ-ม้า-เขียว-7", "password2": "เรือ-ใบ-ม้า-เขียว-7"}
    answer = thai.post("/account/signup/", {"first_name": "มานี", "last_name": "มีนา", "username": "manee", **words})

    assert answer.status_code == 302
    assert thai.get("/").context["user"].get_full_name() == "มานี มีนา"


def test_unknown_address_is_a_thai_404(thai):
    answer = thai.get("/nowhere/")

    assert answer.status_code == 404
    assert "ไม่มีหน้านี้" in answer.content.decode()


def test_stale_form_is_explained():
    answer = Client(enforce_csrf_checks=True, headers={"accept-language": "th"}).post("/account/login/", {})

    assert answer.status_code == 403
    assert "แบบฟอร์มนี้หมดอายุแล้ว" in answer.content.decode()


def test_our_own_fault_shows_the_code_of_the_log(thai):
    thai.raise_request_exception = False

    answer = thai.get("/try/broken/", headers={"x-request-id": "abcd1234-and-more"})

    assert answer.status_code == 500
    assert "abcd1234" in answer.content.decode()


def test_a_database_that_does_not_answer_is_no_fault_of_a_page(thai, monkeypatch):
    def busy(*args, **kwargs):
        raise OperationalError("database is locked")

    thai.raise_request_exception = False
    monkeypatch.setattr("portal.pages.render", busy)

    answer = thai.get("/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "<h1>ขณะนี้มีผู้ใช้งานมาก</h1>" in answer.content.decode()


def test_search_asks_every_app_and_shows_what_it_finds(thai, monkeypatch):
    monkeypatch.setattr(registry, "SEARCHES", [lambda text, user, limit: [registry.Hit("area", f"<{text}>", "/x/")]])

    page = thai.get("/search/?q=กระบี่").content.decode()

    assert '<a class="task-link" href="/x/">&lt;กระบี่&gt;</a>' in page
    assert "ไม่พบสิ่งที่ตรงกับ" in thai.get("/search/?q=ก").content.decode()


def test_number_leads_to_the_page_that_proves_the_document(thai):
    assert thai.get("/verify/?number=P2571-50-00012").url == "/budgets/verify/?number=P2571-50-00012&code="


def test_list_pages_by_key_and_finds_the_way_back(manager):
    names = [planned_round(name_th=f"รอบ {letter}").name_th for letter in "กขค"]

    first = manager.get("/try/rounds/")
    second = manager.get("/try/rounds/", {"cursor": first.context["page"].next_cursor})
    back = manager.get("/try/rounds/", {"cursor": second.context["page"].previous_cursor})

    assert [row.name_th for row in first.context["rows"]] == names[:2]
    assert [row.name_th for row in second.context["rows"]] == names[2:]
    assert [row.name_th for row in back.context["rows"]] == names[:2]
    assert first.context["count"] == 3


def test_list_turns_round_filters_and_tells_what_is_on(manager):
    for letter in "กข":
        planned_round(name_th=f"รอบ {letter}")

    turned = manager.get("/try/rounds/?ordering=-name")
    filtered = manager.get("/try/rounds/?name=ข&fiscal_year=2571")

    assert [row.name_th for row in turned.context["rows"]] == ["รอบ ข", "รอบ ก"]
    assert [row.name_th for row in filtered.context["rows"]] == ["รอบ ข"]
    assert [(chip["label"], chip["value"]) for chip in filtered.context["chips"]] == [
        ("ชื่อ", "ข"),
        ("ปีงบประมาณ", "2571"),
    ]
    assert filtered.context["chips"][0]["query"] == "fiscal_year=2571"


def test_list_hides_what_is_not_to_be_seen_and_refuses_what_does_not_fit(thai):
    planned_round()

    assert thai.get("/try/rounds/").context["count"] == 0
    assert thai.get("/try/rounds/?fiscal_year=x").context["count"] == 0
    assert thai.get("/try/rounds/?cursor=made-up").url == "/try/rounds/"


def test_list_answers_htmx_with_the_part_and_files_with_every_row(manager):
    for letter in "กขค":
        planned_round(name_th=f"รอบ {letter}")

    part = manager.get("/try/rounds/", headers={"hx-request": "true"}).content.decode()
    file = b"".join(manager.get("/try/rounds/?format=csv").streaming_content).decode("utf-8-sig")

    assert "<html" not in part
    assert file.split() == ["ชื่อ", "รอบ", "ก", "รอบ", "ข", "รอบ", "ค"]


def test_step_page_asks_and_is_taken_once(manager):
    case = planned_round()
    url = f"/try/rounds/{case.pk}/cancel/"

    page = manager.get(url)
    form = {"reason": "ยุบรวมกับรอบพิเศษ", "version": page.context["version"]}
    answers = [manager.post(url, form), manager.post(url, form)]

    assert [answer.url for answer in answers] == [case.get_absolute_url()] * 2
    assert [message.level_tag for message in get_messages(answers[1].wsgi_request)] == ["success", "success"]
    assert Round.objects.get(pk=case.pk).state == "cancelled"
    assert Event.objects.filter(verb="round.cancel").count() == 1


def test_step_keeps_what_was_typed_when_something_is_missing(manager):
    case = planned_round()

    answer = manager.post(f"/try/rounds/{case.pk}/cancel/", {"reason": "", "version": case.version})

    assert answer.status_code == 400
    assert Round.objects.get(pk=case.pk).state == "planning"


def test_step_from_an_old_page_is_refused_with_a_message(manager):
    case = planned_round()

    answer = manager.post(f"/try/rounds/{case.pk}/cancel/", {"reason": "ผิดรอบ", "version": case.version + 5})

    assert answer.url == case.get_absolute_url()
    assert [message.level_tag for message in get_messages(answer.wsgi_request)] == ["warning"]
    assert Round.objects.get(pk=case.pk).state == "planning"


def test_step_is_closed_to_others(thai):
    case = planned_round(state="open")
    url = f"/try/rounds/{case.pk}/cancel/"

    anonymous = thai.get(url)
    thai.force_login(person(Role.AUDITOR))

    assert anonymous.url.startswith("/account/login/?next=")
    assert thai.get(url).status_code == 403
    assert thai.post(url, {"reason": "x"}).status_code == 403
    assert thai.get(f"/try/rounds/{case.pk}/fly/").status_code == 404


def test_operators_alone_are_warned_on_the_first_page(thai):
    warning = "ตัวตั้งเวลา"

    pages = {}
    for role in (Role.OPERATOR, Role.PROGRAMME_MANAGER):
        thai.force_login(person(role))
        pages[role] = thai.get("/").content.decode()

    assert warning in pages[Role.OPERATOR]
    assert warning not in pages[Role.PROGRAMME_MANAGER]


def test_filters_fold_away_with_the_number_of_those_that_are_on(manager):
    planned_round(name_th="กล้อง")

    whole = manager.get("/try/rounds/?name=กล้อง").content.decode()
    swapped = manager.get("/try/rounds/?name=", headers={"HX-Request": "true"}).content.decode()

    assert '<summary>ตัวกรอง <span id="filters-on">(ใช้อยู่ 1)</span>' in whole
    assert '<span id="filters-on" hx-swap-oob="true"></span>' in swapped


def test_folded_choice_of_several_says_what_is_chosen_in_the_order_of_the_choices(manager):
    names = [planned_round(name_th=name).name_th for name in ("กล้อง", "น้ำท่วม")]
    Round.objects.filter(name_th="กล้อง").update(state="enacted")

    found = manager.get("/try/rounds/?state=enacted&state=open")
    nothing = manager.get("/try/rounds/")

    assert [row.name_th for row in found.context["rows"]] == names[:1]
    assert '<span data-chosen data-none="ทั้งหมด">เปิดรับข้อเสนอ, ประกาศใช้งบประมาณแล้ว</span>' in found.content.decode()
    assert '<span data-chosen data-none="ทั้งหมด">ทั้งหมด</span>' in nothing.content.decode()
