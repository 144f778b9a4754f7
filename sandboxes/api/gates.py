"""Gates: evidence, scores, votes, decisions, conditions, conflicts; and what has happened."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.fields import Upload
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from portal.errors import Refused
from portal.models import Event
from sandboxes import evidence, gates
from sandboxes.api.nested import Adds, Deeds, NoteSerializer, OfPilot, ReasonSerializer
from sandboxes.criteria import CRITERIA, MOST
from sandboxes.models import Condition, Conflict, Gate
from sandboxes.states import Vote


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
    """A condition: `state` is open, late, reported or met."""

    id = serializers.CharField()
    agency = serializers.CharField()
    text = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    state = serializers.CharField()
    report = serializers.CharField()
    reported_at = serializers.DateTimeField(allow_null=True)
    sent_back = serializers.CharField()
    met_at = serializers.DateTimeField(allow_null=True)
    met_note = serializers.CharField()


class PilotConditionReportSerializer(CleanSerializer):
    report = StrictCharField(max_length=4000)
    file = Upload(required=False)


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


class ConditionViewSet(Deeds, ReadOnlyModelViewSet):
    """What the agencies decided on condition of, and whether it was met."""

    queryset = Condition.objects.select_related("pilot__local_government")
    serializer_class = PilotConditionSerializer
    parser_classes = JSON_OR_FORM
    permissions = {
        "report": "sandboxes.change_pilot",
        "meet": "sandboxes.follow_pilot",
        "send_back": "sandboxes.follow_pilot",
    }

    @extend_schema(request=PilotConditionReportSerializer, responses=PilotConditionSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def report(self, request, **kwargs):
        """Report a condition fulfilled, as its local government does."""
        return self.deed(
            PilotConditionReportSerializer, lambda row, **given: gates.report_condition(row, by=request.user, **given)
        )

    @extend_schema(request=ReasonSerializer, responses=PilotConditionSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="send-back", pagination_class=None)
    def send_back(self, request, **kwargs):
        """Send a report back whose condition is not met yet."""
        return self.deed(
            ReasonSerializer, lambda row, reason: gates.send_condition_back(row, by=request.user, reason=reason)
        )

    @extend_schema(request=NoteSerializer, responses=PilotConditionSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def meet(self, request, **kwargs):
        """Record that a condition was met, and how."""
        return self.deed(NoteSerializer, lambda row, note: gates.meet_condition(row, by=request.user, note=note))


class PilotConflictSerializer(CleanModelSerializer):
    person = serializers.CharField(source="person.username", read_only=True)

    class Meta:
        model = Conflict
        fields = ["id", "person", "agency", "reason", "declared_at"]
        read_only_fields = ["agency", "declared_at"]

    def clean_instance(self, values):
        """The domain's function asks the model."""


class ConflictViewSet(Adds):
    """Conflicts of interest that members and case officers have declared; POST declares one's own."""

    queryset = Conflict.objects.select_related("person")
    serializer_class = PilotConflictSerializer

    def add(self, given):
        return gates.declare_conflict(self.parent, given["reason"], by=self.request.user)
