"""Listings: that a product may be chosen, from which day to which, and everything that became of it."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import User
from portal.models.files import StoredFile
from providers.models.company import Provider
from providers.models.product import Product
from providers.models.published import Published, PublishedManager
from providers.querysets import ListingQuerySet
from providers.states import RUNNING, ListingState, ReasonClass


class NumberSeries(models.Model):
    """The last number given in a fiscal year, of certificates and of applications."""

    prefix = models.CharField(max_length=4)
    fiscal_year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="registry_series_once", fields=["prefix", "fiscal_year"])]

    def __str__(self):
        return f"{self.prefix}{self.fiscal_year}"


class Listing(Published):
    """A product's place in the account (รายการขึ้นบัญชี): the certificate's number, and the days it covers.

    `valid_until` is its last day. Renewing extends it; a new one follows only after an end. `held_past` is the last day
    that was certified, where a renewal in hand holds the listing beyond it.
    """

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="listings")
    product = models.ForeignKey(Product, models.PROTECT, related_name="listings")
    state = models.CharField(max_length=10, choices=ListingState, default=ListingState.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    certificate_no = models.CharField(_("certificate number"), max_length=20, unique=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("last day"))
    held_past = models.DateField(null=True, blank=True)
    reason_class = models.CharField(max_length=20, choices=ReasonClass, blank=True)
    reason = models.TextField(blank=True)
    legal_basis = models.CharField(max_length=300, blank=True)
    suspended_on = models.DateField(null=True, blank=True)
    review_by = models.DateField(_("to be decided by"), null=True, blank=True)
    reply_by = models.DateField(_("reply due"), null=True, blank=True)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    barred_until = models.DateField(_("barred until"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_at_days = models.SmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = PublishedManager.from_queryset(ListingQuerySet)()

    class Meta:
        verbose_name = _("listing")
        constraints = [
            models.UniqueConstraint(
                name="listing_one_that_runs", fields=["product"], condition=Q(state__in=sorted(RUNNING))
            ),
            models.CheckConstraint(
                name="listing_runs_forward", condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day is not before the first."),
            ),
            models.CheckConstraint(
                name="listing_suspension_is_founded",
                condition=~Q(state=ListingState.SUSPENDED)
                | (~Q(reason="") & ~Q(legal_basis="") & Q(suspended_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="listing_revocation_bars",
                condition=~Q(state=ListingState.REVOKED) | (~Q(reason="") & Q(barred_until__isnull=False)),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "valid_until"])]

    def __str__(self):
        return f"{self.certificate_no} · {self.product}"

    def get_absolute_url(self):
        return reverse("providers:listing", args=[self.pk])

    def state_on(self, day):
        """The state on `day` by what is recorded now: a listing past its last day has expired, recorded or not."""
        return ListingState.EXPIRED if self.state in RUNNING and day > self.valid_until else self.state

    @property
    def current_state(self):
        return self.state_on(clock.today())

    @property
    def current_label(self):
        return ListingState(self.current_state).label


class ListingEvent(models.Model):
    """One line of a listing's history, only ever added: what became true when, and when that was recorded.

    `effective_at` is the moment from which the state held, `recorded_at` the moment it was written down: an end by
    date counts from that date, though its record may come later.
    """

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="history")
    verb = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=ListingState)
    valid_from = models.DateField()
    valid_until = models.DateField()
    reason_class = models.CharField(max_length=20, choices=ReasonClass, blank=True)
    legal_basis = models.CharField(max_length=300, blank=True)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["listing", "effective_at"])]

    def __str__(self):
        return f"{self.listing} · {self.verb}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A listing's history is only ever added to.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A listing's history is only ever added to.")
