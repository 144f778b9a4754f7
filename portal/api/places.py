"""The ground floor's own endpoints: places (public), who I am, and the events (auditors)."""

import django_filters
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from portal import access, clock
from portal.api.problems import BadParameter
from portal.api.routes import register
from portal.api.serializers import CleanModelSerializer, RelatedId, StrictDateField, UserName
from portal.api.views import Door
from portal.exports import Column
from portal.filters import ChoicesFilter
from portal.models import District, Event, LocalGovernment, Membership, Province, Seal, Succession, User
from portal.register import changes
from portal.states import LocalGovernmentKind, SuccessionKind
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


def day_in(text):
    """The day that a query names as YYYY-MM-DD. Raises BadParameter."""
    try:
        return StrictDateField().run_validation(text)
    except serializers.ValidationError as error:
        raise BadParameter({"as_of": error.detail[0]}, code="invalid") from None


class DayFilter(django_filters.CharFilter):
    """A day as YYYY-MM-DD."""

    def filter(self, queryset, value):
        return queryset.active(day_in(value)) if value else queryset


class LocalGovernmentFilter(django_filters.FilterSet):
    province = django_filters.CharFilter(field_name="province__code", label=_("Province code"), max_length=2)
    district = django_filters.CharFilter(field_name="district__code", label=_("District code"), max_length=4)
    kind = ChoicesFilter(choices=LocalGovernmentKind.choices, label=_("Kind"))
    code = django_filters.CharFilter(label=_("Code"), method="with_code", max_length=20)
    q = django_filters.CharFilter(label=_("Name or code"), method="search", max_length=100)
    as_of = DayFilter(label=_("Existing on this day (YYYY-MM-DD)"), max_length=10)

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
    succeeded_by = serializers.SerializerMethodField()
    province_code = serializers.CharField(source="province.code", read_only=True)
    district_code = serializers.CharField(source="district.code", read_only=True)

    class Meta:
        model = LocalGovernment
        fields = ["id", "kind", "name_th", "name_en", "short_name_th", "former_name_th", "display_name"]
        fields += ["province", "province_code", "district", "district_code", "subdistrict"]
        fields += ["codes", "lat", "lon", "website", "active_from", "active_to", "succeeded_by"]

    @extend_schema_field({"type": ["string", "null"]})
    def get_succeeded_by(self, place):
        """The id of the local government that came after this one, or null; a split leaves it where it is."""
        ended_by = (row for row in place.successions.all() if row.kind != SuccessionKind.SPLIT)
        return next((str(row.to_local_government_id) for row in ended_by), None)

    @extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
    def get_codes(self, place):
        return [
            {"scheme": held.scheme, "code": held.code, "valid_from": held.valid_from, "valid_to": held.valid_to}
            for held in sorted(place.codes.all(), key=lambda held: held.pk)
        ]


class SuccessionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Succession
        fields = ["from_local_government", "from_name_th", "to_local_government", "to_name_th"]
        fields += ["kind", "on", "gazette_ref"]

    from_local_government = RelatedId(read_only=True)
    from_name_th = serializers.CharField(source="from_local_government.name_th")
    to_local_government = RelatedId(read_only=True)
    to_name_th = serializers.CharField(source="to_local_government.name_th")


class FormerNameSerializer(serializers.Serializer):
    """A name that it had, by itself or as what it was turned from; `until` is the first day without it."""

    local_government = serializers.CharField()
    name_th = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.CharField()
    until = serializers.DateField()


class LocalGovernmentDetailSerializer(LocalGovernmentSerializer):
    summary = serializers.SerializerMethodField()
    succession = serializers.SerializerMethodField()
    former_names = serializers.SerializerMethodField()
    present = serializers.SerializerMethodField()

    class Meta(LocalGovernmentSerializer.Meta):
        fields = [*LocalGovernmentSerializer.Meta.fields, "succession", "former_names", "present", "summary"]

    def history_of(self, place):
        if not hasattr(place, "_history"):
            place._history = changes.history_of(place)
        return place._history

    @extend_schema_field(SuccessionSerializer(many=True))
    def get_succession(self, place):
        """What led to this local government and what led on from it, in the order of time."""
        return SuccessionSerializer(self.history_of(place), many=True).data

    @extend_schema_field(FormerNameSerializer(many=True))
    def get_former_names(self, place):
        """The names before the present one, mergers and splits apart, the oldest first."""
        rows, last = [], place.pk
        for row in reversed(self.history_of(place)):
            if row.to_local_government_id == last and row.kind not in {SuccessionKind.MERGED, SuccessionKind.SPLIT}:
                rows.append(row)
                last = row.from_local_government_id
        return [
            {
                "local_government": str(row.from_local_government_id),
                "name_th": row.from_local_government.name_th,
                "name_en": row.from_local_government.name_en,
                "kind": row.from_local_government.kind,
                "until": row.on.isoformat(),
            }
            for row in reversed(rows)
        ]

    @extend_schema_field({"type": ["string", "null"]})
    def get_present(self, place):
        """The id of what stands there today: its own while it exists, null where it was closed."""
        if place.is_active(clock.today()):
            return str(place.pk)
        now = changes.present_of([place])[place.pk]
        return str(now.pk) if now else None

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
    """Local governments, past ones too (`active_to`, `succeeded_by`); `as_of=2026-10-01` gives those of that day.

    On one of them `as_of` gives what stood in its place on that day, by the name of then.
    """

    queryset = LocalGovernment.objects.select_related("province", "district").prefetch_related("codes", "successions")
    filterset_class = LocalGovernmentFilter
    extra_parameters = ["as_of"]
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

    def filter_queryset(self, queryset):
        return queryset if self.action == "retrieve" else super().filter_queryset(queryset)

    def get_object(self):
        place = super().get_object()
        if "as_of" not in self.request.query_params:
            return place
        day = day_in(self.request.query_params["as_of"])
        family = [place.pk, *place.lineage]
        family += [row.to_local_government_id for row in changes.history_of(place)]
        stood = self.get_queryset().active(day).filter(pk__in=family)
        self.object = next((one for one in stood if one.pk == place.pk), None) or stood.order_by("-active_from").first()
        if self.object is None:
            raise Http404
        return self.object


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
        return MembershipSerializer(access.posts(user), many=True).data


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


class SealSerializer(CleanModelSerializer):
    count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Seal
        fields = ["number", "at", "count", "last_event", "previous", "digest", "signature"]
        read_only_fields = fields


class SealDetailSerializer(SealSerializer):
    class Meta(SealSerializer.Meta):
        fields = [*SealSerializer.Meta.fields, "leaves", "gaps"]


class SealViewSet(Door, ReadOnlyModelViewSet):
    """The seals on what happened, newest first; one of them with the hash of each of its events."""

    queryset = Seal.objects.all()
    permissions = {"list": "portal.view_event", "retrieve": "portal.view_event"}
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    ordering = ["-number"]
    ordering_fields = ["number"]

    def get_serializer_class(self):
        return SealDetailSerializer if self.action == "retrieve" else SealSerializer


def add_routes():
    """Serve all of these. Called once, by `portal.api.urls`."""
    register("provinces", ProvinceViewSet)
    register("districts", DistrictViewSet)
    register("local-governments", LocalGovernmentViewSet)
    register("me", MeViewSet)
    register("events", EventViewSet)
    register("seals", SealViewSet)
