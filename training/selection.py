"""Judging applicants: eligibility, scores without names, interviews, the board with its cut line, and offers."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.models import User
from portal.thai.workdays import add_working_days
from training.models import (
    Application,
    AreaChoice,
    Evaluation,
    EvaluationScore,
    InterviewSlot,
    Placement,
    SelectionConflict,
)
from training.seats import quota_keys
from training.states import DEGREE_ORDER, ApplicationState, Degree, GenerationState, PlaceState, Reason, Stage

# Eligibility


def age_on(born_on, day):
    """Whole years of age on `day`."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def closing_day(generation):
    return generation.closes_at.astimezone(clock.BANGKOK).date() if generation.closes_at else clock.today()


def holds_a_post(user):
    """Whether the portal knows `user` as an official of a local government or a province."""
    return user is not None and any(m.local_government_id or m.province_id for m in access.memberships(user))


def findings(application):
    """The reason codes that the portal sees by itself, for the officer who decides."""
    generation, found = application.generation, []
    if application.born_on:
        age = age_on(application.born_on, closing_day(generation))
        if not generation.min_age <= age <= generation.max_age:
            found.append(Reason.AGE)
    if application.degree and DEGREE_ORDER.index(Degree(application.degree)) < DEGREE_ORDER.index(
        Degree(generation.min_degree)
    ):
        found.append(Reason.DEGREE)
    if application.is_civil_servant or holds_a_post(application.applicant):
        found.append(Reason.CIVIL_SERVANT)
    if application.has_other_stipend:
        found.append(Reason.OTHER_STIPEND)
    if application.applicant_id and Placement.objects.filter(ambassador=application.applicant_id).exists():
        found.append(Reason.SERVED_BEFORE)
    return found


# Scores


def stage_of(application):
    """The stage at which an application is being scored, or None."""
    return {ApplicationState.ELIGIBLE: Stage.PAPER, ApplicationState.SHORTLISTED: Stage.INTERVIEW}.get(
        application.state
    )


def own_evaluation(application, *, by):
    """The evaluation that `by` writes now, made when there is none. PermissionDenied or Refused `not_scored_now`."""
    if not by.has_perm("training.score_application", application):
        raise PermissionDenied(_("Only members of the selection committee without a conflict score applicants."))
    stage = stage_of(application)
    if stage is None:
        raise Refused(_("This application is not being scored now."), code="not_scored_now", state=application.state)
    return Evaluation.objects.get_or_create(application=application, member=by, stage=stage)[0]


def criteria_of(application):
    """The criteria of the stage at which the application stands, as a list."""
    return list(application.generation.criteria.filter(stage=stage_of(application)))


@transaction.atomic
def score(application, *, by, scores, note="", send=False):
    """Write the caller's scores, `{criterion: Decimal}`; with `send` they count and stay. The Evaluation."""
    evaluation = own_evaluation(application, by=by)
    if evaluation.sent_at:
        raise Refused(_("You have sent these scores; they stay as they are."), code="already_sent")
    criteria = {criterion.pk: criterion for criterion in criteria_of(application)}
    for criterion, value in scores.items():
        if criterion.pk not in criteria or not 0 <= value <= criterion.max_score:
            raise ValidationError(
                _("The score for “%(name)s” is from 0 to %(max)s.")
                % {"name": criterion.name, "max": criterion.max_score}
            )
        EvaluationScore.objects.update_or_create(evaluation=evaluation, criterion=criterion, defaults={"score": value})
    evaluation.note, evaluation.changed_at = note, clock.now()
    if send:
        given = dict(evaluation.scores.values_list("criterion", "score"))
        lacking = [criterion.name for pk, criterion in criteria.items() if pk not in given]
        if lacking or not criteria:
            raise Refused(_("Give a score for: %(names)s.") % {"names": ", ".join(lacking) or "–"}, code="incomplete")
        most = sum(criterion.max_score for criterion in criteria.values())
        evaluation.total = (sum(given.values()) * 100 / most).quantize(Decimal("0.01"))
        evaluation.sent_at = clock.now()
        record("evaluation.send", evaluation, by=by, details={"stage": evaluation.stage})
    evaluation.save()
    if send:
        keep_rank_right(application)
    return evaluation


@transaction.atomic
def declare_conflict(application, *, by):
    """Put the application out of the caller's sight; scores they gave no longer count."""
    if not by.has_perm("training.score_application", application):
        raise PermissionDenied
    SelectionConflict.objects.get_or_create(application=application, member=by)
    Evaluation.objects.filter(application=application, member=by).delete()
    keep_rank_right(application)
    record("selection.conflict", application, by=by)


