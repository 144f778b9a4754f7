"""Rounds: public once open, set up by programme managers."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet

from budgets import setup
from budgets.api.fields import Choices, Files, FiscalYear, RelatedIds, Texts, Upload, WholeRow, WithFile
from budgets.api.figures import NARROWING, Summaries
from budgets.api.nested import WRITES, race_as_412
from budgets.deciding import extending
from budgets.filters import RoundFilter
from budgets.lifecycle import ROUND
from budgets.models import (
    Criterion,
    DocumentRequirement,
    ExpenseCategory,
    Extension,
    FocusTheme,
    PriceEdition,
    Round,
    Rubric,
)
from budgets.states import Channel
from portal import files
from portal.api.parsers import JSON_OR_FORM
from portal.api.problems import Refusal
from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictCharField, StrictIntegerField
from portal.api.views import Door, Nested, Steps, Visible, match
from portal.exports import Column
from portal.states import LocalGovernmentKind, SmartDimension

ROUNDS = r"rounds/(?P<round_id>[0-9]+)"


# The round itself


class DocumentSerializer(WholeRow, CleanModelSerializer):
    class Meta:
        model = DocumentRequirement
        fields = ["kind", "name_th", "name_en", "when", "theme"]


class RoundSerializer(CleanModelSerializer):
    fiscal_year = FiscalYear()
    kinds = Choices(choices=LocalGovernmentKind.choices, required=False)
    channels = Choices(choices=Channel.choices, required=False)
    categories = RelatedIds(queryset=ExpenseCategory.objects.all(), required=False)
    editions = RelatedIds(queryset=PriceEdition.objects.all(), required=False)
    documents = DocumentSerializer(many=True, required=False, max_length=100)

    class Meta:
        model = Round
        fields = ["id", "fiscal_year", "name_th", "name_en", "state", "version", "opens_at", "closes_at"]
        fields += ["screening_due_on", "review_due_on", "announces_on", "ceiling_baht", "kinds", "channels"]
        fields += ["plan_window", "accepts_expected_plan", "return_working_days", "appeal_working_days"]
        fields += [
            "reviewers_per_proposal",
            "needs_trained_person",
            "categories",
            "editions",
            "documents",
            "announced_at",
        ]
        fields += ["act_reference", "request_reference", "copied_from", "created_at"]
        read_only_fields = ["state", "version", "announced_at", "act_reference", "request_reference"]
        read_only_fields += ["copied_from", "created_at"]


class CopySerializer(CleanSerializer):
    fiscal_year = FiscalYear()
    name_th = StrictCharField(max_length=200)
    name_en = StrictCharField(max_length=200, required=False, allow_blank=True)


class AnchorSerializer(CleanSerializer):
    score = StrictIntegerField(min_value=0, max_value=1000)
    text_th = StrictCharField(max_length=1000)
    text_en = StrictCharField(max_length=1000, required=False, allow_blank=True)


class CriterionSerializer(CleanModelSerializer):
    anchors = AnchorSerializer(many=True, required=False, max_length=50)

    class Meta:
        model = Criterion
        fields = ["id", "name_th", "name_en", "max_score", "anchors"]


class RubricSerializer(CleanModelSerializer):
    criteria = CriterionSerializer(many=True, allow_empty=False, max_length=50)
    reason = StrictCharField(max_length=300, required=False, write_only=True)

    class Meta:
        model = Rubric
        fields = ["number", "criteria", "pass_mark", "spread_limit", "justify_below_pct", "justify_above_pct"]
        fields += ["published_at", "reason"]
        read_only_fields = ["number", "published_at"]


class RoundViewSet(Summaries, Visible, Steps, ModelViewSet):
    """Rounds of the yearly and special budgets; those being planned are for the people who prepare them."""

    queryset = Round.objects.prefetch_related("categories", "editions", "documents")
    serializer_class = RoundSerializer
    lifecycle = ROUND
    is_public = True
    permissions = dict.fromkeys(["create", "update", "partial_update", "copy", "set_rubric"], "budgets.change_round")
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    tagged_actions = Steps.tagged_actions | {"rubric", "set_rubric", "copy"}
    lookup_value_regex = "[0-9]+"
    filterset_class = RoundFilter
    ordering = ["-fiscal_year", "-pk"]
    ordering_fields = {"fiscal_year": "fiscal_year", "opens_at": "opens_at", "closes_at": "closes_at", "id": "pk"}

    def known_parameters(self):
        return set(NARROWING) if self.action == "summary" else super().known_parameters()

    def perform_create(self, serializer):
        fields = dict(serializer.validated_data)
        documents = fields.pop("documents", None)
        named = {name: fields.pop(name) for name in ("fiscal_year", "name_th", "name_en") if name in fields}
        round = setup.new_round(by=self.request.user, **named)
        if fields:
            setup.change_round(round, by=self.request.user, **fields)
        self.answer(serializer, round, documents)

    def perform_update(self, serializer):
        round, fields = serializer.instance, dict(serializer.validated_data)
        documents = fields.pop("documents", None)
        version = match(self.request, round)
        with race_as_412(round):
            setup.change_round(round, by=self.request.user, version=version, **fields)
        self.answer(serializer, round, documents)

    def answer(self, serializer, round, documents):
        """Make the checklist what was given, if it was, and answer the round as it is then."""
        if documents is not None:
            self.write_checklist(round, documents)
        self.object = serializer.instance = self.queryset.all().get(pk=round.pk)

    def write_checklist(self, round, documents):
        present = {document.kind: document for document in DocumentRequirement.objects.filter(round=round)}
        wanted = {row.get("kind"): row for row in documents}
        if len(wanted) != len(documents):
            raise serializers.ValidationError({"documents": [_("Name each kind of document once.")]})
        for kind in present.keys() - wanted.keys():
            setup.remove_document(present[kind], by=self.request.user)
        for kind, row in wanted.items():
            setup.save_document(round, by=self.request.user, document=present.get(kind), **row)

    @extend_schema(request=CopySerializer, responses={201: RoundSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request, **kwargs):
        """A new round in planning, with the themes, rubric, checklist and rules of this one."""
        source = self.get_object()
        given = CopySerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        copied = setup.copy_round(source, by=request.user, **given.validated_data)
        self.object = self.queryset.all().get(pk=copied.pk)
        return Response(self.get_serializer(self.object).data, status=201)

    @extend_schema(responses=RubricSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def rubric(self, request, **kwargs):
        """The rubric in force, with what its scores mean."""
        return self.answer_rubric(self.get_object())

    @extend_schema(request=RubricSerializer, responses=RubricSerializer)
    @rubric.mapping.put
    def set_rubric(self, request, **kwargs):
        """Write the rubric of a round in planning; later, until the first review, publish a new edition."""
        round = self.get_object()
        given = RubricSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        version = match(request, round)
        with race_as_412(round):
            setup.save_rubric(round, by=request.user, version=version, **given.validated_data)
        return self.answer_rubric(round)

    def answer_rubric(self, round):
        self.object = round
        rubric = round.rubric()
        if rubric is None:
            raise Refusal(404, "not_found", _("This round has no rubric yet."))
        return Response(RubricSerializer(rubric).data)


# What belongs to a round


class OfRound(Nested):
    """Anything beneath a round. The round's ETag stands for it."""

    parent_queryset = Round.objects.all()
    parent_field, parent_kwarg = "round", "round_id"
    lookup_value_regex = "[0-9]+"
    tagged_actions = Nested.tagged_actions | {"destroy", "revise"}
    ordering = ["pk"]


