"""Screening, assignment, review and the returns between them."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import Proposal
from budgets.models.round import Criterion, Rubric
from budgets.querysets import ReviewQuerySet
from budgets.states import AssignmentState, ProposalState, ReviewState
from portal import clock
from portal.models import User


class SectionReturn(models.Model):
    """A return of chosen sections with reasons (การส่งคืนให้แก้ไข): `sections` is `[{"section", "reason"}]`."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="returns")
    stage = models.CharField(max_length=20, choices=ProposalState)
    sections = models.JSONField()
    due_on = models.DateField()
    letter_no = models.CharField(max_length=80, blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(default=clock.now)
    from_version = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.proposal} · {self.due_on}"


class Assignment(models.Model):
    """A reviewer asked to review a proposal (การมอบหมาย)."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="assignments")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=12, choices=AssignmentState, default=AssignmentState.ASSIGNED)
    assigned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=clock.now)
    due_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("assignment")
        constraints = [
            models.UniqueConstraint(
                name="assignment_once_at_a_time",
                fields=["proposal", "reviewer"],
                condition=Q(state=AssignmentState.ASSIGNED),
            )
        ]
        indexes = [models.Index(fields=["reviewer", "state"])]

    def __str__(self):
        return f"{self.proposal} · {self.reviewer}"

    @property
    def case(self):
        return self.proposal

    @property
    def local_government(self):
        return self.proposal.local_government


class Conflict(models.Model):
    """A person's conflict of interest in a case (ผลประโยชน์ทับซ้อน): the case is gone for them everywhere."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="conflicts")
    person = models.ForeignKey(User, models.PROTECT, related_name="conflicts")
    note = models.TextField(blank=True)
    declared_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="conflict_once", fields=["proposal", "person"])]

    def __str__(self):
        return f"{self.proposal} · {self.person}"

    @property
    def case(self):
        return self.proposal


class Review(models.Model):
    """One reviewer's scores of one proposal (การตรวจประเมิน)."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="reviews")
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=ReviewState, default=ReviewState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    note = models.TextField(_("note to the committee"), blank=True)
    total = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        constraints = [
            models.UniqueConstraint(name="review_once_a_reviewer", fields=["proposal", "reviewer"]),
            models.CheckConstraint(
                name="review_sent_has_total_and_time",
                condition=Q(state=ReviewState.DRAFT) | Q(total__isnull=False, sent_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.proposal} · {self.reviewer}"

    def get_absolute_url(self):
        return reverse("budgets:review", args=[self.proposal_id])

    @property
    def case(self):
        return self.proposal

    @property
    def local_government(self):
        return self.proposal.local_government


class Score(models.Model):
    """A score for one criterion, with its justification."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    justification = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="score_once_a_criterion", fields=["review", "criterion"]),
            models.CheckConstraint(name="score_not_negative", condition=Q(score=None) | Q(score__gte=0)),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.score}"
