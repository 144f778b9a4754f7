"""The money: ceilings that hold in the database, entries that are only ever added, sums kept ready."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import Proposal, ProposalItem
from budgets.models.round import FocusTheme, Round
from budgets.states import Entry, ProposalState, Route
from portal import clock
from portal.fields import BahtField
from portal.models import LocalGovernment, Province, StoredFile, User


class Ceiling(models.Model):
    """An enacted ceiling and what is allocated under it: of the round, of a theme, or of a budget route.

    `key` is "" for the round's own, "theme:ID" or "route:CODE" for the others.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="ceilings")
    key = models.CharField(max_length=40, blank=True)
    theme = models.ForeignKey(FocusTheme, models.PROTECT, null=True, blank=True, related_name="ceilings")
    route = models.CharField(max_length=20, choices=Route, blank=True)
    amount_baht = BahtField()
    allocated_baht = BahtField(default=0)
    reference = models.CharField(_("reference in the Act"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ceiling")
        constraints = [
            models.CheckConstraint(name="ceiling_holds", condition=Q(allocated_baht__lte=F("amount_baht"))),
            models.CheckConstraint(name="ceiling_allocated_not_negative", condition=Q(allocated_baht__gte=0)),
            models.UniqueConstraint(name="ceiling_once", fields=["round", "key"]),
        ]

    def __str__(self):
        return str(self.theme or (self.get_route_display() if self.route else self.round))

    @property
    def left_baht(self):
        return self.amount_baht - self.allocated_baht


class CeilingChange(models.Model):
    """A ceiling that a later enactment raised or cut (พ.ร.บ. งบประมาณเพิ่มเติม, พ.ร.บ. โอน, การปรับลด); never changed."""

    ceiling = models.ForeignKey(Ceiling, models.PROTECT, related_name="changes")
    before_baht = BahtField()
    after_baht = BahtField()
    reference = models.CharField(_("reference of the enactment"), max_length=200)
    on = models.DateField(_("date of the enactment"))
    reason = models.TextField(_("reason"), max_length=4000)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("change of a ceiling")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="ceiling_change_changes", condition=~Q(before_baht=F("after_baht"))),
            models.CheckConstraint(name="ceiling_change_by_reference", condition=~Q(reference="")),
        ]

    def __str__(self):
        return f"{self.ceiling}: {self.before_baht} → {self.after_baht}"


class LedgerEntry(models.Model):
    """One line of a proposal's money (รายการบัญชี), never changed: a correction is a reversing line."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Entry)
    amount_baht = BahtField(_("amount (baht)"))
    on = models.DateField(_("date"))
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    contractor = models.CharField(_("contractor or payee"), max_length=200, blank=True)
    contract_no = models.CharField(_("contract number"), max_length=80, blank=True)
    egp_no = models.CharField(_("e-GP number"), max_length=40, blank=True)
    items = models.ManyToManyField(ProposalItem, blank=True, related_name="entries")
    listing = models.ForeignKey("providers.Listing", models.PROTECT, null=True, blank=True, related_name="+")
    listing_snapshot = models.JSONField(default=dict, blank=True)
    commitment = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="disbursements")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("ledger entry")
        ordering = ["pk"]
        indexes = [models.Index(fields=["proposal", "kind", "id"])]
        constraints = [
            models.CheckConstraint(
                name="entry_not_zero",
                condition=~Q(amount_baht=0),
                violation_error_message=_("Give an amount above zero."),
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount_baht}"

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal


class LaterYear(models.Model):
    """What a contract binds of a fiscal year after the one whose money pays it now (ก่อหนี้ผูกพันข้ามปีงบประมาณ).

    It belongs to no allocation yet, so that none of the six amounts counts it.
    """

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="later_years")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    amount_baht = BahtField(_("amount (baht)"))

    class Meta:
        verbose_name = _("later fiscal year of a contract")
        ordering = ["fiscal_year", "pk"]
        constraints = [
            models.UniqueConstraint(name="later_year_once_a_contract", fields=["entry", "fiscal_year"]),
            models.CheckConstraint(
                name="later_year_binds_something",
                condition=Q(amount_baht__gt=0),
                violation_error_message=_("Give an amount above zero."),
            ),
        ]

    def __str__(self):
        return f"{self.fiscal_year}: {self.amount_baht}"


class RoundTotal(models.Model):
    """Sums by theme, province, kind and state, kept by database triggers on every change of a proposal.

    `theme_key` is the theme's id, or 0 while none is chosen.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="totals")
    theme_key = models.PositiveBigIntegerField(default=0)
    province = models.ForeignKey(Province, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, choices=LocalGovernment._meta.get_field("kind").choices)
    state = models.CharField(max_length=20, choices=ProposalState)
    proposals = models.IntegerField(default=0)
    requested_baht = BahtField(default=0)
    recommended_baht = BahtField(default=0)
    allocated_baht = BahtField(default=0)
    committed_baht = BahtField(default=0)
    disbursed_baht = BahtField(default=0)
    returned_baht = BahtField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="round_total_once",
                fields=["round", "theme_key", "province", "kind", "state"],
            )
        ]

    def __str__(self):
        return f"{self.round} · {self.get_state_display()}: {self.proposals}"
