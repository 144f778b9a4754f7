"""Residents: told and asked before go-live, heard while it runs; and what must be done when it ends."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import StoredFile, User
from sandboxes.models.pilot import OfPilot, Pilot
from sandboxes.querysets import FeedbackQuerySet
from sandboxes.states import FeedbackKind, NoticeKind


class ResidentNotice(OfPilot):
    """That residents were told of the pilot, or asked what they think of it (การแจ้งและรับฟังความเห็น)."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=15, choices=NoticeKind)
    on = models.DateField(_("on"))
    how = models.CharField(_("how and where"), max_length=300)
    people_count = models.PositiveIntegerField(_("people reached"), null=True, blank=True)
    summary = models.TextField(_("what they said"), blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("notice to residents")
        ordering = ["on", "pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.on}"


class Feedback(OfPilot):
    """What a citizen says of a pilot (ความเห็นและเรื่องร้องเรียน): followed by its tracking number alone.

    `contact` is personal data: it stands in no event, export or list.
    """

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="feedback")
    kind = models.CharField(_("kind"), max_length=10, choices=FeedbackKind)
    tracking_no = models.CharField(_("tracking number"), max_length=20, unique=True)
    text = models.TextField(_("what you want to say"))
    contact = models.CharField(_("how to reach you"), max_length=200, blank=True)
    received_at = models.DateTimeField(default=clock.now)
    due_on = models.DateField(_("answer due"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="feedback_answered_has_answer", condition=Q(answered_at=None) | ~Q(answer=""))
        ]
        indexes = [models.Index(fields=["due_on"], name="feedback_open", condition=Q(answered_at=None))]

    def __str__(self):
        return self.tracking_no


class ClosingItem(OfPilot):
    """One thing to be done when a pilot ends (รายการปิดโครงการ)."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="closing_items")
    code = models.SlugField(max_length=40)
    due_on = models.DateField(_("due"))
    done_on = models.DateField(_("done on"), null=True, blank=True)
    note = models.TextField(_("how it was done"), blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("closing item")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="closing_item_once", fields=["pilot", "code"])]

    def __str__(self):
        return self.label

    @property
    def label(self):
        from sandboxes.exits import CLOSING

        return str(CLOSING[self.code].label)
