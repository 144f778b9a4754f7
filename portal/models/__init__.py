"""The ground floor's models."""

from portal.models.audit import Event
from portal.models.calendar import Holiday
from portal.models.files import StoredFile
from portal.models.guesses import Guess
from portal.models.idempotency import IdempotencyKey
from portal.models.jobs import Job
from portal.models.orders import AccessReset, ActingOrder
from portal.models.outbox import Notice
from portal.models.people import ApiToken, Invitation, Membership, User
from portal.models.places import (
    District,
    LocalGovernment,
    LocalGovernmentCode,
    Province,
    SmartCityArea,
    Subdistrict,
    Succession,
)
from portal.models.register import NationalList, PlaceChange, PlaceReport
from portal.models.seal import Seal

__all__ = [
    "AccessReset",
    "ActingOrder",
    "ApiToken",
    "District",
    "Event",
    "Guess",
    "Holiday",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "LocalGovernment",
    "LocalGovernmentCode",
    "Membership",
    "NationalList",
    "Notice",
    "PlaceChange",
    "PlaceReport",
    "Province",
    "Seal",
    "SmartCityArea",
    "StoredFile",
    "Subdistrict",
    "Succession",
    "User",
]
