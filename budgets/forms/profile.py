"""What a reviewer confirms before a round."""

from django import forms
from django.utils.translation import gettext_lazy as _
from stdnum.th import moa

from portal.forms import PortalForm
from portal.models import LocalGovernment, Province
from portal.thai.digits import to_arabic

ROWS = 6
NAMED = 5


class EmployerForm(PortalForm):
    """One employer of the last five years. What names one local government is taken for it."""

    name = forms.CharField(label=_("Employer"), max_length=200, required=False)
    juristic_number = forms.CharField(
        label=_("Juristic number"),
        help_text=_("For companies: 13 digits."),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    marks_optional = False

    def clean_juristic_number(self):
        number = "".join(one for one in to_arabic(self.cleaned_data["juristic_number"]) if one not in " -")
        if number and not moa.is_valid(number):
            raise forms.ValidationError(
                _("A juristic number has 13 digits; check it against the company's certificate.")
            )
        return number

    def clean(self):
        cleaned = super().clean()
        name, number = cleaned.get("name"), cleaned.get("juristic_number")
        cleaned["local_government"] = None
        if number and not name:
            self.add_error("name", _("Write the name of the company."))
        elif name and not number and "juristic_number" not in self.errors:
            try:
                cleaned["local_government"] = office_named(name)
            except forms.ValidationError as error:
                self.add_error("name", error)
        return cleaned


def office_named(text):
    """The one local government that `text` names, or None when it names none. ValidationError when it names several."""
    found = LocalGovernment.objects.search(text).select_related("district", "province").in_thai_order()
    exact = [place for place in found[: NAMED + 1] if text in {place.name_th, place.display_name}]
    several = exact or list(found[: NAMED + 1])
    if len(several) < 2:
        return next(iter(several), None)
    names = ", ".join(f"{place.display_name} {place.province.name}" for place in several[:NAMED])
    raise forms.ValidationError(
        _("Several local governments have this name: write the province too, as in “%(names)s”."),
        code="ambiguous",
        params={"names": names},
    )


class ProfileForm(PortalForm):
    """Home, and the reviewer's word that all is told."""

    home_province = forms.ModelChoiceField(
        label=_("Home province"),
        queryset=Province.objects.none(),
        empty_label=_("Choose"),
        help_text=_("Where you live or come from: you are given no case from there."),
    )
    is_whole = forms.BooleanField(
        label=_("This is true, and no employer of the last five years is left out"),
        error_messages={"required": _("Confirm that all is told.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["home_province"].queryset = Province.objects.in_thai_order()


EmployerRows = forms.formset_factory(EmployerForm, extra=0, max_num=ROWS, validate_max=True)
