"""Courses, runs, enrolments, and certificates with their public check."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.serializers import CleanSerializer, RelatedId
from portal.api.views import Door, Steps, Visible
from training import badges, credentials, enrolling, exports
from training.api.programme import Own
from training.filters import CourseFilter, CredentialFilter, RunFilter
from training.lifecycle import CREDENTIAL, ENROLMENT, RUN
from training.models import Course, CourseRun, Credential, Enrolment


class CourseSerializer(Own):
    class Meta:
        model = Course
        fields = ["id", "code", "name_th", "name_en", "level", "about_th", "about_en", "hours", "attendance_pct"]
        fields += ["has_mark", "pass_mark", "credential_months", "province"]


class CourseViewSet(Visible, ReadOnlyModelViewSet):
    """The catalogue of courses."""

    is_public = True
    queryset = Course.objects.select_related("province")
    serializer_class = CourseSerializer
    filterset_class = CourseFilter
    lookup_value_regex = "[0-9]+"
    ordering = ["name_sort_key"]


class SessionSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    title_th = serializers.CharField()


class RunSerializer(Own):
    sessions = SessionSerializer(many=True, read_only=True)
    seats_taken = serializers.IntegerField(source="seats.taken", default=0, read_only=True)

    class Meta:
        model = CourseRun
        fields = ["id", "course", "number", "state", "version", "mode", "capacity", "seats_taken", "where_th"]
        fields += ["province", "enrol_until", "is_for_officials", "sessions"]


class RunViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """Runs of courses with their timetable; their steps are for those who conduct them."""

    is_public = True
    queryset = CourseRun.objects.select_related("course", "province", "seats").prefetch_related("sessions")
    serializer_class = RunSerializer
    filterset_class = RunFilter
    lifecycle = RUN
    lookup_value_regex = "[0-9]+"
    ordering = ["-pk"]


class EnrolSerializer(CleanSerializer):
    run = RelatedId(queryset=CourseRun.objects.all())

    def validate_run(self, run):
        visible = CourseRun.objects.visible_to(self.context["request"].user)
        if not visible.filter(pk=run.pk).exists():
            raise serializers.ValidationError(_("There is no such run."))
        return run


class EnrolmentSerializer(Own):
    learner = serializers.CharField(source="learner.full_name", read_only=True)

    class Meta:
        model = Enrolment
        fields = ["id", "run", "learner", "office", "state", "version", "requested_at", "asked_again_at", "mark"]
        fields += ["is_retake"]


class EnrolmentViewSet(Visible, Steps, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Enrolments that the person may see; POST enrols the caller: a seat, or a place on the waiting list."""

    queryset = Enrolment.objects.select_related("run__course", "learner__user", "office")
    serializer_class = EnrolmentSerializer
    lifecycle = ENROLMENT
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]

    @extend_schema(request=EnrolSerializer, responses={201: EnrolmentSerializer})
    def create(self, request, *args, **kwargs):
        given = EnrolSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        made = enrolling.enrol_self(given.validated_data["run"], by=request.user)
        self.object = self.queryset.all().get(pk=made.pk)
        return Response(EnrolmentSerializer(self.object, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=None, responses=EnrolmentSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-again")
    def confirm_again(self, request, **kwargs):
        """The learner still comes although the run was changed."""
        enrolling.say_yes_again(self.get_object(), by=request.user)
        return Response(self.get_serializer(self.get_object()).data)


class CredentialSerializer(Own):
    class Meta:
        model = Credential
        fields = ["id", "serial", "kind", "state", "version", "holder_th", "holder_en", "title_th", "title_en", "level"]
        fields += ["hours", "local_government", "issued_on", "valid_until", "replaces", "shares_name", "shares_office"]


class CredentialViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """Certificates that the person may see: one's own, one's office's, all for those who issue them."""

    queryset = Credential.objects.select_related("local_government", "replaces", "learner__user")
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilter
    lifecycle = CREDENTIAL
    columns = exports.CREDENTIALS
    lookup_value_regex = "[0-9]+"
    ordering = ["-issued_on"]


class VerifiedSerializer(serializers.Serializer):
    """What anyone may know of a certificate."""

    serial = serializers.CharField()
    status = serializers.ChoiceField(choices=["valid", "expired", "revoked", "replaced"])
    kind = serializers.CharField()
    title_th = serializers.CharField()
    title_en = serializers.CharField()
    level = serializers.CharField()
    hours = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    issued_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    holder = serializers.CharField()
    office = RelatedId(read_only=True, allow_null=True)
    replaced_by = serializers.CharField(allow_null=True)


class OfSerial(Door, GenericViewSet):
    """One certificate by its serial number, for everybody."""

    is_public = True
    queryset = Credential.objects.select_related("local_government", "learner")
    pagination_class = None

    def credential(self):
        found = self.queryset.all().filter(serial=self.kwargs["serial"].upper()).first()
        if found is None:
            raise Http404
        return found


class VerifyViewSet(OfSerial):
    serializer_class = VerifiedSerializer

    @extend_schema(responses=VerifiedSerializer, filters=False)
    def list(self, request, **kwargs):
        """What a certificate is worth today, and what its holder shares."""
        return Response(VerifiedSerializer(credentials.public_view(self.credential())).data)


class BadgeViewSet(OfSerial):
    serializer_class = serializers.Serializer

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    def list(self, request, **kwargs):
        """The signed Open Badges 3.0 credential in W3C's envelope: for its holder, for all once the name is shared."""
        credential = self.credential()
        is_holder = credential.learner is not None and credential.learner.user_id == (request.user.pk or 0)
        if not is_holder and not credential.shares_name:
            raise Http404
        return Response(badges.envelope(credential))
