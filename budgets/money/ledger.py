"""Money moves here and nowhere else: ceilings, allocation, transfer, commitment, carry-over, disbursement, return.

Rows are taken in one order: cases by key, sums of the round, ceilings with the hottest last.
"""

from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from budgets.models import Ceiling, CeilingChange, LaterYear, LedgerEntry, Proposal
from budgets.states import Entry, ProposalState, RoundState
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.fields import in_baht
from portal.thai.dates import fiscal_year_bounds, thaidate
from portal.thai.money import baht

ALLOCATING = frozenset({Entry.ALLOCATION, Entry.TRANSFER})
COLUMNS = {Entry.COMMITMENT: "committed_baht", Entry.DISBURSEMENT: "disbursed_baht", Entry.RETURN: "returned_baht"}


def last_day(round):
    """The last day of the fiscal year whose money a round gives: from the next day on it must be carried over."""
    return fiscal_year_bounds(round.fiscal_year)[1] - timedelta(days=1)


def set_ceilings(round, *, round_baht, themes, routes, references=None):
    """Write the enacted ceilings: of the round, `{theme: baht}` and `{route: baht}`.

    `references` maps a ceiling's key to where the Act names it; the others stand under the Act's own reference.
    Raises Refused when one would fall below what is already allocated under it.
    """
    references = references or {}
    wanted = [("", None, "", round_baht)]
    wanted += [(f"theme:{theme.pk}", theme, "", amount) for theme, amount in themes.items()]
    wanted += [(f"route:{route}", None, route, amount) for route, amount in routes.items()]
    for key, theme, route, amount in wanted:
        told = {"amount_baht": amount, "reference": references.get(key) or round.act_reference}
        ceiling, made = Ceiling.objects.get_or_create(
            round=round, key=key, defaults={"theme": theme, "route": route, **told}
        )
        if made:
            continue
        held = Ceiling.objects.filter(pk=ceiling.pk, allocated_baht__lte=amount).update(**told)
        if not held:
            raise _below_allocated(ceiling)


def change_ceilings(round, *, amounts, reference, on, reason, by):
    """Raise or cut enacted ceilings by a later enactment: `amounts` as `{key: baht}`; the `CeilingChange`s.

    Called in a step. Raises Refused: `below_allocated` for a ceiling that would fall below what is allocated under
    it, `nothing_changed`.
    """
    changes = []
    for ceiling in sorted(Ceiling.objects.filter(round=round, key__in=amounts), key=_hottest_last):
        amount = amounts[ceiling.key]
        if amount == ceiling.amount_baht:
            continue
        held = Ceiling.objects.filter(pk=ceiling.pk, amount_baht=ceiling.amount_baht, allocated_baht__lte=amount)
        if not held.update(amount_baht=amount):
            ceiling.refresh_from_db()
            raise _below_allocated(ceiling)
        facts = {"reference": reference, "on": on, "reason": reason, "recorded_by": by}
        changes.append(
            CeilingChange.objects.create(ceiling=ceiling, before_baht=ceiling.amount_baht, after_baht=amount, **facts)
        )
    if not changes:
        raise Refused(_("No ceiling differs from what it is now."), code="nothing_changed", state=round.state)
    return changes


def later_enactments(round):
    """The `CeilingChange`s of a round with their ceilings, newest first, as a list."""
    found = CeilingChange.objects.filter(ceiling__round=round).select_related("ceiling__theme", "ceiling__round")
    return list(found.order_by("-pk"))


def _below_allocated(ceiling):
    return Refused(
        _("%(name)s: %(allocated)s is already allocated, so the ceiling cannot be lower.")
        % {"name": ceiling, "allocated": baht(ceiling.allocated_baht)},
        code="below_allocated",
        allocated_baht=str(ceiling.allocated_baht),
    )


def settle(proposal, *, reference, by):
    """Bring the ledger and every ceiling of the case to its `allocated_baht`.

    Called last in a step: the ceilings are its hottest rows. Raises Refused `ceiling_exceeded`, naming the
    ceiling and what is left under it.
    """
    entered = proposal.entries.filter(kind__in=ALLOCATING).aggregate(sum=Sum("amount_baht"))["sum"] or Decimal(0)
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
    move_ceilings(proposal.round_id, dict.fromkeys(keys_of(proposal), change))


def allocation_reference(proposal):
    """Under what the present allocation stands: for a statutory route where the Act names the sum."""
    newest = proposal.entries.filter(kind=Entry.ALLOCATION).order_by("-pk").values_list("reference", flat=True)
    return newest.first() or ""


def keys_of(proposal):
    """The keys of the ceilings under which the case stands."""
    return [f"theme:{proposal.theme_id}", f"route:{proposal.route}", ""]


