"""What goes wrong: reported from a phone, counted in hours, told to those who must know."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from portal import clock
from portal.models import StoredFile, User
from sandboxes.models.pilot import OfPilot, Pilot
from sandboxes.querysets import IncidentQuerySet
from sandboxes.states import Hurt, Impact, IncidentState, Receiver, ReportStep, Severity


class Incident(OfPilot):
    """An incident (เหตุการณ์ผิดปกติ): five answers from which its severity follows; its clocks run from `aware_at`."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="incidents")
    state = models.CharField(_("state"), max_length=10, choices=IncidentState, default=IncidentState.REPORTED)
    version = models.PositiveIntegerField(default=1)
    what = models.TextField(_("what happened, and where"))
    aware_at = models.DateTimeField(_("when it became known"))
    hurt = models.CharField(_("was anybody hurt"), max_length=10, choices=Hurt)
    personal_data = models.BooleanField(_("did personal data get into wrong hands"))
    impact = models.CharField(_("what it did to the service"), max_length=10, choices=Impact)
    severity = models.CharField(_("severity"), max_length=5, choices=Severity)
    severity_reason = models.TextField(blank=True)
    affected_count = models.PositiveIntegerField(_("people affected"), null=True, blank=True)
    root_cause = models.TextField(_("root cause"), blank=True)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=clock.now)
    contained_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    told = models.JSONField(default=list, blank=True, editable=False)

    objects = IncidentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("incident")
        ordering = ["-aware_at", "-pk"]
        indexes = [models.Index(fields=["state", "severity", "id"])]

    def __str__(self):
        return f"{self.pilot.number} · {self.get_severity_display()}"

    def get_absolute_url(self):
        return reverse("sandboxes:incident", args=[self.pilot_id, self.pk])

    @property
    def is_open(self):
        return self.state != IncidentState.CLOSED


class IncidentReport(models.Model):
    """A report on an incident: a step of its story, in corrected versions, of which all are kept."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="reports")
    step = models.CharField(_("report"), max_length=10, choices=ReportStep)
    number = models.PositiveSmallIntegerField()
    findings = models.TextField(_("what is known"))
    cause = models.TextField(_("cause"), blank=True)
    measures = models.TextField(_("what was done"))
    affected_count = models.PositiveIntegerField(_("people affected"), null=True, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("incident report")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="incident_report_once", fields=["incident", "step", "number"])]

    def __str__(self):
        return f"{self.get_step_display()} {self.number}"


class Telling(models.Model):
    """That an authority was told of an incident: when, under which number, and what exactly."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="tellings")
    receiver = models.CharField(_("authority"), max_length=10, choices=Receiver)
    sent_at = models.DateTimeField(_("sent"))
    reference = models.CharField(_("letter number"), max_length=120, blank=True)
    content = models.JSONField(default=dict)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("report to an authority")
        ordering = ["sent_at", "pk"]

    def __str__(self):
        return f"{self.get_receiver_display()} {self.reference}".strip()
