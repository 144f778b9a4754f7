"""Ceilings once money stands under them."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from budgets.models import Ceiling
from budgets.money import ledger
from portal.errors import Refused
from tests.factories.budgets import Story

pytestmark = pytest.mark.django_db


def test_a_ceiling_is_lowered_to_what_is_allocated_and_no_further():
    story = Story().to("allocated")
    allocated = story.proposal.allocated_baht
    too_low = allocated - Decimal("0.01")
    whole = Ceiling.objects.filter(round=story.round, key="")

    with pytest.raises(Refused) as refused:
        ledger.set_ceilings(story.round, round_baht=too_low, themes={}, routes={})
    with pytest.raises(IntegrityError), transaction.atomic():
        whole.update(amount_baht=too_low)
    ledger.set_ceilings(story.round, round_baht=allocated, themes={}, routes={})

    assert refused.value.code == "below_allocated"
    assert whole.get().amount_baht == allocated
