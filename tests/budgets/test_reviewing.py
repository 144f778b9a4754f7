"""Who reviews what, and what follows from the scores."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budgets.judging import reviewing
from budgets.lifecycle import PROPOSAL, REVIEW
from budgets.models import Assignment, Proposal, Review
from budgets.states import Standing
from portal.errors import Refused
from portal.models import Notice
from portal.models.audit import Event
from portal.roles import Role
from tests.factories.budgets import Agencies, Office, Story, planned_round
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def standing(story):
    return Proposal.objects.with_standing().get(pk=story.proposal.pk).standing


def test_plan_gives_each_case_its_reviewers_and_each_reviewer_the_same():
    first = Story().to("in_review")
    told = [first] + [Story(round=first.round, agencies=first.agencies).to("in_review") for _ in range(2)]
    cases = Proposal.objects.select_related("round", "local_government").order_by("pk")

    plan = reviewing.plan_assignments(cases)

    assert len(plan) == 6
    assert {case.pk: len({p.pk for c, p in plan if c == case}) for case, _p in plan} == {
        story.proposal.pk: 2 for story in told
    }
    load = [sum(person == reviewer for _c, reviewer in plan) for person in first.agencies.reviewers]
    assert load == [2, 2, 2]
    assert Assignment.objects.count() == 0


def test_plan_leaves_what_has_begun_and_evens_out_the_load():
    story = Story().to("in_review")
    busy, *others = story.agencies.reviewers
    reviewing.assign(story.proposal, busy, by=story.agencies.secretary)
    second = Story(round=story.round, agencies=story.agencies).to("in_review")

    plan = reviewing.plan_assignments(Proposal.objects.select_related("round", "local_government").order_by("pk"))

    assert [(case.pk, person.pk) for case, person in plan] == [
        (story.proposal.pk, others[0].pk),
        (second.proposal.pk, others[1].pk),
        (second.proposal.pk, busy.pk),
    ]


def test_plan_costs_the_same_for_one_case_and_for_three():
    story = Story().to("in_review")
    cases = Proposal.objects.select_related("round", "local_government").order_by("pk")
    with CaptureQueriesContext(connection) as once:
        reviewing.plan_assignments(cases.all())
    for _ in range(2):
        Story(round=story.round, agencies=story.agencies).to("in_review")

    with CaptureQueriesContext(connection) as thrice:
        assert len(reviewing.plan_assignments(cases.all())) == 6
    assert len(thrice) == len(once)


def test_reviewer_of_the_same_province_is_refused():
    story = Story().to("in_review")
    neighbour = person(Role.DEPA_REVIEWER, at=story.office.place.province)

    with pytest.raises(Refused) as caught:
        reviewing.assign(story.proposal, neighbour, by=story.agencies.secretary)

    assert caught.value.code == "own_province"
    assert neighbour not in [who for _case, who in reviewing.plan_assignments([story.proposal])]


def test_candidates_say_why_each_cannot():
    story = Story().to("in_review")
    first, second, third = story.agencies.reviewers
    neighbour = person(Role.DEPA_REVIEWER, at=story.office.place.province)
    reviewing.assign(story.proposal, first, by=story.agencies.secretary)
    reviewing.declare_conflict(story.proposal, by=second)

    found = {who.pk: refusal and refusal.code for who, refusal in reviewing.candidates(story.proposal)}

    assert found == {third.pk: None, first.pk: "already_assigned", second.pk: "conflict", neighbour.pk: "own_province"}
    assert next(iter(found)) == third.pk


def test_load_counts_reviews_still_to_send():
    story = Story().to("assigned")
    first, second, third = story.agencies.reviewers
    story.review(first)

    assert {who.pk: who.load for who in reviewing.reviewers()} == {first.pk: 0, second.pk: 1, third.pk: 0}


def test_conflict_takes_the_case_from_the_reviewer():
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    assert list(Proposal.objects.visible_to(reviewer)) == [story.proposal]

    reviewing.declare_conflict(story.proposal, by=reviewer, note="ญาติ")

    assert Proposal.objects.visible_to(reviewer).count() == 0
    assert Proposal.objects.visible_to(reviewer).assigned_to(reviewer).count() == 0
    assert Review.objects.visible_to(reviewer).count() == 0
    assert Assignment.objects.get(proposal=story.proposal, reviewer=reviewer).state == "conflicted"
    with pytest.raises(Refused) as caught:
        reviewing.assign(story.proposal, reviewer, by=story.agencies.secretary)
    assert caught.value.code == "conflict"


def test_who_has_a_conflict_is_told_nothing_more_and_what_was_told_is_gone(client):
    story = Story().to("assigned")
    reviewer, secretary = story.agencies.reviewers[0], story.agencies.secretary
    told = Notice.objects.about(story.proposal)
    assert told.filter(recipient=reviewer).exists()

    reviewing.declare_conflict(story.proposal, by=reviewer)
    reviewing.declare_conflict(story.proposal, by=secretary)

    assert not told.filter(recipient__in=[reviewer, secretary]).exists()
    client.force_login(reviewer)
    assert story.proposal.number not in client.get("/notices/").content.decode()


def test_conflict_after_scoring_withdraws_the_score():
    story = Story().to("assigned")
    first, second = story.agencies.reviewers[:2]
    story.review(first, score=45)
    story.review(second, score=30)

    reviewing.declare_conflict(story.proposal, by=first)

    assert reviewing.figures(story.proposal) == {"mean": Decimal("60.00"), "spread": Decimal(0), "sent": 1}
    assert standing(story) == Standing.UNASSIGNED


def test_declaration_of_none_is_recorded_once():
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    assert reviewing.has_declared(story.proposal, reviewer) is False

    reviewing.declare_no_conflict(story.proposal, by=reviewer)
    reviewing.declare_no_conflict(story.proposal, by=reviewer)

    assert reviewing.has_declared(story.proposal, reviewer) is True
    event = Event.objects.get(verb="review.no_conflict")
    assert (event.actor, event.role) == (reviewer, Role.DEPA_REVIEWER)
    with pytest.raises(PermissionDenied):
        reviewing.declare_no_conflict(story.proposal, by=story.agencies.reviewers[2])


@pytest.mark.parametrize(
    ("score", "wanted"), [("24.99", True), ("25", False), ("45", False), ("45.01", True), ("0", True), ("50", True)]
)
def test_justification_is_wanted_outside_the_limits(score, wanted):
    round = planned_round()
    rubric = round.rubric()

    assert reviewing.needs_justification(rubric, rubric.criteria.first(), Decimal(score)) is wanted


def test_review_is_not_sent_without_its_justifications():
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    review = reviewing.review_of(story.proposal, by=reviewer)
    first, second = review.rubric.criteria.all()
    review = reviewing.save_scores(review, {first.pk: (Decimal(50), " "), second.pk: (Decimal(30), "")}, by=reviewer)

    with pytest.raises(Refused) as caught:
        REVIEW.take(review, "send", by=reviewer)

    assert caught.value.code == "incomplete"
    assert len(caught.value.facts["missing"]) == 1
    review = reviewing.save_scores(review, {first.pk: (Decimal(50), "ครบถ้วน")}, by=reviewer)
    assert REVIEW.take(review, "send", by=reviewer).total == Decimal(80)


def test_score_outside_its_criterion_is_not_kept():
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    review = reviewing.review_of(story.proposal, by=reviewer)

    with pytest.raises(ValidationError):
        reviewing.save_scores(review, {review.rubric.criteria.first().pk: (Decimal(51), "")}, by=reviewer)

    assert review.scores.count() == 0


def test_sent_review_and_a_stale_copy_are_not_written():
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    review = reviewing.review_of(story.proposal, by=reviewer)
    criterion = review.rubric.criteria.first()
    reviewing.save_scores(review, {criterion.pk: (Decimal(30), "")}, by=reviewer, version=1)

    with pytest.raises(Refused) as caught:
        reviewing.save_scores(review, {criterion.pk: (Decimal(31), "")}, by=reviewer, version=1)
    assert caught.value.code == "lost_race"

    story.review(reviewer)
    with pytest.raises(Refused) as caught:
        reviewing.save_scores(review, {criterion.pk: (Decimal(31), "")}, by=reviewer)
    assert caught.value.code == "already_sent"


def test_third_review_is_wanted_when_two_differ_too_much():
    story = Story().to("assigned")
    first, second, third = story.agencies.reviewers
    story.review(first, score=45)
    assert standing(story) == Standing.WAITING
    story.review(second, score=30)
    assert standing(story) == Standing.THIRD_REVIEW_NEEDED
    with pytest.raises(Refused) as caught:
        PROPOSAL.take(story.proposal, "conclude_review", by=story.agencies.secretary)
    assert caught.value.code == "third_review_needed"

    assert reviewing.assign_next(story.proposal, by=story.agencies.secretary).reviewer == third
    assert standing(story) == Standing.WAITING
    story.review(third, score=40)
    assert standing(story) == Standing.READY
    story.take("conclude_review", story.agencies.secretary)

    assert (story.proposal.mean_score, story.proposal.score_spread) == (Decimal("76.67"), Decimal("30.00"))


def test_spread_at_the_limit_is_no_reason_for_a_third():
    story = Story().to("assigned")
    first, second = story.agencies.reviewers[:2]
    story.review(first, score=Decimal("41.25"))
    story.review(second, score=Decimal("33.75"))

    assert standing(story) == Standing.READY


def test_nobody_left_for_a_third_review_is_said():
    story = Story().to("assigned")
    reviewing.declare_conflict(story.proposal, by=story.agencies.reviewers[2])

    with pytest.raises(Refused) as caught:
        reviewing.assign_next(story.proposal, by=story.agencies.secretary)

    assert caught.value.code == "no_reviewer"


def test_rank_ties_go_by_number():
    agencies, round = Agencies(), planned_round()
    told = [Story(round=round, agencies=agencies, office=Office())]
    told += [Story(round=told[0].round, agencies=agencies, office=Office()) for _ in range(2)]
    for story, score in zip(told, (40, 40, 45), strict=True):
        story.to("assigned")
        for reviewer in agencies.reviewers[:2]:
            story.review(reviewer, score=score)
        story.take("conclude_review", agencies.secretary)
    cases = Proposal.objects.filter(theme=told[0].proposal.theme).ranked()

    ties = sorted(told[:2], key=lambda story: story.proposal.number)
    assert [case.pk for case in cases] == [told[2].proposal.pk, *[story.proposal.pk for story in ties]]
    assert [reviewing.rank_of(case) for case in cases] == [1, 2, 3]


def test_released_reviewer_counts_no_more_and_a_sent_review_stays():
    story = Story().to("assigned")
    first, second = story.agencies.reviewers[:2]
    story.review(first)
    held = {one.reviewer_id: one for one in story.proposal.assignments.all()}

    with pytest.raises(Refused) as caught:
        reviewing.end_assignment(held[first.pk], state="released", by=story.agencies.secretary, reason="ลา")
    assert caught.value.code == "already_sent"

    reviewing.end_assignment(held[second.pk], state="released", by=story.agencies.secretary, reason="ลา")
    assert standing(story) == Standing.UNASSIGNED
    assert Proposal.objects.visible_to(second).count() == 0
