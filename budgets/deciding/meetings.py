"""Meetings of the committee: recorded by its secretary, and named by every recommendation made there."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from budgets.models import Absence, Conflict, Meeting, Proposal
from budgets.states import ProposalState
from portal import access
from portal.audit import record as write_event
from portal.errors import Refused
from portal.models import User
from portal.notices import forget

FIXED = ("round", "number", "on")


def record(*, by, conflicts=None, **fields):
    """A new meeting. `fields` are its own: number, on, and where known round, present and minutes.

    `conflicts` are rows `{person, proposal, note}`. Raises PermissionDenied or ValidationError.
    """
    capacity = _secretary(by)
    with transaction.atomic():
        meeting = Meeting(recorded_by=by, **fields)
        meeting.full_clean()
        meeting.save()
        write_event("meeting.record", meeting, by=by, capacity=capacity, details=facts(meeting))
        for row in conflicts or []:
            note_conflict(meeting, by=by, **row)
    return meeting


def change(meeting, *, by, version=None, conflicts=None, **fields):
    """The meeting with what was added or corrected; `conflicts`, when given, are all of them.

    Number, date and round stand fast once a case was decided under them (409 `meeting_in_use`).
    """
    capacity = _secretary(by)
    with transaction.atomic():
        held = Meeting.objects.filter(pk=meeting.pk)
        if not held.filter(version=version or meeting.version).update(version=F("version") + 1):
            raise Refused(_("Someone else has changed this meeting. Look at it again."), code="lost_race")
        meeting = held.get()
        moved = [name for name in FIXED if name in fields and fields[name] != getattr(meeting, name)]
        if moved and meeting.decided.exists():
            raise Refused(
                _("Cases were decided at this meeting, so its number, date and round stay as they are."),
                code="meeting_in_use",
            )
        for name, value in fields.items():
            setattr(meeting, name, value)
        meeting.full_clean()
        meeting.save()
        write_event("meeting.change", meeting, by=by, capacity=capacity, details=facts(meeting))
        if conflicts is not None:
            _write_conflicts(meeting, conflicts, by=by)
    return meeting


def note_conflict(meeting, *, by, person, proposal, note=""):
    """The new record that `person` (a user name or a name) left the room for `proposal`.

    Somebody with an account no longer meets the case from now on.
    """
    capacity = _secretary(by)
    if meeting.round_id and proposal.round_id != meeting.round_id:
        raise ValidationError({"proposal": _("This meeting does not sit for the round of that case.")})
    with transaction.atomic():
        absence = Absence(meeting=meeting, proposal=proposal, person=person.strip(), note=note)
        absence.full_clean()
        absence.save()
        if user := User.objects.filter(username=absence.person).first():
            Conflict.objects.get_or_create(proposal=proposal, person=user, defaults={"note": note})
            forget(user, proposal)
        details = {"person": absence.person, "meeting": meeting.pk}
        write_event("meeting.conflict", proposal, by=by, capacity=capacity, details=details)
    return absence


def _write_conflicts(meeting, rows, *, by):
    present = {(one.person, one.proposal_id): one for one in meeting.conflicts.all()}
    wanted = {(row["person"].strip(), row["proposal"].pk): row for row in rows}
    for key in present.keys() - wanted.keys():
        present[key].delete()
    for key in wanted.keys() - present.keys():
        note_conflict(meeting, by=by, **wanted[key])


def _secretary(by):
    capacity = access.capacity(by, "budgets.change_meeting")
    if capacity is None:
        raise PermissionDenied(_("Only the committee's secretary records meetings."))
    return capacity


def facts(meeting):
    """What an event keeps of a meeting."""
    return {
        "round": meeting.round_id,
        "number": meeting.number,
        "on": meeting.on,
        "present": meeting.present,
        "minutes": meeting.minutes_id,
    }


# What is on the table


def agenda(meeting, user):
    """The scored cases that still wait for their decision, of the meeting's round or of all, in rank order."""
    cases = Proposal.objects.visible_to(user).filter(state=ProposalState.SCORED)
    if meeting.round_id:
        cases = cases.in_round(meeting.round_id)
    return _in_order(cases)


def decided(meeting, user):
    """The cases decided at the meeting, in rank order within their theme."""
    return _in_order(Proposal.objects.visible_to(user).filter(meeting=meeting))


def hidden(meeting, user):
    """How many cases were decided at the meeting that `user` may not see, for a conflict of interest."""
    return meeting.decided.count() - decided(meeting, user).count()


def _in_order(cases):
    cases = cases.select_related("round", "theme", "local_government__province", "local_government__district")
    return cases.order_by("round_id", "theme__position", "theme_id", "-mean_score", "number", "pk")


def attendance(meeting):
    """Those present as `(name, title)` pairs: people with an account by their full name and position."""
    people = {one.username: one for one in User.objects.filter(username__in=meeting.present)}
    return [(str(people[name]), people[name].title) if name in people else (name, "") for name in meeting.present]


def names_of(conflicts):
    """`conflicts` with `name` (str): the person's full name where there is an account."""
    conflicts = list(conflicts)
    people = {one.username: one for one in User.objects.filter(username__in=[row.person for row in conflicts])}
    for row in conflicts:
        row.name = str(people.get(row.person, row.person))
    return conflicts
