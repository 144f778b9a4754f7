"""The ground floor's own endpoints: places (public), who I am, and the events (auditors)."""

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from portal import access
from portal.api.routes import register
from portal.api.serializers import CleanModelSerializer, RelatedId, UserName
from portal.api.views import Door
from portal.exports import Column
from portal.models import District, Event, LocalGovernment, Membership, Province, User
from portal.states import LocalGovernmentKind
from portal.thai.search import fold

SUMMARIES = {}


def summary(name):
    """Register `function(local_government, user) -> JSON` as member `name` of a local government's summary."""

    def add(function):
        SUMMARIES[name] = function
        return function

    return add


class NameFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Name or code"), method="search", max_length=100)

    def search(self, queryset, name, value):
        return queryset.filter(search_text__contains=fold(value))


class DistrictFilter(NameFilter):
    province = django_filters.CharFilter(field_name="province__code", label=_("Province code"), max_length=2)


class LocalGovernmentFilter(django_filters.FilterSet):
    province = django_filters.CharFilter(field_name="province__code", label=_("Province code"), max_length=2)
    district = django_filters.CharFilter(field_name="district__code", label=_("District code"), max_length=4)
    kind = django_filters.MultipleChoiceFilter(choices=LocalGovernmentKind.choices, label=_("Kind"), distinct=False)
    code = django_filters.CharFilter(label=_("Code"), method="with_code", max_length=20)
    q = django_filters.CharFilter(label=_("Name or code"), method="search", max_length=100)

    def with_code(self, queryset, name, value):
        return queryset.with_code(value)

    def search(self, queryset, name, value):
        return queryset.search(value)


class ProvinceSerializer(CleanModelSerializer):
    class Meta:
        model = Province
        fields = ["id", "code", "name_th", "name_en", "region", "policy_region", "lat", "lon"]


class DistrictSerializer(CleanModelSerializer):
    class Meta:
        model = District
        fields = ["id", "code", "name_th", "name_en", "province", "lat", "lon"]


class LocalGovernmentSerializer(CleanModelSerializer):
    display_name = serializers.CharField(read_only=True)
    codes = serializers.SerializerMethodField()
    province_code = serializers.CharField(source="province.code", read_only=True)
    district_code = serializers.CharField(source="district.code", read_only=True)

    class Meta:
        model = LocalGovernment
        fields = ["id", "kind", "name_th", "name_en", "short_name_th", "former_name_th", "display_name"]
        fields += ["province", "province_code", "district", "district_code", "subdistrict"]
        fields += ["codes", "lat", "lon", "website", "active_from", "active_to"]

    @extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
    def get_codes(self, place):
        return [
            {"scheme": held.scheme, "code": held.code, "valid_from": held.valid_from, "valid_to": held.valid_to}
            for held in sorted(place.codes.all(), key=lambda held: held.pk)
        ]


class LocalGovernmentDetailSerializer(LocalGovernmentSerializer):
    summary = serializers.SerializerMethodField()

    class Meta(LocalGovernmentSerializer.Meta):
        fields = [*LocalGovernmentSerializer.Meta.fields, "summary"]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_summary(self, place):
        """What each mechanism has to say about this place, as far as the asking person may know."""
        return {name: tell(place, self.context["request"].user) for name, tell in sorted(SUMMARIES.items())}


class Places(Door, ReadOnlyModelViewSet):
    is_public = True
    ordering = ["name_sort_key"]
    ordering_fields = {"name": "name_sort_key", "code": "code"}


class ProvinceViewSet(Places):
    queryset = Province.objects.all()
    serializer_class = ProvinceSerializer
    filterset_class = NameFilter
    columns = [
        Column(_("Code"), "code", "code"),
        Column(_("Name in Thai"), "name_th"),
        Column(_("Name in English"), "name_en"),
        Column(_("Region"), "region"),
    ]


class DistrictViewSet(Places):
    queryset = District.objects.select_related("province")
    serializer_class = DistrictSerializer
    filterset_class = DistrictFilter
    columns = [
        Column(_("Code"), "code", "code"),
        Column(_("Name in Thai"), "name_th"),
        Column(_("Name in English"), "name_en"),
        Column(_("Province"), "province.name"),
    ]


