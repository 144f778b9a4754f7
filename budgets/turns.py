"""Whose turn it is with a case: one table, read for one case (`turn_of`) and for one person (`budgets.inbox`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from budgets.lifecycle.proposal import ALIVE, BEFORE_ALLOCATED, DECIDING_PHASES, ENACTED, REQUEST_PHASES
from budgets.lifecycle.proposal_guards import deadline_of, end_of, extension_of
from budgets.models import Proposal, QuarterlyReport
from budgets.rules import state_shown_to
from budgets.states import ENDS, ReportState, RoundState, Standing, TargetsState
from budgets.states import ProposalState as S
from budgets.writing.drafting import WRITING_PHASES
from portal import access, clock
from portal.models import Membership
from portal.roles import Scope, roles_with, scope_of

CALLED = 3
NARROWEST = (Scope.LOCAL, Scope.PROVINCE, Scope.NATIONAL)
IN_REVIEW_PHASES = frozenset({RoundState.OPEN, RoundState.REVIEWING})

OFFICERS, CLERK = _("The officers of %(place)s"), _("The clerk of %(place)s")
EXECUTIVE, PROVINCE = _("The executive of %(place)s"), _("The provincial office of local administration, %(province)s")
DLA, SECRETARY, CHAIR = _("DLA"), _("The committee's secretary"), _("The committee's chair")
REVIEWERS, COMMITTEE, MANAGERS = _("The reviewers"), _("The joint committee"), _("The programme managers")


def _all(cases):
    return cases


def _no_limit(proposal):
    return None


def to_sign(proposal):
    """The moment by which a draft or a returned case must be signed, extensions included; or None."""
    until = deadline_of(proposal)
    if hasattr(proposal, "extended_until"):
        longer = proposal.extended_until
    else:
        extension = extension_of(proposal)
        longer = extension and extension.until
    return max(until, longer) if until and longer else until


def end_of_day(name):
    """A time limit: the end of the round's day `name`."""

    def until(proposal):
        day = getattr(proposal.round, name)
        return end_of(day) if day else None

    return until


screening_ends, review_ends = end_of_day("screening_due_on"), end_of_day("review_due_on")
results_are_due = end_of_day("announces_on")


def _standing(*values):
    return lambda cases: cases.with_standing().filter(standing__in=[value.value for value in values])


def _reports(*states):
    return Exists(QuarterlyReport.objects.filter(proposal=OuterRef("pk"), state__in=states))


def _targets(state):
    return lambda cases: cases.filter(retargeting__state=state)


def _last_quarter_accepted():
    return Exists(
        QuarterlyReport.objects.filter(
            proposal=OuterRef("pk"), state=ReportState.ACCEPTED, quarter=4, fiscal_year=OuterRef("round__fiscal_year")
        )
    )


@dataclass(frozen=True)
class Wait:
    """What a case in one of `states` waits for: holders of `permission` at its place, while its round is in `phases`.

    `where` narrows the cases further, `others` names the fields whose person may not be the one to act, `page` the
    address to act at. What waits for the round as a whole, or stands in the inbox in another shape, has `by_case`
    false.
    """

    name: str
    states: frozenset
    permission: str
    who: str
    verb: str
    until: Callable = _no_limit
    phases: frozenset = ALIVE
    where: Callable = _all
    others: tuple = ()
    since: str = "state_since"
    page: str = "budgets:proposal"
    by_case: bool = True

    def among(self, cases):
        """Those of `cases` that wait for this."""
        return self.where(cases.filter(state__in=self.states, round__state__in=self.phases))

    def holds_for(self, proposal):
        """Whether `proposal` waits for this; asks the database only what the case itself does not say."""
        if proposal.state not in self.states or proposal.round.state not in self.phases:
            return False
        return self.where is _all or self.among(Proposal.objects.filter(pk=proposal.pk)).exists()


def wait(name, states, permission, who, verb, **kwargs):
    states = frozenset({states} if isinstance(states, str) else states)
    phases = kwargs.pop("phases", WRITING_PHASES)
    return Wait(name, states, f"budgets.{permission}", who, verb, phases=frozenset(phases), **kwargs)


WAITS = [
    # The office writes, verifies and signs
    wait("write", S.DRAFT, "change_proposal", OFFICERS, _("Continue the proposal"), until=to_sign),
    wait("revise", S.RETURNED, "change_proposal", OFFICERS, _("Revise the proposal"), until=to_sign),
    wait("verify", S.PENDING_ENDORSEMENT, "verify_proposal", CLERK, _("Verify"), until=to_sign,
         where=lambda cases: cases.filter(verified_by=None), others=("preparers",)),
    wait("sign", S.PENDING_ENDORSEMENT, "submit_proposal", EXECUTIVE, _("Sign and submit"), until=to_sign,
         where=lambda cases: cases.exclude(verified_by=None), others=("preparers", "verified_by"),
         since="verified_at"),
    # The province screens
    wait("claim", S.SUBMITTED, "start_screening_proposal", PROVINCE, _("Claim for screening"), until=screening_ends,
         page="budgets:screening"),
    wait("confirm_screen_out", S.IN_SCREENING, "confirm_screen_out_proposal", DLA, _("Confirm screening out"),
         until=screening_ends, where=lambda cases: cases.exclude(proposed_reason=""), others=("proposed_by",)),
    wait("screen", S.IN_SCREENING, "screen_proposal", PROVINCE, _("Screen"), until=screening_ends,
         where=lambda cases: cases.filter(proposed_reason=""), page="budgets:screening"),
    # Review and committee
    wait("assign", S.IN_REVIEW, "assign_reviewers", SECRETARY, _("Assign reviewers"), until=review_ends,
         where=_standing(Standing.UNASSIGNED, Standing.THIRD_REVIEW_NEEDED), page="budgets:reviewers"),
    wait("review", S.IN_REVIEW, "review_proposal", REVIEWERS, _("Review"), until=review_ends,
         where=_standing(Standing.WAITING), page="budgets:review"),
    wait("conclude", S.IN_REVIEW, "conclude_review_proposal", SECRETARY, _("Conclude the review"), until=review_ends,
         where=_standing(Standing.READY)),
    wait("deliberate", S.SCORED, "deliberate_round", MANAGERS, _("Begin deliberation"), phases=IN_REVIEW_PHASES,
         until=review_ends, by_case=False),
    wait("recommend", S.SCORED, "recommend_proposal", SECRETARY, _("Record the resolution"), phases=DECIDING_PHASES,
         until=results_are_due),
    wait("announce", S.RECOMMENDED, "announce_round", MANAGERS, _("Announce the results"),
         phases={RoundState.DELIBERATING}, until=results_are_due, by_case=False),
    wait("place", S.RECOMMENDED, "decide_request_proposal", DLA, _("Decide on the budget request"),
         phases=REQUEST_PHASES),
    wait("decide_screening_appeal", S.SCREENED_OUT, "decide_screening_appeal_proposal", DLA, _("Decide the appeal"),
         phases=REQUEST_PHASES, where=lambda cases: cases.with_open_appeal(), others=("decided_by", "proposed_by"),
         since="appealed_at"),
    wait("decide_review_appeal", S.NOT_RECOMMENDED, "decide_review_appeal_proposal", CHAIR, _("Decide the appeal"),
         phases=REQUEST_PHASES, where=lambda cases: cases.with_open_appeal(), others=("decided_by", "proposed_by"),
         since="appealed_at"),
    # Request and allocation
    wait("send_request", S.IN_REQUEST, "send_request_round", DLA, _("Send the budget request"),
         phases={RoundState.ANNOUNCED}, by_case=False),
    wait("enact", S.IN_REQUEST, "enact_round", MANAGERS, _("Record the enacted budget"),
         phases={RoundState.REQUESTED}, by_case=False),
    wait("allocate", {S.IN_REQUEST, S.NOT_ALLOCATED}, "allocate_proposal", CHAIR, _("Approve the allocation"),
         phases=ENACTED, where=lambda cases: cases.exclude(proposed_baht=None), others=("proposed_by",)),
    wait("propose_allocation", S.IN_REQUEST, "propose_allocation_proposal", SECRETARY, _("Propose an allocation"),
         phases=ENACTED, where=lambda cases: cases.filter(proposed_baht=None)),
    wait("revise_allocation", {S.ALLOCATED, S.EXECUTING}, "allocate_proposal", CHAIR, _("Approve the revised amount"),
         phases=ENACTED, where=lambda cases: cases.exclude(proposed_baht=None), others=("proposed_by",)),
    wait("accept_targets", S.ALLOCATED, "accept_targets_proposal", PROVINCE, _("Accept the re-scoped targets"),
         phases=ENACTED, where=_targets(TargetsState.WAITING), page="budgets:plan"),
    wait("retarget", S.ALLOCATED, "change_proposal", OFFICERS, _("Revise the targets"), phases=ENACTED,
         where=_targets(TargetsState.DECLINED), page="budgets:plan"),
    wait("confirm_plan", S.ALLOCATED, "answer_allocation_proposal", EXECUTIVE, _("Confirm the plan"), phases=ENACTED,
         where=lambda cases: cases.exclude(retargeting__state__in=[TargetsState.WAITING, TargetsState.DECLINED])),
    # Carrying out
    wait("accept_report", S.EXECUTING, "accept_report", PROVINCE, _("Accept the report"), phases=ENACTED,
         where=lambda cases: cases.filter(_reports(ReportState.SUBMITTED)), by_case=False),
    wait("complete", S.EXECUTING, "complete_proposal", PROVINCE, _("Complete"), phases=ENACTED,
         where=lambda cases: cases.filter(_last_quarter_accepted()).exclude(
             _reports(ReportState.DRAFT, ReportState.SUBMITTED, ReportState.RETURNED))),
    wait("carry_out", S.EXECUTING, "record_money", OFFICERS, _("Carry out and report"), phases=ENACTED,
         by_case=False),
    # Left behind by its round
    wait("withdraw", BEFORE_ALLOCATED, "withdraw_proposal", EXECUTIVE, _("Withdraw: its round has moved on"),
         phases=ENACTED, where=lambda cases: cases.exclude(state=S.IN_REQUEST)),
]  # fmt: skip

OUTSIDE = {
    S.IN_SCREENING: (PROVINCE, "budgets.screen_proposal", screening_ends, "state_since"),
    S.IN_REVIEW: (COMMITTEE, "budgets.recommend_proposal", results_are_due, "submitted_at"),
    S.IN_REQUEST: (COMMITTEE, "budgets.recommend_proposal", _no_limit, "state_since"),
}


@dataclass(frozen=True)
class Turn:
    """`who` in words, `until` the moment from which it is late, `people` whom to call; an ended case has none.

    `is_vacant` when the office is to act and nobody holds the post.
    """

    who: str
    since: datetime
    until: datetime | None = None
    people: list = field(default_factory=list)
    is_over: bool = False
    is_vacant: bool = False


def turn_of(proposal, user):
    """The `Turn` of a case as far as `user` may know it: what the committee does is told to those who know outcomes."""
    shown = state_shown_to(proposal, user)
    knows = bool(access.holding(user, "budgets.view_outcome"))
    if not knows and shown in OUTSIDE:
        who, permission, until, since = OUTSIDE[shown]
        return _turn(proposal, who, permission, until, since)
    if shown == S.NOT_ALLOCATED and not knows:
        return _over(proposal)
    found = wait_of(proposal)
    if found is None:
        return _over(proposal)
    return _turn(proposal, found.who, found.permission, found.until, found.since)


def wait_of(proposal):
    """The row of `WAITS` that holds for a case now, or None when it has ended."""
    return next((row for row in WAITS if row.holds_for(proposal)), None)


def waits_of(cases):
    """The row of `WAITS` that holds for each of `cases` (a queryset) now, by key: one query for each row."""
    found = {}
    for row in WAITS:
        for key in row.among(cases.order_by()).values_list("pk", flat=True):
            found.setdefault(key, row)
    return found


def words_for(proposal, wait):
    """Whose turn it is in words, and until when, for `wait` (from `waits_of`) and the state that was annotated as
    shown (`as_shown_to`).
    """
    if not proposal.shows_outcome and proposal.shown_state in OUTSIDE:
        who, _permission, until, _since = OUTSIDE[proposal.shown_state]
    elif wait is None:
        return _over(proposal).who, None
    else:
        who, until = wait.who, wait.until
    place = proposal.local_government
    return str(who) % {"place": place.name, "province": place.province.name}, until(proposal)


def _turn(proposal, who, permission, until, since):
    place = proposal.local_government
    names = {"place": place.name, "province": place.province.name}
    called = "budgets.assign_reviewers" if permission == "budgets.review_proposal" else permission
    began = getattr(proposal, since) or proposal.state_since
    vacant = proposal.state == S.PENDING_ENDORSEMENT and is_vacant(permission, place)
    return Turn(str(who) % names, began, until(proposal), whom_to_call(called, place), is_vacant=vacant)


def is_vacant(permission, place):
    """Whether nobody of the office holds `permission`, a local one, today."""
    roles = [role for role in roles_with(permission) if scope_of(role) == Scope.LOCAL]
    held = Membership.objects.in_force(clock.today()).filter(user__is_active=True, local_government=place)
    return not held.filter(role__in=roles).exists()


def _over(proposal):
    ended = proposal.state in ENDS
    text = gettext("Nobody: the case has ended") if ended else gettext("Nobody: the round has ended")
    return Turn(text, proposal.state_since, is_over=True)


def whom_to_call(permission, place):
    """At most three people who hold `permission` for `place`: of the office itself, else the province's, else DLA's."""
    held = Membership.objects.in_force(clock.today()).filter(user__is_active=True).select_related("user")
    for scope in NARROWEST:
        roles = [role for role in roles_with(permission) if scope_of(role) == scope]
        at = {Scope.LOCAL: Q(local_government=place), Scope.PROVINCE: Q(province=place.province_id)}.get(scope, Q())
        found = held.filter(at, role__in=roles).order_by("acting", F("user__phone").desc(), "pk") if roles else []
        people = list(dict.fromkeys(membership.user for membership in found[: CALLED * 2]))[:CALLED]
        if people:
            return people
    return []
