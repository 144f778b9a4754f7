"""Rules that stand in the way, the waivers of their owners, and which laws block most."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from portal.api.serializers import CleanModelSerializer, RelatedId
from portal.api.views import Door, Steps, Visible, match
from sandboxes import regulating
from sandboxes.api.nested import Adds, Deeds, ReasonSerializer
from sandboxes.exports import ISSUES
from sandboxes.filters import IssueFilter
from sandboxes.lifecycle import WAIVER
from sandboxes.models import Authority, RegulatoryIssue, Waiver
from sandboxes.statistics import by_law


class AuthorityCode(serializers.SlugRelatedField):
    """An authority, written and answered as its code."""

    def __init__(self, **kwargs):
        super().__init__(slug_field="code", queryset=Authority.objects.all(), **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PilotIssueSerializer(CleanModelSerializer):
    authority = AuthorityCode()

    class Meta:
        model = RegulatoryIssue
        fields = ["id", "law", "provision", "obstacle", "authority", "remedy", "answer_no", "answered_on", "answer"]
        fields += ["raised_at", "dropped_at"]
        read_only_fields = ["raised_at", "dropped_at"]


class IssueViewSet(Deeds, Adds, mixins.UpdateModelMixin):
    """Which rules stand in the way, whose they are, and what removes them."""

    queryset = RegulatoryIssue.objects.select_related("authority", "pilot__local_government")
    serializer_class = PilotIssueSerializer
    permissions = {"create": "sandboxes.raise_issue"} | dict.fromkeys(
        ["update", "partial_update", "drop"], "sandboxes.settle_issue"
    )

    def add(self, given):
        return regulating.raise_issue(self.parent, by=self.request.user, **given)

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_update(self, serializer):
        match(self.request, self.parent)
        changed = regulating.change_issue(serializer.instance, by=self.request.user, **serializer.validated_data)
        self.wrote(serializer, changed)

    @extend_schema(request=ReasonSerializer, responses=PilotIssueSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def drop(self, request, **kwargs):
        """Take an issue off that turned out to be none; it stays on record."""
        return self.deed(
            ReasonSerializer, lambda row, reason: regulating.drop_issue(row, by=request.user, reason=reason)
        )


class PilotWaiverSerializer(CleanModelSerializer):
    issue = RelatedId(queryset=RegulatoryIssue.objects.all())
    state = serializers.CharField(source="state_now.value", read_only=True)
    authority = serializers.CharField(source="issue.authority.code", read_only=True)

    class Meta:
        model = Waiver
        fields = ["id", "state", "version", "issue", "authority", "requested_on", "request_no", "instrument_no"]
        fields += ["instrument_on", "scope", "area", "cap", "valid_from", "valid_until", "starts_at", "ends_at"]
        fields += ["ended_reason"]
        read_only_fields = [name for name in fields if name not in {"issue", "requested_on", "request_no"}]

    def validate_issue(self, issue):
        if issue.pilot_id != self.context["view"].parent.pk:
            raise serializers.ValidationError([_("This issue is of another pilot.")])
        return issue

    def clean_instance(self, values):
        super().clean_instance({name: value for name, value in values.items() if name != "pilot"})


class WaiverViewSet(Steps, Adds):
    """Waivers: asked for here, granted by the authority's own instrument (step `grant`), each with its own version."""

    queryset = Waiver.objects.select_related("issue__authority", "pilot__local_government")
    serializer_class = PilotWaiverSerializer
    lifecycle = WAIVER
    permissions = {"create": "sandboxes.raise_issue"}

    def etag_of(self, obj):
        return f'"{obj.version}-{obj.state_now.value}"'

    def add(self, given):
        return regulating.request_waiver(given.pop("issue"), by=self.request.user, **given)


# For everybody


class SandboxAuthoritySerializer(serializers.ModelSerializer):
    class Meta:
        model = Authority
        fields = ["code", "name_th", "name_en"]


class AuthorityViewSet(Door, mixins.ListModelMixin, GenericViewSet):
    """The authorities whose rules may stand in the way."""

    queryset = Authority.objects.all()
    serializer_class = SandboxAuthoritySerializer
    is_public = True
    ordering = ["code"]
    ordering_fields = {"code": "code"}


class PublicIssueSerializer(serializers.ModelSerializer):
    """A rule that stood in a pilot's way, as the public may know it."""

    id = serializers.CharField()
    authority = serializers.CharField(source="authority.code")
    pilot = serializers.CharField(source="pilot_id")

    class Meta:
        model = RegulatoryIssue
        fields = ["id", "law", "provision", "obstacle", "authority", "remedy", "pilot", "raised_at"]


class SandboxLawSerializer(serializers.Serializer):
    law = serializers.CharField()
    authority = serializers.CharField(source="authority_code")
    issues = serializers.IntegerField()
    pilots = serializers.IntegerField()
    granted = serializers.IntegerField()
    refused = serializers.IntegerField()
    waiting = serializers.IntegerField()
    days = serializers.IntegerField(allow_null=True)


class PublicIssueViewSet(Visible, mixins.ListModelMixin, GenericViewSet):
    """Rules that stand in the way, across the pilots that the caller may know of."""

    queryset = (
        RegulatoryIssue.objects.standing()
        .select_related("authority", "pilot__local_government")
        .prefetch_related("waivers")
    )
    serializer_class = PublicIssueSerializer
    filterset_class = IssueFilter
    is_public = True
    ordering = ["-id"]
    ordering_fields = {"id": "pk"}
    columns = ISSUES

    @extend_schema(responses=SandboxLawSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None)
    def statistics(self, request, **kwargs):
        """Issues by law and authority, most first: the evidence for changing the law."""
        return Response(SandboxLawSerializer(by_law(self.filter_queryset(self.get_queryset())), many=True).data)

    def known_parameters(self):
        known = super().known_parameters()
        return known | self._filter_parameters() if self.action == "statistics" else known
