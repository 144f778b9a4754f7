"""Applications: written by applicants, read on record by officers, scored by members without the name."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.fields import Choices, Files, RelatedIds, Upload, WithFile
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
)
from portal.api.views import Door, Steps, Visible, WritesGiven, claim, match, race_as_412
from portal.errors import Refused
from portal.models import LocalGovernment
from training import applying, exports, privacy, selection
from training.api.kit import OPTIONAL, Beneath, Nothing, WithoutCitizenNumbers
from training.filters import ApplicationFilter
from training.forms.programme import hosting_areas
from training.lifecycle import APPLICATION
from training.models import Application, ApplicationDocument, Evaluation, Generation, SelectionCriterion
from training.models.application import CHOICES, SECTION_FIELDS
from training.states import ApplicationSection, Purpose

APPLICATIONS = r"applications/(?P<application_id>[0-9]+)"
WRITTEN = [name for names in SECTION_FIELDS.values() for name in names]
OWN = frozenset({*WRITTEN, "areas"})
PERSONAL = ("first_name", "last_name", "born_on", "phone", "email", "address")
READS_PERSONAL = "training.read_personal_application"


class AmbassadorApplicationSerializer(CleanModelSerializer):
    """What everybody who handles an application may know: nothing that names the person."""

    areas = serializers.SerializerMethodField()
    score = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = ["id", "generation", "number", "state", "version", "submitted_at", "home_province", "degree"]
        fields += ["field_of_study", "areas", "score", "place", "answer_until", "reasons"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_areas(self, application):
        """The areas chosen, the first wish first."""
        return [str(choice.local_government_id) for choice in application.choices.all()]

    def get_score(self, application) -> str | None:
        """The score, for those who run the selection, and for the applicant once it is decided."""
        user = self.context["request"].user
        may = privacy.may_see_scores(application, user) or application.applicant_id != user.pk
        return str(application.score) if may and application.score is not None else None


class OwnApplicationSerializer(WithoutCitizenNumbers, AmbassadorApplicationSerializer):
    """One's own application: what the applicant writes, and what has become of it."""

    areas = RelatedIds(queryset=LocalGovernment.objects.all(), required=False)
    graduated_year = StrictIntegerField(min_value=2500, max_value=2620, **OPTIONAL)

    class Meta(AmbassadorApplicationSerializer.Meta):
        fields = [*dict.fromkeys([*AmbassadorApplicationSerializer.Meta.fields, *WRITTEN])]
        fields += ["asked_documents", "document_due_on", "decision_note"]
        read_only_fields = [name for name in fields if name not in OWN]

    def to_representation(self, application):
        return {**super().to_representation(application), "areas": self.get_areas(application)}

    def validate_areas(self, areas):
        hosting = set(hosting_areas(self.instance.generation).values_list("pk", flat=True))
        if len(areas) > CHOICES or not {area.pk for area in areas} <= hosting:
            raise serializers.ValidationError(
                [_("Choose at most three of the areas whose municipalities offer a place.")]
            )
        return areas


class StartedSerializer(CleanSerializer):
    generation = RelatedId(queryset=Generation.objects.all())


class ApplicationLackSerializer(serializers.Serializer):
    section = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ApplicationCheckSerializer(serializers.Serializer):
    complete = serializers.BooleanField()
    missing = ApplicationLackSerializer(many=True)


class ConsentSerializer(serializers.Serializer):
    """One thing agreed to, under an edition of the notice."""

    purpose = serializers.CharField()
    notice = serializers.IntegerField(source="notice.edition")
    given_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class ConsentsSerializer(CleanSerializer):
    has_read = StrictBooleanField(required=False)
    purposes = Choices(choices=Purpose.choices)
    notice = serializers.IntegerField(source="notice.edition", read_only=True, allow_null=True, default=None)
    given = ConsentSerializer(many=True, read_only=True)


class MemberScoreSerializer(CleanSerializer):
    criterion = RelatedId(queryset=SelectionCriterion.objects.all())
    score = StrictDecimalField(max_digits=5, decimal_places=2, min_value=0)


class EvaluationSerializer(WithoutCitizenNumbers, CleanSerializer):
    """One member's scores of one applicant at the present stage; a draft until it is sent."""

    stage = serializers.CharField(read_only=True)
    scores = MemberScoreSerializer(many=True, max_length=40)
    note = StrictCharField(max_length=4000, required=False, allow_blank=True)
    send = StrictBooleanField(required=False, write_only=True)
    total = serializers.DecimalField(max_digits=6, decimal_places=2, read_only=True)
    sent_at = serializers.DateTimeField(read_only=True)


class SentScoreSerializer(serializers.Serializer):
    """A score as the applicant sees it: not who gave it."""

    evaluation = serializers.IntegerField()
    stage = serializers.CharField()
    criterion = serializers.CharField()
    score = serializers.CharField()
    max_score = serializers.IntegerField()


class ScoresSerializer(serializers.Serializer):
    score = serializers.CharField(allow_null=True)
    scores = SentScoreSerializer(many=True)


