"""`proposals/{id}/case-file/`: the case in one zip."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from budgets import casefile
from budgets.views.casefile import answer
from portal import access, jobs
from portal.errors import Refused


class JobSerializer(serializers.Serializer):
    id = serializers.CharField(source="pk")
    state = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, job) -> str:
        return self.context["request"].build_absolute_uri(job.get_absolute_url())


class CaseFile:
    """The endpoint, for the view of proposals."""

    @extend_schema(responses={(200, casefile.CONTENT_TYPE): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], url_path="case-file", pagination_class=None)
    def case_file(self, request, **kwargs):
        """The whole case as you may see it, with a manifest of SHA-256; for auditors, on record. A large one is 409."""
        proposal = self.auditable()
        if casefile.is_large(proposal):
            raise Refused(_("This case is large: POST here, and a job makes its file."), code="large_case")
        return answer(proposal, by=request.user)

    @extend_schema(request=None, responses={202: JobSerializer})
    @case_file.mapping.post
    def case_file_job(self, request, **kwargs):
        """Let a job make the file; you are told by the bell, and its page gives the file."""
        row = jobs.start(casefile.KIND, request.user, proposal=self.auditable().pk)
        return Response(JobSerializer(row, context=self.get_serializer_context()).data, status=202)

    def auditable(self):
        proposal = self.get_object()
        if access.capacity(self.request.user, "budgets.export_case", proposal) is None:
            raise PermissionDenied
        return proposal
