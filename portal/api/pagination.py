"""Keyset pages over (ordering, pk): the last costs what the first costs, and rows that tie neither repeat nor vanish.

Rows without a value come last in both directions of the ordering, on both engines.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import F, Field, Q
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from portal.api.problems import BadParameter

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
FORWARD, BACKWARD = "n", "p"
_signer = signing.Signer(salt="portal.cursor")


class BadCursor(ValueError):
    """The cursor is not one of ours, or belongs to another ordering."""


@dataclass(frozen=True)
class Page:
    """One page of rows, with the cursors of its neighbours (or None)."""

    rows: list
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class Key:
    """One column of the ordering. `alias` is the attribute of a row that holds its value."""

    path: str
    alias: str
    descending: bool
    nullable: bool
    field: Field | None

    def order(self, backward):
        descending = self.descending != backward
        nulls = ({"nulls_first": True} if backward else {"nulls_last": True}) if self.nullable else {}
        return F(self.path).desc(**nulls) if descending else F(self.path).asc(**nulls)

    def same(self, value):
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value, backward):
        """The rows strictly behind `value` when walking in this direction, or None when there can be none."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backward else None
        found = Q(**{f"{self.path}__{'lt' if self.descending != backward else 'gt'}": value})
        if self.nullable and not backward:
            found |= Q(**{f"{self.path}__isnull": True})
        return found

    def value_in(self, row):
        return row[self.alias] if isinstance(row, dict) else getattr(row, self.alias)

    def dump(self, value):
        return value if value is None or isinstance(value, (int, float, str)) else _text(value)

    def load(self, value):
        return value if value is None or self.field is None else self.field.to_python(value)


def _text(value):
    return (
        str(value) if isinstance(value, Decimal) else value.isoformat() if hasattr(value, "isoformat") else str(value)
    )


def keys_for(queryset, ordering):
    """The `Key`s of `ordering` (names as in `order_by`), always ending in the primary key."""
    names = list(ordering)
    if not any(name.lstrip("-") in {"pk", "id", queryset.model._meta.pk.name} for name in names):
        names.append("pk")
    return [_key(queryset, number, name) for number, name in enumerate(names)]


def _key(queryset, number, name):
    path, descending = name.removeprefix("-"), name.startswith("-")
    annotation = queryset.query.annotations.get(path)
    if annotation is not None:
        return Key(path, path, descending, True, annotation.output_field)
    model, nullable = queryset.model, False
    for part in path.split("__"):
        column = model._meta.pk if part == "pk" else model._meta.get_field(part)
        nullable = nullable or column.null
        model = column.related_model
    alias = f"ordering_{number}" if "__" in path else column.attname
    return Key(path, alias, descending, nullable, column.target_field if column.is_relation else column)


