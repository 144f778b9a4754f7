"""An ambassador's service at a host: reports, projects, leave, stipend."""

from calendar import monthrange

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import BahtField
from portal.models import LocalGovernment, User
from training.models.application import Application
from training.models.programme import Generation, HostPlace
from training.querysets import MonthlyReportQuerySet, PlacementQuerySet
from training.states import SERVING, LeaveKind, MonthlyReportState, PlacementState


class Placement(models.Model):
    """One ambassador's service at one host (การปฏิบัติงานในพื้นที่).

    `ends_on` is the last day of service, moved back by leave that extends it; `ended_on` the last day really served
    where it ended early. `replaces` is the placement that this one goes on with. `ambassador` is emptied when the time
    of keeping has passed.
    """

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="placements")
    application = models.OneToOneField(Application, models.PROTECT, related_name="placement")
    place = models.ForeignKey(HostPlace, models.PROTECT, related_name="placements")
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="placements")
    ambassador = models.ForeignKey(User, models.PROTECT, null=True, related_name="placements")
    mentor = models.ForeignKey(User, models.PROTECT, verbose_name=_("mentor"), related_name="placements_mentored")
    state = models.CharField(_("state"), max_length=12, choices=PlacementState, default=PlacementState.PLANNED)
    version = models.PositiveIntegerField(default=1)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    ended_on = models.DateField(_("ended early on"), null=True, blank=True)
    stipend_monthly_baht = BahtField(_("stipend a month (baht)"))
    end_reason = models.TextField(_("reason"), blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        constraints = [
            models.UniqueConstraint(
                name="one_ambassador_an_area",
                fields=["local_government"],
                condition=Q(state__in=sorted(SERVING)),
                violation_error_message=_("This area already has an ambassador."),
            ),
            models.UniqueConstraint(
                name="one_planned_service_an_area",
                fields=["local_government"],
                condition=Q(state=PlacementState.PLANNED),
                violation_error_message=_("Somebody else's service in this area is already planned."),
            ),
            models.CheckConstraint(
                name="placement_runs_forward",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day must not come before the first."),
            ),
        ]
        indexes = [models.Index(fields=["local_government", "state"])]  # fmt: skip

    def __str__(self):
        return f"{self.local_government} · {self.generation}"

    def get_absolute_url(self):
        return reverse("training:placement", args=[self.pk])

    @property
    def last_day(self):
        """The last day of service, planned or real."""
        return self.ended_on or self.ends_on

    def host_on(self, day):
        """The local government at which the ambassador served on `day`."""
        left = next((one for one in self.postings.all() if day <= one.until_on), None)
        return left.local_government if left else self.local_government


class Posting(models.Model):
    """A host whom an ambassador left for another while the service went on (หน่วยงานเดิมก่อนย้าย)."""

    placement = models.ForeignKey(Placement, models.CASCADE, related_name="postings")
    place = models.ForeignKey(HostPlace, models.PROTECT, related_name="+")
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="+")
    mentor = models.ForeignKey(User, models.PROTECT, related_name="+")
    until_on = models.DateField(_("last day there"))
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("earlier host")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.local_government} · {self.placement}"

    @property
    def case(self):
        return self.placement


class Leave(models.Model):
    """Days away (การลา) until `returned_on`, the first day back. `extends` moves the last day of service by as many."""

    placement = models.ForeignKey(Placement, models.CASCADE, related_name="leaves")
    kind = models.CharField(_("kind of leave"), max_length=10, choices=LeaveKind)
    starts_on = models.DateField(_("first day away"))
    expected_on = models.DateField(_("expected back on"), null=True, blank=True)
    returned_on = models.DateField(null=True, blank=True)
    is_paid = models.BooleanField(_("the stipend goes on"), default=False)
    extends = models.BooleanField(_("the service is extended by these days"), default=True)

    class Meta:
        verbose_name = _("leave")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_open_leave", fields=["placement"], condition=Q(returned_on=None)),
            models.CheckConstraint(
                name="leave_runs_forward", condition=Q(returned_on=None) | Q(returned_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.starts_on}"

    @property
    def case(self):
        return self.placement


class MonthlyReport(models.Model):
    """What an ambassador did in a month (รายงานประจำเดือน), accepted by the mentor. `month` is its first day."""

    placement = models.ForeignKey(Placement, models.CASCADE, related_name="reports")
    month = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=10, choices=MonthlyReportState, default=MonthlyReportState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    work = models.TextField(_("work done"), max_length=10000, blank=True)
    results = models.TextField(_("what came of it"), max_length=10000, blank=True)
    problems = models.TextField(_("problems and help wanted"), max_length=10000, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.TextField(blank=True)

    objects = MonthlyReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("monthly report")
        ordering = ["month", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_report_a_month", fields=["placement", "month"],
                violation_error_message=_("There is already a report of this month."),
            ),
            models.CheckConstraint(name="report_month_is_a_first", condition=Q(month__day=1)),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.placement} · {self.month:%Y-%m}"

    def get_absolute_url(self):
        return reverse("training:report", args=[self.placement_id, self.pk])

    @property
    def case(self):
        return self.placement

    @property
    def local_government(self):
        return self.placement.local_government


class CityProject(models.Model):
    """A project that an ambassador works on (โครงการในพื้นที่); `case_number` names a proposal or pilot of the portal."""

    placement = models.ForeignKey(Placement, models.CASCADE, related_name="projects")
    name_th = models.CharField(_("name of the project"), max_length=200)
    role_th = models.CharField(_("what the ambassador does in it"), max_length=500, blank=True)
    value_baht = BahtField(_("value (baht)"), null=True, blank=True)
    case_number = models.CharField(_("number of the proposal or pilot"), max_length=30, blank=True)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("city project")
        ordering = ["pk"]

    def __str__(self):
        return self.name_th

    @property
    def case(self):
        return self.placement


class HandoverItem(models.Model):
    """A thing to hand over when a placement ends early (รายการส่งมอบงาน)."""

    placement = models.ForeignKey(Placement, models.CASCADE, related_name="handover")
    text = models.CharField(_("what is handed over"), max_length=300)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.text

    @property
    def case(self):
        return self.placement


class StipendSheet(models.Model):
    """The stipends of a generation for one month (บัญชีเบี้ยเลี้ยง), closed once and then unchanged."""

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="stipend_sheets")
    month = models.DateField(_("month"))
    total_baht = BahtField()
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("stipend sheet")
        ordering = ["month", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_sheet_a_month", fields=["generation", "month"]),
            models.CheckConstraint(name="sheet_month_is_a_first", condition=Q(month__day=1)),
        ]

    def __str__(self):
        return f"{self.generation} · {self.month:%Y-%m}"

    @property
    def case(self):
        return self.generation


class StipendLine(models.Model):
    """One ambassador's stipend on a sheet: the days paid of the days of the month."""

    sheet = models.ForeignKey(StipendSheet, models.CASCADE, related_name="lines")
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="stipends")
    days = models.PositiveSmallIntegerField()
    of_days = models.PositiveSmallIntegerField()
    amount_baht = BahtField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="one_stipend_a_sheet", fields=["sheet", "placement"])]

    def __str__(self):
        return f"{self.placement}: {self.amount_baht}"

    @property
    def host(self):
        """Where the ambassador served at the end of the month."""
        month = self.sheet.month
        return self.placement.host_on(month.replace(day=monthrange(month.year, month.month)[1]))
