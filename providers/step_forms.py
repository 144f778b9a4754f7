"""What each step of the registry asks."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from django import forms
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import ThaiDateField
from portal.step_forms import ReasonForm, Rows, StepForm
from portal.thai.workdays import add_working_days
from providers.models import Terms
from providers.states import ReasonClass, Section

TEXT = forms.Textarea(attrs={"rows": 4})


class ReturnForm(StepForm):
    """Sections with reasons: over the API as `sections`, on a page as one reason box for each section."""

    sections = Rows(members=("section", "reason"), required=False, widget=forms.HiddenInput)
    due_on = ThaiDateField(label=_("To be revised by"), required=False)

    @property
    def reasons(self):
        """For the page: (section, what was typed) pairs."""
        return [(section, self.data.get(f"reason-{section}", "") if self.is_bound else "") for section in Section]

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"] or add_working_days(clock.today(), Terms.present().revision_working_days)
        if due_on <= clock.today():
            raise forms.ValidationError(_("The date must lie in the future."))
        return due_on

    def clean_sections(self):
        rows = self.cleaned_data["sections"] or [
            {"section": section, "reason": text.strip()} for section, text in self.reasons if text.strip()
        ]
        if not rows:
            raise forms.ValidationError(_("Choose at least one section and write what must be changed."))
        names = [row["section"] for row in rows]
        if any(name not in Section.values for name in names):
            raise forms.ValidationError(_("There is no such section."))
        if len(set(names)) != len(names):
            raise forms.ValidationError(_("Name each section once."))
        return rows


class ApproveForm(StepForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=4000, required=False, widget=TEXT,
        help_text=_("Required when you decide against the assessor's advice."),
    )  # fmt: skip


class SuspendForm(StepForm):
    reason_class = forms.ChoiceField(
        label=_("Kind of reason, shown to the public"), choices=[("", ""), *ReasonClass.choices]
    )
    reason = forms.CharField(label=_("Reason, told to the provider"), max_length=4000, widget=TEXT)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300)
    reply_by = ThaiDateField(
        label=_("The provider may reply until"),
        required=False,
        help_text=_("Left empty, it is the time to reply that the terms give."),
    )
    review_by = ThaiDateField(
        label=_("To be decided by"), required=False, help_text=_("Left empty, it is 30 days after the reply.")
    )
    document = forms.FileField(label=_("Document"), required=False)

    def clean(self):
        given = super().clean()
        today = clock.today()
        given["reply_by"] = given.get("reply_by") or today + timedelta(days=Terms.present().reply_days)
        given["review_by"] = given.get("review_by") or given["reply_by"] + timedelta(days=30)
        if given["reply_by"] <= today:
            self.add_error("reply_by", _("The date must lie in the future."))
        elif given["review_by"] < given["reply_by"]:
            self.add_error("review_by", _("The decision comes after the reply."))
        return given


class ReplyForm(StepForm):
    reply = forms.CharField(label=_("Your reply"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8}))


class RevokeForm(StepForm):
    reason_class = forms.ChoiceField(
        label=_("Kind of reason, shown to the public"), choices=[("", ""), *ReasonClass.choices]
    )
    reason = forms.CharField(label=_("Reason, told to the provider"), max_length=4000, widget=TEXT)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300)
    barred_until = ThaiDateField(label=_("Barred until"), required=False)
    document = forms.FileField(label=_("Document"), required=False)

    def clean_barred_until(self):
        until = self.cleaned_data["barred_until"] or clock.today() + relativedelta(months=Terms.present().barred_months)
        if until <= clock.today():
            raise forms.ValidationError(_("The date must lie in the future."))
        return until


class ReinstateForm(ReasonForm):
    document = forms.FileField(label=_("Document"), required=False)


class OutcomeForm(StepForm):
    outcome = forms.CharField(label=_("Outcome"), max_length=4000, widget=TEXT)


class AnswerForm(StepForm):
    answer = forms.CharField(label=_("Answer"), max_length=4000, widget=TEXT)


class ConfirmForm(StepForm):
    valid_until = ThaiDateField(
        label=_("Authorised until"), required=False, help_text=_("As the letter says, if it does.")
    )

    def clean_valid_until(self):
        until = self.cleaned_data["valid_until"]
        if until and until < clock.today():
            raise forms.ValidationError(_("The authorisation has ended already."))
        return until
