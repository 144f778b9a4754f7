"""What is planned: documents, versions of the test plan, and amendments while the pilot runs."""

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from portal.api.fields import Files, RelatedIds, Upload, WithFile
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictCharField
from portal.models import Subdistrict
from sandboxes import amending, area, changing, plans
from sandboxes.api.nested import Adds, Deeds
from sandboxes.models import Amendment, Pilot, PilotDocument, PlanVersion


class PilotDocumentSerializer(WithFile, CleanModelSerializer):
    file = Upload()

    class Meta:
        model = PilotDocument
        fields = ["id", "kind", "file", "uploaded_at"]
        read_only_fields = ["uploaded_at"]


class DocumentViewSet(Files, Adds):
    """Documents, as form data: `kind` and `file`."""

    queryset = PilotDocument.objects.filter(removed_at=None).select_related("file")
    serializer_class = PilotDocumentSerializer
    parser_classes = JSON_OR_FORM[1:]
    permissions = {"create": "sandboxes.attach_pilot"}

    def add(self, given):
        return changing.attach(self.parent, given["kind"], given["file"], by=self.request.user)


class PilotPlanSerializer(CleanModelSerializer):
    class Meta:
        model = PlanVersion
        fields = ["id", "number", "content", "sha256", "submitted_at"]
        read_only_fields = fields


class PlanViewSet(Adds):
    """Versions of the test plan; POST lays the plan as it stands before the gate."""

    queryset = PlanVersion.objects.all()
    serializer_class = PilotPlanSerializer
    permissions = {"create": "sandboxes.change_pilot"}
    ordering = ["number"]

    def add(self, given):
        return plans.submit(self.parent, by=self.request.user)


class PilotBoundaryField(serializers.JSONField):
    """A boundary: GeoJSON in, a MultiPolygon kept."""

    def to_internal_value(self, data):
        try:
            return area.checked(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class PilotPlanChangesSerializer(CleanModelSerializer):
    """The fields of the plan that an amendment may change."""

    area = PilotBoundaryField(required=False)
    subdistricts = RelatedIds(queryset=Subdistrict.objects.all(), required=False)

    class Meta:
        model = Pilot
        fields = list(amending.FIELDS)

    def clean_instance(self, values):
        """The pilot itself is asked once the changes are laid upon it."""


class PilotAmendmentSerializer(CleanModelSerializer):
    changes = serializers.JSONField(read_only=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Amendment
        fields = ["id", "reason", "changes", "before", "state", "gate", "proposed_at", "applied_at"]
        read_only_fields = [name for name in fields if name != "reason"]

    @extend_schema_field(serializers.ChoiceField(choices=["open", "approved", "refused", "withdrawn", "lapsed"]))
    def get_state(self, amendment):
        return amendment.state


class PilotProposedAmendmentSerializer(CleanSerializer):
    reason = StrictCharField(max_length=4000)
    changes = PilotPlanChangesSerializer()


class AmendmentViewSet(Deeds, Adds):
    """Changes of the plan while the pilot runs; both agencies decide by the steps `approve_amendment` and
    `refuse_amendment` of the pilot."""

    queryset = Amendment.objects.select_related("gate", "pilot__local_government")
    serializer_class = PilotAmendmentSerializer
    permissions = dict.fromkeys(["create", "withdraw"], "sandboxes.change_pilot")

    @extend_schema(request=PilotProposedAmendmentSerializer, responses={201: PilotAmendmentSerializer})
    def create(self, request, *args, **kwargs):
        """Propose a change: `reason`, and `changes` with the fields of the plan as they shall be."""
        given = self.given(PilotProposedAmendmentSerializer)
        made = amending.propose(self.parent, by=request.user, reason=given["reason"], **given["changes"])
        self.wrote(serializer := self.get_serializer(made), made)
        return Response(serializer.data, status=201)

    @extend_schema(request=None, responses=PilotAmendmentSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def withdraw(self, request, **kwargs):
        """Take a proposed amendment back before it is decided."""
        return self.deed(CleanSerializer, lambda row: amending.withdraw(row, by=request.user))
