"""What pages of the sandbox ask of people, apart from the steps (`step_forms`)."""

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.fields import ThaiDateField, ThaiDateTimeField, ThaiDecimalField, ThaiIntegerField
from portal.forms import (
    PortalForm,
    PortalModelForm,
    RadioCards,
    Radios,
    ThaiDateInput,
    ThaiDateTimeInput,
    UploadInput,
)
from portal.models import LocalGovernment, Subdistrict, User
from portal.thai.digits import to_arabic
from providers import seams
from sandboxes import amending
from sandboxes.criteria import CRITERIA
from sandboxes.fields import BoundaryField, YesNoField
from sandboxes.models import (
    Authority,
    Endorsement,
    Feedback,
    Incident,
    IncidentReport,
    Indicator,
    Partner,
    Pilot,
    PilotDocument,
    Reading,
    RegulatoryIssue,
    ResidentNotice,
    Waiver,
)
from sandboxes.models.pilot import within_the_report
from sandboxes.states import FeedbackKind, Hurt, Impact, Receiver, ReportStep, ReviewOutcome, Vote

PICTURES = ("pdf", "png", "jpg", "jpeg", "xlsx")
PAPER = ("pdf",)
AREA = ("geojson", "pdf", "png", "jpg")


def thai_fields(model, *names):
    """`fields`, `field_classes` and `widgets` of a Meta whose dates and numbers are typed as Thai people type them."""
    classes, widgets = {}, {}
    for name in names:
        field = model._meta.get_field(name)
        match field:
            case models.DateTimeField():
                classes[name], widgets[name] = ThaiDateTimeField, ThaiDateTimeInput
            case models.DateField():
                classes[name], widgets[name] = ThaiDateField, ThaiDateInput
            case models.DecimalField():
                classes[name] = ThaiDecimalField
            case models.IntegerField():
                classes[name] = ThaiIntegerField
            case models.TextField():
                widgets[name] = forms.Textarea(attrs={"rows": 4})
    return type("Meta", (), {"model": model, "fields": names, "field_classes": classes, "widgets": widgets})


class OfPilotForm(PortalModelForm):
    """A form for a row beneath a pilot: `case` is the pilot; the domain's function saves."""

    def _post_clean(self):
        """The domain's function asks the model: here the row has no pilot yet."""


# The pilot itself


class StartForm(PortalForm):
    """A new concept."""

    local_government = forms.ModelChoiceField(label=_("Local government"), queryset=LocalGovernment.objects.none())
    title_th = forms.CharField(
        label=_("Title in Thai"), max_length=255, help_text=_("What is tried, in a few plain words.")
    )

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["local_government"].queryset = LocalGovernment.objects.filter(pk__in=places)
        if len(places) == 1:
            self.fields["local_government"].widget = forms.HiddenInput()
            self.initial["local_government"] = places[0]


def near(pilot):
    """The subdistricts that a pilot may run in: those of its office's district and those it names already."""
    found = Subdistrict.objects.filter(district=pilot.local_government.district_id)
    return (found | Subdistrict.objects.filter(pk__in=pilot.subdistricts.values("pk"))).distinct().in_thai_order()


