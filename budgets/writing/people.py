"""A round may demand that the office has an ambassador in service or somebody trained: who there is, until when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from budgets import notices
from budgets.models import Proposal
from budgets.states import ENDS
from portal import access, clock
from portal.models import LocalGovernment, Notice
from portal.registry import Task
from portal.thai.dates import thaidate
from training import seams


@dataclass(frozen=True)
class Standing:
    """Who qualifies the office of a proposal today, longest first, and until when; `is_demanded` by its round."""

    people: list
    is_demanded: bool
    until: date | None

    @property
    def ends_soon(self):
        return self.until is not None and seams.ends_soon(self.until, clock.today())


def standing(proposal, *, seen_by=None):
    """The `Standing` of a proposal's office today, as `seen_by` may open it."""
    people = seams.qualified_people(proposal.local_government, clock.today(), seen_by=seen_by)
    return Standing(people, proposal.round.needs_trained_person, people[0].until if people else None)


def is_lacking(proposal):
    """Whether the round demands somebody and the office has nobody today."""
    return proposal.round.needs_trained_person and not seams.is_qualified(proposal.local_government, clock.today())


# What ends soon


def _end_of(day):
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=clock.BANGKOK)


def _open_cases():
    """Cases under way in rounds that demand somebody."""
    return Proposal.objects.filter(round__needs_trained_person=True).exclude(state__in=sorted(ENDS))


def tasks_of(user):
    """For officers: the own office of an open case has nobody, or nobody any more within sixty days."""
    offices = [m.local_government_id for m in access.holding(user, "budgets.change_proposal") if m.local_government_id]
    cases = _open_cases().filter(local_government__in=offices) if offices else Proposal.objects.none()
    first = {}
    for case in cases.select_related("round", "local_government").order_by("created_at", "pk"):
        first.setdefault(case.local_government_id, case)
    if not first:
        return []
    today, found = clock.today(), []
    ends = seams.qualified_until(list(first), today)
    for place, case in first.items():
        until = ends.get(place)
        if until is not None and not seams.ends_soon(until, today):
            continue
        verb = _("Have somebody trained: the office has nobody")
        if until is not None:
            verb = _("Have somebody trained before it lapses")
        found.append(
            Task(
                area="budgets", title=case.title, url=case.get_absolute_url(), verb=verb, since=case.created_at,
                until=_end_of(until) if until is not None else None, case_number=case.number or "",
                detail=case.round.name,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Lapse:
    """An office with open cases that has nobody any more after `until`."""

    local_government: LocalGovernment
    until: date


def lapses_to_tell():
    """The `Lapse`s within sixty days of which their office was not told."""
    today = clock.today()
    ends = seams.qualified_until(_open_cases().values("local_government"), today)
    soon = {place: until for place, until in ends.items() if seams.ends_soon(until, today)}
    told = set(
        Notice.objects.filter(
            kind=notices.TRAINED_PERSON_LAPSES,
            case_id__in=soon,
            created_at__gte=_end_of(today - seams.WARNED_BEFORE),
        ).values_list("case_id", flat=True)
    )
    places = LocalGovernment.objects.filter(pk__in=set(soon) - told).order_by("pk")
    return [Lapse(place, soon[place.pk]) for place in places]


def tell_of(lapse):
    """Tell the office sixty days ahead."""
    notices.trained_person_lapses(lapse.local_government, thaidate(lapse.until))
