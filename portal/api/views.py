"""What every view under `/api/v1/` is made of.

`Door` is the frame: known parameters only, one transaction for each write, idempotency keys, ETags, CORS for
what is public, tables for lists. `Visible` narrows rows to what the person may see, `Nested` puts rows under
their case, `Versioned` asks for `If-Match`, `Steps` opens a lifecycle. They stand before REST framework's
classes: `class ProposalViewSet(Versioned, Visible, Steps, ModelViewSet)`.
"""

import hashlib
from contextlib import ExitStack, contextmanager

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.response import Response

from portal import exports
from portal.api import step_fields
from portal.api.authentication import TokenMayWrite
from portal.api.idempotency import Attempt, key_in, read_body, running
from portal.api.pagination import Keyset, every, ordering_of
from portal.api.parsers import SafeJSONParser, SafeMultiPartParser
from portal.api.problems import BadParameter, Refusal, problem_of
from portal.api.renderers import OneLanguage
from portal.api.serializers import IDENTIFIER, OfferListSerializer
from portal.audit import record_taken
from portal.errors import Refused
from portal.middleware import is_broken

LIST_PARAMETERS = {"limit", "cursor", "count", "ordering", "format"}
LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
EXPOSED = ", ".join(["ETag", "Content-Disposition", "Repr-Digest", "Retry-After", *LIMITS])
KEPT_IN_304 = ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Cache-Control", "Vary")
DAY = 86_400


class Answered(Exception):
    """The answer is known before the handler's end."""

    def __init__(self, response):
        self.response = response


