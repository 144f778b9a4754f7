"""The one way to change what a proposal says. Pages and API both write inside `editing`."""

import json
from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from budgets.models import Proposal, ProposalItem, SectionDraft
from budgets.money import retargeting
from budgets.rules import state_shown_to
from budgets.states import EDITABLE, TIED_SECTIONS, ProposalState, RoundState, Section
from portal import access, clock
from portal.audit import record
from portal.errors import Refused

WRITING_PHASES = frozenset(
    {RoundState.OPEN, RoundState.REVIEWING, RoundState.DELIBERATING, RoundState.ANNOUNCED, RoundState.REQUESTED}
)
RESCOPING = frozenset({Section.OBJECTIVES, Section.ITEMS, Section.FUNDING, Section.KPIS})


def start(*, round, local_government, by):
    """A new draft of `local_government` in `round`.

    Raises PermissionDenied for others' offices and Refused while the round takes no new drafts.
    """
    if not by.has_perm("budgets.add_proposal", local_government):
        raise PermissionDenied(_("Only officers of this local government may start a proposal for it."))
    if round.state != RoundState.OPEN or round.is_past_closing(clock.now()):
        raise Refused(
            _("This round takes no new drafts: it is “%(state)s”.") % {"state": round.get_state_display()},
            code="wrong_round_state",
            round_state=round.state,
        )
    if not round.is_for(local_government):
        raise Refused(_("This round is not for local governments of this kind."), code="kind_not_eligible")
    if not local_government.is_active(clock.today()):
        raise Refused(_("This local government is no longer active."), code="local_government_closed")
    with transaction.atomic():
        proposal = Proposal.objects.create(round=round, local_government=local_government, created_by=by)
        proposal.preparers.add(by)
        capacity = access.capacity(by, "budgets.add_proposal", local_government)
        record("proposal.start", proposal, by=by, capacity=capacity, after=proposal.state)
    return proposal


def open_sections(proposal):
    """The sections that may be written now, in order; empty when none may."""
    if proposal.round.state == RoundState.ENACTED and proposal.state == ProposalState.ALLOCATED:
        return [section for section in Section if section in RESCOPING]
    if proposal.state not in EDITABLE or proposal.round.state not in WRITING_PHASES:
        return []
    if proposal.state == ProposalState.DRAFT:
        return list(Section)
    return [section for section in Section if section in proposal.open_sections]


def with_tied(sections):
    """`sections` and those tied to them, in order."""
    wanted = set(sections)
    for section in sections:
        wanted |= TIED_SECTIONS.get(section, set())
    return [section for section in Section if section in wanted]


def refuse_unless_open(proposal, sections, *, by=None):
    """Raise Refused when any of `sections` may not be written now."""
    state = state_shown_to(proposal, by)
    allowed = open_sections(proposal)
    if not allowed:
        if proposal.state in EDITABLE:
            text, code = _("This round is “%(state)s”, so nothing can be changed."), "wrong_round_state"
            text = text % {"state": proposal.round.get_state_display()}
        else:
            text = _("This proposal is “%(state)s” and locked. Only a draft or a returned proposal can be changed.")
            text, code = text % {"state": ProposalState(state).label}, "not_editable"
        raise Refused(text, code=code, state=state)
    closed = [section for section in sections if section not in allowed]
    if closed:
        names = ", ".join(str(Section(section).label) for section in closed)
        raise Refused(
            _("These sections were not opened for revision: %(names)s.") % {"names": names},
            code="section_closed",
            state=state,
            open_sections=allowed,
        )


def refuse_more_than_prices(proposal):
    """Raise Refused `prices_only` where items differ from the signed ones by more than price and evidence."""
    kept = ("description", "quantity", "unit", "fiscal_year", "quarter")
    signed = json.loads(bytes(proposal.latest_version().canonical))["items"]
    items = ProposalItem.objects.filter(proposal=proposal).select_related("category").order_by("position", "pk")
    now = [[item.category and item.category.code, *(getattr(item, name) for name in kept)] for item in items]
    if now != [[row["category"], *(row[name] for name in kept)] for row in signed]:
        text = _("Only prices and their evidence were opened: what is bought, and how many, stays as it was signed.")
        raise Refused(text, code="prices_only", state=proposal.state)


def stale(proposal, by):
    """The refusal for someone whose copy is older than the proposal."""
    return Refused(
        _("This proposal was changed by someone else in the meantime. Reload it and try again."),
        code="lost_race",
        state=state_shown_to(proposal, by),
    )


@contextmanager
def editing(proposal, *sections, by, version=None, details=None):
    """Give the fresh proposal for writing in `sections`; afterwards sums, version, history and event are kept.

    Raises PermissionDenied, Refused (`not_editable`, `section_closed`, `wrong_round_state`, `lost_race` when
    `version` is not the present one) or ValidationError; then nothing is written.
    """
    with transaction.atomic():
        fresh = Proposal.objects.select_related("round", "local_government", "theme").get(pk=proposal.pk)
        capacity = access.capacity(by, "budgets.change_proposal", fresh)
        if capacity is None:
            raise PermissionDenied(_("Only officers of this local government may change its proposal."))
        if version is not None and version != fresh.version:
            raise stale(fresh, by)
        refuse_unless_open(fresh, sections, by=by)
        mine = Proposal.objects.filter(pk=fresh.pk, version=fresh.version, state=fresh.state)
        if not mine.update(version=F("version") + 1):
            raise stale(fresh, by)
        fresh.version += 1
        yield fresh
        if fresh.prices_only and Section.ITEMS in sections:
            refuse_more_than_prices(fresh)
        recount(fresh)
        fresh.changed_at = clock.now()
        fresh.full_clean()
        fresh.save()
        fresh.preparers.add(by)
        for section in sections:
            touch(fresh, section, by=by)
        retargeting.recheck(fresh)
        record("proposal.change", fresh, by=by, capacity=capacity, details={"sections": sections, **(details or {})})


def planned_baht(proposal):
    """Σ of the funding from the round's channels in its fiscal year: what is asked of the round, or uses its money."""
    return sum(
        (
            line.amount_baht or Decimal(0)
            for line in proposal.funding.all()
            if line.channel in proposal.round.channels and line.fiscal_year == proposal.round.fiscal_year
        ),
        Decimal(0),
    )


def recount(proposal):
    """Set `total_cost_baht` (Σ items) and, until it is signed for good, `requested_baht` (Σ funding of the round)."""
    proposal.total_cost_baht = sum((item.total_baht for item in proposal.items.all()), Decimal(0))
    if proposal.state in EDITABLE:
        proposal.requested_baht = planned_baht(proposal)


def touch(proposal, section, *, by):
    """Count one more change of a section; its `SectionDraft`."""
    draft, _made = SectionDraft.objects.get_or_create(proposal=proposal, section=section)
    SectionDraft.objects.filter(pk=draft.pk).update(version=F("version") + 1, edited_by=by, edited_at=clock.now())
    return draft


def keep_as_typed(proposal, section, typed):
    """Keep what does not fit the fields of a section, as typed: `{field: [values]}`; an empty dict clears it."""
    SectionDraft.objects.update_or_create(proposal=proposal, section=section, defaults={"typed": typed})


def section_versions(proposal):
    """The version of each section that was ever written, as a dict with 0 for the others."""
    versions = defaultdict(int)
    versions.update(proposal.section_drafts.values_list("section", "version"))
    return versions
