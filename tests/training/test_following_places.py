"""Ambassadors, learners and their enrolments go with a local government to its successor."""

import pytest

from portal.models import LocalGovernment
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government, merged
from tests.factories.training import Call, enrolled, run, serving
from training import coverage
from training.models import AreaChoice, Enrolment, HostPlace, Learner

pytestmark = pytest.mark.django_db


def test_service_and_host_place_follow_and_the_area_stays_covered():
    call, placement = serving()
    old, into = placement.local_government, local_government(district=placement.local_government.district)

    merged(old, into)

    placement.refresh_from_db()
    assert (placement.local_government, placement.place.local_government) == (into, into)
    covered = coverage.with_coverage(LocalGovernment.objects.filter(pk=into.pk), placement.starts_on).get()
    assert covered.ambassadors == 1


def test_where_both_answered_the_call_the_old_answer_stays_to_be_withdrawn():
    call = Call().open()
    first = call.place()
    second = call.place(at=local_government(district=first.local_government.district))
    application = call.draft(first.local_government, second.local_government)

    merged(first.local_government, second.local_government)

    places = set(HostPlace.objects.values_list("pk", "local_government"))
    assert places == {(first.pk, first.local_government_id), (second.pk, second.local_government_id)}
    assert AreaChoice.objects.filter(application=application).count() == 2


def test_learners_and_open_enrolments_follow_and_what_is_past_does_not():
    place = local_government()
    into = local_government(district=place.district)
    learner = person(Role.LOCAL_OFFICER, at=place)
    going, gone = enrolled(run(), learner), enrolled(run(), learner)
    Enrolment.objects.filter(pk=gone.pk).update(state="passed")

    merged(place, into)

    offices = dict(Enrolment.objects.values_list("pk", "office"))
    assert offices == {going.pk: into.pk, gone.pk: place.pk}
    assert Learner.objects.get(user=learner).local_government == into
