"""The form by which somebody makes a key for a program that reads the account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm, Radios


class KeyForm(PortalForm):
    """A new key that may only read."""

    name = forms.CharField(
        label=_("Name of the key"), max_length=80, help_text=_("For example the program that will use it.")
    )
    contact = forms.EmailField(
        label=_("Whom to write to"),
        required=False,
        help_text=_("We write there when your program has not heard of a suspension. Best an address of the office."),
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("One year"))],
        coerce=int,
        initial=365,
        widget=Radios,
    )
