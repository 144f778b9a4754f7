"""Questions and answers of a round, public; clarifications of a case, for its reviewers and its office."""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from budgets.api.nested import OfProposal
from budgets.api.rounds import OfRound
from budgets.judging import asking
from budgets.models import Clarification, Question
from portal import access
from portal.api.serializers import CleanModelSerializer, CleanSerializer, StrictCharField


class QuestionSerializer(CleanModelSerializer):
    question = serializers.SerializerMethodField()
    text = StrictCharField(max_length=2000, write_only=True)

    class Meta:
        model = Question
        fields = ["id", "question", "text", "answer", "asked_at", "answered_at"]
        read_only_fields = ["answer", "asked_at", "answered_at"]

    def get_question(self, question) -> str:
        return question.published_text or question.text


class AnswerSerializer(CleanSerializer):
    answer = StrictCharField(max_length=4000)
    published_text = StrictCharField(max_length=2000, required=False)


class QuestionViewSet(OfRound, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Questions about a round: answered ones for all, without names; one's own; all for those who answer."""

    queryset = Question.objects.all()
    serializer_class = QuestionSerializer
    is_public = True
    permissions = {"create": "budgets.ask_question", "answer": "budgets.answer_question"}

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def perform_create(self, serializer):
        asked = asking.ask(self.parent, by=self.request.user, **serializer.validated_data)
        self.object = serializer.instance = asked

    @extend_schema(request=AnswerSerializer, responses=QuestionSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, **kwargs):
        """Answer for all; question and answer are published."""
        question = self.get_object()
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        self.object = asking.answer(question, by=request.user, **given.validated_data)
        return Response(self.get_serializer(self.object).data)


class ClarificationSerializer(CleanModelSerializer):
    asked_by = serializers.SerializerMethodField(help_text="The reviewer, for those who read reviews by role.")

    class Meta:
        model = Clarification
        fields = ["id", "text", "due_on", "asked_by", "asked_at", "answer", "answered_at"]
        read_only_fields = ["asked_at", "answer", "answered_at"]
        extra_kwargs = {"due_on": {"required": False}}

    def get_asked_by(self, row) -> str | None:
        user = self.context["request"].user
        shown = row.asked_by_id == user.pk or access.holding(user, "budgets.view_reviews")
        return row.asked_by.username if shown else None


class ReplySerializer(CleanSerializer):
    answer = StrictCharField(max_length=4000)


class ClarificationViewSet(OfProposal, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """What the reviewers asked the office of a case, and what it answered; the case keeps its state."""

    queryset = Clarification.objects.select_related("asked_by", "proposal__round", "proposal__local_government")
    serializer_class = ClarificationSerializer

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def perform_create(self, serializer):
        asked = asking.clarify(self.parent, by=self.request.user, **serializer.validated_data)
        self.object = serializer.instance = asked

    @extend_schema(request=ReplySerializer, responses=ClarificationSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, **kwargs):
        """The office's answer, given once."""
        asked = self.get_object()
        given = ReplySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        replied = asking.reply(asked, by=request.user, **given.validated_data)
        return Response(self.get_serializer(self.queryset.all().get(pk=replied.pk)).data)
