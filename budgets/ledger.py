"""Money moves here and nowhere else: ceilings, allocation, commitment, disbursement, return."""

from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from budgets.models import Ceiling, LedgerEntry, Proposal
from budgets.states import Entry, ProposalState, RoundState
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.fields import in_baht
from portal.thai.money import baht

COLUMNS = {Entry.COMMITMENT: "committed_baht", Entry.DISBURSEMENT: "disbursed_baht", Entry.RETURN: "returned_baht"}


def set_ceilings(round, *, round_baht, themes, routes):
    """Write the enacted ceilings: of the round, `{theme: baht}` and `{route: baht}`.

    Raises Refused when one would fall below what is already allocated under it.
    """
    wanted = [("", None, "", round_baht)]
    wanted += [(f"theme:{theme.pk}", theme, "", amount) for theme, amount in themes.items()]
    wanted += [(f"route:{route}", None, route, amount) for route, amount in routes.items()]
    for key, theme, route, amount in wanted:
        ceiling, made = Ceiling.objects.get_or_create(
            round=round, key=key, defaults={"theme": theme, "route": route, "amount_baht": amount}
        )
        if made:
            continue
        held = Ceiling.objects.filter(pk=ceiling.pk, allocated_baht__lte=amount).update(amount_baht=amount)
        if not held:
            raise Refused(
                _("%(name)s: %(allocated)s is already allocated, so the ceiling cannot be lower.")
                % {"name": ceiling, "allocated": baht(ceiling.allocated_baht)},
                code="below_allocated",
            )


def settle(proposal, *, reference, by):
    """Bring the ledger and every ceiling of the case to its `allocated_baht`.

    Called last in a step: the ceilings are its hottest rows. Raises Refused `ceiling_exceeded`, naming the
    ceiling and what is left under it.
    """
    entered = proposal.entries.filter(kind=Entry.ALLOCATION).aggregate(sum=Sum("amount_baht"))["sum"] or Decimal(0)
    change = (proposal.allocated_baht or Decimal(0)) - entered
    if change == 0:
        return
    LedgerEntry.objects.create(
        proposal=proposal,
        kind=Entry.ALLOCATION,
        amount_baht=change,
        on=clock.today(),
        reference=reference,
        recorded_by=by,
    )
    keys = [f"theme:{proposal.theme_id}", f"route:{proposal.route}", ""]
    for ceiling in sorted(
        Ceiling.objects.filter(round=proposal.round_id, key__in=keys), key=lambda c: keys.index(c.key)
    ):
        room = Ceiling.objects.filter(pk=ceiling.pk, allocated_baht__lte=F("amount_baht") - in_baht(change))
        if not room.update(allocated_baht=F("allocated_baht") + in_baht(change)):
            ceiling.refresh_from_db()
            raise Refused(
                _("%(amount)s does not fit under the ceiling of “%(name)s”: %(left)s is left.")
                % {"amount": baht(change), "name": ceiling, "left": baht(ceiling.left_baht)},
                code="ceiling_exceeded",
                left_baht=str(ceiling.left_baht),
            )


def enter(proposal, kind, *, by, amount_baht, items=(), **facts):
    """A new commitment or disbursement of an executing case; the `LedgerEntry`.

    Raises PermissionDenied, or Refused: `not_executing`, `above_allocated`, `above_committed`, and for a
    disbursement that names its commitment `above_commitment`.
    """
    with transaction.atomic():
        fresh, capacity = _executing(proposal, by=by)
        _move(fresh, kind, amount_baht)
        if facts.get("commitment") is not None:
            _refuse_above_commitment(fresh, facts["commitment"], amount_baht)
        entry = LedgerEntry(proposal=fresh, kind=kind, amount_baht=amount_baht, recorded_by=by, **facts)
        entry.full_clean()
        entry.save()
        entry.items.set(items)
        record(f"{kind}.enter", entry, by=by, capacity=capacity, details={"amount_baht": amount_baht, "on": entry.on})
    return entry


