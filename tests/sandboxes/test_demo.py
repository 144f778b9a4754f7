"""The sandbox's part of the demonstration: pilots in every state, led there by the real steps."""

from datetime import date, datetime, timedelta

import pytest

from portal import clock
from portal.models import Membership
from portal.roles import Role
from sandboxes.demo import seeding
from sandboxes.demo.content import IDEAS
from sandboxes.demo.stories import FATES, STAGES, Tale
from sandboxes.models import Pilot
from sandboxes.states import PilotState
from tests.factories.people import member, person
from tests.factories.places import local_government
from tests.factories.sandboxes import subdistrict

SINCE = date(2020, 1, 1)
pytestmark = [pytest.mark.django_db, pytest.mark.long]


def make_people():
    """The people whom the budget's part makes first: the demo's own, and a few other offices."""
    for ending in ("", "_2", "_3", "_4"):
        place = local_government()
        subdistrict(place)
        for role in (Role.LOCAL_OFFICER, Role.LOCAL_EXECUTIVE):
            person(role, at=place, username=f"{role}{ending}", valid_from=SINCE)
    for role in (Role.SANDBOX_OFFICER, Role.SANDBOX_MEMBER):
        for agency in ("depa", "dla"):
            member(person(username=f"{role}_{agency}"), role, agency=agency, valid_from=SINCE)


@pytest.mark.parametrize("weekday", range(7))
def test_every_stage_is_reached_on_whichever_weekday(weekday):
    now = datetime(2026, 11, 23, 9, 30, tzinfo=clock.BANGKOK) + timedelta(days=weekday)

    for fate, (last, waits, *_rest) in FATES.items():
        begun = now - timedelta(days=dict(STAGES)[last] + waits)
        assert Tale(fate, IDEAS["waste"], None, None, begun).at(dict(STAGES)[last]) <= now


def test_pilots_stand_in_every_state():
    make_people()
    said = []

    roots = seeding.seed(said.append)

    assert {one.state_now for one in Pilot.objects.all()} == set(PilotState)
    assert {fate for fate, _idea in seeding.CAST} == set(FATES)
    assert set(Pilot.objects.all()) <= set(roots)
    assert said == [f"{len(seeding.CAST)} sandbox pilots in {len(PilotState)} states"]
    main = Membership.objects.get(user__username="local_officer").local_government
    assert Pilot.objects.filter(local_government=main).count() == seeding.OF_MAIN
