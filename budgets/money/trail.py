"""Following one baht (ตามรอยเงินหนึ่งบาท): from the Act to contract, payment, photograph and what went back.

One reading for the page and for the API, so that both answer the same. It may begin at an item or at a payment; begun
at neither, it follows all the money of the project.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import OuterRef, Prefetch, Subquery

from budgets.models import KpiActual, LedgerEntry, Proposal, ProposalItem, QuarterlyReport, ReportPhoto, ThemeEdition
from budgets.states import Direction, Entry, ItemChangeState, ReportState

GIVEN = frozenset({Entry.ALLOCATION, Entry.TRANSFER})


@dataclass
class Contract:
    """A contract that stands, with the payments that stand against it; `rest_baht` of it is unpaid.

    `is_of_all` says that it names no items, so that it may cover any of them.
    """

    entry: LedgerEntry
    items: list
    payments: list
    is_of_all: bool
    paid_baht: Decimal = Decimal(0)

    @property
    def rest_baht(self):
        return self.entry.amount_baht - self.paid_baht


@dataclass
class Trail:
    """What one baht of a project has gone through. `item` or `payment` is where the reading began, if anywhere."""

    proposal: Proposal
    item: ProposalItem | None = None
    payment: LedgerEntry | None = None
    theme: dict | None = None
    version: object = None
    given: list = field(default_factory=list)
    items: list = field(default_factory=list)
    item_changes: list = field(default_factory=list)
    contracts: list = field(default_factory=list)
    carried: list = field(default_factory=list)
    reports: list = field(default_factory=list)
    indicators: list = field(default_factory=list)
    returned: list = field(default_factory=list)

    @property
    def rest_baht(self):
        """What of the allocation is neither paid nor returned."""
        return self.proposal.rest_baht


def follow(proposal, user, *, item=None, payment=None):
    """The `Trail` of a case that `user` may see, in a number of queries that does not grow with it.

    Reports, their photographs and figures are those that `user` may see. A contract that covers several items is
    shown whole: what of it an item takes is written nowhere.
    """
    entries = list(
        proposal.entries.filter(reverses=None, reversed_by=None)
        .select_related("file", "commitment", "listing")
        .prefetch_related("items", "later_years")
        .order_by("on", "pk")
    )
    contracts = contracts_of(entries, item=item, payment=payment)
    return Trail(
        proposal=proposal,
        item=item,
        payment=payment,
        theme=theme_as_signed(proposal),
        version=proposal.versions.defer("canonical").order_by("-version").first(),
        given=[entry for entry in entries if entry.kind in GIVEN],
        items=items_of(proposal, item=item, contracts=contracts if payment else ()),
        item_changes=list(proposal.item_changes.filter(state=ItemChangeState.ACCEPTED).order_by("pk")),
        contracts=contracts,
        carried=[entry for entry in entries if entry.kind == Entry.CARRY_OVER],
        reports=reports_of(proposal, user, since=payment.on if payment else None),
        indicators=final_indicators(proposal),
        returned=[entry for entry in entries if entry.kind == Entry.RETURN],
    )


def contracts_of(entries, *, item, payment):
    """The contracts among `entries` that the item or the payment leads to, with their payments."""
    paid = {}
    for entry in entries:
        if entry.kind == Entry.DISBURSEMENT and entry.commitment_id:
            paid.setdefault(entry.commitment_id, []).append(entry)
    found = []
    for entry in entries:
        if entry.kind != Entry.COMMITMENT or (payment and payment.commitment_id != entry.pk):
            continue
        covered, payments = list(entry.items.all()), paid.get(entry.pk, [])
        if item and covered and item not in covered:
            continue
        total = sum((one.amount_baht for one in payments), Decimal(0))
        shown = [one for one in payments if payment is None or one.pk == payment.pk]
        found.append(Contract(entry, covered, shown, is_of_all=not covered, paid_baht=total))
    return found


def items_of(proposal, *, item, contracts):
    """The item itself; those of the payment's contract; or all."""
    items = proposal.items.select_related("category__parent", "listing").prefetch_related("quotations__file")
    if item:
        items = items.filter(pk=item.pk)
    elif named := {one.pk for contract in contracts for one in contract.items}:
        items = items.filter(pk__in=named)
    return list(items.order_by("position", "pk"))


def theme_as_signed(proposal):
    """The theme in the words of the edition that the proposal answered, or None.

    `id, code, edition, name_th, name_en`.
    """
    theme = proposal.theme
    if theme is None:
        return None
    edition = ThemeEdition.objects.filter(theme=theme, number=proposal.theme_edition or theme.edition).first()
    words = edition.content if edition else {"name_th": theme.name_th, "name_en": theme.name_en}
    return {
        "id": str(theme.pk),
        "code": theme.code,
        "edition": edition.number if edition else theme.edition,
        "name_th": words["name_th"],
        "name_en": words.get("name_en", ""),
    }


def reports_of(proposal, user, *, since=None):
    """The reports that `user` may see, oldest first, each with `shown_photos`; from the quarter of `since` on."""
    photos = Prefetch(
        "photos", ReportPhoto.objects.filter(removed_at=None).select_related("file"), to_attr="shown_photos"
    )
    found = QuarterlyReport.objects.visible_to(user).filter(proposal=proposal).exclude(state=ReportState.DRAFT)
    reports = list(found.prefetch_related(photos).order_by("fiscal_year", "quarter"))
    if since is None:
        return reports
    return [report for report in reports if report.due_on >= since]


def final_indicators(proposal):
    """Each indicator with `final` (Decimal, null), what the last accepted report measured, and `is_reached`."""
    accepted = KpiActual.objects.filter(kpi=OuterRef("pk"), report__state=ReportState.ACCEPTED)
    newest = accepted.order_by("-report__fiscal_year", "-report__quarter").values("value")[:1]
    kpis = list(proposal.kpis.annotate(final=Subquery(newest)))
    for kpi in kpis:
        kpi.is_reached = None
        if kpi.final is not None and kpi.target is not None:
            kpi.is_reached = kpi.final <= kpi.target if kpi.direction == Direction.DOWN else kpi.final >= kpi.target
    return kpis
