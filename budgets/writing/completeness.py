"""What a proposal still lacks. Section states, the check page, the API and the signer's guard all ask here."""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets.judging import findings
from budgets.states import OPTIONAL_SECTIONS, DocumentWhen, PriceBasis, Section
from budgets.writing import choosing, people
from portal.thai.money import baht

QUOTATIONS_WANTED = 3


@dataclass(frozen=True)
class Missing:
    """One thing that is missing or does not add up, in the words of the person who mends it."""

    section: str
    code: str
    detail: str

    as_dict = asdict


def missing(proposal):
    """Everything that keeps `proposal` from being signed, in the order of the sections.

    Of a returned case only what was opened again: what stays closed was signed, and nobody could mend it, even where
    its theme or its round asks for more by now.
    """
    lacks = [lack for section in Section for lack in CHECKS[section](proposal)] + _kept_as_typed(proposal)
    if not proposal.open_sections:
        return lacks
    return [lack for lack in lacks if lack.section in proposal.open_sections]


def _lacks(section, proposal, **wanted):
    return [
        Missing(section, f"{field}_missing", text)
        for field, text in wanted.items()
        if _is_empty(getattr(proposal, field))
    ]


def _is_empty(value):
    return value is None or value in ("", [], {})


def _summary(proposal):
    lacks = _lacks(
        Section.SUMMARY,
        proposal,
        theme=_("Choose a focus theme."),
        title_th=_("Enter the title of the project."),
        primary_dimension=_("Choose the main dimension."),
        dimensions=_("Choose at least one dimension."),
        beneficiaries_count=_("Enter the number of beneficiaries."),
        priority=_("Enter the priority among your own proposals."),
    )
    if proposal.primary_dimension and proposal.dimensions and proposal.primary_dimension not in proposal.dimensions:
        lacks.append(
            Missing(
                Section.SUMMARY, "primary_dimension_not_chosen", _("Tick the main dimension among the dimensions too.")
            )
        )
    return lacks


def _rationale(proposal):
    return _lacks(Section.RATIONALE, proposal, rationale=_("Write the rationale."))


def _objectives(proposal):
    return _lacks(
        Section.OBJECTIVES,
        proposal,
        objectives=_("Write at least one objective."),
        targets=_("Enter at least one target."),
    )


def _plan(proposal):
    lacks = _lacks(
        Section.PLAN,
        proposal,
        plan_window=_("Choose the window of the local development plan."),
        plan_edition=_("Choose the edition of the plan."),
        plan_page=_("Enter the page of the plan."),
        plan_item_no=_("Enter the item number in the plan."),
    )
    window = proposal.round.plan_window
    if proposal.plan_window and window and proposal.plan_window != window:
        text = _("This round is for projects in the plan of %(window)s.") % {"window": window}
        lacks.append(Missing(Section.PLAN, "plan_window_not_accepted", text))
    if not proposal.plan_approved_on:
        if not proposal.round.accepts_expected_plan:
            lacks.append(
                Missing(Section.PLAN, "plan_approved_on_missing", _("Enter the date on which the plan was approved."))
            )
        elif not proposal.plan_expected_on:
            text = _("Enter the date on which the plan was approved, or is expected to be.")
            lacks.append(Missing(Section.PLAN, "plan_date_missing", text))
    return lacks


ITEM_FIELDS = {
    "category": gettext_lazy("the expense category"),
    "description": gettext_lazy("the description"),
    "quantity": gettext_lazy("the quantity"),
    "unit": gettext_lazy("the unit"),
    "unit_price_baht": gettext_lazy("the unit price"),
    "price_basis": gettext_lazy("the price basis"),
    "fiscal_year": gettext_lazy("the fiscal year"),
    "quarter": gettext_lazy("the quarter"),
}


def _items(proposal):
    items = list(proposal.items.all())
    if not items:
        return [Missing(Section.ITEMS, "items_missing", _("Enter at least one budget item."))]
    lacks = []
    for index, item in enumerate(items, start=1):
        lacks += _item(item, index)
    return lacks


def _item(item, index):
    lacks = []
    empty = [str(label) for field, label in ITEM_FIELDS.items() if _is_empty(getattr(item, field))]
    if empty:
        text = _("Item %(index)s: fill in %(fields)s.") % {"index": index, "fields": ", ".join(empty)}
        lacks.append(Missing(Section.ITEMS, "item_incomplete", text))
    if item.price_basis == PriceBasis.OFF_LIST:
        if len(item.quotations.all()) < QUOTATIONS_WANTED and not item.few_quotations_reason:
            text = _("Item %(index)s: add three quotations, or say why there are fewer.") % {"index": index}
            lacks.append(Missing(Section.ITEMS, "quotations_missing", text))
    elif item.price_basis == PriceBasis.REGISTRY:
        lacks += _listed_price(item, index)
    elif item.price_basis and not item.price_reference:
        text = _("Item %(index)s: give the edition and page, or number, of the price standard.") % {"index": index}
        lacks.append(Missing(Section.ITEMS, "price_reference_missing", text))
    return lacks


