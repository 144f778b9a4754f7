"""Money as a model field, and form fields that read what Thai people type."""

import re
from datetime import datetime, time
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Value, expressions
from django.db.models.functions import Cast, Coalesce, Greatest, Least
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from portal.clock import BANGKOK
from portal.thai.dates import numeric_date, parse_thai_date
from portal.thai.digits import to_arabic
from portal.thai.money import figures

MAX_BAHT = Decimal("99999999999.99")
SATANG = Decimal("0.01")
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class BahtField(models.Field):
    """An amount in baht: `Decimal` with two places in Python, whole satang (BIGINT) in the database.

    Sums, comparisons and constraints are exact on every engine. In an update and in a comparison a bare number
    that is added to or taken from an amount counts as baht (`F("allocated_baht") + Decimal("5.00")`); in an
    annotation say so with `in_baht(5)`. An amount may be negative: where it may not, a constraint says so.
    """

    description = _("Amount in baht")
    empty_strings_allowed = False
    default_error_messages = {
        "invalid": _("“%(value)s” is not an amount in baht."),
        "places": _("An amount has at most two decimal places (%(value)s)."),
        "range": _("An amount must not exceed %(limit)s baht (%(value)s)."),
    }

    def __init__(self, *args, max_baht=MAX_BAHT, **kwargs):
        self.max_baht = Decimal(max_baht)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.max_baht != MAX_BAHT:
            kwargs["max_baht"] = self.max_baht
        return name, path, args, kwargs

    def get_internal_type(self):
        return "BigIntegerField"

    def to_python(self, value):
        if value is None:
            return None
        if not isinstance(value, (Decimal, int, str)) or isinstance(value, bool):
            raise self._invalid("invalid", value)
        if isinstance(value, str) and not _AMOUNT.fullmatch(value):
            raise self._invalid("invalid", value)
        amount = Decimal(value)
        if not amount.is_finite():
            raise self._invalid("invalid", value)
        if abs(amount) > self.max_baht:
            raise self._invalid("range", value)
        exact = amount.quantize(SATANG)
        if exact != amount:
            raise self._invalid("places", value)
        return exact

    def _invalid(self, code, value):
        params = {"value": value, "limit": figures(self.max_baht)}
        return ValidationError(self.error_messages[code], code=code, params=params)

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return int(self.to_python(value).scaleb(2))

    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(int(value)).scaleb(-2)

    def get_db_prep_save(self, value, connection):
        _read_as_baht(value)
        return super().get_db_prep_save(value, connection)

    def get_placeholder(self, value, compiler, connection):
        # The one place where Django shows a field the expression that an update assigns to it.
        _read_as_baht(value)
        return "%s"

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else str(self.to_python(value))

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": BahtFormField, "max_value": self.max_baht, **kwargs})


def in_baht(amount):
    """`amount` as an expression, for annotations and aggregates: `Coalesce(Sum("amount_baht"), in_baht(0))`."""
    return Value(Decimal(amount), output_field=BahtField())


_PASSES_AMOUNTS = (
    expressions.Case,
    expressions.When,
    expressions.ExpressionWrapper,
    Cast,
    Coalesce,
    Greatest,
    Least,
)


def _read_as_baht(expression):
    """Make the bare numbers in a resolved expression amounts, wherever an amount is meant.

    Without this, `F("allocated_baht") + Decimal("5.00")` would silently add five satang.
    """
    if isinstance(expression, Value):
        if type(expression.value) in {int, Decimal}:
            expression.output_field = BahtField()
    elif isinstance(expression, _PASSES_AMOUNTS) or getattr(expression, "connector", None) in {F.ADD, F.SUB}:
        for part in expression.get_source_expressions():
            _read_as_baht(part)


class _Compares:
    def get_prep_lookup(self):
        value = super().get_prep_lookup()
        _read_as_baht(value)
        return value


for _lookup in (Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual):
    BahtField.register_lookup(type(f"Baht{_lookup.__name__}", (_Compares, _lookup), {}))

for _connector in (F.ADD, F.SUB):
    expressions.register_combinable_fields(BahtField, _connector, BahtField, BahtField)
expressions.register_combinable_fields(BahtField, F.MUL, models.IntegerField, BahtField)
expressions.register_combinable_fields(models.IntegerField, F.MUL, BahtField, BahtField)


# Thousands may be parted by commas or spaces, but only as thousands: 1,5 is a slip, not fifteen.
_NUMBER = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:[, \u00a0\u202f][0-9]{3})+)(?:\.[0-9]+)?")
_PARTINGS = str.maketrans("", "", ", \u00a0\u202f")


def plain_number(text):
    """`text` as digits with an optional point, from Thai or Arabic digits, thousands parted; else ValueError."""
    typed = to_arabic(text).strip()
    if not _NUMBER.fullmatch(typed):
        raise ValueError(text)
    return typed.translate(_PARTINGS)


