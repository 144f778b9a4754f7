"""The doors' kit: lists, details and steps as classes whose attributes say everything, and the error pages."""

import sys
from functools import cached_property

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.generic import View

from portal import access
from portal.api import pagination, problems
from portal.audit import record_taken
from portal.errors import Refused, UnknownStep
from portal.middleware import is_api, page_before
from portal.models.audit import Event

TIMELINE = 50
COUNTED = 1000


class Door(View):
    """A view that knows whether it is for everybody (`public`) or only after signing in."""

    public = False
    area = ""

    def dispatch(self, request, *args, **kwargs):
        if not self.public and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().dispatch(request, *args, **kwargs)

    def visible(self, queryset):
        """The rows of `queryset` that this person may see."""
        return queryset.visible_to(self.request.user) if hasattr(queryset, "visible_to") else queryset

    def get_context_data(self, **context):
        return {"view": self, **context}


class VisibleList(Door):
    """A list of what the person may see: filtered, sorted, in pages, and as a file with the same rows.

    `orderings` maps a public name to the field paths behind it (`?ordering=-name`); without a choice the
    queryset's own order holds. `columns` are `portal.exports.Column`s. `partial_name` is the part that htmx swaps.
    """

    queryset = None
    filterset_class = None
    template_name = ""
    partial_name = ""
    columns = ()
    orderings = {}  # noqa: RUF012
    page_size = 50
    filename = "list"
    title = ""

    def get_queryset(self):
        return self.visible(self.queryset.all())

    @cached_property
    def filterset(self):
        if self.filterset_class is None:
            return None
        return self.filterset_class(self.request.GET, queryset=self.get_queryset(), request=self.request)

    @cached_property
    def ordering(self):
        """The public name of the order asked for, with its sign, or "" for the list's own."""
        asked = self.request.GET.get("ordering", "")
        return asked if asked.removeprefix("-") in self.orderings else ""

    @cached_property
    def rows(self):
        """Every row that fits, in order: what the file holds and the pages show a part of."""
        if self.filterset is None:
            found = self.get_queryset()
        else:
            found = self.filterset.qs if self.filterset.is_valid() else self.get_queryset().none()
        if not self.ordering:
            return found
        paths = self.orderings[self.ordering.removeprefix("-")]
        paths = [paths] if isinstance(paths, str) else paths
        return found.order_by(*[turned(path) if self.ordering.startswith("-") else path for path in paths])

    def get(self, request, *args, **kwargs):
        wanted = request.GET.get("format")
        if wanted and self.columns:
            return self.as_file(wanted)
        try:
            page = pagination.page(
                self.rows,
                ordering=order_of(self.rows),
                cursor=request.GET.get("cursor"),
                limit=self.page_size,
            )
        except pagination.BadCursor:
            return redirect(request.path)
        partial = self.partial_name and request.htmx and not request.htmx.history_restore_request
        response = render(
            request,
            self.partial_name if partial else self.template_name,
            self.get_context_data(page=page, rows=page.rows),
        )
        patch_vary_headers(response, ["HX-Request"])
        return response

    def as_file(self, wanted):
        """The whole filtered list as csv or xlsx; any other word is not a page of this portal."""
        from portal import exports

        if wanted in {"csv", "xlsx"} and self.request.user.is_authenticated:
            record_taken(self.request, self.rows)
        match wanted:
            case "csv":
                return exports.csv_response(self.columns, self.rows, f"{self.filename}.csv")
            case "xlsx":
                return exports.xlsx_response(self.columns, self.rows, f"{self.filename}.xlsx", self.notes())
        raise Http404

    def notes(self):
        """What the file's sheet of explanations says: source, filter, and who asked."""
        chosen = "; ".join(f"{chip['label']}: {chip['value']}" for chip in self.chips) or _("none")
        return [
            (_("List"), str(self.title or self.filename)),
            (_("Filter"), chosen),
            (_("Made by"), str(self.request.user) if self.request.user.is_authenticated else _("the public")),
        ]

    @cached_property
    def chips(self):
        """The filters that are on, each with its label, what is chosen, and the query without it."""
        if self.filterset is None or not self.filterset.is_bound:
            return []
        form, found = self.filterset.form, []
        for name in form.fields if form.is_valid() else ():
            value = form.cleaned_data.get(name)
            if value is False or value in (None, "", [], ()) or (hasattr(value, "exists") and not value):
                continue
            query = self.request.GET.copy()
            for key in [name, "cursor", "format", *[k for k in query if k.startswith(f"{name}_")]]:
                query.pop(key, None)
            found.append(
                {"label": form[name].label, "value": spoken(form.fields[name], value), "query": query.urlencode()}
            )
        return found

    def get_context_data(self, **context):
        count = self.rows.order_by()[: COUNTED + 1].count()
        return super().get_context_data(
            filterset=self.filterset,
            form=None,
            chips=self.chips,
            ordering=self.ordering,
            count=min(count, COUNTED),
            is_capped=count > COUNTED,
            **context,
        )


