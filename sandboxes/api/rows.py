"""What stands beneath a pilot: who takes part, what is measured, which rules, waivers, incidents, gates, events."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.fields import Files, Upload, WithFile
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
    UserName,
)
from portal.api.views import Steps, match
from portal.errors import Refused
from portal.models import Event
from providers import seams
from sandboxes import changing, citizens, evidence, gates, measuring, plans, regulating, reporting
from sandboxes.api.nested import CASES, JSON_OR_FORM, OfPilot, race_as_412
from sandboxes.criteria import CRITERIA, MOST
from sandboxes.lifecycle import INCIDENT, WAIVER
from sandboxes.models import (
    Authority,
    Gate,
    Incident,
    IncidentReport,
    Indicator,
    Partner,
    PilotDocument,
    PlanVersion,
    Reading,
    RegulatoryIssue,
    ResidentNotice,
    Waiver,
)
from sandboxes.states import ReportStep, Vote

OPTIONAL = {"required": False, "allow_null": True}


class Adds(OfPilot, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Rows that are read and added; `add(given)` is the domain's function."""

    def perform_create(self, serializer):
        self.wrote(serializer, self.add(dict(serializer.validated_data)))


# Partners, documents, plans, residents


class PilotPartnerSerializer(CleanModelSerializer):
    representative = UserName(
        queryset=Partner._meta.get_field("representative").related_model.objects.all(), **OPTIONAL
    )

    listing = RelatedId(queryset=seams.listings(), **OPTIONAL)

    class Meta:
        model = Partner
        fields = ["id", "kind", "name_th", "name_en", "role_th", "representative", "listing", "snapshot", "left_on"]
        read_only_fields = ["snapshot", "left_on"]


class PartnerViewSet(Adds):
    queryset = Partner.objects.select_related("representative")
    serializer_class = PilotPartnerSerializer
    permissions = {"create": "sandboxes.change_pilot"}

    def add(self, given):
        return changing.add_partner(self.parent, by=self.request.user, **given)


class PilotDocumentSerializer(WithFile, CleanModelSerializer):
    file = Upload()

    class Meta:
        model = PilotDocument
        fields = ["id", "kind", "file", "uploaded_at"]
        read_only_fields = ["uploaded_at"]


class DocumentViewSet(Files, Adds):
    """Documents, as form data: `kind` and `file`."""

    queryset = PilotDocument.objects.filter(removed_at=None).select_related("file")
    serializer_class = PilotDocumentSerializer
    parser_classes = JSON_OR_FORM[1:]
    permissions = {"create": "sandboxes.attach_pilot"}

    def add(self, given):
        return changing.attach(self.parent, given["kind"], given["file"], by=self.request.user)


class PilotPlanSerializer(CleanModelSerializer):
    class Meta:
        model = PlanVersion
        fields = ["id", "number", "content", "sha256", "submitted_at"]
        read_only_fields = fields


class PlanViewSet(Adds):
    """Versions of the test plan; POST lays the plan as it stands before the gate."""

    queryset = PlanVersion.objects.all()
    serializer_class = PilotPlanSerializer
    permissions = {"create": "sandboxes.change_pilot"}
    ordering = ["number"]

    def add(self, given):
        return plans.submit(self.parent, by=self.request.user)


class PilotNoticeSerializer(WithFile, CleanModelSerializer):
    file = Upload(required=False)

    class Meta:
        model = ResidentNotice
        fields = ["id", "kind", "on", "how", "people_count", "summary", "file", "recorded_at"]
        read_only_fields = ["recorded_at"]


class NoticeViewSet(Files, Adds):
    """That residents were told, and what they said when they were asked."""

    queryset = ResidentNotice.objects.select_related("file")
    serializer_class = PilotNoticeSerializer
    parser_classes = JSON_OR_FORM
    permissions = {"create": "sandboxes.change_pilot"}

    def add(self, given):
        return citizens.record_notice(self.parent, by=self.request.user, **given)


# Indicators and readings


class PilotIndicatorSerializer(CleanModelSerializer):
    class Meta:
        model = Indicator
        fields = ["id", "name_th", "name_en", "family", "unit", "direction", "baseline", "baseline_on", "target"]
        fields += ["stop_threshold", "frequency"]


class IndicatorViewSet(Adds, mixins.UpdateModelMixin, mixins.DestroyModelMixin):
    """Indicators, written until the plan is approved. The pilot's ETag stands for them."""

    queryset = Indicator.objects.select_related("pilot__local_government")
    serializer_class = PilotIndicatorSerializer
    permissions = dict.fromkeys(["create", "update", "partial_update", "destroy"], "sandboxes.change_pilot")
    tagged_actions = OfPilot.tagged_actions | {"destroy"}

    def add(self, given):
        return changing.add_indicator(self.parent, by=self.request.user, **given)

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_update(self, serializer):
        version = match(self.request, self.parent)
        with race_as_412(self.parent):
            changed = changing.change_indicator(
                serializer.instance, by=self.request.user, version=version, **serializer.validated_data
            )
        self.wrote(serializer, changed)

    def perform_destroy(self, instance):
        version = match(self.request, self.parent)
        with race_as_412(self.parent):
            changing.remove_indicator(instance, by=self.request.user, version=version)
        self.__dict__.pop("parent", None)


