"""Time: reminders, calls before anything lapses, extensions, and a timer that was down."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from budgets import helping, inbox, reminding, tasks
from budgets.lifecycle import proposal_guards
from budgets.models import Extension, Proposal, Reminder
from portal import clock
from portal.models import Notice
from portal.thai.workdays import add_working_days
from tests.budgets.client import Program, code
from tests.factories.budgets import Office, Story, planned_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """A draft in a round that closes at half past four, thirty days from now."""
    closing = (clock.now() + timedelta(days=30)).astimezone(clock.BANGKOK).replace(hour=16, minute=30)
    return Story(planned_round(closes_at=closing))


def on(story, days):
    """The clock at noon, `days` working days before the round closes."""
    day = add_working_days(reminding.day_of(story.round.closes_at), -days)
    return clock.at(helping.start_of(day) + timedelta(hours=12))


def sent(story):
    return list(Reminder.objects.order_by("pk").values_list("days", flat=True))


def granted(story, **kwargs):
    defaults = dict(authority="อธิบดี", letter_no="มท 1", reason="น้ำท่วม", granted_by=story.agencies.dla)
    return Extension.objects.create(
        **defaults | {"round": story.round, "local_government": story.office.place, **kwargs}
    )


def test_office_is_reminded_seven_three_and_one_working_day_ahead(story):
    found = {}
    for days in range(9, 0, -1):
        with on(story, days):
            found[days] = tasks.remind_offices() + tasks.remind_offices()

    assert {days for days, count in found.items() if count} == {7, 3, 1}
    assert set(found.values()) == {0, 1}
    people = Notice.objects.filter(kind="deadline_near").values_list("recipient", flat=True)
    assert sorted(people) == sorted(3 * [story.office.officer.pk, story.office.clerk.pk, story.office.executive.pk])


def test_timer_that_was_down_sends_the_nearest_reminder_once(story):
    with on(story, 2):
        assert (tasks.remind_offices(), tasks.remind_offices()) == (1, 0)
    with on(story, 1):
        assert tasks.remind_offices() == 1

    assert sent(story) == [3, 1]


def test_signed_cases_and_past_deadlines_get_no_reminder(story):
    signed = Story(story.round, agencies=story.agencies).to("submitted")
    with on(story, 1):
        assert [due.proposal for due in reminding.due_now()] == [story.proposal]
    with clock.at(story.round.closes_at):
        assert reminding.due_now() == []
    assert signed.proposal.number


def test_extension_moves_the_reminders(story):
    until = story.round.closes_at + timedelta(days=21)
    with on(story, 1):
        granted(story, until=until)
        assert reminding.due_now() == []
    last = add_working_days(reminding.day_of(until), -1)
    with clock.at(helping.start_of(last) + timedelta(hours=9)):
        (due,) = reminding.due_now()

    assert (due.moment, due.days) == (until, 1)


def test_returned_case_is_reminded_of_its_own_date(story):
    story.to("in_screening")
    due_on = add_working_days(clock.today(), 3)
    sections = [{"section": "items", "reason": "แก้"}]
    story.take("return", story.office.province, sections=sections, due_on=due_on)

    (due,) = reminding.due_now()

    assert (due.on, due.days) == (due_on, 3)
    reminding.remind(due)
    assert reminding.due_now() == []


def test_province_calls_before_anything_lapses(story):
    story.office.clerk.phone = "075 612 345"
    story.office.clerk.save()
    province, elsewhere = story.office.province, Office().province

    with on(story, 2):
        assert not [task for task in inbox.tasks_of(province) if task.title == str(story.office.place)]
    with on(story, 1):
        (task,) = [task for task in inbox.tasks_of(province) if task.title == str(story.office.place)]
        assert "075 612 345" in task.detail
        assert story.proposal.title_th not in task.title + task.detail
        assert inbox.tasks_of(elsewhere) == inbox.tasks_of(story.agencies.dla) == []
        helping.note_contact(story.office.place, story.round, by=province, kind="call")
        assert inbox.tasks_of(province) == []


def test_timer_that_was_down_for_a_day_closes_and_lapses_what_is_due_once(story):
    with clock.at(story.round.closes_at + timedelta(days=1)):
        assert (tasks.close_rounds(), tasks.close_rounds()) == (1, 0)
        assert (tasks.lapse_cases(), tasks.lapse_cases()) == (1, 0)

    assert Proposal.objects.get().state == "lapsed"


# Extensions on pages


def form(story, **kwargs):
    until = (clock.now() + timedelta(days=40)).astimezone(clock.BANGKOK)
    return {
        "local_government": story.office.place.pk,
        "until_0": f"{until:%d/%m/}{until.year + 543}",
        "until_1": "16:30",
        "until": f"{until:%d/%m/}{until.year + 543} 16:30",
        "authority": "อธิบดี สถ.",
        "letter_no": "มท 0810/1",
        "reason": "น้ำท่วม",
        **kwargs,
    }


def test_dla_grants_an_extension_by_page_and_brings_the_lapsed_case_back(client, story):
    dla, place = story.agencies.dla, story.office.place
    with clock.at(story.round.closes_at):
        tasks.close_rounds()
        tasks.lapse_cases()
    client.force_login(dla)
    page = reverse("budgets:extension-new", args=[story.round.pk])

    with clock.at(story.round.closes_at + timedelta(days=2)):
        assert client.get(page, {"office": place.name_th}).context["form"].has_offices
        assert client.get(reverse("budgets:proposal", args=[story.proposal.pk])).status_code == 404
        answer = client.post(f"{page}?local_government={place.pk}", form(story))
        assert answer.status_code == 302, answer.context["form"].errors
        preview = client.get(answer["Location"])
        chosen = {"case": f"{story.proposal.pk}:{preview.context['cases'][0].version}", "reason": "น้ำท่วม"}
        client.post(reverse("budgets:together", args=["reinstate"]), chosen)
        listed = client.get(reverse("budgets:extensions", args=[story.round.pk]))

    assert Proposal.objects.get().state == "draft"
    assert [row.letter_no for row in listed.context["rows"]] == ["มท 0810/1"]
    assert Notice.objects.filter(kind="reinstated", recipient=story.office.officer).exists()


def test_dla_brings_a_lapsed_draft_back_over_the_api(story):
    dla, path = Program(story.agencies.dla), f"proposals/{story.proposal.pk}/"
    with clock.at(story.round.closes_at):
        tasks.close_rounds()
        tasks.lapse_cases()
        assert code(dla.step(path, "reinstate", {"reason": "น้ำท่วม"})) == (404, "not_found")
        granted(story, until=clock.now() + timedelta(days=5))
        assert dla.step(path, "reinstate", {"reason": "น้ำท่วม"}).data["state"] == "draft"


def test_extension_page_is_dla_s_and_refuses_the_past(client, story):
    page = f"{reverse('budgets:extension-new', args=[story.round.pk])}?local_government={story.office.place.pk}"
    past = {"until": "1/1/2560 16:30", "until_0": "1/1/2560", "until_1": "16:30"}
    client.force_login(story.office.province)
    assert client.get(page).status_code == 403
    client.force_login(story.agencies.dla)
    assert client.post(page, form(story, **past)).status_code == 400
    assert not Extension.objects.exists()


def test_signature_that_began_before_the_closing_moment_is_judged_by_its_own_stamp(monkeypatch):
    """Between the guard and the stamp a second may pass: accepted with a stamp after the moment would be unfair."""
    story = Story().to("verified")
    closes, looked = story.round.closes_at, []
    seen = proposal_guards.missing
    monkeypatch.setattr(proposal_guards, "missing", lambda case: looked.append(case) or seen(case))
    monkeypatch.setattr(clock, "now", lambda: closes if looked else closes - timedelta(seconds=1))

    refused = Program(story.office.executive).step(f"proposals/{story.proposal.pk}/", "submit")

    assert (code(refused), refused.data["state"]) == ((409, "deadline_passed"), "pending_endorsement")
    looked.clear()
    monkeypatch.setattr(proposal_guards, "missing", seen)
    signed = Program(story.office.executive).step(f"proposals/{story.proposal.pk}/", "submit")
    assert datetime.fromisoformat(signed.data["submitted_at"]) == closes - timedelta(seconds=1)
