"""The words of the budget: states, kinds and codes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoundState(TextChoices):
    PLANNING = "planning", _("Planning")
    OPEN = "open", _("Open for proposals")
    REVIEWING = "reviewing", _("Under review")
    DELIBERATING = "deliberating", _("Committee deliberating")
    ANNOUNCED = "announced", _("Results announced")
    REQUESTED = "requested", _("Request sent to the Budget Bureau")
    ENACTED = "enacted", _("Budget enacted")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class ProposalState(TextChoices):
    DRAFT = "draft", _("Draft")
    PENDING_ENDORSEMENT = "pending_endorsement", _("Waiting for endorsement")
    SUBMITTED = "submitted", _("Submitted")
    IN_SCREENING = "in_screening", _("Being screened")
    RETURNED = "returned", _("Returned for revision")
    SCREENED_OUT = "screened_out", _("Screened out")
    IN_REVIEW = "in_review", _("Under consideration")
    SCORED = "scored", _("Scored")
    RECOMMENDED = "recommended", _("Recommended")
    NOT_RECOMMENDED = "not_recommended", _("Not recommended")
    IN_REQUEST = "in_request", _("In the budget request")
    NOT_ALLOCATED = "not_allocated", _("Not allocated")
    ALLOCATED = "allocated", _("Allocated")
    EXECUTING = "executing", _("Being carried out")
    COMPLETED = "completed", _("Completed")
    TERMINATED = "terminated", _("Terminated")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")
    DISCARDED = "discarded", _("Discarded")


EDITABLE = frozenset({ProposalState.DRAFT, ProposalState.RETURNED})
ENDS = frozenset(
    {
        ProposalState.SCREENED_OUT,
        ProposalState.NOT_RECOMMENDED,
        ProposalState.NOT_ALLOCATED,
        ProposalState.COMPLETED,
        ProposalState.TERMINATED,
        ProposalState.WITHDRAWN,
        ProposalState.LAPSED,
        ProposalState.DISCARDED,
    }
)
CONFIDENTIAL = frozenset({ProposalState.SCORED, ProposalState.RECOMMENDED, ProposalState.NOT_RECOMMENDED})
BEFORE_ANNOUNCEMENT = frozenset(
    {RoundState.PLANNING, RoundState.OPEN, RoundState.REVIEWING, RoundState.DELIBERATING, RoundState.CANCELLED}
)


class Section(TextChoices):
    SUMMARY = "summary", _("Summary")
    RATIONALE = "rationale", _("Rationale")
    OBJECTIVES = "objectives", _("Objectives and targets")
    PLAN = "plan", _("Local development plan")
    ITEMS = "items", _("Budget items")
    FUNDING = "funding", _("Funding")
    KPIS = "kpis", _("Indicators")
    UPKEEP = "upkeep", _("Upkeep")
    PERSONAL_DATA = "personal_data", _("Personal data")
    RISKS = "risks", _("Risks")
    ATTACHMENTS = "attachments", _("Attachments")


OPTIONAL_SECTIONS = frozenset({Section.RISKS, Section.ATTACHMENTS})
TIED_SECTIONS = {Section.ITEMS: {Section.FUNDING}, Section.FUNDING: {Section.ITEMS}}


class Channel(TextChoices):
    INTEGRATED_PLAN = "integrated_plan", _("Integrated plan")
    DIRECT_BB_REQUEST = "direct_bb_request", _("Direct request to the Budget Bureau")
    DLA_SPECIFIC_GRANT = "dla_specific_grant", _("Specific grant through DLA")
    PROVINCE_BUDGET = "province_budget", _("Provincial budget")
    DEPA_FUND = "depa_fund", _("depa fund")
    OWN_BUDGET = "own_budget", _("Own budget")
    ACCUMULATED_FUND = "accumulated_fund", _("Accumulated fund")
    PAO_SUPPORT = "pao_support", _("Support from the provincial organisation")
    PRIVATE_OR_PPP = "private_or_ppp", _("Private or joint investment")


class Route(TextChoices):
    """Through whom a request reaches the Budget Bureau."""

    DIRECT_BB = "direct_bb", _("Directly to the Budget Bureau (BBL)")
    VIA_DLA = "via_dla", _("Through DLA (SOLA)")
    BMA = "bma", _("Bangkok's own route")
    PATTAYA = "pattaya", _("Pattaya's own route")


STATUTORY_ROUTES = frozenset({Route.DIRECT_BB, Route.BMA, Route.PATTAYA})


class KeyingSystem(TextChoices):
    """The outside system into which a request is keyed by hand."""

    BBL = "bbl", _("BBL (Budget Bureau)")
    SOLA = "sola", _("SOLA (DLA)")


KEYED_INTO = {route: KeyingSystem.SOLA if route == Route.VIA_DLA else KeyingSystem.BBL for route in Route}


class PriceBasis(TextChoices):
    BB_STANDARD = "bb_standard", _("Budget Bureau equipment standard")
    MDES_ICT = "mdes_ict", _("MDES computer equipment criteria")
    MDES_CCTV = "mdes_cctv", _("MDES CCTV criteria")
    REGISTRY = "registry", _("Account of digital providers")
    OTHER_STANDARD = "other_standard", _("Other standard")
    OFF_LIST = "off_list", _("Off the lists (quotations)")


class PlanEdition(TextChoices):
    FIRST = "first", _("First edition")
    ADDITION = "addition", _("Addition")
    CHANGE = "change", _("Change")
    AMENDMENT = "amendment", _("Amendment")


class Direction(TextChoices):
    UP = "up", _("More is better")
    DOWN = "down", _("Less is better")


class SellerKind(TextChoices):
    COMPANY = "company", _("Company")
    SHOP = "shop", _("Shop")


class DocumentWhen(TextChoices):
    ALWAYS = "always", _("Always")
    PERSONAL_DATA = "personal_data", _("When personal data are processed")
    OFF_LIST = "off_list", _("When an item is off the price lists")
    OPTIONAL = "optional", _("If there is one")


class ContactKind(TextChoices):
    REMINDER = "reminder", _("Reminder sent")
    CALL = "call", _("Telephone call")
    VISIT = "visit", _("Visit")
    LETTER = "letter", _("Letter")


class AssignmentState(TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    DECLINED = "declined", _("Declined")
    RELEASED = "released", _("Released")
    CONFLICTED = "conflicted", _("Conflict of interest")


class ReviewState(TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")


class Standing(TextChoices):
    """How far the reviews of a case are; computed, never stored."""

    UNASSIGNED = "unassigned", _("Reviewers wanted")
    WAITING = "waiting", _("Reviews awaited")
    THIRD_REVIEW_NEEDED = "third_review_needed", _("Third review needed")
    READY = "ready", _("Ready to conclude")


class ReportState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Returned")


class Entry(TextChoices):
    """What a line of the ledger records."""

    ALLOCATION = "allocation", _("Allocation")
    COMMITMENT = "commitment", _("Commitment")
    DISBURSEMENT = "disbursement", _("Disbursement")
    RETURN = "return", _("Money returned")
    TRANSFER = "transfer", _("Transfer")
    CARRY_OVER = "carry_over", _("Carry-over")


class CarryOverState(TextChoices):
    REQUESTED = "requested", _("Waiting for DLA")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    TAKEN_BACK = "taken_back", _("Taken back")


class TransferState(TextChoices):
    PROPOSED = "proposed", _("Waiting for the chair")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Not approved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ItemChangeState(TextChoices):
    REQUESTED = "requested", _("Waiting for the province")
    ACCEPTED = "accepted", _("Accepted by the province")
    DECLINED = "declined", _("Not accepted by the province")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class TargetsState(TextChoices):
    """How the province stands to targets that were changed after the allocation."""

    WAITING = "waiting", _("Waiting for the province")
    ACCEPTED = "accepted", _("Accepted by the province")
    DECLINED = "declined", _("Not accepted by the province")
