"""What the other apps may ask of training."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from training.coverage import trained_on
from training.models import CityProject, Placement
from training.querysets import RECENT

AMBASSADOR, OFFICER = "ambassador", "trained_officer"
WARNED_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Qualified:
    """Somebody of a local government who qualifies: `kind` is `ambassador` or `trained_officer`.

    `until` is the last day on which it counts; `url` leads to the proof, and is empty where the reader may not open it.
    """

    kind: str
    name: str
    since: date
    until: date
    url: str


def qualified_people(local_government, day, *, seen_by=None):
    """Who qualifies `local_government` on `day` (a date in Bangkok), as a list of `Qualified`, longest first.

    Ambassadors who serve there, and people trained within 24 months whose certificate counts. `seen_by` is the
    reader: the page of a service opens only for those who have to do with it.
    """
    serving = Placement.objects.serving_on(day).filter(local_government=local_government)
    opens = set(serving.visible_to(seen_by).values_list("pk", flat=True)) if seen_by is not None else set()
    found = [
        Qualified(AMBASSADOR, str(p.ambassador), p.starts_on, p.ends_on, p.get_absolute_url() if p.pk in opens else "")
        for p in serving.select_related("ambassador")
    ]
    found += [
        Qualified(
            OFFICER, one.holder_th, one.issued_on, until_of(one.issued_on, one.valid_until),
            reverse("training:verify", args=[one.serial]),
        )
        for one in trained_on(day).filter(local_government=local_government).order_by("pk")
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.until, reverse=True)


def until_of(issued_on, valid_until):
    """The last day on which a certificate counts as recent training: its own end, or 24 months after its issue."""
    recent = issued_on + RECENT - timedelta(days=1)
    return min(recent, valid_until) if valid_until else recent


def qualified_until(local_governments, day):
    """`{id: last day}` on which somebody who qualifies on `day` still does; whoever has nobody is left out.

    `local_governments` is a set or a query of ids. Two queries.
    """
    ends = list(
        Placement.objects.serving_on(day)
        .filter(local_government__in=local_governments)
        .values_list("local_government", "ends_on")
    )
    certificates = trained_on(day).filter(local_government__in=local_governments)
    for place, issued_on, valid_until in certificates.values_list("local_government", "issued_on", "valid_until"):
        ends.append((place, until_of(issued_on, valid_until)))
    found = {}
    for place, until in ends:
        found[place] = max(until, found.get(place, until))
    return found


def is_qualified(local_government, day):
    """Whether `local_government` has a valid ambassador or trained officer on `day`."""
    return local_government.pk in qualified_until([local_government.pk], day)


def ends_soon(until, day):
    """Whether what counts until `until` ends within sixty days of `day`."""
    return until <= day + WARNED_BEFORE


def catalogue():
    """The address of the catalogue of courses."""
    return reverse("training:courses")


@dataclass(frozen=True)
class Assistant:
    """An ambassador who works on a case: `role` in their own words, `name` and `url` for whoever may know them."""

    generation: str
    role: str
    name: str
    url: str


def assistants(case_number, *, seen_by):
    """The ambassadors who recorded the case of `case_number` as a project of theirs, as a list of `Assistant`."""
    if not case_number:
        return []
    projects = CityProject.objects.filter(case_number=case_number).select_related(
        "placement__ambassador", "placement__generation", "placement__local_government__province"
    )
    found = list(projects.order_by("pk"))
    opens = set(Placement.objects.visible_to(seen_by).filter(projects__in=found).values_list("pk", flat=True))
    return [
        Assistant(
            str(one.placement.generation),
            one.role_th,
            str(one.placement.ambassador or "") if seen_by.has_perm("training.name_ambassador", one.placement) else "",
            one.placement.get_absolute_url() if one.placement_id in opens else "",
        )
        for one in found
    ]
