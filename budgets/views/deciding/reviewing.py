"""Review: who reviews what, the reviewer's queue, and the desk where scores are given."""

from collections import Counter
from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from budgets.deciding import bulk
from budgets.forms.deciding import DeclarationForm, EndingForm, ReviewForm, RoundCaseFilter
from budgets.judging import profiles, reviewing
from budgets.lifecycle import PROPOSAL, REVIEW
from budgets.models import Assignment, Proposal, Review
from budgets.states import AssignmentState, ProposalState, ReviewState, Standing
from budgets.views.deciding.common import CASES, Desk, Q, case_columns, safe_next, themes_at_work, visible_case
from portal import access, clock
from portal.errors import Refused
from portal.exports import Column
from portal.models import User
from portal.thai.dates import thaitime
from portal.views import require, whole

PLANNED_AT_ONCE = 100


class AssignmentBoard(Desk):
    """Cases under review: how many reviewers are wanted, at work and done."""

    permissions = ("budgets.assign_reviewers", "budgets.view_reviews")
    filterset_class = RoundCaseFilter
    template_name = "budgets/deciding/assignment_board.html"
    partial_name = "budgets/deciding/_assignment_rows.html"
    title = gettext_lazy("Reviews and reviewers")
    filename = "reviews"
    orderings = {  # noqa: RUF012
        "since": "state_since",
        "number": "number",
        "sent": "sent_count",
        "spread": "spread",
        "name": "local_government__name_sort_key",
    }

    @property
    def tabs(self):
        return {
            "all": (_("All"), Q()),
            "unassigned": (_("Reviewers wanted"), Q(standing=Standing.UNASSIGNED)),
            "waiting": (_("Reviews awaited"), Q(standing=Standing.WAITING)),
            "third": (_("Third review needed"), Q(standing=Standing.THIRD_REVIEW_NEEDED)),
            "ready": (_("Ready to conclude"), Q(standing=Standing.READY)),
        }

    def all_cases(self):
        return Proposal.objects.visible_to(self.request.user).filter(state=ProposalState.IN_REVIEW).with_standing()

    def get_queryset(self):
        return super().get_queryset().select_related(*CASES).prefetch_related(*AT_WORK).order_by("state_since", "pk")

    @property
    def columns(self):
        return case_columns(
            Column(_("Reviewers wanted"), "round.reviewers_per_proposal", "number"),
            Column(_("Assigned"), "assigned_count", "number"),
            Column(_("Sent"), "sent_count", "number"),
            Column(_("Spread"), lambda case: case.spread if case.sent_count > 1 else None, "number"),
            Column(_("Standing"), lambda case: Standing(case.standing).label),
            Column(_("Reviewers"), lambda case: ", ".join(str(one.reviewer) for one in case.at_work)),
        )

    def get_context_data(self, rows, **context):
        for case in rows:
            begun = {review.reviewer_id: review.state for review in case.begun}
            case.desk = [(one, begun.get(one.reviewer_id, "todo")) for one in case.at_work]
        may_assign = bool(access.holding(self.request.user, "budgets.assign_reviewers"))
        people = list(reviewing.reviewers()) if may_assign else []
        unconfirmed = profiles.unconfirmed(people)
        return super().get_context_data(
            rows=rows, may_assign=may_assign, people=people, unconfirmed=unconfirmed, **context
        )


AT_WORK = (
    Prefetch(
        "assignments",
        Assignment.objects.filter(state=AssignmentState.ASSIGNED).select_related("reviewer").order_by("pk"),
        to_attr="at_work",
    ),
    Prefetch("reviews", Review.objects.all(), to_attr="begun"),
)


