"""Answers as they were typed, in the words of those who read them and in the form of those who mend them."""

from django.core.exceptions import ValidationError

from portal.fields import ThaiDateField
from providers.applying.application_text import spoken


def shown(field, value):
    """A kept answer as the field's control shows it: dates of programs in the reader's era, the rest as typed."""
    if isinstance(field, ThaiDateField) and isinstance(value, str):
        try:
            return field.to_python(value) or value
        except ValidationError:
            return value
    return value


def said(field, value):
    """A kept answer as a person reads it; what does not fit as it was typed; "" for nothing."""
    if value in (None, "", [], False):
        return ""
    try:
        return spoken(field, field.clean(value))
    except ValidationError:
        return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def side_by_side(change):
    """What a change asks for: label, the text before and after, and whether they differ, for each field."""
    from providers.deciding.changes import form_for

    fields = form_for(change.kind, product=change.product).fields
    rows = []
    for name in change.new:
        if name in fields:
            before, after = (said(fields[name], side.get(name)) for side in (change.old, change.new))
            more = _by_how_much(fields[name], change) if name == "price_baht" else ""
            rows.append(
                {
                    "label": fields[name].label,
                    "before": before,
                    "after": after,
                    "differs": before != after,
                    "more": more,
                }
            )
    return rows


def _by_how_much(field, change):
    """How far a price goes up or down, as a percentage with its sign: `+6.7 %`; "" where it cannot be told."""
    try:
        old, new = (field.clean(side.get("price_baht")) for side in (change.old, change.new))
    except ValidationError:
        return ""
    return f"{(new - old) / old * 100:+.1f} %" if old and new is not None and new != old else ""
