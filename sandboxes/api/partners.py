"""Who takes part: partners, and the other local governments that endorse."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.api.fields import Files, Upload, WithFile
from portal.api.parsers import JSON_OR_FORM, SafeMultiPartParser
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictDateField,
    UserName,
)
from portal.api.views import Visible
from portal.models import LocalGovernment
from providers import seams
from sandboxes import changing
from sandboxes.api.nested import OPTIONAL, Adds, Deeds
from sandboxes.models import Endorsement, Partner


class PilotPartnerSerializer(WithFile, CleanModelSerializer):
    file_field = "letter"
    letter = Upload(only={"pdf"}, required=False)
    representative = UserName(
        queryset=Partner._meta.get_field("representative").related_model.objects.all(), **OPTIONAL
    )

    listing = RelatedId(queryset=seams.listings(), **OPTIONAL)

    class Meta:
        model = Partner
        fields = ["id", "kind", "name_th", "name_en", "role_th", "representative", "listing", "snapshot", "letter"]
        fields += ["left_on", "left_reason"]
        read_only_fields = ["snapshot", "left_on", "left_reason"]

    def clean_instance(self, values):
        """The domain's function asks the model."""


class PilotLetterSerializer(serializers.Serializer):
    letter = Upload()


class PilotPartingSerializer(CleanSerializer):
    on = StrictDateField()
    reason = StrictCharField(max_length=4000)


class PartnerViewSet(Files, Deeds, Adds):
    """Partners. A running pilot is joined by form data with the signed `letter`."""

    queryset = Partner.objects.select_related("representative", "letter", "pilot__local_government")
    serializer_class = PilotPartnerSerializer
    parser_classes = JSON_OR_FORM
    file_field = "letter"
    permissions = dict.fromkeys(["create", "letter", "leave"], "sandboxes.change_pilot")

    def add(self, given):
        return changing.add_partner(self.parent, by=self.request.user, **given)

    @extend_schema(request=PilotLetterSerializer, responses=PilotPartnerSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, parser_classes=[SafeMultiPartParser])
    def letter(self, request, **kwargs):
        """Keep the letter of intent that a partner has signed, as form data."""
        return self.deed(PilotLetterSerializer, lambda row, letter: changing.add_letter(row, letter, by=request.user))

    @extend_schema(request=PilotPartingSerializer, responses=PilotPartnerSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def leave(self, request, **kwargs):
        """Record that a partner left, and why."""
        return self.deed(PilotPartingSerializer, lambda row, **given: changing.part(row, by=request.user, **given))


class PilotEndorsementSerializer(CleanModelSerializer):
    place = RelatedId(queryset=LocalGovernment.objects.all())

    class Meta:
        model = Endorsement
        fields = ["id", "pilot", "place", "asked_at", "answered_at", "is_endorsed", "note"]
        read_only_fields = [name for name in fields if name != "place"]

    def clean_instance(self, values):
        """The domain's function asks the model."""


class EndorsementViewSet(Adds):
    """Other local governments in whose area the pilot also runs, asked before it is applied for."""

    queryset = Endorsement.objects.select_related("place", "pilot__local_government")
    serializer_class = PilotEndorsementSerializer
    permissions = {"create": "sandboxes.change_pilot"}

    def add(self, given):
        return changing.ask_endorsement(self.parent, given["place"], by=self.request.user)


class PilotEndorsingSerializer(CleanSerializer):
    is_endorsed = StrictBooleanField()
    note = StrictCharField(max_length=2000, required=False, allow_blank=True)


class AskedEndorsementViewSet(Visible, ReadOnlyModelViewSet):
    """What my local government is asked to endorse."""

    queryset = Endorsement.objects.select_related("place", "pilot__local_government")
    serializer_class = PilotEndorsementSerializer
    permissions = {"answer": "sandboxes.endorse_pilot"}
    ordering = ["-id"]
    ordering_fields = {"id": "pk"}
    lookup_value_regex = "[0-9]+"

    @extend_schema(request=PilotEndorsingSerializer, responses=PilotEndorsementSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def answer(self, request, **kwargs):
        """Endorse the pilot, or not; said once."""
        asked = self.get_object()
        given = PilotEndorsingSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        answered = changing.answer_endorsement(asked, by=request.user, **given.validated_data)
        return Response(self.get_serializer(answered).data)
