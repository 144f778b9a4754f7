"""A case that ended without money, or with its round, begun again: its words are taken along, signatures are not."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import Round
from budgets.states import ENDS, PriceBasis, ProposalState, RoundState, Section
from budgets.writing import choosing, drafting
from budgets.writing.drafting import editing
from portal import access, clock
from portal.audit import record
from portal.errors import Refused

AGAIN = ENDS - {ProposalState.COMPLETED}
SAID = (
    "title_th", "title_en", "primary_dimension", "dimensions", "beneficiaries_count", "priority", "rationale",
    "objectives", "targets", "om_cost_yearly_baht", "om_source", "personal_data_processed", "personal_data_note",
    "risks",
)  # fmt: skip
PLAN = ("plan_window", "plan_edition", "plan_page", "plan_item_no", "plan_approved_on", "plan_expected_on")
WRITTEN = frozenset(Section) - {Section.ATTACHMENTS}


def has_ended(proposal):
    """True when nothing more becomes of the case: it ended, or its round was cancelled."""
    return proposal.state in AGAIN or proposal.round.state == RoundState.CANCELLED


def rounds_for(proposal, user):
    """The open rounds in which `user` may begin this ended case again, as a list."""
    place, now = proposal.local_government, clock.now()
    if not has_ended(proposal) or access.capacity(user, "budgets.add_proposal", place) is None:
        return []
    found = [one for one in Round.objects.open_for(place) if not one.is_past_closing(now)]
    return [one for one in found if one.pk != proposal.round_id]


def copy(proposal, round, *, by):
    """A new draft of the same local government in `round`, with the words, items, funding and indicators of the case.

    Years move with the round; a plan of another window, prices of other editions and listings that may not be
    chosen today are left for the office to give anew, and so are documents and the declaration. Raises PermissionDenied
    or Refused (`not_ended`, and what `drafting.start` refuses).
    """
    place = proposal.local_government
    if access.capacity(by, "budgets.add_proposal", place) is None:
        raise PermissionDenied(_("Only officers of this local government may start a proposal for it."))
    if not has_ended(proposal):
        text = _("A case is begun again once it has ended; this is “%(state)s”.")
        raise Refused(text % {"state": proposal.get_state_display()}, code="not_ended", state=proposal.state)
    with transaction.atomic():
        started = drafting.start(round=round, local_government=place, by=by)
        sections = [section for section in Section if section in WRITTEN]
        with editing(started, *sections, by=by, details={"copied_from": proposal.number or str(proposal.pk)}) as draft:
            draft.copied_from = proposal
            for name in SAID:
                setattr(draft, name, getattr(proposal, name))
            if proposal.plan_window == round.plan_window:
                for name in PLAN:
                    setattr(draft, name, getattr(proposal, name))
            draft.theme = round.themes.filter(code=proposal.theme.code).first() if proposal.theme else None
            draft.subdistricts.set(proposal.subdistricts.all())
            later = round.fiscal_year - proposal.round.fiscal_year
            _copy_items(proposal, draft, later=later)
            for line in proposal.funding.all():
                line.pk, line.proposal = None, draft
                line.fiscal_year = line.fiscal_year and line.fiscal_year + later
                line.save()
            for kpi in proposal.kpis.all():
                kpi.pk, kpi.proposal = None, draft
                kpi.save()
            draft._prefetched_objects_cache = {}
        capacity = access.capacity(by, "budgets.add_proposal", place)
        record("proposal.copy", draft, by=by, capacity=capacity, details={"from": proposal})
    return draft


def _copy_items(proposal, draft, *, later):
    categories = set(draft.round.categories.values_list("pk", flat=True))
    editions = set(draft.round.editions.values_list("pk", flat=True))
    for item in proposal.items.select_related("listing"):
        quotations = list(item.quotations.all())
        item.pk, item.proposal = None, draft
        item.fiscal_year = item.fiscal_year and item.fiscal_year + later
        if item.category_id not in categories:
            item.category = None
        if item.price_edition_id not in editions:
            item.price_edition = None
        if item.listing_id:
            if choosing.may_choose(item.listing):
                item.listing_snapshot = choosing.snapshot_of(item.listing)
            else:
                item.listing, item.listing_snapshot = None, {}
        item.save()
        for quotation in quotations if item.price_basis == PriceBasis.OFF_LIST else ():
            quotation.pk, quotation.item = None, item
            quotation.save()


def carried(proposal):
    """The case whose score counts beside this one's for one year, or None: recommended, and allocated nothing."""
    before = proposal.copied_from
    if before is None or before.state != ProposalState.NOT_ALLOCATED or before.recommended_baht is None:
        return None
    years = proposal.round.fiscal_year - before.round.fiscal_year
    return before if years in {0, 1} and before.mean_score is not None else None
