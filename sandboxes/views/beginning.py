"""How a pilot begins, how another office endorses it, and how a proposal begins from it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from portal import access, registry
from portal.errors import Refused
from sandboxes import (
    changing,
    exits,
)
from sandboxes.forms import EndorseForm, StartForm
from sandboxes.models import Endorsement
from sandboxes.states import PilotState
from sandboxes.views.acts import whole_pilot


def proposal_url(pilot, user):
    """Where a proposal is begun from a pilot that was scaled up; "" where nobody offers it or it is not theirs."""
    is_mine = user.has_perm("sandboxes.change_pilot", pilot)
    if pilot.state_now != PilotState.SCALED or not is_mine or not registry.has_hook("proposal_from_pilot"):
        return ""
    return reverse("sandboxes:propose", args=[pilot.pk])


@login_required
def start(request):
    """A new concept."""
    places = [held.local_government_id for held in access.holding(request.user, "sandboxes.add_pilot")]
    if not places:
        raise PermissionDenied(_("Officers of a local government start pilots."))
    form = StartForm(request.POST if request.method == "POST" else None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            made = changing.start(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("sandboxes:act", made.pk, "overview")
    return render(request, "sandboxes/start.html", {"form": form}, status=400 if form.errors else 200)


@login_required
def endorsement(request, pk):
    """What another local government is asked to endorse: the pilot in short, and the answer."""
    asked = get_object_or_404(
        Endorsement.objects.visible_to(request.user).select_related("pilot__local_government", "place"), pk=pk
    )
    form = EndorseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changing.answer_endorsement(asked, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Your answer is recorded."))
            return redirect("sandboxes:endorsement", asked.pk)
    context = {"endorsement": asked, "pilot": asked.pilot, "form": form if asked.answered_at is None else None}
    return render(request, "sandboxes/endorsement.html", context, status=400 if form.errors else 200)


@login_required
def propose(request, pk):
    """Begin a budget proposal with what a scaled pilot has measured; it promises nobody a contract."""
    found = whole_pilot(request, pk)
    if not proposal_url(found, request.user):
        raise Http404
    if request.method != "POST":
        return render(request, "sandboxes/propose.html", {"pilot": found, "facts": exits.proposal_of(found)})
    try:
        address = registry.ask("proposal_from_pilot", exits.proposal_of(found), found.local_government, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(found.get_absolute_url())
    return redirect(address)


urlpatterns = [
    path("start/", start, name="start"),
    path("endorsements/<int:pk>/", endorsement, name="endorsement"),
    path("<int:pk>/propose/", propose, name="propose"),
]
