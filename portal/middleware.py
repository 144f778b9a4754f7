"""What every request passes through: a name in the log, and the right page when something is refused."""

import logging
import re
import uuid
from functools import cached_property
from urllib.parse import unquote_to_bytes, urlsplit

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponseRedirect
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from portal.context import request_id
from portal.errors import Refused, UnknownStep
from portal.thai.citizens import has_citizen_number, without_citizen_numbers

SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,40}")
FORM = "application/x-www-form-urlencoded"
FORMS = {FORM, "multipart/form-data"}


class RequestId:
    """Names the request after its `X-Request-ID` or anew, for logs, events and the answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if SANE_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = request.id
        return response


class ContentPolicy(CSPMiddleware):
    """What an answer may load, by the settings; made anew only for the few views that say otherwise."""

    @cached_property
    def usual(self):
        return build_policy()

    def process_response(self, request, response):
        if any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.setdefault(HEADER, self.usual)
        return response


class CompressPages(GZipMiddleware):
    """Sends pages and drawings compressed. The API's answers stay as they are: compressing would weaken their ETags."""

    KINDS = ("text/html", "image/svg+xml")

    def process_response(self, request, response):
        if response.streaming or not response.get("Content-Type", "").startswith(self.KINDS):
            return response
        return super().process_response(request, response)


class RequestIdFilter(logging.Filter):
    """Gives every log record the `request_id` of the request in hand."""

    def filter(self, record):
        record.request_id = request_id.get() or "-"
        return True


class CitizenNumberFilter(logging.Filter):
    """Strikes citizen numbers out of whatever is logged: an address that somebody typed may hold one."""

    def filter(self, record):
        text = record.getMessage()
        if has_citizen_number(text):
            record.msg, record.args = without_citizen_numbers(text), ()
        return True


class Problems:
    """Answers pages that meet a rule, refuses text that no database can hold, and keeps personal pages unstored.

    The API answers for itself (`portal.api.problems`); real errors pass through untouched.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not is_api(request) and (has_broken_address(request) or has_broken_form(request)):
            if "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, "") and hasattr(request, "session"):
                request.session = type(request.session)()  # no database can look up its key
            raise BadRequest("The request holds text that is not UTF-8, or a NUL.")
        response = self.get_response(request)
        if not is_api(request) and is_personal(request) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    def process_exception(self, request, exception):
        if is_api(request):
            return None
        if isinstance(exception, UnknownStep):
            raise Http404 from exception
        if not isinstance(exception, Refused):
            return None
        if back := way_back(request):
            messages.warning(request, exception.message)
            return HttpResponseClientRedirect(back) if request.htmx else HttpResponseRedirect(back)
        return render(request, "portal/refused.html", {"reason": exception.message}, status=409)


def is_api(request):
    return request.path.startswith("/api/")


def is_personal(request):
    """Whether the view knew who is there; nobody else's page costs a query for it."""
    session = getattr(request, "session", None)
    return session is not None and session.accessed and request.user.is_authenticated


def way_back(request):
    """For a POST that was refused: the page it came from, when that page is ours and another; else None."""
    before = page_before(request)
    return None if before and urlsplit(before).path == request.path else before


def page_before(request):
    """The page of ours that a POST came from, or None."""
    referer = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if request.method == "POST" and is_ours else None


def has_broken_address(request):
    """Whether path, query or cookies hold a NUL or what is not UTF-8."""
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    return "\0" in request.path or is_broken(query) or any("\0" in value for value in request.COOKIES.values())


def has_broken_form(request):
    if request.method != "POST" or request.content_type not in FORMS:
        return False
    if request.content_type == FORM:
        return is_broken(request.body)
    return any("\0" in text for key, values in request.POST.lists() for text in [key, *values])


def is_broken(encoded):
    """Whether URL-encoded bytes hold a NUL or what is not UTF-8."""
    decoded = unquote_to_bytes(encoded)
    try:
        decoded.decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in decoded
