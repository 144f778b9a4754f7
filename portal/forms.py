"""Forms that look and speak as the portal does: label, hint, error, control, in plain words."""

from allauth.account import forms as account
from django import forms
from django.conf import settings
from django.forms import renderers
from django.template import TemplateDoesNotExist
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.fields import ThaiDateTimeField
from portal.thai.citizens import has_citizen_number

DASHES = "---------"


class Renderer(renderers.TemplatesSetting):
    """The project's templates first, Django's own where the project has none."""

    @cached_property
    def django(self):
        return renderers.DjangoTemplates()

    def get_template(self, template_name):
        try:
            return super().get_template(template_name)
        except TemplateDoesNotExist:
            return self.django.get_template(template_name)


def lowered(label):
    """`label` as it stands inside an English sentence; Thai has no capitals."""
    text = str(label)
    if get_language() == "th" or text[1:2].isupper():
        return text
    return text[:1].lower() + text[1:]


class Wanted:
    """A message that is put together when it is shown, in the language of that moment."""

    def __init__(self, message, label):
        self.message, self.label = message, label

    def __str__(self):
        return str(self.message) % {"field": lowered(self.label)}

    def __mod__(self, params):
        return str(self)


def required_message(field, label):
    """What to say when `field` is left empty: the verb fits what the person has to do."""
    match field:
        case forms.FileField():
            verb = _("Attach %(field)s")
        case forms.BooleanField() | forms.NullBooleanField():
            verb = _("Tick “%(field)s” to go on")
        case forms.ChoiceField() | forms.ModelChoiceField():
            verb = _("Choose %(field)s")
        case _other:
            verb = _("Enter %(field)s")
    return Wanted(verb, label)


def speak_plainly(form):
    """Give each field of `form` its own words for what is missing, and take the colons off the labels."""
    form.label_suffix = ""
    for name, field in form.fields.items():
        if isinstance(field.widget, forms.Textarea) and str(field.widget.attrs.get("rows")) == "10":
            field.widget.attrs["rows"] = 5
        label = field.label if field.label is not None else name.replace("_", " ").capitalize()
        given = type(field).default_error_messages.get("required", forms.Field.default_error_messages["required"])
        if field.error_messages.get("required") in {given, forms.Field.default_error_messages["required"]}:
            field.error_messages["required"] = required_message(field, label)
        if isinstance(field, forms.MultiValueField):
            field.error_messages.setdefault("incomplete", field.error_messages["required"])
        say_choose(field)


def say_choose(field):
    """Write a word where Django draws a line for “nothing chosen yet”."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = _("Choose")
    elif isinstance(field, forms.ChoiceField) and (choices := list(field.choices))[:1] == [("", DASHES)]:
        field.choices = [("", _("Choose")), *choices[1:]]


class Plain:
    """Mix-in for every form of the portal.

    `case` and `by` are what a lifecycle hands to the form of a step: the object, and the person.
    """

    marks_optional = True

    def __init__(self, *args, case=None, by=None, **kwargs):
        self.case, self.by = case, by
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        speak_plainly(self)


class WithoutCitizenNumbers:
    """A form none of whose texts may hold a citizen number. Passwords are nobody's business."""

    def clean(self):
        cleaned = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and not name.startswith("password") and has_citizen_number(value):
                self.add_error(name, _("Leave out the citizen number: we do not collect it."))
        return cleaned


class PortalForm(Plain, forms.Form):
    """A form of the portal."""


class PortalModelForm(Plain, forms.ModelForm):
    """A model form of the portal: it names its fields one by one, and only cleans."""


# Widgets


class NumberInput(forms.TextInput):
    """A number typed freely: commas, spaces and Thai digits are welcome."""

    def __init__(self, attrs=None):
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "w-number", **(attrs or {})})


class MoneyInput(NumberInput):
    """An amount with its unit beside it."""

    template_name = "portal/widgets/money.html"


class ThaiDateInput(forms.MultiWidget):
    """Day, month and Buddhist-era year in three boxes; the field gets `day/month/year` as one text."""

    template_name = "portal/widgets/date.html"
    MONTHS = [
        (1, _("January")),
        (2, _("February")),
        (3, _("March")),
        (4, _("April")),
        (5, _("May")),
        (6, _("June")),
        (7, _("July")),
        (8, _("August")),
        (9, _("September")),
        (10, _("October")),
        (11, _("November")),
        (12, _("December")),
    ]
    LABELS = (_("Day"), _("Month"), _("Year (B.E.)"))

    def __init__(self, attrs=None):
        digits = {"inputmode": "numeric", "autocomplete": "off"}
        boxes = {
            "day": forms.TextInput({**digits, "maxlength": 2}),
            "month": forms.Select(choices=[("", _("Choose")), *self.MONTHS]),
            "year": forms.TextInput({**digits, "maxlength": 4}),
        }
        super().__init__(boxes, attrs)

    def decompress(self, value):
        if not value:
            return ["", "", ""]
        if hasattr(value, "year"):
            return [value.day, value.month, value.year + 543]
        day, month, year = ([part.strip() for part in str(value).split("/")] + ["", "", ""])[:3]
        return [day.lstrip("0"), month.lstrip("0"), buddhist(year)]

    def value_from_datadict(self, data, files, name):
        if name in data:
            return data[name]
        parts = [(part or "").strip() for part in super().value_from_datadict(data, files, name)]
        return "/".join(parts) if any(parts) else ""

    def value_omitted_from_data(self, data, files, name):
        return name not in data and super().value_omitted_from_data(data, files, name)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for box, label in zip(context["widget"]["subwidgets"], self.LABELS, strict=True):
            box["label"] = label
        return context


