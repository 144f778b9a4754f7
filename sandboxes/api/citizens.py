"""Residents: told and asked, heard and answered; and what is done when the pilot ends."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.api.fields import Files, Upload, WithFile
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictCharField
from sandboxes import citizens, exits
from sandboxes.api.nested import Adds, Deeds
from sandboxes.models import ClosingItem, Feedback, ResidentNotice


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


class PilotFeedbackSerializer(CleanModelSerializer):
    """A letter without the citizen's contact, which stands on the page of those who answer."""

    class Meta:
        model = Feedback
        fields = ["id", "kind", "tracking_no", "text", "received_at", "due_on", "answer", "answered_at"]
        read_only_fields = [name for name in fields if name not in {"kind", "text"}]

    def clean_instance(self, values):
        """The domain's function asks the model."""


class PilotAnswerSerializer(CleanSerializer):
    text = StrictCharField(max_length=4000)


class FeedbackViewSet(Deeds, Adds):
    """What citizens say of the pilot; POST takes down what somebody said, for instance by telephone."""

    queryset = Feedback.objects.select_related("pilot__local_government")
    serializer_class = PilotFeedbackSerializer
    permissions = {"create": "sandboxes.answer_feedback", "answer": "sandboxes.answer_feedback"}
    ordering = ["-id"]
    ordering_fields = {"id": "pk"}

    def add(self, given):
        return citizens.give_feedback(self.parent, **given)

    @extend_schema(request=PilotAnswerSerializer, responses=PilotFeedbackSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def answer(self, request, **kwargs):
        """Answer a citizen; said once."""
        return self.deed(PilotAnswerSerializer, lambda row, text: citizens.answer(row, by=request.user, text=text))


class PilotClosingItemSerializer(serializers.ModelSerializer):
    id = serializers.CharField()
    label = serializers.CharField()

    class Meta:
        model = ClosingItem
        fields = ["id", "code", "label", "due_on", "done_on", "note"]
        read_only_fields = fields


class PilotDoneSerializer(CleanSerializer):
    note = StrictCharField(max_length=4000)
    file = Upload(required=False)


class ClosingViewSet(Deeds, ReadOnlyModelViewSet):
    """The closing checklist of a pilot that has ended."""

    queryset = ClosingItem.objects.select_related("pilot__local_government")
    serializer_class = PilotClosingItemSerializer
    permissions = {"done": "sandboxes.close_pilot"}

    @extend_schema(request=PilotDoneSerializer, responses=PilotClosingItemSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, parser_classes=JSON_OR_FORM)
    def done(self, request, **kwargs):
        """Record that an item was done, and how."""
        return self.deed(PilotDoneSerializer, lambda row, **given: exits.finish_item(row, by=request.user, **given))
