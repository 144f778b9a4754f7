"""What a pilot measures, and the alarm when it does harm."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import StoredFile, User
from portal.thai.dates import is_thai
from sandboxes.models.pilot import OfPilot, Pilot
from sandboxes.querysets import ReadingQuerySet
from sandboxes.states import Direction, Family, Frequency, ReviewOutcome


class Indicator(OfPilot):
    """An indicator (ตัวชี้วัด) with baseline, target and stop threshold."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="indicators")
    name_th = models.CharField(_("name in Thai"), max_length=255)
    name_en = models.CharField(_("name in English"), max_length=255, blank=True)
    family = models.CharField(_("about"), max_length=20, choices=Family, default=Family.PUBLIC_VALUE)
    unit = models.CharField(_("unit"), max_length=60)
    direction = models.CharField(_("direction"), max_length=5, choices=Direction)
    baseline = models.DecimalField(_("baseline"), max_digits=16, decimal_places=4, null=True, blank=True)
    baseline_on = models.DateField(_("baseline measured on"), null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=16, decimal_places=4, null=True, blank=True)
    stop_threshold = models.DecimalField(_("stop threshold"), max_digits=16, decimal_places=4, null=True, blank=True)
    frequency = models.CharField(_("measured"), max_length=10, choices=Frequency, default=Frequency.MONTHLY)

    class Meta:
        verbose_name = _("indicator")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="indicator_name_once",
                fields=["pilot", "name_th"],
                violation_error_message=_("This pilot already has an indicator of that name."),
            ),
            models.CheckConstraint(
                name="indicator_baseline_is_dated",
                condition=Q(baseline=None, baseline_on=None) | Q(baseline__isnull=False, baseline_on__isnull=False),
                violation_error_message=_("Give the baseline together with the day on which it was measured."),
            ),
        ]

    def __str__(self):
        return (is_thai() and self.name_th) or self.name_en or self.name_th

    def clean(self):
        if (
            self.target is not None
            and self.stop_threshold is not None
            and not self.is_worse(self.stop_threshold, self.target)
        ):
            raise ValidationError(
                {"stop_threshold": _("The stop threshold lies on the worse side of the target.")}, code="wrong_side"
            )
        if self.baseline_on and self.baseline_on > clock.today():
            raise ValidationError({"baseline_on": _("The baseline cannot have been measured in the future.")})

    def is_worse(self, value, than):
        """Whether `value` is strictly worse than `than`, in this indicator's direction."""
        return value < than if self.direction == Direction.UP else value > than

    def is_beyond_stop(self, value):
        return self.stop_threshold is not None and self.is_worse(value, self.stop_threshold)

    def reaches_target(self, value):
        return self.target is not None and not self.is_worse(value, self.target)

    def latest(self):
        """The newest reading that counts, or None."""
        return self.readings.current().order_by("-on", "-pk").first()


class Reading(models.Model):
    """One measured value with its evidence (ค่าที่วัดได้): never changed; a correction is a new reading."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="readings")
    on = models.DateField(_("measured on"))
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=4)
    evidence = models.TextField(_("evidence"))
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        ordering = ["on", "pk"]
        indexes = [models.Index(fields=["indicator", "on", "id"])]

    def __str__(self):
        return f"{self.indicator}: {self.value}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A reading is never changed: record a correction.")
        super().save(*args, **kwargs)

    @property
    def pilot(self):
        return self.indicator.pilot

    @property
    def local_government(self):
        return self.indicator.pilot.local_government

    @property
    def case(self):
        return self.indicator.pilot


class SafeguardReview(OfPilot):
    """What a reading beyond the stop threshold sets off (การทบทวนมาตรการคุ้มครอง); the pilot cannot resume before."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="safeguard_reviews")
    reading = models.OneToOneField(Reading, models.CASCADE, related_name="safeguard_review")
    opened_at = models.DateTimeField(default=clock.now)
    concluded_at = models.DateTimeField(null=True, blank=True)
    concluded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=ReviewOutcome, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("safeguards review")
        ordering = ["pk"]

    def __str__(self):
        return str(self.reading)


class BaselineChange(models.Model):
    """A corrected baseline: proposed by the office, approved by the case officer, before a quarter of the time."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="baseline_changes")
    value = models.DecimalField(_("new baseline"), max_digits=16, decimal_places=4)
    on = models.DateField(_("measured on"))
    reason = models.TextField(_("reason"))
    before = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_approved = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="baseline_change_open_once", fields=["indicator"], condition=Q(decided_at=None),
                violation_error_message=_("A change of this baseline already waits for its decision."),
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.indicator}: {self.value}"

    @property
    def pilot(self):
        return self.indicator.pilot

    @property
    def local_government(self):
        return self.indicator.pilot.local_government

    @property
    def case(self):
        return self.indicator.pilot
