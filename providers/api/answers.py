"""Answers of applications and changes in JSON: each in its own type, checked as it comes in."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from portal.api import step_fields
from portal.api.serializers import SafeJSONField
from portal.fields import BahtFormField, ThaiDateField, ThaiIntegerField
from providers.applying.answers import FORMS

REPHRASED = (BahtFormField, ThaiDateField, ThaiIntegerField)
OBJECT = {"type": "object", "additionalProperties": True}


def taken(fields, data):
    """The answers in `data` (a JSON object) to form `fields`, as they are kept; null and "" empty one.

    A draft may leave anything out, but what is given fits its type. Raises Django's ValidationError by field name.
    """
    found, wrong = {}, {}
    for name, value in step_fields.read(fields, data).items():
        field = fields[name]
        if value is None or value == [] or (isinstance(value, str) and not value.strip()):
            found[name] = emptied(field)
            continue
        try:
            found[name] = value if isinstance(value, bool) else kept(field, field.clean(value), value)
        except ValidationError as error:
            wrong[name] = error
    if wrong:
        raise ValidationError(wrong)
    return found


def emptied(field):
    """What an answer is that was taken back."""
    return {"boolean": False, "choices": [], "references": []}.get(step_fields.kind_of(field), "")


def kept(field, cleaned, given):
    """A fitting answer as the portal keeps it: texts, and lists of texts."""
    if isinstance(field, ThaiDateField):
        return cleaned.isoformat()
    return str(cleaned) if isinstance(field, REPHRASED) else given


def told(fields, typed):
    """Kept answers as the API tells them; what was typed on a page and does not fit, as it was typed."""
    return {name: _told(field, typed.get(name)) for name, field in fields.items() if name in typed}


def _told(field, value):
    if step_fields.kind_of(field) == "boolean":
        return bool(field.to_python(value))
    if isinstance(field, REPHRASED) and value not in (None, ""):
        try:
            cleaned = field.clean(value)
        except ValidationError:
            return value
        return cleaned.isoformat() if isinstance(field, ThaiDateField) else str(cleaned)
    return value


@extend_schema_field(OBJECT)
class Answers(SafeJSONField):
    """What the questions of one section are answered with, by field name."""

    default_error_messages = {"not_an_object": _("Give one JSON object.")}

    def __init__(self, section, **kwargs):
        self.section = section
        super().__init__(**{"required": False, **kwargs})

    def to_internal_value(self, data):
        data = super().to_internal_value(data)
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return taken(FORMS[self.section]().fields, data)

    def to_representation(self, value):
        return told(FORMS[self.section]().fields, value)
