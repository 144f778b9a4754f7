"""The committee's meetings, under which it recommends."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import Proposal
from budgets.models.round import Round
from budgets.querysets import MeetingQuerySet
from portal import clock
from portal.models import StoredFile, User


class Meeting(models.Model):
    """A meeting of the committee (การประชุมคณะทำงานร่วม). Without a round it sits for all of them.

    `present` lists user names, and the names of those who have no account.
    """

    round = models.ForeignKey(
        Round, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("round")
    )
    number = models.CharField(_("number of the meeting"), max_length=80)
    on = models.DateField(_("date of the meeting"))
    present = models.JSONField(_("present"), default=list, blank=True)
    minutes = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("minutes")
    )
    version = models.PositiveIntegerField(default=1)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        constraints = [
            models.UniqueConstraint(
                name="meeting_number_once_a_round",
                fields=["round", "number"],
                violation_error_message=_("There is a meeting of this number already."),
            ),
            models.UniqueConstraint(
                name="meeting_number_once_for_all",
                fields=["number"],
                condition=Q(round=None),
                violation_error_message=_("There is a meeting of this number already."),
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("budgets:meeting", args=[self.pk])


class Absence(models.Model):
    """Somebody who left the room while a case was discussed, for a conflict of interest (ผู้มีส่วนได้เสีย)."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="conflicts")
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="+")
    person = models.CharField(_("who"), max_length=160)
    note = models.CharField(_("kind of conflict"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("conflict of interest at a meeting")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="absence_once",
                fields=["meeting", "proposal", "person"],
                violation_error_message=_("This is on record already."),
            )
        ]

    def __str__(self):
        return f"{self.person} · {self.proposal}"
