"""Serializers that take only what they name, in its own JSON type, and ask the model before anything is saved."""

import copy
import re
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from portal import fields
from portal.api.parsers import JSONNumber, loads
from portal.thai.digits import to_arabic

BIGGEST = 2**63 - 1
EARLIEST, LATEST = 1800, 2400
IDENTIFIER = re.compile(r"[1-9][0-9]{0,18}")
BAHT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")


class StrictCharField(serializers.CharField):
    """A text: numbers and booleans are no texts."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictEmailField(StrictCharField, serializers.EmailField):
    pass


class StrictURLField(StrictCharField, serializers.URLField):
    pass


class _FromForms:
    """Whether the body is form data, where everything is text."""

    @property
    def from_form(self):
        return isinstance(getattr(self.root, "initial_data", None), QueryDict)


class StrictIntegerField(_FromForms, serializers.IntegerField):
    """A whole number: true is none, nor is "5" (but in form data)."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_value", BIGGEST)
        kwargs.setdefault("min_value", -BIGGEST - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if self.from_form and isinstance(data, str) and re.fullmatch(r"-?[0-9]{1,19}", data):
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class StrictBooleanField(_FromForms, serializers.BooleanField):
    """true or false, and nothing that resembles them (but in form data)."""

    def to_internal_value(self, data):
        if isinstance(data, bool):
            return data
        if self.from_form and data in {"true", "false"}:
            return data == "true"
        self.fail("invalid", input=data)


class StrictDecimalField(serializers.DecimalField):
    """A decimal number as string or JSON number, without exponent."""

    def to_internal_value(self, data):
        return super().to_internal_value(_decimal_text(self, data))


class StrictFloatField(serializers.FloatField):
    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, (int, float)):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictChoiceField(serializers.ChoiceField):
    """One of the choices, in the choice's own JSON type."""

    def to_internal_value(self, data):
        if data == "" and self.allow_blank:
            return ""
        found = self.choice_strings_to_values.get(data if isinstance(data, str) else None, data)
        if isinstance(data, (bool, list, dict)) or found not in self.choices:
            self.fail("invalid_choice", input=data)
        return found


class StrictDateField(serializers.DateField):
    """A date as YYYY-MM-DD of the common era."""

    default_error_messages = {"era": _("Give the year of the common era.")}

    def to_internal_value(self, data):
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", data):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")
        if not EARLIEST <= day.year < LATEST:
            self.fail("era")
        return day


class StrictDateTimeField(serializers.DateTimeField):
    """A moment by RFC 3339, with its offset."""

    default_error_messages = {
        "offset": _("Give the offset, for example +07:00."),
        "era": _("Give the year of the common era."),
    }

    def to_internal_value(self, data):
        if not isinstance(data, str) or not data.isascii():
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+07:00")
        try:
            moment = datetime.fromisoformat(data)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+07:00")
        if moment.tzinfo is None:
            self.fail("offset")
        if not EARLIEST <= moment.year < LATEST:
            self.fail("era")
        return moment


class SafeJSONField(serializers.JSONField):
    """JSON as the parser let it through; from form data it is read by the same parser."""

    def to_internal_value(self, data):
        return super().to_internal_value(loads(data.encode()) if getattr(data, "is_json_string", False) else data)


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$", "example": "1234567.50"})
class BahtField(serializers.Field):
    """Baht as a decimal string with two places; a JSON number is taken too, an exponent or a third place is not."""

    default_error_messages = {
        "invalid": _('Give the amount in baht, for example "1234.50".'),
        "places": _("An amount has at most two decimal places."),
        "max_value": _("This must not exceed %(limit)s baht."),
        "min_value": _("This must not be less than %(limit)s baht."),
    }

    def __init__(self, *, max_baht=fields.MAX_BAHT, min_baht=Decimal(0), **kwargs):
        self.max_baht, self.min_baht = Decimal(max_baht), Decimal(min_baht)
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        text = _decimal_text(self, data)
        if not BAHT.fullmatch(text):
            self.fail("places" if re.fullmatch(r"-?[0-9]{1,13}\.[0-9]{3,20}", text) else "invalid")
        amount = Decimal(text).quantize(fields.SATANG)
        if amount > self.max_baht:
            self.refuse("max_value", self.max_baht)
        if amount < self.min_baht:
            self.refuse("min_value", self.min_baht)
        return amount

    def refuse(self, code, limit):
        raise serializers.ValidationError(self.error_messages[code] % {"limit": f"{limit:,.2f}"}, code=code)

    def to_representation(self, value):
        return f"{Decimal(value):.2f}"


def _decimal_text(field, data):
    """What stands in the JSON, as plain digits: Thai digits count, exponents and underscores do not."""
    if isinstance(data, bool) or not isinstance(data, (str, int, float, Decimal)):
        field.fail("invalid")
    text = data.text if isinstance(data, JSONNumber) else to_arabic(str(data)).strip()
    if not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", text):
        field.fail("invalid")
    return text


@extend_schema_field(OpenApiTypes.STR)
class IdField(serializers.Field):
    """A primary key, which clients see as an opaque string."""

    def __init__(self, **kwargs):
        for name in ("max_value", "min_value"):
            kwargs.pop(name, None)
        super().__init__(**{**kwargs, "read_only": True})

    def to_representation(self, value):
        return str(value)


