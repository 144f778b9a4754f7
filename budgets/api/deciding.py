"""What the committee works with: reviewers with their load, the ranking, one step for many cases."""

from django.core.exceptions import PermissionDenied
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from budgets.api.fields import Texts
from budgets.api.proposals import ProposalListSerializer
from budgets.api.rounds import OfRound
from budgets.deciding import bulk
from budgets.exports import ranking
from budgets.filters import ProposalFilter, RankingFilter
from budgets.judging import profiles, reviewing
from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal
from portal.api import step_fields
from portal.api.serializers import IDENTIFIER, BahtField, CleanSerializer, StrictBooleanField
from portal.api.views import Door, Nested
from portal.models import User

MOST_AT_ONCE = 500
TEXT = {"type": "string"}


class ReviewerSerializer(serializers.ModelSerializer):
    reviewer = serializers.CharField(source="username", read_only=True)
    name = serializers.CharField(source="get_full_name", read_only=True)
    load = serializers.IntegerField(read_only=True, help_text="Reviews still to send.")
    confirmed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the profile for this round was confirmed."
    )

    class Meta:
        model = User
        fields = ["reviewer", "name", "title", "load", "confirmed_at"]
        read_only_fields = fields


class ReviewerViewSet(OfRound, mixins.ListModelMixin, GenericViewSet):
    """The reviewers of today, least loaded first; for the committee's secretary."""

    queryset = User.objects.all()
    serializer_class = ReviewerSerializer
    permissions = {"list": "budgets.assign_reviewers"}
    ordering = ["load", "username"]
    ordering_fields = {"load": "load", "reviewer": "username"}

    def ask(self, obj):
        """404 for a round that one does not see; the permission is about cases, and held for all of them or none."""
        _seen = self.parent
        Door.ask(self, None)

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return profiles.with_confirmation(reviewing.reviewers(), self.parent)


class RankedSerializer(ProposalListSerializer):
    rank = serializers.SerializerMethodField()

    class Meta(ProposalListSerializer.Meta):
        fields = ["rank", *ProposalListSerializer.Meta.fields, "mean_score", "score_spread"]
        read_only_fields = fields

    def get_rank(self, proposal) -> int:
        return self.context["view"].ranks[proposal.pk]


class RankingViewSet(OfRound, mixins.ListModelMixin, GenericViewSet):
    """The scored cases in rank order within their theme; for those who may know outcomes."""

    queryset = Proposal.objects.select_related("round", "theme", "local_government__province")
    serializer_class = RankedSerializer
    filterset_class = RankingFilter
    permissions = {"list": "budgets.view_outcome"}
    ordering = ["theme__position", "theme", "-mean_score", "number"]

    @property
    def columns(self):
        return ranking(lambda proposal: self.ranks[proposal.pk])

    @cached_property
    def ranks(self):
        """The place of each scored case, read once."""
        return reviewing.ranks(self.parent)

    def get_queryset(self):
        scored = super().get_queryset().filter(mean_score__isnull=False)
        return scored.visible_to(self.request.user).as_shown_to(self.request.user)


@extend_schema_field({"type": "object", "additionalProperties": {"oneOf": [TEXT, {"type": "array", "items": TEXT}]}})
class Selection(serializers.Field):
    """Filters as the list of proposals knows them: each with a text, or a list of texts."""

    default_error_messages = {"invalid": _("Give the filters of the list of proposals, each with a text or texts.")}

    def to_internal_value(self, data):
        if not isinstance(data, dict):
            self.fail("invalid")
        return MultiValueDict({name: self.texts(value) for name, value in data.items()})

    def texts(self, value):
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in found):
            self.fail("invalid")
        return found


class BulkSerializer(CleanSerializer):
    """Which cases: those of `proposals`, or all that `filter` leaves of the list of proposals."""

    proposals = Texts(longest=19, max_length=MOST_AT_ONCE, required=False)
    filter = Selection(required=False)
    details = serializers.DictField(required=False, default=dict)
    amounts = serializers.DictField(
        child=BahtField(), required=False, default=dict, help_text="`amount_baht` of single cases, by their id."
    )
    dry_run = StrictBooleanField(default=False)

    default_error_messages = {"no_selection": _("Name the proposals, or a filter that selects them.")}

    def validate(self, attrs):
        if not attrs.get("proposals") and not attrs.get("filter"):
            self.fail("no_selection")
        return attrs


class BulkAnswerSerializer(serializers.Serializer):
    step = serializers.CharField()
    dry_run = serializers.BooleanField()
    taken = serializers.IntegerField()
    proposals = serializers.ListField(child=serializers.CharField())


class BulkStepViewSet(Nested, GenericViewSet):
    """`POST rounds/{id}/bulk-steps/{name}/`: one step for many cases, for all of them or for none."""

    queryset = Proposal.objects.select_related("round", "local_government")
    parent_queryset, parent_field, parent_kwarg = OfRound.parent_queryset, "round", "round_id"
    serializer_class = BulkSerializer

    @extend_schema(request=BulkSerializer, responses=BulkAnswerSerializer)
    def create(self, request, name, **kwargs):
        """Take the step for every case selected; with `dry_run` nothing is kept. 409 `not_all` names who refuse."""
        if not any(request.user.has_perm(row.permission) for row in PROPOSAL.rows_of(name)):
            raise PermissionDenied
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        details, dry_run = given.validated_data["details"], given.validated_data["dry_run"]
        cases = self.selected(given.validated_data)
        amounts = given.validated_data["amounts"]

        def details_for(case):
            own = {"amount_baht": f"{amounts[str(case.pk)]:.2f}"} if str(case.pk) in amounts else {}
            return self.clean(case, name, details | own)

        taken = bulk.take_all(
            PROPOSAL,
            cases,
            name,
            by=request.user,
            details_for=details_for,
            dry_run=dry_run,
        )
        keys = [str(case.pk) for case in taken]
        return Response({"step": name, "dry_run": dry_run, "taken": len(keys), "proposals": keys})

    def selected(self, given):
        """The cases named or filtered that the person sees; 400 for none, or for too many at once."""
        user = self.request.user
        found = self.get_queryset().visible_to(user).as_shown_to(user)
        if "proposals" in given:
            keys = [int(key) for key in given["proposals"] if IDENTIFIER.fullmatch(key)]
            found = found.filter(pk__in=keys)
            if found.count() < len(set(given["proposals"])):
                raise serializers.ValidationError({"proposals": [_("Some of these are not there, or not in sight.")]})
        if given.get("filter"):
            if unknown := sorted(set(given["filter"]) - set(ProposalFilter.base_filters)):
                text = _("There is no parameter of that name here.")
                raise serializers.ValidationError({"filter": {name: [text] for name in unknown}})
            narrowed = ProposalFilter(given["filter"], queryset=found, request=self.request)
            if not narrowed.is_valid():
                raise serializers.ValidationError({"filter": narrowed.errors})
            found = narrowed.qs
        cases = list(found.order_by("pk")[: MOST_AT_ONCE + 1])
        if not cases or len(cases) > MOST_AT_ONCE:
            text = _("Select at least one and at most %(most)s proposals.") % {"most": MOST_AT_ONCE}
            raise serializers.ValidationError({"filter": [text]})
        return cases

    def clean(self, case, name, details):
        row, _capacity = PROPOSAL.row_for(case, name, by=self.request.user)
        data = step_fields.form_data(row, case, by=self.request.user, data=details)
        return PROPOSAL.clean(case, name, by=self.request.user, data=data)