class OverviewForm(OfPilotForm):
    """What is tried, where and when."""

    personal_data = YesNoField(label=_("Are personal data processed?"), required=False)
    has_public_devices = YesNoField(label=_("Do devices stand in public space?"), required=False)
    subdistricts = forms.ModelMultipleChoiceField(
        label=_("Subdistricts"),
        queryset=Subdistrict.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    Meta = thai_fields(
        Pilot, "title_th", "title_en", "dimension", "technology", "problem", "innovation", "subdistricts", "area_note",
        "starts_on", "ends_on", "personal_data", "has_public_devices",
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["subdistricts"].queryset = near(self.instance)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day must not come before the first."))
        return cleaned


class PlanForm(OfPilotForm):
    """How it is tried, within which limits."""

    Meta = thai_fields(
        Pilot, "test_plan", "user_cap", "participants", "budget_baht", "budget_source", "personal_data_note",
        "insurance", "complaint_channel", "kill_switch", "exit_plan",
    )  # fmt: skip


class SafeguardsForm(OfPilotForm):
    """What is still to be arranged once the plan is approved."""

    Meta = thai_fields(Pilot, "personal_data_note", "insurance", "complaint_channel")


class AmendForm(OfPilotForm):
    """The plan as it shall be from now on; what is left as it is stays as it is."""

    subdistricts = forms.ModelMultipleChoiceField(
        label=_("Subdistricts"), queryset=Subdistrict.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=_("Why the plan changes"), max_length=4000, widget=forms.Textarea({"rows": 3}),
        help_text=_("Both agencies decide on the change. Until then the present plan holds."),
    )  # fmt: skip
    area = BoundaryField(
        label=_("New boundary of the area"), required=False, widget=UploadInput(kinds=("geojson",)),
        help_text=_("Left empty, the boundary stays as it is."),
    )  # fmt: skip
    field_order = ["reason"]

    Meta = thai_fields(Pilot, *(name for name in amending.FIELDS if name != "area"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["subdistricts"].queryset = near(self.instance)

    def clean_area(self):
        return self.cleaned_data["area"] or self.instance.area


REPORT_HINTS = {
    "exit_summary": _("Up to 1,600 characters, as you would tell a neighbour. What is counted is added by itself."),
    "exit_lessons": _("Up to 1,600 characters. What did not work helps the next city most."),
}


class ReportForm(OfPilotForm):
    """The public report, in plain words."""

    Meta = thai_fields(Pilot, "exit_summary", "exit_lessons")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["rows"] = 8
            field.validators.append(within_the_report)
            field.help_text = REPORT_HINTS[name]


# Rows beneath it


class PartnerForm(OfPilotForm):
    username = forms.CharField(
        label=_("User name of the representative"),
        max_length=150,
        required=False,
        help_text=_("Whoever acts for the partner here: reports incidents, records readings, pauses."),
    )
    listing = forms.CharField(
        label=_("Certificate number of the provider"),
        max_length=20,
        required=False,
        help_text=_("For a provider on the account of digital providers."),
    )
    letter = forms.FileField(label=_("Letter of intent"), required=False, widget=UploadInput(kinds=PAPER))

    Meta = thai_fields(Partner, "kind", "name_th", "name_en", "role_th")

    def clean_listing(self):
        number = to_arabic(self.cleaned_data["listing"]).strip()
        if not number:
            return None
        found = seams.listings().filter(certificate_no__iexact=number).first()
        if found is None:
            raise forms.ValidationError(_("The account of providers has no such certificate."))
        return found

    def clean_username(self):
        name = self.cleaned_data["username"].strip()
        if not name:
            return None
        found = User.objects.filter(username=name, is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("There is nobody of that user name."))
        return found


class LetterForm(PortalForm):
    letter = forms.FileField(label=_("Letter of intent"), widget=UploadInput(kinds=PAPER))


class AskEndorsementForm(OfPilotForm):
    Meta = thai_fields(Endorsement, "place")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        place = self.case.local_government
        near = LocalGovernment.objects.filter(province=place.province_id).exclude(pk=place.pk)
        self.fields["place"].queryset = near.in_thai_order()
        self.fields["place"].label = _("Local government")


class EndorseForm(PortalForm):
    is_endorsed = YesNoField(label=_("Do you endorse it?"))
    note = forms.CharField(label=_("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))


class PartingForm(PortalForm):
    on = ThaiDateField(label=_("Left on"), widget=ThaiDateInput)
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class DocumentForm(OfPilotForm):
    file = forms.FileField(label=_("File"), widget=UploadInput(kinds=("pdf", "png", "jpg", "geojson", "docx", "xlsx")))

    Meta = thai_fields(PilotDocument, "kind")


class IndicatorForm(OfPilotForm):
    Meta = thai_fields(
        Indicator, "name_th", "name_en", "family", "unit", "direction", "baseline", "baseline_on", "target",
        "stop_threshold", "frequency",
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["frequency"].label = _("How often it is measured")


class ReadingForm(OfPilotForm):
    file = forms.FileField(label=_("File"), required=False, widget=UploadInput(kinds=PICTURES))

    Meta = thai_fields(Reading, "on", "value", "evidence")


class BaselineForm(PortalForm):
    value = ThaiDecimalField(label=_("New baseline"), decimal_places=4)
    on = ThaiDateField(label=_("Measured on"), widget=ThaiDateInput)
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class DecideBaselineForm(PortalForm):
    is_approved = YesNoField(label=_("Is the new baseline right?"))


class ReviewForm(PortalForm):
    outcome = forms.ChoiceField(label=_("Conclusion"), choices=ReviewOutcome.choices, widget=RadioCards)
    note = forms.CharField(label=_("Reasons"), max_length=4000, widget=forms.Textarea({"rows": 4}))


class UsersForm(PortalForm):
    count = ThaiIntegerField(label=_("Users at present"), min_value=0, max_value=2**31 - 1)


class IssueForm(OfPilotForm):
    Meta = thai_fields(RegulatoryIssue, "law", "provision", "obstacle", "authority", "remedy")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = Authority.objects.in_thai_order()


class SettleIssueForm(OfPilotForm):
    Meta = thai_fields(RegulatoryIssue, "remedy", "answer_no", "answered_on", "answer")


class WhyForm(PortalForm):
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class EmptyForm(PortalForm):
    """Nothing is asked: pressing the button is enough."""


class RequestWaiverForm(OfPilotForm):
    Meta = thai_fields(Waiver, "requested_on", "request_no")


class NoticeForm(OfPilotForm):
    file = forms.FileField(label=_("File"), required=False, widget=UploadInput(kinds=PICTURES))

    Meta = thai_fields(ResidentNotice, "kind", "on", "how", "people_count", "summary")


class ScoresForm(PortalForm):
    """A score and its reason for each of the five criteria."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for code, one in CRITERIA.items():
            anchors = {str(points): text for points, text in one.anchors}
            self.fields[f"score-{code}"] = forms.TypedChoiceField(
                label=f"{one.label}: {one.question}",
                choices=[(str(points), str(points)) for points in range(5)],
                coerce=int,
                widget=RadioCards(descriptions=anchors),
            )
            self.fields[f"why-{code}"] = forms.CharField(
                label=_("Why"), max_length=4000, widget=forms.Textarea({"rows": 2})
            )

    def scores(self):
        return {code: (self.cleaned_data[f"score-{code}"], self.cleaned_data[f"why-{code}"]) for code in CRITERIA}


class VoteForm(PortalForm):
    vote = forms.ChoiceField(label=_("Your vote"), choices=Vote.choices, widget=RadioCards)
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea({"rows": 3}))


class NoteForm(PortalForm):
    note = forms.CharField(label=_("How it was met"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class ReportConditionForm(PortalForm):
    report = forms.CharField(label=_("What was done"), max_length=4000, widget=forms.Textarea({"rows": 3}))
    file = forms.FileField(label=_("Evidence"), required=False, widget=UploadInput(kinds=PICTURES))


class SendBackForm(PortalForm):
    reason = forms.CharField(label=_("What is still missing"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class ClosingForm(PortalForm):
    note = forms.CharField(label=_("How it was done"), max_length=4000, widget=forms.Textarea({"rows": 3}))
    file = forms.FileField(label=_("Evidence"), required=False, widget=UploadInput(kinds=PICTURES))


# Incidents: five fields, made for a phone


class IncidentForm(OfPilotForm):
    personal_data = YesNoField(label=_("Did personal data get into wrong hands?"))
    hurt = forms.ChoiceField(label=_("Was anybody hurt?"), choices=Hurt.choices, widget=Radios)
    impact = forms.ChoiceField(label=_("What did it do to the service?"), choices=Impact.choices, widget=Radios)
    aware_at = ThaiDateTimeField(
        label=_("When did it become known?"),
        required=False,
        widget=ThaiDateTimeInput,
        help_text=_("Left empty it means now. Every clock runs from this moment."),
    )
    field_order = ["what", "hurt", "personal_data", "impact", "aware_at"]

    Meta = thai_fields(Incident, "what")


class IncidentReportForm(OfPilotForm):
    step = forms.ChoiceField(label=_("Report"), choices=ReportStep.choices, widget=Radios)

    Meta = thai_fields(IncidentReport, "step", "findings", "cause", "measures", "affected_count")


class TellForm(PortalForm):
    receiver = forms.ChoiceField(label=_("Authority told"), choices=Receiver.choices, widget=Radios)
    sent_at = ThaiDateTimeField(
        label=_("Sent"), required=False, widget=ThaiDateTimeInput, help_text=_("Left empty it means now.")
    )
    reference = forms.CharField(label=_("Letter number"), required=False, max_length=120)
    file = forms.FileField(label=_("File"), required=False, widget=UploadInput(kinds=PAPER))


# Citizens


class FeedbackForm(OfPilotForm):
    """What a citizen says; no account, and a way to be reached only if they like."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=FeedbackKind.choices, widget=Radios, initial=FeedbackKind.FEEDBACK
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["kind", "text", "contact"]

    Meta = thai_fields(Feedback, "kind", "text", "contact")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contact"].help_text = _(
            "Only if you want to be called or written to. Without it you read the answer by your tracking number."
        )
        self.fields["text"].max_length = 4000


class TrackForm(PortalForm):
    number = forms.CharField(label=_("Tracking number"), max_length=40)


class AnswerForm(PortalForm):
    text = forms.CharField(
        label=_("Answer"),
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("The citizen reads it by the tracking number."),
    )


class ImportForm(PortalForm):
    file = forms.FileField(label=_("Filled-in template"), widget=UploadInput(kinds=("xlsx",)))
