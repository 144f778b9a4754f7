"""How the lists of the sandbox narrow: the same for board, list, timeline, exports and the API."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from portal import access
from portal.filters import ChoicesFilter, ProvinceFilter, WholeNumberFilter
from portal.states import SmartDimension
from sandboxes.models import Authority, Pilot, RegulatoryIssue
from sandboxes.states import PHASES, Phase, PilotState, Remedy, Technology


class PilotFilter(django_filters.FilterSet):
    """Of pilots; `state` is the state at this moment."""

    q = django_filters.CharFilter(label=_("Number, title, office or subdistrict"), method="fits", max_length=100)
    phase = django_filters.ChoiceFilter(
        label=_("Phase"), choices=Phase.choices, method="in_phase", empty_label=_("All phases")
    )
    state = ChoicesFilter(label=_("State"), field_name="shown_state", choices=PilotState.choices)
    province = ProvinceFilter("local_government__province")
    dimension = django_filters.ChoiceFilter(
        label=_("Dimension"), choices=SmartDimension.choices, empty_label=_("All dimensions")
    )
    technology = django_filters.ChoiceFilter(
        label=_("Technology"), choices=Technology.choices, empty_label=_("All technologies")
    )
    local_government = WholeNumberFilter(
        label=_("Local government"), min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    mine = django_filters.BooleanFilter(label=_("Mine"), method="of_mine", widget=forms.CheckboxInput)

    class Meta:
        model = Pilot
        fields = []

    def fits(self, queryset, name, value):
        return queryset.search(value)

    def in_phase(self, queryset, name, value):
        return queryset.filter(shown_state__in=PHASES[Phase(value)])

    def of_mine(self, queryset, name, value):
        """With true: of my office, in my care as case officer, or of my partnership."""
        user = self.request.user
        if not value:
            return queryset
        if not user.is_authenticated:
            return queryset.none()
        offices = [held.local_government_id for held in access.memberships(user) if held.local_government_id]
        mine = queryset.filter(local_government__in=offices) | queryset.filter(officer=user)
        return mine | queryset.filter(pk__in=user.pilot_partners.filter(left_on=None).values("pilot"))


class IssueFilter(django_filters.FilterSet):
    """Of regulatory issues."""

    authority = django_filters.ModelChoiceFilter(
        label=_("Whose rule it is"),
        queryset=lambda request: Authority.objects.in_thai_order(),
        to_field_name="code",
        empty_label=_("All authorities"),
    )
    remedy = django_filters.ChoiceFilter(
        label=_("What removes it"), choices=Remedy.choices, empty_label=_("All remedies")
    )
    law = django_filters.CharFilter(label=_("Law or regulation"), lookup_expr="icontains", max_length=100)

    class Meta:
        model = RegulatoryIssue
        fields = []