class PilotReadingSerializer(WithFile, CleanModelSerializer):
    file = Upload(required=False)
    corrects = RelatedId(queryset=Reading.objects.all(), **OPTIONAL)
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = Reading
        fields = ["id", "on", "value", "evidence", "file", "corrects", "is_current", "recorded_at"]
        read_only_fields = ["recorded_at"]

    def get_is_current(self, reading) -> bool:
        return not hasattr(reading, "corrected_by")

    def clean_instance(self, values):
        super().clean_instance({name: value for name, value in values.items() if name != "corrects"})


class ReadingViewSet(Files, Adds):
    """Readings of one indicator: added, never changed; `corrects` names the reading that one replaces."""

    queryset = Reading.objects.select_related("file", "corrected_by", "indicator__pilot__local_government")
    serializer_class = PilotReadingSerializer
    parser_classes = JSON_OR_FORM
    permissions = {"create": "sandboxes.record_reading"}
    ordering = ["on"]
    ordering_fields = {"on": "on", "id": "pk"}

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Reading.objects.none()
        return self.queryset.filter(indicator=self.indicator)

    @property
    def indicator(self):
        return get_object_or_404(self.parent.indicators.select_related("pilot"), pk=self.kwargs["indicator_id"])

    def fixed(self):
        return {"indicator": self.indicator, "recorded_by": self.request.user}

    def add(self, given):
        return measuring.record_reading(self.indicator, by=self.request.user, **given)


# Rules and waivers


