"""Programmes, generations, host places, applications and placements."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.api.serializers import RelatedId
from portal.api.views import Door, Steps, Visible
from training import exports, privacy
from training.filters import ApplicationFilter, GenerationFilter, PlacementFilter
from training.lifecycle import APPLICATION, GENERATION, PLACE, PLACEMENT
from training.models import Application, Generation, HostPlace, Placement, Programme


class Own(serializers.ModelSerializer):
    """Answers ids as opaque texts and related rows by their ids."""

    id = serializers.CharField(read_only=True)
    serializer_related_field = RelatedId


class ProgrammeSerializer(Own):
    class Meta:
        model = Programme
        fields = ["id", "code", "name_th", "name_en", "description_th", "description_en"]


class ProgrammeViewSet(Door, ReadOnlyModelViewSet):
    """Programmes of people, such as the Smart City Ambassadors."""

    is_public = True
    queryset = Programme.objects.all()
    serializer_class = ProgrammeSerializer
    lookup_value_regex = "[0-9]+"
    ordering = ["code"]


class QuotaSerializer(serializers.Serializer):
    kind = serializers.CharField()
    value = serializers.CharField()
    seats = serializers.IntegerField()
    taken = serializers.IntegerField()


class GenerationSerializer(Own):
    quotas = QuotaSerializer(many=True, read_only=True)
    stipend_monthly_baht = serializers.DecimalField(max_digits=13, decimal_places=2)

    class Meta:
        model = Generation
        fields = ["id", "programme", "number", "name_th", "name_en", "about_th", "about_en", "state", "version"]
        fields += ["opens_at", "closes_at", "min_age", "max_age", "min_degree", "seats", "quotas"]
        fields += ["stipend_monthly_baht", "months", "starts_on", "answer_working_days", "list_closes_on"]


class GenerationViewSet(Steps, Door, ReadOnlyModelViewSet):
    """Generations with what each sets; their steps are for training officers."""

    is_public = True
    queryset = Generation.objects.prefetch_related("quotas")
    serializer_class = GenerationSerializer
    filterset_class = GenerationFilter
    lifecycle = GENERATION
    lookup_value_regex = "[0-9]+"
    ordering = ["-number"]
    ordering_fields = ["number", "opens_at", "closes_at"]


class PlaceSerializer(Own):
    class Meta:
        model = HostPlace
        fields = ["id", "generation", "local_government", "state", "version", "work_th"]


class PlaceViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """Answers to the host call that the person may see."""

    queryset = HostPlace.objects.select_related("generation", "local_government__province")
    serializer_class = PlaceSerializer
    lifecycle = PLACE
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]


class AmbassadorApplicationSerializer(Own):
    """What everybody who handles an application may know: nothing that names the person."""

    choices = serializers.SerializerMethodField()
    score = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = ["id", "generation", "number", "state", "version", "submitted_at", "home_province", "degree"]
        fields += ["field_of_study", "choices", "score", "place", "answer_until", "reasons"]

    def get_choices(self, application) -> list[str]:
        return [str(choice.local_government_id) for choice in application.choices.all()]

    def get_score(self, application) -> str | None:
        """The score, for those who run the selection, and for the applicant once it is decided."""
        user = self.context["request"].user
        may = privacy.may_see_scores(application, user) or application.applicant_id != user.pk
        return str(application.score) if may and application.score is not None else None


class ApplicationViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """One's own applications and those that one handles. Names and contacts are read one by one, under `person/`."""

    queryset = Application.objects.select_related("generation", "place", "home_province").prefetch_related("choices")
    serializer_class = AmbassadorApplicationSerializer
    filterset_class = ApplicationFilter
    lifecycle = APPLICATION
    columns = exports.APPLICATIONS
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]
    ordering_fields = ["number", "score", "submitted_at"]

    @extend_schema(responses=dict, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def person(self, request, **kwargs):
        """What is personal in an application: one's own, or on record for officers of the programme."""
        application = self.get_object()
        if application.applicant_id != request.user.pk:
            if not request.user.has_perm("training.read_personal_application", application):
                self.permission_denied(request)
            privacy.note_reading(application, by=request.user, what="application")
        names = ("first_name", "last_name", "born_on", "phone", "email", "address")
        return Response({name: getattr(application, name) for name in names})


class PlacementSerializer(Own):
    ambassador = serializers.SerializerMethodField()

    class Meta:
        model = Placement
        fields = ["id", "generation", "local_government", "state", "version", "starts_on", "ends_on", "ended_on"]
        fields += ["replaces", "ambassador"]

    def get_ambassador(self, placement) -> str:
        return placement.ambassador.username


class PlacementViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """Services that the person may see."""

    queryset = Placement.objects.select_related("local_government__province", "ambassador", "generation", "application")
    serializer_class = PlacementSerializer
    filterset_class = PlacementFilter
    lifecycle = PLACEMENT
    columns = exports.PLACEMENTS
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]
