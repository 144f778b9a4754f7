"""The local governments: a list to search, and one page for each, with what every part of the portal knows of it."""

import django_filters
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from portal import clock, registry
from portal.exports import Column
from portal.models import LocalGovernment, Province, Succession
from portal.states import LocalGovernmentKind
from portal.views import VisibleList


class PlaceFilter(django_filters.FilterSet):
    """Of the list of local governments."""

    q = django_filters.CharFilter(label=_("Name or code"), method="search", max_length=100)
    province = django_filters.ModelChoiceFilter(
        label=_("Province"), queryset=lambda request: Province.objects.in_thai_order(), to_field_name="code"
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=LocalGovernmentKind.choices, empty_label=_("All kinds"))

    class Meta:
        model = LocalGovernment
        fields = []

    def search(self, queryset, name, value):
        return queryset.search(value)


class PlaceList(VisibleList):
    """Every local government that exists today, in Thai order."""

    public = True
    title = _("Local governments")
    filename = "local-governments"
    template_name = "portal/places/list.html"
    partial_name = "portal/places/_rows.html"
    filterset_class = PlaceFilter
    columns = (
        Column(_("Code"), "code", "code"),
        Column(_("Name in Thai"), "name_th"),
        Column(_("Name in English"), "name_en"),
        Column(_("Kind"), lambda place: place.get_kind_display()),
        Column(_("District"), "district.name_th"),
        Column(_("Province"), "province.name_th"),
    )

    def get_queryset(self):
        places = LocalGovernment.objects.active(clock.today()).select_related("province", "district")
        return places.prefetch_related("codes").order_by("name_sort_key", "pk")


def place(request, pk):
    """The page of a local government: who it is, what came before it, and a panel of each part of the portal."""
    found = get_object_or_404(
        LocalGovernment.objects.select_related("province", "district", "subdistrict").prefetch_related("codes"), pk=pk
    )
    context = {
        "place": found,
        "is_active": found.is_active(clock.today()),
        "codes": sorted(found.codes.all(), key=lambda code: (code.scheme, code.code)),
        "came_from": Succession.objects.filter(to_local_government=found).select_related("from_local_government"),
        "went_to": Succession.objects.filter(from_local_government=found).select_related("to_local_government"),
        "panels": registry.panels(found, request.user),
        "may_change": request.user.has_perm("portal.change_place") if request.user.is_authenticated else False,
    }
    return render(request, "portal/places/place.html", context)


def find(text, user, limit):
    """Local governments that fit the words of the mast's search."""
    places = LocalGovernment.objects.active(clock.today()).search(text).select_related("province", "district")
    for found in places.order_by("name_sort_key", "pk")[:limit]:
        yield registry.Hit("local-governments", found.display_name, found.get_absolute_url(), found.province.name)


urlpatterns = [
    path("local-governments/", PlaceList.as_view(), name="local-governments"),
    path("local-governments/<int:pk>/", place, name="local-government"),
]
