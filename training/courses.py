"""Setting up courses and runs."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from portal.audit import record
from portal.errors import Refused
from portal.models import User
from portal.roles import Role
from training import seats
from training.models import CourseRun, Session
from training.states import RunState


def may_change_course(course, *, by):
    """PermissionDenied for all but officers whose course it is; anybody who changes courses may begin one."""
    if not by.has_perm("training.change_course", None if course._state.adding else course):
        raise PermissionDenied(_("Only training officers and provincial officers change courses."))


@transaction.atomic
def save_course(course, *, by):
    """The saved course; a provincial officer's belongs to the own province."""
    is_new = course._state.adding
    may_change_course(course, by=by)
    if not by.has_perm("training.change_course", course):
        raise PermissionDenied(_("Choose your own province."))
    course.version += not is_new
    course.full_clean(exclude=["name_sort_key"])
    course.save()
    record("course.create" if is_new else "course.change", course, by=by)
    return course


def trainers_to_choose():
    """People who hold the post of a trainer, as a queryset."""
    held = User.objects.filter(memberships__role=Role.TRAINER, memberships__revoked_at=None, is_active=True)
    return held.distinct().order_by("first_name", "pk")


@transaction.atomic
def save_run(run, *, trainers, by):
    """The saved run with its trainers; a new one gets the next number. Refused `below_taken`, `wrong_state`."""
    is_new = run._state.adding
    if run.state in {RunState.FINISHED, RunState.CANCELLED}:
        raise Refused(_("This run has ended."), code="wrong_state", state=run.state)
    if is_new:
        last = CourseRun.objects.filter(course=run.course).aggregate(last=Max("number"))["last"]
        run.number = (last or 0) + 1
    else:
        run.version += 1
    run.full_clean()
    run.save()
    run.trainers.set(trainers)
    if not by.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Conduct the run yourself, or keep it within your province."))
    if run.state != RunState.PLANNED:
        seats.set_capacity(run, run.capacity)
        from training.enrolling import fill_seats

        fill_seats(run)
    record("run.create" if is_new else "run.change", run, by=by)
    return run


@transaction.atomic
def add_session(run, *, by, **fields):
    """The new session of a run that is planned or goes on: a make-up session as well."""
    if not by.has_perm("training.manage_run", run):
        raise PermissionDenied
    if run.state in {RunState.FINISHED, RunState.CANCELLED}:
        raise Refused(_("This run has ended."), code="wrong_state", state=run.state)
    session = Session(run=run, **fields)
    session.full_clean()
    session.save()
    record("run.add_session", run, by=by, details={"session": session.pk})
    return session


def next_session(run):
    """Moments to begin the form of another session with: the day after the last one, at the same hours."""
    last = run.sessions.last()
    if last is None:
        return {}
    return {"starts_at": last.starts_at + timedelta(days=1), "ends_at": last.ends_at + timedelta(days=1)}


@transaction.atomic
def remove_session(session, *, by):
    """Remove a session that nobody has attended. Refused `has_attendance`."""
    if not by.has_perm("training.manage_run", session.run):
        raise PermissionDenied
    if session.attendances.exists():
        raise Refused(_("Attendance is recorded for this session."), code="has_attendance")
    record("run.remove_session", session.run, by=by, details={"session": session.pk})
    session.delete()
