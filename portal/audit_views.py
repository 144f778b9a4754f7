"""The auditor's page: what happened, the seals on it, and their verification."""

import django_filters
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from portal import jobs, sealing
from portal.audit import record
from portal.exports import Column
from portal.models import Event, Job, Seal
from portal.place_views import DayFilter
from portal.views import VisibleList, require

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

    def as_file(self, wanted):
        asked = self.request.get_full_path()
        record("list.exported", self.request.user, by=self.request.user, details={"list": asked})
        return super().as_file(wanted)

    def get_context_data(self, **context):
        last = Seal.objects.first()
        return super().get_context_data(last=last, unsealed=sealing.unsealed(), **context)


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
    path("audit/seals/", seals, name="seals"),
    path("audit/seals/verify/", verify, name="seals-verify"),
    path("audit/seals/<int:number>.json", seal_file, name="seal-file"),
]