@login_required
def plan(request):
    """A balanced plan for the cases that want reviewers: looked at first, then all of it or none."""
    require(request.user, "budgets.assign_reviewers")
    refusals = {}
    if request.method == "POST":
        pairs = read_plan(request)
        try:
            made = bulk.assign_all(pairs, by=request.user)
        except bulk.NotAll as refusal:
            messages.error(request, refusal.message)
            refusals = refusal.refusals
        else:
            text = ngettext("%(count)s assignment is made.", "%(count)s assignments are made.", len(made))
            messages.success(request, text % {"count": len(made)})
            return redirect("budgets:assignment-board")
    else:
        wanting = Proposal.objects.visible_to(request.user).filter(state=ProposalState.IN_REVIEW).with_standing()
        wanting = wanting.filter(standing=Standing.UNASSIGNED)
        narrowed = RoundCaseFilter(request.GET, queryset=wanting, request=request, themes=themes_at_work(request.user))
        wanting = narrowed.qs if narrowed.is_valid() else wanting
        wanting = wanting.select_related(*CASES).order_by("state_since", "pk")[:PLANNED_AT_ONCE]
        pairs = reviewing.plan_assignments(wanting)
    return render(
        request, "budgets/deciding/plan.html", plan_context(request, pairs, refusals), status=409 if refusals else 200
    )


def read_plan(request):
    """The pairs that the person looked at: `case:person` in the form, of cases that they see."""
    words = [word.partition(":") for word in request.POST.get("plan", "").split()]
    keys = [(whole(case), whole(person)) for case, _colon, person in words]
    visible = Proposal.objects.visible_to(request.user).select_related(*CASES)
    cases = visible.in_bulk([case for case, _person in keys if case is not None])
    people = User.objects.in_bulk([person for _case, person in keys if person is not None])
    pairs = [(cases[case], people[person]) for case, person in keys if case in cases and person in people]
    if len(pairs) != len(keys) or len(pairs) > 3 * PLANNED_AT_ONCE:
        raise Http404
    return pairs


def plan_context(request, pairs, refusals):
    by_case, gained = {}, Counter()
    for case, person in pairs:
        by_case.setdefault(case.pk, {"case": case, "people": []})["people"].append(
            {"person": person, "refusal": refusals.get((case.pk, person.pk))}
        )
        gained[person.pk] += 1
    people = list(reviewing.reviewers())
    for person in people:
        person.gain, person.after = gained[person.pk], person.load + gained[person.pk]
    return {
        "cases": list(by_case.values()),
        "people": people,
        "largest": max((person.after for person in people), default=0) or 1,
        "plan": " ".join(f"{case.pk}:{person.pk}" for case, person in pairs),
        "count": len(pairs),
        "query": request.GET.urlencode(),
        "most": PLANNED_AT_ONCE,
    }


@login_required
def reviewers_of(request, pk):
    """One case: who reviews it, who could, and why others cannot."""
    proposal = visible_case(request, pk)
    if not request.user.has_perm("budgets.assign_reviewers", proposal):
        raise PermissionDenied(_("Only the committee's secretary assigns reviewers."))
    standing = Proposal.objects.with_standing().get(pk=pk)
    states = dict(proposal.reviews.values_list("reviewer_id", "state"))
    assignments = list(proposal.assignments.select_related("reviewer", "assigned_by").order_by("pk"))
    for assignment in assignments:
        assignment.review_state = states.get(assignment.reviewer_id, "todo")
    people = reviewing.candidates(proposal)
    context = {
        "proposal": proposal,
        "standing": standing,
        "standing_label": Standing(standing.standing).label,
        "assignments": assignments,
        "free": [person for person, refusal in people if refusal is None],
        "barred": [(person, refusal) for person, refusal in people if refusal is not None],
        "is_open": proposal.state == ProposalState.IN_REVIEW,
        "offers": [o for o in PROPOSAL.offers(proposal, by=request.user) if o.name in {"conclude_review", "return"}],
    }
    return render(request, "budgets/deciding/reviewers.html", context)


