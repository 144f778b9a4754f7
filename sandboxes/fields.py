"""Form fields of the sandbox."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import Radios

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
