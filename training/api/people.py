"""One's own record: taking along everything that is kept, seeing who looked at it, erasing it; and the coverage."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal import clock
from portal.api.places import summary
from portal.api.serializers import CleanSerializer, RelatedId, StrictCharField
from portal.api.views import Door
from portal.models import LocalGovernment, Province
from training import coverage, enrolling, exports, privacy, writing
from training.api.applications import ReadingsSerializer
from training.api.kit import Nothing, ToldSerializer, WithoutCitizenNumbers
from training.filters import CoverageFilter
from training.models import CourseRun, Generation, Learner


class ClaimSerializer(CleanSerializer):
    code = StrictCharField(max_length=64)


class LearnerSerializer(serializers.ModelSerializer):
    id = serializers.CharField(read_only=True)

    class Meta:
        model = Learner
        fields = ["id", "first_name", "last_name", "name_en", "email", "phone", "position"]


class OwnDataViewSet(Door, GenericViewSet):
    """Everything that training keeps about the caller."""

    queryset = Learner.objects.all()
    serializer_class = LearnerSerializer
    is_described_whole = True
    pagination_class = None

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    def list(self, request, **kwargs):
        """Applications, services, courses, certificates and consents, whole."""
        return Response(privacy.everything_about(request.user))

    @extend_schema(responses=ReadingsSerializer, filters=False)
    @action(detail=False, methods=["get"])
    def readings(self, request, **kwargs):
        """Who looked at what is personal, by post."""
        return Response(ReadingsSerializer({"readings": privacy.readings_about(request.user)}).data)

    @extend_schema(request=ClaimSerializer, responses=LearnerSerializer)
    @action(detail=False, methods=["post"])
    def claim(self, request, **kwargs):
        """Tie the learning record of a letter's code to one's account."""
        learner = enrolling.claim(self.given(ClaimSerializer)["code"], by=request.user)
        return Response(LearnerSerializer(learner).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["post"], url_path="erase-learning")
    def erase_learning(self, request, **kwargs):
        """Erase one's learning record for good: certificates stay checkable, without the name."""
        self.given(Nothing)
        privacy.erase_learning(by=request.user)
        return HttpResponse(status=204)


class CoverageSerializer(serializers.ModelSerializer):
    """How many serve and are trained there; who they are is not public."""

    id = serializers.CharField(read_only=True)
    province = serializers.CharField(source="province_id", read_only=True)
    ambassadors = serializers.IntegerField()
    trained = serializers.IntegerField()
    expiring = serializers.IntegerField()

    class Meta:
        model = LocalGovernment
        fields = ["id", "name_th", "name_en", "kind", "province", "ambassadors", "trained", "expiring"]


class InvitationSerializer(WithoutCitizenNumbers, CleanSerializer):
    """To whom: a `province` by its code or one `local_government`. To what: a `run` or a `generation`."""

    province = StrictCharField(max_length=2, required=False)
    local_government = RelatedId(queryset=LocalGovernment.objects.all(), required=False)
    run = RelatedId(queryset=CourseRun.objects.none(), required=False)
    generation = RelatedId(queryset=Generation.objects.none(), required=False)
    text = StrictCharField(max_length=2000, required=False, allow_blank=True, default="")

    def get_fields(self):
        fields = super().get_fields()
        fields["run"].queryset, fields["generation"].queryset = writing.invitations()
        return fields

    def validate_province(self, code):
        province = Province.objects.filter(code=code).first()
        if province is None:
            raise serializers.ValidationError([_("There is no such province.")])
        return province

    def validate(self, attrs):
        for pair in (("province", "local_government"), ("run", "generation")):
            if sum(name in attrs for name in pair) != 1:
                raise serializers.ValidationError({pair[0]: [_("Give one of the two.")]})
        return attrs


class CoverageViewSet(Door, ReadOnlyModelViewSet):
    """Which local governments have an ambassador, who are trained within 24 months, and what ends within 60 days."""

    is_public = True
    queryset = LocalGovernment.objects.select_related("province", "district")
    serializer_class = CoverageSerializer
    filterset_class = CoverageFilter
    columns = exports.COVERAGE
    lookup_value_regex = "[0-9]+"
    ordering = ["name_sort_key"]

    def get_queryset(self):
        return coverage.with_coverage(super().get_queryset().active(clock.today()), clock.today())

    @extend_schema(request=InvitationSerializer, responses=ToldSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def invite(self, request, **kwargs):
        """Invite offices that have nobody to a run or to host; `told` says in how many somebody was reached."""
        if not writing.may_invite(request.user):
            raise PermissionDenied(_("Only those who set up courses invite offices."))
        given = self.given(InvitationSerializer)
        place = given.get("local_government")
        places = writing.uncovered(request.user, province=given.get("province"), place=place and place.pk)
        to = given.get("run") or given.get("generation")
        return Response(
            ToldSerializer({"told": writing.invite(places, by=request.user, to=to, text=given["text"])}).data
        )


@summary("training")
def of_place(place, user):
    """What a local government's own answer says of its people."""
    found = coverage.with_coverage(LocalGovernment.objects.filter(pk=place.pk), clock.today()).get()
    return {name: getattr(found, name) for name in ("ambassadors", "trained", "expiring")}
