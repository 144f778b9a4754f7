"""Anybody's report of a mistake on a public page, and the answer to it, found by a number that only they know."""

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from portal.errors import Refused
from portal.forms import PortalForm
from providers.deciding import complaining
from providers.models import Correction, Provider


class MistakeForm(PortalForm):
    text = forms.CharField(
        label=_("What is wrong, and what would be right"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Where it stands, and how you know. Please write nothing about private persons."),
    )
    email = forms.EmailField(
        label=_("E-mail for the answer"),
        required=False,
        help_text=_("Only the registrar sees it. Without it, you find the answer by the number you get."),
    )


def report(request, pk):
    """The form for a mistake in what the account says of a company."""
    provider = get_object_or_404(Provider.objects.listed(), pk=pk)
    form = MistakeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            correction = complaining.report_mistake(provider, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, ValidationError(refusal.message, code=refusal.code))
        else:
            return redirect("providers:correction-answer", correction.code)
    context = {"form": form, "provider": provider}
    return render(request, "providers/directory/report.html", context, status=400 if form.errors else 200)


def answer(request, code):
    """What became of a report; the address is the key."""
    correction = get_object_or_404(Correction.objects.select_related("provider"), code=code.upper())
    response = render(request, "providers/directory/answer.html", {"correction": correction})
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("<int:pk>/report/", report, name="report-mistake"),
    path("reports/<str:code>/", answer, name="correction-answer"),
]
