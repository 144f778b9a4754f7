"""What training does by itself. Each item stands in its own transaction; a run that comes late catches up."""

from datetime import datetime, time

from django.db.models import Exists, OuterRef, Q

from portal import clock
from portal.models import User
from portal.registry import timer
from portal.tasks import each
from training import applying, attendance, notices, privacy, service
from training.lifecycle import APPLICATION, GENERATION, PLACEMENT
from training.models import Application, Attendance, CourseRun, Enrolment, Generation, Learner, Placement
from training.states import ApplicationState, PlacementState, RunState

AT_ONCE = 500


@timer
def close_calls():
    """Close every call for applications whose moment has come; how many."""
    return each(Generation.objects.past_closing(clock.now()).order_by("pk"), _take(GENERATION, "close"))


@timer
def expire_offers():
    """Let lapse the offers that nobody answered, and offer them on; how many."""
    late = Application.objects.unanswered_at(clock.now())
    return each(late.order_by("answer_until", "pk")[:AT_ONCE], _take(APPLICATION, "expire"))


@timer
def close_waiting_lists():
    """End the waiting lists whose day has passed; how many applicants were told."""
    ended = Generation.objects.with_past_list(clock.today())
    waiting = Application.objects.filter(state=ApplicationState.WAITLISTED, generation__in=ended)
    return each(waiting.order_by("pk")[:AT_ONCE], _take(APPLICATION, "close_list"))


@timer
def start_services():
    """Begin the services whose first day has come; how many."""
    there = Placement.objects.serving().filter(local_government=OuterRef("local_government"))
    due = Placement.objects.filter(~Exists(there), state=PlacementState.PLANNED, starts_on__lte=clock.today())
    return each(due.order_by("pk")[:AT_ONCE], _take(PLACEMENT, "start"))


@timer
def warn_who_cannot_pass():
    """Warn learners, once, on the day when the attendance can no longer be reached; how many.

    Whoever can reach it again, by a make-up session or a correction, is warned anew if it is lost again.
    """
    runs = CourseRun.objects.filter(state=RunState.RUNNING).select_related("course")
    missed = Attendance.objects.filter(enrolment=OuterRef("pk"), is_present=False)
    return sum(_warn(run, missed) for run in runs)


def _warn(run, missed):
    concerned = run.enrolments.confirmed().filter(Exists(missed) | Q(warned_at__isnull=False))
    found = list(concerned.select_related("learner__user", "run__course"))
    if not found:
        return 0
    standings = attendance.grid(run, found).standings
    again = [one.pk for one in found if one.warned_at is not None and standings[one.pk].can_reach]
    if again:
        run.enrolments.filter(pk__in=again).update(warned_at=None)
    late = [one for one in found if one.warned_at is None and not standings[one.pk].can_reach]
    return each(late, _warn_one)


def _warn_one(enrolment):
    if Enrolment.objects.filter(pk=enrolment.pk, warned_at=None).update(warned_at=clock.now()):
        notices.cannot_pass(enrolment)


@timer
def forget_applicants():
    """Forget what is personal in applications whose time of keeping has passed; how many."""
    due = Application.objects.to_be_forgotten(clock.now())
    return each(due.order_by("pk")[:AT_ONCE], privacy.anonymise_by_rule)


@timer
def forget_ambassadors():
    """Forget who served, years after the service; how many."""
    due = Placement.objects.to_be_forgotten(service.add_months(clock.today(), -12 * applying.KEPT_SUCCESSFUL_YEARS))
    return each(due.order_by("pk")[:AT_ONCE], privacy.forget_service)


@timer
def forget_learners():
    """Forget people whom an office enrolled and who never came for the record; how many."""
    last = service.add_months(clock.today(), -12 * applying.KEPT_SUCCESSFUL_YEARS)
    due = Learner.objects.to_be_forgotten(datetime.combine(last, time.min, tzinfo=clock.BANGKOK))
    return each(due.order_by("pk")[:AT_ONCE], privacy.forget_learner)


@timer
def erase_again():
    """Erase again what was erased before a backup was taken back; how many applications and learners."""
    return privacy.repeat_erasures()


def _take(lifecycle, name):
    def step(case):
        lifecycle.take(case, name, by=User.objects.timer())

    step.__qualname__ = f"{lifecycle.name}.{name}"
    return step
