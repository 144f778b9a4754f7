"""A proposal and everything that its local government writes in it."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from budgets.models.round import FocusTheme, Round, in_language
from budgets.querysets import ProposalQuerySet
from budgets.states import (
    EDITABLE,
    STATUTORY_ROUTES,
    Channel,
    Direction,
    PlanEdition,
    PriceBasis,
    ProposalState,
    Route,
    Section,
    SellerKind,
)
from portal import clock
from portal.fields import BahtField
from portal.models import LocalGovernment, Province, StoredFile, Subdistrict, User
from portal.models.checks import asked_together
from portal.states import SmartDimension


class Proposal(models.Model):
    """A local government's request for smart-city money (ข้อเสนอโครงการ).

    A draft may leave anything out; `budgets.writing.completeness` says what is missing. Six amounts stay apart:
    requested, recommended, allocated, committed, disbursed and returned. Of what is committed, `carried_baht` was
    carried over into the next fiscal year until `carried_until`, and `carried_paid_baht` of it is paid; null without.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="proposals")
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="proposals")
    number = models.CharField(_("number"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=ProposalState, default=ProposalState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    state_since = models.DateTimeField(default=clock.now)
    shared_at = models.DateTimeField(null=True, blank=True)

    theme = models.ForeignKey(FocusTheme, models.PROTECT, null=True, blank=True, related_name="proposals")
    theme_edition = models.PositiveSmallIntegerField(null=True, blank=True)
    title_th = models.CharField(_("title in Thai"), max_length=255, blank=True)
    title_en = models.CharField(_("title in English"), max_length=255, blank=True)
    primary_dimension = models.CharField(_("main dimension"), max_length=20, choices=SmartDimension, blank=True)
    dimensions = models.JSONField(_("dimensions"), default=list, blank=True)
    beneficiaries_count = models.PositiveIntegerField(_("beneficiaries"), null=True, blank=True)
    subdistricts = models.ManyToManyField(Subdistrict, blank=True, related_name="+")
    priority = models.PositiveSmallIntegerField(_("own priority"), null=True, blank=True)
    rationale = models.TextField(_("rationale"), blank=True)
    objectives = models.JSONField(_("objectives"), default=list, blank=True)
    targets = models.JSONField(_("targets"), default=list, blank=True)
    plan_window = models.CharField(_("plan window"), max_length=20, blank=True)
    plan_edition = models.CharField(_("edition"), max_length=20, choices=PlanEdition, blank=True)
    plan_page = models.CharField(_("page"), max_length=20, blank=True)
    plan_item_no = models.CharField(_("item number"), max_length=20, blank=True)
    plan_approved_on = models.DateField(_("approved on"), null=True, blank=True)
    plan_expected_on = models.DateField(_("approval expected on"), null=True, blank=True)
    om_cost_yearly_baht = BahtField(_("yearly upkeep (baht)"), null=True, blank=True)
    om_source = models.CharField(_("source of upkeep"), max_length=200, blank=True)
    personal_data_processed = models.BooleanField(_("personal data are processed"), null=True, blank=True)
    personal_data_note = models.TextField(_("how personal data are protected"), blank=True)
    risks = models.JSONField(_("risks"), default=list, blank=True)
    overlap_note = models.TextField(_("how it differs from other requests for the same"), blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")

    total_cost_baht = BahtField(default=Decimal(0))
    requested_baht = BahtField(default=Decimal(0))
    recommended_baht = BahtField(null=True, blank=True)
    allocated_baht = BahtField(null=True, blank=True)
    committed_baht = BahtField(default=Decimal(0))
    disbursed_baht = BahtField(default=Decimal(0))
    returned_baht = BahtField(default=Decimal(0))
    carried_baht = BahtField(null=True, blank=True)
    carried_paid_baht = BahtField(null=True, blank=True)
    carried_until = models.DateField(null=True, blank=True)

    preparers = models.ManyToManyField(User, related_name="+", blank=True)
    came_from = models.CharField(max_length=20, choices=ProposalState, blank=True)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    route = models.CharField(max_length=20, choices=Route, blank=True)
    first_submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    open_sections = models.JSONField(default=list, blank=True)
    prices_only = models.BooleanField(default=False)
    return_due_on = models.DateField(null=True, blank=True)
    returned_from = models.CharField(max_length=20, choices=ProposalState, blank=True)
    technical_returns = models.PositiveSmallIntegerField(default=0)
    screener = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    screening_checks = models.JSONField(default=dict, blank=True)
    screening_note = models.TextField(blank=True)
    proposed_reason = models.TextField(blank=True)
    proposed_baht = BahtField(null=True, blank=True)
    proposed_reference = models.CharField(max_length=200, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    mean_score = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    score_spread = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    meeting = models.ForeignKey("budgets.Meeting", models.PROTECT, null=True, blank=True, related_name="decided")
    resolution_no = models.CharField(max_length=80, blank=True)
    resolution_on = models.DateField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    appeal_reason = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    plan_note = models.TextField(blank=True)
    ended_reason = models.TextField(blank=True)

    objects = ProposalQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("proposal")
        constraints = [
            models.UniqueConstraint(name="proposal_number_once", fields=["number"], condition=~Q(number="")),
            models.CheckConstraint(
                name="proposal_submitted_has_number",
                condition=Q(first_submitted_at=None, number="") | (Q(first_submitted_at__isnull=False) & ~Q(number="")),
                violation_error_message=_("A proposal has a number from its first submission on, and not before."),
            ),
            models.CheckConstraint(
                name="proposal_recommended_within_requested",
                condition=Q(recommended_baht=None) | Q(recommended_baht__lte=F("requested_baht")),
                violation_error_message=_("The amount recommended must not exceed the amount requested."),
            ),
            models.CheckConstraint(
                name="proposal_allocated_within_requested",
                condition=Q(allocated_baht=None) | Q(allocated_baht__gte=0, allocated_baht__lte=F("requested_baht")),
                violation_error_message=_("The amount allocated must not exceed the amount requested."),
            ),
            models.CheckConstraint(
                name="proposal_committed_within_allocated",
                condition=Q(committed_baht=0)
                | Q(committed_baht__gt=0, allocated_baht__isnull=False, committed_baht__lte=F("allocated_baht")),
                violation_error_message=_("Commitments must not exceed the amount allocated."),
            ),
            models.CheckConstraint(
                name="proposal_disbursed_within_committed",
                condition=Q(disbursed_baht__gte=0, disbursed_baht__lte=F("committed_baht")),
                violation_error_message=_("Disbursements must not exceed commitments."),
            ),
            models.CheckConstraint(
                name="proposal_returned_within_rest",
                condition=Q(returned_baht=0)
                | Q(
                    returned_baht__gt=0,
                    allocated_baht__isnull=False,
                    returned_baht__lte=F("allocated_baht") - F("disbursed_baht"),
                ),
                violation_error_message=_("The money returned must not exceed what was allocated and not disbursed."),
            ),
            models.CheckConstraint(
                name="proposal_carried_is_bound_and_unpaid",
                condition=Q(carried_baht=None, carried_paid_baht=None, carried_until=None)
                | Q(
                    carried_until__isnull=False,
                    carried_paid_baht__gte=0,
                    carried_paid_baht__lte=F("carried_baht"),
                    carried_baht__lte=F("committed_baht") - F("disbursed_baht") + F("carried_paid_baht"),
                ),
                violation_error_message=_("Only money that is committed and not yet paid can be carried over."),
            ),
        ]
        indexes = [
            models.Index(fields=["round", "state", "id"]),
            models.Index(fields=["round", "theme", "state", "id"]),
            models.Index(fields=["local_government", "state", "id"]),
            models.Index(fields=["state", "id"]),
        ]

    def __str__(self):
        return f"{self.number} {self.title}".strip()

    def get_absolute_url(self):
        return reverse("budgets:proposal", args=[self.pk])

    def get_constraints(self):
        return asked_together(self, super().get_constraints())

    @property
    def title(self):
        return in_language(self.title_th, self.title_en) or str(_("Untitled draft"))

    @property
    def is_editable(self):
        return self.state in EDITABLE

    @property
    def is_statutory(self):
        """Whether the Act itself names the sum of this local government, so that the portal only records it."""
        return self.route in STATUTORY_ROUTES

    @property
    def was_submitted(self):
        return self.first_submitted_at is not None

    @property
    def rest_baht(self):
        """What is allocated and neither disbursed nor returned."""
        return (self.allocated_baht or Decimal(0)) - self.disbursed_baht - self.returned_baht

    def latest_version(self):
        """The newest submitted version, or None."""
        return self.versions.select_related("paper").order_by("-version").first()


class ProposalRow(models.Model):
    """A row of a proposal. It changes only through `budgets.writing.drafting.editing`."""

    proposal = models.ForeignKey(Proposal, models.CASCADE)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal


class ProposalItem(ProposalRow):
    """A budget item (รายการงบประมาณ) with its price evidence."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="items")
    category = models.ForeignKey("budgets.ExpenseCategory", models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(_("description"), max_length=500, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    unit_price_baht = BahtField(_("unit price (baht)"), null=True, blank=True)
    price_basis = models.CharField(_("price basis"), max_length=20, choices=PriceBasis, blank=True)
    price_reference = models.CharField(_("price reference"), max_length=200, blank=True)
    price_edition = models.ForeignKey("budgets.PriceEdition", models.PROTECT, null=True, blank=True, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"), null=True, blank=True)
    quarter = models.PositiveSmallIntegerField(_("quarter"), null=True, blank=True)
    few_quotations_reason = models.TextField(_("why fewer than three quotations"), blank=True)
    listing = models.ForeignKey(
        "providers.Listing",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("listing in the account of providers"),
    )
    listing_snapshot = models.JSONField(default=dict, blank=True)

    class Meta(ProposalRow.Meta):
        verbose_name = _("budget item")
        constraints = [
            models.CheckConstraint(
                name="item_quarter_is_one_of_four",
                condition=Q(quarter=None) | Q(quarter__gte=1, quarter__lte=4),
                violation_error_message=_("The quarter is 1, 2, 3 or 4."),
            ),
            models.CheckConstraint(
                name="item_quantity_positive",
                condition=Q(quantity=None) | Q(quantity__gt=0),
                violation_error_message=_("The quantity must be at least 1."),
            ),
            models.CheckConstraint(
                name="item_price_not_negative",
                condition=Q(unit_price_baht=None) | Q(unit_price_baht__gte=0),
                violation_error_message=_("The price must not be negative."),
            ),
        ]

    def __str__(self):
        return self.description

    @property
    def total_baht(self):
        """Quantity × unit price, or zero while either is missing."""
        return (self.quantity or 0) * (self.unit_price_baht or Decimal(0))


class Quotation(models.Model):
    """A seller's quotation for an item that stands on no price list (ใบเสนอราคา)."""

    item = models.ForeignKey(ProposalItem, models.CASCADE, related_name="quotations")
    seller_kind = models.CharField(_("kind of seller"), max_length=10, choices=SellerKind, default=SellerKind.COMPANY)
    seller_name = models.CharField(_("seller"), max_length=200)
    juristic_number = models.CharField(_("juristic number"), max_length=13, blank=True)
    amount_baht = BahtField(_("unit price quoted (baht)"))
    quoted_on = models.DateField(_("dated"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("quotation")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="quotation_amount_not_negative",
                condition=Q(amount_baht__gte=0),
                violation_error_message=_("The price must not be negative."),
            ),
            models.UniqueConstraint(
                name="quotation_company_once_an_item",
                fields=["item", "juristic_number"],
                condition=~Q(juristic_number=""),
                violation_error_message=_("This company has already quoted for this item."),
            ),
        ]

    def __str__(self):
        return self.seller_name

    @property
    def proposal(self):
        return self.item.proposal


class FundingLine(ProposalRow):
    """Money from one channel in one fiscal year (แหล่งเงิน)."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="funding")
    channel = models.CharField(_("channel"), max_length=20, choices=Channel, blank=True)
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"), null=True, blank=True)
    amount_baht = BahtField(_("amount (baht)"), null=True, blank=True)

    class Meta(ProposalRow.Meta):
        verbose_name = _("funding line")
        constraints = [
            models.CheckConstraint(
                name="funding_not_negative",
                condition=Q(amount_baht=None) | Q(amount_baht__gte=0),
                violation_error_message=_("The amount must not be negative."),
            )
        ]

    def __str__(self):
        return f"{self.get_channel_display()} {self.fiscal_year or ''}"


class Kpi(ProposalRow):
    """An indicator with its baseline and target (ตัวชี้วัด)."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="kpis")
    name_th = models.CharField(_("indicator"), max_length=255, blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    baseline = models.DecimalField(_("baseline"), max_digits=16, decimal_places=4, null=True, blank=True)
    baseline_on = models.DateField(_("measured on"), null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=16, decimal_places=4, null=True, blank=True)
    direction = models.CharField(_("direction"), max_length=5, choices=Direction, blank=True)

    class Meta(ProposalRow.Meta):
        verbose_name = _("indicator")

    def __str__(self):
        return self.name_th


class ProposalAttachment(models.Model):
    """A document of a proposal; a newer one of the same kind replaces it, and it stays."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="attachments")
    kind = models.SlugField(_("kind of document"), max_length=40)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("attachment")
        ordering = ["kind", "pk"]

    def __str__(self):
        return self.file.name

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal


class SectionDraft(models.Model):
    """What was typed in a section and does not fit its fields, kept as typed; and the section's own version."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="section_drafts")
    section = models.CharField(max_length=20, choices=Section)
    version = models.PositiveIntegerField(default=0)
    typed = models.JSONField(default=dict, blank=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    edited_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="section_draft_once", fields=["proposal", "section"])]

    def __str__(self):
        return f"{self.proposal} · {self.get_section_display()}"


class ProposalVersion(models.Model):
    """A submitted version as it was signed: its canonical file and that file's SHA-256.

    `signed_by` is None for somebody who signed on paper and has no account.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    canonical = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    signer_name = models.CharField(max_length=200)
    signer_title = models.CharField(max_length=200, blank=True)
    signer_capacity = models.CharField(max_length=200)
    order_no = models.CharField(max_length=60, blank=True)
    letter_no = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="proposal_version_once", fields=["proposal", "version"])]
        indexes = [models.Index(fields=["sha256"])]

    def __str__(self):
        return f"{self.proposal.number} · {self.version}"

    @property
    def on_paper(self):
        """The `PaperSignature` by which this version was signed, or None."""
        return getattr(self, "paper", None)


class NumberSeries(models.Model):
    """The running number of a fiscal year in a province."""

    fiscal_year = models.PositiveSmallIntegerField()
    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="number_series_once", fields=["fiscal_year", "province"])]

    def __str__(self):
        return f"{self.fiscal_year}-{self.province_id}: {self.last}"