def move_ceilings(round_id, changes):
    """Add `changes`, `{key: baht}`, to what is allocated under those of the round's ceilings that there are.

    Raises Refused `ceiling_exceeded`.
    """
    wanted = [key for key, change in changes.items() if change]
    for ceiling in sorted(Ceiling.objects.filter(round=round_id, key__in=wanted), key=_hottest_last):
        change = changes[ceiling.key]
        room = Ceiling.objects.filter(pk=ceiling.pk, allocated_baht__lte=F("amount_baht") - in_baht(change))
        if not room.update(allocated_baht=F("allocated_baht") + in_baht(change)):
            ceiling.refresh_from_db()
            raise Refused(
                _("%(amount)s does not fit under the ceiling of “%(name)s”: %(left)s is left.")
                % {"amount": baht(change), "name": ceiling, "left": baht(ceiling.left_baht)},
                code="ceiling_exceeded",
                left_baht=str(ceiling.left_baht),
            )


def _hottest_last(ceiling):
    """Themes before routes before the round itself, so that no two writers wait for each other crosswise."""
    return (["theme", "route", ""].index(ceiling.key.partition(":")[0]), ceiling.key)


def free_baht(proposal):
    """What is allocated and neither committed nor returned."""
    return (proposal.allocated_baht or Decimal(0)) - proposal.committed_baht - proposal.returned_baht


def carried_rest_baht(proposal):
    """What was carried over and is not yet paid."""
    return (proposal.carried_baht or Decimal(0)) - (proposal.carried_paid_baht or Decimal(0))


def enter(proposal, kind, *, by, amount_baht, items=(), later_years=None, **facts):
    """A new commitment or disbursement of an executing case; the `LedgerEntry`.

    `later_years`, `{fiscal year: baht}`, is what a contract binds of years whose money no round has given yet: it
    counts in none of the six amounts. Raises PermissionDenied, or Refused: `not_executing`, `above_allocated`,
    `above_committed`, for a disbursement that names its commitment `above_commitment`, for money of a fiscal year
    that has ended `year_ended`, and for a later year `above_plan`.
    """
    with transaction.atomic():
        fresh, capacity = _executing(proposal, by=by)
        _move(fresh, kind, amount_baht, on=facts["on"])
        if facts.get("commitment") is not None:
            _refuse_above_commitment(fresh, facts["commitment"], amount_baht)
        entry = LedgerEntry(proposal=fresh, kind=kind, amount_baht=amount_baht, recorded_by=by, **facts)
        entry.full_clean()
        entry.save()
        entry.items.set(items)
        _bind_later_years(fresh, entry, later_years or {})
        record(f"{kind}.enter", entry, by=by, capacity=capacity, details={"amount_baht": amount_baht, "on": entry.on})
    return entry


def _bind_later_years(proposal, entry, amounts):
    """Keep what a contract binds of later years, each within what the plan of the project has for it."""
    if not amounts:
        return
    if entry.kind != Entry.COMMITMENT:
        raise ValidationError({"later_years": _("Only a contract binds later fiscal years.")})
    planned, bound = planned_later(proposal), bound_later(proposal)
    for year, amount in sorted(amounts.items()):
        left = planned.get(year, Decimal(0)) - bound.get(year, Decimal(0))
        if amount > left:
            text = _("Fiscal year %(year)s: %(left)s of the plan is not bound yet; a contract cannot bind more.")
            raise Refused(text % {"year": year, "left": baht(left)}, code="above_plan", left_baht=str(left))
        later = LaterYear(entry=entry, fiscal_year=year, amount_baht=amount)
        later.full_clean()
        later.save()


def planned_later(proposal):
    """What the plan of a project has for the fiscal years after its round's, as `{year: baht}`."""
    lines = proposal.funding.filter(fiscal_year__gt=proposal.round.fiscal_year)
    return {
        row["fiscal_year"]: row["sum"]
        for row in lines.values("fiscal_year").annotate(sum=Sum("amount_baht")).order_by()
    }


def bound_later(proposal):
    """What the contracts that stand bind of later fiscal years, as `{year: baht}`."""
    standing = LaterYear.objects.filter(entry__proposal=proposal, entry__reversed_by=None)
    return {
        row["fiscal_year"]: row["sum"]
        for row in standing.values("fiscal_year").annotate(sum=Sum("amount_baht")).order_by()
    }


def reverse_entry(entry, *, by, reason):
    """The reversing entry of a commitment or disbursement; each can be reversed once."""
    with transaction.atomic():
        fresh, capacity = _executing(entry.proposal, by=by)
        if entry.reverses_id or LedgerEntry.objects.filter(reverses=entry).exists():
            raise Refused(_("This entry is already reversed, or is itself a reversal."), code="already_reversed")
        _move(fresh, entry.kind, -entry.amount_baht, on=entry.on)
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


