"""The portal's addresses, and three doors made of the kit over real rounds."""

import django_filters
from django.urls import include, path

from budgets.lifecycle.round import ROUND
from budgets.models import Round
from budgets.states import RoundState
from portal import urls
from portal.exports import Column
from portal.filters import ChoicesFilter
from portal.views import TakeStep, VisibleList

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


class Filter(django_filters.FilterSet):
    name = django_filters.CharFilter(field_name="name_th", lookup_expr="icontains", label="ชื่อ")
    fiscal_year = django_filters.NumberFilter(label="ปีงบประมาณ")
    state = ChoicesFilter(label="สถานะ", choices=RoundState.choices)

    class Meta:
        model = Round
        fields = ()


class RoundList(VisibleList):
    public = True
    queryset = Round.objects.order_by("name_th", "pk")
    filterset_class = Filter
    template_name = "portal/list.html"
    partial_name = "portal/_list_head.html"
    columns = (Column("ชื่อ", "name_th"),)
    orderings = {"name": "name_th"}  # noqa: RUF012
    page_size = 2
    title = "รอบ"


class RoundStep(TakeStep):
    model, lifecycle = Round, ROUND


def broken(request):
    raise RuntimeError("broken on purpose")


urlpatterns = [
    path("try/rounds/", RoundList.as_view(), name="try-rounds"),
    path("try/rounds/<int:pk>/<str:step>/", RoundStep.as_view(), name="try-step"),
    path("try/broken/", broken),
    path("", include("portal.urls")),
]
