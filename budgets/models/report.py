"""Quarterly reports of what was done with the money."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from budgets.models.proposal import Kpi, Proposal
from budgets.querysets import ReportQuerySet
from budgets.states import ReportState
from portal import clock
from portal.fields import BahtField
from portal.models import StoredFile, User


class QuarterlyReport(models.Model):
    """A report on one quarter of a fiscal year (รายงานผลรายไตรมาส). Lateness never blocks it.

    `typed` keeps, by the name of its box, what was typed on the page and does not fit; it counts as missing.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="reports")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    quarter = models.PositiveSmallIntegerField(_("quarter"))
    due_on = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    physical_pct = models.DecimalField(
        _("physical progress (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    problem = models.TextField(_("problems and remedies"), blank=True)
    typed = models.JSONField(default=dict, blank=True)
    return_reason = models.TextField(blank=True)
    committed_baht = BahtField(null=True, blank=True)
    disbursed_baht = BahtField(null=True, blank=True)
    preparers = models.ManyToManyField(User, related_name="+", blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    objects = ReportQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("quarterly report")
        ordering = ["fiscal_year", "quarter", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="report_once_a_quarter",
                fields=["proposal", "fiscal_year", "quarter"],
                violation_error_message=_("There is already a report for this quarter."),
            ),
            models.CheckConstraint(
                name="report_quarter_is_one_of_four",
                condition=Q(quarter__gte=1, quarter__lte=4),
                violation_error_message=_("The quarter is 1, 2, 3 or 4."),
            ),
            models.CheckConstraint(
                name="report_progress_is_a_percentage",
                condition=Q(physical_pct=None) | Q(physical_pct__gte=0, physical_pct__lte=100),
                violation_error_message=_("Progress is between 0 and 100 per cent."),
            ),
        ]

    def __str__(self):
        return str(_("Quarter %(quarter)s/%(year)s") % {"quarter": self.quarter, "year": self.fiscal_year})

    def get_absolute_url(self):
        return reverse("budgets:report", args=[self.proposal_id, self.pk])

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal


class KpiActual(models.Model):
    """What an indicator measured in a quarter."""

    report = models.ForeignKey(QuarterlyReport, models.CASCADE, related_name="kpi_actuals")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="actuals")
    value = models.DecimalField(_("measured"), max_digits=16, decimal_places=4)

    class Meta:
        constraints = [models.UniqueConstraint(name="kpi_actual_once", fields=["report", "kpi"])]

    def __str__(self):
        return f"{self.kpi}: {self.value}"


class ReportPhoto(models.Model):
    """Photographs and evidence of a report."""

    report = models.ForeignKey(QuarterlyReport, models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.caption or self.file.name
