"""An ambassador's service: reports, projects, leave, what is handed over, and the mentor."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictCharField, UserName
from portal.api.views import Steps, Visible, WritesGiven, claim, match, race_as_412
from portal.models import User
from training import exports, privacy, service
from training.api.kit import Beneath, Nothing, WithoutCitizenNumbers, month_in
from training.filters import PlacementFilter
from training.forms.programme import people_of
from training.lifecycle import MONTHLY_REPORT, PLACEMENT
from training.models import CityProject, HandoverItem, Leave, MonthlyReport, Placement

PLACEMENTS = r"placements/(?P<placement_id>[0-9]+)"
MANAGES = "training.manage_placement"


class PlacementSerializer(CleanModelSerializer):
    ambassador = serializers.SerializerMethodField()
    mentor = UserName(queryset=User.objects.filter(is_active=True))

    class Meta:
        model = Placement
        fields = ["id", "generation", "local_government", "state", "version", "starts_on", "ends_on", "ended_on"]
        fields += ["place", "replaces", "ambassador", "mentor", "stipend_monthly_baht"]
        read_only_fields = [name for name in fields if name != "mentor"]

    def get_ambassador(self, placement) -> str | None:
        """The user name, for those who work with the ambassador; an auditor reads no names."""
        user = self.context["request"].user
        if placement.ambassador is None or not user.has_perm("training.name_ambassador", placement):
            return None
        return placement.ambassador.username

    def validate_mentor(self, mentor):
        if not people_of(self.instance.local_government).filter(pk=mentor.pk).exists():
            raise serializers.ValidationError([_("The mentor works at this local government.")])
        return mentor


class PlacementCheckSerializer(serializers.Serializer):
    complete = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())


class PlacementViewSet(Steps, WritesGiven, Visible, ReadOnlyModelViewSet):
    """Services that the person may see. `PATCH` gives one another mentor."""

    queryset = Placement.objects.select_related(
        "local_government__province", "ambassador", "mentor", "generation", "application"
    )
    serializer_class = PlacementSerializer
    filterset_class = PlacementFilter
    lifecycle = PLACEMENT
    columns = exports.PLACEMENTS
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]

    def retrieve(self, request, *args, **kwargs):
        """One service; looking at that of somebody else is on record."""
        response = super().retrieve(request, *args, **kwargs)
        if request.user.pk not in {self.object.ambassador_id, self.object.mentor_id}:
            privacy.note_reading(self.object, by=request.user, what="placement")
        return response

    def ask(self, obj):
        """The host names another mentor, or those who run the programme."""
        super().ask(obj)
        if self.action in {"update", "partial_update"} and not service.may_name_mentor(obj, self.request.user):
            raise PermissionDenied(_("The host names another mentor, or those who run the programme."))

    def perform_update(self, serializer):
        placement = serializer.instance
        claim(self.request, placement)
        if "mentor" in serializer.validated_data:
            service.change_mentor(placement, serializer.validated_data["mentor"], by=self.request.user)
        self.object = serializer.instance = self.queryset.all().get(pk=placement.pk)

    @extend_schema(responses=PlacementCheckSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request, **kwargs):
        """What is missing before the service can be completed."""
        lacks = service.lacks(self.get_object())
        return Response({"complete": not lacks, "missing": [str(text) for text in lacks]})


class OfPlacement(Beneath):
    """What stands beneath a service, for those who may see it."""

    parent_queryset = Placement.objects.select_related(
        "local_government__province", "ambassador", "mentor", "generation"
    )
    parent_field, parent_kwarg = "placement", "placement_id"

    def is_the_ambassadors(self):
        """403 for all but the ambassador."""
        if self.parent.ambassador_id != self.request.user.pk:
            raise PermissionDenied(_("The ambassador writes this."))


class StartedReportSerializer(CleanSerializer):
    month = StrictCharField(max_length=7)

    def validate_month(self, text):
        month = month_in(text)
        if month is None:
            raise serializers.ValidationError([_("Give the month as YYYY-MM of the common era.")])
        return month


class MonthlyReportSerializer(WithoutCitizenNumbers, CleanModelSerializer):
    month = serializers.DateField(format="%Y-%m", read_only=True)

    class Meta:
        model = MonthlyReport
        fields = ["id", "month", "state", "version", "work", "results", "problems", "submitted_at", "accepted_at"]
        fields += ["return_reason"]
        read_only_fields = [name for name in fields if name not in {"work", "results", "problems"}]


class MonthlyReportViewSet(Steps, OfPlacement, WritesGiven, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Monthly reports: written by the ambassador, accepted by the mentor. Each has its own version."""

    queryset = MonthlyReport.objects.select_related("placement__local_government", "placement__generation")
    serializer_class = MonthlyReportSerializer
    lifecycle = MONTHLY_REPORT
    ordering = ["month"]

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def ask(self, obj):
        if self.action in {"create", "update", "partial_update"}:
            self.is_the_ambassadors()

    def etag_of(self, report):
        return f'"{report.version}"'

    @extend_schema(request=StartedReportSerializer, responses={201: MonthlyReportSerializer})
    def create(self, request, **kwargs):
        """Begin the report of a month (`2026-11`)."""
        month = self.given(StartedReportSerializer)["month"]
        self.object = service.start_report(self.parent, by=request.user, month=month)
        return Response(self.get_serializer(self.object).data, status=201)

    def perform_update(self, serializer):
        report = serializer.instance
        version = match(self.request, report)
        with race_as_412(report):
            written = service.write_report(report, by=self.request.user, version=version, **serializer.validated_data)
        self.wrote(serializer, written)


