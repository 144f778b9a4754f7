"""Results given together: what the rule says of each, and nobody where it cannot be said yet."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from portal.roles import Role
from tests.factories import training as make
from tests.factories.people import person
from training import results
from training.lifecycle import RUN
from training.models import CourseRun, Credential
from training.states import Source

pytestmark = pytest.mark.django_db


def test_rule_is_given_to_all_who_can_be_judged():
    officer = person(Role.TRAINING_OFFICER)
    run = make.run(make.course(has_mark=True))
    there = {"passes": (4, 80), "low mark": (4, 40), "away": (2, 90), "never": (0, None), "no mark": (4, None)}
    people = {name: make.enrolled(run) for name in [*there, "disputed", "unknown"]}
    RUN.take(run, "start", by=officer)
    run = CourseRun.objects.get(pk=run.pk)
    for name, (sessions, _mark) in there.items():
        make.attend(run, people[name], sessions, by=officer)
    make.attend(run, people["disputed"], 4, by=officer)
    make.attend(run, people["disputed"], 1, by=officer, source=Source.SHEET)
    marks = {people[name].pk: Decimal(mark) for name, (_sessions, mark) in there.items() if mark}
    assert results.set_marks(run, marks, by=officer) == 3
    assert results.set_marks(run, marks, by=officer) == 0

    found = {one.enrolment.pk: one.name for one in results.verdicts(run)}
    assert {name: found[one.pk] for name, one in people.items()} == {
        "passes": "pass", "low mark": "fail", "away": "fail", "never": "mark_absent",
        "no mark": "", "disputed": "", "unknown": "",
    }  # fmt: skip
    with pytest.raises(PermissionDenied):
        results.give(run, by=person(Role.TRAINER))
    assert results.give(run, by=officer) == (4, 0)
    assert results.give(run, by=officer) == (0, 0)
    assert sorted(run.enrolments.values_list("state", flat=True)) == [
        "absent", "confirmed", "confirmed", "confirmed", "failed", "failed", "passed",
    ]  # fmt: skip
    assert Credential.objects.get().enrolment_id == people["passes"].pk