def total_score(application):
    """Paper and interview together, by the generation's weight, as Decimal of 100; None before a score is sent.

    `application` comes from `with_scores()`.
    """
    paper, interview = application.paper_mean, application.interview_mean
    if paper is None:
        return None
    paper = Decimal(str(paper))
    if interview is None:
        return paper.quantize(Decimal("0.01"))
    weight = Decimal(application.generation.interview_weight_pct) / 100
    return (paper * (1 - weight) + Decimal(str(interview)) * weight).quantize(Decimal("0.01"))


def settle_score(application):
    """Write the score that the sent evaluations come to."""
    found = Application.objects.with_scores().select_related("generation").get(pk=application.pk)
    application.score = total_score(found)
    return application.score


def keep_rank_right(application):
    """Whoever is invited to the interview is ranked by all that is sent until now, on the board too."""
    if application.state == ApplicationState.SHORTLISTED:
        Application.objects.filter(pk=application.pk).update(score=settle_score(application))


# Interviews

MOST_SLOTS = 100


@transaction.atomic
def open_slots(generation, *, by, starts_at, ends_at, minutes, where):
    """The new InterviewSlots of `minutes` each that fit between two moments, at most a hundred."""
    each, found = timedelta(minutes=minutes), []
    while starts_at + each <= ends_at and len(found) < MOST_SLOTS:
        slot = InterviewSlot(generation=generation, starts_at=starts_at, ends_at=starts_at + each, where=where)
        slot.full_clean()
        slot.save()
        found.append(slot)
        starts_at += each
    if not found:
        raise ValidationError({"ends_at": _("Not even one interview fits between these moments.")})
    record("interview.open", generation, by=by, details={"count": len(found)})
    return found


@transaction.atomic
def book(slot, application, *, by):
    """Give a free slot to a shortlisted applicant, who lets go of another. Refused `slot_taken`, `not_shortlisted`."""
    if application.applicant_id != by.pk and not by.has_perm("training.select_application", application):
        raise PermissionDenied
    if application.state != ApplicationState.SHORTLISTED or slot.generation_id != application.generation_id:
        raise Refused(_("Only shortlisted applicants book an interview."), code="not_shortlisted")
    moment = clock.now()
    if slot.starts_at <= moment:
        raise Refused(_("This time has passed."), code="slot_past")
    InterviewSlot.objects.filter(application=application).exclude(pk=slot.pk).update(application=None, booked_at=None)
    mine = InterviewSlot.objects.filter(pk=slot.pk, application=None)
    if not mine.update(application=application, booked_at=moment) and slot.application_id != application.pk:
        raise Refused(_("Somebody has just booked this time. Choose another."), code="slot_taken")
    record("interview.book", application, by=by, details={"slot": slot.pk})
    return InterviewSlot.objects.get(pk=slot.pk)


# The board


@dataclass
class Line:
    """One applicant on the board: rank, and the place that the ranking would give, or why there is none."""

    application: Application
    rank: int
    choices: list
    place: object = None
    why_not: str = ""
    is_first_below: bool = False


@dataclass
class Board:
    """The ranking of a generation with the places and quotas that are left, cut where they end."""

    generation: object
    lines: list = field(default_factory=list)
    quotas: list = field(default_factory=list)
    places: list = field(default_factory=list)

    @property
    def proposed(self):
        return [line for line in self.lines if line.place is not None]

    def given_under(self, quota):
        """How many places the board would give under a quota."""
        return sum((quota.kind, quota.value) in quota_keys(line.place) for line in self.proposed)

    @property
    def left_over(self):
        """The free places that the ranking gives to nobody."""
        given = {line.place.pk for line in self.proposed}
        return [place for place in self.places if place.pk not in given]

    def draw_the_line(self):
        """Mark the first line below which nobody is offered a place."""
        last = max((line.rank for line in self.proposed), default=0)
        for line in self.lines[last : last + 1]:
            line.is_first_below = True


def board(generation):
    """What the ranking comes to: best first, each to the first of their areas that has a place and quotas left."""
    quotas = list(generation.quotas.all())
    left = {(quota.kind, quota.value): quota.free for quota in quotas}
    free = {
        place.local_government_id: place
        for place in generation.places.free().select_related("local_government__province")
    }
    found = Board(generation, quotas=quotas, places=list(free.values()))
    ranked = generation.applications.filter(state=ApplicationState.SHORTLISTED).ranked()
    for rank, application in enumerate(ranked.prefetch_related("choices__local_government__province"), start=1):
        line = Line(application, rank, list(application.choices.all()))
        for choice in line.choices:
            place = free.get(choice.local_government_id)
            if place is None:
                continue
            keys = quota_keys(place)
            if all(left.get(key, 1) > 0 for key in keys):
                line.place = free.pop(choice.local_government_id)
                for key in keys:
                    if key in left:
                        left[key] -= 1
                break
            line.why_not = _("The quota is used up.")
        if line.place is None and not line.why_not:
            line.why_not = _("None of the chosen areas has a free place.")
        found.lines.append(line)
    found.draw_the_line()
    return found


