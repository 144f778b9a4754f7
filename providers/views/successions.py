"""One company in another's place: recorded by the registrar, shown to everybody with both companies."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.fields import ThaiDateField
from portal.forms import PortalForm, ThaiDateInput
from portal.views import require
from providers.deciding import companies
from providers.identity import juristic_number
from providers.models import Provider, Succession
from providers.states import SuccessionKind

SHOWN = 100


class SuccessionForm(PortalForm):
    predecessor = forms.CharField(label=L("Juristic number of the former company"), max_length=40)
    successor = forms.CharField(label=L("Juristic number of the company in its place"), max_length=40)
    kind = forms.ChoiceField(label=L("Kind of succession"), choices=SuccessionKind.choices, widget=forms.RadioSelect)
    on = ThaiDateField(label=L("From"), widget=ThaiDateInput)
    upload = forms.FileField(label=L("Document"), required=False)

    def clean_predecessor(self):
        return self.company("predecessor")

    def clean_successor(self):
        return self.company("successor")

    def company(self, name):
        number = juristic_number(self.cleaned_data[name])
        found = Provider.objects.filter(juristic_number=number).first()
        if found is None:
            raise ValidationError(_("The registry knows no company of this number. It must have been claimed first."))
        return found

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day > clock.today():
            raise ValidationError(_("Record it once it has happened: today or a day before."))
        return day


@login_required
def successions(request):
    """What was recorded, latest first; the registrar adds to it."""
    require(request.user, "providers.change_company")
    form = SuccessionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = companies.succeed(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            told = {"old": made.predecessor, "new": made.successor}
            messages.success(request, _("Recorded: %(new)s stands in the place of %(old)s.") % told)
            return redirect("providers:successions")
    rows = Succession.objects.select_related("predecessor", "successor", "document").order_by("-pk")[:SHOWN]
    status = 400 if request.method == "POST" else 200
    return render(request, "providers/desk/successions.html", {"form": form, "rows": rows}, status=status)


urlpatterns = [path("desk/successions/", successions, name="successions")]
