"""What the budget keeps."""

from budgets.models.contact import Contact
from budgets.models.following import ExternalNumber, Retargeting
from budgets.models.ledger import Ceiling, CeilingChange, LaterYear, LedgerEntry, RoundTotal
from budgets.models.meeting import Absence, Meeting
from budgets.models.moves import CarryOver, ItemChange, Transfer
from budgets.models.profile import Employer, ReviewerProfile
from budgets.models.proposal import (
    FundingLine,
    Kpi,
    NumberSeries,
    Proposal,
    ProposalAttachment,
    ProposalItem,
    ProposalVersion,
    Quotation,
    SectionDraft,
)
from budgets.models.question import Clarification, Question
from budgets.models.reference import BudgetRoute, ExpenseCategory, PriceEdition
from budgets.models.reminder import Reminder
from budgets.models.report import KpiActual, QuarterlyReport, ReportPhoto
from budgets.models.review import Assignment, Conflict, Review, Score, SectionReturn
from budgets.models.round import Criterion, DocumentRequirement, Extension, FocusTheme, Round, Rubric, ThemeEdition
from budgets.models.signature import PaperSignature

__all__ = [
    "Absence",
    "Assignment",
    "BudgetRoute",
    "CarryOver",
    "Ceiling",
    "CeilingChange",
    "Clarification",
    "Conflict",
    "Contact",
    "Criterion",
    "DocumentRequirement",
    "Employer",
    "ExpenseCategory",
    "Extension",
    "ExternalNumber",
    "FocusTheme",
    "FundingLine",
    "ItemChange",
    "Kpi",
    "KpiActual",
    "LaterYear",
    "LedgerEntry",
    "Meeting",
    "NumberSeries",
    "PaperSignature",
    "PriceEdition",
    "Proposal",
    "ProposalAttachment",
    "ProposalItem",
    "ProposalVersion",
    "QuarterlyReport",
    "Question",
    "Quotation",
    "Reminder",
    "Retargeting",
    "ReportPhoto",
    "Review",
    "ReviewerProfile",
    "Round",
    "RoundTotal",
    "Rubric",
    "Score",
    "SectionDraft",
    "SectionReturn",
    "ThemeEdition",
    "Transfer",
]