def require(user, *permissions):
    """Raise PermissionDenied unless `user` holds one of `permissions` somewhere."""
    if not any(access.holding(user, permission) for permission in permissions):
        raise PermissionDenied(_("This page is for those who do this work only."))


class WorkList(VisibleList):
    """A list of cases for people who hold one of `permissions`, with tabs that carry their counts.

    `tabs` maps a code to its label and its condition (a `Q`); the first is shown without a choice.
    """

    permissions = ()
    tabs = {}  # noqa: RUF012

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if request.user.is_authenticated:
            require(request.user, *self.permissions)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def tab(self):
        wanted = self.request.GET.get("show", "")
        return wanted if wanted in self.tabs else next(iter(self.tabs), "")

    def all_cases(self):
        """Every case of the list, whatever its tab."""
        raise NotImplementedError

    def get_queryset(self):
        cases = self.all_cases()
        return cases.filter(self.tabs[self.tab][1]) if self.tab else cases

    def counted_tabs(self):
        """The tabs for the page, counted in one query."""
        if len(self.tabs) < 2:
            return []
        counts = (
            self.all_cases()
            .order_by()
            .aggregate(
                **{
                    f"n_{code}": Count("pk", filter=condition, distinct=True)
                    for code, (_label, condition) in self.tabs.items()
                }
            )
        )
        return [
            {"code": code, "label": label, "count": counts[f"n_{code}"], "is_on": code == self.tab}
            for code, (label, _condition) in self.tabs.items()
        ]

    def get_context_data(self, **context):
        return super().get_context_data(tabs=self.counted_tabs(), **context)


def order_of(queryset):
    """The names that `queryset` is ordered by."""
    return list(queryset.query.order_by or queryset.model._meta.ordering)


def turned(path):
    return path.removeprefix("-") if path.startswith("-") else f"-{path}"