@login_required
@require_POST
def assign(request, pk):
    """Assign the named reviewer, or without a name the next who is free."""
    proposal = visible_case(request, pk)
    back = safe_next(request, reverse("budgets:reviewers", args=[pk]))
    try:
        if request.POST.get("reviewer"):
            person = get_object_or_404(User, username=request.POST["reviewer"])
            made = reviewing.assign(proposal, person, by=request.user)
        else:
            if not request.user.has_perm("budgets.assign_reviewers", proposal):
                raise PermissionDenied(_("Only the committee's secretary assigns reviewers."))
            made = reviewing.assign_next(proposal, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(back)
    messages.success(
        request, _("%(person)s now reviews %(number)s.") % {"person": made.reviewer, "number": proposal.number}
    )
    return redirect(back)


@login_required
def hand_over(request, pk):
    """Give everything that a reviewer has not sent to others: looked at first, then all of it or none."""
    require(request.user, "budgets.assign_reviewers")
    person = get_object_or_404(User, pk=pk)
    visible = set(Proposal.objects.visible_to(request.user).values_list("pk", flat=True))
    held = [one for one in reviewing.unsent(person) if one.proposal_id in visible]
    if not held:
        messages.info(request, _("%(person)s has nothing to hand over.") % {"person": person})
        return redirect("budgets:assignment-board")
    form, refusals = EndingForm(request.POST or None), {}
    if request.method == "POST" and form.is_valid():
        try:
            made = bulk.hand_over_all(person, by=request.user, reason=form.cleaned_data["reason"])
        except bulk.NotAll as refusal:
            messages.error(request, refusal.message)
            refusals = refusal.refusals
        else:
            text = ngettext("%(count)s review was handed over.", "%(count)s reviews were handed over.", len(made))
            messages.success(request, text % {"count": len(made)})
            return redirect("budgets:assignment-board")
    for one in held:
        one.refusal = refusals.get(one.proposal_id)
    context = {"form": form, "person": person, "held": held}
    status = 409 if refusals else 400 if form.errors else 200
    return render(request, "budgets/deciding/hand_over.html", context, status=status)


@login_required
def release(request, pk):
    """End an assignment: the secretary's release, or the reviewer's own declining."""
    visible = Proposal.objects.visible_to(request.user)
    held = Assignment.objects.filter(proposal__in=visible, state=AssignmentState.ASSIGNED)
    assignment = get_object_or_404(held.select_related("proposal__local_government__district", "reviewer"), pk=pk)
    proposal = assignment.proposal
    is_own = assignment.reviewer_id == request.user.pk
    if not is_own and not request.user.has_perm("budgets.assign_reviewers", proposal):
        raise PermissionDenied(_("This assignment is not yours to end."))
    back = reverse("budgets:my-reviews") if is_own else reverse("budgets:reviewers", args=[proposal.pk])
    form = EndingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state = AssignmentState.DECLINED if is_own else AssignmentState.RELEASED
        try:
            reviewing.end_assignment(assignment, state=state, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, _("The assignment has ended. The secretary assigns another reviewer."))
        return redirect(back)
    context = {"assignment": assignment, "proposal": proposal, "form": form, "is_own": is_own, "back": back}
    return render(request, "budgets/deciding/release.html", context, status=400 if form.errors else 200)


class ReviewQueue(Desk):
    """What I am asked to review, soonest due first."""

    permissions = ("budgets.review_proposal",)
    filterset_class = RoundCaseFilter
    template_name = "budgets/deciding/my_reviews.html"
    partial_name = "budgets/deciding/_my_review_rows.html"
    title = gettext_lazy("My reviews")
    filename = "my-reviews"
    orderings = {  # noqa: RUF012
        "due": "due_on",
        "number": "number",
        "requested": "requested_baht",
        "name": "local_government__name_sort_key",
    }

    @property
    def tabs(self):
        return {
            "open": (_("To do"), ~Q(own_review=ReviewState.SENT) & Q(state=ProposalState.IN_REVIEW)),
            "todo": (_("Not begun"), Q(own_review="todo", state=ProposalState.IN_REVIEW)),
            "draft": (_("Begun"), Q(own_review=ReviewState.DRAFT, state=ProposalState.IN_REVIEW)),
            "sent": (_("Sent"), Q(own_review=ReviewState.SENT)),
        }

    def all_cases(self):
        user = self.request.user
        return Proposal.objects.visible_to(user).assigned_to(user).as_shown_to(user)

    def get_queryset(self):
        return super().get_queryset().select_related(*CASES).order_by("due_on", "number", "pk")

    @property
    def columns(self):
        return case_columns(
            Column(_("Due"), "due_on", "date"),
            Column(_("My review"), lambda case: own_review_label(case.own_review)),
            Column(_("My score"), lambda case: case.own_total if case.own_review == "sent" else None, "number"),
        )


def own_review_label(code):
    """What the own review of a case is, in words."""
    return {"todo": _("Not begun"), "draft": _("Begun"), "sent": _("Sent")}[code]


def queue(user):
    """The cases that are reviewed by `user`, in their order, as pairs (key, state of the own review or None)."""
    cases = Proposal.objects.visible_to(user).assigned_to(user).filter(state=ProposalState.IN_REVIEW)
    return list(cases.order_by("due_on", "number", "pk").values_list("pk", "own_review"))


@login_required
def next_review(request):
    """To the case that I have not sent and that is next `after`, or nearest `before`, the one that I come from."""
    require(request.user, "budgets.review_proposal")
    line, here = queue(request.user), whole(request.GET.get("after") or request.GET.get("before"))
    if "before" in request.GET:
        line.reverse()
    places = [key for key, _state in line]
    if here in places:
        line = line[places.index(here) + 1 :] + line[: places.index(here)]
    keys = [key for key, state in line if state != ReviewState.SENT]
    if not keys:
        messages.success(request, _("You have sent all your reviews."))
        return redirect("budgets:my-reviews")
    return redirect("budgets:review", pk=keys[0])


class ReviewDesk:
    """One case beside the score form of one reviewer."""

    def __init__(self, request, pk):
        self.request, self.user = request, request.user
        self.proposal = get_object_or_404(Proposal.objects.visible_to(self.user).whole(), pk=pk)
        if not self.user.has_perm("budgets.review_proposal", self.proposal):
            raise PermissionDenied(_("This proposal is not assigned to you."))

    @cached_property
    def has_declared(self):
        return reviewing.has_declared(self.proposal, self.user)

    @cached_property
    def review(self):
        return reviewing.review_of(self.proposal, by=self.user)

    @property
    def address(self):
        return reverse("budgets:review", args=[self.proposal.pk])

    def page(self, form=None, *, lacks=(), status=200):
        review, proposal = self.review, self.proposal
        is_sent = review.state == ReviewState.SENT
        others = Review.objects.visible_to(self.user).sent().filter(proposal=proposal).exclude(reviewer=self.user)
        cases = Proposal.objects.visible_to(self.user).assigned_to(self.user).in_round(proposal.round)
        own = Counter(cases.values_list("own_review", flat=True))
        context = {
            "proposal": proposal,
            "review": review,
            "rubric": review.rubric,
            "form": form or ReviewForm(review=review),
            "lacks": lacks,
            "is_sent": is_sent,
            "may_write": not is_sent and proposal.state == ProposalState.IN_REVIEW,
            "others": sorted(others.values_list("total", flat=True), reverse=True) if is_sent else [],
            "figures": reviewing.figures(proposal) if is_sent else None,
            "offers": {offer.name: offer for offer in REVIEW.offers(review, by=self.user)},
            "done": own[ReviewState.SENT],
            "of": own.total(),
            "assignment": proposal.assignments.filter(reviewer=self.user, state=AssignmentState.ASSIGNED).first(),
        }
        return render(self.request, "budgets/deciding/review.html", context, status=status)

    def save(self, *, version=None):
        """The form with what was typed; what fits of it is kept."""
        form = ReviewForm(self.request.POST, review=self.review)
        form.is_valid()
        self.review = reviewing.save_scores(
            self.review, form.scores, by=self.user, note=form.cleaned_data.get("note"), version=version
        )
        return form


@login_required
def review(request, pk):
    """The desk: first the declaration, then the scores."""
    desk = ReviewDesk(request, pk)
    if profiles.to_confirm(request.user).filter(pk=desk.proposal.round_id).exists():
        messages.info(request, _("Confirm your profile for this round first: what you confirmed last is filled in."))
        return redirect("budgets:reviewer-profile", pk=desk.proposal.round_id)
    if not desk.has_declared:
        return declaration_page(request, desk.proposal, DeclarationForm())
    try:
        desk.review  # noqa: B018 - begun on the first visit
        if request.method == "POST":
            return save_review(desk)
        return desk.page()
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(desk.address if request.method == "POST" else "budgets:my-reviews")


def save_review(desk):
    """Keep the scores, then go where the pressed button leads."""
    form = desk.save(version=whole(desk.request.POST.get("version")))
    if form.errors:
        return desk.page(form, status=400)
    match desk.request.POST.get("then"):
        case "send":
            try:
                REVIEW.take(desk.review, "send", by=desk.user)
            except Refused as refusal:
                if refusal.code != "incomplete":
                    raise
                lacks = [lack["detail"] for lack in refusal.facts["missing"]]
                return desk.page(ReviewForm(review=desk.review), lacks=lacks, status=409)
            messages.success(desk.request, _("Your review of %(number)s is sent.") % {"number": desk.proposal.number})
            return redirect(desk.address)
        case "next":
            return redirect(f"{reverse('budgets:next-review')}?after={desk.proposal.pk}")
    messages.success(desk.request, _("The draft is saved."))
    return redirect(desk.address)


@login_required
@require_POST
def autosave_review(request, pk):
    """Keep the scores while they are given; the answer names what does not fit."""
    desk = ReviewDesk(request, pk)
    if not desk.has_declared:
        raise PermissionDenied(_("Declare first whether you have a conflict of interest."))
    try:
        form = desk.save(version=whole(request.POST.get("version")))
    except Refused as refusal:
        return JsonResponse({"detail": refusal.message, "code": refusal.code, "url": desk.address}, status=409)
    except ValidationError as error:
        return JsonResponse({"detail": " ".join(error.messages), "code": "invalid"}, status=400)
    return JsonResponse(
        {
            "saved_at": thaitime(clock.now()),
            "version": desk.review.version,
            "total": f"{desk.review.total.normalize():f}",
            "errors": {name: " ".join(map(str, found)) for name, found in form.errors.items()},
        }
    )


@login_required
@require_POST
def recall_review(request, pk):
    """Take a sent review back to mend it, while the case is not concluded."""
    desk = ReviewDesk(request, pk)
    own = get_object_or_404(Review, proposal=desk.proposal, reviewer=request.user)
    try:
        REVIEW.take(own, "recall", by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Your review is a draft again. Send it once it is mended."))
    return redirect(desk.address)


def declaration_page(request, proposal, form, status=200):
    context = {"proposal": proposal, "form": form}
    return render(request, "budgets/deciding/declaration.html", context, status=status)


@login_required
def declare(request, pk):
    """Say whether there is a conflict of interest; with one, the case is gone."""
    proposal = visible_case(request, pk)
    if not reviewing.may_declare(request.user, proposal):
        raise PermissionDenied(_("This is for those who take part in deciding the case."))
    form = DeclarationForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return declaration_page(request, proposal, form, status=400 if form.errors else 200)
    if form.cleaned_data["conflict"]:
        reviewing.declare_conflict(proposal, by=request.user, note=form.cleaned_data["note"])
        messages.success(request, _("Your conflict of interest is recorded. The case no longer appears for you."))
        is_reviewer = access.holding(request.user, "budgets.review_proposal")
        return redirect("budgets:my-reviews" if is_reviewer else "home")
    if not request.user.has_perm("budgets.review_proposal", proposal):
        return redirect(proposal)
    reviewing.declare_no_conflict(proposal, by=request.user)
    try:
        reviewing.review_of(proposal, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("budgets:my-reviews")
    return redirect("budgets:review", pk=pk)


urlpatterns = [
    path("reviewers/<int:pk>/hand-over/", hand_over, name="hand-over"),
    path("reviews/", AssignmentBoard.as_view(), name="assignment-board"),
    path("reviews/plan/", plan, name="assignment-plan"),
    path("reviews/mine/", ReviewQueue.as_view(), name="my-reviews"),
    path("reviews/mine/next/", next_review, name="next-review"),
    path("proposals/<int:pk>/reviewers/", reviewers_of, name="reviewers"),
    path("proposals/<int:pk>/reviewers/assign/", assign, name="assign-reviewer"),
    path("assignments/<int:pk>/end/", release, name="assignment-end"),
    path("proposals/<int:pk>/review/", review, name="review"),
    path("proposals/<int:pk>/review/save/", autosave_review, name="review-save"),
    path("proposals/<int:pk>/review/recall/", recall_review, name="review-recall"),
    path("proposals/<int:pk>/declaration/", declare, name="declare"),
]
