"""The addresses of the budget's endpoints."""

from budgets.api import (
    asking,
    deciding,
    meetings,
    money,
    moves,
    profiles,
    proposals,
    reports,
    reviews,
    rounds,
    sections,
    trail,
)
from budgets.api.nested import CASES
from budgets.api.rounds import ROUNDS
from portal.api.routes import register

register("rounds", rounds.RoundViewSet)
register(f"{ROUNDS}/themes", rounds.ThemeViewSet)
register(f"{ROUNDS}/extensions", rounds.ExtensionViewSet)
register(f"{ROUNDS}/ceilings", moves.CeilingViewSet)
register(f"{ROUNDS}/transfers", moves.TransferViewSet)
register(f"{ROUNDS}/reviewers", deciding.ReviewerViewSet)
register(f"{ROUNDS}/profiles", profiles.ProfileViewSet)
register(f"{ROUNDS}/ranking", deciding.RankingViewSet)
register(f"{ROUNDS}/bulk-steps/(?P<name>[a-z_]+)", deciding.BulkStepViewSet, "bulk-steps")
register(f"{ROUNDS}/questions", asking.QuestionViewSet, "round-questions")
register("meetings", meetings.MeetingViewSet)
register("expense-categories", rounds.CategoryViewSet)
register("price-editions", rounds.EditionViewSet)

register("proposals", proposals.ProposalViewSet)
register(f"{CASES}/items", sections.ItemViewSet)
register(f"{sections.ITEMS}/quotations", sections.QuotationViewSet)
register(f"{CASES}/funding", sections.FundingViewSet)
register(f"{CASES}/kpis", sections.KpiViewSet)
register(f"{CASES}/attachments", sections.AttachmentViewSet)
register(f"{CASES}/versions", proposals.VersionViewSet)
register(f"{CASES}/events", proposals.CaseEventViewSet, "proposal-events")
register(f"{CASES}/assignments", reviews.AssignmentViewSet)
register(f"{CASES}/clarifications", asking.ClarificationViewSet)
register(f"{CASES}/reviews", reviews.ReviewViewSet)
register(f"{CASES}/commitments", money.CommitmentViewSet)
register(f"{CASES}/disbursements", money.DisbursementViewSet)
register(f"{CASES}/ledger", moves.LedgerViewSet, "ledger")
register(f"{CASES}/carry-overs", moves.CarryOverViewSet)
register(f"{CASES}/item-changes", moves.ItemChangeViewSet)
register(f"{CASES}/money-trail", trail.MoneyTrailViewSet, "money-trail")
register(f"{CASES}/reports", reports.ReportViewSet)
register(f"{reports.REPORTS_OF}/photos", reports.PhotoViewSet)
