"""What the API answered to a request that named itself by an `Idempotency-Key`."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from portal import clock

KEPT = timedelta(hours=24)


class IdempotencyKeyQuerySet(models.QuerySet):
    def expired(self, moment):
        """Keys that no longer count at `moment`."""
        return self.filter(created_at__lte=moment - KEPT)

    def live(self, moment):
        return self.filter(created_at__gt=moment - KEPT)


class IdempotencyKey(models.Model):
    """A stored 2xx answer, written in the transaction of its effect, so that there is never one without the other."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "path", "key"], name="idempotency_key_used_once")]

    def __str__(self):
        return f"{self.key} · {self.path}"


def forget_old_keys():
    """Delete the keys whose day is over; a timer."""
    IdempotencyKey.objects.expired(clock.now()).delete()
