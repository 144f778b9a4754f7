"""Pilots: the public's summary, and the whole case for who may read it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal import clock, files
from portal.api.fields import RelatedIds, Upload
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictCharField, StrictIntegerField
from portal.api.views import Steps, Visible, match, race_as_412
from portal.models import Subdistrict
from sandboxes import changing, evidence, importing, measuring, public, regulating
from sandboxes.api.nested import ReasonSerializer
from sandboxes.exports import PILOTS
from sandboxes.filters import PilotFilter
from sandboxes.lifecycle import PILOT
from sandboxes.models import Pilot

WRITTEN = (*changing.CONTENT, *changing.REPORT, "subdistricts")
LONG = {"required": False, "allow_blank": True, "max_length": 20_000}


class PublicIndicatorSerializer(serializers.Serializer):
    """An indicator as the public may know it."""

    name_th = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    baseline = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    baseline_on = serializers.DateField(allow_null=True)
    target = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    stop_threshold = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    latest = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    latest_on = serializers.DateField(allow_null=True)


class RelaxedRuleSerializer(serializers.Serializer):
    """A rule that was relaxed: by whose instrument, from when until when."""

    law = serializers.CharField()
    authority = serializers.CharField()
    instrument_no = serializers.CharField()
    scope = serializers.CharField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()
    state = serializers.CharField()


class DisclosureSerializer(serializers.Serializer):
    """Data and prices of a trial, laid open for an ordinary procurement."""

    on = serializers.DateField()
    note = serializers.CharField()
    file_url = serializers.CharField()


class PublicPilotSerializer(serializers.Serializer):
    """What the public may know: exactly `sandboxes.public.FIELDS`."""

    id = serializers.CharField()
    number = serializers.CharField()
    title_th = serializers.CharField()
    title_en = serializers.CharField()
    state = serializers.CharField()
    dimension = serializers.CharField()
    technology = serializers.CharField()
    local_government = serializers.CharField()
    local_government_name_th = serializers.CharField()
    province = serializers.CharField()
    problem = serializers.CharField()
    innovation = serializers.CharField()
    subdistricts = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    area_note = serializers.CharField()
    area = serializers.JSONField(allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    user_cap = serializers.IntegerField(allow_null=True)
    complaint_channel = serializers.CharField()
    partners = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    endorsed_by = serializers.ListField(child=serializers.CharField())
    indicators = PublicIndicatorSerializer(many=True)
    relaxed = RelaxedRuleSerializer(many=True)
    exit_summary = serializers.CharField()
    exit_lessons = serializers.CharField()
    disclosure = DisclosureSerializer(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, pilot):
        return super().to_representation(public.of(pilot))


class PilotSerializer(CleanModelSerializer):
    """A pilot: what its local government writes, and what has become of it."""

    subdistricts = RelatedIds(queryset=Subdistrict.objects.all(), required=False)
    problem = StrictCharField(**LONG)
    innovation = StrictCharField(**LONG)
    test_plan = StrictCharField(**LONG)
    state = serializers.CharField(source="state_now.value", read_only=True)
    lane = serializers.SerializerMethodField()
    gate = serializers.SerializerMethodField(allow_null=True)
    waiting_for = serializers.SerializerMethodField()
    whose_turn = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()

    class Meta:
        model = Pilot
        fields = ["id", "number", "state", "version", "local_government", *changing.CONTENT, "subdistricts", "area"]
        fields += [
            *changing.REPORT,
            "lane",
            "gate",
            "waiting_for",
            "whose_turn",
            "missing",
            "rules_checked_at",
            "first_applied_at",
        ]
        fields += ["approved_at", "live_at", "ended_at", "ends_at", "stands_until", "extended_at", "pause_cause"]
        fields += ["pause_note", "return_reason", "return_due_on", "continues_meanwhile", "users_count", "ended_reason"]
        fields += ["created_at", "changed_at", "state_since"]
        read_only_fields = [name for name in fields if name not in WRITTEN and name != "local_government"]

    def validate_local_government(self, place):
        """403 before anything else is judged: for whom one may not write at all."""
        if self.instance is None and not self.context["request"].user.has_perm("sandboxes.add_pilot", place):
            raise PermissionDenied
        if self.instance is not None and place != self.instance.local_government:
            raise serializers.ValidationError([_("This is chosen once, when the pilot is started.")])
        return place

    def validate(self, attrs):
        self.clean_instance({name: value for name, value in attrs.items() if name != "subdistricts"})
        return attrs

    def get_lane(self, pilot) -> str:
        return changing.lane_of(pilot)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_gate(self, pilot):
        gate = evidence.turn_of(pilot).gate
        return gate and gate.kind

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_waiting_for(self, pilot):
        """The agencies whose decision is wanted."""
        return [str(agency) for agency in evidence.undecided(pilot)]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_whose_turn(self, pilot):
        """Who is to do something now: suppliers of what is missing, or who decides; texts for people."""
        return [str(one) for one in evidence.turn_of(pilot).who]

    @extend_schema_field(serializers.ListField(child=serializers.DictField(child=serializers.CharField())))
    def get_missing(self, pilot):
        """What the next gate still wants, each with who can supply it."""
        return missing_of(pilot)


def missing_of(pilot):
    """What stands before the next gate, or before the next step: `[{section, code, detail, who}]`."""
    return [one.as_lack() for one in evidence.turn_of(pilot).lacks]


class PilotCheckSerializer(serializers.Serializer):
    complete = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class PilotUsersSerializer(CleanSerializer):
    count = StrictIntegerField(min_value=0, max_value=2**31 - 1)


class PilotWorkbookSerializer(CleanSerializer):
    file = Upload(only={"xlsx"})


class PilotRecordedSerializer(serializers.Serializer):
    """How many readings of a workbook were recorded."""

    recorded = serializers.IntegerField()


class PilotViewSet(Steps, Visible, mixins.CreateModelMixin, mixins.UpdateModelMixin, ReadOnlyModelViewSet):
    """Pilots. The list has the public fields for everybody; one pilot is whole for those who may read its case."""

    queryset = public.rows()
    serializer_class = PilotSerializer
    filterset_class = PilotFilter
    lifecycle = PILOT
    is_public = True
    permissions = {"create": "sandboxes.add_pilot"} | dict.fromkeys(
        ["update", "partial_update"], "sandboxes.change_pilot"
    )
    permissions |= {
        "check": "sandboxes.view_pilot",
        "check_rules": "sandboxes.settle_issue",
        "take_over": "sandboxes.score_pilot",
    } | dict.fromkeys(["users", "workbook", "record_workbook"], "sandboxes.record_reading")
    lookup_value_regex = "[0-9]+"
    ordering = ["-id"]
    ordering_fields = {"id": "pk", "number": "number", "starts_on": "starts_on", "ends_on": "ends_on"}
    columns = PILOTS

    def get_queryset(self):
        return super().get_queryset().as_of(clock.now())

    def unnarrowed(self):
        return self.queryset.all().as_of(clock.now())

    def get_serializer(self, *args, **kwargs):
        if self.action == "list" or (self.action == "retrieve" and not self.reads_whole(args)):
            return PublicPilotSerializer(*args, **{**kwargs, "context": self.get_serializer_context()})
        return super().get_serializer(*args, **kwargs)

    def reads_whole(self, args):
        user = self.request.user
        return bool(args and user.is_authenticated and user.has_perm("sandboxes.view_pilot", args[0]))

    def etag_of(self, pilot):
        whole = "whole" if self.reads_whole([pilot]) else "public"
        return f'"{pilot.version}-{pilot.state_now.value}-{whole}"'

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same. 409 for what this state does not let you change."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_create(self, serializer):
        pilot = changing.start(by=self.request.user, **serializer.validated_data)
        self.answer(serializer, pilot)

    def perform_update(self, serializer):
        pilot, fields = serializer.instance, dict(serializer.validated_data)
        fields.pop("local_government", None)
        version = match(self.request, pilot)
        with race_as_412(pilot):
            written = changing.write(pilot, by=self.request.user, version=version, **fields)
        self.answer(serializer, written)

    def answer(self, serializer, pilot):
        self.object = serializer.instance = self.unnarrowed().get(pk=pilot.pk)

    @extend_schema(responses=PilotCheckSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request, **kwargs):
        """What the next gate, or the application, still wants: each item with who can supply it."""
        lacks = missing_of(self.get_object())
        return Response({"complete": not lacks, "missing": lacks})

    @extend_schema(request=PilotUsersSerializer, responses=PilotSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def users(self, request, **kwargs):
        """Record how many use the service now; above the cap a live pilot pauses."""
        pilot = self.get_object()
        return self.whole(measuring.record_users(pilot, self.given(PilotUsersSerializer)["count"], by=request.user))

    @extend_schema(responses={(200, files.EXCEL): OpenApiTypes.BINARY}, filters=False)
    @action(
        detail=True, methods=["get"], url_path="readings-workbook", parser_classes=JSON_OR_FORM[1:],
        pagination_class=None,
    )  # fmt: skip
    def workbook(self, request, **kwargs):
        """The workbook to fill in: one line for each indicator."""
        pilot = self.get_object()
        answer = HttpResponse(importing.template(pilot), content_type=files.EXCEL)
        answer["Content-Disposition"] = content_disposition_header(True, f"readings-{pilot.number}.xlsx")
        return answer

    @extend_schema(request=PilotWorkbookSerializer, responses={201: PilotRecordedSerializer}, filters=False)
    @workbook.mapping.post
    def record_workbook(self, request, **kwargs):
        """Record every reading of a workbook (`file`, as form data), or none: 400 names row, column and reason."""
        pilot, upload = self.get_object(), self.given(PilotWorkbookSerializer)["file"]
        try:
            recorded = importing.take_in(pilot, upload, by=request.user)
        except ValidationError as error:
            raise serializers.ValidationError({"file": error.messages}) from error
        return Response({"recorded": len(recorded)}, status=201)

    @extend_schema(request=None, responses=PilotSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="check-rules", pagination_class=None)
    def check_rules(self, request, **kwargs):
        """Record that it was checked which rules stand in the way."""
        pilot = self.get_object()
        self.given(CleanSerializer)
        return self.whole(regulating.check_rules(pilot, by=request.user))

    @extend_schema(request=ReasonSerializer, responses=PilotSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="take-over", pagination_class=None)
    def take_over(self, request, **kwargs):
        """Look after this pilot from now on, in place of whoever did."""
        pilot = self.get_object()
        return self.whole(changing.take_over(pilot, by=request.user, reason=self.given(ReasonSerializer)["reason"]))

    @extend_schema(responses=PublicPilotSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def similar(self, request, **kwargs):
        """Up to ten published pilots of the same technology or dimension, with what they measured."""
        found = public.rows().published().like(self.get_object())[:10]
        return Response(PublicPilotSerializer(found, many=True).data)

    def given(self, kind):
        """The request's body, checked by the serializer `kind`."""
        serializer = kind(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def whole(self, pilot):
        self.object = self.unnarrowed().get(pk=pilot.pk)
        return Response(PilotSerializer(self.object, context=self.get_serializer_context()).data)
