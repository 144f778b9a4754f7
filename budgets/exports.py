"""The columns of the budget's lists as files. They equal the lists: what is hidden there is empty here."""

from django.utils.translation import gettext_lazy as _

from budgets.states import ProposalState
from portal.exports import Column


def state_label(proposal):
    """The state that this person may know, in words."""
    return ProposalState(proposal.shown_state).label


def once_known(name):
    """The value of a field of the outcome, or None while this person may not know it."""
    return lambda proposal: getattr(proposal, name) if proposal.shows_outcome else None


CASE = [
    Column(_("Number"), "number", "code"),
    Column(_("Title"), "title_th"),
    Column(_("Local government"), "local_government.name_th"),
    Column(_("Kind"), lambda proposal: proposal.local_government.get_kind_display()),
    Column(_("Province"), "local_government.province.name_th"),
    Column(_("Focus theme"), "theme.name_th"),
]

PROPOSAL = [
    *CASE,
    Column(_("Fiscal year"), "round.fiscal_year", "code"),
    Column(_("Round"), "round.name_th"),
    Column(_("State"), state_label),
    Column(_("Budget route"), lambda proposal: proposal.get_route_display()),
    Column(_("Own priority"), "priority", "number"),
    Column(_("Total cost (baht)"), "total_cost_baht", "money"),
    Column(_("Requested (baht)"), "requested_baht", "money"),
    Column(_("Recommended (baht)"), once_known("recommended_baht"), "money"),
    Column(_("Allocated (baht)"), "allocated_baht", "money"),
    Column(_("Committed (baht)"), "committed_baht", "money"),
    Column(_("Disbursed (baht)"), "disbursed_baht", "money"),
    Column(_("Returned (baht)"), "returned_baht", "money"),
    Column(_("Submitted"), "submitted_at", "moment"),
]


def ranking(rank_of):
    """The columns of a ranking; `rank_of(proposal)` gives the place within the theme."""
    return [
        Column(_("Rank in the theme"), rank_of, "number"),
        *CASE,
        Column(_("Mean score"), "mean_score", "number"),
        Column(_("Spread"), "score_spread", "number"),
        Column(_("State"), state_label),
        Column(_("Requested (baht)"), "requested_baht", "money"),
        Column(_("Recommended (baht)"), once_known("recommended_baht"), "money"),
    ]


ENTRIES = [
    Column(_("Number"), "proposal.number", "code"),
    Column(_("Entry"), lambda entry: entry.get_kind_display()),
    Column(_("Date"), "on", "date"),
    Column(_("Amount (baht)"), "amount_baht", "money"),
    Column(_("Reference"), "reference"),
    Column(_("Contractor or payee"), "contractor"),
    Column(_("Contract number"), "contract_no", "code"),
    Column(_("e-GP number"), "egp_no", "code"),
    Column(_("Reverses"), "reverses_id", "code"),
    Column(_("Reason"), "reason"),
]

REPORTS = [
    Column(_("Number"), "proposal.number", "code"),
    Column(_("Local government"), "proposal.local_government.name_th"),
    Column(_("Fiscal year"), "fiscal_year", "code"),
    Column(_("Quarter"), "quarter", "number"),
    Column(_("State"), lambda report: report.get_state_display()),
    Column(_("Due"), "due_on", "date"),
    Column(_("Submitted"), "submitted_at", "moment"),
    Column(_("Physical progress (%)"), "physical_pct", "number"),
    Column(_("Committed (baht)"), "committed_baht", "money"),
    Column(_("Disbursed (baht)"), "disbursed_baht", "money"),
    Column(_("Problems and remedies"), "problem"),
]
