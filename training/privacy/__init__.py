"""Personal data: reading it is on record, taking it along, erasing it, forgetting it by rule."""

from training.privacy.erasing import (
    anonymise_by_rule,
    erase,
    erase_learning,
    forget_learner,
    forget_service,
    serves,
)
from training.privacy.ledger import repeat_erasures
from training.privacy.readable import readable
from training.privacy.reading import (
    READ,
    may_see_scores,
    note_list,
    note_reading,
    readings_about,
    readings_of,
    scores_of,
    what_was_read,
)
from training.privacy.taking import everything_about, export

__all__ = [
    "READ",
    "anonymise_by_rule",
    "erase",
    "erase_learning",
    "everything_about",
    "export",
    "forget_learner",
    "forget_service",
    "may_see_scores",
    "note_list",
    "note_reading",
    "readable",
    "readings_about",
    "readings_of",
    "repeat_erasures",
    "scores_of",
    "serves",
    "what_was_read",
]
