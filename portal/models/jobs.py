"""Work that takes longer than a page may: what was asked, how far it is, what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting its turn")
    RUNNING = "running", _("Working")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not finished")


class JobQuerySet(models.QuerySet):
    def queued(self):
        return self.filter(state=JobState.QUEUED)

    def silent_since(self, moment):
        """Running, and without a sign of life since `moment`."""
        return self.filter(state=JobState.RUNNING, alive_at__lt=moment)


class Job(models.Model):
    """A piece of long work (งานเบื้องหลัง) that somebody asked for.

    `started_at` also names the run: only the worker that set it may write progress or a result.
    """

    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.ForeignKey("portal.StoredFile", models.PROTECT, null=True, blank=True, related_name="+")
    summary = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    alive_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        indexes = [
            models.Index(fields=["created_at"], name="job_open", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["asked_by", "-created_at"], name="job_asked_by"),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self):
        return reverse("job", args=[self.pk])

    @property
    def is_finished(self):
        return self.state in {JobState.DONE, JobState.FAILED}

    @property
    def title(self):
        from portal.jobs import KINDS

        kind = KINDS.get(self.kind)
        return kind.title if kind else self.kind


class Heartbeat(models.Model):
    """The last sign of life of something that runs by itself."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    def __str__(self):
        return self.name
