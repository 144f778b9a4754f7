"""The register's endpoints: changes by the Gazette (public once in effect), and reports that something is wrong."""

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.api.parsers import SafeJSONParser, SafeMultiPartParser
from portal.api.routes import register
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictDateField,
    UserName,
)
from portal.api.views import Door, Visible
from portal.models import NationalList, PlaceChange, PlaceReport
from portal.register import changes, relisting
from portal.register.changes_views import ChangeList
from portal.states import ChangeKind


class PlaceChangeFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=ChangeKind.choices)
    place = django_filters.NumberFilter(field_name="place", min_value=1, max_value=2**63 - 1)
    since = django_filters.DateFilter(field_name="on", lookup_expr="gte", label=_("In effect from this day on"))


class PlaceChangeSerializer(CleanModelSerializer):
    cases = serializers.ListField(child=StrictCharField(max_length=80), max_length=1000, required=False)

    class Meta:
        model = PlaceChange
        fields = [
            "id",
            "kind",
            "place",
            "into",
            "name_th",
            "name_en",
            "new_kind",
            "code",
            "district",
            "subdistrict",
            "cases",
        ]
        fields += ["on", "gazette_ref", "recorded_at", "taken_at"]
        read_only_fields = ["recorded_at", "taken_at"]

    def clean_instance(self, values):
        """`changes.announce` asks the model, once who may is known."""


class PlaceChangeViewSet(Visible, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Changes of the register: in effect for everybody, waiting for their day for DLA, which records them.

    What a change takes, by `kind`: `add` name_th, new_kind, code, district · `rename` place, name_th, perhaps code ·
    `upgrade` place, name_th, new_kind, perhaps code · `merge` place, into · `split` place,
    name_th, new_kind, code, district, perhaps `cases`, the open cases that go to the new one
    (`budgets.proposal:12`) · `close` place. One whose day has come is
    in effect at once.
    """

    is_public = True
    queryset = PlaceChange.objects.all()
    serializer_class = PlaceChangeSerializer
    filterset_class = PlaceChangeFilter
    permissions = dict.fromkeys(["create", "withdraw"], "portal.change_place")
    ordering = ["-on", "-pk"]
    columns = ChangeList.columns
    lookup_value_regex = "[0-9]+"

    def perform_create(self, serializer):
        made = changes.announce(by=self.request.user, **serializer.validated_data)
        self.object = serializer.instance = made

    @extend_schema(request=None, responses=PlaceChangeSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, **kwargs):
        """Take back a change that still waits."""
        change = self.get_object()
        self.given(CleanSerializer)
        change = changes.withdraw(change, by=request.user)
        return Response(self.get_serializer(change).data)


class PlaceReportSerializer(CleanModelSerializer):
    sent_by = UserName(read_only=True)
    text = StrictCharField(max_length=2000)

    class Meta:
        model = PlaceReport
        fields = ["id", "local_government", "text", "sent_by", "sent_at", "answer", "is_corrected", "answered_at"]
        read_only_fields = ["sent_at", "answer", "is_corrected", "answered_at"]


class ReportAnswerSerializer(CleanSerializer):
    answer = StrictCharField(max_length=2000)
    is_corrected = StrictBooleanField()


class PlaceReportFilter(django_filters.FilterSet):
    is_answered = django_filters.BooleanFilter(field_name="answered_at", lookup_expr="isnull", exclude=True)


class PlaceReportViewSet(Door, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """What offices say is wrong in the register, and DLA's answers: DLA sees all, others their own."""

    queryset = PlaceReport.objects.select_related("sent_by")
    serializer_class = PlaceReportSerializer
    filterset_class = PlaceReportFilter
    permissions = {"answer": "portal.change_place"}
    ordering = ["-pk"]
    lookup_value_regex = "[0-9]+"

    def get_queryset(self):
        seen = changes.reports_of(self.request.user)
        return super().get_queryset().filter(pk__in=seen.values("pk"))

    def perform_create(self, serializer):
        given = serializer.validated_data
        sent = changes.report(given["local_government"], text=given["text"], by=self.request.user)
        self.object = serializer.instance = sent

    @extend_schema(request=ReportAnswerSerializer, responses=PlaceReportSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, **kwargs):
        """DLA's answer, once; the sender is told."""
        sent = self.get_object()
        given = ReportAnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = changes.answer(sent, by=request.user, **given.validated_data)
        return Response(self.get_serializer(sent).data)


class NationalListSerializer(CleanModelSerializer):
    name = serializers.CharField(source="file.name", read_only=True)
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    file = serializers.FileField(write_only=True)

    class Meta:
        model = NationalList
        fields = ["id", "file", "name", "sha256", "uploaded_at"]
        read_only_fields = ["uploaded_at"]

    def clean_instance(self, values):
        """`relisting.upload` reads the file, and keeps nothing of one that it cannot read."""


class DifferenceSerializer(serializers.Serializer):
    """One way in which the list and the register differ; `key` accepts it while `is_offered`."""

    key = serializers.CharField()
    group = serializers.ChoiceField(list(relisting.GROUPS))
    is_offered = serializers.BooleanField()
    place = RelatedId(read_only=True)
    name_th = serializers.CharField(source="name")
    code = serializers.CharField(source="listed.code", default=None)
    line = serializers.IntegerField()
    said = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class AcceptSerializer(CleanSerializer):
    rows = serializers.ListField(child=StrictCharField(max_length=60), max_length=1000)
    on = StrictDateField()
    gazette_ref = StrictCharField(max_length=160)


class NationalListViewSet(Door, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Lists of local governments, compared with the register, for DLA. `file` is a CSV, sent as form data."""

    queryset = NationalList.objects.select_related("file")
    serializer_class = NationalListSerializer
    parser_classes = [SafeJSONParser, SafeMultiPartParser]
    permissions = dict.fromkeys(["list", "retrieve", "create", "differences", "accept"], "portal.change_place")
    ordering = ["-pk"]
    lookup_value_regex = "[0-9]+"

    def perform_create(self, serializer):
        made = relisting.upload(serializer.validated_data["file"], by=self.request.user)
        self.object = serializer.instance = made

    @extend_schema(responses=DifferenceSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def differences(self, request, **kwargs):
        """Everything that differs today, and how many rows agree."""
        found = relisting.compare(self.get_object())
        rows = DifferenceSerializer(list(found), many=True).data
        return Response({"rows": found.rows, "same": found.same, "results": rows})

    @extend_schema(request=AcceptSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, **kwargs):
        """Accept differences by their keys, all or none: how many are in effect, and how many wait."""
        national = self.get_object()
        given = AcceptSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = dict(given.validated_data)
        taken, waiting = relisting.accept(national, facts.pop("rows"), by=request.user, **facts)
        return Response({"in_effect": taken, "waiting": waiting})


def add_routes():
    """Serve all of these. Called once, by `portal.api.urls`."""
    register("place-changes", PlaceChangeViewSet)
    register("place-reports", PlaceReportViewSet)
    register("national-lists", NationalListViewSet)
