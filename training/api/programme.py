"""Programmes, and a generation with all that its officers set up: quotas, criteria, interviews, board, stipends."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal import clock
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    UserName,
)
from portal.api.views import Door, Steps, Visible, WritesGiven, claim, match
from portal.errors import Refused
from portal.models import Province, User
from portal.states import LocalGovernmentKind
from training import privacy, selection, service, setup, writing
from training.api.kit import Beneath, Nothing, ToldSerializer, WithoutCitizenNumbers, limits, month_in
from training.filters import GenerationFilter
from training.forms.programme import GenerationForm, people_of
from training.lifecycle import GENERATION, PLACE
from training.models import (
    Application,
    Generation,
    HostPlace,
    InterviewSlot,
    PrivacyNotice,
    Programme,
    SelectionCriterion,
    StipendSheet,
)
from training.querysets import holds_nationally
from training.states import ApplicationAudience, ApplicationState, GenerationState, QuotaKind

GENERATIONS = r"generations/(?P<generation_id>[0-9]+)"
PROGRAMMES = r"programmes/(?P<programme_id>[0-9]+)"
SETS_UP = "training.change_generation"


# Programmes and their notices


class ProgrammeSerializer(CleanModelSerializer):
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


class PrivacyNoticeSerializer(CleanModelSerializer):
    class Meta:
        model = PrivacyNotice
        fields = ["id", "edition", "text_th", "text_en", "published_at"]
        read_only_fields = ["edition", "published_at"]


class NoticeViewSet(Door, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Editions of a programme's privacy notice: published once, never changed; the last one is in force."""

    is_public = True
    queryset = PrivacyNotice.objects.all()
    serializer_class = PrivacyNoticeSerializer
    lookup_value_regex = "[0-9]+"
    ordering = ["-edition"]
    ordering_fields = ["edition"]

    def programme(self):
        found = Programme.objects.filter(pk=self.kwargs["programme_id"]).first()
        if found is None:
            raise Http404
        return found

    def get_queryset(self):
        fake = getattr(self, "swagger_fake_view", False)
        return self.queryset.none() if fake else self.queryset.filter(programme=self.programme())

    def fixed(self):
        return {"programme": self.programme()}

    def ask(self, obj):
        if self.action == "create":
            self.programme()
            setup.may_change(None, by=self.request.user)

    def perform_create(self, serializer):
        self.object = serializer.instance = setup.publish_notice(
            self.programme(), by=self.request.user, **serializer.validated_data
        )


# Generations


class QuotaSerializer(CleanSerializer):
    kind = StrictChoiceField(choices=[choice for choice in QuotaKind.choices if choice[0] != QuotaKind.TOTAL])
    value = StrictCharField(max_length=40)
    seats = StrictIntegerField(min_value=0, max_value=10_000)
    taken = serializers.IntegerField(read_only=True)

    def to_representation(self, quota):
        return {name: getattr(quota, name) for name in ("kind", "value", "seats", "taken")}

    def validate(self, attrs):
        known = LocalGovernmentKind.values if attrs["kind"] == QuotaKind.KIND else regions()
        if attrs["value"] not in known:
            raise serializers.ValidationError({"value": [_("There is no such region or kind.")]})
        return attrs


def regions():
    return set(Province.objects.values_list("region", flat=True))


class QuotasSerializer(CleanSerializer):
    quotas = QuotaSerializer(many=True, max_length=100)

    def validate_quotas(self, rows):
        if len({(row["kind"], row["value"]) for row in rows}) != len(rows):
            raise serializers.ValidationError([_("Name each one once.")])
        return rows


class SelectionCriterionSerializer(CleanModelSerializer):
    class Meta:
        model = SelectionCriterion
        fields = ["id", "stage", "name_th", "name_en", "max_score"]
        extra_kwargs = {"max_score": {"min_value": 1, "max_value": 1000}}  # noqa: RUF012

    def validate(self, attrs):
        return attrs


class CriteriaSerializer(CleanSerializer):
    criteria = SelectionCriterionSerializer(many=True, max_length=40)


class GenerationSerializer(CleanModelSerializer):
    quotas = QuotaSerializer(many=True, read_only=True)

    class Meta:
        model = Generation
        fields = [*GenerationForm.Meta.fields, "id", "state", "version", "quotas"]
        read_only_fields = ["state", "version"]
        extra_kwargs = limits(GenerationForm)