class ThemeSerializer(CleanModelSerializer):
    code = StrictCharField(max_length=30, required=False)
    dimensions = Choices(choices=SmartDimension.choices, required=False)
    required_kpis = Texts(longest=255, required=False)

    class Meta:
        model = FocusTheme
        fields = ["id", "code", "position", "edition", "name_th", "name_en", "description_th", "description_en"]
        fields += ["dimensions", "ceiling_baht", "min_baht", "max_baht", "required_kpis"]
        read_only_fields = ["position", "edition"]


class RevisionSerializer(ThemeSerializer):
    code = StrictCharField(read_only=True)
    reason = StrictCharField(max_length=300, write_only=True)

    class Meta(ThemeSerializer.Meta):
        fields = [*ThemeSerializer.Meta.fields, "reason"]
        extra_kwargs = {"name_th": {"required": False}}


class ThemeViewSet(OfRound, ModelViewSet):
    """The focus themes of a round: written while it is planned, later changed by published editions."""

    queryset = FocusTheme.objects.all()
    serializer_class = ThemeSerializer
    is_public = True
    permissions = dict.fromkeys([*WRITES, "revise"], "budgets.change_round")
    ordering = ["position"]
    columns = [
        Column(_("Code"), "code", "code"),
        Column(_("Name in Thai"), "name_th"),
        Column(_("Name in English"), "name_en"),
        Column(_("Theme ceiling (baht)"), "ceiling_baht", "money"),
        Column(_("Least amount (baht)"), "min_baht", "money"),
        Column(_("Largest amount (baht)"), "max_baht", "money"),
    ]

    def perform_create(self, serializer):
        theme = setup.save_theme(self.parent, by=self.request.user, **serializer.validated_data)
        self.object = serializer.instance = theme

    def perform_update(self, serializer):
        version, fields = match(self.request, self.parent), serializer.validated_data
        with race_as_412(self.parent):
            theme = setup.save_theme(
                self.parent, by=self.request.user, theme=serializer.instance, version=version, **fields
            )
        self.object = serializer.instance = theme

    def perform_destroy(self, instance):
        version = match(self.request, self.parent)
        instance.round = self.parent
        with race_as_412(self.parent):
            setup.remove_theme(instance, by=self.request.user, version=version)

    @extend_schema(request=RevisionSerializer, responses=ThemeSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request, **kwargs):
        """Publish a new edition of a theme of an open round, with the reason; submitted proposals keep theirs."""
        theme = self.get_object()
        given = RevisionSerializer(theme, data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        version = match(request, self.parent, is_required=False)
        theme.round = self.parent
        with race_as_412(self.parent):
            self.object = setup.revise_theme(theme, by=request.user, version=version, **given.validated_data)
        return Response(self.get_serializer(self.object).data)


class ExtensionSerializer(WithFile, CleanModelSerializer):
    file_field = "letter"
    letter = Upload(required=False, only={"pdf"})

    class Meta:
        model = Extension
        fields = ["id", "local_government", "proposal", "until", "authority", "letter_no", "reason", "letter"]
        fields += ["granted_at"]
        read_only_fields = ["granted_at"]


class ExtensionViewSet(Files, OfRound, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """More time for one local government; told to those who see its cases, granted by DLA."""

    queryset = Extension.objects.select_related("letter")
    serializer_class = ExtensionSerializer
    parser_classes = JSON_OR_FORM
    permissions = {"create": "budgets.grant_extension"}
    file_field = "letter"
    ordering = ["-pk"]

    def get_queryset(self):
        return super().get_queryset().seen_by(self.request.user)

    def perform_create(self, serializer):
        fields, by = dict(serializer.validated_data), self.request.user
        if upload := fields.pop("letter", None):
            fields["letter"] = files.store(upload, by=by, only={"pdf"})
        self.object = serializer.instance = extending.extend(self.parent, by=by, **fields)


# What rounds choose from


class CategorySerializer(CleanModelSerializer):
    class Meta:
        model = ExpenseCategory
        fields = ["id", "code", "parent", "name_th", "name_en", "valid_from", "valid_to"]


class CategoryViewSet(Door, ReadOnlyModelViewSet):
    """Heads of expenditure."""

    queryset = ExpenseCategory.objects.all()
    serializer_class = CategorySerializer
    is_public = True
    lookup_value_regex = "[0-9]+"
    ordering = ["position"]
    ordering_fields = ["position", "code"]


class EditionSerializer(CleanModelSerializer):
    class Meta:
        model = PriceEdition
        fields = ["id", "standard", "name_th", "name_en", "issued_on", "valid_to"]


class EditionViewSet(Door, ReadOnlyModelViewSet):
    """Editions of the price standards."""

    queryset = PriceEdition.objects.all()
    serializer_class = EditionSerializer
    is_public = True
    lookup_value_regex = "[0-9]+"
    ordering = ["standard", "-issued_on"]
    ordering_fields = ["standard", "issued_on"]
