"""The public register as a sequence: what changed, in the order in which it was committed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.people import ApiToken


class Edition(models.Model):
    """The one row that numbers the register's changes; moved by the last write of a transaction.

    `seq` is the last number given, `at` the moment of that change, `oldest` the first number that is still kept.
    """

    seq = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)
    oldest = models.BigIntegerField(default=1)

    def __str__(self):
        return f"{self.seq}"


class Record(models.Model):
    """One change of the register: never edited; the latest of an object is what is true now.

    `op` is `upsert`, with the whole public body, or `delete` for what left public view.
    """

    seq = models.BigIntegerField(primary_key=True)
    op = models.CharField(max_length=6, choices=[("upsert", "upsert"), ("delete", "delete")])
    kind = models.CharField(
        max_length=8, choices=[("provider", "provider"), ("product", "product"), ("listing", "listing")]
    )
    object_id = models.BigIntegerField()
    at = models.DateTimeField()
    body = models.TextField(blank=True)

    class Meta:
        verbose_name = _("register record")
        indexes = [models.Index(fields=["kind", "object_id", "seq"]), models.Index(fields=["at"])]

    def __str__(self):
        return f"{self.seq} {self.op} {self.kind} {self.object_id}"


class Snapshot(models.Model):
    """The whole register at the number `seq`, as a packed file of lines (providers.public.snapshots)."""

    seq = models.BigIntegerField()
    made_at = models.DateTimeField(default=clock.now)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="registry/", max_length=120)

    class Meta:
        verbose_name = _("register snapshot")

    def __str__(self):
        return f"{self.seq}"


class ApiClient(models.Model):
    """What is known of a program that pulls the register with a key: when it last called, and how far it has read."""

    token = models.OneToOneField(ApiToken, models.CASCADE, related_name="registry_client")
    contact = models.EmailField(_("whom to write to"), blank=True)
    last_called_at = models.DateTimeField(null=True, blank=True)
    position = models.BigIntegerField(null=True, blank=True)
    position_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API client")

    def __str__(self):
        return self.token.name
