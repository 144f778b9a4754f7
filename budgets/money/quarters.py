"""Which quarterly reports a project owes, and how each stands."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from budgets.models import QuarterlyReport
from budgets.money.reporting import due_on
from budgets.states import ReportState
from portal import clock
from portal.thai.dates import quarter_bounds

QUARTERS = (1, 2, 3, 4)
NOT_DUE, NOT_WRITTEN, LATE = "not_due", "not_written", "late"
WORDS = {
    NOT_DUE: (_("Not due yet"), "quiet"),
    NOT_WRITTEN: (_("Not written yet"), "warn"),
    LATE: (_("Late, not sent"), "bad"),
    ReportState.DRAFT: (_("Draft"), "warn"),
    ReportState.SUBMITTED: (_("Sent, waiting for the province"), "info"),
    ReportState.ACCEPTED: (_("Accepted"), "ok"),
    ReportState.RETURNED: (_("Returned for revision"), "bad"),
}
SENT = frozenset({ReportState.SUBMITTED, ReportState.ACCEPTED})


@dataclass(frozen=True)
class Quarter:
    """A quarter of a project: its report, or None, judged on `day`."""

    fiscal_year: int
    quarter: int
    report: QuarterlyReport | None
    day: date

    @property
    def due_on(self):
        return self.report.due_on if self.report else due_on(self.fiscal_year, self.quarter)

    @property
    def begins_on(self):
        return quarter_bounds(self.fiscal_year, self.quarter)[0]

    @property
    def ended_on(self):
        """The first day after the quarter."""
        return quarter_bounds(self.fiscal_year, self.quarter)[1]

    @property
    def is_wanted(self):
        """Whether the quarter is over and no report of it was sent."""
        return self.day >= self.ended_on and not self.is_sent

    @property
    def is_sent(self):
        return self.report is not None and self.report.state in SENT

    @property
    def is_late(self):
        """Whether the report was sent after it was due, or is due and still not sent."""
        if self.report is not None and self.report.submitted_at and self.is_sent:
            return self.report.submitted_at.astimezone(clock.BANGKOK).date() > self.due_on
        return self.day > self.due_on

    @property
    def state(self):
        """The report's own state; without one `not_due`, `not_written` or `late`."""
        if self.report is not None:
            return ReportState(self.report.state)
        if self.day > self.due_on:
            return LATE
        return NOT_WRITTEN if self.day >= self.ended_on else NOT_DUE

    @property
    def label(self):
        return WORDS[self.state][0]

    @property
    def tone(self):
        """The tone of a badge: quiet, warn, bad, info or ok."""
        return WORDS[self.state][1]


def quarters_of(proposal, reports, day):
    """The four `Quarter`s of the round's fiscal year, and after them any other that has a report, judged on `day`.

    `reports` are the reports of the project that the person may see.
    """
    year = proposal.round.fiscal_year
    by_quarter = {(report.fiscal_year, report.quarter): report for report in reports}
    expected = [(year, quarter) for quarter in QUARTERS]
    more = sorted(by_quarter.keys() - set(expected))
    return [Quarter(y, q, by_quarter.get((y, q)), day) for y, q in [*expected, *more]]
