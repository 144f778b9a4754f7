"""The committee's meetings, under which recommendations are recorded."""

from django.db.models import Prefetch
from rest_framework import mixins, serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from budgets.api.fields import Files, Texts, Upload, WholeRow, WithFile
from budgets.api.nested import race_as_412
from budgets.deciding import meetings
from budgets.models import Absence, Meeting, Proposal
from portal import files
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import CleanModelSerializer, StrictCharField
from portal.api.views import Visible, match

MOST_PRESENT = 200


class AbsenceSerializer(WholeRow, CleanModelSerializer):
    class Meta:
        model = Absence
        fields = ["person", "proposal", "note"]

    def get_fields(self):
        fields = super().get_fields()
        fields["proposal"].queryset = Proposal.objects.visible_to(self.context["request"].user)
        return fields


class ConflictsField(serializers.ListField):
    """Who left the room for which case; of cases that the reader may see."""

    def __init__(self, **kwargs):
        super().__init__(child=AbsenceSerializer(), **{"max_length": 500, **kwargs})

    def get_attribute(self, meeting):
        return meeting.conflicts_seen


class MeetingSerializer(WithFile, CleanModelSerializer):
    file_field = "minutes"
    present = Texts(longest=160, max_length=MOST_PRESENT, required=False)
    conflicts = ConflictsField(required=False)
    minutes = Upload(required=False, only={"pdf"})
    number = StrictCharField(max_length=80)

    class Meta:
        model = Meeting
        fields = ["id", "round", "number", "on", "present", "conflicts", "minutes", "version", "recorded_at"]
        read_only_fields = ["version", "recorded_at"]

    def clean_instance(self, values):
        super().clean_instance({name: value for name, value in values.items() if name != "conflicts"})


class MeetingViewSet(Files, Visible, mixins.CreateModelMixin, mixins.UpdateModelMixin, ReadOnlyModelViewSet):
    """Meetings, for those who know what the committee thinks; recorded by its secretary.

    `minutes` is a PDF, sent as form data. Number, date and round stand fast once a case was decided there.
    """

    queryset = Meeting.objects.select_related("minutes")
    serializer_class = MeetingSerializer
    parser_classes = JSON_OR_FORM
    permissions = dict.fromkeys(["create", "update", "partial_update"], "budgets.change_meeting")
    http_method_names = ["get", "post", "patch", "head", "options"]
    filterset_fields = ["round"]
    lookup_value_regex = "[0-9]+"
    file_field = "minutes"
    ordering = ["-on", "-pk"]

    def get_queryset(self):
        seen = Absence.objects.filter(proposal__in=Proposal.objects.visible_to(self.request.user))
        return super().get_queryset().prefetch_related(Prefetch("conflicts", seen, to_attr="conflicts_seen"))

    def perform_create(self, serializer):
        made = meetings.record(by=self.request.user, **self.given(serializer))
        self.object = serializer.instance = self.get_queryset().get(pk=made.pk)

    def perform_update(self, serializer):
        meeting = serializer.instance
        version = match(self.request, meeting)
        given = self.given(serializer)
        with race_as_412(meeting):
            meetings.change(meeting, by=self.request.user, version=version, **given)
        self.object = serializer.instance = self.get_queryset().get(pk=meeting.pk)

    def given(self, serializer):
        """What was sent, with the minutes stored."""
        fields = dict(serializer.validated_data)
        if upload := fields.pop("minutes", None):
            fields["minutes"] = files.store(upload, by=self.request.user, only={"pdf"})
        return fields
