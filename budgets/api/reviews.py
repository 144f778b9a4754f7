"""Who reviews what, and what they found: assignments and reviews."""

from django.core.exceptions import PermissionDenied
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from budgets.api.fields import WholeRow
from budgets.api.nested import OfProposal, race_as_412
from budgets.judging import profiles, reviewing
from budgets.lifecycle import REVIEW
from budgets.models import Assignment, Criterion, Review, Score
from budgets.states import AssignmentState
from portal import access
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictDecimalField,
    UserName,
)
from portal.api.views import Steps, match
from portal.models import User

# Assignments


class AssignmentSerializer(CleanModelSerializer):
    reviewer = UserName(queryset=User.objects.filter(is_active=True))

    class Meta:
        model = Assignment
        fields = ["id", "reviewer", "state", "assigned_at", "due_on", "ended_at", "reason"]
        read_only_fields = ["state", "assigned_at", "due_on", "ended_at", "reason"]

    def validate(self, attrs):
        return attrs


class EndingSerializer(CleanSerializer):
    reason = StrictCharField(max_length=4000, required=False, allow_blank=True, default="")


class AssignmentViewSet(OfProposal, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Who is asked to review a case: for the secretary and those who read reviews; a reviewer sees the own."""

    queryset = Assignment.objects.select_related("reviewer", "proposal__round", "proposal__local_government")
    serializer_class = AssignmentSerializer
    permissions = {"create": "budgets.assign_reviewers", "release": "budgets.assign_reviewers"}

    def get_queryset(self):
        queryset = super().get_queryset()
        user = self.request.user
        return queryset if access.holding(user, "budgets.view_reviews") else queryset.filter(reviewer=user)

    def ask(self, obj):
        super().ask(obj)
        user = self.request.user
        reads = access.holding(user, "budgets.view_reviews") or user.has_perm("budgets.review_proposal", self.parent)
        if not reads:
            raise PermissionDenied

    def perform_create(self, serializer):
        reviewer = serializer.validated_data["reviewer"]
        assignment = reviewing.assign(self.parent, reviewer, by=self.request.user)
        self.object = serializer.instance = assignment

    @extend_schema(request=EndingSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request, **kwargs):
        """The reviewer gives the assignment back; another is asked."""
        return self.end(request, AssignmentState.DECLINED)

    @extend_schema(request=EndingSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request, **kwargs):
        """The secretary takes the assignment back."""
        return self.end(request, AssignmentState.RELEASED)

    def end(self, request, state):
        assignment = self.get_object()
        if state == AssignmentState.DECLINED and assignment.reviewer_id != request.user.pk:
            raise PermissionDenied
        given = EndingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reviewing.end_assignment(assignment, state=state, by=request.user, **given.validated_data)
        return Response(self.get_serializer(self.queryset.all().get(pk=assignment.pk)).data)


# Reviews


class ScoreSerializer(WholeRow, CleanModelSerializer):
    criterion = RelatedId(queryset=Criterion.objects.all())
    score = StrictDecimalField(max_digits=5, decimal_places=2, min_value=0, required=False, allow_null=True)
    justification = StrictCharField(max_length=10_000, required=False, allow_blank=True)

    class Meta:
        model = Score
        fields = ["criterion", "score", "justification"]


class ReviewSerializer(CleanModelSerializer):
    """A review. Local governments see it without the reviewer and the note, once the round is announced."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True, allow_null=True)
    scores = ScoreSerializer(many=True, required=False, max_length=100)
    conflict = StrictBooleanField(required=False, write_only=True)
    submit = StrictBooleanField(required=False, write_only=True)

    class Meta:
        model = Review
        fields = ["id", "reviewer", "state", "version", "scores", "total", "note", "started_at", "changed_at"]
        fields += ["sent_at", "conflict", "submit"]
        read_only_fields = ["state", "version", "total", "started_at", "changed_at", "sent_at"]

    PERSONAL = ("reviewer", "note", "started_at", "changed_at", "sent_at")

    def validate_scores(self, rows):
        rubric = self.context["view"].rubric
        if len({row["criterion"] for row in rows}) != len(rows):
            raise serializers.ValidationError(_("Name each criterion once."))
        errors = [self.fault(row, rubric) for row in rows]
        if any(errors):
            raise serializers.ValidationError(errors)
        return rows

    def fault(self, row, rubric):
        """What is wrong with a score, as REST framework tells it, or an empty dict."""
        criterion, score = row["criterion"], row.get("score")
        if rubric is None or criterion.rubric_id != rubric.pk:
            return {"criterion": [_("This criterion is not in the rubric.")]}
        if score is not None and score > criterion.max_score:
            text = _("The score for “%(name)s” is from 0 to %(max)s.")
            return {"score": [text % {"name": criterion.name, "max": criterion.max_score}]}
        return {}

    def validate(self, attrs):
        return attrs

    def to_representation(self, review):
        answer = super().to_representation(review)
        if not self.context["view"].names_reviewers:
            answer.update(dict.fromkeys(self.PERSONAL))
        return answer


class ReviewViewSet(Steps, OfProposal, mixins.CreateModelMixin, mixins.UpdateModelMixin, ReadOnlyModelViewSet):
    """Reviews of a case. Each has its own version."""

    queryset = Review.objects.select_related("reviewer", "rubric", "proposal__round").prefetch_related("scores")
    serializer_class = ReviewSerializer
    lifecycle = REVIEW
    lookup_value_regex = "[0-9]+"
    permissions = dict.fromkeys(["update", "partial_update"], "budgets.review_proposal")

    @cached_property
    def names_reviewers(self):
        """Whether this person may know who wrote the reviews: those who read them by role, and the reviewers."""
        user = self.request.user
        return bool(access.holding(user, "budgets.view_reviews")) or user.has_perm(
            "budgets.review_proposal", self.parent
        )

    @cached_property
    def rubric(self):
        """The rubric by which this person scores: that of the review begun, or the one in force."""
        begun = Review.objects.filter(proposal=self.parent, reviewer=self.request.user).select_related("rubric").first()
        return begun.rubric if begun else self.parent.round.rubric()

    def get_queryset(self):
        queryset = super().get_queryset()
        if self.names_reviewers:
            return queryset.visible_to(self.request.user)
        return queryset.sent() if self.parent.round.is_announced else queryset.none()

    def ask(self, obj):
        super().ask(obj)
        user = self.request.user
        if self.action == "create" and not reviewing.may_declare(user, self.parent):
            raise PermissionDenied
        if self.action in {"update", "partial_update"} and obj is not None and obj.reviewer_id != user.pk:
            raise PermissionDenied

    def etag_of(self, obj):
        return f'"{obj.version}"'

    def update(self, request, *args, **kwargs):
        """Write the scores that are given; PUT and PATCH do the same."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    @extend_schema(
        responses={
            200: OpenApiResponse(ReviewSerializer, description="The review that was begun before, or a conflict."),
            201: ReviewSerializer,
        }
    )
    def create(self, request, *args, **kwargs):
        """Declare a conflict of interest, or begin and write the own review; `submit` also sends it."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields, by = given.validated_data, request.user
        if fields.get("conflict"):
            reviewing.declare_conflict(self.parent, by=by, note=fields.get("note", ""))
            return Response({"conflict": True, "proposal": str(self.parent.pk)})
        profiles.stand_by(self.parent.round, by=by)
        is_new = not Review.objects.filter(proposal=self.parent, reviewer=by).exists()
        review = reviewing.review_of(self.parent, by=by)
        self.write(review, fields)
        return Response(self.get_serializer(self.object).data, status=201 if is_new else 200)

    def perform_update(self, serializer):
        review = serializer.instance
        version = match(self.request, review)
        with race_as_412(review):
            self.write(review, serializer.validated_data, version=version)
        serializer.instance = self.object

    def write(self, review, fields, *, version=None):
        """Keep the scores given, and send the review when that is asked."""
        by = self.request.user
        kept = {
            row["criterion"].pk: (row.get("score"), row.get("justification", "")) for row in fields.get("scores", ())
        }
        review = reviewing.save_scores(review, kept, by=by, note=fields.get("note"), version=version)
        if fields.get("submit"):
            review = REVIEW.take(review, "send", by=by)
        self.object = self.queryset.all().get(pk=review.pk)
