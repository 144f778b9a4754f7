"""The pages on which DLA compares a national list with the register and accepts what differs."""

import io

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import files, jobs
from portal.errors import Refused
from portal.forms import PortalForm, UploadInput
from portal.models import NationalList
from portal.people.account_views import add_errors
from portal.register import relisting
from portal.register.changes_views import WhenForm, for_dla

SHOWN = 200
MANY = 100


class ListForm(PortalForm):
    """The national list."""

    marks_optional = False

    file = forms.FileField(label=gettext_lazy("List of local governments"), widget=UploadInput(kinds=("csv",)))


@for_dla
def lists(request):
    """Choose a list; the lists that were compared before."""
    form = ListForm(request.POST or None, request.FILES or None)
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(relisting.upload(form.cleaned_data["file"], by=request.user))
        except ValidationError as error:
            problems = error.messages
            form.add_error("file", _("Nothing of this file was kept. Mend it and choose it again."))
    context = {
        "form": form,
        "problems": problems[:SHOWN],
        "more": max(0, len(problems) - SHOWN),
        "columns": relisting.HEAD,
        "earlier": NationalList.objects.select_related("file", "uploaded_by").order_by("-pk")[:20],
    }
    return render(request, "portal/register/lists.html", context, status=400 if form.errors else 200)


@for_dla
def differences(request, pk):
    """What differs between a list and the register of today; a POST accepts the rows that are ticked, or a group."""
    national = get_object_or_404(NationalList.objects.select_related("file", "uploaded_by"), pk=pk)
    form = WhenForm(request.POST or None)
    comparison = relisting.compare(national)
    chosen = request.POST.getlist("row")
    if whole := request.POST.get("all"):
        chosen = [one.key for one in comparison.groups.get(whole, ()) if one.is_offered]
    if request.method == "POST" and form.is_valid() and len(chosen) > MANY:
        facts = {"on": form.cleaned_data["on"].isoformat(), "gazette_ref": form.cleaned_data["gazette_ref"]}
        return redirect(jobs.start("accept_list", request.user, national=national.pk, keys=chosen, **facts))
    if request.method == "POST" and form.is_valid():
        try:
            taken, waiting = relisting.accept(national, chosen, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, relisting.told(taken, waiting))
            return redirect(national)
    context = {
        "national": national,
        "comparison": comparison,
        "groups": [
            (code, label, comparison.groups[code][:SHOWN], len(comparison.groups[code]))
            for code, label in relisting.GROUPS.items()
            if comparison.groups[code]
        ],
        "form": form,
        "chosen": chosen,
    }
    return render(request, "portal/register/differences.html", context, status=400 if form.errors else 200)


@for_dla
def present(request):
    """The register as it stands, in the form in which a list comes back."""
    out = io.StringIO()
    relisting.present_list(out)
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="local_governments.csv"'
    response["Cache-Control"] = "no-store"
    return response


@for_dla
def file(request, pk):
    """A list, as it came in."""
    return files.serve(get_object_or_404(NationalList.objects.select_related("file"), pk=pk).file)


urlpatterns = [
    path("local-governments/lists/", lists, name="national-lists"),
    path("local-governments/lists/present.csv", present, name="present-list"),
    path("local-governments/lists/<int:pk>/", differences, name="national-list"),
    path("local-governments/lists/<int:pk>/file/", file, name="national-list-file"),
]