def spoken(field, value):
    """A chosen filter value as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return ", ".join(spoken(field, one) for one in value)
    if hasattr(value, "_meta"):
        return str(value)
    labels = {}
    for key, label in getattr(field, "choices", ()):
        labels.update({str(k): v for k, v in label} if isinstance(label, list | tuple) else {str(key): label})
    return str(labels.get(str(value), value))


class VisibleDetail(Door):
    """The page of one thing, for those who may see it; for others it is not there.

    With a `lifecycle` the page gets `offers`, and `events` for its timeline.
    """

    model = None
    queryset = None
    lifecycle = None
    template_name = ""

    def get_queryset(self):
        return self.visible(self.model._default_manager.all() if self.queryset is None else self.queryset.all())

    @cached_property
    def object(self):
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    def get(self, request, *args, **kwargs):
        return render(request, self.template_name, self.get_context_data())

    def get_context_data(self, **context):
        more = {"object": self.object, self.object._meta.model_name: self.object}
        if self.lifecycle is not None:
            more["lifecycle"] = self.lifecycle
            events = Event.objects.happened_to(self.object).select_related("actor")
            more["events"] = list(events.order_by("-id")[:TIMELINE])
            if self.request.user.is_authenticated:
                more["offers"] = self.lifecycle.offers(self.object, by=self.request.user)
        return super().get_context_data(**{**more, **context})


class TakeStep(VisibleDetail):
    """The page of one step of a lifecycle: what it does and asks, and the taking of it.

    `fresh_login` names the steps for which the person signs in once more first. The version that the person saw
    travels with the form, so that the same form sent twice takes the step once.
    """

    template_name = "portal/take_step.html"
    fresh_login = frozenset()

    @property
    def name(self):
        return self.kwargs["step"]

    @cached_property
    def row(self):
        try:
            row, _capacity = self.lifecycle.row_for(self.object, self.name, by=self.request.user)
        except UnknownStep as error:
            raise Http404 from error
        return row

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if kwargs["step"] in self.fresh_login and request.user.is_authenticated:
            return reauthentication_required()(super().dispatch)(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def form(self, data=None, files=None):
        """The step's form, or None when it asks for nothing."""
        return self.row.form(data, files, case=self.object, by=self.request.user) if self.row.form else None

    def get(self, request, *args, **kwargs):
        return self.page(self.form(), version=self.object.version)

    def page(self, form, *, version, status=200):
        refusal = None
        try:
            self.lifecycle.check(self.object, self.row, by=self.request.user)
        except Refused as stands_in_the_way:
            refusal = stands_in_the_way
        context = self.get_context_data(form=form, step=self.row, refusal=refusal, version=version)
        return render(self.request, self.template_name, context, status=status)

    def post(self, request, *args, **kwargs):
        version = whole(request.POST.get("version"))
        form = self.form(request.POST, request.FILES)
        _permitted = self.row
        if form is not None and not form.is_valid():
            return self.page(form, version=self.object.version if version is None else version, status=400)
        details = form.cleaned_data if form is not None else {}
        try:
            taken = self.lifecycle.take(self.object, self.name, by=request.user, version=version, **details)
        except Refused as refusal:
            if not self.is_echo(version):
                if form is not None and self.is_open(version):
                    form.add_error(None, refusal.message)
                    return self.page(form, version=version, status=409)
                messages.warning(request, refusal.message)
                return redirect(self.object.get_absolute_url())
            taken = self.object
        except ValidationError as error:
            if form is None:
                messages.error(request, " ".join(error.messages))
                return redirect(self.object.get_absolute_url())
            form.add_error(None, error.messages)
            return self.page(form, version=version, status=400)
        messages.success(request, self.done_message(taken))
        return redirect(self.success_url(taken))

    def is_open(self, version):
        """Whether the step may still be taken from that version: what was refused is then the answer alone."""
        try:
            self.lifecycle.check(self.object, self.row, by=self.request.user)
        except Refused:
            return False
        return version in {None, self.object.version}

    def is_echo(self, version):
        """Whether this very person has taken this very step from that version: a form that was sent twice."""
        fresh = type(self.object)._default_manager.filter(pk=self.object.pk).first()
        last = Event.objects.filter(object_type=self.object._meta.label_lower, object_id=self.object.pk).last()
        return bool(
            version is not None
            and fresh
            and fresh.version == version + 1
            and last
            and last.actor_id == self.request.user.pk
            and last.verb == f"{self.lifecycle.name}.{self.name}"
        )

    def done_message(self, taken):
        return _("Done: %(step)s. Now “%(state)s”.") % {
            "step": self.row.label,
            "state": self.lifecycle.states(taken.state).label,
        }

    def success_url(self, taken):
        return taken.get_absolute_url()


def whole(text):
    """The whole number in `text`, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


# Errors


def bad_request(request, exception=None):
    return error_page(request, "400.html", 400)


def forbidden(request, exception=None):
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return error_page(request, "403.html", 403, reason=reason)


def not_found(request, exception=None):
    return error_page(request, "404.html", 404)


def csrf_failure(request, reason=""):
    return error_page(request, "403_csrf.html", 403, back=page_before(request))


def refused(request, refusal):
    """The page for a rule that says no, where there is no case to go back to."""
    return error_page(request, "portal/refused.html", 409, reason=refusal.message)


def too_many(request):
    return error_page(request, "429.html", 429)


def server_error(request):
    """Our mistake, or a database that did not answer: a page that needs no database and no session to be drawn."""
    if is_api(request):
        return problems.server_error(request)
    is_busy = isinstance(sys.exc_info()[1], OperationalError)
    page = render_to_string("500.html", {"code": code_of(request), "is_busy": is_busy})
    return HttpResponse(page, status=503, headers={"Retry-After": "5"}) if is_busy else HttpResponse(page, status=500)


def error_page(request, template, status, **context):
    if is_api(request):
        return problems.page_error(request, status)
    return render(request, template, {"code": code_of(request), **context}, status=status)


def code_of(request):
    """The beginning of the request's name in the log, short enough to be read over the telephone."""
    return getattr(request, "id", "")[:8]
