"""Quarterly report: written by the office, signed by the executive, accepted by the province."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets import notices
from budgets.money import report_signing
from budgets.states import ReportState, RoundState
from budgets.step_forms import AttestReportForm
from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import ReasonForm

S = ReportState


def round_is_enacted(report, *, by):
    round = report.proposal.round
    if round.state != RoundState.ENACTED:
        raise Refused(
            _("This is not possible while the round is “%(state)s”.") % {"state": round.get_state_display()},
            code="wrong_round_state",
            state=report.state,
        )


def did_not_prepare(report, *, by):
    if report.preparers.filter(pk=by.pk).exists():
        raise PermissionDenied(_("Who prepared a report neither signs it nor attests its signature."))


def is_complete(report, *, by):
    lacks = what_the_report_lacks(report)
    if lacks:
        raise Refused(
            _("The report is not complete: %(first)s") % {"first": lacks[0]["detail"]},
            code="incomplete",
            state=report.state,
            missing=lacks,
        )


def what_the_report_lacks(report):
    """What keeps a report from being signed, as `[{"section", "code", "detail"}]`."""
    lacks = []
    if report.typed:
        text = _("Correct what is marked in the report.")
        lacks.append({"section": "report", "code": "kept_as_typed", "detail": text})
    if report.physical_pct is None:
        lacks.append(
            {"section": "progress", "code": "physical_pct_missing", "detail": _("Enter the physical progress.")}
        )
    measured = set(report.kpi_actuals.values_list("kpi_id", flat=True))
    for kpi in report.proposal.kpis.all():
        if kpi.pk not in measured:
            text = _("Enter what “%(name)s” measured.") % {"name": kpi.name_th}
            lacks.append({"section": "kpis", "code": "kpi_actual_missing", "detail": text})
    return lacks


def stamp_submission(report, *, by, **_details):
    report.submitted_by, report.submitted_at = by, clock.now()
    report.committed_baht = report.proposal.committed_baht
    report.disbursed_baht = report.proposal.disbursed_baht
    report.return_reason = ""


def stamp_acceptance(report, *, by, **_details):
    report.accepted_by, report.accepted_at = by, clock.now()


def keep_reason(report, *, by, reason, **_details):
    report.return_reason = reason
    report.accepted_by = report.accepted_at = None


def tell_submission(report, *, by, **_details):
    notices.report_submitted(report)


def tell_acceptance(report, *, by, **_details):
    notices.report_accepted(report)


def tell_return(report, *, by, reason, **_details):
    notices.report_returned(report, reason)


REPORT = Lifecycle(
    "report",
    S,
    [
        Step("submit", L("Sign and send the report"), frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED,
             "budgets.submit_report", guards=[round_is_enacted, did_not_prepare, is_complete],
             effects=[stamp_submission], after=[tell_submission]),
        Step("submit", L("Attest a signature on paper"), frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED,
             "budgets.attest_report", guards=[round_is_enacted, did_not_prepare, is_complete],
             effects=[report_signing.is_the_text, report_signing.is_another_person, stamp_submission],
             after=[report_signing.keep_paper, tell_submission], form=AttestReportForm, aside=True,
             hint=L("For an executive who signs with a pen: you answer for the signature with your name.")),
        Step("accept", L("Accept the report"), frozenset({S.SUBMITTED}), S.ACCEPTED, "budgets.accept_report",
             guards=[round_is_enacted], effects=[stamp_acceptance], after=[tell_acceptance]),
        Step("return", L("Return the report"), frozenset({S.SUBMITTED}), S.RETURNED, "budgets.accept_report",
             guards=[round_is_enacted], effects=[keep_reason], after=[tell_return], form=ReasonForm),
        Step("reopen", L("Reopen the report"), frozenset({S.ACCEPTED}), S.RETURNED, "budgets.accept_report",
             guards=[round_is_enacted], effects=[keep_reason], after=[tell_return], form=ReasonForm),
    ],
    start=S.DRAFT,
    ends=frozenset({S.ACCEPTED}),
)  # fmt: skip
