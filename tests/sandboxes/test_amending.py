"""What changes while a pilot runs: its plan, by both agencies, and its partners."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from portal import clock
from portal.errors import Refused
from providers.deciding import impact
from sandboxes import amending, changing, citizens, evidence, inbox, tasks
from sandboxes.lifecycle import PILOT
from sandboxes.models import Partner
from tests.budgets.client import Program
from tests.factories.providers import Company, Registry
from tests.factories.sandboxes import Trial, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial():
    return Trial().to("live")


def missing(trial):
    with pytest.raises(Refused) as refused:
        trial.take("approve_amendment", trial.cast.depa, reason="ผ่าน")
    return [row["code"] for row in refused.value.facts["missing"]]


def test_both_agencies_amend_a_running_plan(trial):
    amendment = trial.amendment()

    trial.take("approve_amendment", trial.cast.depa, reason="เหมาะสม")
    assert trial.fresh().test_plan == "บินวันละ 4 เที่ยว"
    assert evidence.turn_of(trial.pilot).agencies == ["dla"]
    trial.take("approve_amendment", trial.cast.dla, reason="เหมาะสม")

    assert (trial.fresh().state, trial.pilot.test_plan) == ("live", "บินวันละ 8 เที่ยว")
    assert [plan.content["test_plan"] for plan in trial.pilot.plans.all()] == ["บินวันละ 4 เที่ยว", "บินวันละ 8 เที่ยว"]
    amendment.refresh_from_db()
    assert (amendment.state, amendment.before) == ("approved", {"test_plan": "บินวันละ 4 เที่ยว"})
    assert trial.pilot.open_gate() is None


def test_refused_amendment_changes_nothing(trial):
    amendment = trial.amendment(user_cap=900)

    trial.both("refuse_amendment")

    assert (trial.fresh().state, trial.pilot.user_cap, trial.pilot.plans.count()) == ("live", 100, 1)
    assert type(amendment).objects.get().state == "refused"


def test_boundary_is_amended_with_the_plan(trial):
    square = [[98.90, 8.05], [98.95, 8.05], [98.95, 8.10], [98.90, 8.05]]
    officer, where = Program(trial.cast.officer), f"sandboxes/{trial.pilot.pk}/amendments/"
    line = {"type": "LineString", "coordinates": square}
    asked = {"reason": "ขยายพื้นที่", "changes": {"area": line}}
    assert officer.post(where, asked).json()["errors"][0]["pointer"] == "/changes/area"

    asked["changes"]["area"] = {"type": "Polygon", "coordinates": [square]}
    made = officer.post(where, asked).json()
    assert made["changes"] == {"area": {"type": "MultiPolygon", "coordinates": [[square]]}}
    assert missing(trial) == ["amendment_notice_missing"]
    assert [row["before"] for row in amending.rows(trial.pilot.amendments.get())] == [""]
    citizens.record_notice(trial.pilot, by=trial.cast.officer, kind="notice", on=clock.today(), how="ใบปลิว")
    assert trial.both("approve_amendment").fresh().area["coordinates"] == [[square]]


def test_wider_trial_is_told_to_residents_first(trial):
    trial.amendment(user_cap=900)
    assert missing(trial) == ["amendment_notice_missing"]

    citizens.record_notice(trial.pilot, by=trial.cast.officer, kind="notice", on=clock.today(), how="ใบปลิว")

    assert trial.both("approve_amendment").fresh().user_cap == 900


def test_one_amendment_at_a_time_that_says_something(trial):
    with pytest.raises(Refused) as refused:
        trial.amendment(user_cap=100)
    assert refused.value.code == "unchanged"
    with pytest.raises(ValidationError) as wrong:
        trial.amendment(kill_switch="")
    assert set(wrong.value.error_dict) == {"kill_switch"}

    first = trial.amendment()
    with pytest.raises(Refused) as refused:
        trial.amendment(user_cap=120)
    assert refused.value.code == "amendment_open"
    with pytest.raises(PermissionDenied):
        amending.withdraw(first, by=trial.cast.partner)
    assert amending.withdraw(first, by=trial.cast.officer).state == "withdrawn"
    assert trial.amendment(user_cap=120).is_open


def test_nobody_decides_on_an_amendment_that_is_not_there(trial):
    assert {"approve_amendment", "refuse_amendment"}.isdisjoint(
        offer.name for offer in PILOT.offers(trial.pilot, by=trial.cast.depa)
    )
    with pytest.raises(Refused) as refused:
        trial.take("approve_amendment", trial.cast.depa, reason="ผ่าน")
    assert refused.value.code == "no_amendment"


def test_amendment_lapses_with_the_trial(trial):
    amendment = trial.amendment()

    with clock.at(trial.pilot.ends_at):
        tasks.pause_and_end_pilots()

    amendment = type(amendment).objects.get()
    assert (amendment.state, amendment.applied_at) == ("lapsed", None)
    assert trial.fresh().open_gate().kind == "exit"


def test_only_a_running_plan_is_amended():
    with pytest.raises(Refused) as refused:
        Trial().to("approved").amendment()

    assert refused.value.code == "wrong_state"


def test_partner_that_leaves_acts_no_more_and_is_replaced(trial):
    partner, cast = trial.pilot.partners.get(), trial.cast
    changing.part(partner, by=cast.officer, on=clock.today(), reason="ปิดกิจการ")

    fresh = type(cast.partner).objects.get(pk=cast.partner.pk)
    assert not fresh.has_perm("sandboxes.view_pilot", trial.fresh())
    with pytest.raises(ValidationError) as wrong:
        changing.add_partner(trial.pilot, by=cast.officer, kind="university", name_th="มหาวิทยาลัยแทน")
    assert set(wrong.value.error_dict) == {"letter"}
    changing.add_partner(trial.pilot, by=cast.officer, kind="university", name_th="มหาวิทยาลัยแทน", letter=pdf())
    assert [one.name_th for one in trial.pilot.partners.filter(left_on=None)] == ["มหาวิทยาลัยแทน"]
    back = {"by": cast.officer, "kind": partner.kind, "name_th": partner.name_th}
    changing.add_partner(trial.pilot, letter=pdf(), **back)
    with pytest.raises(ValidationError):
        changing.add_partner(trial.pilot, letter=pdf(), **back)
    assert trial.pilot.partners.filter(name_th=partner.name_th).count() == 2


def test_pilot_depends_on_the_listing_of_its_partner(trial, client):
    registry = Registry()
    [listing] = Company(registry).listed()
    partner = trial.pilot.partners.get()
    Partner.objects.filter(pk=partner.pk).update(listing=listing)

    [case] = impact.of(listing)
    assert case.people == (trial.cast.officer,)
    assert list(inbox.listings(trial.cast.officer)) == []
    assert [row.places for row in client.get("/providers/products/").context["rows"]] == [1]
    registry.suspend(listing)
    [task] = inbox.listings(trial.cast.officer)
    assert (task.url, task.detail) == (trial.pilot.get_absolute_url(), str(listing.product))
    changing.part(partner, by=trial.cast.officer, on=clock.today(), reason="ปิดกิจการ")
    assert impact.of(listing) == []
