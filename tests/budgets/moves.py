"""Money that moves after its allocation, for the tests: contracts, carry-overs, transfers, re-scoped targets."""

from datetime import date
from decimal import Decimal

from budgets.lifecycle import CARRY_OVER
from budgets.money import ledger, moving, rescoping
from budgets.states import Entry, Section
from budgets.writing.drafting import editing
from portal import clock
from tests.factories.budgets import Office, Story

CONTRACT = Decimal(600_000)
LETTER = {"authority": "กรมบัญชีกลาง", "letter_no": "กค 0402.5/12", "letter_on": date(2026, 11, 2)}
YEAR_END = date(2028, 9, 30)
UNTIL = date(2029, 3, 31)


def committed(story, amount=CONTRACT, **facts):
    """The contract of a story that stands in `executing`."""
    facts = {"on": clock.today(), "contractor": "บริษัท ก", **facts}
    entry = ledger.enter(story.proposal, Entry.COMMITMENT, by=story.office.officer, amount_baht=amount, **facts)
    story.proposal.refresh_from_db()
    return entry


def paid(story, amount, on, **facts):
    entry = ledger.enter(
        story.proposal, Entry.DISBURSEMENT, by=story.office.officer, amount_baht=Decimal(amount), on=on, **facts
    )
    story.proposal.refresh_from_db()
    return entry


def asked(story, amount=Decimal(200_000), until=UNTIL, **kwargs):
    """A carry-over asked for by the story's office, of a contract made for it where there is none."""
    if not story.proposal.committed_baht:
        committed(story)
    return moving.ask_carry_over(
        story.proposal, by=story.office.officer, amount_baht=amount, until=until, reason="ส่งมอบล่าช้า", **kwargs
    )


def granted(carry, *, by, **details):
    return CARRY_OVER.take(carry, "grant", by=by, **{**LETTER, **details})


def items_asked(story, quantity=1):
    """A change of the first item's quantity asked for by the story's office."""
    held = list(story.proposal.items.order_by("position", "pk"))
    rows = [
        {"id": one.pk, "category": one.category, **{name: getattr(one, name) for name in rescoping.WRITTEN}}
        for one in held
    ]
    rows[0] |= {"quantity": quantity}
    return rescoping.ask(story.proposal, by=story.office.officer, items=rows, reason="รุ่นเดิมเลิกผลิต", **LETTER)


def two_projects(goal="executing", theme=None, enacted=None):
    """Two stories of one enacted round, each of 1,000,000 baht asked: all of it allocated to the first, 800,000 to the
    second, which has `theme` (a function of the round that makes one) where given. `enacted` as of `Story.enact`.
    """
    first = Story()
    second = Story(first.round, Office(), first.agencies)
    if theme is not None:
        with editing(second.proposal, Section.SUMMARY, by=second.office.officer) as draft:
            draft.theme = theme(first.round)
        second.proposal.refresh_from_db()
    both, agencies = (first, second), first.agencies
    for story in both:
        story.to("scored")
    with clock.at(first.round.closes_at):
        first.move_round("close").move_round("deliberate")
    resolution = {"resolution_no": "1/2570", "resolution_on": clock.today()}
    for story in both:
        story.take("recommend", agencies.secretary, amount_baht=story.proposal.requested_baht, **resolution)
    first.move_round("announce")
    for story in both:
        story.take("include_in_request", agencies.dla)
    first.move_round("send_request", by=agencies.dla)
    first.enact(**(enacted(first.round) if enacted else {}))
    for story, amount in zip(both, (Decimal(1_000_000), Decimal(800_000)), strict=True):
        story.round = first.round
        story.take("propose_allocation", agencies.secretary, amount_baht=amount, reference="ว 12")
        story.take("allocate", agencies.chair, amount_baht=amount)
        if goal == "executing":
            story.take("confirm_plan", story.office.executive)
    return first, second


def proposed(first, second, amount=Decimal(100_000), **kwargs):
    """A transfer from the first story's project to the second's, as the secretary proposes it."""
    by = kwargs.pop("by", first.agencies.secretary)
    return moving.propose_transfer(
        first.proposal, second.proposal, by=by, amount_baht=amount, reason="ประหยัดจากการประกวดราคา", **LETTER, **kwargs
    )


def retarget(story, quantity="3"):
    """The targets of an allocated project, changed by its officer."""
    with editing(story.proposal, Section.OBJECTIVES, by=story.office.officer) as draft:
        draft.targets = [{**draft.targets[0], "quantity": quantity}]
    story.proposal.refresh_from_db()
