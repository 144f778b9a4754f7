"""The committee's meetings: recorded, named by what is decided there, printed; and many cases in one of them."""

from datetime import timedelta
from time import perf_counter

import pytest
from django.urls import reverse

from budgets.deciding import meetings
from budgets.lifecycle import PROPOSAL
from budgets.models import Conflict, Meeting, Proposal, Round
from portal import clock, pdf
from portal.models import Notice
from portal.models.audit import Event
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.budgets.test_pdf import read, text_of
from tests.budgets.together import deliberating
from tests.budgets.world import World
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    return deliberating()


def held(told, **kwargs):
    return meetings.record(
        by=told[0].agencies.secretary,
        **{"round": told[0].round, "number": "3/2571", "on": clock.today(), "present": ["นางสาวมาลี"], **kwargs},
    )


def test_meeting_is_recorded_and_two_cases_recommended_under_it(client, told):
    secretary, round = told[0].agencies.secretary, told[0].round
    client.force_login(secretary)
    form = {"round": round.pk, "number": "3/2571", "on": clock.today().isoformat(), "others": "นางสาวมาลี\nนายดำ"}

    answer = client.post(
        reverse("budgets:meeting-new", args=[round.pk]), {**form, "people": [told[0].agencies.chair.username]}
    )
    meeting = Meeting.objects.get()
    cases = [story.proposal for story in told]
    amounts = {f"amount-{case.pk}": "5,000" for case in cases}
    chosen = {"case": [f"{case.pk}:{case.version}" for case in cases], "meeting": meeting.pk}
    done = client.post(reverse("budgets:together", args=["recommend"]), {**chosen, **amounts})

    assert (answer.status_code, done.status_code) == (302, 302)
    assert meeting.present == [told[0].agencies.chair.username, "นางสาวมาลี", "นายดำ"]
    found = Proposal.objects.values_list("state", "meeting", "resolution_no", "resolution_on")
    assert set(found) == {("recommended", meeting.pk, "3/2571", clock.today())}
    page = client.get(meeting.get_absolute_url())
    assert (len(page.context["decided"]), page.context["waiting"]) == (2, [])
    assert page.context["decided_baht"] == 10_000


def test_resolution_without_meeting_needs_number_and_date(told):
    story = told[0]
    secretary = Program(story.agencies.secretary)

    answer = secretary.step(f"proposals/{story.proposal.pk}/", "recommend", {"amount_baht": "5000.00"})

    assert code(answer) == (400, "invalid")
    assert {error["pointer"] for error in answer.data["errors"]} == {"/resolution_no", "/resolution_on"}


def test_meeting_of_another_round_or_day_decides_nothing_here(told):
    other = Story(agencies=told[0].agencies).round
    tomorrow = clock.today() + timedelta(days=1)
    path, secretary = f"proposals/{told[0].proposal.pk}/", Program(told[0].agencies.secretary)

    for meeting in (held(told, round=other), held(told, on=tomorrow, number="4/2571")):
        answer = secretary.step(path, "recommend", {"amount_baht": "5000.00", "meeting": str(meeting.pk)})
        assert code(answer) == (400, "invalid")


def test_api_records_reads_and_corrects(told):
    secretary, story = Program(told[0].agencies.secretary), told[0]
    body = {"round": str(story.round.pk), "number": "3/2571", "on": clock.today().isoformat(), "present": ["committee"]}

    made = secretary.post("meetings/", {**body, "conflicts": []})
    path = f"meetings/{made.data['id']}/"
    changed = secretary.patch(path, {"present": ["ก", "ข"]}, match=made["ETag"])

    assert (made.status_code, made.data["conflicts"], made.data["minutes"]) == (201, [], None)
    assert (changed.status_code, changed.data["present"]) == (200, ["ก", "ข"])
    assert code(secretary.patch(path, {"present": []}, match=made["ETag"])) == (412, "version_changed")
    assert code(secretary.patch(path, {"present": []})) == (428, "version_required")
    assert code(secretary.post("meetings/", body)) == (400, "invalid")
    assert code(Program(story.agencies.chair).post("meetings/", body)) == (403, "not_permitted")
    assert Program(story.agencies.chair).get("meetings/").data["results"][0]["number"] == "3/2571"
    assert Program(story.office.officer).get("meetings/").data["results"] == []
    assert code(Program(story.office.officer).get(path)) == (404, "not_found")


def test_meeting_stands_fast_once_a_case_was_decided_there(told):
    meeting, secretary = held(told), Program(told[0].agencies.secretary)
    path = f"meetings/{meeting.pk}/"
    details = {"amount_baht": "5000.00", "meeting": str(meeting.pk)}

    taken = secretary.step(f"proposals/{told[0].proposal.pk}/", "recommend", details)

    assert taken.data["state"] == "recommended"
    assert Event.objects.get(verb="proposal.recommend").details["meeting"] == meeting.pk
    assert code(secretary.patch(path, {"number": "9/2571"}, match="*")) == (409, "meeting_in_use")
    assert secretary.patch(path, {"present": ["ก"]}, match="*").data["present"] == ["ก"]


def test_who_left_the_room_meets_the_case_nowhere(client, told):
    chair, secretary = told[0].agencies.chair, told[0].agencies.secretary
    meeting, case = held(told), told[0].proposal
    client.force_login(secretary)

    answer = client.post(
        reverse("budgets:meeting-conflict", args=[meeting.pk]), {"proposal": case.pk, "person": chair.username}
    )
    PROPOSAL.take(
        case, "recommend", by=secretary, amount_baht=5000, meeting=meeting, resolution_no="3", resolution_on=meeting.on
    )
    client.force_login(chair)
    page = client.get(meeting.get_absolute_url())

    assert answer.status_code == 302
    assert Conflict.objects.filter(proposal=case, person=chair).exists()
    assert (page.context["decided"], page.context["hidden"], page.context["conflicts"]) == ([], 1, [])
    assert case.number not in page.text
    assert Program(chair).get(f"meetings/{meeting.pk}/").data["conflicts"] == []
    assert not Notice.objects.about(case).filter(recipient=chair).exists()
    listed = client.get(reverse("budgets:meetings", args=[case.round_id])).context["rows"][0]
    assert (listed.decided_count, listed.decided_baht) == (0, None)


