"""Money that moves after its allocation: to another project, or into the next fiscal year. Both on a letter.

What is asked for moves nothing; the deciding step of `budgets.lifecycle.moves` calls what moves it.
"""

from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from budgets.models import CarryOver, LedgerEntry, Proposal, Transfer
from budgets.money import move_notices
from budgets.money.ledger import carried_rest_baht, free_baht, keys_of, last_day, move_ceilings, refuse_unless_executing
from budgets.states import Entry, ProposalState, RoundState
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.fields import in_baht
from portal.thai.dates import thaidate
from portal.thai.money import baht

WITH_ALLOCATION = frozenset({ProposalState.ALLOCATED, ProposalState.EXECUTING})


# To another project


def propose_transfer(source, target, *, by, amount_baht, reason, authority, letter_no, letter_on, letter=None):
    """The new `Transfer`, for another person to approve; it moves nothing yet.

    Raises PermissionDenied, ValidationError, or Refused: `wrong_round_state`, `other_round`.
    """
    with transaction.atomic():
        proposed = Transfer(
            round=source.round,
            source=source,
            target=target,
            amount_baht=amount_baht,
            reason=reason,
            authority=authority,
            letter_no=letter_no,
            letter_on=letter_on,
            letter=letter,
            asked_by=by,
        )
        capacity = access.capacity(by, "budgets.propose_transfer", proposed)
        if capacity is None:
            raise PermissionDenied(_("Only the committee's secretary proposes transfers."))
        if source.round_id != target.round_id:
            raise ValidationError({"target": _("Both projects must be of the same round.")})
        refuse_unless_enacted(source.round)
        proposed.full_clean()
        proposed.save()
        details = {"amount_baht": amount_baht, "letter_no": letter_no, "source": source, "target": target}
        record("transfer.propose", proposed, by=by, capacity=capacity, after=proposed.state, details=details)
        move_notices.transfer_proposed(proposed)
    return proposed


def transfer(source, target, *, amount_baht, on, reference, file, by):
    """Move allocated money from one case of a round to another; the two entries, out and in.

    Raises Refused: `not_allocated`, `above_rest`, `above_requested`, `ceiling_exceeded`.
    """
    locked = Proposal.objects.select_for_update(of=("self",), no_key=True).select_related("local_government")
    cases = {case.pk: case for case in locked.filter(pk__in=[source.pk, target.pk]).order_by("pk")}
    moved = [(cases[source.pk], -amount_baht), (cases[target.pk], amount_baht)]
    for case, change in sorted(moved, key=lambda pair: _row_of_sums(pair[0])):
        _change_allocation(case, change)
    changes = {}
    for case, change in moved:
        for key in keys_of(case):
            changes[key] = changes.get(key, Decimal(0)) + change
    move_ceilings(source.round_id, changes)
    facts = {"kind": Entry.TRANSFER, "on": on, "reference": reference, "file": file, "recorded_by": by}
    return [LedgerEntry.objects.create(proposal=case, amount_baht=change, **facts) for case, change in moved]


def _row_of_sums(case):
    """The key by which the triggers of `budgets.money.totals` order the rows that they take."""
    place = case.local_government
    return f"{case.round_id}/{case.theme_id or 0}/{place.province_id}{place.kind}/{case.state}"


def _change_allocation(case, change):
    held = Proposal.objects.filter(pk=case.pk, state__in=WITH_ALLOCATION)
    if change > 0:
        held = held.filter(allocated_baht__lte=F("requested_baht") - in_baht(change))
    else:
        held = held.filter(
            allocated_baht__gt=-change, committed_baht__lte=F("allocated_baht") - F("returned_baht") - in_baht(-change)
        )
    if held.update(allocated_baht=F("allocated_baht") + in_baht(change), version=F("version") + 1):
        return
    case.refresh_from_db()
    raise in_the_way(case, change)


def in_the_way(case, change):
    """The `Refused` that a change of the case's allocation by so many baht meets as it stands, or None."""
    names = {"number": case.number, "state": case.get_state_display()}
    if case.state not in WITH_ALLOCATION:
        text = _("%(number)s is “%(state)s”: money goes only from and to projects that have an allocation.")
        return Refused(text % names, code="not_allocated", state=case.state)
    if change > 0:
        left, code = case.requested_baht - case.allocated_baht, "above_requested"
        text = _("%(number)s can take %(left)s more: it asked for no more than that.")
        fits = change <= left
    else:
        left, code = free_baht(case), "above_rest"
        text = _("%(number)s has %(left)s that is not committed. Some of its allocation must stay; else take it back.")
        fits = -change <= left and -change < case.allocated_baht
    return None if fits else Refused(text % {**names, "left": baht(left)}, code=code, left_baht=str(left))


# Into the next fiscal year


