"""Names in two languages, in Thai dictionary order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.thai.dates import is_thai
from portal.thai.sorting import sort_key


class Named(models.Model):
    """A thing with a Thai and an English name; `name` picks by the active language and falls back to the other."""

    name_th = models.CharField(_("name in Thai"), max_length=160)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    name_sort_key = models.CharField(max_length=2000, editable=False)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    @property
    def name(self):
        return (is_thai() and self.name_th) or self.name_en or self.name_th

    def derive(self):
        """Fill what follows from the names. `save` does it by itself; bulk writers must."""
        self.name_sort_key = sort_key(self.name_th or self.name_en)

    def save(self, *args, update_fields=None, **kwargs):
        self.derive()
        if update_fields is not None:
            update_fields = {*update_fields, *self.derived_fields}
        super().save(*args, update_fields=update_fields, **kwargs)

    derived_fields = ("name_sort_key",)
