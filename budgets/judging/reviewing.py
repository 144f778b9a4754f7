"""Who reviews what: assignment balanced by load, conflicts of interest, scores and their conclusion."""

from collections import Counter, defaultdict
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.translation import gettext as _

from budgets import notices
from budgets.judging.ties import Ties
from budgets.models import Assignment, Conflict, Proposal, Review, Score
from budgets.states import AssignmentState, ProposalState, ReviewState
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.models import Membership, User
from portal.models.audit import Event
from portal.roles import roles_with


def reviewers(day=None):
    """People who hold a reviewer's role on `day` (default today), with `load` (int): reviews still to send."""
    holding = Membership.objects.in_force(day or clock.today()).filter(role__in=roles_with("budgets.review_proposal"))
    sent = Review.objects.sent().filter(proposal=OuterRef("proposal"), reviewer=OuterRef("reviewer"))
    waiting = Assignment.objects.filter(
        ~Exists(sent),
        reviewer=OuterRef("pk"),
        state=AssignmentState.ASSIGNED,
        proposal__state=ProposalState.IN_REVIEW,
    )
    counted = waiting.order_by().values("reviewer").annotate(number=Count("pk")).values("number")
    return (
        User.objects.filter(is_active=True, pk__in=holding.values("user"))
        .annotate(load=Coalesce(Subquery(counted), 0))
        .order_by("load", "username")
    )


class Bars:
    """What keeps `people` from reviewing `proposals` (with their local government), read at once for all of them."""

    def __init__(self, proposals, people):
        cases, persons = [p.pk for p in proposals], [p.pk for p in people]
        self.homes = homes_of(persons)
        self.conflicts = _pairs(Conflict.objects.filter(person__in=persons), cases, "person")
        at_work = Assignment.objects.filter(reviewer__in=persons, state=AssignmentState.ASSIGNED)
        self.assigned = _pairs(at_work, cases, "reviewer")
        self.prepared = _pairs(Proposal.preparers.through.objects.filter(user__in=persons), cases, "user")
        self.ties = Ties(proposals, people)

    def refusal(self, proposal, person):
        """The refusal that keeps `person` from `proposal`, or None."""
        pair = (proposal.pk, person.pk)
        if proposal.local_government.province_id in self.homes.get(person.pk, ()):
            return Refused(_("Reviewers do not review their own province."), code="own_province")
        if pair in self.conflicts:
            return Refused(_("This reviewer has a conflict of interest here."), code="conflict")
        if pair in self.assigned:
            return Refused(_("This reviewer is already assigned."), code="already_assigned")
        if pair in self.prepared:
            return Refused(_("Who prepared a proposal does not review it."), code="separation_of_duties")
        return self.ties.refusal(proposal, person)


def _pairs(rows, cases, person):
    return set(rows.filter(proposal__in=cases).values_list("proposal_id", f"{person}_id"))


def why_not(proposal, reviewer):
    """The refusal that keeps `reviewer` from `proposal`, or None."""
    return Bars([proposal], [reviewer]).refusal(proposal, reviewer)


def candidates(proposal):
    """Every reviewer with the refusal that keeps them from `proposal`, or None; who may comes first, by load."""
    people = list(reviewers())
    bars = Bars([proposal], people)
    return sorted(((person, bars.refusal(proposal, person)) for person in people), key=lambda pair: pair[1] is not None)


def home_provinces(person):
    """The ids of the provinces to which a person's memberships in force tie them."""
    return homes_of([person.pk]).get(person.pk, set())


def homes_of(people):
    """The home provinces of each of `people` (ids), as a dict of sets of ids."""
    held = Membership.objects.in_force(clock.today()).filter(user__in=people)
    homes = defaultdict(set)
    for person, *provinces in held.values_list("user_id", "province_id", "local_government__province_id"):
        homes[person].update(filter(None, provinces))
    return homes