class _TypedNumber:
    """What the number fields share: they read Thai digits and commas, and their messages show amounts as people write.

    A text box, not a number box: those drop what they cannot read and change the number under the mouse wheel.
    """

    default_error_messages = {
        "invalid": _("Enter a number, for example 1,234."),
        "too_large": _("Must not exceed %(limit)s (you entered %(value)s)."),
        "too_small": _("Must not be less than %(limit)s (you entered %(value)s)."),
        "places": _("Give at most %(places)s decimal places."),
    }

    def __init__(self, *, max_value=None, min_value=None, **kwargs):
        self.largest, self.smallest = max_value, min_value
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": self.inputmode, "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, str):
            try:
                value = plain_number(self.strip_unit(value))
            except ValueError:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(value)

    def strip_unit(self, text):
        return text

    def validate(self, value):
        super().validate(value)
        if value is None:
            return
        if self.largest is not None and value > self.largest:
            raise self._outside("too_large", self.largest, value)
        if self.smallest is not None and value < self.smallest:
            raise self._outside("too_small", self.smallest, value)

    def _outside(self, code, limit, value):
        params = {"limit": self.show(limit), "value": self.show(value)}
        return ValidationError(self.error_messages[code], code=code, params=params)

    def show(self, value):
        return f"{value:,}"

    def prepare_value(self, value):
        return self.show(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


class ThaiIntegerField(_TypedNumber, forms.IntegerField):
    """A whole number typed with Thai or Arabic digits, with or without commas."""

    inputmode = "numeric"
    default_error_messages = {"invalid": _("Enter a whole number, for example 1,234.")}

    def strip_unit(self, text):
        if "." in text:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return text


class ThaiDecimalField(_TypedNumber, forms.DecimalField):
    """A decimal number typed with Thai or Arabic digits, with or without commas."""

    inputmode = "decimal"

    def __init__(self, *, decimal_places=None, **kwargs):
        super().__init__(**kwargs)
        self.places = decimal_places

    def validate(self, value):
        super().validate(value)
        if value is not None and self.places is not None and -value.as_tuple().exponent > self.places:
            raise ValidationError(self.error_messages["places"], code="places", params={"places": self.places})


class BahtFormField(ThaiDecimalField):
    """An amount in baht: `1,234.50`, `๑,๒๓๔.๕๐ บาท`, `฿1 234`. Not negative unless `min_value` says otherwise."""

    default_error_messages = {
        "invalid": _("Enter the amount in baht, for example 1,234.50."),
        "places": _("An amount has at most two decimal places, for example 1,234.50."),
        "too_large": _("Must not exceed %(limit)s baht (you entered %(value)s)."),
        "too_small": _("Must not be less than %(limit)s baht (you entered %(value)s)."),
    }

    def __init__(self, *, max_value=MAX_BAHT, min_value=Decimal(0), **kwargs):
        super().__init__(max_value=max_value, min_value=min_value, decimal_places=2, **kwargs)

    def strip_unit(self, text):
        return text.strip().removeprefix("฿").removesuffix("บาท")

    def clean(self, value):
        amount = super().clean(value)
        return None if amount is None else amount.quantize(SATANG)

    def show(self, value):
        return figures(value)


class ThaiDateField(forms.Field):
    """A date typed in either era (`portal.thai.dates.parse_thai_date`), shown in the reader's; cleans to a date."""

    def __init__(self, **kwargs):
        attrs = {"inputmode": "text", "autocomplete": "off", "placeholder": _("dd/mm/yyyy")}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), **kwargs})

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return parse_thai_date(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None

    def prepare_value(self, value):
        return numeric_date(value) if hasattr(value, "year") else value

    def has_changed(self, initial, data):
        try:
            return not self.disabled and self.to_python(data) != self.to_python(initial)
        except ValidationError:
            return True


_DAY_AND_TIME = re.compile(r"(?P<day>.+?)[\s,]+(?:เวลา\s*)?(?P<hour>[0-9]{1,2})[.:](?P<minute>[0-9]{2})(?:\s*น\.?)?")


class ThaiDateTimeField(forms.DateTimeField):
    """A moment typed as a date in either era and a time in Bangkok, `23/11/2569 16.30`; cleans to an aware datetime.

    Programs give it ready-made or in ISO 8601.
    """

    default_error_messages = {
        "invalid": _("Give the day and the time, for example 23/11/2569 and 16.30."),
        "time": _("There is no such time of day: %(time)s."),
    }

    def __init__(self, **kwargs):
        attrs = {"inputmode": "text", "autocomplete": "off", "placeholder": _("dd/mm/yyyy hh.mm")}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), **kwargs})

    def to_python(self, value):
        if not isinstance(value, str) or "T" in value:
            return super().to_python(value)
        if not value.strip():
            return None
        found = _DAY_AND_TIME.fullmatch(to_arabic(value).strip())
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            day = parse_thai_date(found["day"])
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None
        try:
            return datetime.combine(day, time(int(found["hour"]), int(found["minute"])), tzinfo=BANGKOK)
        except ValueError:
            params = {"time": f"{found['hour']}.{found['minute']}"}
            raise ValidationError(self.error_messages["time"], code="invalid", params=params) from None

    def prepare_value(self, value):
        if not isinstance(value, datetime):
            return value
        local = value.astimezone(BANGKOK)
        return f"{numeric_date(local)} {local:%H.%M}"
