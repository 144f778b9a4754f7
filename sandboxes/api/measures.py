"""What is measured: indicators, readings, safeguards reviews and corrected baselines."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.api.fields import Files, Upload, WithFile
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
)
from portal.api.views import match, race_as_412
from sandboxes import changing, measuring
from sandboxes.api.nested import CASES, OPTIONAL, Adds, Deeds, OfPilot
from sandboxes.models import BaselineChange, Indicator, Reading, SafeguardReview
from sandboxes.states import ReviewOutcome

READINGS = rf"{CASES}/indicators/(?P<indicator_id>[0-9]+)/readings"


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


class PilotReviewSerializer(CleanModelSerializer):
    class Meta:
        model = SafeguardReview
        fields = ["id", "reading", "opened_at", "concluded_at", "outcome", "note"]
        read_only_fields = fields


class PilotConclusionSerializer(CleanSerializer):
    outcome = StrictChoiceField(choices=ReviewOutcome.choices)
    note = StrictCharField(max_length=4000)


class ReviewViewSet(Deeds, ReadOnlyModelViewSet):
    """Safeguards reviews: each opened by a reading beyond the stop threshold."""

    queryset = SafeguardReview.objects.select_related("pilot__local_government")
    serializer_class = PilotReviewSerializer
    permissions = {"conclude": "sandboxes.follow_pilot"}

    @extend_schema(request=PilotConclusionSerializer, responses=PilotReviewSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def conclude(self, request, **kwargs):
        """Conclude the review; `pause` pauses the pilot."""
        return self.deed(
            PilotConclusionSerializer, lambda row, **given: measuring.conclude_review(row, by=request.user, **given)
        )


class PilotBaselineSerializer(CleanModelSerializer):
    indicator = RelatedId(queryset=Indicator.objects.all())

    class Meta:
        model = BaselineChange
        fields = ["id", "indicator", "value", "on", "reason", "before", "proposed_at", "decided_at", "is_approved"]
        read_only_fields = ["before", "proposed_at", "decided_at", "is_approved"]

    def validate_indicator(self, indicator):
        if indicator.pilot_id != self.context["view"].parent.pk:
            raise serializers.ValidationError([_("This indicator is of another pilot.")])
        return indicator

    def clean_instance(self, values):
        """The domain's function asks the model."""


class PilotBaselineDecisionSerializer(CleanSerializer):
    is_approved = StrictBooleanField()


class BaselineViewSet(Deeds, Adds):
    """Corrected baselines: proposed by the office, decided by a case officer, before a quarter of the time."""

    queryset = BaselineChange.objects.select_related("indicator__pilot__local_government")
    serializer_class = PilotBaselineSerializer
    parent_field = "indicator__pilot"
    permissions = {"create": "sandboxes.change_pilot", "decide": "sandboxes.follow_pilot"}

    def fixed(self):
        return {}

    def add(self, given):
        return measuring.propose_baseline(given.pop("indicator"), by=self.request.user, **given)

    @extend_schema(request=PilotBaselineDecisionSerializer, responses=PilotBaselineSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def decide(self, request, **kwargs):
        """Approve the proposed baseline, or not."""
        return self.deed(
            PilotBaselineDecisionSerializer,
            lambda row, **given: measuring.decide_baseline(row, by=request.user, **given),
        )
