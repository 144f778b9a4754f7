"""An ambassador's service: its days, its stipend, what completing it takes, and who goes on with it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import clock, registry
from portal.audit import record
from portal.errors import Refused
from portal.models import LocalGovernment
from portal.thai.dates import thaidate
from portal.thai.digits import to_arabic
from training import rules, seats
from training.models import (
    Application,
    CityProject,
    HandoverItem,
    HostPlace,
    MonthlyReport,
    Placement,
    Posting,
    StipendLine,
    StipendSheet,
)
from training.states import OCCUPIES, GenerationState, MonthlyReportState, PlacementState, PlaceState

ONE_DAY = timedelta(days=1)
WRITABLE = frozenset({MonthlyReportState.DRAFT, MonthlyReportState.RETURNED})


# The host call


@transaction.atomic
def propose_place(generation, local_government, *, by, work_th, mentor):
    """The new HostPlace that an office has prepared for its executive to decide."""
    from training import notices

    if not by.has_perm("training.propose_place", local_government):
        raise PermissionDenied(_("Only officers of this local government prepare its offer."))
    if generation.state not in {GenerationState.ANNOUNCED, GenerationState.OPEN, GenerationState.SELECTING}:
        raise Refused(_("The call for hosts of this generation has ended."), code="host_call_over")
    place = HostPlace(
        generation=generation, local_government=local_government, work_th=work_th, mentor=mentor, prepared_by=by
    )
    place.full_clean()
    place.save()
    record("place.prepare", place, by=by)
    notices.place_prepared(place)
    return place


# Placements


def add_months(day, months):
    """The day `months` later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_of(placement, until=None):
    """The first days of the months that a placement touches, up to its last day or `until`."""
    last, month, found = min(placement.last_day, until or placement.last_day), placement.starts_on.replace(day=1), []
    while month <= last:
        found.append(month)
        month = add_months(month, 1)
    return found


def place_accepted(application, *, by):
    """The planned Placement of an accepted application.

    A placement that takes over from one that ended early begins the day after, or today, and serves out its term;
    where somebody still serves it begins the day after that service ends.
    """
    from training import notices

    place, generation = application.place, application.generation
    before = (
        Placement.objects.filter(
            place=place, state__in=[PlacementState.RESIGNED, PlacementState.TERMINATED], replaced_by=None
        )
        .order_by("-pk")
        .first()
    )
    starts_on = max(generation.starts_on or clock.today(), clock.today())
    there = Placement.objects.serving().filter(local_government=place.local_government_id).first()
    if there:
        starts_on = max(there.last_day + ONE_DAY, starts_on)
    ends_on = add_months(starts_on, generation.months) - ONE_DAY
    if before:
        starts_on = max(before.last_day + ONE_DAY, starts_on)
        ends_on = max(before.ends_on, starts_on)
    placement = Placement(
        generation=generation,
        application=application,
        place=place,
        local_government=place.local_government,
        ambassador=application.applicant,
        mentor=place.mentor,
        starts_on=starts_on,
        ends_on=ends_on,
        stipend_monthly_baht=generation.stipend_monthly_baht,
        replaces=before,
    )
    placement.full_clean()
    placement.save()
    rules.know_anew(by)
    record("placement.plan", placement, by=by)
    notices.placed(placement)
    return placement


def rematch(placement, place, *, moved_on, reason):
    """Put `placement` (being saved by its step) at another offered `place`; where it was before stays on record.

    The seat goes along: Refused `no_such_place`, `place_taken`, `quota_full`.
    """
    if place.generation_id != placement.generation_id or place.state != PlaceState.OFFERED:
        raise Refused(_("This place is not offered in this generation."), code="no_such_place")
    Posting.objects.create(
        placement=placement, place=placement.place, local_government=placement.local_government,
        mentor=placement.mentor, until_on=max(moved_on - ONE_DAY, placement.starts_on), reason=reason,
    )  # fmt: skip
    application = placement.application
    seats.free(application)
    seats.take(application, place)
    Application.objects.filter(pk=application.pk).update(place=place, holds_seat=True, version=F("version") + 1)
    placement.place_left = placement.place
    placement.place, placement.local_government, placement.mentor = place, place.local_government, place.mentor


