"""The auditor's page: what happened, the seals on it, and their verification."""

from dataclasses import dataclass
from functools import cached_property

import django_filters
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, path, resolve
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from portal import jobs, registry, sealing
from portal.audit import record
from portal.exports import Column
from portal.models import Event, Job, Seal
from portal.register.place_views import DayFilter
from portal.templatetags.portal import event_words, role_label
from portal.views import VisibleList, WorkList, require

VIEW = "portal.view_event"
SHOWN = 30


class EventFilter(django_filters.FilterSet):
    """How the list of events narrows."""

    q = django_filters.CharFilter(label=_("What happened, for example proposal.submit"), field_name="verb",
                                  lookup_expr="startswith", max_length=80)  # fmt: skip
    actor = django_filters.CharFilter(label=_("Person (user name)"), field_name="actor__username", max_length=150)
    case = django_filters.CharFilter(label=_("Case, for example budgets.proposal 12"), method="of_case", max_length=90)
    since = DayFilter(label=_("Since"), field_name="at", lookup_expr="date__gte")
    until = DayFilter(label=_("Until"), field_name="at", lookup_expr="date__lte")
    request_id = django_filters.CharFilter(label=_("Code of the request"), lookup_expr="startswith", max_length=40)

    class Meta:
        model = Event
        fields = []

    def of_case(self, queryset, name, value):
        kind, _space, key = value.strip().partition(" ")
        if not key:
            return queryset.filter(case_type=kind.lower())
        return (
            queryset.filter(case_type=kind.lower(), case_id=key) if key.isdigit() and len(key) < 19 else queryset.none()
        )


class EventList(VisibleList):
    """Everything that happened, newest first, with the latest seal above it."""

    queryset = Event.objects.select_related("actor").order_by("-pk")
    filterset_class = EventFilter
    template_name = "portal/audit/events.html"
    partial_name = "portal/audit/_event_rows.html"
    title = _("Audit log")
    filename = "events"
    columns = (
        Column(_("Number"), "pk", "number"),
        Column(_("Moment"), "at", "moment"),
        Column(_("Person"), "actor.username"),
        Column(_("Role"), "role"),
        Column(_("Acting under"), "acting_for"),
        Column(_("Event"), "verb"),
        Column(_("Case"), lambda event: f"{event.case_type} {event.case_id}"),
        Column(_("State before"), "before"),
        Column(_("State after"), "after"),
    )

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            require(request.user, VIEW)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **context):
        last = Seal.objects.first()
        return super().get_context_data(last=last, unsealed=sealing.unsealed(), **context)


class TakenFilter(django_filters.FilterSet):
    """How the list of what left the portal narrows."""

    actor = django_filters.CharFilter(label=_("Person (user name)"), field_name="actor__username", max_length=150)
    since = DayFilter(label=_("Since"), field_name="at", lookup_expr="date__gte")
    until = DayFilter(label=_("Until"), field_name="at", lookup_expr="date__lte")

    class Meta:
        model = Event
        fields = []


@dataclass(frozen=True)
class Taken:
    """A list that was taken as a file, or something personal that was read, as auditors see it."""

    event: Event

    @cached_property
    def address(self):
        """Where the list is, with its filter; empty where no list was taken."""
        path, _mark, query = self.event.details.get("list", "").partition("?")
        kept = QueryDict(query, mutable=True)
        for name in ("format", "cursor"):
            kept.pop(name, None)
        return f"{path}?{kept.urlencode()}" if kept else path

    @cached_property
    def _view(self):
        try:
            found = resolve(self.event.details.get("list", "").partition("?")[0]).func
        except Resolver404:
            return None
        return getattr(found, "view_class", None)

    @property
    def what(self):
        """The list in words, or its address where a program took it; else what was read."""
        if self.address:
            return str(getattr(self._view, "title", "") or self.address.partition("?")[0])
        what = registry.READINGS.get(self.event.verb)
        return (what and what(self.event)) or event_words(self.event)

    @property
    def chosen(self):
        """The filter in words."""
        filters = getattr(getattr(self._view, "filterset_class", None), "base_filters", {})
        found = []
        for name, value in QueryDict(self.address.partition("?")[2]).items():
            one = filters.get(name)
            choices = one.extra.get("choices", ()) if one else ()
            words = dict(choices).get(value, value) if isinstance(choices, list | tuple) else value
            if value:
                found.append(f"{one.label if one and one.label else name}: {words}")
        return " · ".join(found)

    @property
    def rows(self):
        """How many rows went, or None where that was not counted."""
        return self.event.details.get("rows")


class TakenList(WorkList):
    """Which lists left the portal as files, and who read what is personal: newest first."""

    permissions = (VIEW,)
    filterset_class = TakenFilter
    template_name = "portal/audit/taken.html"
    partial_name = "portal/audit/_taken_rows.html"
    title = _("Lists taken and personal data read")
    filename = "taken"
    columns = (
        Column(_("Moment"), "at", "moment"),
        Column(_("Person"), "actor.username"),
        Column(_("Role"), lambda event: role_label(event.role)),
        Column(_("List, or what was read"), lambda event: Taken(event).what),
        Column(_("Filter"), lambda event: Taken(event).chosen),
        Column(_("Rows"), lambda event: Taken(event).rows, "number"),
        Column(_("Case"), lambda event: f"{event.object_type} {event.object_id}"),
        Column(_("Code of the request"), "request_id"),
    )

    @property
    def tabs(self):
        return {
            "lists": (_("Lists taken"), Q(verb="list.exported")),
            "personal": (_("Personal data read"), Q(verb__in=registry.READINGS)),
        }

    def all_cases(self):
        verbs = ["list.exported", *registry.READINGS]
        return Event.objects.filter(verb__in=verbs).select_related("actor").order_by("-pk")

    def get_context_data(self, rows=(), **context):
        return super().get_context_data(rows=[Taken(event) for event in rows], **context)


@login_required
def seals(request):
    """The seals, and how to prove them."""
    require(request.user, VIEW)
    context = {
        "rows": Seal.objects.all()[:SHOWN],
        "keys": sealing.public_keys(),
        "unsealed": sealing.unsealed(),
        "checks": Job.objects.filter(kind="verify_audit", asked_by=request.user).order_by("-pk")[:5],
    }
    return render(request, "portal/audit/seals.html", context)


@login_required
@require_POST
def verify(request):
    """Ask for the verification of everything."""
    require(request.user, VIEW)
    return redirect(jobs.start("verify_audit", request.user))


@login_required
def seal_file(request, number):
    """A checkpoint, as it is kept outside the database."""
    require(request.user, VIEW)
    seal = get_object_or_404(Seal, number=number)
    record("seal.read", seal, by=request.user)
    response = HttpResponse(sealing.file_of(seal), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{sealing.path_of(number).name}"'
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("audit/", EventList.as_view(), name="audit"),
    path("audit/taken/", TakenList.as_view(), name="audit-taken"),
    path("audit/seals/", seals, name="seals"),
    path("audit/seals/verify/", verify, name="seals-verify"),
    path("audit/seals/<int:number>.json", seal_file, name="seal-file"),
]
