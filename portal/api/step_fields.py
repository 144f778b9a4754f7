"""What a step asks for, told to programs; and their JSON, handed to the step's form."""

import re
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIteratorValue
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.fields import BahtFormField, ThaiDateField

MAX_CHOICES = 100
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BEGIN, BUDDHIST_YEARS = 1800, 2400
TEXTS = (forms.CharField, forms.EmailField, forms.SlugField, forms.URLField, forms.RegexField)
KINDS = [
    (forms.FileField, "file"),
    (forms.JSONField, "json"),
    (forms.ModelMultipleChoiceField, "references"),
    (forms.ModelChoiceField, "reference"),
    (forms.MultipleChoiceField, "choices"),
    (forms.ChoiceField, "choice"),
    (forms.BooleanField, "boolean"),
    (forms.DateTimeField, "moment"),
    (forms.DateField, "date"),
    (ThaiDateField, "date"),
    (BahtFormField, "money"),
    (forms.DecimalField, "decimal"),
    (forms.IntegerField, "integer"),
    (forms.CharField, "text"),
]


def kind_of(field):
    """The kind of a form field in the API's words; a field may say its own as `api_kind`."""
    own = getattr(field, "api_kind", None)
    return own or next((kind for kls, kind in KINDS if isinstance(field, kls)), "json")


def describe_offer(offer, obj, *, by):
    """An offer as the API answers it."""
    return {
        "name": offer.name,
        "label": str(offer.label),
        "allowed": offer.allowed,
        "reason_code": None if offer.allowed else offer.refusal.code,
        "reason": None if offer.allowed else str(offer.refusal.message),
        "fields": describe_form(offer.step, obj, by=by),
    }


def describe_form(row, obj, *, by):
    """The fields of a step's form: name, type, required, label, and choices where there are few."""
    if row.form is None:
        return []
    return [_describe(name, field) for name, field in row.form(case=obj, by=by).fields.items()]


def _describe(name, field):
    kind = kind_of(field)
    described = {"name": name, "type": kind, "required": field.required, "label": str(field.label or name)}
    if kind in {"choice", "choices"}:
        described["choices"] = [
            {"value": _plain(value), "label": str(label)}
            for value, label in _flat(field.choices)
            if value not in {"", None}
        ][:MAX_CHOICES]
    return described


def _plain(value):
    return str(value.value if isinstance(value, ModelChoiceIteratorValue) else value)


def _flat(choices):
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield value, label


def form_data(row, obj, *, by, data):
    """`data` (JSON or form data) as the step's form takes it. ValidationError for unknown fields and wrong types."""
    return read(row.form(case=obj, by=by).fields if row.form else {}, data)


def read(fields, data):
    """`data` as the form `fields` (by name) take it. ValidationError for unknown fields and wrong types."""
    unknown = {
        name: ValidationError(_("Nothing of that name is asked for here."), code="unknown_field")
        for name in data
        if name not in fields
    }
    if unknown:
        raise ValidationError(unknown)
    if isinstance(data, QueryDict):
        return data
    cleaned, wrong = {}, {}
    for name, value in data.items():
        try:
            cleaned[name] = _form_value(fields[name], value)
        except ValidationError as error:
            wrong[name] = error
    if wrong:
        raise ValidationError(wrong)
    return cleaned


def _form_value(field, value):
    """A JSON value in the type that the form field reads, refused where its JSON type cannot be meant."""
    kind = kind_of(field)
    if value is None or kind == "json":
        return value
    if kind == "boolean":
        return _expect(value, bool, _("Give true or false."))
    if kind in {"choices", "references"}:
        _expect(value, list, _("Give a list."))
        return [_scalar(item) for item in value]
    if kind == "date":
        return _date(_expect(value, str, _("Give a text.")))
    if kind == "moment":
        return _moment(_expect(value, str, _("Give a text.")))
    if type(field) in TEXTS:
        return _expect(value, str, _("Give a text."))
    return _scalar(value)


def _date(text):
    """A date of the common era: programs write no others, so that no year is ever guessed."""
    try:
        if ISO_DATE.fullmatch(text) and BEGIN <= (day := date.fromisoformat(text)).year < BUDDHIST_YEARS:
            return day
    except ValueError:
        pass
    raise ValidationError(_("Give the date as YYYY-MM-DD of the common era."), code="invalid")


def _moment(text):
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and BEGIN <= moment.year < BUDDHIST_YEARS:
            return moment
    except ValueError:
        pass
    raise ValidationError(_("Give the moment as in 2026-11-23T14:30:00+07:00."), code="invalid")


def _scalar(value):
    if isinstance(value, (bool, list, dict)):
        raise ValidationError(_("Give one text or number."), code="wrong_type")
    return value if isinstance(value, str) else getattr(value, "text", str(value))


def _expect(value, kind, message):
    if not isinstance(value, kind):
        raise ValidationError(message, code="wrong_type")
    return value
