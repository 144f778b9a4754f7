"""Form fields of the sandbox."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal import files
from portal.forms import Radios
from sandboxes import area

YES, NO = _("Yes"), _("No")


class YesNoField(forms.TypedChoiceField):
    """A question with the answers yes, no and, where it may be left out, none yet; programs answer true or false."""

    api_kind = "boolean"

    def __init__(self, *, yes=YES, no=NO, widget=Radios, **kwargs):
        choices = [("true", yes), ("false", no)]
        super().__init__(
            choices=choices, coerce=lambda value: value == "true", empty_value=None, widget=widget, **kwargs
        )

    def clean(self, value):
        return super().clean(self.prepare_value(value))

    def prepare_value(self, value):
        return str(value).lower() if isinstance(value, bool) else value


class BoundaryField(forms.FileField):
    """An uploaded GeoJSON file, as the boundary in it; None without a file."""

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        if not upload:
            return None
        files.check(upload, files.clean_name(upload.name), only={"geojson"})
        return area.read(upload)
