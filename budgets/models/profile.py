"""What a reviewer confirms before each round: where home is, and for whom they worked."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from stdnum.th import moa

from budgets.models.round import Round
from portal import clock
from portal.models import LocalGovernment, Province, User


class ReviewerProfile(models.Model):
    """A reviewer's word, for one round, on what ties them to places and companies (ข้อมูลผู้ตรวจประเมิน)."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="profiles")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="reviewer_profiles")
    home_province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name=_("home province"))
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("reviewer's profile")
        constraints = [models.UniqueConstraint(name="profile_once_a_round", fields=["round", "reviewer"])]

    def __str__(self):
        return f"{self.reviewer} · {self.round}"


class Employer(models.Model):
    """Somebody for whom a reviewer worked in the five years before: a local government, a company or another."""

    profile = models.ForeignKey(ReviewerProfile, models.CASCADE, related_name="employers")
    name = models.CharField(_("employer"), max_length=200)
    local_government = models.ForeignKey(
        LocalGovernment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("local government")
    )
    juristic_number = models.CharField(_("juristic number"), max_length=13, blank=True)

    class Meta:
        verbose_name = _("employer")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="employer_is_an_office_or_a_company",
                condition=Q(local_government=None) | Q(juristic_number=""),
                violation_error_message=_("An employer is a local government or a company, not both."),
            )
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.juristic_number and not moa.is_valid(self.juristic_number):
            text = _("A juristic number has 13 digits; check it against the company's certificate.")
            raise ValidationError({"juristic_number": text})
