"""The ranking of the first scoring, the invitation to interviews, and whose application comes next."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from portal import access
from training.models import Application, Evaluation
from training.states import ApplicationState, Stage


@dataclass(frozen=True)
class Ranked:
    """One applicant in the ranking of the first scoring: rank, mean of 100, scores sent, and how far they lie apart."""

    application: Application
    rank: int
    needed: int

    @property
    def is_scored(self):
        return (self.application.paper_count or 0) >= self.needed

    @property
    def spread(self):
        totals = [one.total for one in self.application.evaluations.all() if one.sent_at and one.stage == Stage.PAPER]
        return max(totals) - min(totals) if len(totals) > 1 else None


def ranking(generation):
    """The eligible applicants of a generation as `Ranked`: those with all scores first, best mean first."""
    eligible = generation.applications.filter(state=ApplicationState.ELIGIBLE).with_scores()
    found = list(eligible.prefetch_related("evaluations").select_related("home_province"))
    needed = generation.scorers_needed
    found.sort(key=lambda one: ((one.paper_count or 0) < needed, -(one.paper_mean or 0), one.number, one.pk))
    return [Ranked(one, rank, needed) for rank, one in enumerate(found, start=1)]


@transaction.atomic
def shortlist_best(generation, best, *, by, declines_others=False):
    """Invite the first `best` of the ranking; with `declines_others` the rest is declined; how many of each.

    All or nothing: Refused `scores_missing` while one of them lacks a score.
    """
    from training.lifecycle import APPLICATION

    lines = ranking(generation)
    for line in lines[:best]:
        APPLICATION.take(line.application, "shortlist", by=by)
    others = lines[best:] if declines_others else []
    for line in others:
        APPLICATION.take(line.application, "decline", by=by)
    return len(lines[:best]), len(others)


# What waits


def by_state(applications):
    """How many of `applications` stand in which state, as `[(state, count)]`, states that occur alone."""
    counted = dict(applications.order_by().values_list("state").annotate(n=Count("pk")))
    return [(state, counted[state]) for state in ApplicationState if counted.get(state)]


def to_score(generation, *, by):
    """The applications that `by` has still to score in a generation."""
    if not access.holding(by, "training.score_application"):
        return Application.objects.none()
    sent = Evaluation.objects.filter(application=OuterRef("pk"), member=by, sent_at__isnull=False)
    waiting = Q(state=ApplicationState.ELIGIBLE) & ~Exists(sent.filter(stage=Stage.PAPER))
    waiting |= Q(state=ApplicationState.SHORTLISTED) & ~Exists(sent.filter(stage=Stage.INTERVIEW))
    found = Application.objects.visible_to(by).filter(waiting, generation=generation)
    return found.exclude(applicant=by).order_by("number", "pk")


def to_check(generation, *, by):
    """The applications whose papers `by` has still to check in a generation."""
    if not any(m.province_id is None for m in access.holding(by, "training.screen_application")):
        return Application.objects.none()
    found = Application.objects.visible_to(by).filter(generation=generation, state=ApplicationState.SUBMITTED)
    return found.exclude(applicant=by).order_by("number", "pk")


def next_to_handle(generation, *, by, after=None):
    """The next application that `by` has to check or to score, behind `after` where there is one; or None."""
    waiting = (
        to_check(generation, by=by)
        if access.holding(by, "training.screen_application")
        else to_score(generation, by=by)
    )
    if after is not None:
        waiting = waiting.exclude(pk=after.pk)
        return waiting.filter(number__gt=after.number).first() or waiting.first()
    return waiting.first()
