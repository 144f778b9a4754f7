"""The demonstration's part of training is made by the real steps, and shows what it should."""

from datetime import timedelta

import pytest

from portal import clock
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government
from training.demo import seeding
from training.models import Credential, Enrolment, Generation, Placement

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_demo_shows_generations_placements_courses_and_certificates():
    since = clock.today() - timedelta(days=400)
    for ending in ("", "_2"):
        place = local_government()
        for role in (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE):
            person(role, at=place, username=f"{role}{ending}", valid_from=since)
    for role in (Role.TRAINING_OFFICER, Role.SELECTION_MEMBER, Role.TRAINER):
        person(role, username=str(role), valid_from=since)
    told = []
    roots = seeding.seed(told.append)

    assert len(told) == 1
    assert sorted(Placement.objects.values_list("state", flat=True)) == ["in_service", "in_service", "resigned"]
    assert sorted(Generation.objects.values_list("state", flat=True)) == ["in_service", "open"]
    assert Credential.objects.filter(state="valid").count() == 3
    assert set(Enrolment.objects.values_list("state", flat=True)) >= {"confirmed", "passed", "failed"}
    assert {root._meta.model_name for root in roots} == {"programme", "course", "series"}
