"""Errors as problem documents (RFC 9457): the only way in which the API says no."""

import logging
import math
from dataclasses import dataclass, field

import orjson
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from portal.audit import plain
from portal.context import request_id
from portal.errors import Refused, UnknownStep

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
WHOLE = {NON_FIELD_ERRORS, api_settings.NON_FIELD_ERRORS_KEY}
TITLES = {
    400: _("The request does not fit"),
    401: _("Please sign in"),
    403: _("Not for you"),
    404: _("Not found"),
    405: _("This method is not offered here"),
    409: _("Not possible now"),
    410: _("No longer kept"),
    412: _("Someone else has changed this"),
    413: _("Too large"),
    415: _("This kind of content is not accepted"),
    422: _("The key was used for something else"),
    428: _("Say which version you have seen"),
    429: _("Too many requests"),
    500: _("Our mistake"),
    503: _("Busy for a moment"),
}
NOT_FOUND = _("There is nothing here, or it is not yours to see.")
NOT_PERMITTED = _("This is not for your role or place.")
CHALLENGE = {"WWW-Authenticate": "Bearer"}
HOSTILE = (DataError, OverflowError, UnicodeError, RecursionError)


class Refusal(exceptions.APIException):
    """A refusal of the API itself, with its status, headers and further members."""

    def __init__(self, status, code, detail, *, errors=(), headers=None, **facts):
        super().__init__(detail, code)
        self.status_code = status
        self.errors, self.headers, self.facts = list(errors), headers or {}, facts


class BadParameter(Refusal):
    """Query parameters that do not fit (400); `parameters` maps each name to what is wrong with it."""

    def __init__(self, parameters, *, code):
        errors = [{"pointer": f"/{name}", "code": code, "detail": str(text)} for name, text in parameters.items()]
        super().__init__(400, code, errors[0]["detail"], errors=errors)


@dataclass
class Problem:
    """One refusal, before it becomes a response."""

    status: int
    code: str
    detail: str
    errors: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)

    def body(self):
        return {
            **plain(self.facts),
            "type": "about:blank",
            "title": str(TITLES.get(self.status, TITLES[400])),
            "status": self.status,
            "detail": str(self.detail),
            "code": self.code,
            "errors": self.errors,
            "trace_id": request_id.get(),
        }

    def response(self):
        """For views of REST framework."""
        return Response(self.body(), status=self.status, headers=self.headers, content_type=CONTENT_TYPE)

    def http(self):
        """For everything before and beside them: middleware, error views."""
        return HttpResponse(
            orjson.dumps(self.body()), status=self.status, headers=self.headers, content_type=CONTENT_TYPE
        )


def handle(exc, context):
    """REST framework's exception handler: a response, or None for our own mistakes, which rise."""
    problem = problem_of(exc)
    return problem and problem.response()


def problem_of(exc):
    """The `Problem` that says `exc`, or None when `exc` is nobody's refusal but a mistake of ours."""
    match exc:
        case Refused():
            facts = dict(exc.facts)
            return Problem(facts.pop("status", 409), exc.code, exc.message, facts=facts)
        case UnknownStep():
            return Problem(404, "unknown_step", _("There is no step of that name."))
        case Http404() | exceptions.NotFound():
            return Problem(404, "not_found", NOT_FOUND)
        case PermissionDenied():
            return Problem(403, getattr(exc, "code", "not_permitted"), _first(exc) or NOT_PERMITTED)
        case ValidationError():
            return _invalid(errors_in(_django_detail(exc)))
        case RequestDataTooBig():
            return Problem(413, "too_large", _("The request is larger than the portal accepts."))
        case SuspiciousOperation():
            return Problem(400, "bad_request", _("The request is not well formed."))
        case exceptions.APIException():
            return _api_problem(exc)
        case IntegrityError() if not _is_missing_value(exc):
            logger.info("A constraint decided a race: %s", exc)
            return Problem(
                409, "conflict", _("Someone else was first, or something still depends on this. Reload to see it.")
            )
        case OperationalError():
            logger.error("The database did not answer.", exc_info=exc)
            retry = {"Retry-After": "2"}
            return Problem(503, "busy", _("The portal is busy. Try again in a moment."), headers=retry)
    if isinstance(exc, HOSTILE) or (isinstance(exc, ValueError) and "NUL" in str(exc)):
        logger.warning("A value passed the fields and failed below.", exc_info=exc)
        return Problem(400, "invalid", _("A value is too large or cannot be stored."))
    return None


