"""One's own data: everything that is kept, who looked at it, taking it along, erasing the learning record."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from portal import clock, pdf
from portal.errors import Refused
from training import applying, privacy
from training.models import Learner


@login_required
def own_data(request):
    """Everything that training keeps about the person, in words."""
    context = {
        "parts": privacy.readable(request.user),
        "readings": privacy.readings_about(request.user),
        "applications": request.user.applications.select_related("generation").order_by("-pk"),
        "has_record": Learner.objects.filter(user=request.user).exists(),
        "years": applying.KEPT_SUCCESSFUL_YEARS,
    }
    return render(request, "training/own_data.html", context)


@login_required
def as_json(request):
    """The same for programs."""
    response = JsonResponse(
        privacy.everything_about(request.user), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
def as_pdf(request):
    """The same to read and to print."""
    context = {
        "parts": privacy.readable(request.user),
        "readings": privacy.readings_about(request.user),
        "person": request.user,
        "made_at": clock.now(),
    }
    try:
        return pdf.response("training/pdf/own_data.html", context, "my-data.pdf")
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("training:own-data")


@login_required
def erase_learning(request):
    """Erase the learning record, after a page that says what that means."""
    if request.method == "POST":
        try:
            privacy.erase_learning(by=request.user)
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, _("Your learning record is erased."))
        return redirect("training:own-data")
    learner = Learner.objects.filter(user=request.user).first()
    if learner is None:
        return redirect("training:own-data")
    valid = learner.credentials.filter(state="valid").order_by("-issued_on")
    return render(request, "training/erase_learning.html", {"learner": learner, "credentials": valid})


urlpatterns = [
    path("my-data/", own_data, name="own-data"),
    path("my-data/my-data.json", as_json, name="own-data-json"),
    path("my-data/my-data.pdf", as_pdf, name="own-data-pdf"),
    path("my-data/erase-learning/", erase_learning, name="erase-learning"),
]
