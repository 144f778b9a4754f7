"""How the lists of training narrow: the same for pages, exports and the API."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.filters import ChoicesFilter, ProvinceFilter
from portal.states import LocalGovernmentKind
from portal.thai.digits import to_arabic
from portal.thai.search import fold
from training.models import Application, Course, CourseRun, Credential, Enrolment, Generation, Placement
from training.states import (
    ApplicationState,
    CredentialKind,
    CredentialState,
    EnrolmentState,
    GenerationState,
    Level,
    Mode,
    PlacementState,
    RunState,
)


class GenerationFilter(django_filters.FilterSet):
    state = ChoicesFilter(label=_("State"), choices=GenerationState.choices)

    class Meta:
        model = Generation
        fields = []


class ApplicationFilter(django_filters.FilterSet):
    state = ChoicesFilter(label=_("State"), choices=ApplicationState.choices)
    province = ProvinceFilter("home_province")
    number = django_filters.CharFilter(label=_("Number"), method="with_number", max_length=20)

    class Meta:
        model = Application
        fields = []

    def with_number(self, queryset, name, value):
        return queryset.filter(number=to_arabic(value).strip().upper())


class CourseFilter(django_filters.FilterSet):
    level = ChoicesFilter(label=_("For whom"), choices=Level.choices)
    q = django_filters.CharFilter(label=_("Name"), method="search", max_length=100)

    class Meta:
        model = Course
        fields = []

    def search(self, queryset, name, value):
        text = value.strip()
        return queryset.filter(Q(name_th__icontains=text) | Q(name_en__icontains=text) | Q(code__iexact=text))


class RunFilter(django_filters.FilterSet):
    state = ChoicesFilter(label=_("State"), choices=RunState.choices)
    mode = ChoicesFilter(label=_("Manner"), choices=Mode.choices)
    level = ChoicesFilter(label=_("For whom"), field_name="course__level", choices=Level.choices)
    province = ProvinceFilter("province")

    class Meta:
        model = CourseRun
        fields = []


class EnrolmentFilter(django_filters.FilterSet):
    state = ChoicesFilter(label=_("State"), choices=EnrolmentState.choices)
    run = django_filters.ModelChoiceFilter(label=_("Course run"), queryset=CourseRun.objects.all())

    class Meta:
        model = Enrolment
        fields = []


class PlacementFilter(django_filters.FilterSet):
    state = ChoicesFilter(label=_("State"), choices=PlacementState.choices)
    province = ProvinceFilter("local_government__province")

    class Meta:
        model = Placement
        fields = []


class CredentialFilter(django_filters.FilterSet):
    state = ChoicesFilter(
        label=_("Status"), choices=[choice for choice in CredentialState.choices if choice[0] != "expired"]
    )
    kind = ChoicesFilter(label=_("Kind"), choices=CredentialKind.choices)
    level = ChoicesFilter(label=_("Level"), choices=Level.choices)
    serial = django_filters.CharFilter(label=_("Serial number"), method="with_serial", max_length=40)

    class Meta:
        model = Credential
        fields = []

    def with_serial(self, queryset, name, value):
        return queryset.filter(serial=to_arabic(value).strip().upper())


class CoverageFilter(django_filters.FilterSet):
    standing = django_filters.ChoiceFilter(
        label=_("Who is there"), method="with_standing",
        choices=[
            ("nobody", _("nobody at all")), ("no_ambassador", _("no ambassador")), ("no_trained", _("nobody trained")),
            ("ending", _("ending within 60 days")),
        ],
    )  # fmt: skip
    province = ProvinceFilter("province")
    kind = ChoicesFilter(label=_("Kind"), choices=LocalGovernmentKind.choices)
    q = django_filters.CharFilter(label=_("Local government"), method="search", max_length=100)

    def search(self, queryset, name, value):
        return queryset.filter(search_text__contains=fold(value))

    def with_standing(self, queryset, name, value):
        wanted = {
            "nobody": {"ambassadors": 0, "trained": 0}, "no_ambassador": {"ambassadors": 0},
            "no_trained": {"trained": 0}, "ending": {"expiring__gt": 0},
        }  # fmt: skip
        return queryset.filter(**wanted[value])
