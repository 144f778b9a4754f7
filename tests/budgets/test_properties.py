"""Whatever people do, in whatever order: money stays under its ceilings, and no case is trapped."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.judging import reviewing
from budgets.lifecycle import PROPOSAL, proposal_effects
from budgets.models import Ceiling, LedgerEntry, Proposal, Review, RoundTotal
from budgets.money.totals import AMOUNTS
from budgets.states import ENDS, Entry
from portal import clock
from portal.errors import Refused
from tests.factories.budgets import Agencies, Office, Story, planned_round

pytestmark = pytest.mark.django_db

EXAMPLES = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
AMOUNT = st.sampled_from([Decimal(n) for n in ("1", "399999.99", "400000", "600000", "1000000", "1000000.01")])


class Undo(Exception):
    pass


def attempt(case, name, by, **details):
    try:
        return PROPOSAL.take(case, name, by=by, **details)
    except (Refused, PermissionDenied, ValidationError):
        return Proposal.objects.get(pk=case.pk)


def kept_sums_equal_raw_sums():
    raw = Proposal.objects.aggregate(**{name: Sum(name) for name in AMOUNTS})
    kept = RoundTotal.objects.aggregate(**{name: Sum(name) for name in AMOUNTS}, proposals=Sum("proposals"))
    assert kept.pop("proposals") == Proposal.objects.count()
    assert {name: kept[name] or 0 for name in AMOUNTS} == {name: raw[name] or 0 for name in AMOUNTS}
    assert not RoundTotal.objects.filter(proposals__lt=0).exists()


@pytest.fixture
def enacted():
    """Three cases of 1,000,000 in the request of a round enacted at 1,500,000, its theme at 1,400,000."""
    agencies, round, stories = Agencies(), planned_round(), []
    for _index in range(3):
        stories.append(Story(round=round, agencies=agencies).to("scored"))
        round = stories[0].round
    with clock.at(round.closes_at):
        stories[0].move_round("close").move_round("deliberate")
    for story in stories:
        story.proposal.refresh_from_db()
        story.take(
            "recommend",
            agencies.secretary,
            amount_baht=Decimal(1000000),
            resolution_no="1",
            resolution_on=clock.today(),
        )
    stories[0].move_round("announce")
    for story in stories:
        story.take("include_in_request", agencies.dla)
    stories[0].move_round("send_request", by=agencies.dla)
    theme = round.themes.get()
    stories[0].enact(baht=Decimal(1500000), themes={theme: Decimal(1400000)})
    return stories


STEPS = ["propose_allocation", "allocate", "not_allocate", "propose_revision", "revise_allocation", "confirm_plan",
         "decline_allocation", "terminate"]  # fmt: skip


@EXAMPLES
@given(moves=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(STEPS), AMOUNT), min_size=5, max_size=25))
def test_random_steps_stay_under_every_ceiling(enacted, moves):
    agencies = enacted[0].agencies
    who = {
        "propose_allocation": agencies.secretary, "propose_revision": agencies.secretary, "allocate": agencies.chair,
        "not_allocate": agencies.chair, "revise_allocation": agencies.chair,
    }  # fmt: skip
    try:
        with transaction.atomic():
            for index, name, amount in moves:
                story = enacted[index]
                by = who.get(name) or (story.office.province if name == "terminate" else story.office.executive)
                case = Proposal.objects.get(pk=story.proposal.pk)
                agreed = name in {"allocate", "revise_allocation"} and case.proposed_baht
                attempt(case, name, by, amount_baht=agreed or amount, reason="เหตุผล", returned_baht=case.rest_baht)

                total = Proposal.objects.aggregate(sum=Sum("allocated_baht"))["sum"] or 0
                for ceiling in Ceiling.objects.all():
                    assert ceiling.allocated_baht == total <= ceiling.amount_baht
                entered = LedgerEntry.objects.filter(kind=Entry.ALLOCATION).aggregate(sum=Sum("amount_baht"))["sum"]
                assert (entered or 0) == total
            kept_sums_equal_raw_sums()
            raise Undo
    except Undo:
        pass


@pytest.fixture
def written():
    return Story(office=Office())


@EXAMPLES
@given(data=st.data())
def test_no_sequence_of_steps_traps_a_case(written, data):
    """From wherever random steps lead, somebody is offered a step, unless the case has come to an end."""
    agencies, office = written.agencies, written.office
    people = [office.officer, office.clerk, office.executive, office.province, agencies.dla, agencies.secretary]
    details = {
        "reason": "เหตุผล", "due_on": clock.today() + timedelta(days=9), "letter_no": "", "amount_baht": Decimal(500000),
        "sections": [{"section": "rationale", "reason": "เพิ่มข้อมูล"}],
        "resolution_no": "1", "resolution_on": clock.today(),
    }  # fmt: skip
    try:
        with transaction.atomic():
            case = Proposal.objects.get(pk=written.proposal.pk)
            for _step in range(data.draw(st.integers(3, 14))):
                offers = [(by, offer) for by in people for offer in PROPOSAL.offers(case, by=by)]
                assert offers or case.state in ENDS, case.state
                open_now = [(by, offer.name) for by, offer in offers if offer.allowed]
                if not open_now:
                    break
                by, name = data.draw(st.sampled_from(open_now))
                case = attempt(case, name, by, **details)
            kept_sums_equal_raw_sums()
            raise Undo
    except Undo:
        pass


SCORE = st.integers(0, 40_000).map(lambda quarters: Decimal(quarters) / 400)
ROUNDED = st.lists(st.lists(SCORE.map(lambda one: one.quantize(Decimal("0.01"))), min_size=2, max_size=3), min_size=2,
                   max_size=9)  # fmt: skip


@pytest.fixture
def rated():
    """(round, office, three reviewers) for cases that are made and scored by the row."""
    agencies, round = Agencies(), planned_round()
    return round, Office(), agencies.reviewers


@EXAMPLES
@given(totals=ROUNDED, ties=st.integers(0, 3), mixed=st.randoms(use_true_random=False))
def test_ranking_is_reproduced_from_the_reviews_whatever_the_order_of_the_rows(rated, totals, ties, mixed):
    """Mean down, then number up: the same from the stored figures, the page's order, and the reviews by hand."""
    round, office, reviewers = rated
    totals = totals + totals[:ties]
    try:
        with transaction.atomic():
            numbered = [(f"P2571-99-{index:05d}", row) for index, row in enumerate(totals)]
            mixed.shuffle(numbered)
            for number, row in numbered:
                case = Proposal.objects.create(
                    round=round, local_government=office.place, theme=round.themes.get(), theme_edition=1,
                    created_by=office.officer, state="in_review", number=number, title_th=number,
                    first_submitted_at=clock.now(), submitted_at=clock.now(), requested_baht=1000,
                )  # fmt: skip
                Review.objects.bulk_create(
                    Review(proposal=case, reviewer=reviewer, rubric=round.rubric(), state="sent", total=total,
                           sent_at=clock.now())
                    for reviewer, total in zip(reviewers, row, strict=False)
                )  # fmt: skip
                proposal_effects.keep_figures(case, by=None)
                case.save()

            exact = {number: sum(row) / len(row) for number, row in numbered}
            means = {number: mean.quantize(Decimal("0.01")) for number, mean in exact.items()}
            wanted = sorted(means, key=lambda number: (-means[number], number))
            cases = list(Proposal.objects.in_round(round).ranked())
            assert {case.number: case.mean_score for case in cases} == means
            assert [case.number for case in cases] == wanted
            assert [reviewing.rank_of(case) for case in cases] == list(range(1, len(cases) + 1))
            assert reviewing.ranks(round) == {case.pk: place for place, case in enumerate(cases, start=1)}
            raise Undo
    except Undo:
        pass
