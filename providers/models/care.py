"""Between renewals: changes, complaints, corrections, and the flags that ask somebody to look."""

import secrets

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import LocalGovernment, User
from portal.models.files import StoredFile
from providers.models.company import Provider
from providers.models.listing import Listing
from providers.models.product import Certification, Price, Product
from providers.querysets import ChangeQuerySet, ComplaintQuerySet, CorrectionQuerySet, FlagQuerySet
from providers.states import ChangeKind, ChangeState, ComplaintState, CorrectionState, FlagCode


class Change(models.Model):
    """A change that a representative asks for between renewals (คำขอแก้ไข): at once, or after a check.

    `old` and `new` are the values before and after, by field name, for the page that shows them side by side.
    """

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="changes")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="changes")
    price = models.ForeignKey(Price, models.PROTECT, null=True, blank=True, related_name="+")
    certification = models.ForeignKey(Certification, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=14, choices=ChangeKind)
    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.PENDING)
    version = models.PositiveIntegerField(default=1)
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        indexes = [models.Index(fields=["state", "asked_at"])]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.about}"

    @property
    def about(self):
        """What would change: a product, by itself or by its price, a certification, or the company."""
        return self.product or (self.price and self.price.product) or self.certification or self.provider

    def get_absolute_url(self):
        return reverse("providers:change", args=[self.pk])


class Flag(models.Model):
    """Something about a listing that somebody has to look at, and that readers are told (ข้อสังเกต).

    `code` is a word of the contract, a `FlagCode`.
    """

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="flags")
    code = models.CharField(max_length=24)
    certification = models.ForeignKey(Certification, models.CASCADE, null=True, blank=True, related_name="+")
    since = models.DateField()
    raised_at = models.DateTimeField(default=clock.now)
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="flag_once", fields=["listing", "code"], condition=Q(cleared_at=None, certification=None)
            ),
            models.UniqueConstraint(
                name="flag_once_a_certification",
                fields=["listing", "code", "certification"],
                condition=Q(cleared_at=None, certification__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.listing} · {self.code}"

    @property
    def provider(self):
        return self.listing.provider

    @property
    def label(self):
        return FlagCode(self.code).label


def tracking_code():
    """A number that only its holder knows, easy to read aloud."""
    return "".join(secrets.choice("ABCDEFGHJKMNPQRSTUVWXYZ23456789") for _ in range(10))


class Complaint(models.Model):
    """A local government's complaint about a listing (เรื่องร้องเรียน), answered by the provider in due time."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="complaints")
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ComplaintState, default=ComplaintState.OPEN)
    version = models.PositiveIntegerField(default=1)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("what happened"))
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(default=clock.now)
    due_on = models.DateField(_("reply due"))
    reply = models.TextField(_("reply"), blank=True)
    replied_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    replied_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        indexes = [models.Index(fields=["listing", "filed_at"]), models.Index(fields=["state", "due_on"])]

    def __str__(self):
        return self.subject

    @property
    def tone(self):
        return "warn" if self.state == ComplaintState.OPEN else None

    def get_absolute_url(self):
        return reverse("providers:complaint", args=[self.pk])

    @property
    def provider(self):
        return self.listing.provider


class Correction(models.Model):
    """Anybody's report of a mistake on a public page (แจ้งข้อมูลไม่ถูกต้อง), with a number to ask by."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="corrections")
    code = models.CharField(max_length=10, unique=True, default=tracking_code)
    state = models.CharField(max_length=10, choices=CorrectionState, default=CorrectionState.OPEN)
    version = models.PositiveIntegerField(default=1)
    text = models.TextField(_("what is wrong, and what would be right"))
    email = models.EmailField(_("e-mail for the answer"), blank=True)
    sent_at = models.DateTimeField(default=clock.now)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction request")

    def __str__(self):
        return self.code

    @property
    def tone(self):
        return "warn" if self.state == CorrectionState.OPEN else None

    def get_absolute_url(self):
        return reverse("providers:correction", args=[self.pk])
