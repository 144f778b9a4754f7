"""Which reminders went out, so that none goes twice and none is skipped."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import Proposal
from portal import clock


class Reminder(models.Model):
    """An office was told, `days` working days ahead, that a case must be signed by `deadline_on` (a day in Bangkok)."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="reminders")
    deadline_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("reminder of a deadline")
        constraints = [models.UniqueConstraint(name="reminder_once", fields=["proposal", "deadline_on", "days"])]

    def __str__(self):
        return f"{self.proposal} · {self.deadline_on} · {self.days}"
