"""The register's endpoints: changes by the Gazette (public once in effect), and reports that something is wrong."""

import django_filters
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal import changes
from portal.api.routes import register
from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictBooleanField, StrictCharField, UserName
from portal.api.views import Door, Visible
from portal.changes_views import ChangeList
from portal.models import PlaceChange, PlaceReport
from portal.states import ChangeKind


class PlaceChangeFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=ChangeKind.choices)
    place = django_filters.NumberFilter(field_name="place", min_value=1, max_value=2**63 - 1)
    since = django_filters.DateFilter(field_name="on", lookup_expr="gte", label=_("In effect from this day on"))


class PlaceChangeSerializer(CleanModelSerializer):
    class Meta:
        model = PlaceChange
        fields = ["id", "kind", "place", "into", "name_th", "name_en", "new_kind", "code", "district", "subdistrict"]
        fields += ["on", "gazette_ref", "recorded_at", "taken_at"]
        read_only_fields = ["recorded_at", "taken_at"]

    def clean_instance(self, values):
        """`changes.announce` asks the model, once who may is known."""


class PlaceChangeViewSet(Visible, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Changes of the register: in effect for everybody, waiting for their day for DLA, which records them.

    What a change takes, by `kind`: `add` name_th, new_kind, code, district · `rename` place, name_th, perhaps code ·
    `upgrade` place, name_th, new_kind, perhaps code · `merge` place, into · `close` place. One whose day has come is
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
        change = changes.withdraw(self.get_object(), by=request.user)
        return Response(self.get_serializer(change).data)


class PlaceReportSerializer(CleanModelSerializer):
    sent_by = UserName(read_only=True)
    text = StrictCharField(max_length=2000)

    class Meta:
        model = PlaceReport
        fields = ["id", "local_government", "text", "sent_by", "sent_at", "answer", "is_corrected", "answered_at"]
        read_only_fields = ["sent_at", "answer", "is_corrected", "answered_at"]


class AnswerSerializer(CleanSerializer):
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

    @extend_schema(request=AnswerSerializer, responses=PlaceReportSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, **kwargs):
        """DLA's answer, once; the sender is told."""
        sent = self.get_object()
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = changes.answer(sent, by=request.user, **given.validated_data)
        return Response(self.get_serializer(sent).data)


def add_routes():
    """Serve all of these. Called once, by `portal.api.urls`."""
    register("place-changes", PlaceChangeViewSet)
    register("place-reports", PlaceReportViewSet)
