"""Who is told about transfers, carry-overs and re-scoped targets."""

from django.utils.translation import gettext_lazy as _

from budgets.notices import about, holders, office, province
from budgets.states import CarryOverState, ItemChangeState
from portal.thai.dates import thaidate
from portal.thai.money import baht

DECIDED = {
    CarryOverState.GRANTED: (
        _("Carried over: %(number)s"),
        _("%(amount)s of “%(title)s” may be paid until %(until)s (%(letter_no)s)."),
    ),
    CarryOverState.REFUSED: (
        _("Not carried over: %(number)s"),
        _("%(amount)s of “%(title)s” is not carried over. Reason: %(reason)s"),
    ),
    CarryOverState.TAKEN_BACK: (
        _("Carry-over taken back: %(number)s"),
        _("The carry-over of %(amount)s of “%(title)s” is taken back. Reason: %(reason)s"),
    ),
}


def carry_over_asked(carry):
    about(
        carry.proposal,
        holders("budgets.grant_carry_over"),
        "carry_over_asked",
        _("Carry-over asked for: %(number)s"),
        _("%(name)s asks to carry over %(amount)s of “%(title)s” until %(until)s. Reason: %(reason)s"),
        url=carry.get_absolute_url(),
        amount=baht(carry.amount_baht),
        until=thaidate(carry.until),
        reason=carry.reason,
    )


def carry_over_decided(carry, *, by, **_details):
    subject, body = DECIDED[carry.state]
    about(
        carry.proposal,
        office(carry.proposal),
        "carry_over_decided",
        subject,
        body,
        url=carry.get_absolute_url(),
        amount=baht(carry.amount_baht),
        until=thaidate(carry.until),
        letter_no=carry.letter_no,
        reason=carry.decision_reason,
    )


def transfer_proposed(transfer):
    about(
        transfer.source,
        holders("budgets.decide_transfer"),
        "transfer_proposed",
        _("Transfer to decide: %(number)s"),
        _("%(amount)s is to go from “%(title)s” to “%(other)s” (%(letter_no)s)."),
        url=transfer.get_absolute_url(),
        **_facts(transfer),
    )


def transfer_approved(transfer, *, by, **_details):
    about(
        transfer.source,
        office(transfer.source),
        "transfer_approved",
        _("Allocation lowered: %(number)s"),
        _("%(amount)s of “%(title)s” has gone to “%(other)s” (%(letter_no)s)."),
        **_facts(transfer),
    )
    about(
        transfer.target,
        office(transfer.target),
        "transfer_approved",
        _("Allocation raised: %(number)s"),
        _("“%(title)s” has received %(amount)s from “%(from)s” (%(letter_no)s)."),
        **_facts(transfer),
        **{"from": transfer.source.title_th},
    )


def transfer_declined(transfer, *, by, reason="", **_details):
    about(
        transfer.source,
        transfer.asked_by,
        "transfer_declined",
        _("Transfer declined: %(number)s"),
        _("The transfer of %(amount)s from “%(title)s” to “%(other)s” is declined. Reason: %(reason)s"),
        url=transfer.get_absolute_url(),
        reason=reason,
        **_facts(transfer),
    )


def _facts(transfer):
    return {
        "amount": baht(transfer.amount_baht),
        "other": transfer.target.title_th,
        "letter_no": transfer.letter_no,
    }


ITEMS_DECIDED = {
    ItemChangeState.ACCEPTED: (
        _("Change of items accepted: %(number)s"),
        _("The province accepts the change of items of “%(title)s” (%(letter_no)s)."),
    ),
    ItemChangeState.DECLINED: (
        _("Change of items not accepted: %(number)s"),
        _("The province does not accept the change of items of “%(title)s”. Reason: %(reason)s"),
    ),
}


def item_change_asked(change):
    about(
        change.proposal,
        province(change.proposal),
        "item_change_asked",
        _("Change of items to decide: %(number)s"),
        _("%(name)s asks to change items of “%(title)s” (%(authority)s %(letter_no)s). Reason: %(reason)s"),
        url=change.get_absolute_url(),
        authority=change.authority,
        letter_no=change.letter_no,
        reason=change.reason,
    )


def item_change_decided(change, *, by, **_details):
    subject, body = ITEMS_DECIDED[change.state]
    about(
        change.proposal,
        office(change.proposal),
        "item_change_decided",
        subject,
        body,
        url=change.get_absolute_url(),
        letter_no=change.letter_no,
        reason=change.decision_reason,
    )


def targets_changed(proposal):
    about(
        proposal,
        province(proposal),
        "targets_changed",
        _("Targets to accept: %(number)s"),
        _("%(name)s has fitted the targets of “%(title)s” to its allocation. Please accept or decline them."),
    )


def targets_accepted(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "targets_accepted",
        _("Targets accepted: %(number)s"),
        _("The province accepts the re-scoped targets of “%(title)s”. The executive may confirm the plan."),
    )


def targets_declined(proposal, *, by, reason, **_details):
    about(
        proposal,
        office(proposal),
        "targets_declined",
        _("Targets not accepted: %(number)s"),
        _("The province does not accept the re-scoped targets of “%(title)s”. Reason: %(reason)s"),
        reason=reason,
    )
