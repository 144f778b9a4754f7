"""Carry-over and transfer: what one person asks and another decides, on an authority's letter."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets.money import move_notices, moving, rescoping
from budgets.states import CarryOverState, ItemChangeState, TransferState
from budgets.step_forms import AllocateForm, GrantCarryOverForm
from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import ReasonForm

C, E, T = CarryOverState, ItemChangeState, TransferState


def round_is_enacted(move, *, by):
    moving.refuse_unless_enacted(getattr(move, "proposal", move).round)


def did_not_ask(move, *, by):
    if move.asked_by_id == by.pk:
        raise Refused(
            _("Who proposed this does not decide it: another person must."), code="same_person", state=move.state
        )


def is_no_extension(carry, *, by):
    if carry.is_extension:
        raise Refused(
            _("This carry-over only extended another: take that one back, while nothing of it is paid."),
            code="is_extension",
            state=carry.state,
        )


def stamp_decision(move, *, by, reason="", **_details):
    move.decided_by, move.decided_at, move.decision_reason = by, clock.now(), reason


# Carry-over


def keep_grant(carry, *, by, authority, letter_no, letter_on, amount_baht=None, until=None, letter=None, **_details):
    """What the letter says: at most what was asked for, until the day that it names."""
    if amount_baht is not None and amount_baht != carry.amount_baht:
        if carry.is_extension or amount_baht > carry.amount_baht:
            raise Refused(
                _("No more can be granted than was asked for; an extension carries all that is left."),
                code="above_asked",
                state=carry.state,
            )
        carry.amount_baht = amount_baht
    if until is not None:
        carry.until = until
    moving.check_until(carry.proposal, carry.until, is_extension=carry.is_extension)
    carry.authority, carry.letter_no, carry.letter_on = authority, letter_no, letter_on
    if letter:
        carry.letter = files.store(letter, by=by, only={"pdf"})


def carry(carry, *, by, **_details):
    if carry.is_extension:
        moving.carry_longer(carry.proposal, until=carry.until)
        return
    carry.entry = moving.carry_over(
        carry.proposal,
        amount_baht=carry.amount_baht,
        until=carry.until,
        on=carry.letter_on,
        reference=f"{carry.authority} {carry.letter_no}",
        file=carry.letter,
        by=by,
    )
    carry.save(update_fields=["entry"])


def uncarry(carry, *, by, reason, **_details):
    moving.take_back_carry_over(carry.entry, reason=reason, by=by)


CARRY_OVER = Lifecycle(
    "carry_over",
    C,
    [
        Step("grant", L("Grant the carry-over"), frozenset({C.REQUESTED}), C.GRANTED, "budgets.grant_carry_over",
             guards=[round_is_enacted, did_not_ask], effects=[keep_grant, stamp_decision],
             after=[carry, move_notices.carry_over_decided], form=GrantCarryOverForm),
        Step("refuse", L("Refuse the carry-over"), frozenset({C.REQUESTED}), C.REFUSED, "budgets.grant_carry_over",
             guards=[did_not_ask], effects=[stamp_decision], after=[move_notices.carry_over_decided], form=ReasonForm),
        Step("withdraw", L("Withdraw the request"), frozenset({C.REQUESTED}), C.WITHDRAWN, "budgets.ask_carry_over"),
        Step("take_back", L("Take the carry-over back"), frozenset({C.GRANTED}), C.TAKEN_BACK,
             "budgets.grant_carry_over", guards=[round_is_enacted, is_no_extension], effects=[stamp_decision],
             after=[uncarry, move_notices.carry_over_decided], form=ReasonForm, danger=True,
             hint=L("For a carry-over recorded wrongly or no longer needed, while nothing of it is paid.")),
    ],
    start=C.REQUESTED,
    ends=frozenset({C.GRANTED, C.REFUSED, C.WITHDRAWN, C.TAKEN_BACK}),
)  # fmt: skip


# Change of items


def write_the_items(change, *, by, **_details):
    rescoping.write(change)
    capacity = access.capacity(by, "budgets.decide_item_change", change)
    details = {"amount_baht": change.amount_baht, "letter_no": change.letter_no}
    record("proposal.change_items", change.proposal, by=by, capacity=capacity, details=details)


ITEM_CHANGE = Lifecycle(
    "item_change",
    E,
    [
        Step("accept", L("Accept the change of items"), frozenset({E.REQUESTED}), E.ACCEPTED,
             "budgets.decide_item_change", guards=[round_is_enacted, did_not_ask], effects=[stamp_decision],
             after=[write_the_items, move_notices.item_change_decided], at_once=True),
        Step("decline", L("Decline the change of items"), frozenset({E.REQUESTED}), E.DECLINED,
             "budgets.decide_item_change", guards=[did_not_ask], effects=[stamp_decision],
             after=[move_notices.item_change_decided], form=ReasonForm),
        Step("withdraw", L("Withdraw the request"), frozenset({E.REQUESTED}), E.WITHDRAWN, "budgets.ask_item_change"),
    ],
    start=E.REQUESTED,
    ends=frozenset({E.ACCEPTED, E.DECLINED, E.WITHDRAWN}),
)  # fmt: skip


# Transfer


def equals_what_was_proposed(transfer, *, by, amount_baht, **_details):
    if amount_baht != transfer.amount_baht:
        raise Refused(
            _("The amount differs from what the secretary proposed."),
            code="proposal_changed",
            state=transfer.state,
            proposed_baht=str(transfer.amount_baht),
        )


def move_the_money(transfer, *, by, **_details):
    moving.transfer(
        transfer.source,
        transfer.target,
        amount_baht=transfer.amount_baht,
        on=transfer.letter_on,
        reference=f"{transfer.authority} {transfer.letter_no}"[:200],
        file=transfer.letter,
        by=by,
    )
    capacity = access.capacity(by, "budgets.decide_transfer", transfer)
    details = {"amount_baht": transfer.amount_baht, "letter_no": transfer.letter_no}
    for verb, case in (("transfer_out", transfer.source), ("transfer_in", transfer.target)):
        record(f"proposal.{verb}", case, by=by, capacity=capacity, details=details)


TRANSFER = Lifecycle(
    "transfer",
    T,
    [
        Step("approve", L("Approve the transfer"), frozenset({T.PROPOSED}), T.APPROVED, "budgets.decide_transfer",
             guards=[round_is_enacted, did_not_ask], effects=[equals_what_was_proposed, stamp_decision],
             after=[move_the_money, move_notices.transfer_approved], form=AllocateForm),
        Step("decline", L("Decline the transfer"), frozenset({T.PROPOSED}), T.DECLINED, "budgets.decide_transfer",
             guards=[did_not_ask], effects=[stamp_decision], after=[move_notices.transfer_declined],
             form=ReasonForm),
        Step("withdraw", L("Withdraw the proposal"), frozenset({T.PROPOSED}), T.WITHDRAWN,
             "budgets.propose_transfer"),
    ],
    start=T.PROPOSED,
    ends=frozenset({T.APPROVED, T.DECLINED, T.WITHDRAWN}),
)  # fmt: skip