def _api_problem(exc):
    match exc:
        case Refusal():
            return Problem(exc.status_code, _code(exc), exc.detail, exc.errors, exc.facts, exc.headers)
        case exceptions.ValidationError():
            return _invalid(errors_in(exc.detail))
        case exceptions.Throttled():
            seconds = max(1, math.ceil(exc.wait or 1))
            detail = _("Too many requests. Try again in %(seconds)d seconds.") % {"seconds": seconds}
            return Problem(429, "throttled", detail, headers={"Retry-After": str(seconds)})
        case exceptions.NotAuthenticated():
            return Problem(401, "not_authenticated", _("Sign in, or send a token."), headers=CHALLENGE)
        case exceptions.AuthenticationFailed():
            return Problem(401, _code(exc), exc.detail, headers=CHALLENGE)
        case exceptions.PermissionDenied() if str(exc.detail).startswith("CSRF"):
            return Problem(403, "csrf_failed", _("The form has expired. Reload the page and try again."))
        case exceptions.PermissionDenied() if _code(exc) == exc.default_code:
            return Problem(403, "not_permitted", NOT_PERMITTED)
        case exceptions.PermissionDenied():
            return Problem(403, _code(exc), exc.detail)
        case exceptions.MethodNotAllowed():
            return Problem(405, "method_not_allowed", _("This address does not take that method."))
        case exceptions.UnsupportedMediaType():
            return Problem(415, "unsupported_media_type", _("Send the content as the API guide says, mostly JSON."))
    return Problem(exc.status_code, _code(exc), exc.detail)


def _code(exc):
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else "invalid"


def _invalid(errors):
    detail = errors[0]["detail"] if len(errors) == 1 else _("Some values do not fit; see the list.")
    return Problem(400, "invalid", detail, errors=errors)


def _django_detail(exc):
    by_field = exc.error_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.error_list}
    return {
        name: [
            exceptions.ErrorDetail(message, error.code or "invalid") for error in found for message in error.messages
        ]
        for name, found in by_field.items()
    }


def errors_in(detail, pointer=""):
    """The flat list of `{pointer, code, detail}` in REST framework's nested detail."""
    match detail:
        case dict():
            found = []
            for name, inner in detail.items():
                below = pointer if name in WHOLE else f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
                found += errors_in(inner, below)
            return found
        case list() | tuple():
            found = []
            for index, inner in enumerate(detail):
                leaf = isinstance(inner, str)
                found += errors_in(inner, pointer if leaf else f"{pointer}/{index}")
            return found
    return [{"pointer": pointer, "code": getattr(detail, "code", None) or "invalid", "detail": str(detail)}]


def _first(exc):
    return exc.args[0] if exc.args else ""


def _is_missing_value(exc):
    return getattr(exc.__cause__, "pgcode", "") == "23502" or str(exc).startswith("NOT NULL")


def not_found(request, *args, **kwargs):
    """What every address under `/api/` answers that nothing else answers."""
    return Problem(404, "not_found", NOT_FOUND).http()


def server_error(request):
    """Our mistake, told without details; the log has them under the same `trace_id`."""
    return Problem(500, "server_error", _("The portal failed. The fault is on record under the trace_id.")).http()


def page_error(request, status):
    """A problem document where Django itself refuses something under `/api/` before a view sees it."""
    codes = {403: "not_permitted", 404: "not_found"}
    return Problem(status, codes.get(status, "bad_request"), TITLES.get(status, TITLES[400])).http()