class CityProjectSerializer(WithoutCitizenNumbers, CleanModelSerializer):
    class Meta:
        model = CityProject
        fields = ["id", "name_th", "role_th", "case_number", "value_baht", "added_at"]
        read_only_fields = ["added_at"]


class CityProjectViewSet(OfPlacement, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Projects that the ambassador works on; `case_number` names a proposal or pilot."""

    queryset = CityProject.objects.all()
    serializer_class = CityProjectSerializer

    def ask(self, obj):
        if self.action == "create":
            self.is_the_ambassadors()

    def perform_create(self, serializer):
        made = service.add_project(self.parent, by=self.request.user, **serializer.validated_data)
        self.wrote(serializer, made)


class LeaveSerializer(CleanModelSerializer):
    """Days away. Why somebody is away is told to the two themselves and to those who run the programme."""

    class Meta:
        model = Leave
        fields = ["id", "kind", "starts_on", "expected_on", "returned_on", "is_paid", "extends"]
        read_only_fields = fields

    def to_representation(self, leave):
        answer = super().to_representation(leave)
        if not self.context["view"].knows_why:
            answer["kind"] = None
        return answer


class LeaveViewSet(OfPlacement, ReadOnlyModelViewSet):
    """Leaves; the steps `take_leave` and `return` of the service record them."""

    queryset = Leave.objects.all()
    serializer_class = LeaveSerializer
    ordering = ["starts_on"]

    @property
    def knows_why(self):
        user, placement = self.request.user, self.parent
        return user.pk in {placement.ambassador_id, placement.mentor_id} or user.has_perm(MANAGES, placement)


class HandoverSerializer(CleanModelSerializer):
    class Meta:
        model = HandoverItem
        fields = ["id", "text", "done_at"]
        read_only_fields = fields


class HandoverViewSet(OfPlacement, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """What is to be handed over when a service ends early."""

    queryset = HandoverItem.objects.select_related("placement")
    serializer_class = HandoverSerializer

    @extend_schema(request=None, responses=HandoverSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def done(self, request, **kwargs):
        """Tick what was handed over."""
        item = self.get_object()
        self.given(Nothing)
        service.hand_over(item, by=request.user)
        return Response(self.get_serializer(self.queryset.all().get(pk=item.pk)).data)
