"""A round that demands an ambassador or a trained officer: what lacks, who is there, who is told before it lapses."""

from datetime import timedelta

import pytest
from django.urls import reverse

from budgets.models import Proposal, Round
from budgets.tasks import warn_of_lapsing_training
from budgets.writing import completeness, people
from portal import clock
from tests.factories import training as make
from tests.factories.budgets import Office, Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    story = Story().to("draft")
    Round.objects.update(needs_trained_person=True)
    return story


def lacks(story):
    found = completeness.missing(Proposal.objects.whole().get(pk=story.proposal.pk))
    return [(one.section, one.code) for one in found]


def test_office_without_anybody_lacks_it_until_somebody_is_trained(story, client):
    assert lacks(story) == [("upkeep", "trained_person_missing")]
    client.force_login(story.office.officer)
    assert "ยังไม่มีผู้ใด" in client.get(story.proposal.get_absolute_url()).text
    credential = make.trained(story.office.place)

    assert lacks(story) == []
    assert credential.holder_th in client.get(reverse("budgets:section", args=[story.proposal.pk, "upkeep"])).text
    [row] = client.get(f"/api/v1/proposals/{story.proposal.pk}/check/").json()["trained_people"]
    assert (row["kind"], row["name"]) == ("trained_officer", credential.holder_th)


def test_round_that_demands_nobody_asks_nothing(story):
    Round.objects.update(needs_trained_person=False)

    assert lacks(story) == []
    assert people.tasks_of(story.office.officer) == []


def test_office_is_told_once_sixty_days_before_it_lapses(story):
    credential = make.trained(story.office.place, months=6)
    officer, stranger = story.office.officer, Office().officer
    assert warn_of_lapsing_training() == 0
    assert people.tasks_of(officer) == []

    with clock.at(make.noon(credential.valid_until - timedelta(days=59))):
        assert [warn_of_lapsing_training(), warn_of_lapsing_training()] == [1, 0]
        assert officer.notices.filter(kind="trained_person_lapses").count() == 1
        [task] = people.tasks_of(officer)
        assert task.until.astimezone(clock.BANGKOK).date() == credential.valid_until + timedelta(days=1)
        assert people.tasks_of(stranger) == []
    with clock.at(make.noon(credential.valid_until + timedelta(days=1))):
        assert [task.until for task in people.tasks_of(officer)] == [None]


def test_ambassador_counts_and_is_named(story):
    place = story.office.place
    call = make.Call().open()
    placement = call.placement(call.place(at=place))

    with clock.at(make.noon(placement.starts_on)):
        make.PLACEMENT.take(placement, "start", by=call.officer)
        standing = people.standing(story.proposal, seen_by=make.fresh(story.office.officer))

    assert [(one.kind, one.name) for one in standing.people] == [("ambassador", str(placement.ambassador))]
    assert standing.people[0].url == placement.get_absolute_url()