def buddhist(year):
    """`year` as typed, or in the Buddhist era where it is clearly of the common one."""
    return str(int(year) + 543) if year.isascii() and year.isdigit() and 1900 <= int(year) < 2157 else year


class ThaiDateTimeInput(ThaiDateInput):
    """A date in three boxes, and beside them the time of day in Bangkok, `16.30`."""

    LABELS = (*ThaiDateInput.LABELS, _("Time"))

    def __init__(self, attrs=None):
        super().__init__(attrs)
        self.widgets.append(forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "maxlength": 8}))
        self.widgets_names.append("_time")

    def decompress(self, value):
        text = ThaiDateTimeField().prepare_value(value) or ""
        day, _space, moment = str(text).partition(" ")
        return [*super().decompress(day), moment.strip()]

    def value_from_datadict(self, data, files, name):
        if name in data:
            return data[name]
        boxes = zip(self.widgets, self.widgets_names, strict=True)
        *parts, moment = [(box.value_from_datadict(data, files, name + end) or "").strip() for box, end in boxes]
        return f"{'/'.join(parts)} {moment}" if any([*parts, moment]) else ""


class RadioCards(forms.RadioSelect):
    """A few weighty choices, each on its own card. `descriptions` maps a value to a line below its label."""

    template_name = "portal/widgets/choices.html"
    layout = "cards"

    def __init__(self, attrs=None, choices=(), descriptions=None):
        super().__init__(attrs, choices)
        self.descriptions = descriptions or {}

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["layout"] = self.layout
        return context

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        option["description"] = self.descriptions.get(str(value), "")
        return option


class Radios(RadioCards):
    """Choices below each other."""

    layout = "choices"


class CheckboxGroup(forms.CheckboxSelectMultiple):
    """Several of a few."""

    template_name = "portal/widgets/choices.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["layout"] = "choices"
        return context


class Several(CheckboxGroup):
    """Several of some, folded behind the names of those that are chosen."""

    template_name = "portal/widgets/several.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        options = [option for _group, options, _index in widget["optgroups"] for option in options]
        widget["chosen"] = [option["label"] for option in options if option["selected"]]
        return context


class UploadInput(forms.FileInput):
    """A file, with its rule said before: kinds (suffixes without the dot) and the limit of the settings."""

    template_name = "portal/widgets/upload.html"

    def __init__(self, attrs=None, kinds=(), max_mb=None):
        super().__init__(attrs)
        self.kinds, self.max_mb = kinds, max_mb

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        limit = self.max_mb or settings.UPLOAD_MAX_MB
        widget = context["widget"]
        widget["rule"] = (
            format_lazy(
                _("{kinds} only, up to {limit} MB"), kinds=", ".join(kind.upper() for kind in self.kinds), limit=limit
            )
            if self.kinds
            else format_lazy(_("Up to {limit} MB"), limit=limit)
        )
        widget["attrs"]["data-max-bytes"] = limit * 1024 * 1024
        widget["attrs"]["data-too-large"] = _("%%name%% is %%size%% MB, above %(limit)s MB.") % {"limit": limit}
        if self.kinds:
            widget["attrs"]["accept"] = ",".join(f".{kind}" for kind in self.kinds)
        rule = f"{attrs['id']}_rule" if attrs and attrs.get("id") else ""
        if rule:
            widget["rule_id"] = rule
            widget["attrs"]["aria-describedby"] = " ".join(
                filter(None, [widget["attrs"].get("aria-describedby"), rule])
            )
        return context


# Accounts


def without_placeholders(form):
    """The labels say it already."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(account.LoginForm):
    """Signing in."""

    marks_optional = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs.update(autocapitalize="none", spellcheck="false")
        self.fields["password"].help_text = ""
        without_placeholders(self)
        speak_plainly(self)


class SignupForm(WithoutCitizenNumbers, account.SignupForm):
    """Opening an account: who you are, and how to reach you."""

    marks_optional = True
    field_order = ["first_name", "last_name", "username", "email", "password1", "password2"]

    first_name = forms.CharField(
        label=_("First name"), max_length=150, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=150, widget=forms.TextInput({"autocomplete": "family-name"})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Latin letters, digits and . _ - without spaces. You sign in with it.")
        self.fields["username"].widget.attrs.update(autocapitalize="none", spellcheck="false")
        self.fields["email"].label = _("E-mail")
        self.fields["email"].help_text = _("For news about your cases and for a forgotten password.")
        self.fields["password1"].help_text = _(
            "At least 12 characters. Three words that only you put together work well."
        )
        self.fields["password2"].label = _("Password again")
        without_placeholders(self)
        speak_plainly(self)