@transaction.atomic
def give_places(generation, *, by, version=None):
    """Offer the places as the board says, put the others on the waiting list; how many of each. All or nothing."""
    from training.lifecycle import APPLICATION

    if generation.state != GenerationState.MATCHING:
        raise Refused(_("Places are given while the generation is being matched."), code="wrong_state")
    if version is not None and version != generation.version:
        raise Refused(_("The board has changed. Look at it again."), code="lost_race")
    offered = listed = 0
    for line in board(generation).lines:
        if line.place is not None:
            APPLICATION.take(line.application, "select", by=by, place=line.place)
            offered += 1
        else:
            APPLICATION.take(line.application, "waitlist", by=by)
            listed += 1
    return offered, listed


# Offers


def answer_moment(generation):
    """Until when an offer made now is to be answered: the end of the last working day of the setting."""
    last = add_working_days(clock.today(), generation.answer_working_days)
    return datetime.combine(last, time(23, 59, 59), tzinfo=clock.BANGKOK)


def next_for(place, passed=()):
    """Who is offered a free place, and how far one had to look: `(application, reach)`, or `(None, "")`.

    Of those waiting who ranked its area the best (`area`), then of those who ranked an area of its province
    (`province`), then of all (`country`). `passed` are keys of whom to leave out.
    """
    waiting = Application.objects.filter(generation=place.generation_id, state=ApplicationState.WAITLISTED)
    waiting = waiting.exclude(pk__in=passed)
    chosen = AreaChoice.objects.filter(application__in=waiting)
    same_area = chosen.filter(local_government=place.local_government_id)
    same_province = chosen.filter(local_government__province=place.local_government.province_id)
    for reach, choices in (("area", same_area), ("province", same_province)):
        found = waiting.filter(pk__in=choices.values("application")).ranked().first()
        if found:
            return found, reach
    found = waiting.ranked().first()
    return found, "country" if found else ""


def list_is_open(generation):
    """Whether the waiting list still offers places."""
    return generation.state in {GenerationState.MATCHING, GenerationState.IN_SERVICE} and (
        generation.list_closes_on is None or clock.today() <= generation.list_closes_on
    )


def offer_next(place):
    """Offer a free place to the next on the waiting list, in the timer's name; the application, or None.

    Whoever was offered another place, or left the list, at the same moment is passed over. Where nobody chose the
    area one looks further, and that is on record. Tells those who run the programme when there is nobody.
    """
    from training import notices
    from training.lifecycle import APPLICATION

    if not list_is_open(place.generation) or place.state != PlaceState.OFFERED:
        return None
    passed = []
    while (found := next_for(place, passed))[0]:
        application, reach = found
        try:
            with transaction.atomic():
                offered = APPLICATION.take(application, "select", by=User.objects.timer(), place=place)
        except Refused as refusal:
            if refusal.code not in {"lost_race", "wrong_state"}:
                raise
            passed.append(application.pk)
        else:
            if reach != "area":
                details = {"reach": reach, "number": offered.number}
                record("place.widen", place, by=User.objects.timer(), details=details)
            return offered
    notices.nobody_left(place)
    return None


@transaction.atomic
def widen(place, *, by):
    """Offer a place that nobody in the ranking chose to the waiting list: the province first, then the country.

    The application that it is offered to. Refused `wrong_state`, `list_closed`, `place_taken`, `nobody_waits`.
    """
    if access.capacity(by, "training.change_generation", place.generation) is None:
        raise PermissionDenied(_("Only training officers of the national programme give the places."))
    if place.state != PlaceState.OFFERED:
        raise Refused(_("This place is not offered in this generation."), code="wrong_state", state=place.state)
    if not list_is_open(place.generation):
        raise Refused(_("The waiting list is closed."), code="list_closed")
    if place.applications.holding_a_seat().exists():
        raise Refused(_("This place is already given or offered to somebody else."), code="place_taken")
    if next_for(place)[0] is None:
        raise Refused(_("Nobody is on the waiting list."), code="nobody_waits")
    return offer_next(place)
