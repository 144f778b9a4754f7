"""The sections of an application. Nothing is demanded before it is sent; what does not fit is kept as typed."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.fields import ThaiDateField, ThaiIntegerField
from portal.forms import (
    CheckboxGroup,
    PortalForm,
    PortalModelForm,
    Radios,
    ThaiDateInput,
    UploadInput,
    WithoutCitizenNumbers,
)
from portal.models import Province
from training.applying import OPTIONAL, PAPERS
from training.forms.programme import AreasField, hosting_areas
from training.models import Application
from training.models.application import CHOICES, SECTION_FIELDS
from training.states import ApplicationSection, DocumentKind, Purpose

LONG = forms.Textarea(attrs={"rows": 6})
YES_NO = [("", "–"), ("true", _("yes")), ("false", _("no"))]


HINTS = {
    "motivation": _("Two or three paragraphs. The members read it without your name, so leave your name out."),
    "experience": _("Work, study or volunteering, and what came of it."),
    "project_idea": _("One idea for a town that you know, and whom it would help."),
}


class _YesNo(forms.TypedChoiceField):
    def __init__(self, **kwargs):
        super().__init__(
            choices=YES_NO[1:], coerce=lambda text: text == "true", empty_value=None, widget=Radios, **kwargs
        )

    def prepare_value(self, value):
        return {True: "true", False: "false"}.get(value, value)


class SectionForm(WithoutCitizenNumbers, PortalModelForm):
    """A part of the application as a form: every field may be empty, none may hold a citizen number."""

    marks_optional = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = False
            if name in OPTIONAL:
                field.label = format_lazy("{} {}", field.label, _("(optional)"))
            if name in HINTS:
                field.help_text = HINTS[name]

    def _get_validation_exclusions(self):
        return {field.name for field in Application._meta.fields}

    def _post_clean(self):
        """Nothing is written into the row here: `applying.write` does it, with the version."""

    def fitting(self):
        """What fits its field, and as typed what does not: two dicts."""
        values = {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}
        values = {name: "" if value is None and name in BLANKED else value for name, value in values.items()}
        typed = {name: self[name].data for name in self.errors if name in self.fields}
        return values, {name: text for name, text in typed.items() if isinstance(text, str) and text}


class PersonForm(SectionForm):
    born_on = ThaiDateField(label=_("Date of birth"), widget=ThaiDateInput)
    home_province = forms.ModelChoiceField(
        label=_("Home province"),
        queryset=Province.objects.in_thai_order(),
        empty_label=_("Choose a province"),
        help_text=_("Where your home is registered."),
    )
    is_civil_servant = _YesNo(label=_("Are you a government official or employee?"))
    has_other_stipend = _YesNo(label=_("Are you in another scheme that pays a stipend?"))

    class Meta:
        model = Application
        fields = SECTION_FIELDS[ApplicationSection.PERSON]
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012


class EducationForm(SectionForm):
    graduated_year = ThaiIntegerField(label=_("Year of graduation (B.E.)"), min_value=2500, max_value=2620)

    class Meta:
        model = Application
        fields = SECTION_FIELDS[ApplicationSection.EDUCATION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A year is no amount: it has no comma.
        self.fields["graduated_year"].show = str


class MotivationForm(SectionForm):
    class Meta:
        model = Application
        fields = SECTION_FIELDS[ApplicationSection.MOTIVATION]
        widgets = {name: LONG for name in SECTION_FIELDS[ApplicationSection.MOTIVATION]}  # noqa: RUF012


BLANKED = {
    name for names in SECTION_FIELDS.values() for name in names
    if not Application._meta.get_field(name).null
}  # fmt: skip


class AreasForm(PortalForm):
    """Up to three areas in the order of one's wish."""

    marks_optional = False

    def __init__(self, *args, application, **kwargs):
        super().__init__(*args, **kwargs)
        chosen = {choice.rank: choice.local_government_id for choice in application.choices.all()}
        labels = [_("First choice"), _("Second choice"), _("Third choice")]
        for rank, label in zip(range(1, CHOICES + 1), labels, strict=True):
            self.fields[f"area_{rank}"] = AreasField(
                label=label,
                queryset=hosting_areas(application.generation),
                required=False,
                initial=chosen.get(rank),
                empty_label=_("Choose an area") if rank == 1 else _("none"),
            )

    def clean(self):
        cleaned = super().clean()
        seen = set()
        for rank in range(1, CHOICES + 1):
            place = cleaned.get(f"area_{rank}")
            if place and place.pk in seen:
                self.add_error(f"area_{rank}", _("Choose each area once."))
            seen.add(place and place.pk)
        return cleaned

    def areas(self):
        chosen = [self.cleaned_data.get(f"area_{rank}") for rank in range(1, CHOICES + 1)]
        return list(dict.fromkeys(place for place in chosen if place))


class DocumentForm(PortalForm):
    kind = forms.ChoiceField(label=_("Kind of paper"), choices=DocumentKind.choices, widget=Radios)
    file = forms.FileField(label=_("File"), widget=UploadInput(kinds=sorted(PAPERS)))


class ConsentForm(PortalForm):
    """The notice is read; and, apart from it, what one agrees to beyond the selection."""

    marks_optional = False

    has_read = forms.BooleanField(
        label=_("I have read the privacy notice and want to take part in the selection"), required=False
    )
    purposes = forms.MultipleChoiceField(
        label=_("I also agree, and can withdraw it at any time"), choices=Purpose.choices, required=False,
        widget=CheckboxGroup, help_text=_("These are up to you. They have no influence on the selection."),
    )  # fmt: skip


FORMS = {
    ApplicationSection.PERSON: PersonForm,
    ApplicationSection.EDUCATION: EducationForm,
    ApplicationSection.MOTIVATION: MotivationForm,
}
