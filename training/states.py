"""The words of training: states, levels and kinds."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class GenerationState(TextChoices):
    ANNOUNCED = "announced", _("Announced")
    OPEN = "open", _("Open for applications")
    SELECTING = "selecting", _("Selecting")
    MATCHING = "matching", _("Matching with areas")
    IN_SERVICE = "in_service", _("In service")
    GRADUATED = "graduated", _("Graduated")


class ApplicationState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    INCOMPLETE = "incomplete", _("Document asked again")
    ELIGIBLE = "eligible", _("Eligible")
    INELIGIBLE = "ineligible", _("Not eligible")
    SHORTLISTED = "shortlisted", _("Shortlisted")
    SELECTED = "selected", _("Selected")
    WAITLISTED = "waitlisted", _("On the waiting list")
    NOT_SELECTED = "not_selected", _("Not selected")
    ACCEPTED = "accepted", _("Place accepted")
    REFUSED = "refused", _("Place declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.INCOMPLETE})
HOLDS_A_SEAT = frozenset({ApplicationState.SELECTED, ApplicationState.ACCEPTED})
APPLICATION_ENDS = frozenset(
    {
        ApplicationState.INELIGIBLE,
        ApplicationState.NOT_SELECTED,
        ApplicationState.ACCEPTED,
        ApplicationState.REFUSED,
        ApplicationState.WITHDRAWN,
    }
)
UNSUCCESSFUL = APPLICATION_ENDS - {ApplicationState.ACCEPTED}


class ApplicationSection(TextChoices):
    PERSON = "person", _("About you")
    EDUCATION = "education", _("Education")
    MOTIVATION = "motivation", _("Motivation and experience")
    AREAS = "areas", _("Areas")
    DOCUMENTS = "documents", _("Documents")
    CONSENTS = "consents", _("Privacy and consents")


class Degree(TextChoices):
    UPPER_SECONDARY = "upper_secondary", _("Upper secondary or vocational certificate")
    DIPLOMA = "diploma", _("Diploma")
    BACHELOR = "bachelor", _("Bachelor's degree")
    MASTER = "master", _("Master's degree")
    DOCTORATE = "doctorate", _("Doctorate")


DEGREE_ORDER = list(Degree)


class DocumentKind(TextChoices):
    RESUME = "resume", _("Résumé")
    DEGREE = "degree", _("Proof of degree")
    HOME = "home", _("Proof of residence, numbers covered")
    PORTFOLIO = "portfolio", _("Portfolio")


REQUIRED_DOCUMENTS = frozenset({DocumentKind.RESUME, DocumentKind.DEGREE})


class Purpose(TextChoices):
    """What a person may agree to beyond what the selection itself needs."""

    PHOTO = "photo", _("Publish my photograph with news about the programme")
    PARTNERS = "partners", _("Give my name and contact to the programme's partner companies")
    NEXT_CALL = "next_call", _("Tell me about the next generation")


class Reason(TextChoices):
    """Why an application is not eligible."""

    AGE = "age", _("Age outside the limits")
    DEGREE = "degree", _("Degree below the one demanded")
    CIVIL_SERVANT = "civil_servant", _("Already a government official")
    OTHER_STIPEND = "other_stipend", _("In another scheme that pays a stipend")
    SERVED_BEFORE = "served_before", _("Has served in an earlier generation")
    NO_PAPERS = "no_papers", _("Documents were asked for and not given")
    FALSE_STATEMENT = "false_statement", _("A statement turned out to be untrue")


class Stage(TextChoices):
    PAPER = "paper", _("First scoring, without names")
    INTERVIEW = "interview", _("Interview")


class QuotaKind(TextChoices):
    TOTAL = "total", _("All places")
    REGION = "region", _("Region")
    KIND = "kind", _("Kind of local government")


class PlaceState(TextChoices):
    """What a municipality says to the host call."""

    PROPOSED = "proposed", _("Prepared")
    OFFERED = "offered", _("Offered")
    DECLINED = "declined", _("Said no")
    WITHDRAWN = "withdrawn", _("Offer withdrawn")


class PlacementState(TextChoices):
    PLANNED = "planned", _("Planned")
    IN_SERVICE = "in_service", _("In service")
    ON_LEAVE = "on_leave", _("On leave")
    RESIGNED = "resigned", _("Resigned")
    TERMINATED = "terminated", _("Terminated")
    COMPLETED = "completed", _("Completed")


SERVING = frozenset({PlacementState.IN_SERVICE, PlacementState.ON_LEAVE})
OCCUPIES = SERVING | {PlacementState.PLANNED}


class LeaveKind(TextChoices):
    MILITARY = "military", _("Military call-up")
    ILLNESS = "illness", _("Illness")
    MATERNITY = "maternity", _("Maternity")
    OTHER = "other", _("Other")


class MonthlyReportState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Returned")


class Level(TextChoices):
    EXECUTIVE = "executive", _("Executives")
    OFFICER = "officer", _("Officers")
    TECHNICAL = "technical", _("Technical staff")
    AMBASSADOR = "ambassador", _("Ambassadors")
    CITIZEN = "citizen", _("Citizens")


OFFICIAL_LEVELS = (Level.EXECUTIVE, Level.OFFICER, Level.TECHNICAL)


class Mode(TextChoices):
    ONLINE = "online", _("Online")
    ONSITE = "onsite", _("On site")
    HYBRID = "hybrid", _("On site and online")


class RunState(TextChoices):
    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open for enrolment")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class EnrolmentState(TextChoices):
    REQUESTED = "requested", _("Requested")
    CONFIRMED = "confirmed", _("Confirmed")
    WAITLISTED = "waitlisted", _("On the waiting list")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")
    ABSENT = "absent", _("Absent")
    CANCELLED = "cancelled", _("Cancelled")


SEATED = frozenset({EnrolmentState.CONFIRMED, EnrolmentState.PASSED, EnrolmentState.FAILED, EnrolmentState.ABSENT})
ON_THE_LIST = SEATED | {EnrolmentState.REQUESTED, EnrolmentState.WAITLISTED}


class Source(TextChoices):
    """Where a line of attendance comes from."""

    LIST = "list", _("Officer's list")
    SHEET = "sheet", _("Signed sheet")
    FILE = "file", _("Imported file")
    OFFLINE = "offline", _("Entered afterwards, without signal")
    DECISION = "decision", _("Decided by the officer")


NEEDS_A_REASON = frozenset({Source.DECISION, Source.OFFLINE})


class CredentialKind(TextChoices):
    COURSE = "course", _("Course certificate")
    AMBASSADOR = "ambassador", _("Ambassador's certificate")


class CredentialState(TextChoices):
    """What is recorded; that a credential has expired follows from its date."""

    VALID = "valid", _("Valid")
    REVOKED = "revoked", _("Revoked")
    REPLACED = "replaced", _("Replaced")
    EXPIRED = "expired", _("Expired")


class RunAudience(TextChoices):
    """To whom of a run a letter goes."""

    SEATED = "seated", _("Everybody with a seat")
    WAITING = "waiting", _("The waiting list")
    UNANSWERED = "unanswered", _("Those who have not said yes again")
    LOST = "lost", _("Those who can no longer pass")


class ApplicationAudience(TextChoices):
    """To whom of a generation a letter goes."""

    SERVING = "serving", _("Ambassadors in service")
    MENTORS = "mentors", _("Their mentors")
    DRAFTING = "drafting", _("Those whose application is not sent yet")
    SHORTLISTED = "shortlisted", _("Those invited to the interview")
    WAITLISTED = "waitlisted", _("The waiting list")
