"""The words of the registry: states, kinds and codes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ListingState(TextChoices):
    ACTIVE = "active", _("Listed")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


RUNNING = frozenset({ListingState.ACTIVE, ListingState.SUSPENDED})
# What a provider is, when its listings differ: the first of these that any of them is in.
BY_WEIGHT = (
    ListingState.ACTIVE,
    ListingState.SUSPENDED,
    ListingState.EXPIRED,
    ListingState.WITHDRAWN,
    ListingState.REVOKED,
)


class ApplicationState(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    CHECKING = "checking", _("Documents being checked")
    RETURNED = "returned", _("Returned for revision")
    ASSESSING = "assessing", _("Being assessed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED})
IN_HAND = frozenset({ApplicationState.SUBMITTED, ApplicationState.CHECKING, ApplicationState.ASSESSING})
OPEN = EDITABLE | IN_HAND


class ApplicationKind(TextChoices):
    NEW = "new", _("New listing")
    RENEWAL = "renewal", _("Renewal")


class Section(TextChoices):
    COMPANY = "company", _("Company")
    PRODUCTS = "products", _("Products and services")
    PRICES = "prices", _("Prices")
    CERTIFICATIONS = "certifications", _("Certifications")
    ATTESTATIONS = "attestations", _("Attestations")
    DOCUMENTS = "documents", _("Documents")


class ProductKind(TextChoices):
    """What a product is (ประเภทสินค้าและบริการดิจิทัล), as the Thailand Digital Catalog divides them."""

    SOFTWARE = "software", _("Software")
    SAAS = "saas", _("Software as a service")
    CLOUD = "cloud", _("Cloud service")
    SMART_DEVICE_IOT = "smart_device_iot", _("Smart device and IoT")
    HARDWARE_FIRMWARE = "hardware_firmware", _("Hardware with firmware")
    DIGITAL_CONTENT = "digital_content", _("Digital content")
    DIGITAL_SERVICE = "digital_service", _("Digital service")


class PdpaRole(TextChoices):
    """What the provider is under the Personal Data Protection Act when the product is used."""

    NONE = "none", _("Holds no personal data")
    PROCESSOR = "processor", _("Data processor")
    CONTROLLER = "controller", _("Data controller")


class Hosting(TextChoices):
    """Where the data lies."""

    NONE = "none", _("No hosting")
    ON_PREMISES = "on_premises", _("At the local government")
    THAILAND = "thailand", _("In Thailand")
    ABROAD = "abroad", _("Abroad")
    GDCC = "gdcc", _("Government cloud (GDCC)")


class SellerRole(TextChoices):
    OWNER = "owner", _("Owner of the product")
    RESELLER = "reseller", _("Authorised reseller")


class CompanyStatus(TextChoices):
    """The state of the company at the Department of Business Development (สถานะนิติบุคคล)."""

    UNKNOWN = "unknown", _("Not yet checked")
    OPERATING = "operating", _("Operating")
    DISSOLVED = "dissolved", _("Dissolved")
    BANKRUPT = "bankrupt", _("Bankrupt")
    DESERTED = "deserted", _("Deserted")
    STRUCK_OFF = "struck_off", _("Struck off")


CEASED = frozenset({CompanyStatus.DISSOLVED, CompanyStatus.BANKRUPT, CompanyStatus.DESERTED, CompanyStatus.STRUCK_OFF})


class RepresentativeState(TextChoices):
    CLAIMED = "claimed", _("Waiting for the registrar")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    DISPUTED = "disputed", _("Disputed")
    ENDED = "ended", _("Ended")


class Outcome(TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    UNCLEAR = "unclear", _("Needs more information")


class Advice(TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")


class ChangeKind(TextChoices):
    DETAILS = "details", _("Contact and description")
    NAME = "name", _("Name")
    PRICE = "price", _("Price")
    CERTIFICATION = "certification", _("Certification")


AT_ONCE = frozenset({ChangeKind.DETAILS})


class ChangeState(TextChoices):
    PENDING = "pending", _("Waiting for a check")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ComplaintState(TextChoices):
    OPEN = "open", _("Waiting for the provider's answer")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


class CorrectionState(TextChoices):
    OPEN = "open", _("Waiting")
    ACCEPTED = "accepted", _("Corrected")
    DECLINED = "declined", _("Not corrected")


class ReasonClass(TextChoices):
    """Why a listing was suspended or revoked, as far as the public is told."""

    COMPANY_CEASED = "company_ceased", _("The company has ceased")
    CERTIFICATION_LOST = "certification_lost", _("A certification was lost")
    FALSE_DOCUMENT = "false_document", _("A false document")
    SECURITY = "security", _("A security risk")
    SERVICE_FAILURE = "service_failure", _("Failure to serve")
    PRICE_BREACH = "price_breach", _("Sold above the listed price")
    OTHER = "other", _("Another reason")


class FlagCode(TextChoices):
    """What readers of a listing are told besides its state."""

    CERTIFICATION_LAPSED = "certification_lapsed", _("A certification has lapsed")
    COMPANY_CEASED = "company_ceased", _("The company has ceased")
    COMPLAINTS = "complaints", _("Being checked after complaints")


class Method(TextChoices):
    """How listed goods are bought, by the number of their sellers (วิธีจัดซื้อจัดจ้าง)."""

    SPECIFIC = "specific", _("Specific method")
    SELECTION = "selection", _("Selection method")


class SuccessionKind(TextChoices):
    RENUMBERED = "renumbered", _("New juristic number")
    MERGED = "merged", _("Merged")
    TRANSFERRED = "transferred", _("Business transferred")