def may_name_mentor(placement, user):
    """Whether `user` gives the placement another mentor: its host does, and those who run the programme."""
    return user.has_perm("training.manage_placement", placement) or user.has_perm(
        "training.propose_place", placement.local_government
    )


@transaction.atomic
def change_mentor(placement, mentor, *, by):
    """Give the placement another mentor: the one before has left."""
    from training import notices

    if not may_name_mentor(placement, by):
        raise PermissionDenied
    if placement.state not in OCCUPIES:
        raise Refused(_("This service has ended."), code="wrong_state", state=placement.state)
    Placement.objects.filter(pk=placement.pk).update(mentor=mentor)
    placement.refresh_from_db()
    record("placement.change_mentor", placement, by=by, details={"mentor": mentor.pk})
    notices.placed(placement)
    return placement


@transaction.atomic
def hand_over(item, *, by):
    """Tick an item of the hand-over list; ticking it again changes nothing."""
    placement = item.placement
    if by.pk != placement.mentor_id and not by.has_perm("training.manage_placement", placement):
        raise PermissionDenied(_("The mentor ticks what was handed over."))
    if HandoverItem.objects.filter(pk=item.pk, done_at=None).update(done_at=clock.now(), done_by=by):
        record("placement.hand_over", placement, by=by, details={"item": item.pk})


def is_case_of(placement, number):
    """Whether `number` is that of a proposal or pilot of a municipality where the placement served."""
    case = registry.case(number)
    served = {placement.local_government_id, *placement.postings.values_list("local_government", flat=True)}
    return case is not None and case.local_government_id in served


def projects_of(placement, user):
    """`(project, address)` of the placement's projects; the address of the case it names, for whoever may see it."""
    found = []
    for project in placement.projects.all():
        case = registry.case(project.case_number) if project.case_number else None
        is_seen = case is not None and type(case).objects.visible_to(user).filter(pk=case.pk).exists()
        found.append((project, case.get_absolute_url() if is_seen else ""))
    return found


@transaction.atomic
def add_project(placement, *, by, **fields):
    """The new CityProject of a placement, written by the ambassador."""
    if by.pk != placement.ambassador_id:
        raise PermissionDenied(_("The ambassador writes this."))
    if placement.state not in OCCUPIES:
        raise Refused(_("This service has ended."), code="wrong_state", state=placement.state)
    project = CityProject(placement=placement, **fields)
    project.case_number = to_arabic(project.case_number).strip().upper()
    project.full_clean()
    if project.case_number and not is_case_of(placement, project.case_number):
        text = _("The municipality has no proposal and no pilot %(number)s.")
        raise ValidationError({"case_number": text % {"number": project.case_number}})
    project.save()
    record("placement.add_project", placement, by=by, details={"project": project.pk})
    return project


# Monthly reports


@transaction.atomic
def start_report(placement, *, by, month):
    """The draft report of a month (its first day). Refused `no_such_month`, `report_exists`."""
    if by.pk != placement.ambassador_id:
        raise PermissionDenied(_("The ambassador writes the reports."))
    if month not in months_of(placement, until=clock.today()):
        raise Refused(_("There was no service in that month."), code="no_such_month")
    report, made = MonthlyReport.objects.get_or_create(placement=placement, month=month)
    if not made:
        raise Refused(_("There is already a report of this month."), code="report_exists", report=report.pk)
    record("monthly_report.start", report, by=by)
    return report


@transaction.atomic
def write_report(report, *, by, version=None, **texts):
    """Write the texts of a report that is not with the mentor; the fresh report. Refused `lost_race`, `wrong_state`."""
    if not by.has_perm("training.write_report", report):
        raise PermissionDenied(_("The ambassador writes the reports."))
    if report.state not in WRITABLE:
        raise Refused(
            _("The report is with your mentor, so it stays as it is."), code="wrong_state", state=report.state
        )
    rows = MonthlyReport.objects.filter(pk=report.pk, state__in=WRITABLE, version=version or report.version)
    if not rows.update(version=(version or report.version) + 1, **texts):
        raise Refused(
            _("The report was changed elsewhere, or is with your mentor. Reload the page to see it."), code="lost_race"
        )
    report.refresh_from_db()
    return report


