"""The pages of rounds: public ones, setting one up by hand, and the steps that lead it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from budgets import setup
from budgets.forms.sections import FORMS
from budgets.lifecycle import ROUND
from budgets.models import Ceiling, Round
from budgets.views.rounds import questions_of
from portal import clock
from portal.models.audit import Event
from portal.models.outbox import Notice
from portal.roles import Role
from portal.thai.dates import thaidatetime
from tests.factories.budgets import Office, Story, planned_round
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = person(Role.PROGRAMME_MANAGER)
    client.force_login(user)
    return user


def opened():
    story = Story()
    return story.round, story


def boxes(name, moment):
    local = moment.astimezone(clock.BANGKOK)
    day = {f"{name}_day": local.day, f"{name}_month": local.month, f"{name}_year": local.year + 543}
    return {**day, f"{name}_time": f"{local:%H.%M}"}


# What everybody reads


def test_public_sees_open_rounds_and_not_those_being_planned(client):
    round, _story = opened()
    hidden = planned_round(name_th="รอบลับ")

    listed = client.get(reverse("budgets:rounds")).content.decode()

    assert round.name_th in listed
    assert hidden.name_th not in listed
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get(reverse("budgets:round-questions", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("budgets:round-summary", args=[hidden.pk])).status_code == 404


def test_round_page_says_everything_in_both_languages(client):
    round, _story = opened()
    theme = round.themes.get()

    thai = client.get(round.get_absolute_url()).content.decode()
    english = client.get(round.get_absolute_url(), headers={"accept-language": "en"}).content.decode()

    for text in (round.name_th, theme.name_th, "เทศบาลเมือง", "เกณฑ์ 1", "50,000,000.00", "สี่คำถามก่อนเริ่ม"):
        assert text in thai
    for text in ("Test round", "Safe city", "Town municipality", "Four questions before you begin", "Full"):
        assert text in english


def test_button_tells_the_state_by_the_servers_clock(client):
    round, story = opened()
    page = round.get_absolute_url()
    start = reverse("budgets:proposal-start")

    assert "account/login" in client.get(page).content.decode()
    client.force_login(story.office.officer)
    assert f"{reverse('budgets:proposal-list')}?round={round.pk}" in client.get(page).content.decode()
    client.force_login(Office().officer)
    assert f"{start}?round={round.pk}" in client.get(page).content.decode()
    with clock.at(round.closes_at):
        closed = client.get(page).content.decode()
    assert start not in closed
    assert f"{round.closes_at.astimezone(clock.BANGKOK):%H.%M}" in closed


def test_office_of_another_kind_is_told_so(client):
    round = ROUND.take(planned_round(kinds=["pao"]), "open", by=person(Role.PROGRAMME_MANAGER))
    client.force_login(Office().officer)

    text = client.get(round.get_absolute_url()).content.decode()

    assert "ไม่เปิดให้ อปท. ประเภทของท่านเสนอ" in text
    assert f"{reverse('budgets:proposal-start')}?round=" not in text


def test_questions_are_those_of_the_form():
    labels = {str(question.label) for section in FORMS for question in questions_of(section)}

    assert {"ชื่อโครงการ", "ราคาต่อหน่วย", "ค่าเป้าหมาย"} <= labels


def test_theme_page_shows_editions(client):
    round, story = opened()
    theme = round.themes.get()
    setup.revise_theme(theme, by=story.agencies.manager, reason="ชัดเจนขึ้น", name_th="เมืองปลอดภัยยิ่งขึ้น")

    text = client.get(theme.get_absolute_url()).content.decode()

    assert "เมืองปลอดภัยยิ่งขึ้น" in text
    assert "ชัดเจนขึ้น" in text
    assert client.get(reverse("budgets:theme", args=[planned_round().pk, theme.pk])).status_code == 404


def test_routes_page_is_public(client):
    assert client.get(reverse("budgets:budget-routes")).status_code == 200


# Setting one up


def test_round_is_set_up_by_hand_from_nothing_to_open(client, manager):
    Office()
    made = client.post(
        reverse("budgets:round-new"), {"fiscal_year": "๒๕๗๓", "name_th": "รอบ 2573", "name_en": "", "source": ""}
    )
    round = Round.objects.get()
    assert made.url == reverse("budgets:round-setup", args=[round.pk])
    assert (round.fiscal_year, round.state) == (2573, "planning")
    assert "ยังขาด" in client.get(made.url).content.decode()

    closes = clock.now().replace(second=0, microsecond=0) + timedelta(days=30)
    basics = {"fiscal_year": "2573", "name_th": "รอบ 2573", "ceiling_baht": "๑๐,๐๐๐,๐๐๐", "version": round.version}
    assert client.post(part(round, "basics"), {**basics, **boxes("closes_at", closes)}).status_code == 302
    round.refresh_from_db()
    assert (round.ceiling_baht, round.closes_at) == (Decimal("10000000.00"), closes)

    theme = {"name_th": "น้ำ", "dimensions": ["environment"], "required_kpis": "เวลาแจ้งเตือน\n", "min_baht": "1,000"}
    assert client.post(reverse("budgets:theme-new", args=[round.pk]), theme).status_code == 302
    assert round.themes.get().required_kpis == ["เวลาแจ้งเตือน"]
    setup.change_round(round, by=manager, categories=list(planned_round().categories.all()))
    round.refresh_from_db()
    assert setup.what_the_round_lacks(round) == []

    step = reverse("budgets:round-step", args=[round.pk, "open"])
    assert client.get(step).status_code == 200
    assert client.post(step, {"version": round.version}).status_code == 302
    round.refresh_from_db()
    assert round.state == "open"


def part(round, code):
    return reverse("budgets:round-part", args=[round.pk, code])


def test_parts_save_what_they_show(client, manager):
    round = planned_round()

    client.post(part(round, "eligibility"), {"kinds": ["sao", "pao"], "channels": ["depa_fund"]})
    client.post(
        part(round, "rules"),
        {"plan_window": "2571-2575", "return_working_days": "5", "appeal_working_days": "10",
         "reviewers_per_proposal": "3"},
    )  # fmt: skip
    client.post(part(round, "prices"), {"categories": [], "editions": []})

    round.refresh_from_db()
    assert (round.kinds, round.channels, round.accepts_expected_plan) == (["sao", "pao"], ["depa_fund"], False)
    assert (round.return_working_days, round.reviewers_per_proposal) == (5, 3)
    assert round.categories.count() == 0


def test_closing_before_opening_is_said_on_the_form_and_keeps_what_was_typed(client, manager):
    round = planned_round()
    now = clock.now()
    wrong = {**boxes("opens_at", now + timedelta(days=9)), **boxes("closes_at", now + timedelta(days=3))}

    answer = client.post(part(round, "basics"), {"fiscal_year": "2571", "name_th": "ชื่อใหม่", **wrong})

    assert answer.status_code == 400
    assert "ชื่อใหม่" in answer.content.decode()
    assert Round.objects.get(pk=round.pk).name_th == round.name_th


def test_two_managers_do_not_overwrite_each_other(client, manager):
    round = planned_round()
    version = round.version
    setup.change_round(round, by=manager, ceiling_baht=Decimal("7.00"))

    answer = client.post(part(round, "eligibility"), {"kinds": ["sao"], "channels": [], "version": version})

    assert answer.status_code == 400
    assert Round.objects.get(pk=round.pk).kinds == round.kinds


def test_rubric_form_writes_criteria_with_anchors_in_order(client, manager):
    round = planned_round()
    old = list(round.rubric().criteria.all())
    data = {"pass_mark": "65", "spread_limit": "12.5", "justify_below_pct": "40", "justify_above_pct": "95"}
    data |= {"criteria-TOTAL_FORMS": "3", "criteria-INITIAL_FORMS": "2"}
    rows = [(old[0].name_th, "40", "2"), (old[1].name_th, "30", ""), ("ความพร้อม", "30", "1")]
    for index, (name, score, place) in enumerate(rows):
        row = f"criteria-{index}"
        data |= {f"{row}-name_th": name, f"{row}-max_score": score, f"{row}-ORDER": place}
        data |= {f"{row}-anchor-0-score": "๐", f"{row}-anchor-0-text_th": "ไม่มี"}
        data |= {f"{row}-anchor-1-score": score, f"{row}-anchor-1-text_th": "ครบ", f"{row}-anchor-1-text_en": "Full"}
    data["criteria-1-DELETE"] = "on"

    answer = client.post(reverse("budgets:round-rubric", args=[round.pk]), data)

    assert answer.status_code == 302
    rubric = round.rubric()
    assert (rubric.number, rubric.pass_mark, rubric.spread_limit) == (1, 65, Decimal("12.5"))
    assert [(c.name_th, c.max_score) for c in rubric.criteria.all()] == [("ความพร้อม", 30), (old[0].name_th, 40)]
    assert rubric.criteria.first().anchors == [
        {"score": 0, "text_th": "ไม่มี", "text_en": ""},
        {"score": 30, "text_th": "ครบ", "text_en": "Full"},
    ]


def test_anchor_above_its_criterion_is_refused_on_the_page(client, manager):
    round = planned_round()
    row = {"criteria-0-name_th": "ก", "criteria-0-max_score": "10", "criteria-0-anchor-0-score": "20"}
    data = {"pass_mark": "60", "spread_limit": "15", "justify_below_pct": "50", "justify_above_pct": "90"}
    data |= {"criteria-TOTAL_FORMS": "1", "criteria-INITIAL_FORMS": "0", **row, "criteria-0-anchor-0-text_th": "ดี"}

    answer = client.post(reverse("budgets:round-rubric", args=[round.pk]), data)

    assert answer.status_code == 400
    assert round.rubric().criteria.count() == 2


def test_themes_move_and_leave_and_documents_come_and_go(client, manager):
    round = planned_round()
    first = round.themes.get()
    second = setup.save_theme(round, by=manager, name_th="น้ำ", dimensions=["environment"])

    client.post(reverse("budgets:theme-move", args=[round.pk, second.pk, "up"]))
    assert list(round.themes.order_by("position")) == [second, first]
    client.post(reverse("budgets:theme-remove", args=[round.pk, first.pk]))
    assert list(round.themes.all()) == [second]

    document = {"name_th": "แบบแปลน", "name_en": "Drawing", "when": "always", "theme": second.pk, "kind": ""}
    assert client.post(reverse("budgets:document-new", args=[round.pk]), document).status_code == 302
    made = round.documents.get()
    assert (made.kind, made.theme) == ("drawing", second)
    client.post(reverse("budgets:document-remove", args=[round.pk, made.pk]))
    assert round.documents.count() == 0


def test_open_round_keeps_its_rules_and_takes_new_editions(client):
    round, story = opened()
    client.force_login(story.agencies.manager)
    theme = round.themes.get()

    answer = client.post(part(round, "eligibility"), {"kinds": ["sao"], "channels": []})
    assert answer.status_code == 400
    revision = {"name_th": "ใหม่", "dimensions": ["living"], "reason": "ขยายขอบเขต"}
    address = reverse("budgets:theme-form", args=[round.pk, theme.pk])
    assert client.post(address, {**revision, "reason": ""}).status_code == 400
    assert client.post(address, revision).status_code == 302

    theme.refresh_from_db()
    assert (theme.name_th, theme.edition) == ("ใหม่", 2)
    assert Round.objects.get(pk=round.pk).kinds == round.kinds


def test_last_years_round_is_copied(client, manager):
    source = planned_round(fiscal_year=2571, name_th="รอบปกติ 2571")

    page = client.get(reverse("budgets:round-new"), {"source": source.pk}).content.decode()
    assert "รอบปกติ 2572" in page
    client.post(
        reverse("budgets:round-new"),
        {"fiscal_year": "2572", "name_th": "รอบปกติ 2572", "name_en": "", "source": source.pk},
    )

    copy = Round.objects.get(fiscal_year=2572)
    assert (copy.copied_from, copy.themes.count(), copy.closes_at) == (source, 1, None)


@pytest.mark.parametrize("role", [Role.COMMITTEE_SECRETARY, Role.AUDITOR])
def test_others_who_see_planning_may_not_set_up(client, role):
    round = planned_round()
    client.force_login(person(role))

    assert client.get(reverse("budgets:round-setup", args=[round.pk])).status_code == 403
    assert client.post(part(round, "eligibility"), {"kinds": []}).status_code == 403
    assert client.get(reverse("budgets:round-new")).status_code == 403


def test_stranger_meets_no_planning_at_all(client):
    round = planned_round()
    client.force_login(Office().officer)

    assert client.get(reverse("budgets:round-setup", args=[round.pk])).status_code == 404
    client.logout()
    assert "login" in client.get(reverse("budgets:round-setup", args=[round.pk])).url


# Leading it


def test_round_that_lacks_something_does_not_open_by_page(client, manager):
    round = planned_round(ceiling_baht=None)
    step = reverse("budgets:round-step", args=[round.pk, "open"])

    assert "กำหนดวงเงิน" in client.get(step).content.decode()
    client.post(step, {"version": round.version})
    round.refresh_from_db()
    assert round.state == "planning"


def test_dates_are_amended_in_buddhist_years_and_bangkok_time(client):
    round, story = opened()
    client.force_login(story.agencies.manager)
    step = reverse("budgets:round-step", args=[round.pk, "amend"])
    assert 'name="closes_at_time"' in client.get(step).content.decode()
    year = clock.today().year + 1
    later = datetime(year, 12, 30, 16, 30, tzinfo=clock.BANGKOK)

    answer = client.post(
        step,
        {"version": round.version, "reason": "น้ำท่วม", **boxes("opens_at", round.opens_at), **boxes("closes_at", later)},
    )

    assert answer.status_code == 302
    round.refresh_from_db()
    assert round.closes_at == later
    assert Event.objects.of(round).latest("pk").details["reason"] == "น้ำท่วม"
    told = Notice.objects.filter(kind="round_amended")
    assert {story.office.officer.pk, story.office.province.pk, story.agencies.reviewers[0].pk} <= {
        one.recipient_id for one in told
    }
    assert {one.body.splitlines()[1] for one in told} == {f"ปิดรับ: {thaidatetime(later)}"}


def test_enacted_ceilings_are_typed_by_theme_and_route(client):
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla)
    client.force_login(story.agencies.manager)
    theme = story.round.themes.get()
    step = reverse("budgets:round-step", args=[story.round.pk, "enact"])
    assert f'name="theme_{theme.pk}"' in client.get(step).content.decode()

    amounts = {"enacted_baht": "๘๐๐,๐๐๐", f"theme_{theme.pk}": "700,000", "route_via_dla": "600,000"}
    answer = client.post(step, {"version": story.round.version, "act_reference": "พ.ร.บ. 2571", **amounts})

    assert answer.status_code == 302
    held = dict(Ceiling.objects.filter(round=story.round).values_list("key", "amount_baht"))
    assert held == {"": Decimal(800000), f"theme:{theme.pk}": Decimal(700000), "route:via_dla": Decimal(600000)}


def test_places_have_a_list_and_a_page(client):
    story = Story().to("executing")
    place = story.office.place

    listed = client.get(reverse("local-governments"), {"q": place.base_name_th}).content.decode()
    page = client.get(place.get_absolute_url()).content.decode()

    assert place.name_th in listed
    assert "1,000,000.00" in page
    assert story.proposal.title_th in page
    assert story.proposal.get_absolute_url() not in page
    client.force_login(story.office.officer)
    assert story.proposal.get_absolute_url() in client.get(place.get_absolute_url()).content.decode()


def test_first_page_leads_to_open_rounds(client):
    round, story = opened()

    assert round.get_absolute_url() in client.get("/").content.decode()
    client.force_login(story.office.officer)
    assert f"{reverse('budgets:proposal-start')}?round={round.pk}" in client.get("/").content.decode()
    with clock.at(round.closes_at):
        assert round.get_absolute_url() not in client.get("/").content.decode()


def test_search_finds_rounds_for_all_and_cases_for_those_who_may(client):
    round, story = opened()
    story.to("submitted")

    found = client.get(reverse("search"), {"q": story.proposal.number}).content.decode()
    assert story.proposal.get_absolute_url() not in found
    assert round.get_absolute_url() in client.get(reverse("search"), {"q": round.name_th}).content.decode()
    client.force_login(story.office.province)
    assert (
        story.proposal.get_absolute_url()
        in client.get(reverse("search"), {"q": story.proposal.number}).content.decode()
    )
