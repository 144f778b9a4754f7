"""A reviewer's profile for a round: confirmed by the reviewer, waited for by the secretary."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from budgets.forms.profile import ROWS, EmployerRows, ProfileForm
from budgets.judging import profiles, reviewing
from budgets.models import Round
from portal.errors import Refused
from portal.views import require


@login_required
def profile(request, pk):
    """Confirm the own profile for the round, begun with what was confirmed last."""
    require(request.user, "budgets.review_proposal")
    round = get_object_or_404(Round.objects.visible_to(request.user), pk=pk)
    last = profiles.newest_of(request.user, round)
    home, rows = begun_with(last)
    data = request.POST or None
    form = ProfileForm(data, initial={"home_province": home})
    employers = EmployerRows(data, initial=rows + [{}] * (ROWS - len(rows)), prefix="employer")
    if request.method == "POST" and all([form.is_valid(), employers.is_valid()]):
        told = [row for row in employers.cleaned_data if row.get("name")]
        try:
            home = form.cleaned_data["home_province"]
            profiles.confirm(round, by=request.user, home_province=home, employers=told)
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, _("Confirmed. Cases of this round can be assigned to you."))
        return redirect("budgets:my-reviews")
    context = {
        "round": round,
        "form": form,
        "employers": employers,
        "shown": len(rows) + 1,
        "confirmed_at": last.confirmed_at if last and last.round_id == round.pk else None,
        "last": last,
    }
    return render(request, "budgets/deciding/profile.html", context, status=400 if data else 200)


def begun_with(last):
    """The home province and the rows of employers with which the form begins."""
    if last is None:
        return None, []
    rows = [{"name": name_of(one), "juristic_number": one.juristic_number} for one in last.employers.all()]
    return last.home_province_id, rows[:ROWS]


def name_of(employer):
    """An employer's name such that the form finds the same local government again."""
    place = employer.local_government
    return f"{place.display_name} {place.province.name_th}" if place else employer.name


@login_required
@require_POST
def remind(request, pk):
    """Remind the reviewers who have not confirmed their profile for the round."""
    require(request.user, "budgets.assign_reviewers")
    round = get_object_or_404(Round.objects.visible_to(request.user), pk=pk)
    missing = next((people for one, people in profiles.unconfirmed(reviewing.reviewers()) if one == round), [])
    count = profiles.remind(round, missing, by=request.user)
    text = ngettext("%(count)s reviewer was reminded.", "%(count)s reviewers were reminded.", count)
    messages.success(request, text % {"count": count})
    return redirect("budgets:assignment-board")


urlpatterns = [
    path("rounds/<int:pk>/profile/", profile, name="reviewer-profile"),
    path("rounds/<int:pk>/profile/remind/", remind, name="reviewer-profile-remind"),
]
