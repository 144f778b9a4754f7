"""Fields that several of the budget's serializers share."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from budgets.writing import choosing
from portal.api.fields import Choices, Files, FiscalYear, RelatedIds, Texts, Upload, WholeRow, WithFile
from providers.seams import standing

__all__ = [
    "Choices",
    "Files",
    "FiscalYear",
    "ListingId",
    "RelatedIds",
    "Texts",
    "Upload",
    "WholeRow",
    "WithFile",
    "WithListing",
]


@extend_schema_field({"type": ["string", "null"]})
class ListingId(serializers.Field):
    """The listing in the account of providers that a row stands on, by its id; chosen while it may be chosen."""

    default_error_messages = {
        "invalid": _("Give the id of a listing as a text."),
        "does_not_exist": _("There is no such entry in the register of providers."),
        "not_choosable": _("This listing may not be chosen today: it is “%(state)s”."),
    }

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "allow_null": True, **kwargs})

    def get_attribute(self, instance):
        return instance.listing_id

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        held = getattr(self.parent.instance, "listing_id", None)
        if held is not None and data == str(held):
            return self.parent.instance.listing
        listing = choosing.find(data)
        if listing is None:
            self.fail("does_not_exist")
        if not choosing.may_choose(listing):
            text = self.error_messages["not_choosable"] % {"state": standing(listing).label}
            raise serializers.ValidationError(text, code="not_choosable")
        return listing

    def to_representation(self, value):
        return str(value)


class WithListing:
    """For serializers with a `listing`: keeps beside a new choice what was true of it on the day."""

    def validate(self, attrs):
        attrs = super().validate(attrs)
        if "listing" in attrs and attrs["listing"] != getattr(self.instance, "listing", None):
            attrs["listing_snapshot"] = choosing.snapshot_of(attrs["listing"])
        return attrs