def assign(proposal, reviewer, *, by):
    """A new assignment. Raises PermissionDenied or Refused."""
    capacity = access.capacity(by, "budgets.assign_reviewers", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only the committee's secretary assigns reviewers."))
    if proposal.state != ProposalState.IN_REVIEW:
        raise Refused(
            _("Reviewers are assigned while a proposal is under review; this one is “%(state)s”.")
            % {"state": proposal.get_state_display()},
            code="wrong_state",
            state=proposal.state,
        )
    if not reviewers().filter(pk=reviewer.pk).exists():
        raise Refused(_("This person is not a reviewer at present."), code="not_a_reviewer")
    if refusal := why_not(proposal, reviewer):
        raise refusal
    try:
        with transaction.atomic():
            assignment = Assignment.objects.create(
                proposal=proposal, reviewer=reviewer, assigned_by=by, due_on=proposal.round.review_due_on
            )
            record("assignment.assign", assignment, by=by, capacity=capacity, details={"reviewer": reviewer.username})
            notices.assigned(assignment)
    except IntegrityError:
        raise Refused(_("This reviewer is already assigned."), code="already_assigned") from None
    return assignment


def assign_next(proposal, *, by):
    """A new assignment of the least loaded reviewer who may take the case. Raises Refused when there is none."""
    person = next((person for person, refusal in candidates(proposal) if refusal is None), None)
    if person is None:
        raise Refused(_("No reviewer is free to take this case."), code="no_reviewer", state=proposal.state)
    return assign(proposal, person, by=by)


def unsent(person):
    """The assignments of `person` in cases under review for which nothing was sent yet, oldest first."""
    sent = Review.objects.sent().filter(proposal=OuterRef("proposal"), reviewer=person)
    held = Assignment.objects.filter(
        ~Exists(sent), reviewer=person, state=AssignmentState.ASSIGNED, proposal__state=ProposalState.IN_REVIEW
    )
    return held.select_related(
        "proposal__round",
        "proposal__theme",
        "proposal__local_government__province",
        "proposal__local_government__district",
    ).order_by("assigned_at", "pk")


def hand_over(assignment, *, by, reason):
    """The new assignment of the least loaded other reviewer who may take the case over. Raises Refused."""
    proposal = assignment.proposal
    with transaction.atomic():
        end_assignment(assignment, state=AssignmentState.RELEASED, by=by, reason=reason)
        others = (person for person, refusal in candidates(proposal) if refusal is None)
        person = next((person for person in others if person.pk != assignment.reviewer_id), None)
        if person is None:
            raise Refused(_("No reviewer is free to take this case."), code="no_reviewer", state=proposal.state)
        return assign(proposal, person, by=by)


def plan_assignments(proposals, *, per_proposal=None):
    """A balanced plan: `[(proposal, reviewer)]` for the reviewers still wanting, least loaded first.

    Nothing is written; what has begun is left as it is.
    """
    people, proposals = list(reviewers()), list(proposals)
    bars = Bars(proposals, people)
    load = Counter({person.pk: person.load for person in people})
    begun = Counter(
        Assignment.objects.filter(proposal__in=proposals, state=AssignmentState.ASSIGNED).values_list(
            "proposal_id", flat=True
        )
    )
    plan = []
    for proposal in proposals:
        wanted = (per_proposal or proposal.round.reviewers_per_proposal) - begun[proposal.pk]
        for person in sorted(people, key=lambda person: (load[person.pk], person.username)):
            if wanted <= 0:
                break
            if bars.refusal(proposal, person) is None:
                plan.append((proposal, person))
                load[person.pk] += 1
                wanted -= 1
    return plan


def end_assignment(assignment, *, state, by, reason=""):
    """End an assignment by declining, release or conflict; the review begun stays unsent and counts for nothing."""
    may = assignment.reviewer_id == by.pk if state != AssignmentState.RELEASED else False
    capacity = access.capacity(by, "budgets.assign_reviewers", assignment.proposal)
    if not may and not (state == AssignmentState.RELEASED and capacity):
        raise PermissionDenied(_("This assignment is not yours to end."))
    if Review.objects.sent().filter(proposal=assignment.proposal, reviewer=assignment.reviewer).exists():
        raise Refused(_("The review is already sent."), code="already_sent")
    with transaction.atomic():
        ended = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.ASSIGNED)
        if not ended.update(state=state, ended_at=clock.now(), reason=reason):
            raise Refused(_("This assignment has already ended."), code="wrong_state", state=assignment.state)
        assignment.refresh_from_db()
        record(f"assignment.{state}", assignment, by=by, capacity=capacity, details={"reason": reason})
        if state != AssignmentState.RELEASED:
            notices.assignment_ended(assignment)


def declare_conflict(proposal, *, by, note=""):
    """Record the reviewer's conflict of interest; from then on the case is gone for them.

    What they had scored is withdrawn from the mean.
    """
    with transaction.atomic():
        conflict, _made = Conflict.objects.get_or_create(proposal=proposal, person=by, defaults={"note": note})
        Review.objects.filter(proposal=proposal, reviewer=by).delete()
        Assignment.objects.filter(proposal=proposal, reviewer=by, state=AssignmentState.ASSIGNED).update(
            state=AssignmentState.CONFLICTED, ended_at=clock.now(), reason=note
        )
        record("review.conflict", conflict, by=by)
        notices.conflict_declared(conflict)
    return conflict


def declare_no_conflict(proposal, *, by):
    """Record that an assigned reviewer has no conflict of interest; said once for each assignment."""
    capacity = access.capacity(by, "budgets.review_proposal", proposal)
    assignment = proposal.assignments.filter(reviewer=by, state=AssignmentState.ASSIGNED).first()
    if capacity is None or assignment is None:
        raise PermissionDenied(_("This proposal is not assigned to you."))
    if not has_declared(proposal, by):
        record("review.no_conflict", assignment, by=by, capacity=capacity)


def has_declared(proposal, person):
    """True once an assigned reviewer has said that there is no conflict, or has begun the review."""
    if Review.objects.filter(proposal=proposal, reviewer=person).exists():
        return True
    held = proposal.assignments.filter(reviewer=person, state=AssignmentState.ASSIGNED).values("pk")
    said = Event.objects.filter(object_type="budgets.assignment", object_id__in=held, verb="review.no_conflict")
    return said.filter(actor=person).exists()


