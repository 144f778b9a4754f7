"""What of a proposal is keyed into BBL or SOLA, and the number that comes back."""

import tempfile

from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from budgets.deciding import keying
from budgets.deciding.request_export import CONTENT_TYPE
from portal import access
from portal.api.serializers import CleanSerializer, StrictCharField
from portal.audit import record


class NumberSerializer(CleanSerializer):
    number = StrictCharField(max_length=40)


class ExternalNumberSerializer(serializers.Serializer):
    system = serializers.CharField()
    number = serializers.CharField()
    entered_at = serializers.DateTimeField()


class Keying:
    """The endpoints, for the view of proposals."""

    @extend_schema(responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], url_path="keying-sheet", pagination_class=None)
    def keying_sheet(self, request, **kwargs):
        """The workbook to key the request from, once it is in the budget request."""
        proposal = self.get_object()
        capacity = access.capacity(request.user, "budgets.enter_external_number", proposal)
        if capacity is None:
            raise PermissionDenied
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
        keying.write_sheet(file, proposal, by=request.user)
        system = keying.system_of(proposal)
        record("proposal.keying_sheet", proposal, by=request.user, capacity=capacity, details={"system": system})
        file.seek(0)
        response = FileResponse(file, content_type=CONTENT_TYPE)
        response["Content-Disposition"] = content_disposition_header(True, f"{system}-{proposal.number}.xlsx")
        return response

    @extend_schema(request=NumberSerializer, responses=ExternalNumberSerializer)
    @action(detail=True, methods=["post"], url_path="external-number")
    def external_number(self, request, **kwargs):
        """Enter, or correct, the number that BBL or SOLA gave to the request; it stands on one proposal only."""
        proposal = self.get_object()
        if access.capacity(request.user, "budgets.enter_external_number", proposal) is None:
            raise PermissionDenied
        given = NumberSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = keying.enter_number(proposal, given.validated_data["number"], by=request.user)
        return Response(ExternalNumberSerializer(row).data)
