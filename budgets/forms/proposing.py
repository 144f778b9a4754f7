"""What a local government's people fill in beside the sections."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.th import moa

from budgets.models import Quotation
from budgets.states import SellerKind
from portal.fields import BahtFormField, ThaiDateField
from portal.files import accept
from portal.forms import MoneyInput, PortalForm, PortalModelForm, Radios, ThaiDateInput, UploadInput
from portal.thai.digits import to_arabic

QUOTATION_FILES = ("pdf", "png", "jpg", "jpeg")


class StartForm(PortalForm):
    """A new proposal: which round, for which local government."""

    def __init__(self, *args, rounds, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.rounds = {str(one.pk): one for one in rounds}
        self.places = {str(one.pk): one for one in places}
        self.fields["round"] = forms.ChoiceField(
            label=_("Round"), choices=[(key, one.name) for key, one in self.rounds.items()]
        )
        self.fields["local_government"] = forms.ChoiceField(
            label=_("Local government"), choices=[(key, one.name) for key, one in self.places.items()]
        )
        for name, known in (("round", self.rounds), ("local_government", self.places)):
            if len(known) == 1:
                self.fields[name].widget = forms.HiddenInput()
                self.initial[name] = next(iter(known))

    def clean_round(self):
        return self.rounds[self.cleaned_data["round"]]

    def clean_local_government(self):
        return self.places[self.cleaned_data["local_government"]]


class QuotationForm(PortalModelForm):
    """A seller's quotation for one unit of an item."""

    amount_baht = BahtFormField(label=_("Unit price quoted"), widget=MoneyInput)
    quoted_on = ThaiDateField(label=_("Dated"), widget=ThaiDateInput)
    valid_until = ThaiDateField(label=_("Valid until"), widget=ThaiDateInput, required=False)
    upload = forms.FileField(
        label=_("The quotation as a file"), required=False, widget=UploadInput(kinds=QUOTATION_FILES)
    )

    class Meta:
        model = Quotation
        fields = ["seller_kind", "seller_name", "juristic_number", "amount_baht", "quoted_on", "valid_until"]
        widgets = {"seller_kind": Radios}

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.item = item
        self.fields["seller_kind"].choices = SellerKind.choices
        self.fields["juristic_number"].max_length = 20
        self.fields["juristic_number"].widget.attrs |= {
            "inputmode": "numeric",
            "maxlength": "20",
            "autocomplete": "off",
        }
        self.fields["juristic_number"].help_text = _("13 digits, for companies.")

    def clean_juristic_number(self):
        return "".join(one for one in to_arabic(self.cleaned_data["juristic_number"]) if one not in " -")

    def clean(self):
        cleaned = super().clean()
        kind, number = cleaned.get("seller_kind"), cleaned.get("juristic_number", "")
        if kind == SellerKind.COMPANY and not number:
            self.add_error("juristic_number", _("Enter the company's juristic number."))
        elif number and not moa.is_valid(number):
            text = _("A juristic number has 13 digits; check it against the company's certificate.")
            self.add_error("juristic_number", text)
        signed, until = cleaned.get("quoted_on"), cleaned.get("valid_until")
        if signed and until and until < signed:
            self.add_error("valid_until", _("The quotation must be valid on the day it is dated."))
        return cleaned

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"item"}


class SeveralFiles(UploadInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """One file or several."""

    widget = SeveralFiles

    def clean(self, data, initial=None):
        uploads = data if isinstance(data, list | tuple) else [data]
        found = [super(FilesField, self).clean(one, initial) for one in uploads if one]
        if not found:
            raise ValidationError(self.error_messages["required"], code="required")
        return found


class AttachForm(PortalForm):
    """Files of one kind of document."""

    marks_optional = False

    files = FilesField(label=_("Files"))

    def __init__(self, *args, kind="", name="", **kwargs):
        super().__init__(*args, **kwargs)
        self.kind, self.name = kind, name
        self.fields["files"].label = _("Files for “%(name)s”") % {"name": name} if name else _("Files")
        self.fields["files"].widget.attrs |= {"accept": accept(), "multiple": True}
        self.fields["files"].error_messages["required"] = _("Choose a file first.")


class HashForm(PortalForm):
    """A file, or its SHA-256, to be compared with what was signed. Nothing of it is kept."""

    marks_optional = False

    file = forms.FileField(label=_("File that you were given"), required=False, widget=UploadInput)
    sha256 = forms.CharField(
        label=_("Or its SHA-256"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if upload and upload.size > settings.UPLOAD_MAX_MB * 1024 * 1024:
            text = _("The file is larger than %(limit)s MB. Paste its SHA-256 instead.")
            raise ValidationError(text, params={"limit": settings.UPLOAD_MAX_MB})
        return upload

    def clean_sha256(self):
        text = "".join(self.cleaned_data["sha256"].split()).lower()
        if text and (len(text) != 64 or set(text) - set("0123456789abcdef")):
            raise ValidationError(_("A SHA-256 has 64 characters, 0–9 and a–f."))
        return text

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned.get("file") and not cleaned.get("sha256"):
            self.add_error("file", _("Choose a file, or paste its SHA-256."))
        return cleaned
