"""Reminders before a deadline: to the office seven, three and one working day ahead; then the province calls.

A run that comes late sends what is due by now, once: of several steps that were missed only the nearest.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from budgets import notices
from budgets.lifecycle.proposal_guards import end_of
from budgets.models import Contact, Extension, Proposal, Reminder, Round
from budgets.states import ContactKind, ProposalState
from budgets.writing.drafting import WRITING_PHASES
from portal import clock
from portal.clock import BANGKOK
from portal.thai.workdays import add_working_days

STEPS = (1, 3, 7)
UNSIGNED = (ProposalState.DRAFT, ProposalState.PENDING_ENDORSEMENT, ProposalState.RETURNED)
CALL_AHEAD = 1
LIMIT = 500
ANSWERS_A_RETURN = Q(first_submitted_at__isnull=False, return_due_on__isnull=False)


@dataclass(frozen=True)
class Due:
    """A case that must be signed before `moment`, the day of which is `on`; `days` working days ahead at most."""

    proposal: Proposal
    moment: datetime
    on: date
    days: int


def due_now(limit=LIMIT):
    """At most `limit` `Due`s that nobody was reminded of, the nearest deadlines first."""
    found, seen = [], set()
    for days in STEPS:
        for due in _within(add_working_days(clock.today(), days), days, limit - len(found)):
            if due.proposal.pk not in seen:
                seen.add(due.proposal.pk)
                found.append(due)
    return found


def unsigned_until(day):
    """Every unsigned case with its deadline where that falls on `day` (in Bangkok) or before, as `Due`s."""
    return _within(day, 0, None)


def _within(last, days, limit):
    moment = clock.now()
    cases = Proposal.objects.filter(state__in=UNSIGNED, round__state__in=WRITING_PHASES).with_extension(moment)
    cases = cases.select_related("round", "local_government__province").order_by("pk")
    plain = cases.filter(extended_until=None)
    found = []
    rounds = Round.objects.filter(state__in=WRITING_PHASES, closes_at__gt=moment, closes_at__lt=end_of(last))
    for round in rounds.order_by("closes_at", "pk"):
        on = day_of(round.closes_at)
        late = _unreminded(plain.filter(~ANSWERS_A_RETURN, round=round), on, days)
        found += [Due(case, round.closes_at, on, days) for case in late[:limit]]
    returned = plain.filter(ANSWERS_A_RETURN, return_due_on__gte=clock.today(), return_due_on__lte=last)
    for case in _unreminded(returned, F("return_due_on"), days)[:limit]:
        found.append(Due(case, end_of(case.return_due_on), case.return_due_on, days))
    extensions = Extension.objects.filter(until__gt=moment, until__lt=end_of(last), round__state__in=WRITING_PHASES)
    for round, until in extensions.order_by("until").values_list("round", "until").distinct():
        on = day_of(until)
        longer = _unreminded(cases.filter(round=round, extended_until=until), on, days)
        found += [Due(case, until, on, days) for case in longer[:limit]]
    return found if limit is None else found[: max(limit, 0)]


def _unreminded(cases, on, days):
    """Those of `cases` that were not told of the deadline `on`, `days` ahead or nearer; all of them for 0."""
    if not days:
        return cases
    told = Reminder.objects.filter(proposal=OuterRef("pk"), days__lte=days)
    told = told.filter(deadline_on=OuterRef("return_due_on")) if isinstance(on, F) else told.filter(deadline_on=on)
    return cases.exclude(Exists(told))


def day_of(moment):
    """The day in Bangkok on which `moment` falls; midnight belongs to the day that it ends."""
    return (moment - timedelta(microseconds=1)).astimezone(BANGKOK).date()


def remind(due):
    """Tell the office of `due`, and keep that it was told."""
    _row, is_new = Reminder.objects.get_or_create(proposal=due.proposal, deadline_on=due.on, days=due.days)
    if is_new:
        notices.deadline_near(due.proposal, due.moment)


def to_call():
    """The unsigned cases whose office the province calls now: the last working day before the deadline has begun and
    nobody has been in touch with the office, other than by a reminder, since the first reminder day.
    """
    today = clock.today()
    since = end_of(add_working_days(today, -STEPS[1]))
    spoken = set(
        Contact.objects.exclude(kind=ContactKind.REMINDER)
        .filter(at__gte=since)
        .values_list("local_government", "round")
    )
    return [
        due
        for due in unsigned_until(add_working_days(today, CALL_AHEAD))
        if (due.proposal.local_government_id, due.proposal.round_id) not in spoken
    ]
