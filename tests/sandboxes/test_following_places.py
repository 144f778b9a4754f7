"""Pilots and endorsements go with a local government to its successor."""

import pytest

from portal.models import Event
from sandboxes import changing
from sandboxes.lifecycle import PILOT
from sandboxes.models import Endorsement, Pilot
from tests.factories.places import local_government, merged
from tests.factories.sandboxes import Cast, Trial

pytestmark = pytest.mark.django_db


def test_open_pilots_follow_and_ended_ones_keep_the_old_name():
    trial = Trial().to("applied")
    ended = Trial(trial.cast).to("applied").take("withdraw", trial.cast.executive)
    old, into = trial.cast.place, local_government(district=trial.cast.place.district)

    merged(old, into)

    places = dict(Pilot.objects.values_list("pk", "local_government"))
    assert places == {trial.pilot.pk: into.pk, ended.pilot.pk: old.pk}
    officer = type(trial.cast.executive).objects.get(pk=trial.cast.executive.pk)
    assert PILOT.take(trial.fresh(), "withdraw", by=officer).state == "withdrawn"


def test_endorsements_follow_and_one_of_the_leader_itself_falls_away():
    leads, asked, other = Cast(), Cast(), Cast()
    trial, elsewhere = Trial(leads), Trial(other)
    changing.ask_endorsement(trial.pilot, asked.place, by=leads.officer)
    changing.ask_endorsement(elsewhere.pilot, asked.place, by=other.officer)

    merged(asked.place, leads.place)

    left = Endorsement.objects.get()
    assert (left.pilot, left.place) == (elsewhere.pilot, leads.place)
    assert Event.objects.filter(verb="endorsement.fall_away").count() == 1
    executive = type(leads.executive).objects.get(pk=leads.executive.pk)
    changing.answer_endorsement(left, by=executive, is_endorsed=True)
