"""One decision for many cases: all or none."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from budgets.deciding import bulk
from budgets.lifecycle import PROPOSAL
from budgets.models import Assignment, Proposal
from portal.clock import today
from portal.models import Notice
from portal.models.audit import Event
from portal.roles import Role
from tests.budgets.together import deliberating, enacted, together
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def recommendation(case):
    return {"amount_baht": case.requested_baht, "resolution_no": "3/2570", "resolution_on": today()}


def test_all_cases_go_along():
    told = deliberating()
    cases = [story.proposal for story in told]

    taken = bulk.take_all(PROPOSAL, cases, "recommend", by=told[0].agencies.secretary, details_for=recommendation)

    assert [case.state for case in taken] == ["recommended", "recommended"]
    assert {case.resolution_no for case in Proposal.objects.all()} == {"3/2570"}


def test_one_refusal_leaves_all_as_they_were():
    told = deliberating()
    too_much = told[1].proposal.pk

    with pytest.raises(bulk.NotAll) as caught:
        bulk.take_all(
            PROPOSAL,
            [story.proposal for story in told],
            "recommend",
            by=told[0].agencies.secretary,
            details_for=lambda case: {
                **recommendation(case),
                "amount_baht": case.requested_baht + (Decimal("0.01") if case.pk == too_much else 0),
            },
        )

    assert {key: no.code for key, no in caught.value.refusals.items()} == {too_much: "above_requested"}
    assert caught.value.facts["cases"][0]["id"] == str(too_much)
    assert set(Proposal.objects.values_list("state", flat=True)) == {"scored"}
    assert not Event.objects.filter(verb="proposal.recommend").exists()


def test_every_refusal_is_named_not_only_the_first():
    told = deliberating(3)
    told[1].take("recommend", told[0].agencies.secretary, **recommendation(told[1].proposal))

    with pytest.raises(bulk.NotAll) as caught:
        bulk.take_all(
            PROPOSAL,
            [story.proposal for story in told],
            "recommend",
            by=told[0].agencies.secretary,
            details_for=recommendation,
            versions={told[2].proposal.pk: told[2].proposal.version - 1},
        )

    codes = {key: no.code for key, no in caught.value.refusals.items()}
    assert codes == {told[1].proposal.pk: "wrong_state", told[2].proposal.pk: "lost_race"}


def test_person_without_the_role_is_refused_for_each():
    told = deliberating()

    with pytest.raises(bulk.NotAll) as caught:
        bulk.take_all(
            PROPOSAL,
            [story.proposal for story in told],
            "recommend",
            by=person(Role.COMMITTEE_MEMBER),
            details_for=recommendation,
        )

    assert [no.code for no in caught.value.refusals.values()] == ["forbidden", "forbidden"]


def test_dry_run_answers_and_keeps_nothing():
    told = deliberating()
    before = Notice.objects.count()

    taken = bulk.take_all(
        PROPOSAL,
        [story.proposal for story in told],
        "recommend",
        by=told[0].agencies.secretary,
        details_for=recommendation,
        dry_run=True,
    )

    assert [case.state for case in taken] == ["recommended", "recommended"]
    assert set(Proposal.objects.values_list("state", flat=True)) == {"scored"}
    assert Notice.objects.count() == before


def test_last_case_over_the_ceiling_frees_the_first_again():
    told = enacted(baht=Decimal("1500000.00"))
    story = told[0]
    for one in told:
        one.take("propose_allocation", story.agencies.secretary, amount_baht=Decimal("1000000.00"), reference="")

    with pytest.raises(bulk.NotAll) as caught:
        bulk.take_all(
            PROPOSAL,
            [one.proposal for one in told],
            "allocate",
            by=story.agencies.chair,
            details_for=lambda case: {"amount_baht": case.proposed_baht},
        )

    refusal = caught.value.refusals[told[1].proposal.pk]
    assert (refusal.code, refusal.facts["left_baht"]) == ("ceiling_exceeded", "500000.00")
    assert story.round.ceilings.get(key="").allocated_baht == 0
    assert Proposal.objects.filter(allocated_baht__isnull=False).count() == 0


def test_assignments_are_made_together_or_not_at_all():
    told = together("in_review")
    secretary, reviewers = told[0].agencies.secretary, told[0].agencies.reviewers
    home = person(Role.DEPA_REVIEWER, at=told[1].office.place.province)
    good = [(told[0].proposal, reviewers[0]), (told[1].proposal, reviewers[1])]

    with pytest.raises(bulk.NotAll) as caught:
        bulk.assign_all([*good, (told[1].proposal, home)], by=secretary)

    assert [no.code for no in caught.value.refusals.values()] == ["own_province"]
    assert Assignment.objects.count() == 0
    assert len(bulk.assign_all(good, by=secretary)) == 2


def test_stranger_assigns_nobody():
    told = together("in_review", 1)

    with pytest.raises(bulk.NotAll) as caught:
        bulk.assign_all([(told[0].proposal, told[0].agencies.reviewers[0])], by=told[0].agencies.chair)

    assert [no.code for no in caught.value.refusals.values()] == ["forbidden"]
    with pytest.raises(PermissionDenied):
        PROPOSAL.take(told[0].proposal, "conclude_review", by=told[0].agencies.chair)
