"""What training keeps."""

from training.models.application import (
    Application,
    ApplicationDocument,
    AreaChoice,
    Consent,
    Evaluation,
    EvaluationScore,
    InterviewSlot,
    SelectionConflict,
)
from training.models.course import Attendance, Course, CourseRun, Enrolment, Learner, RunSeats, Session
from training.models.credential import Credential, Erasure, Series
from training.models.placement import (
    CityProject,
    HandoverItem,
    Leave,
    MonthlyReport,
    Placement,
    Posting,
    StipendLine,
    StipendSheet,
)
from training.models.programme import Generation, HostPlace, PrivacyNotice, Programme, Quota, SelectionCriterion

__all__ = [
    "Application",
    "ApplicationDocument",
    "AreaChoice",
    "Attendance",
    "CityProject",
    "Consent",
    "Course",
    "CourseRun",
    "Credential",
    "Enrolment",
    "Erasure",
    "Evaluation",
    "EvaluationScore",
    "Generation",
    "HandoverItem",
    "HostPlace",
    "InterviewSlot",
    "Learner",
    "Leave",
    "MonthlyReport",
    "Placement",
    "Posting",
    "PrivacyNotice",
    "Programme",
    "Quota",
    "RunSeats",
    "SelectionConflict",
    "SelectionCriterion",
    "Series",
    "Session",
    "StipendLine",
    "StipendSheet",
]