def may_declare(user, proposal):
    """True for those who take part in deciding the case: its reviewers, and who reads reviews by role."""
    return user.has_perm("budgets.review_proposal", proposal) or user.has_perm("budgets.view_reviews", proposal)


def review_of(proposal, *, by):
    """The caller's review of an assigned case, begun when there is none yet."""
    if not by.has_perm("budgets.review_proposal", proposal):
        raise PermissionDenied(_("This proposal is not assigned to you."))
    review = Review.objects.filter(proposal=proposal, reviewer=by).first()
    if review:
        return review
    if proposal.state != ProposalState.IN_REVIEW:
        raise Refused(
            _("This proposal is not under review: it is “%(state)s”.") % {"state": proposal.get_state_display()},
            code="wrong_state",
            state=proposal.state,
        )
    rubric = proposal.round.rubric()
    review, _made = Review.objects.get_or_create(proposal=proposal, reviewer=by, defaults={"rubric": rubric})
    return review


def save_scores(review, scores, *, by, note=None, version=None):
    """Write scores `{criterion_id: (score or None, justification)}` of a draft review; the fresh review.

    A draft may leave anything out. Raises Refused when it is sent or was changed elsewhere, ValidationError
    when a score lies outside its criterion.
    """
    if review.reviewer_id != by.pk or not by.has_perm("budgets.review_proposal", review):
        raise PermissionDenied(_("Only the reviewer writes this review."))
    criteria = {criterion.pk: criterion for criterion in review.rubric.criteria.all()}
    errors = {}
    for key, (score, _text) in scores.items():
        if key not in criteria:
            errors[str(key)] = _("This criterion is not in the rubric.")
        elif score is not None and not 0 <= score <= criteria[key].max_score:
            errors[str(key)] = _("The score for “%(name)s” is from 0 to %(max)s.") % {
                "name": criteria[key].name,
                "max": criteria[key].max_score,
            }
    if errors:
        raise ValidationError({"scores": list(errors.values())})
    with transaction.atomic():
        held = Review.objects.filter(pk=review.pk, state=ReviewState.DRAFT)
        if version is not None:
            held = held.filter(version=version)
        if not held.update(version=F("version") + 1, changed_at=clock.now()):
            review.refresh_from_db()
            code = "already_sent" if review.state == ReviewState.SENT else "lost_race"
            text = (
                _("The review is already sent.") if code == "already_sent" else _("The review was changed elsewhere.")
            )
            raise Refused(text, code=code, state=review.state)
        for key, (score, justification) in scores.items():
            Score.objects.update_or_create(
                review=review, criterion_id=key, defaults={"score": score, "justification": justification}
            )
        review.refresh_from_db()
        if note is not None:
            review.note = note
        review.total = sum((row.score for row in review.scores.all() if row.score is not None), Decimal(0))
        review.save(update_fields=["note", "total"])
    return review


def lacks(review):
    """What keeps a review from being sent: a list of messages by criterion."""
    given = {score.criterion_id: score for score in review.scores.all()}
    found = []
    for criterion in review.rubric.criteria.all():
        row = given.get(criterion.pk)
        if row is None or row.score is None:
            found.append(_("Give a score for “%(name)s”.") % {"name": criterion.name})
        elif needs_justification(review.rubric, criterion, row.score) and not row.justification.strip():
            found.append(_("Justify the score for “%(name)s”.") % {"name": criterion.name})
    return found


def needs_justification(rubric, criterion, score):
    """True when `score` lies below or above the shares of the largest score that need a reason."""
    share = Decimal(score) * 100 / criterion.max_score
    return share < rubric.justify_below_pct or share > rubric.justify_above_pct


def figures(proposal):
    """Mean, spread and number of the sent reviews, as a dict; mean and spread are None without any."""
    found = (
        Review.objects.sent()
        .filter(proposal=proposal)
        .aggregate(mean=Avg("total"), low=Min("total"), high=Max("total"), sent=Count("pk"))
    )
    if not found["sent"]:
        return {"mean": None, "spread": None, "sent": 0}
    mean = Decimal(str(found["mean"])).quantize(Decimal("0.01"))
    return {"mean": mean, "spread": found["high"] - found["low"], "sent": found["sent"]}


def rank_of(proposal):
    """The place of a scored case within its theme, from 1: mean down, then number up; None without a score."""
    if proposal.mean_score is None:
        return None
    before = Q(mean_score__gt=proposal.mean_score) | Q(mean_score=proposal.mean_score, number__lt=proposal.number)
    peers = type(proposal).objects.filter(round=proposal.round_id, theme=proposal.theme_id, mean_score__isnull=False)
    return peers.filter(before).count() + 1


def ranks(round):
    """The place within its theme, from 1, of every scored case of the round, by the case's key."""
    order = [F("mean_score").desc(), F("number").asc(), F("pk").asc()]
    place = Window(RowNumber(), partition_by=[F("theme")], order_by=order)
    scored = Proposal.objects.in_round(round).filter(mean_score__isnull=False)
    return dict(scored.annotate(place=place).values_list("pk", "place"))