# The stipend


@dataclass(frozen=True)
class Stipend:
    """What one ambassador is due for one month."""

    placement: Placement
    days: int
    of_days: int
    amount_baht: Decimal
    host: LocalGovernment


def stipend_of(placement, month):
    """The `Stipend` of a month (its first day): days of service in it, less unpaid leave, of the days of the month."""
    of_days = monthrange(month.year, month.month)[1]
    first, last = month, month.replace(day=of_days)
    begin, end = max(first, placement.starts_on), min(last, placement.last_day)
    if placement.state == PlacementState.PLANNED or begin > end:
        return Stipend(placement, 0, of_days, Decimal("0.00"), placement.local_government)
    days = {begin + timedelta(days=index) for index in range((end - begin).days + 1)}
    for leave in placement.leaves.all():
        if leave.is_paid:
            continue
        back = leave.returned_on or (last + ONE_DAY)
        days -= {leave.starts_on + timedelta(days=index) for index in range(max((back - leave.starts_on).days, 0))}
    amount = (placement.stipend_monthly_baht * len(days) / of_days).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Stipend(placement, len(days), of_days, amount, placement.host_on(end))


def stipends(generation, month):
    """The stipends of a generation for a month, of all who served in it."""
    placements = (
        generation.placements.select_related("local_government__province", "ambassador", "application")
        .prefetch_related("leaves", "postings__local_government__province")
        .order_by("local_government__name_sort_key", "pk")
    )
    found = [stipend_of(placement, month) for placement in placements]
    return [stipend for stipend in found if stipend.days]


@transaction.atomic
def close_sheet(generation, month, *, by):
    """The closed StipendSheet of a month that is over. Refused `month_not_over`, `sheet_closed`, `nobody_served`."""
    if not by.has_perm("training.close_stipend", generation):
        raise PermissionDenied
    if add_months(month, 1) > clock.today():
        raise Refused(_("The month is not over yet."), code="month_not_over")
    if StipendSheet.objects.filter(generation=generation, month=month).exists():
        raise Refused(_("The sheet of this month is closed."), code="sheet_closed")
    lines = stipends(generation, month)
    if not lines:
        raise Refused(_("Nobody served in that month."), code="nobody_served")
    sheet = StipendSheet.objects.create(
        generation=generation, month=month, total_baht=sum(line.amount_baht for line in lines), closed_by=by
    )
    StipendLine.objects.bulk_create(
        StipendLine(
            sheet=sheet, placement=line.placement, days=line.days, of_days=line.of_days, amount_baht=line.amount_baht
        )
        for line in lines
    )
    record("stipend.close", sheet, by=by, details={"month": month, "total_baht": sheet.total_baht})
    return sheet


def served_pct(placement, day):
    """How much of a service has passed on `day`, in whole percent."""
    days = (placement.last_day - placement.starts_on).days + 1
    return max(min(((day - placement.starts_on).days + 1) * 100 // days, 100), 0)


# Completing


def lacks(placement):
    """What is missing before a placement can be completed, as texts."""
    generation, missing = placement.generation, []
    if clock.today() < placement.ends_on:
        missing.append(_("The service ends on %(day)s.") % {"day": thaidate(placement.ends_on)})
    wanted = ceil(len(months_of(placement)) * generation.reports_needed_pct / 100)
    accepted = placement.reports.accepted().count()
    if accepted < wanted:
        missing.append(
            _("%(accepted)s of %(wanted)s monthly reports are accepted.") % {"accepted": accepted, "wanted": wanted}
        )
    projects = placement.projects.count()
    if projects < generation.projects_needed:
        missing.append(
            _("%(found)s of %(wanted)s city projects are recorded.")
            % {"found": projects, "wanted": generation.projects_needed}
        )
    return missing
