"""The registry's models, one page a subject."""

from providers.models.application import (
    Application,
    ApplicationDocument,
    Assessment,
    DocumentCheck,
    Entry,
    Judgement,
)
from providers.models.care import Change, Complaint, Correction, Flag
from providers.models.company import Provider, Representative, Succession
from providers.models.comparison import Comparison
from providers.models.feed import ApiClient, Edition, Record, Snapshot
from providers.models.listing import Listing, ListingEvent, NumberSeries
from providers.models.product import Certification, Price, Product
from providers.models.reference import (
    Attestation,
    Category,
    CertificationKind,
    ChecklistItem,
    Criterion,
    DocumentKind,
    Terms,
)

__all__ = [
    "ApiClient",
    "Application",
    "ApplicationDocument",
    "Assessment",
    "Attestation",
    "Category",
    "Certification",
    "CertificationKind",
    "Change",
    "ChecklistItem",
    "Comparison",
    "Complaint",
    "Correction",
    "Criterion",
    "DocumentCheck",
    "DocumentKind",
    "Edition",
    "Entry",
    "Flag",
    "Judgement",
    "Listing",
    "ListingEvent",
    "NumberSeries",
    "Price",
    "Product",
    "Provider",
    "Record",
    "Representative",
    "Snapshot",
    "Succession",
    "Terms",
]
