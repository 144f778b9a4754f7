"""What citizens do here without an account: find a pilot, say what they think, read the answer."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.errors import Refused
from sandboxes import citizens
from sandboxes.forms import FeedbackForm, TrackForm
from sandboxes.models import Pilot

AN_HOUR, MOST_AN_HOUR = 3600, 20


def feedback(request, pk):
    """Say what you think of a pilot; afterwards the tracking number."""
    pilot = get_object_or_404(Pilot.objects.published().select_related("local_government__province"), pk=pk)
    form = FeedbackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        if given.pop("website"):
            return HttpResponse(status=204)
        try:
            refuse_floods(request)
            made = citizens.give_feedback(pilot, **given)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            request.session["tracking_no"] = made.tracking_no
            return redirect("sandboxes:thanks", pilot.pk)
    context = {"pilot": pilot, "form": form, "state": pilot.state_now}
    return render(request, "sandboxes/feedback.html", context, status=400 if form.errors else 200)


def refuse_floods(request):
    """At most some letters an hour from one address; a cache that is away stops nobody."""
    who = request.META.get("REMOTE_ADDR", "")
    key = f"sandbox-feedback:{who}:{clock.now():%Y%m%d%H}"
    try:
        count = 1 if cache.add(key, 1, timeout=AN_HOUR) else cache.incr(key)
    except Exception:
        return
    if count > MOST_AN_HOUR:
        raise Refused(_("Too many letters came from your address. Try again in an hour."), code="too_many")


def thanks(request, pk):
    """The tracking number of what was just said, for the one who said it."""
    number = request.session.get("tracking_no")
    made = citizens.find_feedback(number) if number else None
    if made is None or made.pilot_id != pk:
        return redirect("sandboxes:feedback", pk)
    address = settings.SITE_URL + reverse("sandboxes:track")
    return render(request, "sandboxes/thanks.html", {"feedback": made, "pilot": made.pilot, "address": address})


def track(request):
    """Read the answer by the tracking number; a wrong one says no more than that there is none."""
    form = TrackForm(request.POST if request.method == "POST" else None)
    found = None
    if request.method == "POST" and form.is_valid():
        found = citizens.find_feedback(form.cleaned_data["number"])
        if found is None:
            form.add_error("number", _("There is no letter with this number. Check each letter."))
    context = {"form": form, "feedback": found}
    return render(request, "sandboxes/track.html", context, status=400 if form.errors else 200)


urlpatterns = [
    path("track/", track, name="track"),
    path("<int:pk>/feedback/", feedback, name="feedback"),
    path("<int:pk>/feedback/thanks/", thanks, name="thanks"),
]
