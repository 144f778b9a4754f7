"""What happened: events that are only ever added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock, registry


class EventQuerySet(models.QuerySet):
    def of(self, obj):
        """Events of `obj` and of everything filed under it."""
        return self.filter(case_type=obj._meta.label_lower, case_id=obj.pk)

    def happened_to(self, obj):
        """The same, without who looked: that is told to the person concerned, by post and not by name."""
        return self.of(obj).exclude(verb__in=registry.READINGS)

    def update(self, **kwargs):
        raise TypeError("Events are only ever added.")

    def delete(self):
        raise TypeError("Events are only ever added.")


class Event(models.Model):
    """One thing that happened (เหตุการณ์): who, in which capacity, what, to what, before and after."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acting_for = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=30, blank=True)
    verb = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    case_type = models.CharField(max_length=60)
    case_id = models.BigIntegerField()
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        indexes = [
            models.Index(fields=["case_type", "case_id", "id"]),
            models.Index(fields=["object_type", "object_id", "verb"]),
            models.Index(fields=["actor", "id"]),
        ]

    def __str__(self):
        return f"{self.verb} · {self.object_type} {self.object_id}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("Events are only ever added.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("Events are only ever added.")
