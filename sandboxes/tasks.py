"""What the sandbox does by itself. Each item stands in its own transaction; a run that comes late catches up."""

from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from portal import clock
from portal.models import User
from portal.registry import timer
from portal.tasks import each
from sandboxes import gates, notices, reporting
from sandboxes.lifecycle import WAIVER
from sandboxes.lifecycle.pilot import catch_up
from sandboxes.models import Condition, Incident, Pilot, Waiver
from sandboxes.states import ENDS, WaiverState

AT_ONCE = 500
WARNINGS = (7, 30, 60)


@timer
def pause_and_end_pilots():
    """Record the pilots whose waiver or time has run out; how many."""
    moment = clock.now()
    due = Pilot.objects.out_of_waiver(moment) | Pilot.objects.past_end(moment)
    return each(due.order_by("pk")[:AT_ONCE], catch_up)


@timer
def expire_waivers():
    """Record the instruments whose last day is over; how many."""
    return each(Waiver.objects.run_out(clock.now()).order_by("pk")[:AT_ONCE], expire)


def expire(waiver):
    catch_up(waiver.pilot)
    WAIVER.take(waiver, "expire", by=User.objects.timer())


@timer
def warn_of_waivers():
    """Tell of instruments that end within 60, 30 and 7 days, each stage once; how many."""
    moment = clock.now()
    reached = stage_reached(WARNINGS, lambda days: Q(ends_at__lte=moment + timedelta(days=days)))
    soon = Waiver.objects.filter(reached, state=WaiverState.IN_FORCE, ends_at__gt=moment).exclude(pilot__state__in=ENDS)
    return each(soon.select_related("pilot", "issue__authority").order_by("pk")[:AT_ONCE], warn)


def stage_reached(stages, within):
    """The condition of rows of which a nearer stage than `told_days` is reached; `within(days)`: no further off.

    What was told is not read again, so that many told rows keep none waiting.
    """
    nearer = [within(days) & (Q(told_days=None) | Q(told_days__gt=days)) for days in stages]
    return reduce(or_, nearer)


def warn(waiver):
    """Tell of the nearest stage that is reached, once."""
    left = waiver.ends_at - clock.now()
    stage = next(days for days in WARNINGS if left <= timedelta(days=days))
    if waiver.told_days is None or stage < waiver.told_days:
        Waiver.objects.filter(pk=waiver.pk).update(told_days=stage)
        notices.waiver_ends_soon(waiver, stage)


@timer
def remind_of_conditions():
    """Remind of conditions within 14, 7 and 1 days, and of late ones, each stage once; how many."""
    today, stages = clock.today(), (gates.LATE, *gates.REMINDERS)
    reached = stage_reached(stages, lambda days: Q(due_on__lte=today + timedelta(days=days)))
    due = Condition.objects.to_be_reported().filter(reached).with_place().order_by("due_on", "pk")
    return each(due[:AT_ONCE], gates.remind_of_condition)


@timer
def remind_of_clocks():
    """Remind of the time limits of open incidents before and after each is due; how many were looked at."""
    open_ones = Incident.objects.still_open().select_related("pilot__local_government").order_by("pk")
    return each(open_ones[:AT_ONCE], reporting.remind)
