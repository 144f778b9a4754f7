"""The lifecycles of the registry: tables, read like the rules they come from."""

from providers.lifecycle.application import APPLICATION
from providers.lifecycle.care import CHANGE, COMPLAINT, CORRECTION
from providers.lifecycle.listing import LISTING
from providers.lifecycle.representative import REPRESENTATIVE

LIFECYCLES = {
    "representative": REPRESENTATIVE,
    "application": APPLICATION,
    "listing": LISTING,
    "change": CHANGE,
    "complaint": COMPLAINT,
    "correction": CORRECTION,
}

__all__ = ["APPLICATION", "CHANGE", "COMPLAINT", "CORRECTION", "LIFECYCLES", "LISTING", "REPRESENTATIVE"]
