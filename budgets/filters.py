"""How the lists of the budget narrow: the same for pages, exports and the API."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.deciding import keying
from budgets.models import ExternalNumber, FocusTheme, Proposal, Round
from budgets.states import AssignmentState, ProposalState, RoundState, Route
from portal import access
from portal.filters import ChoicesFilter, ProvinceFilter, WholeNumberFilter
from portal.states import LocalGovernmentKind
from portal.thai.digits import to_arabic
from portal.thai.search import fold


def rounds_of(request):
    """The rounds that the asking person may choose from."""
    if request is None:
        return Round.objects.none()
    return Round.objects.visible_to(request.user).order_by("-fiscal_year", "-pk")


def themes_of(request):
    """The themes of those rounds; of one round alone, once it is chosen."""
    if request is None:
        return FocusTheme.objects.none()
    themes = FocusTheme.objects.filter(round__in=rounds_of(request).order_by())
    chosen = request.GET.get("round", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        themes = themes.filter(round=chosen)
    return themes.order_by("round", "position", "pk")


class RoundFilter(django_filters.FilterSet):
    fiscal_year = WholeNumberFilter(label=_("Fiscal year"), min_value=2400, max_value=2800)
    state = ChoicesFilter(label=_("State"), choices=RoundState.choices)
    q = django_filters.CharFilter(label=_("Name"), method="search", max_length=100)

    class Meta:
        model = Round
        fields = []

    def search(self, queryset, name, value):
        text = value.strip()
        return queryset.filter(Q(name_th__icontains=text) | Q(name_en__icontains=text))


class PlaceFilters(django_filters.FilterSet):
    """What every list of proposals narrows by."""

    theme = django_filters.ModelChoiceFilter(label=_("Focus theme"), queryset=themes_of)
    province = ProvinceFilter("local_government__province")
    kind = ChoicesFilter(label=_("Kind"), field_name="local_government__kind", choices=LocalGovernmentKind.choices)
    local_government = WholeNumberFilter(
        label=_("Local government"), min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    q = django_filters.CharFilter(label=_("Number, title or office"), method="search", max_length=100)

    def search(self, queryset, name, value):
        """Those whose number or title contains the text, or whose office's name does; or keyed in under that number."""
        text = to_arabic(value).strip()
        named = Q(number__icontains=text) | Q(title_th__icontains=value.strip()) | Q(title_en__icontains=text)
        keyed = Q(pk__in=ExternalNumber.objects.filter(number=keying.tidy(value)).values("proposal"))
        return queryset.filter(named | keyed | Q(local_government__search_text__contains=fold(value)))


class RankingFilter(PlaceFilters):
    """Of one round's scored proposals."""

    class Meta:
        model = Proposal
        fields = []


class ProposalFilter(PlaceFilters):
    """Of all proposals that a person may see; `state` is the state as it is shown to them."""

    round = django_filters.ModelChoiceFilter(label=_("Round"), queryset=rounds_of)
    state = ChoicesFilter(label=_("State"), field_name="shown_state", choices=ProposalState.choices)
    fiscal_year = WholeNumberFilter(
        label=_("Fiscal year"), field_name="round__fiscal_year", min_value=2400, max_value=2800
    )
    route = ChoicesFilter(label=_("Budget route"), choices=Route.choices)
    number = django_filters.CharFilter(label=_("Number"), method="with_number", max_length=20)
    mine = django_filters.BooleanFilter(label=_("Mine"), method="of_mine", widget=forms.CheckboxInput)

    class Meta:
        model = Proposal
        fields = []

    def with_number(self, queryset, name, value):
        return queryset.filter(number=to_arabic(value).strip().upper())

    def of_mine(self, queryset, name, value):
        """With true: of my office, claimed by me, or assigned to me."""
        if not value:
            return queryset
        user = self.request.user
        offices = {m.local_government_id for m in access.memberships(user) if m.local_government_id}
        mine = Q(local_government__in=offices) | Q(screener=user)
        return queryset.filter(
            mine | Q(pk__in=user.assignments.filter(state=AssignmentState.ASSIGNED).values("proposal"))
        )
