"""The pages of a waiver and of an incident, and their steps."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.urls import path

from portal.models import Event
from portal.views import TakeStep
from sandboxes import (
    reporting,
)
from sandboxes.lifecycle import INCIDENT, WAIVER
from sandboxes.models import Incident, Pilot, Waiver
from sandboxes.views.acts import may, whole_pilot


class RowStep(TakeStep):
    """A step of a row beneath a pilot."""

    def get_queryset(self):
        pilots = Pilot.objects.seen_whole_by(self.request.user)
        return self.model.objects.filter(pilot__in=pilots, pilot=self.kwargs["pilot"]).select_related("pilot")


class WaiverStep(RowStep):
    model, lifecycle = Waiver, WAIVER


class IncidentStep(RowStep):
    model, lifecycle = Incident, INCIDENT


@login_required
def waiver(request, pilot, pk):
    """A waiver: the rule, the owner's instrument, its time, and its steps."""
    found = whole_pilot(request, pilot)
    one = get_object_or_404(found.waivers.select_related("issue__authority", "file", "requested_by"), pk=pk)
    events = Event.objects.filter(object_type="sandboxes.waiver", object_id=one.pk).select_related("actor")
    context = {
        "pilot": found,
        "waiver": one,
        "offers": WAIVER.offers(one, by=request.user),
        "lifecycle": WAIVER,
        "events": list(events.order_by("-id")),
    }
    return render(request, "sandboxes/waiver.html", context)


@login_required
def incident(request, pilot, pk):
    """An incident: its answers, clocks, reports, and whom it was told to."""
    found = whole_pilot(request, pilot)
    one = get_object_or_404(found.incidents.select_related("reported_by"), pk=pk)
    events = Event.objects.filter(object_type="sandboxes.incident", object_id=one.pk).select_related("actor")
    context = {
        "pilot": found,
        "incident": one,
        "clocks": reporting.clocks_of(one),
        "reports": one.reports.select_related("written_by"),
        "tellings": one.tellings.select_related("recorded_by"),
        "receivers": reporting.receivers_of(one),
        "offers": INCIDENT.offers(one, by=request.user),
        "may": may(request.user, found, "incident-report", "tell"),
        "lifecycle": INCIDENT,
        "events": list(events.order_by("-id")),
    }
    return render(request, "sandboxes/incident.html", context)


urlpatterns = [
    path("<int:pilot>/waivers/<int:pk>/", waiver, name="waiver"),
    path("<int:pilot>/waivers/<int:pk>/steps/<slug:step>/", WaiverStep.as_view(), name="waiver-step"),
    path("<int:pilot>/incidents/<int:pk>/", incident, name="incident"),
    path("<int:pilot>/incidents/<int:pk>/steps/<slug:step>/", IncidentStep.as_view(), name="incident-step"),
]
