"""The sums of a round: kept by triggers, whatever writes the row."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F, Sum

from budgets.models import Proposal, RoundTotal
from budgets.money.totals import AMOUNTS, RAW_SUMS, rebuild
from portal.fields import in_baht
from portal.models import LocalGovernment
from tests.factories.budgets import Story, planned_round
from tests.factories.places import province

pytestmark = pytest.mark.django_db

KEY = ["round_id", "theme_key", "province_id", "kind", "state", "proposals"]


def kept():
    """The sums as they are kept, those of nothing left out."""
    rows = RoundTotal.objects.exclude(proposals=0).values_list(*KEY, *AMOUNTS)
    return sorted(tuple(int(v * 100) if isinstance(v, Decimal) else v for v in row) for row in rows)


def raw():
    with connection.cursor() as cursor:
        cursor.execute(RAW_SUMS)
        return sorted(tuple(int(v) if isinstance(v, Decimal) else v for v in row) for row in cursor.fetchall())


@pytest.fixture
def stories():
    round = planned_round()
    first = Story(round=round).to("in_review")
    return [first, Story(round=first.round).to("submitted")]


def test_steps_move_the_sums(stories):
    assert len(kept()) == 2
    assert kept() == raw()


def test_updates_past_the_models_move_the_sums(stories):
    Proposal.objects.update(requested_baht=F("requested_baht") - in_baht("10.50"), state="scored")

    assert kept() == raw()
    assert RoundTotal.objects.aggregate(sum=Sum("requested_baht"))["sum"] == Decimal("1999979.00")


def test_a_local_government_takes_its_figures_along(stories):
    place = stories[0].office.place
    LocalGovernment.objects.filter(pk=place.pk).update(kind="city_municipality", province=province())

    assert kept() == raw()

    stories[0].take("withdraw", stories[0].office.executive, reason="เหตุผล")

    assert kept() == raw()
    assert not RoundTotal.objects.filter(proposals__lt=0).exists()


def test_rebuilding_gives_what_was_kept(stories):
    before = kept()
    RoundTotal.objects.update(proposals=99)

    rebuild()

    assert kept() == before
