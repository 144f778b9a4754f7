"""The local governments: a list to search, and one page for each, with what every part of the portal knows of it."""

import django_filters
from django.db.models import F
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock, registry
from portal.exports import Column
from portal.fields import ThaiDateField
from portal.filters import ProvinceFilter
from portal.models import LocalGovernment, PlaceChange
from portal.register import changes
from portal.states import LocalGovernmentKind
from portal.views import VisibleList


class DayFilter(django_filters.Filter):
    """A day in either era."""

    field_class = ThaiDateField


class PlaceFilter(django_filters.FilterSet):
    """Of the list of local governments."""

    q = django_filters.CharFilter(label=_("Name or code"), method="search", max_length=100)
    province = ProvinceFilter()
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=LocalGovernmentKind.choices, empty_label=_("All kinds"))
    as_of = DayFilter(label=_("As of"), method="on_day")

    class Meta:
        model = LocalGovernment
        fields = []

    def search(self, queryset, name, value):
        return queryset.search(value)

    def on_day(self, queryset, name, value):
        return queryset.active(value)


class PlaceList(VisibleList):
    """Every local government that exists today, or on the day that is asked for, in Thai order.

    Looking for words also finds what has ended, with what it is called now.
    """

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
        Column(_("Ceased on"), "active_to", "date"),
    )

    def get_queryset(self):
        places = LocalGovernment.objects.select_related("province", "district").prefetch_related("codes")
        if not (self.request.GET.get("q", "").strip() or self.request.GET.get("as_of", "").strip()):
            places = places.active(clock.today())
        return places.order_by("name_sort_key", "pk")

    def get_context_data(self, rows, **context):
        now = changes.present_of(rows)
        for row in rows:
            row.has_ended, row.is_now = row.pk in now, now.get(row.pk)
        user = self.request.user
        is_keeper = user.is_authenticated and user.has_perm("portal.change_place")
        return super().get_context_data(rows=rows, is_keeper=is_keeper, **context)


def place(request, pk):
    """The page of a local government: who it is, what came before it, and a panel of each part of the portal."""
    found = get_object_or_404(
        LocalGovernment.objects.select_related("province", "district", "subdistrict").prefetch_related("codes"), pk=pk
    )
    user = request.user
    context = {
        "place": found,
        "is_active": found.is_active(clock.today()),
        "is_now": changes.present_of([found]).get(found.pk),
        "codes": sorted(found.codes.all(), key=lambda code: (code.scheme, code.code)),
        "history": changes.history_of(found),
        "coming": PlaceChange.objects.waiting().filter(place=found, on__gt=clock.today()).first(),
        "panels": registry.panels(found, user),
        "may_change": user.is_authenticated and user.has_perm("portal.change_place"),
        "may_report": changes.may_report(user, found),
        "reports": changes.reports_of(user).filter(local_government=found).order_by("-pk")[:5],
    }
    return render(request, "portal/places/place.html", context)


def find(text, user, limit):
    """Local governments that fit the words of the mast's search, former ones with what they are called now."""
    places = LocalGovernment.objects.search(text).select_related("province", "district")
    found = list(places.order_by(F("active_to").desc(nulls_first=True), "name_sort_key", "pk")[: limit * 2])
    now = changes.present_of(found)
    found.sort(key=lambda place: (place.pk in now, place.name_sort_key, place.pk))
    for place in found[:limit]:
        detail = place.province.name
        if place.pk in now:
            is_now = now[place.pk]
            gone = gettext("now %(name)s") % {"name": is_now.display_name} if is_now else gettext("no longer exists")
            detail = f"{detail} · {gone}"
        yield registry.Hit("local-governments", place.display_name, place.get_absolute_url(), detail)


urlpatterns = [
    path("local-governments/", PlaceList.as_view(), name="local-governments"),
    path("local-governments/<int:pk>/", place, name="local-government"),
]
