"""Request bodies, read with care: what comes through here is JSON that both engines can store."""

import json
import math

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

MAX_DEPTH = 50
INTEGER_BOUND = 2**63


class JSONNumber(float):
    """A number with a point or an exponent, together with the characters that it was written in."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number


class SafeJSONParser(BaseParser):
    """JSON without duplicate keys, deep nesting, NaN, NUL, lone surrogates or numbers that no column holds."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        data = loads(body)
        if not isinstance(data, dict) and not getattr((parser_context or {}).get("view"), "takes_lists", False):
            raise ParseError(_("The body must be one JSON object."), code="not_an_object")
        return data


class SafeMultiPartParser(MultiPartParser):
    """Form data with files; names and texts are checked as JSON's are."""

    def parse(self, stream, media_type=None, parser_context=None):
        parsed = super().parse(stream, media_type, parser_context)
        check_form(parsed.data, parsed.files)
        return DataAndFiles(parsed.data, parsed.files)


JSON_OR_FORM = [SafeJSONParser, SafeMultiPartParser]


def check_form(data, files):
    """Raise ParseError for names or texts that cannot be stored."""
    for name, values in [*data.lists(), *((name, [file.name for file in found]) for name, found in files.lists())]:
        for text in [name, *values]:
            _check_text(text)


def loads(body):
    """The value in `body` (bytes), or ParseError."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError(_("The body is not UTF-8."), code="bad_encoding") from None
    _check_depth(text)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise ParseError(
            _("The body is not JSON: line %(line)d, column %(column)d.")
            % {"line": error.lineno, "column": error.colno},
            code="bad_json",
        ) from None
    _check_texts(data)
    return data


def _check_depth(text):
    """Bound the brackets before the recursive parser meets them."""
    depth = 0
    in_string = escaped = False
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ParseError(_("The JSON is nested too deeply."), code="too_deep")
        elif character in "]}":
            depth -= 1


def _object(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A JSON object names a member twice."), code="duplicate_member")
    return found


def _integer(text):
    if len(text) > 20 or not -INTEGER_BOUND <= (number := int(text)) < INTEGER_BOUND:
        raise ParseError(_("A number is too large."), code="number_out_of_range")
    return number


def _number(text):
    number = JSONNumber(text)
    if not math.isfinite(number):
        raise ParseError(_("A number is too large."), code="number_out_of_range")
    return number


def _constant(name):
    raise ParseError(_("NaN and Infinity are not JSON."), code="bad_json")


def _check_texts(value):
    match value:
        case str():
            _check_text(value)
        case dict():
            for name, member in value.items():
                _check_text(name)
                _check_texts(member)
        case list():
            for member in value:
                _check_texts(member)


def _check_text(text):
    if "\x00" in text:
        raise ParseError(_("A text contains the NUL character."), code="nul_character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParseError(_("A text contains half a character (a lone surrogate)."), code="lone_surrogate") from None
