"""How a province keeps in touch with its offices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from budgets.models.round import Round
from budgets.states import ContactKind
from portal import clock
from portal.models import LocalGovernment, User


class Contact(models.Model):
    """One time that an office was reminded, called or visited about a round (การติดต่อ)."""

    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="contacts")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+")
    kind = models.CharField(_("how"), max_length=10, choices=ContactKind)
    note = models.CharField(_("what was said"), max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("contact with an office")
        indexes = [models.Index(fields=["local_government", "round", "id"])]

    def __str__(self):
        return f"{self.local_government} · {self.get_kind_display()}"