def test_strangers_and_readers_do_not_record(client, told):
    meeting = held(told)

    for user, status in ((told[0].office.officer, 404), (person(Role.COMMITTEE_MEMBER), 403)):
        client.force_login(user)
        assert client.get(reverse("budgets:meeting-edit", args=[meeting.pk])).status_code == status
    assert client.get(meeting.get_absolute_url()).context["absence"] is None


@pytest.mark.skipif(not pdf.is_available(), reason="no PDF on this machine")
def test_agenda_lists_what_waits_and_the_annex_what_was_decided(client, told):
    meeting, secretary = held(told), told[0].agencies.secretary
    client.force_login(secretary)

    agenda = text_of(read(client, reverse("budgets:meeting-agenda", args=[meeting.pk])))
    told[0].take("recommend", secretary, amount_baht=5000, meeting=meeting, resolution_no="3", resolution_on=meeting.on)
    annex = text_of(read(client, reverse("budgets:meeting-annex", args=[meeting.pk])))

    assert all(story.proposal.number in agenda for story in told)
    assert told[0].proposal.number in annex and "5,000.00" in annex
    assert told[1].proposal.number not in annex


# What stands in a round's way


def enacted_with(state):
    story = Story().to(state)
    Round.objects.filter(pk=story.round.pk).update(state="enacted")
    story.round.refresh_from_db()
    return story


def test_finish_lists_what_stands_in_the_way_and_ends_it_together(client):
    story = enacted_with("in_screening")
    client.force_login(story.agencies.manager)
    page = reverse("budgets:round-step", args=[story.round.pk, "finish"])

    before = client.get(page)
    preview = client.get(reverse("budgets:together", args=["close_out"]), {"round": story.round.pk})
    chosen = {"case": f"{story.proposal.pk}:{story.proposal.version}", "reason": "พ.ร.บ. ประกาศใช้แล้ว"}
    client.post(reverse("budgets:together", args=["close_out"]), chosen)
    story.move_round("finish")

    (group,) = before.context["stranded"]
    assert (group.state, group.count, [row.name for row in group.steps]) == ("in_screening", 1, ["close_out"])
    assert [case.pk for case in preview.context["cases"]] == [story.proposal.pk]
    assert (story.proposal.state, story.proposal.ended_reason) == ("lapsed", "พ.ร.บ. ประกาศใช้แล้ว")
    assert Notice.objects.filter(kind="closed_out", recipient=story.office.officer).exists()
    assert story.round.state == "finished"


def test_allocation_that_nobody_answers_is_taken_back():
    story = Story().to("allocated")

    story.take("not_allocate", story.agencies.chair, reason="ไม่ยืนยันแผน")

    assert (story.proposal.state, story.proposal.allocated_baht) == ("not_allocated", None)
    assert story.round.ceilings.get(key="").allocated_baht == 0


def test_filter_of_a_list_narrows_what_is_taken_together(client, told):
    details = {"amount_baht": 5000, "resolution_no": "1", "resolution_on": clock.today()}
    for story in told:
        story.take("recommend", story.agencies.secretary, **details)
    told[0].move_round("announce")
    client.force_login(told[0].agencies.dla)
    wanted = told[1].office.place.province.code

    page = client.get(reverse("budgets:together", args=["leave_out"]), {"round": told[0].round.pk, "province": wanted})

    assert [case.pk for case in page.context["cases"]] == [told[1].proposal.pk]


def test_bulk_over_the_api_takes_an_amount_for_each_case(told):
    meeting, secretary = held(told), Program(told[0].agencies.secretary)
    amounts = {str(story.proposal.pk): f"{1000 + index}.00" for index, story in enumerate(told)}
    body = {"proposals": list(amounts), "amounts": amounts, "details": {"meeting": str(meeting.pk)}}
    path = f"rounds/{told[0].round.pk}/bulk-steps/recommend/"

    trial = secretary.post(path, {**body, "dry_run": True})
    assert (trial.data["taken"], set(Proposal.objects.values_list("state", flat=True))) == (2, {"scored"})
    assert secretary.post(path, body).data["taken"] == 2

    found = Proposal.objects.order_by("pk").values_list("recommended_baht", "meeting")
    assert list(found) == [(1000, meeting.pk), (1001, meeting.pk)]


@pytest.mark.long
def test_hundred_and_twenty_cases_are_recommended_in_one_meeting_in_under_ten_seconds():
    world = World().grow(1)
    round = world.deliberating
    world.cases(round, "scored", [world.office.place] * 119)
    meeting = meetings.record(by=world.agencies.secretary, round=round, number="1/2569", on=clock.today())
    cases = list(Proposal.objects.in_round(round))
    secretary = Program(world.agencies.secretary)
    body = {
        "filter": {"round": str(round.pk)},
        "details": {"meeting": str(meeting.pk), "amount_baht": "50000.00"},
    }

    began = perf_counter()
    answer = secretary.post(f"rounds/{round.pk}/bulk-steps/recommend/", body)
    took = perf_counter() - began

    assert (answer.data["taken"], len(cases)) == (120, 120)
    assert took < 10
