"""How the lists of the registry's desk narrow: the same for pages and files."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from providers.models import Application, Change, Complaint, Listing, Representative
from providers.public.search import words
from providers.states import ApplicationKind, ApplicationState, ChangeKind


class CompanySearch(django_filters.FilterSet):
    """By the company's name or number, written as people write it; `path` leads to the company."""

    path = "provider__"
    numbers = ()
    q = django_filters.CharFilter(label=_("Company, number"), method="search", max_length=100)

    def search(self, queryset, name, value):
        for word in words(value):
            queryset = queryset.filter(Q(**{f"{self.path}search_text__contains": word}) | self._numbered(value))
        return queryset

    def _numbered(self, value):
        found = Q(pk__in=[])
        for name in self.numbers:
            found |= Q(**{f"{name}__iexact": value.strip()})
        return found


class ApplicationFilter(CompanySearch):
    numbers = ("number",)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ApplicationKind.choices, empty_label=_("All"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=ApplicationState.choices, empty_label=_("All"))

    class Meta:
        model = Application
        fields = []


class RepresentativeFilter(CompanySearch):
    class Meta:
        model = Representative
        fields = []


class ChangeFilter(CompanySearch):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ChangeKind.choices, empty_label=_("All"))

    class Meta:
        model = Change
        fields = []


class ComplaintFilter(CompanySearch):
    path = "listing__provider__"

    class Meta:
        model = Complaint
        fields = []


class ListingFilter(CompanySearch):
    numbers = ("certificate_no",)

    class Meta:
        model = Listing
        fields = []
