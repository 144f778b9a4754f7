"""The results of a run together: what attendance and mark come to for everybody, seen first and then given at once."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.errors import Refused
from training import attendance, enrolling
from training.attendance import Standing
from training.models import Enrolment
from training.states import EnrolmentState

AT_ONCE = 100
PASS, FAIL, ABSENT = "pass", "fail", "mark_absent"


@dataclass(frozen=True)
class Verdict:
    """What the rule of the course says of one confirmed learner: the step `name`, or `why` it says nothing yet."""

    enrolment: Enrolment
    standing: Standing
    name: str = ""
    why: str = ""


def verdicts(run):
    """The `Verdict` of every confirmed learner of a run, in the order of its list."""
    confirmed = attendance.by_name(run.enrolments.confirmed().select_related("learner", "office", "run__course"))
    grid = attendance.grid(run, confirmed)
    return [_verdict(run.course, one, grid.standings[one.pk], grid.cells[one.pk]) for one in confirmed]


def _verdict(course, enrolment, standing, cells):
    unknown = [cell for cell in cells.values() if cell.is_present is None]
    disputed = sum(cell.is_conflict for cell in unknown)
    name = why = ""
    if disputed:
        why = ngettext("%(n)s session is disputed", "%(n)s sessions are disputed", disputed) % {"n": disputed}
    elif standing.has_reached and course.has_mark and enrolment.mark is None:
        why = _("no mark yet")
    elif standing.has_reached:
        name = FAIL if course.has_mark and enrolment.mark < course.pass_mark else PASS
    elif unknown:
        why = ngettext("%(n)s session has no attendance", "%(n)s sessions have no attendance", len(unknown))
        why %= {"n": len(unknown)}
    else:
        name = FAIL if standing.attended else ABSENT
    return Verdict(enrolment, standing, name, why)


@transaction.atomic
def set_marks(run, marks, *, by):
    """Write those of `marks`, `{enrolment id: Decimal or None}` of confirmed learners, that are new; how many."""
    changed = 0
    for enrolment in run.enrolments.confirmed().filter(pk__in=marks).select_related("run__course"):
        if enrolment.mark != marks[enrolment.pk]:
            enrolling.set_mark(enrolment, marks[enrolment.pk], by=by)
            changed += 1
    return changed


def give(run, *, by):
    """Give the results that the rule says, at most a hundred at a time; `(given, left)`.

    Each stands in its own transaction: whoever was changed meanwhile is left for the next time.
    """
    from training.lifecycle import ENROLMENT

    if not by.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Only those who conduct this run give results."))
    ready = [one for one in verdicts(run) if one.name]
    given = 0
    for verdict in ready[:AT_ONCE]:
        try:
            ENROLMENT.take(verdict.enrolment, verdict.name, by=by)
        except Refused as refusal:
            if refusal.code == "wrong_run_state":
                raise
            continue
        given += 1
    return given, len(ready) - given


def summary(run):
    """How many of a run's list stand in which state: `[(state, count)]`, the states that occur."""
    counts = {state: 0 for state in EnrolmentState}
    for state in run.enrolments.values_list("state", flat=True):
        counts[EnrolmentState(state)] += 1
    return [(state, count) for state, count in counts.items() if count]
