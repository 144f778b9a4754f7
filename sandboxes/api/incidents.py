"""Incidents: reported, worked on in steps, told to the authorities."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from portal.api.fields import Files, Upload, WithFile
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
)
from portal.api.views import Steps
from portal.audit import record
from sandboxes import reporting
from sandboxes.api.nested import CASES, OPTIONAL, Adds
from sandboxes.lifecycle import INCIDENT
from sandboxes.models import Incident, IncidentReport, Telling
from sandboxes.states import Receiver, ReportStep

TELLINGS = rf"{CASES}/incidents/(?P<incident_id>[0-9]+)/tellings"


class PilotClockSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    due_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    is_late = serializers.BooleanField()


class PilotIncidentSerializer(CleanModelSerializer):
    aware_at = StrictDateTimeField(required=False)
    personal_data = StrictBooleanField()
    clocks = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = ["id", "state", "version", "what", "aware_at", "hurt", "personal_data", "impact", "severity"]
        fields += ["severity_reason", "affected_count", "root_cause", "reported_at", "contained_at", "resolved_at"]
        fields += ["closed_at", "clocks"]
        read_only_fields = [
            name for name in fields if name not in {"what", "aware_at", "hurt", "personal_data", "impact"}
        ]

    @extend_schema_field(PilotClockSerializer(many=True))
    def get_clocks(self, incident):
        return PilotClockSerializer(reporting.clocks_of(incident), many=True).data


class PilotIncidentReportSerializer(CleanSerializer):
    step = StrictChoiceField(choices=ReportStep.choices)
    number = serializers.IntegerField(read_only=True)
    findings = StrictCharField(max_length=10_000)
    measures = StrictCharField(max_length=10_000)
    cause = StrictCharField(max_length=10_000, required=False, allow_blank=True)
    affected_count = StrictIntegerField(min_value=0, max_value=2**31 - 1, **OPTIONAL)
    written_at = serializers.DateTimeField(read_only=True)


class IncidentViewSet(Steps, Adds):
    """Incidents: five answers, from which the severity follows; a critical one pauses the pilot at once."""

    queryset = Incident.objects.select_related("pilot__local_government").prefetch_related("reports", "tellings")
    serializer_class = PilotIncidentSerializer
    lifecycle = INCIDENT
    permissions = {"create": "sandboxes.report_incident"}

    def etag_of(self, obj):
        return f'"{obj.version}"'

    def add(self, given):
        return reporting.report(self.parent, by=self.request.user, **given)

    @extend_schema(
        request=PilotIncidentReportSerializer, responses=PilotIncidentReportSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def reports(self, request, **kwargs):
        """The reports of an incident; POST writes one, a second of the same step is its corrected version."""
        incident = self.get_object()
        if request.method == "POST":
            if not request.user.has_perm("sandboxes.work_incident", incident):
                raise PermissionDenied
            given = PilotIncidentReportSerializer(data=request.data, context=self.get_serializer_context())
            given.is_valid(raise_exception=True)
            data = dict(given.validated_data)
            written = reporting.write_report(incident, data.pop("step"), by=request.user, **data)
            return Response(PilotIncidentReportSerializer(written).data, status=201)
        found = IncidentReport.objects.filter(incident=incident).order_by("pk")
        return Response(PilotIncidentReportSerializer(found, many=True).data)

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, methods=["get"], url_path="for/(?P<receiver>[a-z]+)", pagination_class=None)
    def part(self, request, receiver, **kwargs):
        """The part of an incident that concerns one authority, as it stands now; that it was read is on record."""
        incident = self.get_object()
        if receiver not in Receiver.values:
            raise Http404
        if not request.user.has_perm("sandboxes.work_incident", incident):
            raise PermissionDenied
        record("incident.export", incident, by=request.user, details={"receiver": receiver})
        return Response(reporting.content_for(incident, receiver))


class PilotTellingSerializer(WithFile, CleanModelSerializer):
    file = Upload(required=False)
    sent_at = StrictDateTimeField(required=False)

    class Meta:
        model = Telling
        fields = ["id", "receiver", "sent_at", "reference", "content", "file", "recorded_at"]
        read_only_fields = ["content", "recorded_at"]

    def clean_instance(self, values):
        """The domain's function asks the model."""


class TellingViewSet(Files, Adds):
    """That an authority was told of an incident, with what it was told frozen as of then."""

    queryset = Telling.objects.select_related("file")
    serializer_class = PilotTellingSerializer
    parser_classes = JSON_OR_FORM
    permissions = {"create": "sandboxes.work_incident"}

    def get_queryset(self):
        fake = getattr(self, "swagger_fake_view", False)
        return Telling.objects.none() if fake else self.queryset.filter(incident=self.incident)

    @property
    def incident(self):
        incidents = self.parent.incidents.select_related("pilot__local_government")
        return get_object_or_404(incidents, pk=self.kwargs["incident_id"])

    def fixed(self):
        return {}

    def add(self, given):
        receiver = given.pop("receiver")
        return reporting.tell_authority(self.incident, receiver, by=self.request.user, **given)
