"""What is kept beside a project that got money: re-scoped targets, and the numbers that other systems gave it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import Proposal
from budgets.states import KeyingSystem, TargetsState
from portal import clock
from portal.models import User


class Retargeting(models.Model):
    """Targets or indicators changed after the allocation (การปรับเป้าหมาย), for the province to accept.

    `digest` is the SHA-256 of what was accepted or declined: another change asks again.
    """

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="retargeting")
    state = models.CharField(_("state"), max_length=12, choices=TargetsState, default=TargetsState.WAITING)
    digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    changed_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("re-scoped targets")

    def __str__(self):
        return f"{self.proposal} · {self.get_state_display()}"


class ExternalNumber(models.Model):
    """The number that an outside system gave to a request once it was keyed in there (เลขที่ในระบบ BBL/SOLA)."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="external_numbers")
    system = models.CharField(_("system"), max_length=10, choices=KeyingSystem)
    number = models.CharField(_("number in that system"), max_length=40)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("external number")
        indexes = [models.Index(fields=["number"])]
        constraints = [
            models.UniqueConstraint(name="external_number_once_a_case", fields=["proposal", "system"]),
            models.UniqueConstraint(
                name="external_number_once",
                fields=["system", "number"],
                violation_error_message=_("This number already stands on another project."),
            ),
            models.CheckConstraint(name="external_number_given", condition=~Q(number="")),
        ]

    def __str__(self):
        return f"{self.get_system_display()} {self.number}"

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal
