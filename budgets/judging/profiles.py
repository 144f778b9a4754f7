"""Reviewers' profiles: confirmed before each round, and what follows from them."""

from collections import defaultdict

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from budgets import notices
from budgets.judging import reviewing
from budgets.judging.ties import Ties
from budgets.models import Assignment, Employer, ReviewerProfile, Round
from budgets.states import AssignmentState, ProposalState, RoundState
from portal import access
from portal.audit import record
from portal.errors import Refused

CLOSED = frozenset({RoundState.PLANNING, RoundState.FINISHED, RoundState.CANCELLED})
AT_WORK = frozenset({RoundState.OPEN, RoundState.REVIEWING})


def confirm(round, *, by, home_province, employers):
    """The new profile of `by` for the round, in place of an earlier one.

    `employers` is a list of dicts `name`, `local_government` (or None) and `juristic_number` (or ""), of the last
    five years. Assigned cases that it bars are taken off the reviewer as conflicts, unless their review is sent.
    Raises PermissionDenied for who reviews nothing, Refused `wrong_round_state`.
    """
    capacity = next(iter(access.holding(by, "budgets.review_proposal")), None)
    if capacity is None:
        raise PermissionDenied(_("Only reviewers confirm a profile."))
    if round.state in CLOSED:
        raise Refused(
            _("This is not possible while the round is “%(state)s”.") % {"state": round.get_state_display()},
            code="wrong_round_state",
            round_state=round.state,
        )
    with transaction.atomic():
        ReviewerProfile.objects.filter(round=round, reviewer=by).delete()
        profile = ReviewerProfile(round=round, reviewer=by, home_province=home_province)
        profile.full_clean()
        profile.save()
        for given in employers:
            employer = Employer(profile=profile, **given)
            employer.full_clean()
            employer.save()
        details = {"home_province": home_province.code, "employers": len(employers)}
        record("profile.confirm", profile, by=by, capacity=capacity, details=details)
        _end_what_is_barred(round, by=by)
    return profile


def stand_by(round, *, by):
    """Confirm for the round, as it is, the profile that `by` confirmed last: a program that begins a review says so."""
    last = newest_of(by, round)
    if last is None or last.round_id == round.pk or round.state in CLOSED:
        return
    employers = last.employers.values("name", "local_government_id", "juristic_number")
    confirm(round, by=by, home_province=last.home_province, employers=list(employers))


def newest_of(person, round):
    """The profile of `person` for the round, else the last one for another round, else None."""
    found = ReviewerProfile.objects.filter(reviewer=person).select_related("home_province")
    found = found.prefetch_related("employers__local_government__district")
    return found.filter(round=round).first() or found.order_by("-confirmed_at", "-pk").first()


def with_confirmation(people, round):
    """`people` (a queryset) with `confirmed_at` (datetime, null): when they confirmed their profile for the round."""
    own = ReviewerProfile.objects.filter(round=round, reviewer=OuterRef("pk"))
    return people.annotate(confirmed_at=Subquery(own.values("confirmed_at")[:1]))


def to_confirm(person):
    """The rounds at work for which `person`, a reviewer, has still to confirm."""
    if not access.holding(person, "budgets.review_proposal"):
        return Round.objects.none()
    return Round.objects.filter(state__in=AT_WORK).exclude(profiles__reviewer=person).order_by("closes_at", "pk")


def unconfirmed(people):
    """(round, those of `people` who have not confirmed) for each round at work where somebody has not."""
    known = defaultdict(set)
    for round in (
        Round.objects.filter(state__in=AT_WORK).annotate(who=F("profiles__reviewer")).order_by("closes_at", "pk")
    ):
        known[round].add(round.who)
    missing = {round: [person for person in people if person.pk not in who] for round, who in known.items()}
    return [(round, absent) for round, absent in missing.items() if absent]


def remind(round, people, *, by):
    """Tell `people` that the secretary waits for their profile; how many were told."""
    if not access.holding(by, "budgets.assign_reviewers"):
        raise PermissionDenied(_("Only the committee's secretary assigns reviewers."))
    notices.profile_wanted(round, people)
    return len(people)


def _end_what_is_barred(round, *, by):
    """Take the assigned cases off a reviewer that the profile just confirmed bars, as conflicts."""
    held = Assignment.objects.filter(reviewer=by, proposal__round=round, state=AssignmentState.ASSIGNED)
    held = held.filter(proposal__state__in=[ProposalState.IN_REVIEW, ProposalState.RETURNED])
    held = list(held.exclude(proposal__reviews__in=by.reviews.sent()).select_related("proposal__local_government"))
    ties = Ties([one.proposal for one in held], [by])
    for assignment in held:
        if refusal := ties.refusal(assignment.proposal, by):
            reviewing.declare_conflict(assignment.proposal, by=by, note=str(refusal.message))
