"""What each step of the sandbox asks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import ThaiDateField
from portal.forms import PortalForm, RadioCards, ThaiDateInput, UploadInput
from portal.step_forms import Rows
from sandboxes.fields import YesNoField
from sandboxes.states import PauseCause, Severity

TEXT = forms.Textarea(attrs={"rows": 4})


class Words(PortalForm):
    """A form with a note that may be left out."""

    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=TEXT)


class Why(PortalForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=TEXT, error_messages={"required": _("Give the reason.")}
    )


class ConditionRows(Rows):
    """Conditions from a page: one a line, `text | due date` with the date left out for “before go-live”."""

    def to_python(self, value):
        if isinstance(value, str):
            lines = [line.strip() for line in value.splitlines() if line.strip()]
            value = [
                dict(zip(("text", "due_on"), map(str.strip, f"{line}|".split("|")), strict=False)) for line in lines
            ]
        if value in self.empty_values:
            return []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise forms.ValidationError(_("Give a list of objects."), code="invalid")
        return [self._condition(row) for row in value]

    def _condition(self, row):
        if set(row) - {"text", "due_on"} or not isinstance(row.get("text"), str) or not row["text"].strip():
            raise forms.ValidationError(_("Each condition has a text, and may have a date."), code="invalid")
        due_on = ThaiDateField(required=False).clean(row.get("due_on") or "")
        if due_on and due_on <= clock.today():
            raise forms.ValidationError(_("A condition is due in the future."), code="invalid")
        return {"text": row["text"].strip()[:2000], "due_on": due_on.isoformat() if due_on else None}

    def prepare_value(self, value):
        if isinstance(value, list):
            return "\n".join(" | ".join(filter(None, [row.get("text"), row.get("due_on")])) for row in value)
        return value

    def bound_data(self, data, initial):
        return data

    api_kind = "json"


class DecideForm(PortalForm):
    """An agency's part of a gate."""

    reason = forms.CharField(label=_("Reasons"), max_length=4000, widget=TEXT)
    conditions = ConditionRows(
        members=("text", "due_on"),
        label=_("Conditions"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. A date after “|” says until when, otherwise it is to be met before go-live."),
    )


class RejectForm(PortalForm):
    reason = forms.CharField(label=_("Reasons for the local government"), max_length=4000, widget=TEXT)


class ReturnForm(Why):
    due_on = ThaiDateField(label=_("To be mended by"), widget=ThaiDateInput, required=False)

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on <= clock.today():
            raise forms.ValidationError(_("The date must lie in the future."))
        return due_on


class PauseForm(PortalForm):
    cause = forms.ChoiceField(
        label=_("Why it pauses"),
        choices=[(value, label) for value, label in PauseCause.choices if value != PauseCause.WAIVER],
        initial=PauseCause.OTHER,
        required=False,
        widget=RadioCards,
    )
    note = forms.CharField(label=_("What happened"), max_length=4000, widget=TEXT)

    def clean_cause(self):
        return self.cleaned_data["cause"] or PauseCause.OTHER


class ResumeForm(PortalForm):
    note = forms.CharField(label=_("What was mended, so that it can go on"), max_length=4000, widget=TEXT)


class ExitReviewForm(PortalForm):
    continues = YesNoField(
        label=_("Does the service go on meanwhile?"),
        no=_("No, it stands still until the decision"),
        yes=_("Yes, within its waivers"),
        widget=RadioCards,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=TEXT)


class ExtendForm(DecideForm):
    ends_on = ThaiDateField(label=_("New last day"), widget=ThaiDateInput)
    field_order = ["ends_on", "reason", "conditions"]

    def clean_ends_on(self):
        ends_on = self.cleaned_data["ends_on"]
        if ends_on <= clock.today() or (self.case.ends_on and ends_on <= self.case.ends_on):
            raise forms.ValidationError(_("The new last day lies after the present one and after today."))
        return ends_on


class GrantForm(PortalForm):
    """The authority's instrument, as it stands on paper."""

    instrument_no = forms.CharField(label=_("Number of the instrument"), max_length=120)
    instrument_on = ThaiDateField(label=_("Date of the instrument"), widget=ThaiDateInput)
    scope = forms.CharField(label=_("What it relaxes"), max_length=4000, widget=TEXT)
    area = forms.CharField(label=_("Where it holds"), max_length=2000, required=False)
    cap = forms.CharField(label=_("Up to how much"), max_length=200, required=False)
    valid_from = ThaiDateField(label=_("First day"), widget=ThaiDateInput)
    valid_until = ThaiDateField(label=_("Last day"), widget=ThaiDateInput)
    file = forms.FileField(label=_("The instrument"), required=False, widget=UploadInput(kinds=("pdf",)))

    def clean_instrument_on(self):
        day = self.cleaned_data["instrument_on"]
        if day > clock.today():
            raise forms.ValidationError(_("The instrument cannot be dated in the future."))
        return day

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day must not come before the first."))
        return cleaned


class EndWaiverForm(Why):
    """That the authority refused, or took its instrument back."""

    instrument_no = forms.CharField(label=_("Number of the authority's letter"), max_length=120, required=False)


class ContainForm(PortalForm):
    note = forms.CharField(label=_("What was done to contain it"), max_length=4000, widget=TEXT)


class ResolveForm(PortalForm):
    root_cause = forms.CharField(label=_("Root cause"), max_length=4000, widget=TEXT)
    note = forms.CharField(label=_("What was mended"), max_length=4000, widget=TEXT)


class SeverityForm(Why):
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, widget=RadioCards)
    field_order = ["severity", "reason"]