def page(queryset, *, ordering, cursor=None, limit=DEFAULT_LIMIT):
    """The `Page` of `queryset` at `cursor` (None: the first), `limit` rows long, in `ordering`.

    `ordering` is a list of names as in `order_by`; the primary key breaks ties. Raises BadCursor.
    """
    keys = keys_for(queryset, ordering)
    direction, position = _read(cursor, keys) if cursor else (FORWARD, None)
    backward = direction == BACKWARD
    rows = list(_from(queryset, keys, position, backward)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    if backward:
        rows.reverse()
    has_next = bool(rows) and (backward or more)
    has_previous = bool(rows) and (more if backward else position is not None)
    return Page(
        rows,
        _write(FORWARD, keys, rows[-1]) if has_next else None,
        _write(BACKWARD, keys, rows[0]) if has_previous else None,
    )


def every(queryset, *, ordering, size=1000):
    """All rows in `ordering`, read `size` at a time: one query for each full or last batch."""
    keys, position = keys_for(queryset, ordering), None
    while True:
        rows = list(_from(queryset, keys, position, backward=False)[:size])
        yield from rows
        if len(rows) < size:
            return
        position = [key.value_in(rows[-1]) for key in keys]


def _from(queryset, keys, position, backward):
    queryset = queryset.annotate(**{key.alias: F(key.path) for key in keys if "__" in key.path})
    if position is not None:
        queryset = queryset.filter(_behind(keys, position, backward))
    return queryset.order_by(*[key.order(backward) for key in keys])


def _behind(keys, position, backward):
    """Rows behind `position`: beyond it in the first column, or the same there and behind it in the rest."""
    if len(keys) == 1:
        return keys[0].beyond(position[0], backward)
    found = Q(pk__in=[])
    ties = Q()
    for key, value in zip(keys, position, strict=True):
        beyond = key.beyond(value, backward)
        if beyond is not None:
            found |= ties & beyond
        ties &= key.same(value)
    first, value = keys[0], position[0]
    if not first.nullable:
        # The planner walks an index from here; the OR alone would make it read from the start.
        found &= Q(**{f"{first.path}__{'lte' if first.descending != backward else 'gte'}": value})
    return found


def _names(keys):
    return [("-" if key.descending else "") + key.path for key in keys]


def _write(direction, keys, row):
    return _signer.sign_object([direction, _names(keys), [key.dump(key.value_in(row)) for key in keys]])


def _read(cursor, keys):
    try:
        direction, names, values = _signer.unsign_object(cursor)
        if names != _names(keys):
            raise BadCursor
        return direction, [key.load(value) for key, value in zip(keys, values, strict=True)]
    except (signing.BadSignature, ValueError, TypeError, ValidationError) as error:
        raise BadCursor("This cursor is not one of this list's.") from error


def limit_in(parameters):
    """The page length asked for in `parameters` (query parameters), 1 to 500, by default 50."""
    text = parameters.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    detail = _("The limit is a whole number from 1 to %(most)d.") % {"most": MAX_LIMIT}
    raise BadParameter({"limit": detail}, code="bad_limit")


def ordering_in(parameters, *, default, allowed):
    """The ordering asked for: names from `allowed` (a list, or a mapping to columns), `-` before a name for down."""
    text = parameters.get("ordering")
    if text is None:
        return list(default)
    columns = allowed if isinstance(allowed, dict) else {name: name for name in allowed}
    names = text.split(",")
    plain = [name.removeprefix("-") for name in names]
    if len(set(plain)) != len(plain) or not set(plain) <= set(columns):
        choices = ", ".join(columns) or "–"
        raise BadParameter(
            {"ordering": _("This list can be ordered by: %(choices)s.") % {"choices": choices}}, code="bad_ordering"
        )
    return [("-" if name.startswith("-") else "") + columns[name.removeprefix("-")] for name in names]


def flag_in(parameters, name):
    """A yes-or-no parameter: true or false, by default false."""
    text = parameters.get(name, "false")
    if text not in {"true", "false"}:
        raise BadParameter({name: _("Write true or false.")}, code="bad_flag")
    return text == "true"


class Keyset(BasePagination):
    """`page` for API lists: `limit`, `cursor`, `ordering`, and `count` only when asked for."""

    def paginate_queryset(self, queryset, request, view=None):
        parameters = request.query_params
        self.request = request
        cursor = parameters.get("cursor")
        limit = limit_in(parameters)
        ordering = ordering_of(view, parameters)
        self.count = queryset.order_by().count() if flag_in(parameters, "count") else None
        try:
            self.page = page(queryset, ordering=ordering, cursor=cursor, limit=limit)
        except BadCursor:
            raise BadParameter({"cursor": _("This cursor does not belong to this list.")}, code="bad_cursor") from None
        return self.page.rows

    def get_paginated_response(self, data):
        body = {"next": self.link(self.page.next_cursor), "previous": self.link(self.page.previous_cursor)}
        if self.count is not None:
            body["count"] = self.count
        return Response({**body, "results": data})

    def link(self, cursor):
        if cursor is None:
            return None
        url = remove_query_param(self.request.build_absolute_uri(), "cursor")
        return replace_query_param(url, "cursor", cursor)

    def get_paginated_response_schema(self, schema):
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": url, "previous": url, "count": {"type": "integer"}, "results": schema},
        }

    def get_schema_operation_parameters(self, view):
        columns = list(getattr(view, "ordering_fields", []))
        parameters = [
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
            _parameter("cursor", {"type": "string"}),
            _parameter("count", {"type": "boolean", "default": False}),
        ]
        if columns:
            enum = [sign + name for name in columns for sign in ("", "-")]
            values = {"type": "array", "items": {"type": "string", "enum": enum}, "uniqueItems": True, "minItems": 1}
            parameters.append({**_parameter("ordering", values), "style": "form", "explode": False})
        return parameters


def ordering_of(view, parameters):
    """The ordering of a view's list for these query parameters."""
    return ordering_in(parameters, default=getattr(view, "ordering", ()), allowed=getattr(view, "ordering_fields", ()))


def _parameter(name, schema):
    return {"name": name, "in": "query", "required": False, "schema": schema}
