"""What was awarded, for as long as anyone may ask."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import LocalGovernment
from portal.thai.dates import is_thai
from training.models.course import Enrolment, Learner
from training.models.placement import Placement
from training.querysets import CredentialQuerySet
from training.states import CredentialKind, CredentialState, Level


class Series(models.Model):
    """The last number given in a series; counted up by one UPDATE, so that no number is given twice."""

    key = models.CharField(max_length=60, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.key}: {self.last}"


class Credential(models.Model):
    """A certificate (ใบรับรอง), with everything printed on it as it was on the day of issue.

    `badge` is the signed Open Badges 3.0 credential, `key_id` the key it was signed with, `status_index` its place
    in the list of revocations. `learner` is emptied when the holder's data are erased; the award itself stays.
    """

    kind = models.CharField(max_length=12, choices=CredentialKind)
    serial = models.CharField(_("serial number"), max_length=40, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=CredentialState, default=CredentialState.VALID)
    version = models.PositiveIntegerField(default=1)
    learner = models.ForeignKey(Learner, models.PROTECT, null=True, blank=True, related_name="credentials")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, blank=True, related_name="credentials")
    placement = models.ForeignKey(Placement, models.PROTECT, null=True, blank=True, related_name="credentials")
    local_government = models.ForeignKey(
        LocalGovernment, models.PROTECT, null=True, blank=True, related_name="credentials"
    )
    holder_th = models.CharField(_("name of the holder"), max_length=320, blank=True)
    holder_en = models.CharField(_("name of the holder in English"), max_length=320, blank=True)
    title_th = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    level = models.CharField(max_length=12, choices=Level)
    hours = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    signatory_name = models.CharField(max_length=160, blank=True)
    signatory_title = models.CharField(max_length=200, blank=True)
    issued_on = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    issued_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    shares_name = models.BooleanField(_("show my name"), default=False)
    shares_office = models.BooleanField(_("show my office"), default=False)
    badge = models.TextField(blank=True)
    key_id = models.CharField(max_length=80, blank=True)
    status_index = models.PositiveIntegerField(null=True, unique=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        constraints = [
            models.CheckConstraint(
                name="credential_is_of_its_kind",
                condition=Q(kind=CredentialKind.COURSE, placement=None)
                | Q(kind=CredentialKind.AMBASSADOR, enrolment=None),
            ),
            models.UniqueConstraint(
                name="one_valid_credential_an_enrolment",
                fields=["enrolment"],
                condition=Q(state=CredentialState.VALID),
            ),
            models.UniqueConstraint(
                name="one_valid_credential_a_placement",
                fields=["placement"],
                condition=Q(state=CredentialState.VALID),
            ),
            models.CheckConstraint(
                name="credential_state_is_recorded",
                condition=Q(state__in=[CredentialState.VALID, CredentialState.REVOKED, CredentialState.REPLACED]),
            ),
        ]
        indexes = [
            models.Index(fields=["local_government", "state", "issued_on"]),
            models.Index(fields=["learner", "state"]),
        ]  # fmt: skip

    def __str__(self):
        return self.serial

    def get_absolute_url(self):
        return reverse("training:credential", args=[self.pk])

    @property
    def title(self):
        return (is_thai() and self.title_th) or self.title_en or self.title_th

    def standing(self, day):
        """What the certificate is worth on `day`, as a `CredentialState`."""
        if self.state == CredentialState.VALID and self.valid_until is not None and self.valid_until < day:
            return CredentialState.EXPIRED
        return CredentialState(self.state)


class Erasure(models.Model):
    """That a person's data were erased (บันทึกการลบข้อมูล): to be repeated after a restore. It names keys, no person."""

    application = models.PositiveBigIntegerField(null=True, blank=True)
    learner = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=clock.now)
    is_by_rule = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="erasure_of_something", condition=Q(application__isnull=False) | Q(learner__isnull=False)
            )
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d}"