class Door:
    """The frame of every view. A subclass may say:

    `is_public` (GET is open to all, from any origin), `permissions` (action to permission), `extra_parameters`
    (query parameters beside the FilterSet's), `ordering` and `ordering_fields`, `columns` (for csv and xlsx),
    and the methods `etag_of(obj)`, `list_stamp()`, `fixed()`.
    """

    is_public = False
    permissions = {}
    extra_parameters = ()
    ordering = ()
    ordering_fields = ()
    columns = ()
    tagged_actions = {"retrieve", "create", "update", "partial_update", "step"}
    lookup_value_regex = "[^/]+"

    content_negotiation_class = OneLanguage
    metadata_class = None
    pagination_class = Keyset
    filter_backends = [DjangoFilterBackend]
    object = None
    attempt = None
    writes = False

    # One request

    def dispatch(self, request, *args, **kwargs):
        try:
            with ExitStack() as self.stack:
                response = super().dispatch(request, *args, **kwargs)
                if self.writes:
                    self._settle(response)
                return response
        except DatabaseError as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return problem.http()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.check_parameters(request)
        if request.method not in SAFE_METHODS:
            self._begin(request)
        elif self._is_list() and (stamp := self.list_stamp()) is not None:
            self.tag = f'"{stamp}"'
            self.answer_unchanged(self.tag)

    def _begin(self, request):
        """Open the write's transaction, and answer at once what was answered before under the same key.

        The body is read first, so that a slow sender keeps no writer waiting.
        """
        key = key_in(request) if request.user.is_authenticated else None
        read_body(request)
        attempt = Attempt(request, key) if key else None
        try:
            self.stack.enter_context(transaction.atomic())
        except OperationalError:
            if key:
                raise running() from None
            raise
        self.writes = True
        if attempt and (stored := attempt.stored()):
            raise Answered(stored)
        self.attempt = attempt

    def _settle(self, response):
        if response.status_code >= 400:
            transaction.set_rollback(True)
        elif self.attempt:
            self.attempt.keep(response.render() if hasattr(response, "render") else response)

    def handle_exception(self, exc):
        return exc.response if isinstance(exc, Answered) else super().handle_exception(exc)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.method in SAFE_METHODS and self.is_public:
            response["Access-Control-Allow-Origin"] = "*"
            response["Access-Control-Expose-Headers"] = EXPOSED
        if not response.has_header("Cache-Control"):
            is_personal = not self.is_public or request.user.is_authenticated
            response["Cache-Control"] = "private, no-cache" if is_personal else "public, no-cache"
            patch_vary_headers(response, ["Authorization", "Cookie"])
        for name, value in zip(LIMITS, getattr(request, "limits", ()), strict=False):
            response[name] = str(value)
        if response.status_code < 300:
            self._tag(request, response)
        return response

    def options(self, request, *args, **kwargs):
        """What may be asked here; for what is public, the answer to a browser's preflight."""
        response = HttpResponse(status=204)
        response["Allow"] = ", ".join(self.allowed_methods)
        if self.is_public:
            response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Authorization, If-None-Match"
            response["Access-Control-Max-Age"] = str(DAY)
        return response

    # Parameters

    def check_parameters(self, request):
        """400 for a query that is not UTF-8, carries NUL, or names what this view does not know."""
        if request.method == "OPTIONS":
            return
        if is_broken(request.META.get("QUERY_STRING", "").encode("latin-1", "replace")):
            raise Refusal(400, "bad_encoding", _("The query is not UTF-8, or contains the NUL character."))
        unknown = sorted(set(request.query_params) - self.known_parameters())
        if unknown:
            text = _("There is no parameter of that name here.")
            raise BadParameter(dict.fromkeys(unknown, text), code="unknown_parameter")
        twice = [name for name in LIST_PARAMETERS if len(request.query_params.getlist(name)) > 1]
        if twice:
            raise BadParameter(dict.fromkeys(sorted(twice), _("Give this once.")), code="given_twice")

    def known_parameters(self):
        """The names of the query parameters that this request may carry."""
        known = set(self.extra_parameters)
        return known | LIST_PARAMETERS | self._filter_parameters() if self._is_list() else known

    def _is_list(self):
        return (
            hasattr(self, "list") and getattr(self, "action", "list") == "list" and self.request.method in SAFE_METHODS
        )

    def _filter_parameters(self):
        filterset = DjangoFilterBackend().get_filterset_class(self, self.queryset)
        names = set()
        for name, found in filterset.base_filters.items() if filterset else ():
            widget = found.extra.get("widget") or getattr(found.field_class, "widget", None)
            suffixes = getattr(widget, "suffixes", None) or [""]
            names |= {f"{name}_{suffix}" if suffix else name for suffix in suffixes}
        return names

    # Permission

    def get_permissions(self):
        if self.is_public and self.request.method in SAFE_METHODS:
            return [AllowAny()]
        return [*super().get_permissions(), TokenMayWrite()]

    def permission(self):
        """The permission that this request needs, by action or, where there are none, by method."""
        return self.permissions.get(getattr(self, "action", None) or self.request.method.lower())

    def check_permissions(self, request):
        super().check_permissions(request)
        lookup = getattr(self, "lookup_url_kwarg", None) or getattr(self, "lookup_field", "pk")
        if lookup not in self.kwargs:
            self.ask(None)

    def check_object_permissions(self, request, obj):
        super().check_object_permissions(request, obj)
        self.ask(obj)

    def ask(self, obj):
        """403 unless the person holds this action's permission on `obj` (None: anywhere); 401 for nobody."""
        permission = self.permission()
        if permission and not self.request.user.has_perm(permission, obj):
            raise PermissionDenied if self.request.user.is_authenticated else NotAuthenticated

    # Rows

    def get_object(self):
        if self.lookup_field == "pk" and not IDENTIFIER.fullmatch(self.kwargs[self.lookup_url_kwarg or "pk"]):
            raise Http404  # Python also reads ๑, 1_0 and 01 as numbers
        self.object = super().get_object()
        if self.request.method in SAFE_METHODS and getattr(self, "action", "retrieve") == "retrieve":
            tag = self.etag_of(self.object)
            if tag:
                self.answer_unchanged(tag)
        return self.object

    def get_serializer_context(self):
        fake = getattr(self, "swagger_fake_view", False)
        return {**super().get_serializer_context(), "fixed": {} if fake else self.fixed()}

    def given(self, serializer_class, **kwargs):
        """The body of the request as `serializer_class` takes it: its validated data; 400 for what does not fit."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def fixed(self):
        """What the server itself sets on a row that is written here, such as its case or its author."""
        return {}

    def perform_create(self, serializer):
        self.object = serializer.save(**self.fixed())

    def perform_update(self, serializer):
        self.object = serializer.save(**self.fixed())

    def paginate_queryset(self, queryset):
        wanted = self.request.query_params.get("format", "json")
        if wanted == "json":
            return super().paginate_queryset(queryset)
        if wanted not in {"csv", "xlsx"} or not self.columns:
            raise BadParameter({"format": _("This list is not offered in that format.")}, code="bad_format")
        raise Answered(self.table(queryset, wanted))

    def table(self, queryset, wanted):
        """The whole filtered set as a download; what is not public is on record as taken."""
        if not self.is_public:
            record_taken(self.request, queryset)
        rows = every(queryset, ordering=ordering_of(self, self.request.query_params))
        filename = f"{self.request.path.strip('/').split('/')[-1]}.{wanted}"
        if wanted == "csv":
            return exports.csv_response(self.columns, rows, filename)
        return exports.xlsx_response(self.columns, rows, filename, notes=self.notes())

    def notes(self):
        """The lines of a workbook's second sheet: source, filter, who asked."""
        asked = "; ".join(f"{name} = {value}" for name, value in self.request.query_params.items() if name != "format")
        return [
            (_("List"), self.request.build_absolute_uri(self.request.path)),
            (_("Filter"), asked or _("none")),
            (_("Made by"), str(self.request.user) if self.request.user.is_authenticated else _("the public")),
        ]

    # ETags

    tag = None

    def etag_of(self, obj):
        """The strong ETag of one row, or None to tag public answers by their content."""
        return f'"{obj.version}"' if hasattr(obj, "version") else None

    def list_stamp(self):
        """A text that changes whenever any row of this list does, found without reading the rows, or None."""
        return None

    def answer_unchanged(self, tag):
        """End here with 304 when the client already has this representation."""
        known = parse_etags(self.request.headers.get("If-None-Match", ""))
        if known == ["*"] or tag in {found.removeprefix("W/") for found in known}:
            raise Answered(HttpResponse(status=304, headers={"ETag": tag}))

    def _tag(self, request, response):
        if self.object is not None and getattr(self, "action", None) in self.tagged_actions:
            self.tag = self.etag_of(self.object)
        if self.tag:
            response["ETag"] = self.tag
        elif self.is_public and request.method in {"GET", "HEAD"} and isinstance(response, Response):
            response.add_post_render_callback(self._tag_by_content)

    def _tag_by_content(self, response):
        tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response["ETag"] = tag
        try:
            self.answer_unchanged(tag)
        except Answered as answered:
            for name in KEPT_IN_304:
                answered.response[name] = response[name]
            return answered.response