class ReadingSerializer(serializers.Serializer):
    """That somebody looked at what is personal: when, in which post, and at what."""

    at = serializers.DateTimeField()
    role = serializers.CharField()
    what = serializers.CharField()


class ReadingsSerializer(serializers.Serializer):
    readings = ReadingSerializer(many=True)


class ApplicationViewSet(Steps, WritesGiven, Visible, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """One's own applications and those that one handles. Names and contacts are read one by one, under `person/`."""

    queryset = Application.objects.select_related("generation", "place", "home_province").prefetch_related("choices")
    serializer_class = AmbassadorApplicationSerializer
    filterset_class = ApplicationFilter
    lifecycle = APPLICATION
    columns = exports.APPLICATIONS
    permissions = {"conflict": "training.score_application"} | dict.fromkeys(
        ["evaluation", "evaluate"], "training.score_application"
    )
    own_actions = {"update", "partial_update", "check", "consents", "consent", "scores", "data", "erase", "readings"}
    tagged_actions = Door.tagged_actions | {"consent"}
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]
    ordering_fields = ["number", "score", "submitted_at"]

    def ask(self, obj):
        super().ask(obj)
        if obj is not None and self.action in self.own_actions and obj.applicant_id != self.request.user.pk:
            raise PermissionDenied(_("This is between the applicant and the portal."))

    def get_serializer(self, *args, **kwargs):
        is_own = bool(args) and getattr(args[0], "applicant_id", None) == self.request.user.pk
        if is_own or self.action in {"update", "partial_update"}:
            kwargs.setdefault("context", self.get_serializer_context())
            return OwnApplicationSerializer(*args, **kwargs)
        return super().get_serializer(*args, **kwargs)

    @extend_schema(
        request=StartedSerializer,
        responses={
            200: OpenApiResponse(OwnApplicationSerializer, description="The draft that was begun before."),
            201: OwnApplicationSerializer,
        },
    )
    def create(self, request, *args, **kwargs):
        """Begin an application, or go on with the one begun."""
        generation = self.given(StartedSerializer)["generation"]
        is_new = not Application.objects.filter(generation=generation, applicant=request.user).exists()
        self.object = self.unnarrowed().get(pk=applying.begin(generation, by=request.user).pk)
        return Response(self.get_serializer(self.object).data, status=201 if is_new else 200)

    @extend_schema(request=OwnApplicationSerializer, responses=OwnApplicationSerializer)
    def update(self, request, *args, **kwargs):
        """Write what is given of one's own application; a draft may leave anything out."""
        return super().update(request, *args, **kwargs)

    @extend_schema(request=OwnApplicationSerializer, responses=OwnApplicationSerializer)
    def partial_update(self, request, *args, **kwargs):
        """Write what is given of one's own application; a draft may leave anything out."""
        return super().partial_update(request, *args, **kwargs)

    def perform_update(self, serializer):
        application, given = serializer.instance, dict(serializer.validated_data)
        version = match(self.request, application)
        areas = given.pop("areas", None)
        with race_as_412(application):
            for section in self.sections_of(given, areas):
                values = {name: given[name] for name in SECTION_FIELDS.get(section, ()) if name in given}
                typed = {name: text for name, text in application.typed.get(section, {}).items() if name not in values}
                more = {"areas": areas} if section == ApplicationSection.AREAS else {}
                application = applying.write(
                    application, section, by=self.request.user, version=version, values=values, typed=typed, **more
                )
                version = application.version
        self.object = serializer.instance = self.unnarrowed().get(pk=application.pk)

    def sections_of(self, given, areas):
        """The sections that a write touches; each is refused as on its page."""
        found = [section for section, names in SECTION_FIELDS.items() if not set(names).isdisjoint(given)]
        return found if areas is None else [*found, ApplicationSection.AREAS]

    # What the applicant asks

    @extend_schema(responses=ApplicationCheckSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request, **kwargs):
        """What still keeps the application from being sent."""
        lacks = applying.what_is_missing(self.get_object())
        return Response({"complete": not lacks, "missing": lacks})

    @extend_schema(responses=ConsentsSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def consents(self, request, **kwargs):
        """Whether the notice is read, and what is agreed to beyond the selection, with all that was withdrawn."""
        return Response(self.consents_of(self.get_object()))

    @extend_schema(request=ConsentsSerializer, responses=ConsentsSerializer)
    @consents.mapping.put
    def consent(self, request, **kwargs):
        """Agree to exactly these purposes; what is left out is withdrawn. Possible in every state."""
        application = self.get_object()
        given = self.given(ConsentsSerializer)
        claim(request, application)
        self.object = applying.set_consents(
            application, given["purposes"], by=request.user, has_read=given.get("has_read")
        )
        return Response(self.consents_of(self.object))

    def consents_of(self, application):
        rows = list(application.consents.select_related("notice").order_by("pk"))
        return ConsentsSerializer(
            {
                "has_read": application.notice_id is not None, "notice": application.notice, "given": rows,
                "purposes": [row.purpose for row in rows if row.withdrawn_at is None],
            }
        ).data  # fmt: skip

    @extend_schema(responses=ScoresSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def scores(self, request, **kwargs):
        """The scores, without who gave them, once it is decided."""
        application = self.get_object()
        if not privacy.may_see_scores(application, request.user):
            raise Refused(_("Scores are shown once it is decided."), code="not_decided_yet", state=application.state)
        score = application.score if application.score is None else str(application.score)
        return Response({"score": score, "scores": privacy.scores_of(application)})

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def data(self, request, **kwargs):
        """Everything that is kept about the applicant with this application."""
        return Response(privacy.export(self.get_object()))

    @extend_schema(responses=ReadingsSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def readings(self, request, **kwargs):
        """Who looked at what is personal in it, by post."""
        found = privacy.readings_of(self.get_object())
        return Response(ReadingsSerializer({"readings": found}).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], pagination_class=None)
    def erase(self, request, **kwargs):
        """Erase the applicant's data for good; an application that still runs is withdrawn.

        While the person serves, what the contract needs stays until the service has ended.
        """
        application = self.get_object()
        self.given(Nothing)
        privacy.erase(application, by=request.user)
        return HttpResponse(status=204)

    # What those ask who handle it

    @extend_schema(responses=dict, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def person(self, request, **kwargs):
        """What is personal in an application: one's own, or on record for officers of the programme."""
        application = self.get_object()
        if application.applicant_id != request.user.pk:
            if not request.user.has_perm(READS_PERSONAL, application):
                self.permission_denied(request)
            privacy.note_reading(application, by=request.user, what="application")
        return Response({name: getattr(application, name) for name in PERSONAL})

    @extend_schema(responses=EvaluationSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def evaluation(self, request, **kwargs):
        """The caller's own scores at the present stage."""
        application = self.get_object()
        found = Evaluation.objects.filter(
            application=application, member=request.user, stage=selection.stage_of(application) or ""
        ).first()
        return Response(self.evaluation_of(found))

    @extend_schema(request=EvaluationSerializer, responses=EvaluationSerializer)
    @evaluation.mapping.put
    def evaluate(self, request, **kwargs):
        """Keep the caller's scores as a draft; with `send` they count and stay."""
        application = self.get_object()
        given = self.given(EvaluationSerializer)
        found = selection.score(
            application, by=request.user, scores={row["criterion"]: row["score"] for row in given["scores"]},
            note=given.get("note", ""), send=given.get("send", False),
        )  # fmt: skip
        return Response(self.evaluation_of(found))

    def evaluation_of(self, evaluation):
        if evaluation is None:
            return {"stage": "", "scores": [], "note": "", "total": None, "sent_at": None}
        scores = evaluation.scores.select_related("criterion").order_by("criterion__position", "pk")
        row = {name: getattr(evaluation, name) for name in ("stage", "note", "total", "sent_at")}
        return EvaluationSerializer({**row, "scores": scores}).data

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], pagination_class=None)
    def conflict(self, request, **kwargs):
        """Declare a conflict of interest: the application is gone for the caller, and so are their scores."""
        application = self.get_object()
        self.given(Nothing)
        selection.declare_conflict(application, by=request.user)
        return HttpResponse(status=204)


class ApplicationDocumentSerializer(WithFile, CleanModelSerializer):
    file = Upload(only=applying.PAPERS)

    class Meta:
        model = ApplicationDocument
        fields = ["id", "kind", "file", "uploaded_at"]
        read_only_fields = ["uploaded_at"]

    def validate(self, attrs):
        return attrs


class ApplicationDocumentViewSet(
    Files, Beneath, mixins.CreateModelMixin, mixins.DestroyModelMixin, mixins.RetrieveModelMixin,
    mixins.ListModelMixin, GenericViewSet,
):  # fmt: skip
    """Papers, as form data: `kind` and `file`. For the applicant, and on record for officers of the programme."""

    queryset = ApplicationDocument.objects.filter(removed_at=None).select_related("file", "application__generation")
    serializer_class = ApplicationDocumentSerializer
    parser_classes = JSON_OR_FORM[1:]
    parent_queryset = Application.objects.select_related("generation")
    parent_field, parent_kwarg = "application", "application_id"

    def ask(self, obj):
        """The applicant's papers: written by them alone, read on record by officers of the programme."""
        user, application = self.request.user, self.parent
        if application.applicant_id == user.pk:
            return
        if self.action in {"create", "destroy"} or not user.has_perm(READS_PERSONAL, application):
            raise PermissionDenied
        if obj is not None or self.action == "list":
            what = f"document {obj.kind}" if obj is not None else "documents"
            privacy.note_reading(application, by=user, what=what)

    def perform_create(self, serializer):
        given = serializer.validated_data
        made = applying.add_document(self.parent, given["file"], by=self.request.user, kind=given["kind"])
        self.wrote(serializer, made)

    def perform_destroy(self, document):
        claim(self.request, self.parent)
        applying.remove_document(document, by=self.request.user)
        self.__dict__.pop("parent", None)
