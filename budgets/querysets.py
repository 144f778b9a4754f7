"""The budget's queries, one thought a method."""

from django.db import models
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Round

from budgets.states import (
    BEFORE_ANNOUNCEMENT,
    CONFIDENTIAL,
    EDITABLE,
    AssignmentState,
    CarryOverState,
    ItemChangeState,
    ProposalState,
    ReportState,
    ReviewState,
    RoundState,
    Standing,
    TransferState,
)
from portal import access, clock
from portal.clock import BANGKOK


class RoundQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rounds that were opened; those being planned only for the people who prepare them."""
        if access.holding(user, "budgets.view_outcome"):
            return self
        return self.opened()

    def opened(self):
        return self.exclude(state=RoundState.PLANNING)

    def past_closing(self, moment):
        return self.filter(state=RoundState.OPEN, closes_at__lte=moment)

    def open_for(self, local_government):
        """Open rounds for which the local government's kind is eligible, as a list."""
        return [r for r in self.filter(state=RoundState.OPEN).order_by("closes_at", "pk") if r.is_for(local_government)]


def _assigned_to(user):
    return Q(assignments__reviewer=user, assignments__state=AssignmentState.ASSIGNED)


class ProposalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What `user` may see: own office's cases whole; the own province's also as shared drafts; others' once
        submitted; assigned cases; lapsed ones that an extension can bring back; never a conflict.
        """
        if not user.is_authenticated:
            return self.none()
        wanted = access.scope(user, "budgets.view_proposal")
        local = Q(pk__in=[])
        for membership in access.holding(user, "budgets.view_proposal"):
            if membership.local_government_id:
                local |= Q(local_government=membership.local_government_id)
            if membership.province_id:
                local |= Q(local_government__province=membership.province_id, shared_at__isnull=False)
        seen = local | (wanted & Q(first_submitted_at__isnull=False))
        if access.holding(user, "budgets.reinstate_proposal"):
            from budgets.models import Extension

            seen |= Q(Exists(Extension.objects.in_force_for_case(clock.now())), state=ProposalState.LAPSED)
        if access.holding(user, "budgets.review_proposal"):
            from budgets.models import Assignment

            seen |= Q(
                Exists(
                    Assignment.objects.filter(proposal=OuterRef("pk"), reviewer=user, state=AssignmentState.ASSIGNED)
                )
            )
        return self.filter(seen).without_conflicts_of(user)

    def carried_out(self):
        """Projects that got money under an enacted budget: public, whoever asks."""
        return self.filter(allocated_baht__isnull=False, round__state__in=[RoundState.ENACTED, RoundState.FINISHED])

    def without_conflicts_of(self, user):
        """All but the cases in which `user` has a conflict of interest."""
        from budgets.models import Conflict

        return self.exclude(Exists(Conflict.objects.filter(proposal=OuterRef("pk"), person=user)))

    def in_conflict_with(self, user):
        """The cases in which `user` has a conflict of interest: to be counted where sums include them, never named."""
        from budgets.models import Conflict

        return self.filter(Exists(Conflict.objects.filter(proposal=OuterRef("pk"), person=user)))

    def in_round(self, round):
        return self.filter(round=round)

    def editable(self):
        return self.filter(state__in=EDITABLE)

    def as_shown_to(self, user):
        """Adds `shown_state` (str): the state, or `in_review` where the outcome is not yet announced to `user`;
        and `shows_outcome` (bool): whether `user` may know the scores, the resolution and the amount recommended.
        """
        if access.holding(user, "budgets.view_outcome"):
            return self.annotate(shown_state=F("state"), shows_outcome=Value(True))
        return self.annotate(
            shows_outcome=Case(
                When(round__state__in=BEFORE_ANNOUNCEMENT, then=Value(False)),
                default=Value(True),
                output_field=models.BooleanField(),
            ),
            shown_state=Case(
                When(
                    round__state__in=BEFORE_ANNOUNCEMENT,
                    state__in=CONFIDENTIAL,
                    then=Value(ProposalState.IN_REVIEW.value),
                ),
                default=F("state"),
                output_field=models.CharField(),
            ),
        )

    def whole(self):
        """With everything that a proposal contains, in a fixed number of queries."""
        from budgets.models import ProposalAttachment, ProposalItem, SectionDraft

        return self.select_related(
            "round", "theme", "local_government__province", "local_government__district"
        ).prefetch_related(
            Prefetch("items", ProposalItem.objects.select_related("category", "listing__product", "listing__provider")),
            "items__quotations__file",
            "funding",
            "kpis",
            Prefetch("attachments", ProposalAttachment.objects.select_related("file", "uploaded_by")),
            Prefetch("section_drafts", SectionDraft.objects.select_related("edited_by")),
            "subdistricts",
            "round__documents",
        )

    def with_review_counts(self):
        """Adds `assigned_count` and `sent_count` (int): reviewers at work and reviews sent."""
        return self.annotate(
            assigned_count=Count("assignments", filter=Q(assignments__state=AssignmentState.ASSIGNED), distinct=True),
            sent_count=Count("reviews", filter=Q(reviews__state=ReviewState.SENT), distinct=True),
        )

    def with_standing(self):
        """Adds how far the reviews are: `assigned_count`, `sent_count` (int), `spread` (Decimal, points between the
        highest and the lowest sent, null without any) and `standing` (str, a `budgets.states.Standing`).
        """
        from budgets.models import Assignment, Review, Rubric

        at_work = Assignment.objects.filter(proposal=OuterRef("pk"), state=AssignmentState.ASSIGNED)
        sent = Review.objects.sent().filter(proposal=OuterRef("pk"))
        limit = Rubric.objects.filter(round=OuterRef("round")).order_by("-number").values("spread_limit")[:1]
        return self.annotate(
            assigned_count=_counted(at_work),
            sent_count=_counted(sent),
            spread=Subquery(
                sent.order_by().values("proposal").annotate(d=Round(Max("total") - Min("total"), 2)).values("d")
            ),
            spread_limit=Subquery(limit),
            standing=Case(
                When(assigned_count__lt=F("round__reviewers_per_proposal"), then=Value(Standing.UNASSIGNED.value)),
                When(assigned_count__gt=F("sent_count"), then=Value(Standing.WAITING.value)),
                When(sent_count=2, spread__gt=F("spread_limit"), then=Value(Standing.THIRD_REVIEW_NEEDED.value)),
                default=Value(Standing.READY.value),
                output_field=models.CharField(),
            ),
        )

    def assigned_to(self, person):
        """Cases that `person` is asked to review, with `due_on` (date, null) and `own_review` (str): `todo`, or the
        state of the own review.
        """
        from budgets.models import Assignment, Review

        held = Assignment.objects.filter(proposal=OuterRef("pk"), reviewer=person, state=AssignmentState.ASSIGNED)
        own = Review.objects.filter(proposal=OuterRef("pk"), reviewer=person)
        return self.filter(Exists(held)).annotate(
            due_on=Subquery(held.values("due_on")[:1]),
            own_review=Coalesce(Subquery(own.values("state")[:1]), Value("todo")),
            own_total=Subquery(own.values("total")[:1]),
        )

    def for_screening_by(self, user, day):
        """Cases whose screening is the work of `user` on `day`: the own province's; for who may stand in for a
        province, where no office serves or the round's screening date has passed.
        """
        from budgets.rules import SERVED_BY_NO_PROVINCE

        held = access.holding(user, "budgets.screen_proposal")
        mine = Q(local_government__province__in=[m.province_id for m in held if m.province_id])
        if access.holding(user, "budgets.stand_in_for_province"):
            mine |= Q(local_government__kind__in=SERVED_BY_NO_PROVINCE) | Q(round__screening_due_on__lt=day)
        return self.filter(mine)

    def recommended_in(self, round):
        """What the committee recommended in `round`, wherever it stands now."""
        return self.filter(round=round, recommended_baht__isnull=False).exclude(state=ProposalState.WITHDRAWN)

    def with_inclusion(self):
        """Adds `is_included` (bool): the case is, or before its allocation was, in the budget request."""
        from portal.models.audit import Event

        steps = Event.objects.filter(case_type="budgets.proposal", case_id=OuterRef("pk"))
        included = Exists(steps.filter(verb="proposal.include_in_request"))
        placed = ~Q(state__in=[ProposalState.RECOMMENDED, ProposalState.NOT_ALLOCATED])
        return self.annotate(
            is_included=Case(When(placed | Q(included), then=True), default=False, output_field=models.BooleanField())
        )

    def for_allocation_in(self, round):
        """What the request of `round` asked for, and its reserve list: recommended, and placed or allocated."""
        return self.recommended_in(round).exclude(state=ProposalState.RECOMMENDED)

    def ready_to_conclude(self, moment):
        """Cases that all their reviewers have sent, none of them after `moment`."""
        from budgets.models import Review

        late = Review.objects.filter(proposal=OuterRef("pk"), sent_at__gt=moment)
        reviewed = self.filter(state=ProposalState.IN_REVIEW).exclude(Exists(late))
        return reviewed.with_standing().filter(standing=Standing.READY)

    def out_of_time(self, moment):
        """Cases that are not signed although their time is up at `moment` and no extension holds."""
        unsigned = {ProposalState.DRAFT, ProposalState.PENDING_ENDORSEMENT, ProposalState.RETURNED}
        returned = Q(first_submitted_at__isnull=False, return_due_on__isnull=False)
        late = (returned & Q(return_due_on__lt=moment.astimezone(BANGKOK).date())) | (
            ~returned & Q(round__closes_at__lte=moment)
        )
        return self.filter(late, state__in=unsigned).with_extension(moment).filter(extended_until=None)

    def with_open_appeal(self):
        """Cases whose appeal waits for its decision."""
        return self.filter(Q(decided_at=None) | Q(decided_at__lte=F("appealed_at")), appealed_at__isnull=False)

    def with_extension(self, moment):
        """Adds `extended_until` (datetime, null): the end of the longest extension in force at `moment`."""
        from budgets.models import Extension

        granted = Extension.objects.in_force_for_case(moment)
        return self.annotate(extended_until=Subquery(granted.order_by("-until").values("until")[:1]))

    def ranked(self):
        """Cases with a score in rank order within their theme: mean down, then number up."""
        return self.filter(mean_score__isnull=False).order_by(
            "theme__position", "theme_id", "-mean_score", "number", "pk"
        )

    def awaiting_conclusion(self):
        return self.filter(state=ProposalState.IN_REVIEW)

    def past_return_date(self, day):
        return self.filter(state=ProposalState.RETURNED, return_due_on__lt=day)


def _counted(rows):
    """How many of `rows`, which belong to one proposal, as a subquery."""
    return Coalesce(Subquery(rows.order_by().values("proposal").annotate(number=Count("pk")).values("number")), 0)


class ReviewQuerySet(models.QuerySet):
    def sent(self):
        return self.filter(state=ReviewState.SENT)

    def visible_to(self, user):
        """All reviews for those who read them by role; a reviewer's own, and others' once the own is sent."""
        if not user.is_authenticated:
            return self.none()
        from budgets.models import Conflict

        conflicted = Exists(Conflict.objects.filter(proposal=OuterRef("proposal"), person=user))
        if access.holding(user, "budgets.view_reviews"):
            return self.exclude(conflicted)
        own_sent = Exists(
            self.model.objects.filter(proposal=OuterRef("proposal"), reviewer=user, state=ReviewState.SENT)
        )
        assigned = Q(proposal__assignments__reviewer=user, proposal__assignments__state=AssignmentState.ASSIGNED)
        mine = self.filter(Q(reviewer=user) | (Q(own_sent) & Q(state=ReviewState.SENT)), assigned)
        return mine.exclude(conflicted).distinct()


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports of visible cases; drafts only for the own office."""
        if not user.is_authenticated:
            return self.none()
        from budgets.models import Proposal

        local = Q(pk__in=[])
        for membership in access.holding(user, "budgets.view_report"):
            if membership.local_government_id:
                local |= Q(proposal__local_government=membership.local_government_id)
        others = access.scope(user, "budgets.view_report", "proposal__local_government") & ~Q(state=ReportState.DRAFT)
        if not access.holding(user, "budgets.view_report"):
            return self.none()
        return self.filter(local | others, proposal__in=Proposal.objects.visible_to(user))


class QuestionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What was answered is for all; what waits, for who asked and for those who answer."""
        if not user.is_authenticated:
            return self.exclude(answer="")
        if access.holding(user, "budgets.answer_question"):
            return self
        return self.filter(~Q(answer="") | Q(asked_by=user))


class ClarificationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the cases that `user` may see."""
        from budgets.models import Proposal

        return self.filter(proposal__in=Proposal.objects.visible_to(user))

    def waiting(self):
        return self.filter(answer="", proposal__state=ProposalState.IN_REVIEW)


class CarryOverQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the cases that `user` may see."""
        from budgets.models import Proposal

        return self.filter(proposal__in=Proposal.objects.visible_to(user))

    def waiting(self):
        return self.filter(state=CarryOverState.REQUESTED)

    def granted(self):
        return self.filter(state=CarryOverState.GRANTED)


class ItemChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the cases that `user` may see."""
        from budgets.models import Proposal

        return self.filter(proposal__in=Proposal.objects.visible_to(user))

    def waiting(self):
        return self.filter(state=ItemChangeState.REQUESTED)


class TransferQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Transfers that touch a case which `user` may see, and no case of an own conflict.

        Before they are approved they are for those who know what the committee thinks.
        """
        from budgets.models import Conflict, Proposal

        if not user.is_authenticated:
            return self.none()
        seen = Proposal.objects.visible_to(user)
        own = Conflict.objects.filter(person=user).values("proposal")
        found = self.filter(Q(source__in=seen) | Q(target__in=seen)).exclude(Q(source__in=own) | Q(target__in=own))
        if access.holding(user, "budgets.view_outcome"):
            return found
        return found.filter(state=TransferState.APPROVED)

    def waiting(self):
        return self.filter(state=TransferState.PROPOSED)


class ExtensionQuerySet(models.QuerySet):
    def in_force_for_case(self, moment):
        """Inside a subquery of proposals: the extensions that hold for the outer case at `moment`."""
        return self.filter(
            Q(proposal=None) | Q(proposal=OuterRef("pk")),
            round=OuterRef("round"),
            local_government=OuterRef("local_government"),
            until__gt=moment,
        )

    def seen_by(self, user):
        """Extensions of local governments whose cases `user` follows, but for cases with an own conflict."""
        from budgets.models import Conflict

        own = Q(proposal__conflicts__in=Conflict.objects.filter(person=user))
        return self.filter(access.scope(user, "budgets.view_proposal")).exclude(own)


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Meetings are for those who know what the committee thinks before it is announced."""
        return self if access.holding(user, "budgets.view_outcome") else self.none()

    def for_round(self, round):
        """The meetings at which cases of `round` may be decided: its own, and those that sit for all rounds."""
        return self.filter(Q(round=round) | Q(round=None))

    def held_by(self, day):
        """Meetings that took place on `day` or before."""
        return self.filter(on__lte=day)

    def with_decided(self, user):
        """Adds `decided_count` (int) and `decided_baht` (Decimal, null): the cases decided there that `user` may see,
        and what was recommended for them.
        """
        from budgets.models import Conflict

        hidden = Exists(Conflict.objects.filter(proposal=OuterRef("decided__pk"), person=user))
        seen = Q(decided__isnull=False) & ~hidden
        return self.annotate(
            decided_count=Count("decided", filter=seen), decided_baht=Sum("decided__recommended_baht", filter=seen)
        )
