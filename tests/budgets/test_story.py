"""The straight path of a proposal, from draft to completed."""

from datetime import date
from decimal import Decimal

import pytest

from budgets.models import Ceiling
from budgets.money import ledger
from budgets.states import Entry
from tests.factories.budgets import Story

pytestmark = pytest.mark.django_db


def test_proposal_goes_from_draft_to_completed():
    story = Story().to("executing")
    proposal = story.proposal

    assert proposal.number == f"P2571-{proposal.local_government.province.code}-00001"
    assert (proposal.requested_baht, proposal.recommended_baht, proposal.allocated_baht) == (Decimal(1000000),) * 3
    assert Ceiling.objects.get(round=story.round, key="").allocated_baht == Decimal(1000000)

    contract = ledger.enter(
        proposal, Entry.COMMITMENT, by=story.office.officer, amount_baht=Decimal("900000.00"), on=date(2028, 1, 1)
    )
    ledger.enter(
        proposal,
        Entry.DISBURSEMENT,
        by=story.office.officer,
        amount_baht=Decimal("900000.00"),
        on=date(2028, 2, 1),
        commitment=contract,
    )
    story.accepted_report()
    story.take("complete", story.office.province, returned_baht=Decimal("100000.00"), reference="กค 5/2571", note="")

    proposal = story.proposal
    assert proposal.state == "completed"
    assert (proposal.committed_baht, proposal.disbursed_baht) == (Decimal(900000), Decimal(900000))
    assert (proposal.returned_baht, proposal.rest_baht) == (Decimal(100000), Decimal(0))
