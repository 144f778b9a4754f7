"""Questions: about a round, answered for all; and about one case, asked by its reviewers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import Proposal
from budgets.models.round import Round
from budgets.querysets import ClarificationQuerySet, QuestionQuerySet
from portal import clock
from portal.models import User


def answered_whole(name):
    """The constraint that an answer has its author and its moment."""
    return models.CheckConstraint(
        name=name,
        condition=Q(answer="", answered_by=None, answered_at=None)
        | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
    )


class Question(models.Model):
    """A question about a round (คำถาม–คำตอบ). Once answered, question and answer are published to all, without names.

    `published_text` is the question as everybody reads it.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="questions")
    text = models.TextField(_("question"), max_length=2000)
    published_text = models.TextField(_("question, as published"), max_length=2000, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question about a round")
        constraints = [answered_whole("question_answered_whole")]

    def __str__(self):
        return self.text[:60]


class Clarification(models.Model):
    """A reviewer's question about a case (ขอคำชี้แจง), to be answered by its office by a day; the state stays."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="clarifications")
    text = models.TextField(_("question"), max_length=2000)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    due_on = models.DateField(_("answer by"))
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ClarificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for clarification")
        ordering = ["pk"]
        constraints = [answered_whole("clarification_answered_whole")]

    def __str__(self):
        return f"{self.proposal} · {self.text[:40]}"

    @property
    def case(self):
        return self.proposal

    @property
    def local_government(self):
        return self.proposal.local_government