@extend_schema_field(OpenApiTypes.STR)
class RelatedId(serializers.PrimaryKeyRelatedField):
    """A related row, written and answered as its id."""

    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, str):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not IDENTIFIER.fullmatch(data):
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)

    def to_representation(self, value):
        return str(value.pk)


@extend_schema_field(OpenApiTypes.STR)
class UserName(serializers.SlugRelatedField):
    """A person, written and answered as the user name."""

    def __init__(self, **kwargs):
        super().__init__(**{"slug_field": "username", **kwargs})

    def to_internal_value(self, data):
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        return super().to_internal_value(data)


def column_range(model_field):
    """The least and the largest whole number that every engine keeps in the column: SQLite alone would take more."""
    return BaseDatabaseOperations.integer_field_ranges[model_field.get_internal_type()]


class Strict:
    """Refuses members that it does not name, and those that only the server writes."""

    default_error_messages = {
        "unknown_field": _("There is no field of that name."),
        "read_only": _("This is set by the portal."),
    }

    def to_internal_value(self, data):
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            wrong = {
                name: "read_only" if name in self.fields else "unknown_field" for name in data if name not in writable
            }
            if wrong:
                raise serializers.ValidationError(
                    {name: [ErrorDetail(self.error_messages[code], code)] for name, code in wrong.items()}
                )
        return super().to_internal_value(data)


class CleanSerializer(Strict, serializers.Serializer):
    """A serializer without a model that refuses what it does not name."""


class CleanModelSerializer(Strict, serializers.ModelSerializer):
    """Refuses unknown members, reads strict types, and asks `clean()` and the constraints before anything is saved.

    What the view sets itself (`Door.fixed()`) is on the row when the model is asked.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.AutoField: IdField,
        models.BigAutoField: IdField,
        models.SmallAutoField: IdField,
        models.CharField: StrictCharField,
        models.TextField: StrictCharField,
        models.EmailField: StrictEmailField,
        models.URLField: StrictURLField,
        models.IntegerField: StrictIntegerField,
        models.BigIntegerField: StrictIntegerField,
        models.SmallIntegerField: StrictIntegerField,
        models.PositiveIntegerField: StrictIntegerField,
        models.PositiveBigIntegerField: StrictIntegerField,
        models.PositiveSmallIntegerField: StrictIntegerField,
        models.BooleanField: StrictBooleanField,
        models.DecimalField: StrictDecimalField,
        models.FloatField: StrictFloatField,
        models.DateField: StrictDateField,
        models.DateTimeField: StrictDateTimeField,
        models.JSONField: SafeJSONField,
        fields.BahtField: BahtField,
    }
    serializer_choice_field = StrictChoiceField
    serializer_related_field = RelatedId

    def build_standard_field(self, field_name, model_field):
        built, kwargs = super().build_standard_field(field_name, model_field)
        if isinstance(model_field, fields.BahtField):
            kwargs.pop("model_field", None)
            kwargs["max_baht"] = model_field.max_baht
        if issubclass(built, StrictIntegerField):
            least, most = column_range(model_field)
            kwargs["min_value"] = max(least, kwargs.get("min_value", least))
            kwargs["max_value"] = min(most, kwargs.get("max_value", most))
        return built, kwargs

    def build_relational_field(self, field_name, relation_info):
        built, kwargs = super().build_relational_field(field_name, relation_info)
        if relation_info.related_model is get_user_model() and built is RelatedId:
            return UserName, kwargs
        return built, kwargs

    def get_validators(self):
        """None of REST framework's: the model's own constraints are asked in `validate`."""
        return []

    def validate(self, attrs):
        self.clean_instance({**attrs, **self.context.get("fixed", {})})
        return attrs

    def clean_instance(self, values):
        """Ask the model what it thinks of the row as it would be; raises Django's ValidationError."""
        model = self.Meta.model
        columns = {field.name: field for field in model._meta.concrete_fields}
        given = {name: value for name, value in values.items() if name in columns}
        instance = copy.copy(self.instance) if isinstance(self.instance, model) else model()
        if self.instance is not None:
            instance._state = copy.copy(self.instance._state)
            instance._state.fields_cache = dict(self.instance._state.fields_cache)
        for name, value in given.items():
            setattr(instance, name, value)
        absent = {
            name
            for name, field in columns.items()
            if self.instance is None
            and name not in given
            and not field.has_default()
            and not field.null
            and not field.blank
        }
        instance.clean_fields(exclude=set(columns) - set(given))
        instance.clean()
        instance.validate_unique(exclude=absent)
        instance.validate_constraints(exclude=absent)


class FieldSerializer(serializers.Serializer):
    """A field that a step asks for."""

    name = serializers.CharField()
    type = serializers.ChoiceField(
        ["text", "integer", "decimal", "money", "date", "moment", "boolean", "choice", "choices"]
        + ["reference", "references", "file", "json"]
    )
    required = serializers.BooleanField()
    label = serializers.CharField()
    choices = serializers.ListField(child=serializers.DictField(child=serializers.CharField()), required=False)


class OfferSerializer(serializers.Serializer):
    """A step that the person's role holds from the present state."""

    name = serializers.CharField()
    label = serializers.CharField()
    allowed = serializers.BooleanField()
    reason_code = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    fields = FieldSerializer(many=True)


class OfferListSerializer(serializers.Serializer):
    """What may happen to a case now."""

    state = serializers.CharField()
    version = serializers.IntegerField()
    results = OfferSerializer(many=True)