def reverse_entry(entry, *, by, reason):
    """The reversing entry of a commitment or disbursement; each can be reversed once."""
    with transaction.atomic():
        fresh, capacity = _executing(entry.proposal, by=by)
        if entry.reverses_id or LedgerEntry.objects.filter(reverses=entry).exists():
            raise Refused(_("This entry is already reversed, or is itself a reversal."), code="already_reversed")
        _move(fresh, entry.kind, -entry.amount_baht)
        if paid := disbursed_against(entry):
            text = _("%(paid)s is disbursed against this commitment: reverse those disbursements first.")
            raise Refused(text % {"paid": baht(paid)}, code="commitment_disbursed", disbursed_baht=str(paid))
        reversal = LedgerEntry.objects.create(
            proposal=fresh,
            kind=entry.kind,
            amount_baht=-entry.amount_baht,
            on=clock.today(),
            reference=entry.reference,
            contractor=entry.contractor,
            contract_no=entry.contract_no,
            egp_no=entry.egp_no,
            commitment=entry.commitment,
            reverses=entry,
            reason=reason,
            recorded_by=by,
        )
        details = {"reverses": entry.pk, "amount_baht": -entry.amount_baht, "reason": reason}
        record(f"{entry.kind}.reverse", reversal, by=by, capacity=capacity, details=details)
    return reversal


def disbursed_against(commitment):
    """What is disbursed against a commitment, reversals taken off; zero for any other entry."""
    return commitment.disbursements.aggregate(sum=Sum("amount_baht"))["sum"] or Decimal(0)


def _refuse_above_commitment(proposal, commitment, amount):
    """Called once the case's row is held, so that no two disbursements are judged by the same rest."""
    if commitment.proposal_id != proposal.pk or commitment.kind != Entry.COMMITMENT or commitment.reverses_id:
        raise ValidationError({"commitment": _("This commitment is not of this project.")})
    reversed_already = LedgerEntry.objects.filter(reverses=commitment).exists()
    left = Decimal(0) if reversed_already else commitment.amount_baht - disbursed_against(commitment)
    if amount > left:
        raise Refused(
            _("%(amount)s does not fit: %(left)s is left of this commitment.")
            % {"amount": baht(amount), "left": baht(left)},
            code="above_commitment",
            left_baht=str(left),
        )


def give_back(proposal, *, amount_baht, reference, by):
    """Enter money returned, on a case whose row the caller already holds in a step."""
    if amount_baht:
        LedgerEntry.objects.create(
            proposal=proposal,
            kind=Entry.RETURN,
            amount_baht=amount_baht,
            on=clock.today(),
            reference=reference,
            recorded_by=by,
        )


def _executing(proposal, *, by):
    fresh = Proposal.objects.select_related("round", "local_government").get(pk=proposal.pk)
    capacity = access.capacity(by, "budgets.record_money", fresh)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government may record its spending."))
    if fresh.round.state != RoundState.ENACTED:
        text = _("Money can be recorded while the round is enacted; it is “%(state)s”.")
        raise Refused(text % {"state": fresh.round.get_state_display()}, code="wrong_round_state", state=fresh.state)
    if fresh.state != ProposalState.EXECUTING:
        text = _("Money can be recorded while the project is being carried out; it is “%(state)s”.")
        raise Refused(text % {"state": fresh.get_state_display()}, code="not_executing", state=fresh.state)
    return fresh, capacity


def _move(proposal, kind, change):
    """Add `change` to the case's sum of `kind` in one guarded UPDATE, which also counts the version."""
    column = COLUMNS[kind]
    held = Proposal.objects.filter(pk=proposal.pk, state=proposal.state)
    if kind == Entry.COMMITMENT:
        held = held.filter(
            committed_baht__lte=F("allocated_baht") - F("returned_baht") - in_baht(change),
            committed_baht__gte=F("disbursed_baht") - in_baht(change),
        )
        text = _(
            "Commitments would come to %(sum)s; they must lie between what is disbursed (%(disbursed)s) and what is"
            " allocated (%(allocated)s)."
        )
        code = "above_allocated"
    else:
        held = held.filter(disbursed_baht__lte=F("committed_baht") - in_baht(change), disbursed_baht__gte=-change)
        text = _(
            "Disbursements would come to %(sum)s; they must lie between nothing and what is committed (%(committed)s)."
        )
        code = "above_committed"
    if not held.update(**{column: F(column) + in_baht(change), "version": F("version") + 1}):
        proposal.refresh_from_db()
        if proposal.state != ProposalState.EXECUTING:
            raise Refused(_("This project is no longer being carried out."), code="not_executing", state=proposal.state)
        amounts = {
            "sum": baht(getattr(proposal, column) + change),
            "allocated": baht(proposal.allocated_baht or Decimal(0)),
            "committed": baht(proposal.committed_baht),
            "disbursed": baht(proposal.disbursed_baht),
        }
        raise Refused(
            text % amounts,
            code=code,
            allocated_baht=str(proposal.allocated_baht or Decimal(0)),
            committed_baht=str(proposal.committed_baht),
            disbursed_baht=str(proposal.disbursed_baht),
        )
