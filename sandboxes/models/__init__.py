"""The sandbox's models."""

from sandboxes.models.citizen import ClosingItem, Feedback, ResidentNotice
from sandboxes.models.gate import Amendment, Condition, Conflict, Gate, GateDecision, GateScore, GateVote
from sandboxes.models.incident import Incident, IncidentReport, Telling
from sandboxes.models.indicator import BaselineChange, Indicator, Reading, SafeguardReview
from sandboxes.models.pilot import Endorsement, Partner, Pilot, PilotDocument, PilotSeries, PlanVersion
from sandboxes.models.rule import Authority, RegulatoryIssue, Waiver

__all__ = [
    "Amendment",
    "Authority",
    "BaselineChange",
    "ClosingItem",
    "Condition",
    "Conflict",
    "Endorsement",
    "Feedback",
    "Gate",
    "GateDecision",
    "GateScore",
    "GateVote",
    "Incident",
    "IncidentReport",
    "Indicator",
    "Partner",
    "Pilot",
    "PilotDocument",
    "PilotSeries",
    "PlanVersion",
    "Reading",
    "RegulatoryIssue",
    "ResidentNotice",
    "SafeguardReview",
    "Telling",
    "Waiver",
]
