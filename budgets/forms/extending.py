"""What the page of extensions asks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from budgets.models import Proposal
from budgets.states import ENDS, ProposalState
from portal.fields import ThaiDateTimeField
from portal.forms import PortalForm, ThaiDateTimeInput, UploadInput
from portal.models import LocalGovernment

FOUND = 50


class OfficeSearch(PortalForm):
    """Which local government is meant."""

    marks_optional = False

    office = forms.CharField(
        label=_("Local government: name, province or code"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"type": "search"}),
    )


class ExtensionForm(PortalForm):
    """More time for one local government, in a round or in one of its cases."""

    local_government = forms.ModelChoiceField(
        label=_("Local government"), queryset=LocalGovernment.objects.none(), empty_label=_("Choose")
    )
    proposal = forms.ModelChoiceField(
        label=_("For one case only"),
        queryset=Proposal.objects.none(),
        required=False,
        empty_label=_("All its cases in the round"),
    )
    until = ThaiDateTimeField(label=_("Until"), widget=ThaiDateTimeInput)
    authority = forms.CharField(
        label=_("Authority"), help_text=_("Who decided, for example the Director-General of DLA."), max_length=160
    )
    letter_no = forms.CharField(label=_("Letter number"), max_length=80)
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    letter = forms.FileField(label=_("The letter"), required=False, widget=UploadInput(kinds=("pdf",)))

    def __init__(self, *args, round, by, office="", place=None, **kwargs):
        super().__init__(*args, by=by, **kwargs)
        offices = LocalGovernment.objects.filter(kind__in=round.kinds)
        found = offices.filter(pk=place) if place else offices.search(office) if office else offices.none()
        keys = list(found.in_thai_order().values_list("pk", flat=True)[:FOUND])
        chosen = LocalGovernment.objects.filter(pk__in=keys).select_related("district", "province")
        self.fields["local_government"].queryset = chosen.in_thai_order()
        self.fields["local_government"].label_from_instance = lambda one: f"{one.display_name} · {one.province.name}"
        if len(keys) == 1:
            self.fields["local_government"].empty_label = None
        cases = Proposal.objects.visible_to(by).in_round(round).filter(local_government__in=keys)
        cases = cases.exclude(state__in=ENDS - {ProposalState.LAPSED})
        self.fields["proposal"].queryset = cases.order_by("pk")
        self.has_offices = bool(keys)
