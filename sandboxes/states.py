"""The words of the sandbox: states, kinds and codes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PilotState(TextChoices):
    CONCEPT = "concept", _("Concept")
    APPLIED = "applied", _("Applied")
    SCREENING = "screening", _("Under screening")
    DESIGN = "design", _("Test plan in design")
    APPROVED = "approved", _("Plan approved")
    READY = "ready", _("Ready to go live")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    EXIT_REVIEW = "exit_review", _("Exit under review")
    SCALED = "scaled", _("Scaled up")
    STOPPED = "stopped", _("Stopped after the trial")
    TERMINATED = "terminated", _("Ended early")
    REJECTED = "rejected", _("Not admitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


EDITABLE = frozenset({PilotState.CONCEPT, PilotState.SCREENING, PilotState.DESIGN, PilotState.APPROVED})
RUNNING = frozenset({PilotState.LIVE, PilotState.PAUSED})
CLOSED = frozenset({PilotState.SCALED, PilotState.STOPPED, PilotState.TERMINATED})
ENDS = CLOSED | {PilotState.REJECTED, PilotState.WITHDRAWN}
BEFORE_LIVE = frozenset(
    {
        PilotState.CONCEPT,
        PilotState.APPLIED,
        PilotState.SCREENING,
        PilotState.DESIGN,
        PilotState.APPROVED,
        PilotState.READY,
    }
)


class Phase(TextChoices):
    """The columns of the board."""

    PREPARING = "preparing", _("Being prepared")
    DECIDING = "deciding", _("Before the gates")
    RUNNING = "running", _("On trial")
    CONCLUDING = "concluding", _("Exit")
    ENDED = "ended", _("Ended")


PHASES = {
    Phase.PREPARING: (PilotState.CONCEPT, PilotState.APPLIED),
    Phase.DECIDING: (PilotState.SCREENING, PilotState.DESIGN, PilotState.APPROVED, PilotState.READY),
    Phase.RUNNING: (PilotState.LIVE, PilotState.PAUSED),
    Phase.CONCLUDING: (PilotState.EXIT_REVIEW,),
    Phase.ENDED: tuple(state for state in PilotState if state in ENDS),
}


class Technology(TextChoices):
    SENSORS = "sensors", _("Sensors and the internet of things")
    CAMERAS = "cameras", _("Cameras and video analysis")
    ARTIFICIAL_INTELLIGENCE = "artificial_intelligence", _("Artificial intelligence")
    DRONES = "drones", _("Drones")
    VEHICLES = "vehicles", _("New kinds of vehicles")
    DATA_PLATFORM = "data_platform", _("City data platform")
    APPLICATION = "application", _("Application for citizens")
    ENERGY = "energy", _("Clean energy")
    OTHER = "other", _("Other technology")


class GateKind(TextChoices):
    """The gates (ด่านพิจารณา), each decided by both agencies."""

    SCREENING = "screening", _("Screening")
    TEST_PLAN = "test_plan", _("Test plan")
    READINESS = "readiness", _("Readiness")
    EXIT = "exit", _("Exit review")
    AMENDMENT = "amendment", _("Amendment of the plan")


GATE_OF = {
    PilotState.SCREENING: GateKind.SCREENING,
    PilotState.DESIGN: GateKind.TEST_PLAN,
    PilotState.APPROVED: GateKind.READINESS,
    PilotState.EXIT_REVIEW: GateKind.EXIT,
}
READY_BY = frozenset({"declare_ready", "fast_track"})


class PartnerKind(TextChoices):
    PROVIDER = "provider", _("Provider")
    UNIVERSITY = "university", _("University")
    AGENCY = "agency", _("Public agency")
    COMMUNITY = "community", _("Community")


class DocumentKind(TextChoices):
    LETTER_OF_INTENT = "letter_of_intent", _("Partner's letter of intent")
    AREA = "area", _("Map or plan of the area")
    DPIA = "dpia", _("Data protection impact assessment")
    INSURANCE = "insurance", _("Insurance or guarantee")
    SECURITY_TEST = "security_test", _("Security test")
    NOTICE = "notice", _("Notice to residents")
    DECISION = "decision", _("Decision letter")
    OTHER = "other", _("Other document")


class Vote(TextChoices):
    FOR = "for", _("In favour")
    AGAINST = "against", _("Against")
    ABSTAIN = "abstain", _("Abstains")


class Direction(TextChoices):
    UP = "up", _("More is better")
    DOWN = "down", _("Less is better")


class Family(TextChoices):
    """What an indicator is about: the five domains of a digital service, and public value."""

    SECURITY = "security", _("Security")
    PRIVACY = "privacy", _("Privacy")
    RELIABILITY = "reliability", _("Reliability")
    ACCOUNTABILITY = "accountability", _("Accountability")
    EXPERIENCE = "experience", _("User experience")
    PUBLIC_VALUE = "public_value", _("Public value")


class Frequency(TextChoices):
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")


DAYS_OF = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.MONTHLY: 31, Frequency.QUARTERLY: 92}


class Remedy(TextChoices):
    """What removes an obstacle in law."""

    NONE_NEEDED = "none_needed", _("None needed: the rule does not stand in the way")
    GUIDANCE_LETTER = "guidance_letter", _("Letter of guidance")
    INTERPRETATION = "interpretation", _("Ruling on how the rule is read")
    EXEMPTION = "exemption", _("Exemption")
    SPECIAL_LICENCE = "special_licence", _("Special licence")
    ORDINANCE_CHANGE = "ordinance_change", _("Change of a local ordinance")


NEEDS_WAIVER = frozenset({Remedy.EXEMPTION, Remedy.SPECIAL_LICENCE, Remedy.ORDINANCE_CHANGE})
NEEDS_ANSWER = frozenset({Remedy.GUIDANCE_LETTER, Remedy.INTERPRETATION})


class WaiverState(TextChoices):
    REQUESTED = "requested", _("Requested")
    IN_FORCE = "in_force", _("In force")
    REFUSED = "refused", _("Refused by the authority")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked by the authority")


class PauseCause(TextChoices):
    WAIVER = "waiver", _("A waiver has ended")
    INCIDENT = "incident", _("A severe incident")
    THRESHOLD = "threshold", _("An indicator beyond its stop threshold")
    SCOPE = "scope", _("Beyond the area or the cap of users")
    OBJECTION = "objection", _("Residents object")
    OTHER = "other", _("Another reason")


class IncidentState(TextChoices):
    REPORTED = "reported", _("Reported")
    CONTAINED = "contained", _("Contained")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


class Hurt(TextChoices):
    NOBODY = "nobody", _("Nobody")
    SOMEBODY = "somebody", _("Somebody was hurt")
    DEATH = "death", _("Somebody died")


class Impact(TextChoices):
    NEAR_MISS = "near_miss", _("Nothing happened, but it nearly did")
    MINOR = "minor", _("A small disturbance")
    PART = "part", _("Part of the service failed")
    WHOLE = "whole", _("The whole service failed")


class Severity(TextChoices):
    SEV1 = "sev1", _("SEV1 critical")
    SEV2 = "sev2", _("SEV2 serious")
    SEV3 = "sev3", _("SEV3 limited")
    SEV4 = "sev4", _("SEV4 near miss")


class ReportStep(TextChoices):
    FIRST = "first", _("First report")
    PROGRESS = "progress", _("Progress report")
    FINAL = "final", _("Final report")


class Receiver(TextChoices):
    """The authorities that an incident may have to be told to."""

    PDPC = "pdpc", _("Personal Data Protection Committee (PDPC)")
    NCSA = "ncsa", _("National Cyber Security Agency (NCSA)")
    DEPA = "depa", "depa"
    DLA = "dla", _("DLA")
    AUTHORITY = "authority", _("The authority whose rule was relaxed")


class NoticeKind(TextChoices):
    NOTICE = "notice", _("Notice to residents")
    CONSULTATION = "consultation", _("Consultation of residents")


class FeedbackKind(TextChoices):
    COMPLAINT = "complaint", _("Complaint")
    FEEDBACK = "feedback", _("Feedback")


class ReviewOutcome(TextChoices):
    """What a safeguards review concludes."""

    GO_ON = "go_on", _("Go on: the safeguards suffice")
    CHANGE = "change", _("Go on with changes")
    PAUSE = "pause", _("Pause the pilot")
