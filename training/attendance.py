"""Who came: several sources, counted once, their conflicts shown; and who can still pass."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock
from portal.audit import record
from portal.errors import Refused
from portal.thai.sorting import sort_key
from training.models import Attendance
from training.states import NEEDS_A_REASON, ON_THE_LIST, RunState, Source


@transaction.atomic
def mark(run, entries, *, by, source, reason=""):
    """Write `{(session, enrolment): is_present}` from one source; how many lines were written.

    A later line of a source replaces its earlier one. `decision` settles a conflict; it and `offline`, what was
    entered afterwards because there was no signal, need a reason.
    """
    if not by.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Only those who conduct this run record attendance."))
    if run.state not in {RunState.OPEN, RunState.RUNNING}:
        raise Refused(_("Attendance is recorded while a run is open or running."), code="wrong_state", state=run.state)
    if source in NEEDS_A_REASON and not reason.strip():
        raise Refused(_("Give the reason."), code="reason_missing")
    for (session, enrolment), is_present in entries.items():
        if session.run_id != run.pk or enrolment.run_id != run.pk:
            raise Refused(_("This session is not of this run."), code="other_run")
        Attendance.objects.update_or_create(
            session=session,
            enrolment=enrolment,
            source=source,
            defaults={
                "is_present": is_present, "recorded_by": by, "recorded_at": clock.now(), "reason": reason[:300],
            },
        )  # fmt: skip
    record("attendance.mark", run, by=by, details={"source": source, "lines": len(entries)})
    return len(entries)


@dataclass(frozen=True)
class Cell:
    """What is known of one learner in one session: `is_present` None while nothing is known or the sources disagree."""

    is_present: bool | None
    sources: tuple = ()
    is_conflict: bool = False

    @property
    def is_offline(self):
        """Whether it rests on nothing but what was entered afterwards."""
        return self.is_present is not None and set(self.sources) == {Source.OFFLINE}


def settle(lines):
    """The `Cell` that the lines of one learner in one session come to."""
    told = {line.source: line.is_present for line in lines}
    sources = tuple(sorted(told))
    if Source.DECISION in told:
        return Cell(told[Source.DECISION], sources)
    said = set(told.values())
    if len(said) > 1:
        return Cell(None, sources, is_conflict=True)
    return Cell(said.pop() if said else None, sources)


@dataclass(frozen=True)
class Standing:
    """How far a learner is: minutes attended, known to be missed, still open, of all; shares in percent."""

    attended: int
    missed: int
    open: int
    total: int
    needed_pct: int

    @property
    def attended_pct(self):
        """The share attended of all sessions, past and coming."""
        return self._pct(self.attended)

    @property
    def best_pct(self):
        """The share that can still be reached: what is not known to be missed may yet count."""
        return self._pct(self.total - self.missed)

    @property
    def has_reached(self):
        return self.total > 0 and self.attended * 100 >= self.needed_pct * self.total

    @property
    def can_reach(self):
        return self.total == 0 or (self.total - self.missed) * 100 >= self.needed_pct * self.total

    def _pct(self, minutes):
        return (Decimal(minutes) * 100 / self.total).quantize(Decimal("0.1")) if self.total else Decimal("0.0")


@dataclass(frozen=True)
class Grid:
    """The attendance of a run: `cells[enrolment pk][session pk]` and `standings[enrolment pk]`."""

    sessions: list
    enrolments: list
    cells: dict
    standings: dict

    @property
    def conflicts(self):
        """Pairs of enrolment and session whose sources disagree."""
        return [
            (enrolment, session)
            for enrolment in self.enrolments
            for session in self.sessions
            if self.cells[enrolment.pk][session.pk].is_conflict
        ]


def by_name(enrolments):
    """Enrolments as a list, in the order of a Thai roll call."""
    return sorted(enrolments, key=lambda one: (sort_key(one.learner.full_name), one.pk))


def grid(run, enrolments=None):
    """The `Grid` of a run, of these enrolments or of all on its list, in three queries."""
    sessions = list(run.sessions.all())
    if enrolments is None:
        enrolments = by_name(run.enrolments.filter(state__in=ON_THE_LIST).select_related("learner", "office__district"))
    lines = defaultdict(list)
    for line in Attendance.objects.filter(session__run=run, enrolment__in=[e.pk for e in enrolments]):
        lines[line.enrolment_id, line.session_id].append(line)
    cells = {
        enrolment.pk: {session.pk: settle(lines[enrolment.pk, session.pk]) for session in sessions}
        for enrolment in enrolments
    }
    needed = run.course.attendance_pct
    standings = {pk: standing_from(sessions, row, needed) for pk, row in cells.items()}
    return Grid(sessions, enrolments, cells, standings)


def standing_from(sessions, row, needed_pct):
    """The `Standing` of one learner from the cells of a row, over all sessions, past and coming."""
    attended = sum(session.minutes for session in sessions if row[session.pk].is_present)
    missed = sum(session.minutes for session in sessions if row[session.pk].is_present is False)
    total = sum(session.minutes for session in sessions)
    return Standing(attended, missed, total - attended - missed, total, needed_pct)


def standing(enrolment):
    """The `Standing` of one enrolment."""
    return grid(enrolment.run, [enrolment]).standings[enrolment.pk]
