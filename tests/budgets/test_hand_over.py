"""Handing over what a reviewer has not sent: to others who may, all of it or none."""

import pytest
from django.urls import reverse

from budgets.deciding import bulk
from budgets.judging import reviewing
from budgets.models import Assignment
from portal.roles import Role
from tests.budgets.together import together
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def at_work(proposal):
    held = Assignment.objects.filter(proposal=proposal, state="assigned").order_by("reviewer")
    return list(held.values_list("reviewer", flat=True))


def test_unsent_reviews_go_to_others_and_sent_ones_stay(client):
    told = together("assigned")
    agencies = told[0].agencies
    leaving, staying, third = agencies.reviewers
    told[1].review(leaving)
    client.force_login(agencies.secretary)
    page = reverse("budgets:hand-over", args=[leaving.pk])

    preview = client.get(page)
    without = client.post(page, {"reason": ""})
    done = client.post(page, {"reason": "ลาออก"})

    assert [one.proposal for one in preview.context["held"]] == [told[0].proposal]
    assert (without.status_code, done.status_code) == (400, 302)
    assert at_work(told[0].proposal) == sorted([staying.pk, third.pk])
    assert at_work(told[1].proposal) == sorted([leaving.pk, staying.pk])
    assert Assignment.objects.get(proposal=told[0].proposal, reviewer=leaving).reason == "ลาออก"


def test_one_case_that_nobody_can_take_keeps_all_where_they_are(client):
    told = together("assigned")
    agencies = told[0].agencies
    leaving, _staying, third = agencies.reviewers
    reviewing.declare_conflict(told[0].proposal, by=third)

    with pytest.raises(bulk.NotAll) as caught:
        bulk.hand_over_all(leaving, by=agencies.secretary, reason="ลาออก")

    assert {key: no.code for key, no in caught.value.refusals.items()} == {told[0].proposal.pk: "no_reviewer"}
    assert all(leaving.pk in at_work(story.proposal) for story in told)
    client.force_login(agencies.secretary)
    assert client.post(reverse("budgets:hand-over", args=[leaving.pk]), {"reason": "ลาออก"}).status_code == 409


def test_only_the_secretary_hands_over(client):
    (story,) = together("assigned", 1)
    page = reverse("budgets:hand-over", args=[story.agencies.reviewers[0].pk])

    for user in (person(Role.COMMITTEE_MEMBER), story.agencies.reviewers[1], story.office.officer):
        client.force_login(user)
        assert client.post(page, {"reason": "x"}).status_code == 403
    assert len(at_work(story.proposal)) == 2
