"""Writing a quarterly report. Pages and API both write inside `editing_report`."""

from contextlib import contextmanager
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from budgets.models import KpiActual, Proposal, QuarterlyReport, ReportPhoto
from budgets.states import ProposalState, ReportState, RoundState
from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from portal.thai.dates import quarter_bounds

EDITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})
DAYS_TO_REPORT = 15
PICTURES = {"png", "jpg", "jpeg", "webp"}


def due_on(fiscal_year, quarter):
    """The last day on which the report of a quarter is in time."""
    _first, after = quarter_bounds(fiscal_year, quarter)
    return after + timedelta(days=DAYS_TO_REPORT - 1)


def start_report(proposal, *, by, fiscal_year, quarter):
    """A new draft report on a quarter of a project being carried out; none is too early or too late.

    Raises PermissionDenied, or Refused: `wrong_round_state`, `not_executing`, `report_exists`.
    """
    proposal = Proposal.objects.select_related("round", "local_government").get(pk=proposal.pk)
    capacity = access.capacity(by, "budgets.change_report", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government write its reports."))
    _refuse_unless_enacted(proposal)
    if proposal.state != ProposalState.EXECUTING:
        text = _("Reports are written while the project is being carried out; it is “%(state)s”.")
        raise Refused(text % {"state": proposal.get_state_display()}, code="not_executing", state=proposal.state)
    report = QuarterlyReport(
        proposal=proposal, fiscal_year=fiscal_year, quarter=quarter, due_on=due_on(fiscal_year, quarter)
    )
    report.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError:
        raise Refused(_("There is already a report for this quarter."), code="report_exists") from None
    report.preparers.add(by)
    record("report.start", report, by=by, capacity=capacity, after=report.state)
    return report


@contextmanager
def editing_report(report, *, by, version=None):
    """Give the fresh report for writing; afterwards its version, preparers, history and event are kept.

    Raises PermissionDenied, Refused (`not_editable`, `wrong_round_state`, `lost_race` when `version` is not the
    present one) or ValidationError; then nothing is written.
    """
    with transaction.atomic():
        fresh = QuarterlyReport.objects.select_related("proposal__round", "proposal__local_government").get(
            pk=report.pk
        )
        capacity = access.capacity(by, "budgets.change_report", fresh)
        if capacity is None:
            raise PermissionDenied(_("Only officers of this local government write its reports."))
        if version is not None and version != fresh.version:
            raise _stale(fresh)
        _refuse_unless_enacted(fresh.proposal)
        if fresh.state not in EDITABLE:
            text = _("This report is “%(state)s”. Only a draft or a returned report can be changed.")
            raise Refused(text % {"state": fresh.get_state_display()}, code="not_editable", state=fresh.state)
        mine = QuarterlyReport.objects.filter(pk=fresh.pk, version=fresh.version, state=fresh.state)
        if not mine.update(version=F("version") + 1):
            raise _stale(fresh)
        fresh.version += 1
        yield fresh
        fresh.changed_at = clock.now()
        fresh.full_clean()
        fresh.save()
        fresh.preparers.add(by)
        record("report.change", fresh, by=by, capacity=capacity)


def set_actuals(report, actuals):
    """Make `actuals`, `{kpi: value}`, what the indicators measured; inside `editing_report`."""
    if any(kpi.proposal_id != report.proposal_id for kpi in actuals):
        raise ValidationError({"kpi_actuals": _("This indicator is not of this project.")})
    report.kpi_actuals.exclude(kpi__in=actuals).delete()
    for kpi, value in actuals.items():
        KpiActual.objects.update_or_create(report=report, kpi=kpi, defaults={"value": value})


def forget_typed(report, *, written):
    """Let what the page kept as typed give way to the fields that are `written` now; inside `editing_report`."""
    report.typed = {name: text for name, text in report.typed.items() if field_of(name) not in written}


def field_of(box):
    """The field of a report that a box of its page fills."""
    return "kpi_actuals" if box.startswith("kpi-") else box


def add_photo(report, upload, *, by, caption="", version=None):
    """A new photograph of a report that can still be changed."""
    with editing_report(report, by=by, version=version) as fresh:
        photo = ReportPhoto(report=fresh, caption=caption, uploaded_by=by)
        photo.file = files.store(upload, by=by, only=PICTURES)
        photo.full_clean()
        photo.save()
    return photo


def remove_photo(photo, *, by, version=None):
    """Take a photograph off a report that can still be changed; the file stays on record."""
    with editing_report(photo.report, by=by, version=version):
        ReportPhoto.objects.filter(pk=photo.pk, removed_at=None).update(removed_at=clock.now())


def _refuse_unless_enacted(proposal):
    if proposal.round.state != RoundState.ENACTED:
        raise Refused(
            _("This is not possible while the round is “%(state)s”.") % {"state": proposal.round.get_state_display()},
            code="wrong_round_state",
            round_state=proposal.round.state,
        )


def _stale(report):
    return Refused(
        _("This report was changed by someone else in the meantime. Reload it and try again."),
        code="lost_race",
        state=report.state,
    )
