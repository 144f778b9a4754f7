"""The demonstration's part of training is made by the real steps, and shows what it should."""

from datetime import timedelta

import pytest

from portal import clock
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government
from training import selection
from training.demo import seeding
from training.models import Application, CourseRun, Credential, Enrolment, Generation, Placement
from training.states import SEATED, ApplicationState, RunState

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_demo_shows_generations_placements_courses_and_certificates():
    since = clock.today() - timedelta(days=400)
    for ending in ("", "_2"):
        place = local_government()
        for role in (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE):
            person(role, at=place, username=f"{role}{ending}", valid_from=since)
    for _number in range(36):
        person(Role.LOCAL_OFFICER, at=local_government(), valid_from=since)
    for role in (Role.TRAINING_OFFICER, Role.SELECTION_MEMBER, Role.TRAINER):
        person(role, username=str(role), valid_from=since)
    told = []
    roots = seeding.seed(told.append)

    assert len(told) == 1
    assert set(Placement.objects.values_list("state", flat=True)) == {"in_service", "on_leave", "resigned", "completed"}
    states = set(Generation.objects.values_list("number", "state"))
    assert states == {(1, "graduated"), (2, "in_service"), (3, "matching"), (4, "open")}
    assert set(CourseRun.objects.values_list("state", flat=True)) == set(RunState)
    for generation in Generation.objects.all():
        held = generation.applications.filter(holds_seat=True).count()
        assert generation.quotas.get(kind="total").taken == held
    assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState)
    for run in CourseRun.objects.exclude(seats=None):
        seated = run.enrolments.filter(state__in=SEATED).count()
        assert run.seats.taken == seated
    assert len(selection.board(Generation.objects.get(state="matching")).proposed) == 3
    assert Credential.objects.filter(kind="ambassador").count() == 6
    assert set(Enrolment.objects.values_list("state", flat=True)) >= {"confirmed", "passed", "failed", "waitlisted"}
    assert {root._meta.model_name for root in roots} == {"programme", "course", "series", "learner"}
