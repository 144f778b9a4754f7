"""Cases planted in a database of their own, and the tracks along which clients lead them over the API."""

import json
from decimal import Decimal

from django.utils import timezone

from budgets.lifecycle import PROPOSAL, ROUND
from budgets.models import Ceiling, FundingLine, Proposal, ProposalItem
from budgets.states import ProposalState, RoundState
from budgets.writing.drafting import start
from portal.models import ApiToken
from tests.factories.budgets import Agencies, Office, category, fill, planned_round

AMOUNT = Decimal("100000.00")
ANSWER = {"amount_baht": str(AMOUNT)}
SPENT = {"amount_baht": "40000.00", "on": "2028-01-15", "reference": "ส 1/2571", "contractor": "หจก. ตัวอย่าง"}
TO_REVIEW = [
    ("officer", "steps/request_endorsement/", {}),
    ("clerk", "steps/verify/", {}),
    ("executive", "steps/submit/", {}),
    ("province", "steps/start_screening/", {}),
    ("province", "steps/pass_screening/", {}),
]
TO_MONEY = [
    ("secretary", "steps/propose_allocation/", {**ANSWER, "reference": "ว 12"}),
    ("chair", "steps/allocate/", ANSWER),
    ("executive", "steps/confirm_plan/", {}),
    ("officer", "commitments/", SPENT),
    ("officer", "disbursements/", SPENT),
]


def plant(count):
    """Print JSON: the tokens of the people by post, and `count` cases at the head of each track."""
    office, agencies = Office(), Agencies()
    tracks = {"to_review": drafts(count, office, agencies), "to_money": in_request(count, office, agencies)}
    print(json.dumps({"tokens": tokens(office, agencies), "tracks": tracks}))


def plant_verified(count):
    """Print JSON: the tokens of the people by post, and `count` cases that wait for their signature alone."""
    office, agencies = Office(), Agencies()
    for person in (office.officer, office.clerk, office.executive, office.province):
        person.email = f"{person.username}@example.go.th"
        person.save()
    cases = drafts(count, office, agencies)
    for case in Proposal.objects.filter(pk__in=cases):
        PROPOSAL.take(PROPOSAL.take(case, "request_endorsement", by=office.officer), "verify", by=office.clerk)
    print(json.dumps({"tokens": tokens(office, agencies), "cases": cases}))


def tokens(office, agencies):
    people = {
        "officer": office.officer,
        "clerk": office.clerk,
        "executive": office.executive,
        "province": office.province,
        "secretary": agencies.secretary,
        "chair": agencies.chair,
    }
    return {post: ApiToken.make(user=user, name="chaos", can_write=True)[1] for post, user in people.items()}


def drafts(count, office, agencies):
    """Complete drafts of an open round."""
    round = ROUND.take(planned_round(), "open", by=agencies.manager)
    made = [start(round=round, local_government=office.place, by=office.officer) for _ in range(count)]
    return [fill(draft, by=office.officer).pk for draft in made]


def in_request(count, office, agencies):
    """Recommended cases of an enacted round whose ceilings hold them all."""
    round = planned_round(state=RoundState.ENACTED)
    theme = round.themes.get()
    Ceiling.objects.create(round=round, key="", amount_baht=AMOUNT * count)
    Ceiling.objects.create(round=round, key=f"theme:{theme.pk}", theme=theme, amount_baht=AMOUNT * count)
    now = timezone.now()
    made = Proposal.objects.bulk_create(
        Proposal(
            round=round, local_government=office.place, theme=theme, theme_edition=1, created_by=office.officer,
            state=ProposalState.IN_REQUEST, number=f"P2571-XX-{index:05d}", title_th=f"โครงการ {index}",
            first_submitted_at=now, submitted_at=now, requested_baht=AMOUNT, recommended_baht=AMOUNT, route="via_dla",
        )
        for index in range(count)
    )  # fmt: skip
    ProposalItem.objects.bulk_create(
        ProposalItem(
            proposal=case, category=category(), description="สถานีวัดระดับน้ำ", quantity=1, unit="สถานี",
            unit_price_baht=AMOUNT, price_basis="bb_standard", price_reference="ธ.ค. 2568 หน้า 12",
            fiscal_year=round.fiscal_year, quarter=2,
        )
        for case in made
    )  # fmt: skip
    FundingLine.objects.bulk_create(
        FundingLine(proposal=case, channel="integrated_plan", fiscal_year=round.fiscal_year, amount_baht=AMOUNT)
        for case in made
    )
    return [case.pk for case in made]