class AuthorityCode(serializers.SlugRelatedField):
    """An authority, written and answered as its code."""

    def __init__(self, **kwargs):
        super().__init__(slug_field="code", queryset=Authority.objects.all(), **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PilotIssueSerializer(CleanModelSerializer):
    authority = AuthorityCode()

    class Meta:
        model = RegulatoryIssue
        fields = ["id", "law", "provision", "obstacle", "authority", "remedy", "answer_no", "answered_on", "answer"]
        fields += ["raised_at", "dropped_at"]
        read_only_fields = ["raised_at", "dropped_at"]


class IssueViewSet(Adds, mixins.UpdateModelMixin):
    """Which rules stand in the way, whose they are, and what removes them."""

    queryset = RegulatoryIssue.objects.select_related("authority", "pilot__local_government")
    serializer_class = PilotIssueSerializer
    permissions = {"create": "sandboxes.raise_issue"} | dict.fromkeys(
        ["update", "partial_update"], "sandboxes.settle_issue"
    )

    def add(self, given):
        return regulating.raise_issue(self.parent, by=self.request.user, **given)

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_update(self, serializer):
        match(self.request, self.parent)
        changed = regulating.change_issue(serializer.instance, by=self.request.user, **serializer.validated_data)
        self.wrote(serializer, changed)


class PilotWaiverSerializer(CleanModelSerializer):
    issue = RelatedId(queryset=RegulatoryIssue.objects.all())
    state = serializers.CharField(source="state_now.value", read_only=True)
    authority = serializers.CharField(source="issue.authority.code", read_only=True)

    class Meta:
        model = Waiver
        fields = ["id", "state", "version", "issue", "authority", "requested_on", "request_no", "instrument_no"]
        fields += ["instrument_on", "scope", "area", "cap", "valid_from", "valid_until", "starts_at", "ends_at"]
        fields += ["ended_reason"]
        read_only_fields = [name for name in fields if name not in {"issue", "requested_on", "request_no"}]

    def validate_issue(self, issue):
        if issue.pilot_id != self.context["view"].parent.pk:
            raise serializers.ValidationError([_("This issue is of another pilot.")])
        return issue

    def clean_instance(self, values):
        super().clean_instance({name: value for name, value in values.items() if name != "pilot"})


class WaiverViewSet(Steps, Adds):
    """Waivers: asked for here, granted by the authority's own instrument (step `grant`), each with its own version."""

    queryset = Waiver.objects.select_related("issue__authority", "pilot__local_government")
    serializer_class = PilotWaiverSerializer
    lifecycle = WAIVER
    permissions = {"create": "sandboxes.raise_issue"}

    def etag_of(self, obj):
        return f'"{obj.version}-{obj.state_now.value}"'

    def add(self, given):
        return regulating.request_waiver(given.pop("issue"), by=self.request.user, **given)


# Incidents


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


# Gates and events


class PilotDecisionSerializer(serializers.Serializer):
    """An agency's part: the step that it took, and why."""

    agency = serializers.CharField()
    step = serializers.CharField()
    reason = serializers.CharField()
    conditions = serializers.JSONField()
    decided_at = serializers.DateTimeField()
    counts = serializers.SerializerMethodField()

    def get_counts(self, decision) -> bool:
        return decision.replaced_at is None


class PilotEvidenceSerializer(serializers.Serializer):
    section = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    who = serializers.CharField()
    met = serializers.BooleanField()


class PilotConditionSerializer(serializers.Serializer):
    id = serializers.CharField()
    agency = serializers.CharField()
    text = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    met_at = serializers.DateTimeField(allow_null=True)


class PilotScoreSerializer(CleanSerializer):
    criterion = StrictChoiceField(choices=[(code, one.label) for code, one in CRITERIA.items()])
    score = StrictIntegerField(min_value=0, max_value=MOST)
    justification = StrictCharField(max_length=4000)


class PilotScoresSerializer(CleanSerializer):
    scores = PilotScoreSerializer(many=True, max_length=20)


class PilotVoteSerializer(CleanSerializer):
    vote = StrictChoiceField(choices=Vote.choices)
    note = StrictCharField(max_length=4000, required=False, allow_blank=True)


class PilotGateSerializer(serializers.ModelSerializer):
    """A gate with its evidence, scores, votes and both agencies' decisions."""

    id = serializers.CharField()
    evidence = serializers.SerializerMethodField()
    waiting_for = serializers.SerializerMethodField()
    decisions = PilotDecisionSerializer(many=True)
    conditions = PilotConditionSerializer(many=True)
    scores = serializers.SerializerMethodField()
    votes = serializers.SerializerMethodField()

    class Meta:
        model = Gate
        fields = ["id", "kind", "opened_at", "closed_at", "outcome", "waiting_for", "evidence", "scores", "votes"]
        fields += ["decisions", "conditions"]
        read_only_fields = fields

    @extend_schema_field(PilotEvidenceSerializer(many=True))
    def get_evidence(self, gate):
        if gate.closed_at:
            return []
        return [
            {**one.as_lack(), "met": met} for one, met in evidence.checked(gate.pilot, evidence.FOR_GATE[gate.kind])
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_waiting_for(self, gate):
        return [str(agency) for agency in gate.waiting_for]

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_scores(self, gate):
        return {one.criterion: one.score for one in gate.scores.all()}

    @extend_schema_field(serializers.ListField(child=serializers.DictField(child=serializers.CharField())))
    def get_votes(self, gate):
        return [{"agency": one.agency, "vote": one.vote} for one in gate.votes.all()]


class GateViewSet(OfPilot, ReadOnlyModelViewSet):
    """Gates. Deciding is a step of the pilot, taken once by each agency."""

    queryset = Gate.objects.select_related("pilot__local_government").prefetch_related(
        "decisions", "conditions", "scores", "votes"
    )
    serializer_class = PilotGateSerializer

    @extend_schema(request=PilotScoresSerializer, responses=PilotGateSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def score(self, request, **kwargs):
        """Keep the case officer's scores of the screening gate."""
        gate = self.get_object()
        self.ask_for("sandboxes.score_pilot", gate)
        given = PilotScoresSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        rows = {row["criterion"]: (row["score"], row["justification"]) for row in given.validated_data["scores"]}
        gates.score(self.open_one(gate), rows, by=request.user)
        return Response(self.get_serializer(self.queryset.all().get(pk=gate.pk)).data)

    @extend_schema(request=PilotVoteSerializer, responses=PilotGateSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def vote(self, request, **kwargs):
        """Keep a member's vote on the open gate."""
        gate = self.get_object()
        self.ask_for("sandboxes.vote_pilot", gate)
        given = PilotVoteSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        data = given.validated_data
        gates.vote(self.open_one(gate), data["vote"], by=request.user, note=data.get("note", ""))
        return Response(self.get_serializer(self.queryset.all().get(pk=gate.pk)).data)

    def ask_for(self, permission, gate):
        if not self.request.user.has_perm(permission, gate.pilot):
            raise PermissionDenied

    def open_one(self, gate):
        """The pilot of a gate that is open; 409 for one that is closed."""
        if gate.closed_at:
            raise Refused(_("This gate is closed."), code="gate_closed", state=gate.pilot.state_now)
        return gate.pilot


class PilotEventSerializer(serializers.ModelSerializer):
    """Something that happened to the case: by which role, not by whom."""

    id = serializers.CharField()

    class Meta:
        model = Event
        fields = ["id", "at", "verb", "role", "before", "after"]
        read_only_fields = fields


class EventViewSet(OfPilot, mixins.ListModelMixin, GenericViewSet):
    """What happened to the pilot."""

    queryset = Event.objects.all()
    serializer_class = PilotEventSerializer
    ordering_fields = {"id": "pk"}

    def get_queryset(self):
        fake = getattr(self, "swagger_fake_view", False)
        return Event.objects.none() if fake else Event.objects.of(self.parent)


READINGS = rf"{CASES}/indicators/(?P<indicator_id>[0-9]+)/readings"
