"""What the steps of training ask."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import ThaiDateField, ThaiDecimalField, ThaiIntegerField
from portal.forms import CheckboxGroup, PortalForm, Radios, ThaiDateInput, WithoutCitizenNumbers
from portal.thai.workdays import add_working_days
from training.models import HostPlace, Placement
from training.states import DocumentKind, LeaveKind, Mode, Reason

PARAGRAPH = forms.Textarea(attrs={"rows": 4})
LONGEST_MOVE = 366


class StepForm(WithoutCitizenNumbers, PortalForm):
    """A form of a step: it knows the case and the person."""

    marks_optional = False


class ReasonForm(StepForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=PARAGRAPH, error_messages={"required": _("Give the reason.")}
    )


class AskDocumentForm(StepForm):
    documents = forms.MultipleChoiceField(
        label=_("Which papers are needed again"), choices=DocumentKind.choices, widget=CheckboxGroup
    )
    reason = forms.CharField(label=_("What is wrong with them"), max_length=2000, widget=PARAGRAPH)
    due_on = ThaiDateField(label=_("By when"), widget=ThaiDateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("due_on", add_working_days(clock.today(), 5))

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day <= clock.today():
            raise ValidationError(_("The date must lie in the future."))
        return day


class RefuseEligibilityForm(StepForm):
    reasons = forms.MultipleChoiceField(label=_("Reasons"), choices=Reason.choices, widget=CheckboxGroup)
    reason = forms.CharField(label=_("Explanation to the applicant"), max_length=2000, required=False, widget=PARAGRAPH)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound and self.case is not None:
            from training.selection import findings

            self.initial.setdefault("reasons", [str(reason) for reason in findings(self.case)])


class SelectForm(StepForm):
    place = forms.ModelChoiceField(label=_("Host"), queryset=HostPlace.objects.none())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case is not None:
            places = HostPlace.objects.free().filter(generation=self.case.generation_id)
            self.fields["place"].queryset = places.select_related("local_government", "generation").order_by(
                "local_government__name_sort_key", "pk"
            )
            self.fields["place"].label_from_instance = lambda place: place.local_government.display_name


class RematchForm(SelectForm):
    """Where an ambassador goes on, from which day, and why: the host withdrew, or the person moved."""

    moved_on = ThaiDateField(label=_("First day at the new host"), required=False, widget=ThaiDateInput)
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=PARAGRAPH, error_messages={"required": _("Give the reason.")}
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].label = _("New host")
        if self.case is not None:
            taken = Placement.objects.serving().exclude(pk=self.case.pk).values("local_government")
            free = self.fields["place"].queryset.exclude(local_government__in=taken)
            self.fields["place"].queryset = free.select_related("local_government__province", "generation")
            self.fields["place"].label_from_instance = lambda place: (
                f"{place.local_government.display_name} · {place.local_government.province.name}"
            )
        if not self.is_bound:
            self.initial.setdefault("moved_on", clock.today())

    def clean_moved_on(self):
        day = self.cleaned_data["moved_on"] or clock.today()
        if day > clock.today():
            raise ValidationError(_("The date cannot lie in the future."))
        if self.case is not None and day < min(self.case.starts_on, clock.today()):
            raise ValidationError(_("The day must lie within the service."))
        return day


class LeaveForm(StepForm):
    kind = forms.ChoiceField(label=_("Kind of leave"), choices=LeaveKind.choices, widget=Radios)
    starts_on = ThaiDateField(label=_("First day away"), widget=ThaiDateInput)
    expected_on = ThaiDateField(label=_("Expected back on"), required=False, widget=ThaiDateInput)
    is_paid = forms.BooleanField(label=_("The stipend goes on"), required=False)
    extends = forms.BooleanField(label=_("The service is extended by the days away"), required=False, initial=True)

    def clean(self):
        cleaned = super().clean()
        starts, back = cleaned.get("starts_on"), cleaned.get("expected_on")
        if starts and self.case is not None and not self.case.starts_on <= starts <= self.case.ends_on:
            self.add_error("starts_on", _("The leave must begin within the service."))
        if starts and back and back <= starts:
            self.add_error("expected_on", _("The day back must come after the first day away."))
        return cleaned


class ReturnForm(StepForm):
    returned_on = ThaiDateField(label=_("First day back"), widget=ThaiDateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("returned_on", clock.today())

    def clean_returned_on(self):
        day = self.cleaned_data["returned_on"]
        leave = self.case.leaves.filter(returned_on=None).first() if self.case is not None else None
        if leave and day < leave.starts_on:
            raise ValidationError(_("The first day back must not come before the leave."))
        if day > clock.today():
            raise ValidationError(_("The date cannot lie in the future."))
        return day


class EndForm(StepForm):
    """How a service ends early: the last day, why, and what is to be handed over."""

    ended_on = ThaiDateField(label=_("Last day of service"), widget=ThaiDateInput)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=PARAGRAPH)
    handover = forms.CharField(
        label=_("What is to be handed over"), help_text=_("One thing a line."), required=False, max_length=4000,
        widget=PARAGRAPH,
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("ended_on", clock.today())

    def clean_ended_on(self):
        day = self.cleaned_data["ended_on"]
        if self.case is not None and not self.case.starts_on <= day <= self.case.ends_on and day > clock.today():
            raise ValidationError(_("The last day must lie within the service."))
        return day

    def clean_handover(self):
        lines = [" ".join(line.split()) for line in self.cleaned_data["handover"].splitlines()]
        lines = [line for line in lines if line]
        if any(len(line) > 300 for line in lines) or len(lines) > 50:
            raise ValidationError(_("Give at most 50 lines of up to 300 characters."))
        return lines


class RescheduleForm(StepForm):
    """How a run is moved: by days, to another place, or into the net."""

    shift_days = ThaiIntegerField(
        label=_("Move the sessions that are still to come by so many days"), required=False, min_value=-LONGEST_MOVE,
        max_value=LONGEST_MOVE,
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("Manner"), choices=[("", _("as it is")), *Mode.choices], required=False)
    where_th = forms.CharField(label=_("Place"), max_length=300, required=False)
    online_url = forms.URLField(
        label=_("Address of the meeting"), max_length=500, required=False, assume_scheme="https"
    )
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=PARAGRAPH)

    def clean(self):
        cleaned = super().clean()
        if not any(cleaned.get(name) for name in ("shift_days", "mode", "where_th", "online_url")):
            raise ValidationError(_("Say what changes: the days, the manner or the place."))
        return cleaned


class MarkForm(StepForm):
    mark = ThaiDecimalField(label=_("Mark (of 100)"), required=False, min_value=0, max_value=100, decimal_places=2)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound and self.case is not None and self.case.mark is not None:
            self.initial.setdefault("mark", self.case.mark)


class ReplaceForm(StepForm):
    """A certificate issued again with corrected words."""

    holder_th = forms.CharField(label=_("Name of the holder"), max_length=320)
    holder_en = forms.CharField(label=_("Name of the holder in English"), max_length=320, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=PARAGRAPH)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound and self.case is not None:
            self.initial.setdefault("holder_th", self.case.holder_th)
            self.initial.setdefault("holder_en", self.case.holder_en)


def spoken_reasons(codes):
    """The reasons of a refusal in words, from their codes."""
    return [Reason(code).label for code in codes if code in Reason.values] or [gettext("see the explanation")]
