"""Seals: batches of events, each under the hash of the one before."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

NOTHING = "0" * 64


class Seal(models.Model):
    """A batch of events put under seal (การผนึกบันทึกเหตุการณ์): never changed, and kept as a file outside, too.

    `leaves` are [event, SHA-256 of what it says], `gaps` the keys below `last_event` that nobody had used yet, each
    with the moment since when it is waited for. `digest` covers all of it and, by `previous`, everything before.
    """

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64)
    leaves = models.JSONField()
    gaps = models.JSONField(default=list)
    last_event = models.BigIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    signature = models.CharField(max_length=100)

    class Meta:
        verbose_name = _("seal")
        ordering = ["-number"]

    def __str__(self):
        return f"{self.number} · {self.digest[:12]}"

    def get_absolute_url(self):
        return reverse("seal-file", args=[self.number])

    @property
    def count(self):
        return len(self.leaves)
