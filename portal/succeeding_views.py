"""The page on which DLA records that a local government was upgraded, or merged into another."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import access, clock, succeeding
from portal.account_views import add_errors
from portal.errors import Refused
from portal.fields import ThaiDateField
from portal.forms import PortalForm
from portal.models import LocalGovernment
from portal.states import LocalGovernmentKind

WITH_AREA = ("province", "district", "subdistrict")


class ChangeForm(PortalForm):
    """What every change asks."""

    on = ThaiDateField(label=gettext_lazy("Since"), required=False, help_text=gettext_lazy("Empty: today."))
    gazette_ref = forms.CharField(label=gettext_lazy("Royal Gazette reference"), max_length=160)


class UpgradeForm(ChangeForm):
    """The local government that comes after."""

    name_th = forms.CharField(label=gettext_lazy("New name in Thai"), max_length=160)
    name_en = forms.CharField(label=gettext_lazy("New name in English"), required=False, max_length=160)
    kind = forms.ChoiceField(
        label=gettext_lazy("New kind"), choices=[("", gettext_lazy("Choose")), *LocalGovernmentKind.choices]
    )
    code = forms.RegexField(
        label=gettext_lazy("New DLA code"),
        regex=r"^[0-9]{8}$",
        error_messages={"invalid": gettext_lazy("A DLA code has eight digits.")},
    )
    field_order = ["name_th", "name_en", "kind", "code", "on", "gazette_ref"]


class MergeForm(ChangeForm):
    """The local government that took it in."""

    into = forms.ModelChoiceField(
        label=gettext_lazy("Merged into"), queryset=LocalGovernment.objects.none(), empty_label=gettext_lazy("Choose")
    )
    field_order = ["into", "on", "gazette_ref"]

    def __init__(self, *args, place, **kwargs):
        super().__init__(*args, **kwargs)
        neighbours = LocalGovernment.objects.active(clock.today()).filter(province=place.province).exclude(pk=place.pk)
        self.fields["into"].queryset = neighbours.select_related("district").in_thai_order()


@login_required
def change(request, pk):
    """Record an upgrade or a merger."""
    place = get_object_or_404(LocalGovernment.objects.select_related(*WITH_AREA), pk=pk)
    if not access.holding(request.user, "portal.change_place"):
        raise PermissionDenied(_("Only DLA changes the list of local governments."))
    is_merger = "merge" in request.GET
    given = request.POST or None
    form = MergeForm(given, place=place) if is_merger else UpgradeForm(given)
    if request.method == "POST" and form.is_valid():
        act = succeeding.merge if is_merger else succeeding.upgrade
        try:
            new = act(place, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("On record. People and open cases have followed."))
            return redirect(new)
    context = {"form": form, "place": place, "is_merger": is_merger}
    return render(request, "portal/places/change.html", context, status=400 if form.errors else 200)


urlpatterns = [path("local-governments/<int:pk>/change/", change, name="local-government-change")]