def _move(proposal, kind, change, *, on):
    """Add `change` to the case's sum of `kind` in one guarded UPDATE, which also counts the version.

    A payment dated `on` a day after the fiscal year comes out of what was carried over.
    """
    is_late = on > last_day(proposal.round)
    held = Proposal.objects.filter(pk=proposal.pk, state=proposal.state)
    new = {COLUMNS[kind]: F(COLUMNS[kind]) + in_baht(change), "version": F("version") + 1}
    unpaid = F("committed_baht") - F("disbursed_baht") + F("carried_paid_baht")
    if kind == Entry.COMMITMENT:
        if is_late and change > 0:
            _refuse_after_the_year(proposal, on)
        held = held.filter(
            Q(carried_baht=None) | Q(carried_baht__lte=unpaid + in_baht(change)),
            committed_baht__lte=F("allocated_baht") - F("returned_baht") - in_baht(change),
            committed_baht__gte=F("disbursed_baht") - in_baht(change),
        )
    else:
        held = held.filter(disbursed_baht__lte=F("committed_baht") - in_baht(change), disbursed_baht__gte=-change)
        if is_late:
            new["carried_paid_baht"] = F("carried_paid_baht") + in_baht(change)
            held = held.filter(
                carried_paid_baht__gte=-change, carried_paid_baht__lte=F("carried_baht") - in_baht(change)
            )
            if change > 0:
                held = held.filter(carried_until__gte=on)
        else:
            held = held.filter(Q(carried_baht=None) | Q(carried_baht__lte=unpaid - in_baht(change)))
    if not held.update(**new):
        _refuse_move(proposal, kind, change, on=on)


def _refuse_move(proposal, kind, change, *, on):
    """Raise what stood in the way of `_move`."""
    refuse_unless_executing(proposal)
    column, unpaid = COLUMNS[kind], proposal.committed_baht - proposal.disbursed_baht
    amounts = {
        "sum": baht(getattr(proposal, column) + change),
        "allocated": baht(proposal.allocated_baht or Decimal(0)),
        "committed": baht(proposal.committed_baht),
        "disbursed": baht(proposal.disbursed_baht),
    }
    told = {
        "allocated_baht": str(proposal.allocated_baht or Decimal(0)),
        "committed_baht": str(proposal.committed_baht),
        "disbursed_baht": str(proposal.disbursed_baht),
    }
    if kind == Entry.COMMITMENT:
        if (
            not proposal.disbursed_baht
            <= proposal.committed_baht + change
            <= free_baht(proposal) + (proposal.committed_baht)
        ):
            text = _(
                "Commitments would come to %(sum)s; they must lie between what is disbursed (%(disbursed)s) and what"
                " is allocated (%(allocated)s)."
            )
            raise Refused(text % amounts, code="above_allocated", **told)
        unpaid += change
    else:
        if not 0 <= proposal.disbursed_baht + change <= proposal.committed_baht:
            text = _(
                "Disbursements would come to %(sum)s; they must lie between nothing and what is committed"
                " (%(committed)s)."
            )
            raise Refused(text % amounts, code="above_committed", **told)
        if on > last_day(proposal.round):
            _refuse_after_the_year(proposal, on)
        unpaid -= change
    raise Refused(
        _("%(carried)s is carried over, but only %(unpaid)s would stay unpaid: take the carry-over back first.")
        % {"carried": baht(carried_rest_baht(proposal)), "unpaid": baht(unpaid)},
        code="carried_over",
        carried_baht=str(carried_rest_baht(proposal)),
    )


def refuse_unless_executing(proposal):
    proposal.refresh_from_db()
    if proposal.state != ProposalState.EXECUTING:
        raise Refused(_("This project is no longer being carried out."), code="not_executing", state=proposal.state)


def _refuse_after_the_year(proposal, on):
    carried = carried_rest_baht(proposal)
    if carried and proposal.carried_until >= on:
        text = _("The fiscal year ended on %(day)s. Of what was carried over, %(carried)s is left.")
    elif carried:
        text = _("The fiscal year ended on %(day)s, and what was carried over could be paid until %(until)s.")
    else:
        text = _("The fiscal year ended on %(day)s: only money that was carried over is paid after that day.")
    words = {
        "day": thaidate(last_day(proposal.round)),
        "carried": baht(carried),
        "until": thaidate(proposal.carried_until) if proposal.carried_until else "",
    }
    raise Refused(text % words, code="year_ended", carried_baht=str(carried))