class WritesGiven(mixins.UpdateModelMixin):
    """PUT and PATCH that do the same: what is given is written, the rest stays."""

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same."""
        return super().update(request, *args, **{**kwargs, "partial": True})


class Visible(Door):
    """Narrows every lookup to what the person may see: everything else is 404."""

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)


class Versioned(Door):
    """Changes to a case under edit name the version that they were made from, by `If-Match`."""

    def perform_update(self, serializer):
        claim(self.request, serializer.instance)
        super().perform_update(serializer)

    def perform_destroy(self, instance):
        claim(self.request, instance)
        super().perform_destroy(instance)


class Nested(Door):
    """Rows under a case: `parent_queryset` (with `visible_to`), `parent_field` on the row, `parent_kwarg` in the path.

    Permissions are asked of the case. Where the case has a version, each write counts it up, and PUT, PATCH and
    DELETE ask for its `If-Match`; the row's ETag is its case's.
    """

    parent_queryset = None
    parent_field = None
    parent_kwarg = None

    @cached_property
    def parent(self):
        """The case, or 404 when it is not there or not theirs to see."""
        visible = self.parent_queryset.all().visible_to(self.request.user)
        try:
            return visible.get(pk=self.kwargs[self.parent_kwarg])
        except (visible.model.DoesNotExist, ValueError, TypeError):
            raise Http404 from None

    def get_queryset(self):
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.filter(**{self.parent_field: self.parent})

    def fixed(self):
        return {self.parent_field: self.parent}

    def ask(self, obj):
        super().ask(self.parent)

    def etag_of(self, obj):
        return super().etag_of(self.parent)

    def perform_create(self, serializer):
        super().perform_create(serializer)
        if self._has_version():
            count_up(self.parent)

    def perform_update(self, serializer):
        if self._has_version():
            claim(self.request, self.parent)
        super().perform_update(serializer)

    def perform_destroy(self, instance):
        if self._has_version():
            claim(self.request, self.parent)
        super().perform_destroy(instance)

    def _has_version(self):
        return hasattr(self.parent, "version")


class Steps(Door):
    """`GET {id}/steps/` and `POST {id}/steps/{name}/` for the cases of `lifecycle`."""

    lifecycle = None

    @extend_schema(responses=OfferListSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path="steps", url_name="steps", pagination_class=None)
    def steps(self, request, **kwargs):
        """The steps that your role holds from the present state, each with what stands in its way."""
        obj = self.get_object()
        offers = self.lifecycle.offers(obj, by=request.user)
        results = [step_fields.describe_offer(offer, obj, by=request.user) for offer in offers]
        state = self.lifecycle.state_for(obj, request.user)
        return Response({"state": state, "version": obj.version, "results": results})

    @extend_schema(request=dict)
    @action(
        detail=True,
        methods=["post"],
        url_path="steps/(?P<name>[a-z_]+)",
        url_name="step",
        parser_classes=[SafeJSONParser, SafeMultiPartParser],
    )
    def step(self, request, name, **kwargs):
        """Take one step; its details are the body. Answers the case as it is then."""
        obj, by = self.get_object(), request.user
        row, _capacity = self.lifecycle.row_for(obj, name, by=by)
        self._check_separation(obj, row, by)
        data = step_fields.form_data(row, obj, by=by, data=request.data)
        details = self.lifecycle.clean(obj, name, by=by, data=data, files=getattr(request, "FILES", None))
        version = match(request, obj, is_required=False)
        taken = self.lifecycle.take(obj, name, by=by, version=version, **details)
        self.object = self.unnarrowed().get(pk=taken.pk)
        return Response(self.get_serializer(self.object).data)

    def unnarrowed(self):
        """The queryset for the answer: who took a step sees its result, also where the case then leaves their sight."""
        return self.queryset.all()

    def _check_separation(self, obj, row, by):
        """403 before 400: separation of duties is asked before the details are read."""
        if obj.state not in row.source:
            return
        for guard in row.guards:
            try:
                guard(obj, by=by)
            except PermissionDenied as refusal:
                refusal.code = getattr(refusal, "code", "separation_of_duties")
                raise
            except Refused:
                continue


def match(request, obj, *, is_required=True):
    """The version of `obj` when `If-Match` names it, None without one; 428 when it is required, 412 when stale.

    An ETag is the version, and behind a dash whatever else the answer hangs on (`Door.etag_of`).
    """
    given = request.headers.get("If-Match")
    if given is None and is_required:
        raise Refusal(428, "version_required", _("Send If-Match with the ETag of the version that you changed."))
    if given is None:
        return None
    named = {tag.strip('"').partition("-")[0] for tag in parse_etags(given)}
    if given.strip() != "*" and str(obj.version) not in named:
        raise stale(obj)
    return obj.version


def stale(obj):
    """The refusal for a change that was made from an older version (412)."""
    state = getattr(obj, "shown_state", getattr(obj, "state", None))
    facts = {"version": obj.version, **({"state": state} if state else {})}
    return Refusal(
        412,
        "version_changed",
        _("Someone else has changed this since. Read it again and repeat your change."),
        headers={"ETag": f'"{obj.version}"'},
        **facts,
    )


@contextmanager
def race_as_412(obj):
    """Tell a race that is lost between `If-Match` and the write as a stale version."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != "lost_race":
            raise
        obj.version = type(obj)._base_manager.values_list("version", flat=True).get(pk=obj.pk)
        raise stale(obj) from None


def claim(request, obj):
    """Count `obj.version` up by one for the request that names it by `If-Match`: 428 without, 412 when it is stale.

    One `UPDATE … WHERE pk, version` decides between two editors; call it inside the write's transaction.
    """
    version = match(request, obj)
    rows = type(obj)._base_manager.filter(pk=obj.pk)
    if not rows.filter(version=version).update(version=F("version") + 1):
        obj.version = rows.values_list("version", flat=True).get()
        raise stale(obj)
    obj.version = version + 1


def count_up(obj):
    """Count `obj.version` up by one whatever it was, for a row added beneath it."""
    rows = type(obj)._base_manager.filter(pk=obj.pk)
    rows.update(version=F("version") + 1)
    obj.version = rows.values_list("version", flat=True).get()
