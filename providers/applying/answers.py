"""The questions of an application, section by section: what each row asks, and how an answer is read."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import BahtFormField, ThaiDateField, ThaiIntegerField
from portal.forms import CheckboxGroup, MoneyInput, PortalForm, ThaiDateInput
from portal.models import Province
from portal.states import SmartDimension
from providers.models import Attestation, Category, CertificationKind
from providers.states import Hosting, PdpaRole, ProductKind, Section, SellerRole

TEXT = forms.Textarea(attrs={"rows": 4})
BLANK = [("", "")]


def _coded(model):
    return model.objects.filter(is_active=True)


class ByCode(forms.ModelChoiceField):
    def __init__(self, queryset, **kwargs):
        super().__init__(queryset, to_field_name="code", **kwargs)


class ManyByCode(forms.ModelMultipleChoiceField):
    widget = CheckboxGroup

    def __init__(self, queryset, **kwargs):
        super().__init__(queryset, to_field_name="code", **kwargs)


class CompanyForm(PortalForm):
    name_th = forms.CharField(label=_("Company name in Thai"), max_length=250)
    name_en = forms.CharField(label=_("Company name in English"), max_length=250, required=False)
    branch_code = forms.RegexField(
        r"\A[0-9]{5}\Z", label=_("Branch code"), initial="00000", required=False,
        help_text=_("As on your VAT documents; the head office is 00000."),
        error_messages={"invalid": _("A branch code has five digits.")},
    )  # fmt: skip
    address = forms.CharField(label=_("Registered address"), max_length=1000, widget=TEXT)
    province = ByCode(Province.objects.in_thai_order(), label=_("Registered province"))
    founded_on = ThaiDateField(label=_("Registered on"), widget=ThaiDateInput)
    is_vat_registered = forms.BooleanField(label=_("The company is registered for VAT"), required=False)
    phone = forms.CharField(label=_("Office telephone"), max_length=40)
    email = forms.EmailField(label=_("Office e-mail"))
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    description_th = forms.CharField(label=_("What the company does, in Thai"), max_length=4000, widget=TEXT)
    description_en = forms.CharField(
        label=_("What the company does, in English"), max_length=4000, required=False, widget=TEXT
    )

    def clean_founded_on(self):
        return _not_in_the_future(self.cleaned_data["founded_on"])

    def clean_branch_code(self):
        return self.cleaned_data["branch_code"] or "00000"


class ProductForm(PortalForm):
    name_th = forms.CharField(label=_("Product name in Thai"), max_length=160)
    name_en = forms.CharField(label=_("Product name in English"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=BLANK + ProductKind.choices)
    edition = forms.CharField(label=_("Version"), max_length=40, required=False)
    categories = ManyByCode(_coded(Category).exclude(parent=None), label=_("Categories"))
    dimensions = forms.MultipleChoiceField(
        label=_("Smart-city dimensions"), choices=SmartDimension.choices, widget=CheckboxGroup
    )
    is_nationwide = forms.BooleanField(label=_("Serves the whole country"), required=False)
    provinces = ManyByCode(
        Province.objects.in_thai_order(), label=_("Provinces served, if not the whole country"), required=False
    )
    hosting = forms.ChoiceField(label=_("Where the data lies"), choices=BLANK + Hosting.choices)
    pdpa_role = forms.ChoiceField(
        label=_("Role under the Personal Data Protection Act"), choices=BLANK + PdpaRole.choices
    )
    seller_role = forms.ChoiceField(label=_("You sell it as"), choices=BLANK + SellerRole.choices)
    owner_name = forms.CharField(label=_("Owner of the product, if not you"), max_length=250, required=False)
    has_api = forms.BooleanField(label=_("It has an open API"), required=False)
    standards = forms.CharField(label=_("Data standards it follows"), max_length=250, required=False)
    warranty = forms.CharField(label=_("Warranty and support"), max_length=4000, widget=TEXT)
    description_th = forms.CharField(label=_("What it does, in Thai"), max_length=4000, widget=TEXT)
    description_en = forms.CharField(label=_("What it does, in English"), max_length=4000, required=False, widget=TEXT)

    def clean(self):
        given = super().clean()
        if given.get("seller_role") == SellerRole.RESELLER and not given.get("owner_name"):
            self.add_error("owner_name", ValidationError(_("Name the owner of the product."), code="required"))
        if not given.get("is_nationwide") and not given.get("provinces") and "provinces" not in self.errors:
            text = _("Choose the provinces served, or say that it serves the whole country.")
            self.add_error("provinces", ValidationError(text, code="required"))
        return given


class PriceForm(PortalForm):
    label_th = forms.CharField(
        label=_("What is sold"), max_length=200, help_text=_("For example: licence for 100 users")
    )
    label_en = forms.CharField(label=_("What is sold, in English"), max_length=200, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=60, help_text=_("For example: per year, per set"))
    price_baht = BahtFormField(label=_("Price of one unit in baht, without VAT"), min_value=1, widget=MoneyInput)
    min_term_months = ThaiIntegerField(
        label=_("Shortest contract in months"), min_value=1, max_value=120, required=False
    )


class CertificationForm(PortalForm):
    kind = ByCode(_coded(CertificationKind), label=_("Certification"))
    number = forms.CharField(label=_("Certificate number"), max_length=80)
    issuer = forms.CharField(label=_("Issuer"), max_length=200)
    scope = forms.CharField(label=_("Scope"), max_length=400, required=False)
    level = forms.CharField(label=_("Level"), max_length=40, required=False)
    issued_on = ThaiDateField(label=_("Issued on"), widget=ThaiDateInput)
    expires_on = ThaiDateField(
        label=_("Last day"), required=False, help_text=_("Leave empty if it does not end."), widget=ThaiDateInput
    )

    def clean_issued_on(self):
        return _not_in_the_future(self.cleaned_data["issued_on"])

    def clean(self):
        given = super().clean()
        if given.get("expires_on") and given.get("issued_on") and given["expires_on"] < given["issued_on"]:
            self.add_error(
                "expires_on", ValidationError(_("The last day is not before the day of issue."), code="order")
            )
        return given


class AttestationForm(PortalForm):
    """One box for each statement in use; all of them are made, or the application is not complete."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for one in _coded(Attestation):
            self.fields[one.code] = forms.BooleanField(
                label=one.name, error_messages={"required": _("Make this statement: %(name)s") % {"name": one.name}}
            )
            self.fields[one.code].statement = one


def _not_in_the_future(day):
    if day and day > clock.today():
        raise ValidationError(_("This day has not come yet."), code="future")
    return day


FORMS = {
    Section.COMPANY: CompanyForm,
    Section.PRODUCTS: ProductForm,
    Section.PRICES: PriceForm,
    Section.CERTIFICATIONS: CertificationForm,
    Section.ATTESTATIONS: AttestationForm,
}


def as_typed(section, data):
    """The answers of one row of `section` in `data` (a form's data, or a JSON object), by field name, as they came.

    Fields that `data` does not speak of are left out; lists are for fields that take several.
    """
    found = {}
    for name, field in FORMS[section]().fields.items():
        if not field.widget.value_omitted_from_data(data, {}, name):
            value = field.widget.value_from_datadict(data, {}, name)
            if value is not None:
                found[name] = value
    return found


def read(section, answers):
    """The bound form of one row: `is_valid()`, `errors`, and the `cleaned_data` that the register would take."""
    return FORMS[section](answers)
