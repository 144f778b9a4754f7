"""The office calendar, where it differs from the one that everybody knows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Holiday(models.Model):
    """A day on which the Cabinet decided otherwise (วันหยุดราชการ): a special holiday, or one that is worked."""

    day = models.DateField(_("day"), unique=True)
    name_th = models.CharField(_("name in Thai"), max_length=160)
    is_working = models.BooleanField(
        _("offices work"), default=False, help_text=_("Tick this when offices work although it would be a holiday.")
    )

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day"]

    def __str__(self):
        return f"{self.day:%Y-%m-%d} {self.name_th}"
