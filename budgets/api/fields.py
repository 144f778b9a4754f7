"""Fields that several of the budget's serializers share."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField

from portal.api.fields import Choices, Files, FiscalYear, RelatedIds, Texts, Upload, WholeRow, WithFile

__all__ = ["Choices", "Files", "FiscalYear", "NoListing", "RelatedIds", "Texts", "Upload", "WholeRow", "WithFile"]


@extend_schema_field({"type": ["string", "null"]})
class NoListing(serializers.Field):
    """The entry of the providers' register that an item or a contract stands on; there is no register yet."""

    default_error_messages = {"does_not_exist": _("There is no such entry in the register of providers.")}

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "allow_null": True, **kwargs})

    def get_attribute(self, instance):
        return None

    def validate_empty_values(self, data):
        if data is None:
            raise SkipField
        return super().validate_empty_values(data)

    def to_internal_value(self, data):
        self.fail("does_not_exist")

    def to_representation(self, value):
        return None
