"""Cases planted in a database of their own, for races over HTTP."""

import json
from decimal import Decimal

from django.utils import timezone

from budgets.models import Ceiling, Proposal
from budgets.states import ProposalState, RoundState
from portal.models import ApiToken
from portal.roles import Role
from tests.factories.budgets import planned_round
from tests.factories.people import person
from tests.factories.places import local_government

AMOUNT = Decimal("100000.00")


def plant(count, *, fitting):
    """Print JSON: `count` cases proposed at 100,000 baht, a round whose ceilings hold `fitting` of them, a token.

    They lie in 16 provinces: cases of one province share a row of sums, and would wait for each other there.
    """
    places, officer = [local_government() for _index in range(16)], person()
    secretary, chair = person(Role.COMMITTEE_SECRETARY), person(Role.COMMITTEE_CHAIR)
    round = planned_round(state=RoundState.ENACTED)
    theme = round.themes.get()
    Ceiling.objects.create(round=round, key="", amount_baht=AMOUNT * fitting)
    Ceiling.objects.create(round=round, key=f"theme:{theme.pk}", theme=theme, amount_baht=AMOUNT * (fitting + 3))
    now = timezone.now()
    cases = Proposal.objects.bulk_create(
        Proposal(
            round=round, local_government=places[index % 16], theme=theme, theme_edition=1, created_by=officer,
            state=ProposalState.IN_REQUEST, number=f"P2571-99-{index:05d}", title_th=f"โครงการ {index}",
            first_submitted_at=now, submitted_at=now, requested_baht=AMOUNT, recommended_baht=AMOUNT,
            proposed_baht=AMOUNT, proposed_by=secretary, route="via_dla",
        )
        for index in range(count)
    )  # fmt: skip
    _row, token = ApiToken.make(user=chair, name="race", can_write=True)
    print(json.dumps({"token": token, "round": round.pk, "cases": [case.pk for case in cases]}))
