"""Writing what happened. A table of events has one way in: `record` and its plural."""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Model

from portal.context import request_id
from portal.models.audit import Event
from portal.thai.citizens import without_citizen_numbers


def record(verb, obj, **kwargs):
    """The new event, of these arguments of `event_of`."""
    event = event_of(verb, obj, **kwargs)
    event.save()
    return event


def record_each(verb, objects, **kwargs):
    """The new events of one verb about several objects, in one query."""
    return Event.objects.bulk_create([event_of(verb, obj, **kwargs) for obj in objects], batch_size=500)


def event_of(verb, obj, *, by, capacity=None, before="", after="", details=None):
    """An event that is not yet written.

    `capacity` is the membership that was used; `obj.case`, where there is one, is the case under which
    the event is filed. Details are made JSON: amounts as strings, moments ISO, objects by key.
    """
    case = getattr(obj, "case", None) or obj
    return Event(
        actor=by,
        role=capacity.role if capacity else "",
        acting_for=capacity.order_no if capacity and capacity.acting else "",
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        case_type=case._meta.label_lower,
        case_id=case.pk,
        before=before,
        after=after,
        details=plain(details or {}),
        request_id=request_id.get(),
    )


def record_taken(request, rows):
    """The event of a list that left the portal as a file: its address with the filter, and how many rows it has.

    `rows` is a queryset or a list.
    """
    count = len(rows) if isinstance(rows, list) else rows.order_by().count()
    details = {"list": without_citizen_numbers(request.get_full_path()), "rows": count}
    return record("list.exported", request.user, by=request.user, details=details)


def plain(value):
    """`value` in JSON's own types."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Model():
            return value.pk
        case None | bool() | int() | float() | str():
            return value
    return str(value)
