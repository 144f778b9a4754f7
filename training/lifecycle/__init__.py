"""The tables of training's lifecycles."""

from training.lifecycle.application import APPLICATION
from training.lifecycle.course import CREDENTIAL, ENROLMENT, RUN
from training.lifecycle.generation import GENERATION
from training.lifecycle.placement import MONTHLY_REPORT, PLACE, PLACEMENT

LIFECYCLES = {
    "generation": GENERATION,
    "application": APPLICATION,
    "place": PLACE,
    "placement": PLACEMENT,
    "monthly report": MONTHLY_REPORT,
    "course run": RUN,
    "enrolment": ENROLMENT,
    "certificate": CREDENTIAL,
}
__all__ = [
    "APPLICATION",
    "CREDENTIAL",
    "ENROLMENT",
    "GENERATION",
    "LIFECYCLES",
    "MONTHLY_REPORT",
    "PLACE",
    "PLACEMENT",
    "RUN",
]
