"""What an officer compared before buying, as it was on that day."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import LocalGovernment, User
from providers.querysets import ComparisonQuerySet
from providers.states import Method


class Comparison(models.Model):
    """A dated comparison of listed products (บันทึกเปรียบเทียบสินค้าและบริการในบัญชี): never changed, drawn up anew.

    `rows` says of each product what the account said on `on`; `sellers` is the number of different companies in it.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="+")
    subject = models.CharField(_("what is to be bought"), max_length=200)
    why = models.TextField(_("why these are comparable"))
    rows = models.JSONField(default=list)
    sellers = models.PositiveSmallIntegerField(_("sellers"))
    on = models.DateField(_("on"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_as = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(default=clock.now)

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparison")
        constraints = [
            models.CheckConstraint(
                name="comparison_of_somebody", condition=Q(sellers__gt=0),
                violation_error_message=_("Choose at least one product."),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["local_government", "-made_at"])]

    def __str__(self):
        return f"{self.number} · {self.subject}"

    def get_absolute_url(self):
        return reverse("providers:comparison", args=[self.pk])

    @property
    def method(self):
        """The `Method` that follows from the number of sellers.

        Source: ministerial regulation no. 4, B.E. 2566 (2023), on goods that the state promotes, clause 27/9.
        """
        return Method.SPECIFIC if self.sellers == 1 else Method.SELECTION
