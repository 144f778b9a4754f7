"""Cases planted in a database of their own, for races over HTTP."""

import json
from decimal import Decimal

from django.utils import timezone

from budgets.models import Ceiling, LedgerEntry, Proposal, Transfer
from budgets.states import ProposalState, RoundState
from portal import clock
from portal.models import ApiToken
from portal.roles import Role
from tests.factories.budgets import planned_round, theme
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


def plant_moves(count, *, fitting=None):
    """Print JSON: steps that move 100,000 baht each, as pairs of a path and an amount, and a token to take them.

    With `fitting`, `count` transfers from one theme to another and a quarter as many revisions there, under a ceiling
    with room for that many of them. Without, `count` transfers in a ring over both themes by turns, one more than
    either ceiling has room for.
    """
    places, officer = [local_government() for _index in range(16)], person()
    secretary, chair = person(Role.COMMITTEE_SECRETARY), person(Role.COMMITTEE_CHAIR)
    round = planned_round(state=RoundState.ENACTED)
    themes = [round.themes.get(), theme(round)]
    transfers, revised = (count, 0) if fitting is None else (2 * count, count // 4)
    cases = Proposal.objects.bulk_create(
        _under_way(index, round, places[index % 16], themes[index % 2 if index < transfers else 1], officer)
        for index in range(transfers + revised)
    )
    Proposal.objects.filter(pk__in=[case.pk for case in cases[transfers:]]).update(
        proposed_baht=AMOUNT * 3, proposed_by=secretary
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(proposal=case, kind="allocation", amount_baht=AMOUNT * 2, on=clock.today(), recorded_by=chair)
        for case in cases
    )
    for one, more in zip(themes, [1, 1] if fitting is None else [0, fitting], strict=True):
        held = AMOUNT * 2 * sum(case.theme_id == one.pk for case in cases)
        key = {"round": round, "key": f"theme:{one.pk}", "theme": one}
        Ceiling.objects.create(**key, amount_baht=held + AMOUNT * more, allocated_baht=held)
    held = AMOUNT * 2 * len(cases)
    Ceiling.objects.create(round=round, key="", amount_baht=held * 2, allocated_baht=held)
    pairs = [(index, (index + 1) % count) for index in range(count)]
    if fitting is not None:
        pairs = [(2 * index, 2 * index + 1) for index in range(count)]
    made = Transfer.objects.bulk_create(
        Transfer(
            round=round, source=cases[source], target=cases[target], amount_baht=AMOUNT, authority="สงป.",
            letter_no="1", letter_on=clock.today(), reason="ประหยัด", asked_by=secretary,
        )
        for source, target in pairs
    )  # fmt: skip
    _row, token = ApiToken.make(user=chair, name="race", can_write=True)
    steps = [(f"rounds/{round.pk}/transfers/{one.pk}/steps/approve/", str(AMOUNT)) for one in made]
    steps += [(f"proposals/{case.pk}/steps/revise_allocation/", str(AMOUNT * 3)) for case in cases[transfers:]]
    print(json.dumps({"token": token, "theme": themes[1].pk, "steps": steps}))


def _under_way(index, round, place, theme, officer):
    now = timezone.now()
    return Proposal(
        round=round, local_government=place, theme=theme, theme_edition=1, created_by=officer,
        state=ProposalState.EXECUTING, number=f"P2571-99-{index:05d}", title_th=f"โครงการ {index}",
        first_submitted_at=now, submitted_at=now, requested_baht=AMOUNT * 3, recommended_baht=AMOUNT * 3,
        allocated_baht=AMOUNT * 2, route="via_dla",
    )  # fmt: skip
