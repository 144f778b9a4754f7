"""What is filled in about courses: the course, a run, its sessions, who comes, what they reached."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal import access
from portal.fields import ThaiDateTimeField, ThaiDecimalField, ThaiIntegerField
from portal.forms import (
    CheckboxGroup,
    NumberInput,
    PortalForm,
    PortalModelForm,
    Radios,
    ThaiDateTimeInput,
    UploadInput,
    WithoutCitizenNumbers,
)
from portal.models import LocalGovernment, Province
from portal.roles import Role
from training.courses import trainers_to_choose
from training.models import Course, CourseRun, Credential, Session
from training.states import Level, Mode, Source

PARAGRAPH = forms.Textarea(attrs={"rows": 4})


def own_provinces(user, permission):
    """The provinces that `user` holds `permission` for, or None for all."""
    held = access.holding(user, permission)
    provinces = {m.province_id for m in held}
    return None if None in provinces else provinces


class _OfAProvince:
    """A form with a province: an officer of one province chooses among the own ones."""

    permission = ""

    def narrow_province(self, by):
        field = self.fields["province"]
        field.queryset = Province.objects.in_thai_order()
        field.required = False
        if (own := own_provinces(by, self.permission)) is not None:
            field.queryset = field.queryset.filter(pk__in=own)
            field.required, field.empty_label = True, None


class CourseForm(_OfAProvince, PortalModelForm):
    permission = "training.change_course"
    hours = ThaiDecimalField(label=_("Hours"), min_value=0.5, max_value=999, decimal_places=1)
    attendance_pct = ThaiIntegerField(label=_("Attendance needed (%)"), min_value=0, max_value=100)
    pass_mark = ThaiDecimalField(label=_("Pass mark (of 100)"), min_value=0, max_value=100, decimal_places=2)
    credential_months = ThaiIntegerField(
        label=_("Months the certificate counts"), help_text=_("Leave empty when it does not expire."), required=False,
        min_value=1, max_value=600,
    )  # fmt: skip

    class Meta:
        model = Course
        fields = [
            "code", "name_th", "name_en", "level", "about_th", "about_en", "hours", "attendance_pct", "has_mark",
            "pass_mark", "credential_months", "signatory_name", "signatory_title", "province", "is_published",
        ]  # fmt: skip
        widgets = {"level": Radios, "about_th": PARAGRAPH, "about_en": PARAGRAPH}  # noqa: RUF012

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.narrow_province(by)
        self.fields["level"].choices = Level.choices
        self.fields["code"].help_text = _("Latin letters and digits; it stands in the certificate's number.")


class RunForm(_OfAProvince, PortalModelForm):
    permission = "training.manage_run"
    capacity = ThaiIntegerField(label=_("Seats"), min_value=1, max_value=10000)
    online_url = forms.URLField(
        label=_("Address of the meeting"), max_length=500, required=False, assume_scheme="https"
    )
    enrol_until = ThaiDateTimeField(label=_("Enrolment closes"), required=False, widget=ThaiDateTimeInput)

    class Meta:
        model = CourseRun
        fields = [
            "mode", "capacity", "where_th", "online_url", "province", "trainers", "enrol_until", "is_for_officials",
        ]  # fmt: skip
        widgets = {"mode": Radios, "trainers": CheckboxGroup}  # noqa: RUF012

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.narrow_province(by)
        self.fields["mode"].choices = Mode.choices
        self.fields["trainers"].queryset = trainers_to_choose()
        self.fields["trainers"].required = False
        self.by = by

    def clean_trainers(self):
        chosen = self.cleaned_data["trainers"]
        is_only_trainer = all(m.role == Role.TRAINER for m in access.holding(self.by, self.permission))
        if is_only_trainer and self.by not in chosen:
            raise ValidationError(_("Stay among the trainers of your own run."))
        return chosen


class SessionForm(PortalModelForm):
    starts_at = ThaiDateTimeField(label=_("Begins"), widget=ThaiDateTimeInput)
    ends_at = ThaiDateTimeField(label=_("Ends"), widget=ThaiDateTimeInput)

    class Meta:
        model = Session
        fields = ["starts_at", "ends_at", "title_th"]


class MarksForm(PortalForm):
    """The marks of a run's confirmed learners, one box each; an empty box is no mark yet."""

    marks_optional = False

    def __init__(self, *args, enrolments, **kwargs):
        super().__init__(*args, **kwargs)
        self.enrolments = enrolments
        for one in enrolments:
            self.fields[f"mark-{one.pk}"] = ThaiDecimalField(
                label=one.learner.full_name, required=False, min_value=0, max_value=100, decimal_places=2,
                initial=None if one.mark is None else f"{one.mark.normalize():f}",
                widget=NumberInput({"class": "w-number mark"}),
            )  # fmt: skip

    def field_of(self, enrolment):
        return self[f"mark-{enrolment.pk}"]

    def marks(self):
        """`{enrolment id: Decimal or None}`."""
        return {one.pk: self.cleaned_data[f"mark-{one.pk}"] for one in self.enrolments}


class PersonForm(WithoutCitizenNumbers, PortalForm):
    """One person of an office, to be enrolled."""

    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    position = forms.CharField(label=_("Position"), max_length=160, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("The confirmation and the certificate's link go there.")
    )
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    office = forms.ModelChoiceField(label=_("Office"), queryset=LocalGovernment.objects.none(), empty_label=None)

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices


class WorkbookForm(PortalForm):
    """A filled-in workbook."""

    file = forms.FileField(label=_("Excel file"), widget=UploadInput(kinds=("xlsx",)))


class PeopleForm(WorkbookForm):
    """A workbook of an office's people."""

    office = forms.ModelChoiceField(label=_("Office"), queryset=LocalGovernment.objects.none(), empty_label=None)
    field_order = ("office", "file")

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices


class ShareForm(PortalModelForm):
    """What the public page of a certificate shows."""

    marks_optional = False

    class Meta:
        model = Credential
        fields = ["shares_name", "shares_office"]


class ReasonForm(WithoutCitizenNumbers, PortalForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class AttendanceForm(WithoutCitizenNumbers, PortalForm):
    """Where the list of a session comes from; what was entered afterwards says why."""

    marks_optional = False

    source = forms.ChoiceField(
        label=_("Recorded from"),
        choices=[
            (Source.LIST, _("my own list")), (Source.SHEET, _("the signed sheet")),
            (Source.OFFLINE, _("entered afterwards: there was no signal")),
        ],
        widget=Radios, help_text=_("Several may be recorded. They count once, and you are told where they disagree."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why it is entered afterwards"), max_length=300, required=False,
        help_text=_("Only where there was no signal. Such entries are marked in the grid."),
    )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("source") != Source.OFFLINE:
            cleaned["reason"] = ""
        elif not cleaned.get("reason"):
            self.add_error("reason", _("Give the reason."))
        return cleaned


class ClaimForm(PortalForm):
    """The code of the letter that told somebody of a course."""

    marks_optional = False

    code = forms.CharField(
        label=_("Code from the letter"), max_length=60,
        help_text=_("It stands in the address of the letter that told you of the course."),
        widget=forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false"}),
    )  # fmt: skip