class BoardLineSerializer(serializers.Serializer):
    """One applicant on the board, and the place that the ranking comes to."""

    rank = serializers.IntegerField()
    application = RelatedId(read_only=True)
    number = serializers.CharField(source="application.number")
    score = serializers.DecimalField(source="application.score", max_digits=6, decimal_places=2, allow_null=True)
    areas = serializers.SerializerMethodField()
    place = RelatedId(read_only=True, allow_null=True)
    why_not = serializers.CharField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_areas(self, line):
        return [str(choice.local_government_id) for choice in line.choices]


class BoardSerializer(serializers.Serializer):
    version = serializers.IntegerField(source="generation.version")
    quotas = QuotaSerializer(many=True)
    free_places = serializers.SerializerMethodField()
    lines = BoardLineSerializer(many=True)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_free_places(self, board):
        return [str(place.pk) for place in board.places]


class GivenPlacesSerializer(serializers.Serializer):
    offered = serializers.IntegerField()
    waitlisted = serializers.IntegerField()


class GenerationLetterSerializer(CleanSerializer):
    audience = StrictChoiceField(choices=ApplicationAudience.choices)
    text = StrictCharField(max_length=4000)


class GenerationViewSet(Steps, WritesGiven, Door, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Generations with what each sets. Officers of the national programme write and lead them."""

    is_public = True
    queryset = Generation.objects.prefetch_related("quotas")
    serializer_class = GenerationSerializer
    filterset_class = GenerationFilter
    lifecycle = GENERATION
    permissions = dict.fromkeys(["update", "partial_update", "set_quotas", "set_criteria"], SETS_UP)
    tagged_actions = Door.tagged_actions | {"set_quotas", "set_criteria"}
    lookup_value_regex = "[0-9]+"
    ordering = ["-number"]
    ordering_fields = ["number", "opens_at", "closes_at"]

    def ask(self, obj):
        super().ask(obj)
        if self.action == "create":
            setup.may_change(None, by=self.request.user)

    def perform_create(self, serializer):
        self.answer(
            serializer, setup.change_generation(Generation(), by=self.request.user, **serializer.validated_data)
        )

    def perform_update(self, serializer):
        claim(self.request, serializer.instance)
        self.answer(
            serializer,
            setup.change_generation(serializer.instance, by=self.request.user, **serializer.validated_data),
        )

    def answer(self, serializer, generation):
        self.object = serializer.instance = self.queryset.all().get(pk=generation.pk)

    @extend_schema(request=GenerationLetterSerializer, responses=ToldSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def letters(self, request, **kwargs):
        """Write to the people of a generation: who serves, who mentors, who applies; under the bell and by e-mail."""
        generation = self.get_object()
        setup.may_change(generation, by=request.user)
        told = writing.write_to_generation(generation, by=request.user, **self.given(GenerationLetterSerializer))
        return Response(ToldSerializer({"told": told}).data)

    def answered(self):
        self.object = self.queryset.all().get(pk=self.object.pk)
        return Response(self.get_serializer(self.object).data)

    @extend_schema(request=QuotasSerializer, responses=GenerationSerializer)
    @action(detail=True, methods=["put"], url_path="quotas", pagination_class=None)
    def set_quotas(self, request, **kwargs):
        """Write the quotas by region and kind; what is left out no longer limits."""
        generation = self.get_object()
        rows = self.given(QuotasSerializer)["quotas"]
        claim(request, generation)
        wanted = {(row["kind"], row["value"]): row["seats"] for row in rows}
        setup.set_quotas(generation, wanted, by=request.user)
        return self.answered()

    @extend_schema(responses=CriteriaSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def criteria(self, request, **kwargs):
        """By what applicants are scored, at both stages."""
        return Response({"criteria": SelectionCriterionSerializer(self.get_object().criteria.all(), many=True).data})

    @extend_schema(request=CriteriaSerializer, responses=CriteriaSerializer)
    @criteria.mapping.put
    def set_criteria(self, request, **kwargs):
        """Replace the criteria, until a score is sent by them."""
        generation = self.get_object()
        rows = self.given(CriteriaSerializer)["criteria"]
        claim(request, generation)
        setup.set_criteria(generation, rows, by=request.user)
        self.object = generation
        return Response({"criteria": SelectionCriterionSerializer(generation.criteria.all(), many=True).data})


class OfGeneration(Beneath):
    """What stands beneath a generation. The generation's ETag stands for it."""

    parent_queryset = Generation.objects.select_related("programme")
    parent_field, parent_kwarg = "generation", "generation_id"


class BoardViewSet(OfGeneration, GenericViewSet):
    """The ranking against places and quotas, cut where they end."""

    queryset = Application.objects.all()
    serializer_class = BoardSerializer
    permissions = dict.fromkeys(["list", "create"], SETS_UP)
    is_described_whole = True
    pagination_class = None

    @extend_schema(responses=BoardSerializer, filters=False)
    def list(self, request, **kwargs):
        """What the ranking comes to: best first, each to the first of their areas with a place and quotas left."""
        return Response(BoardSerializer(selection.board(self.parent)).data)

    @extend_schema(request=None, responses=GivenPlacesSerializer)
    def create(self, request, **kwargs):
        """Offer the places as the board says, and put the others on the waiting list: all or nothing."""
        self.given(Nothing)
        version = match(request, self.parent)
        offered, waitlisted = selection.give_places(self.parent, by=request.user, version=version)
        return Response({"offered": offered, "waitlisted": waitlisted})


class ResultSerializer(serializers.ModelSerializer):
    """A result as the public may know it: number and first name, and no more."""

    local_government = RelatedId(source="place.local_government", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Application
        fields = ["number", "first_name", "state", "local_government"]


class ResultViewSet(OfGeneration, mixins.ListModelMixin, GenericViewSet):
    """Who was given a place or stands on the waiting list, for everybody once places are given."""

    is_public = True
    queryset = Application.objects.select_related("place__local_government").filter(
        state__in=[ApplicationState.SELECTED, ApplicationState.ACCEPTED, ApplicationState.WAITLISTED]
    )
    serializer_class = ResultSerializer
    ordering = ["number"]

    def get_queryset(self):
        early = {GenerationState.ANNOUNCED, GenerationState.OPEN, GenerationState.SELECTING}
        if not getattr(self, "swagger_fake_view", False) and self.parent.state in early:
            raise Http404
        return super().get_queryset()


# Interviews


class InterviewSlotSerializer(CleanModelSerializer):
    class Meta:
        model = InterviewSlot
        fields = ["id", "starts_at", "ends_at", "where", "application", "booked_at"]
        read_only_fields = ["application", "booked_at"]

    def to_representation(self, slot):
        answer = super().to_representation(slot)
        answer["application"] = slot.application_id and str(slot.application_id)
        return answer


class BookingSerializer(CleanSerializer):
    application = RelatedId(queryset=Application.objects.all())

    def validate_application(self, application):
        if not Application.objects.visible_to(self.context["request"].user).filter(pk=application.pk).exists():
            raise serializers.ValidationError([_("There is no such application.")])
        return application


class SlotViewSet(
    OfGeneration, mixins.CreateModelMixin, mixins.DestroyModelMixin, ReadOnlyModelViewSet
):  # fmt: skip
    """Times of interviews: all for officers; for shortlisted applicants those still free, and their own."""

    queryset = InterviewSlot.objects.select_related("generation")
    serializer_class = InterviewSlotSerializer
    permissions = dict.fromkeys(["create", "destroy"], SETS_UP)
    ordering = ["starts_at"]

    def get_queryset(self):
        slots, user = super().get_queryset(), self.request.user
        if holds_nationally(user, "training.view_application"):
            return slots
        own = Q(application__applicant=user)
        shortlisted = Application.objects.filter(
            generation=self.kwargs.get("generation_id"), applicant=user, state=ApplicationState.SHORTLISTED
        )
        if shortlisted.exists():
            own |= Q(application=None, starts_at__gt=clock.now())
        return slots.filter(own)

    def ask(self, obj):
        super().ask(obj)
        if self.action == "book" and not self.may_book():
            raise PermissionDenied(_("Only shortlisted applicants book an interview."))

    def may_book(self):
        """Whether the person books for somebody of this generation: the own interview, or as its officer."""
        user = self.request.user
        own = Application.objects.filter(generation=self.parent, applicant=user)
        return own.exists() or setup.runs_it(self.parent, user)

    def perform_destroy(self, slot):
        match(self.request, self.parent)
        if not InterviewSlot.objects.filter(pk=slot.pk, application=None).delete()[0]:
            raise Refused(_("Somebody has booked this time."), code="slot_taken")

    @extend_schema(request=BookingSerializer, responses=InterviewSlotSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def book(self, request, **kwargs):
        """Give this time to a shortlisted applicant, who lets go of another."""
        slot = self.get_object()
        booked = selection.book(slot, self.given(BookingSerializer)["application"], by=request.user)
        return Response(self.get_serializer(booked).data)


# Stipends


class StipendLineSerializer(serializers.Serializer):
    placement = RelatedId(read_only=True)
    local_government = RelatedId(source="host", read_only=True)
    days = serializers.IntegerField()
    of_days = serializers.IntegerField()
    amount_baht = serializers.DecimalField(max_digits=13, decimal_places=2)


class StipendSheetSerializer(serializers.Serializer):
    """The stipends of a month: worked out until the sheet is closed, then as it was closed."""

    month = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    total_baht = serializers.DecimalField(max_digits=15, decimal_places=2)
    lines = StipendLineSerializer(many=True)


class ClosingSerializer(CleanSerializer):
    month = StrictCharField(max_length=7)

    def validate_month(self, text):
        month = month_in(text)
        if month is None:
            raise serializers.ValidationError([_("Give the month as YYYY-MM of the common era.")])
        return month


class StipendViewSet(OfGeneration, GenericViewSet):
    """Stipend sheets by month, for officers of the national programme; reading them is on record."""

    queryset = StipendSheet.objects.all()
    serializer_class = StipendSheetSerializer
    permissions = dict.fromkeys(["retrieve", "create"], "training.close_stipend")
    lookup_field = "month"
    lookup_value_regex = "[0-9]{4}-[0-9]{2}"
    pagination_class = None

    def check_permissions(self, request):
        super().check_permissions(request)
        self.ask(None)

    @extend_schema(responses=StipendSheetSerializer, filters=False)
    def retrieve(self, request, month, **kwargs):
        first = month_in(month)
        if first is None:
            raise Http404
        privacy.note_reading(self.parent, by=request.user, what=f"stipends {month}")
        return Response(self.sheet_of(first))

    @extend_schema(request=ClosingSerializer, responses={201: StipendSheetSerializer})
    def create(self, request, **kwargs):
        """Close the sheet of a month that is over; it stays as it is then."""
        month = self.given(ClosingSerializer)["month"]
        service.close_sheet(self.parent, month, by=request.user)
        return Response(self.sheet_of(month), status=201)

    def sheet_of(self, month):
        sheet = self.parent.stipend_sheets.filter(month=month).first()
        lines = sheet and sheet.lines.select_related("sheet", "placement__local_government").prefetch_related(
            "placement__postings__local_government"
        )
        found = list(lines) if sheet else service.stipends(self.parent, month)
        return StipendSheetSerializer(
            {
                "month": f"{month:%Y-%m}", "closed_at": sheet and sheet.closed_at, "lines": found,
                "total_baht": sum(line.amount_baht for line in found),
            }
        ).data  # fmt: skip


# The host call


class HostPlaceSerializer(WithoutCitizenNumbers, CleanModelSerializer):
    mentor = UserName(queryset=User.objects.filter(is_active=True), write_only=True)
    work_th = StrictCharField(max_length=4000)

    class Meta:
        model = HostPlace
        fields = ["id", "generation", "local_government", "state", "version", "work_th", "mentor"]
        read_only_fields = ["state", "version"]

    def validate_local_government(self, place):
        """403 before anything else is judged: for whom one may not speak at all."""
        if not self.context["request"].user.has_perm("training.propose_place", place):
            raise PermissionDenied
        return place

    def validate(self, attrs):
        if not people_of(attrs["local_government"]).filter(pk=attrs["mentor"].pk).exists():
            raise serializers.ValidationError({"mentor": [_("The mentor works at this local government.")]})
        return attrs


class WidenedSerializer(serializers.Serializer):
    application = RelatedId(read_only=True)


class PlaceViewSet(Visible, Steps, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Answers to the host call that the person may see; officers and clerks prepare that of their office."""

    queryset = HostPlace.objects.select_related("generation", "local_government__province")
    serializer_class = HostPlaceSerializer
    lifecycle = PLACE
    permissions = {"create": "training.propose_place"}
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]

    def perform_create(self, serializer):
        given = dict(serializer.validated_data)
        place = service.propose_place(
            given.pop("generation"), given.pop("local_government"), by=self.request.user, **given
        )
        self.object = serializer.instance = self.queryset.all().get(pk=place.pk)

    @extend_schema(request=None, responses=WidenedSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def widen(self, request, **kwargs):
        """Offer a place that nobody chose to the waiting list: those of the province first, then all."""
        place = self.get_object()
        if not setup.runs_it(place.generation, request.user):
            raise PermissionDenied(_("Only training officers of the national programme give the places."))
        self.given(Nothing)
        return Response(WidenedSerializer({"application": selection.widen(place, by=request.user)}).data)
