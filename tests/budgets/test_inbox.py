"""The inbox: what waits for whom, gone once it is done; and whose turn it is in every state."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from budgets.inbox import tasks_of
from budgets.judging.reviewing import assign
from budgets.lifecycle import PROPOSAL, REPORT, ROUND
from budgets.models import Conflict, Proposal
from budgets.states import ENDS, ProposalState
from budgets.turns import WAITS, turn_of, wait_of
from portal import clock
from portal.models import User
from portal.roles import Role
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def fresh(user):
    """The person as the next request would load them."""
    return User.objects.get(pk=user.pk)


def verbs(user):
    with override("en"):
        return sorted(task.verb for task in tasks_of(fresh(user)))


def everyone(story):
    office, agencies = story.office, story.agencies
    return [
        office.officer, office.clerk, office.executive, office.province, agencies.manager, agencies.dla,
        agencies.secretary, agencies.chair, *agencies.reviewers,
    ]  # fmt: skip


WHO_IS_ASKED = [
    ("draft", "officer", "Continue the proposal"),
    ("pending_endorsement", "clerk", "Verify"),
    ("verified", "executive", "Sign and submit"),
    ("submitted", "province", "Claim for screening"),
    ("in_screening", "province", "Screen"),
    ("in_review", "secretary", "Assign reviewers"),
    ("in_request", "dla", "Send the budget request"),
    ("proposed", "chair", "Approve the allocation"),
    ("allocated", "executive", "Confirm the plan"),
]


@pytest.mark.parametrize("goal, who, verb", WHO_IS_ASKED)
def test_each_case_waits_for_exactly_one_kind_of_person(goal, who, verb):
    story = Story().to(goal)
    asked = getattr(story.office, who, None) or getattr(story.agencies, who)

    assert verbs(asked) == [verb]
    others = [user for user in everyone(story) if user != asked]
    assert [verbs(user) for user in others] == [[]] * len(others)


def test_reviewers_are_asked_until_they_have_sent():
    story = Story().to("assigned")
    first, second, third = story.agencies.reviewers

    assert [verbs(user) for user in (first, second, third)] == [["Review"], ["Review"], []]
    story.review(first)
    assert [verbs(user) for user in (first, second)] == [[], ["Review"]]
    story.review(second)
    assert verbs(second) == []
    assert verbs(story.agencies.secretary) == ["Conclude the review"]


def test_round_leads_its_managers_on():
    story = Story().to("scored")
    agencies = story.agencies
    with clock.at(story.round.closes_at):
        story.move_round("close")
    assert verbs(agencies.manager) == ["Begin deliberation"]
    story.move_round("deliberate")
    assert verbs(agencies.manager) == ["Announce the results"]
    assert verbs(agencies.secretary) == ["Record the resolution"]


def test_who_prepared_or_verified_is_not_asked_to_sign():
    story = Story()
    both = person(Role.LOCAL_CLERK, at=story.office.place)
    story.proposal.preparers.add(both)
    story.to("pending_endorsement")

    assert verbs(both) == []
    assert verbs(story.office.clerk) == ["Verify"]


def test_stranger_and_conflicted_person_are_asked_nothing():
    story = Story().to("in_review")
    stranger = person(Role.PROVINCIAL_OFFICER, at=story.office.place.province)
    Conflict.objects.create(proposal=story.proposal, person=story.agencies.secretary)

    assert verbs(story.agencies.secretary) == []
    assert verbs(stranger) == []
    assert verbs(person()) == []


def test_reports_are_asked_for_in_turn():
    story = Story().to("executing")
    office = story.office
    with clock.at(clock.now().replace(year=2028, month=1, day=10)):
        assert verbs(office.officer) == ["Write the report"]
        report = story.report()
        assert verbs(office.officer) == []
        assert verbs(office.executive) == ["Sign and send the report"]
        report = REPORT.take(report, "submit", by=office.executive)
        assert (verbs(office.executive), verbs(office.province)) == ([], ["Accept or return the report"])
        report = REPORT.take(report, "return", by=office.province, reason="ขาดรูป")
        assert (verbs(office.province), verbs(office.officer)) == ([], ["Revise the report"])
        REPORT.take(REPORT.take(report, "submit", by=office.executive), "accept", by=office.province)
        assert [verbs(user) for user in everyone(story)] == [[]] * 11


def test_last_accepted_report_asks_the_province_to_complete():
    story = Story().to("executing")
    story.accepted_report(quarter=4)

    assert verbs(story.office.province) == ["Complete"]
    story.take("complete", story.office.province, returned_baht=story.proposal.rest_baht)
    assert verbs(story.office.province) == []
    assert verbs(story.agencies.manager) == ["Finish the round"]


def test_ended_case_waits_for_nobody():
    story = Story().to("submitted")
    story.take("withdraw", story.office.executive, reason="ไม่พร้อม")

    assert [verbs(user) for user in everyone(story)] == [[]] * 11
    assert turn_of(story.proposal, story.office.officer).is_over


@pytest.mark.parametrize("goal", [*Story.PATH])
def test_every_state_that_is_no_end_is_somebodys_turn(goal):
    story = Story().to(goal)

    turn = turn_of(story.proposal, story.agencies.manager)

    assert not turn.is_over
    assert turn.people
    assert turn.since <= clock.now()


def test_table_of_turns_covers_every_state_that_is_no_end():
    assert {state for row in WAITS for state in row.states} >= set(ProposalState) - ENDS


def test_appeal_waits_until_it_is_decided(client):
    story = Story().to("scored")
    with clock.at(story.round.closes_at):
        story.move_round("close")
    story.move_round("deliberate")
    story.take(
        "not_recommend", story.agencies.secretary, resolution_no="1", resolution_on=clock.today(), reason="ไม่ตรงประเด็น"
    )
    story.move_round("announce")
    assert wait_of(story.proposal) is None

    with clock.at(clock.now() + timedelta(hours=1)):
        story.take("appeal", story.office.executive, reason="มีข้อมูลใหม่")
        assert verbs(story.agencies.chair) == ["Decide the appeal"]
        assert wait_of(story.proposal).name == "decide_review_appeal"
    with clock.at(clock.now() + timedelta(hours=2)):
        client.force_login(story.agencies.chair)
        page, version = (
            reverse("budgets:deciding-step", args=[story.proposal.pk, "decide_appeal"]),
            story.proposal.version,
        )
        form = {"version": version, "upheld": "false", "reason": "ยืนตามเดิม"}
        assert client.post(page, form, follow=True).status_code == 200
        story.proposal.refresh_from_db()
        assert verbs(story.agencies.chair) == []
        assert wait_of(story.proposal) is None
        assert not any(offer.allowed for offer in PROPOSAL.offers(story.proposal, by=story.agencies.chair))


def test_outsiders_learn_nothing_from_whose_turn_it_is():
    story = Story().to("in_review")
    officer = story.office.officer
    reviewing = turn_of(story.proposal, officer)
    for reviewer in story.agencies.reviewers[:2]:
        assign(story.proposal, reviewer, by=story.agencies.secretary)
        story.review(reviewer)
    story.take("conclude_review", story.agencies.secretary)

    assert turn_of(story.proposal, officer) == reviewing
    assert turn_of(story.proposal, story.agencies.chair) != reviewing


@pytest.mark.usefixtures("held_clock")
def test_inbox_asks_the_database_no_more_for_three_cases_than_for_one(django_assert_num_queries):
    story = Story().to("submitted")
    province = story.office.province
    with CaptureQueriesContext(connection) as one:
        assert len(tasks_of(fresh(province))) == 1
    for _ in range(2):
        Story(round=story.round, office=story.office, agencies=story.agencies).to("submitted")

    with django_assert_num_queries(len(one)):
        assert len(tasks_of(fresh(province))) == 3


def test_many_cases_stand_in_one_line(monkeypatch):
    monkeypatch.setattr("budgets.inbox.LISTED", 1)
    story = Story().to("submitted")
    Story(round=story.round, office=story.office, agencies=story.agencies).to("submitted")

    with override("en"):
        (task,) = tasks_of(fresh(story.office.province))

    assert task.title == "2 proposals"
    assert task.url.endswith("?state=submitted")


def test_open_round_waits_for_nobody_before_its_moment():
    story = Story()
    assert verbs(story.agencies.manager) == []
    with clock.at(story.round.closes_at):
        assert verbs(story.agencies.manager) == ["Close for proposals"]
        ROUND.take(story.round, "close", by=User.objects.timer())
        assert verbs(story.agencies.manager) == ["Begin deliberation"]
        assert Proposal.objects.get().state == "draft"
