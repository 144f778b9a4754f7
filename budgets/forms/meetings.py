"""What the pages of the committee's meetings ask."""

from django import forms
from django.utils.translation import gettext_lazy as _

from budgets.models import Proposal, Round
from budgets.states import ProposalState, RoundState
from portal import clock
from portal.fields import ThaiDateField
from portal.forms import CheckboxGroup, PortalForm, UploadInput
from portal.models import Membership, User
from portal.roles import roles_with

LONGEST_NAME = 160


def committee():
    """People who sit at the committee's table today: those who read its reviews by role, and its secretaries."""
    roles = roles_with("budgets.view_reviews") | roles_with("budgets.change_meeting")
    held = Membership.objects.in_force(clock.today()).filter(role__in=roles)
    return User.objects.filter(memberships__in=held, is_active=True).distinct().order_by("first_name", "pk")


class MeetingForm(PortalForm):
    """A meeting: its number and day, who was there, and, once they are written, its minutes."""

    round = forms.ModelChoiceField(
        label=_("Round"),
        help_text=_("A meeting may sit for one round or for all of them."),
        queryset=Round.objects.none(),
        required=False,
        empty_label=_("All rounds"),
    )
    number = forms.CharField(label=_("Number of the meeting"), help_text=_("For example 3/2571"), max_length=80)
    on = ThaiDateField(label=_("Date of the meeting"))
    people = forms.MultipleChoiceField(label=_("Present"), required=False, widget=CheckboxGroup)
    others = forms.CharField(
        label=_("Also present"),
        help_text=_("People without an account, one on each line."),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    minutes = forms.FileField(label=_("Minutes"), required=False, widget=UploadInput(kinds=("pdf",)))

    def __init__(self, *args, meeting=None, **kwargs):
        present = list(meeting.present) if meeting else []
        seats = {one.username: f"{one} · {one.title}" if one.title else str(one) for one in committee()}
        known = User.objects.filter(username__in=set(present) - seats.keys())
        seats |= {one.username: str(one) for one in known}
        if meeting:
            kwargs["initial"] = {
                "round": meeting.round_id,
                "number": meeting.number,
                "on": meeting.on,
                "people": [name for name in present if name in seats],
                "others": "\n".join(name for name in present if name not in seats),
                **kwargs.get("initial", {}),
            }
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = list(seats.items())
        rounds = Round.objects.exclude(state__in=[RoundState.PLANNING, RoundState.CANCELLED])
        self.fields["round"].queryset = rounds.order_by("-fiscal_year", "-pk")

    def clean_others(self):
        names = [" ".join(line.split()) for line in self.cleaned_data["others"].splitlines() if line.strip()]
        if any(len(name) > LONGEST_NAME for name in names):
            raise forms.ValidationError(_("Write one name on each line."))
        return list(dict.fromkeys(names))

    @property
    def fields_of_meeting(self):
        """What was given, as `budgets.deciding.meetings` takes it, the file apart. Call after `is_valid`."""
        given = {name: self.cleaned_data[name] for name in ("round", "number", "on")}
        return {**given, "present": [*self.cleaned_data["people"], *self.cleaned_data["others"]]}


class AbsenceForm(PortalForm):
    """Who left the room for which case."""

    proposal = forms.ModelChoiceField(label=_("Case"), queryset=Proposal.objects.none())
    person = forms.CharField(
        label=_("Who left the room"), help_text=_("The user name, or the name of a person without an account."),
        max_length=LONGEST_NAME,
    )  # fmt: skip
    note = forms.CharField(label=_("Kind of conflict"), required=False, max_length=300)

    STATES = (ProposalState.IN_REVIEW, ProposalState.SCORED, ProposalState.RECOMMENDED, ProposalState.NOT_RECOMMENDED)

    def __init__(self, *args, meeting, by, **kwargs):
        super().__init__(*args, by=by, **kwargs)
        cases = Proposal.objects.visible_to(by).filter(state__in=self.STATES)
        cases = cases.in_round(meeting.round_id) if meeting.round_id else cases
        self.fields["proposal"].queryset = cases.select_related("local_government__district").order_by("number", "pk")
