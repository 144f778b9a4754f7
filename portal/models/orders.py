"""Acting orders that are checked afterwards, and codes that give somebody access again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.files import StoredFile
from portal.models.people import Membership, User


class ActingOrder(models.Model):
    """An order to act in a post (คำสั่งรักษาราชการแทน): it works from the day it is recorded, and is checked after."""

    membership = models.OneToOneField(Membership, models.PROTECT, related_name="order")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    is_right = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("acting order")
        constraints = [
            models.CheckConstraint(
                name="acting_order_checked_whole",
                condition=Q(checked_by=None, checked_at=None, is_right=None)
                | Q(checked_by__isnull=False, checked_at__isnull=False, is_right__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self.membership} · {self.membership.order_no}"

    @property
    def local_government(self):
        return self.membership.local_government


class AccessReset(models.Model):
    """A one-time code with which a person chooses a new password (รหัสตั้งรหัสผ่านใหม่), handed over on paper."""

    user = models.ForeignKey(User, models.PROTECT, related_name="resets")
    digest = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("new access")

    def __str__(self):
        return f"{self.user} · {self.created_at:%Y-%m-%d}"