def ask_carry_over(proposal, *, by, amount_baht, until, reason, is_extension=False):
    """The new `CarryOver`, for DLA to grant on its authority's letter; it moves nothing yet.

    An extension lets what is already carried over be paid until a later day, and names no amount of its own.
    Raises PermissionDenied, ValidationError, or Refused: `wrong_round_state`, `not_executing`, `nothing_carried`,
    `above_unpaid`.
    """
    with transaction.atomic():
        fresh = Proposal.objects.select_related("round", "local_government").get(pk=proposal.pk)
        capacity = access.capacity(by, "budgets.ask_carry_over", fresh)
        if capacity is None:
            raise PermissionDenied(_("Only officers of this local government may ask for this."))
        refuse_unless_enacted(fresh.round)
        refuse_unless_executing(fresh)
        if is_extension:
            amount_baht = carried_rest_baht(fresh)
            if not amount_baht:
                raise Refused(_("Nothing is carried over that this would extend."), code="nothing_carried")
        elif amount_baht > unpaid_baht(fresh):
            raise above_unpaid(fresh)
        check_until(fresh, until, is_extension=is_extension)
        asked = CarryOver(
            proposal=fresh,
            amount_baht=amount_baht,
            until=until,
            reason=reason,
            is_extension=is_extension,
            asked_by=by,
        )
        asked.full_clean()
        asked.save()
        details = {"amount_baht": amount_baht, "until": until}
        record("carry_over.ask", asked, by=by, capacity=capacity, details=details)
        move_notices.carry_over_asked(asked)
    return asked


def latest_until(round, *, is_extension):
    """The last day until which money of the round may be carried: six months into the next year, twelve if longer."""
    year = last_day(round).year + 1
    return date(year, 9, 30) if is_extension else date(year, 3, 31)


def check_until(proposal, until, *, is_extension):
    """Raise ValidationError unless money of the case may be carried until that day."""
    first, latest = last_day(proposal.round), latest_until(proposal.round, is_extension=is_extension)
    if is_extension and proposal.carried_until:
        first = max(first, proposal.carried_until)
    if not first < until <= latest:
        text = _("Give a day after %(first)s and not after %(latest)s.")
        raise ValidationError({"until": text % {"first": thaidate(first), "latest": thaidate(latest)}})


def unpaid_baht(proposal):
    """What is committed, not yet paid and not yet carried over: what can be."""
    return proposal.committed_baht - proposal.disbursed_baht - carried_rest_baht(proposal)


def above_unpaid(proposal):
    """The refusal for more than can be carried over."""
    return Refused(
        _("%(unpaid)s is committed, unpaid and not carried over yet; no more than that can be.")
        % {"unpaid": baht(unpaid_baht(proposal))},
        code="above_unpaid",
        unpaid_baht=str(unpaid_baht(proposal)),
    )


def refuse_unless_enacted(round):
    if round.state != RoundState.ENACTED:
        raise Refused(
            _("This is not possible while the round is “%(state)s”.") % {"state": round.get_state_display()},
            code="wrong_round_state",
            round_state=round.state,
        )


def carry_over(proposal, *, amount_baht, until, on, reference, file, by):
    """Carry over `amount_baht` of what is committed and unpaid, to be paid until that day; the entry.

    Called in a step. Raises Refused: `not_executing`, `above_unpaid`.
    """
    carried = Coalesce(F("carried_baht"), in_baht(Decimal(0)))
    paid = Coalesce(F("carried_paid_baht"), in_baht(Decimal(0)))
    bound = F("committed_baht") - F("disbursed_baht") + paid - in_baht(amount_baht)
    held = Proposal.objects.alias(was_carried=carried).filter(
        pk=proposal.pk, state=ProposalState.EXECUTING, was_carried__lte=bound
    )
    later = max(until, proposal.carried_until or until)
    if not held.update(
        carried_baht=carried + in_baht(amount_baht),
        carried_paid_baht=paid,
        carried_until=later,
        version=F("version") + 1,
    ):
        refuse_unless_executing(proposal)
        raise above_unpaid(proposal)
    return LedgerEntry.objects.create(
        proposal=proposal,
        kind=Entry.CARRY_OVER,
        amount_baht=amount_baht,
        on=on,
        reference=reference,
        file=file,
        recorded_by=by,
    )


def carry_longer(proposal, *, until):
    """Let what is carried over be paid until a later day. Called in a step; raises Refused."""
    held = Proposal.objects.filter(
        pk=proposal.pk, state=ProposalState.EXECUTING, carried_paid_baht__lt=F("carried_baht"), carried_until__lt=until
    )
    if not held.update(carried_until=until, version=F("version") + 1):
        refuse_unless_executing(proposal)
        raise Refused(_("Nothing is carried over that this would extend."), code="nothing_carried")


def take_back_carry_over(entry, *, reason, by):
    """The reversing entry of a carry-over of which nothing is paid yet. Called in a step; raises Refused."""
    proposal, amount = entry.proposal, entry.amount_baht
    held = Proposal.objects.filter(pk=proposal.pk, carried_baht__gte=F("carried_paid_baht") + in_baht(amount))
    if not held.update(carried_baht=F("carried_baht") - in_baht(amount), version=F("version") + 1):
        proposal.refresh_from_db()
        raise Refused(
            _("%(left)s of what was carried over is not yet paid: less than this carry-over.")
            % {"left": baht(carried_rest_baht(proposal))},
            code="carry_over_paid",
        )
    return LedgerEntry.objects.create(
        proposal=proposal,
        kind=Entry.CARRY_OVER,
        amount_baht=-amount,
        on=clock.today(),
        reference=entry.reference,
        reverses=entry,
        reason=reason[:300],
        recorded_by=by,
    )