def _listed_price(item, index):
    """What an item that stands on the account of providers lacks: the listing, and a price within the listed one."""
    if item.listing_id is None:
        text = _("Item %(index)s: choose the listing in the account of providers.") % {"index": index}
        return [Missing(Section.ITEMS, "listing_missing", text)]
    listed = choosing.listed_price(item)
    if listed is not None and item.unit_price_baht is not None and item.unit_price_baht > listed:
        text = _("Item %(index)s: the unit price is above the listed price of %(price)s.")
        text %= {"index": index, "price": baht(listed)}
        return [Missing(Section.ITEMS, "price_above_listed", text)]
    return []


def _funding(proposal):
    lines = list(proposal.funding.all())
    if not lines:
        return [Missing(Section.FUNDING, "funding_missing", _("Enter at least one line of funding."))]
    lacks = []
    for index, line in enumerate(lines, start=1):
        if not line.channel or not line.fiscal_year or line.amount_baht is None:
            text = _("Funding line %(index)s: fill in the channel, the fiscal year and the amount.") % {"index": index}
            lacks.append(Missing(Section.FUNDING, "funding_incomplete", text))
    return lacks + _sums_by_year(proposal, lines) + _theme_limits(proposal) + _declaration(proposal)


def _declaration(proposal):
    """What is missing where others ask for the same, or where only prices were to be renewed."""
    lacks = []
    if findings.must_declare(proposal):
        text = _("Items of the same category are asked for in the same place: say how this request differs.")
        lacks.append(Missing(Section.FUNDING, "overlap_note_missing", text))
    if proposal.prices_only:
        first = json.loads(bytes(proposal.versions.order_by("version").first().canonical))["requested_baht"]
        if proposal.requested_baht > Decimal(first):
            text = _(
                "Only prices are renewed: no more than the %(first)s first requested can be asked (now %(asked)s)."
            )
            words = {"first": baht(Decimal(first)), "asked": baht(proposal.requested_baht)}
            lacks.append(Missing(Section.FUNDING, "above_first_requested", text % words))
    return lacks


def _sums_by_year(proposal, lines):
    items, funding = defaultdict(Decimal), defaultdict(Decimal)
    for item in proposal.items.all():
        items[item.fiscal_year] += item.total_baht
    for line in lines:
        funding[line.fiscal_year] += line.amount_baht or 0
    lacks = []
    for year in sorted(set(items) | set(funding), key=lambda year: year or 0):
        if items[year] != funding[year]:
            text = _(
                "Fiscal year %(year)s: the items come to %(items)s, the funding to %(funding)s. Make them equal."
            ) % {
                "year": year or "–",
                "items": baht(items[year]),
                "funding": baht(funding[year]),
            }
            lacks.append(Missing(Section.FUNDING, "sums_differ", text))
    return lacks


def _theme_limits(proposal):
    theme, asked = proposal.theme, proposal.requested_baht
    if asked <= 0:
        text = _("Nothing is requested from this round's channels in its fiscal year.")
        return [Missing(Section.FUNDING, "nothing_requested", text)]
    if theme is None:
        return []
    if theme.min_baht is not None and asked < theme.min_baht:
        text = _("The amount requested must be at least %(limit)s (now %(asked)s).")
        code, limit = "below_minimum", theme.min_baht
    elif theme.max_baht is not None and asked > theme.max_baht:
        text = _("The amount requested must not exceed %(limit)s (now %(asked)s).")
        code, limit = "above_maximum", theme.max_baht
    else:
        return []
    return [Missing(Section.FUNDING, code, text % {"limit": baht(limit), "asked": baht(asked)})]


def _kpis(proposal):
    kpis = list(proposal.kpis.all())
    if not kpis:
        return [Missing(Section.KPIS, "kpis_missing", _("Enter at least one indicator."))]
    lacks = []
    for index, kpi in enumerate(kpis, start=1):
        if any(
            _is_empty(getattr(kpi, f)) for f in ("name_th", "unit", "baseline", "baseline_on", "target", "direction")
        ):
            text = _("Indicator %(index)s: fill in the name, unit, baseline with its date, target and direction.") % {
                "index": index
            }
            lacks.append(Missing(Section.KPIS, "kpi_incomplete", text))
    names = {kpi.name_th for kpi in kpis}
    for wanted in proposal.theme.required_kpis if proposal.theme else ():
        if wanted not in names:
            text = _("The theme demands the indicator “%(name)s”.") % {"name": wanted}
            lacks.append(Missing(Section.KPIS, "required_kpi_missing", text))
    return lacks


def _upkeep(proposal):
    lacks = _lacks(
        Section.UPKEEP,
        proposal,
        om_cost_yearly_baht=_("Enter the yearly cost of upkeep (0 if there is none)."),
        om_source=_("Say who pays for the upkeep."),
    )
    if people.is_lacking(proposal):
        text = _(
            "This round demands an ambassador in service or an officer trained within 24 months: have one trained."
        )
        lacks.append(Missing(Section.UPKEEP, "trained_person_missing", text))
    return lacks