class LocalGovernmentViewSet(Places):
    queryset = LocalGovernment.objects.select_related("province", "district").prefetch_related("codes")
    filterset_class = LocalGovernmentFilter
    ordering_fields = {"name": "name_sort_key", "kind": "kind", "province": "province__name_sort_key"}
    columns = [
        Column(_("Code"), "code", "code"),
        Column(_("Kind"), lambda place: place.get_kind_display()),
        Column(_("Name in Thai"), "name_th"),
        Column(_("Name in English"), "name_en"),
        Column(_("District"), "district.name"),
        Column(_("Province"), "province.name"),
        Column(_("Website"), "website"),
    ]

    def get_serializer_class(self):
        return LocalGovernmentDetailSerializer if self.action == "retrieve" else LocalGovernmentSerializer


class MembershipSerializer(serializers.ModelSerializer):
    local_government = RelatedId(read_only=True)
    province = RelatedId(read_only=True)
    role_label = serializers.CharField(source="get_role_display", read_only=True)

    class Meta:
        model = Membership
        fields = ["role", "role_label", "agency", "local_government", "province"]
        fields += ["valid_from", "valid_to", "acting", "order_no"]
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="get_full_name", read_only=True)
    may_write = serializers.SerializerMethodField()
    memberships = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["username", "name", "title", "email", "language", "may_write", "memberships"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.BOOL)
    def get_may_write(self, user):
        """Whether this request's token, or session, may write."""
        return getattr(self.context["request"].auth, "can_write", True)

    @extend_schema_field(MembershipSerializer(many=True))
    def get_memberships(self, user):
        return MembershipSerializer(access.memberships(user), many=True).data


class MeViewSet(ViewSetMixin, Door, APIView):
    serializer_class = MeSerializer

    @extend_schema(responses=MeSerializer, filters=False)
    def list(self, request):
        """Who I am, and the roles that I hold today."""
        return Response(MeSerializer(request.user, context={"request": request}).data)

    def known_parameters(self):
        return set()


class EventFilter(django_filters.FilterSet):
    verb = django_filters.CharFilter(max_length=80)
    actor = django_filters.CharFilter(field_name="actor__username", max_length=150)
    object_type = django_filters.CharFilter(max_length=60)
    object_id = django_filters.NumberFilter(min_value=0, max_value=2**63 - 1)
    case_type = django_filters.CharFilter(max_length=60)
    case_id = django_filters.NumberFilter(min_value=0, max_value=2**63 - 1)
    request_id = django_filters.CharFilter(max_length=40)
    at = django_filters.IsoDateTimeFromToRangeFilter()


class EventSerializer(CleanModelSerializer):
    actor = UserName(read_only=True)
    object_id = serializers.CharField(read_only=True)
    case_id = serializers.CharField(read_only=True)

    class Meta:
        model = Event
        fields = ["id", "at", "actor", "role", "acting_for", "verb", "object_type", "object_id", "case_type", "case_id"]
        fields += ["before", "after", "details", "request_id"]
        read_only_fields = fields


class EventViewSet(Door, ReadOnlyModelViewSet):
    """What happened, newest first."""

    queryset = Event.objects.select_related("actor")
    serializer_class = EventSerializer
    filterset_class = EventFilter
    permissions = {"list": "portal.view_event", "retrieve": "portal.view_event"}
    ordering = ["-id"]
    ordering_fields = ["id"]
    columns = [
        Column(_("Moment"), "at", "moment"),
        Column(_("Person"), "actor.username"),
        Column(_("Role"), "role"),
        Column(_("Acting under"), "acting_for"),
        Column(_("Event"), "verb"),
        Column(_("Case"), lambda event: f"{event.case_type} {event.case_id}"),
        Column(_("State before"), "before"),
        Column(_("State after"), "after"),
    ]


def add_routes():
    """Serve all of these. Called once, by `portal.api.urls`."""
    register("provinces", ProvinceViewSet)
    register("districts", DistrictViewSet)
    register("local-governments", LocalGovernmentViewSet)
    register("me", MeViewSet)
    register("events", EventViewSet)