def _personal_data(proposal):
    if proposal.personal_data_processed is None:
        return [Missing(Section.PERSONAL_DATA, "personal_data_missing", _("Say whether personal data are processed."))]
    if proposal.personal_data_processed and not proposal.personal_data_note:
        return [Missing(Section.PERSONAL_DATA, "personal_data_note_missing", _("Say how personal data are protected."))]
    return []


def required_documents(proposal):
    """The lines of the round's checklist that apply to `proposal`, as (requirement, is_required) pairs."""
    off_list = any(item.price_basis == PriceBasis.OFF_LIST for item in proposal.items.all())
    applies = {
        DocumentWhen.ALWAYS: True,
        DocumentWhen.PERSONAL_DATA: bool(proposal.personal_data_processed),
        DocumentWhen.OFF_LIST: off_list,
        DocumentWhen.OPTIONAL: False,
    }
    documents = proposal.round.documents.all()
    return [(d, applies[d.when]) for d in documents if d.theme_id in (None, proposal.theme_id)]


def _attachments(proposal):
    present = {attachment.kind for attachment in proposal.attachments.all() if attachment.removed_at is None}
    return [
        Missing(Section.ATTACHMENTS, "document_missing", _("Attach: %(name)s.") % {"name": document.name})
        for document, is_required in required_documents(proposal)
        if is_required and document.kind not in present
    ]


def _kept_as_typed(proposal):
    return [
        Missing(
            draft.section,
            "kept_as_typed",
            _("Correct what is marked in “%(section)s”.") % {"section": draft.get_section_display()},
        )
        for draft in proposal.section_drafts.all()
        if draft.typed
    ]


CHECKS = {
    Section.SUMMARY: _summary,
    Section.RATIONALE: _rationale,
    Section.OBJECTIVES: _objectives,
    Section.PLAN: _plan,
    Section.ITEMS: _items,
    Section.FUNDING: _funding,
    Section.KPIS: _kpis,
    Section.UPKEEP: _upkeep,
    Section.PERSONAL_DATA: _personal_data,
    Section.RISKS: lambda proposal: [],
    Section.ATTACHMENTS: _attachments,
}

SECTION_FIELDS = {
    Section.SUMMARY: (
        "theme",
        "title_th",
        "title_en",
        "primary_dimension",
        "dimensions",
        "beneficiaries_count",
        "subdistricts",
        "priority",
    ),
    Section.RATIONALE: ("rationale",),
    Section.OBJECTIVES: ("objectives", "targets"),
    Section.PLAN: ("plan_window", "plan_edition", "plan_page", "plan_item_no", "plan_approved_on", "plan_expected_on"),
    Section.ITEMS: ("items",),
    Section.FUNDING: ("funding", "overlap_note"),
    Section.KPIS: ("kpis",),
    Section.UPKEEP: ("om_cost_yearly_baht", "om_source"),
    Section.PERSONAL_DATA: ("personal_data_processed", "personal_data_note"),
    Section.RISKS: ("risks",),
    Section.ATTACHMENTS: ("attachments",),
}


@dataclass(frozen=True)
class SectionStatus:
    """How far a section is: `not_started`, `in_progress`, `to_mend`, `done` or `optional`."""

    section: Section
    status: str
    lacks: tuple

    @property
    def label(self):
        return {
            "not_started": _("Not started"),
            "in_progress": _("In progress"),
            "to_mend": _("%(count)s to mend") % {"count": len(self.lacks)},
            "done": _("Done"),
            "optional": _("Optional"),
        }[self.status]

    @property
    def tone(self):
        return {"done": "ok", "to_mend": "bad", "in_progress": "warn", "not_started": "info", "optional": "info"}[
            self.status
        ]


def statuses(proposal):
    """A `SectionStatus` for each section, computed from what is there."""
    lacks = defaultdict(list)
    for lack in missing(proposal):
        lacks[lack.section].append(lack)
    return [_status(proposal, section, tuple(lacks[section])) for section in Section]


def _status(proposal, section, lacks):
    started = any(_is_started(proposal, field) for field in SECTION_FIELDS[section])
    if any(lack.code in MENDING for lack in lacks):
        status = "to_mend"
    elif lacks:
        status = "in_progress" if started else "not_started"
    else:
        status = "optional" if section in OPTIONAL_SECTIONS and not started else "done"
    return SectionStatus(section, status, lacks)


MENDING = frozenset(
    {
        "kept_as_typed",
        "sums_differ",
        "below_minimum",
        "above_maximum",
        "above_first_requested",
        "plan_window_not_accepted",
    }
)


def _is_started(proposal, field):
    value = getattr(proposal, field)
    return bool(value.all()) if hasattr(value, "all") else not _is_empty(value)
