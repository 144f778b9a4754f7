"""The coverage: which local governments have an ambassador or trained people."""

from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as L

from portal import clock, maps
from portal.models import LocalGovernment, Province
from portal.views import VisibleList
from training import coverage, exports
from training.filters import CoverageFilter
from training.states import Level

STEPS = (0, 5, 15, 40)
SHOWN = (*coverage.OFFICIAL_LEVELS, Level.CITIZEN)


def shade(covered, places):
    """The step of the map's colours: 1 for nobody, 2 to 5 by the share of places that are covered."""
    if not covered:
        return 1
    return 1 + sum(covered * 100 >= least * places for least in STEPS)


def legend():
    """The steps of the colours with what they stand for."""
    words = [f"< {STEPS[1]}%", *(f"{least}%+" for least in STEPS[1:])]
    return [(1, gettext("none")), *enumerate(words, start=2)]


class Coverage(VisibleList):
    """The table of local governments with who is there, beside the map of provinces; for everybody, without names."""

    public = True
    filterset_class = CoverageFilter
    template_name = "training/coverage.html"
    partial_name = "training/_coverage_rows.html"
    filename = "coverage"
    title = L("Coverage")

    columns = exports.COVERAGE

    @property
    def levels(self):
        level = self.request.GET.get("level")
        return (level,) if level in Level.values else coverage.OFFICIAL_LEVELS

    def get_queryset(self):
        places = LocalGovernment.objects.active(clock.today()).select_related("province", "district")
        return coverage.with_coverage(places, clock.today(), self.levels).order_by("name_sort_key", "pk")

    def get_context_data(self, **context):
        found, levels = coverage.by_province(clock.today(), self.levels), coverage.by_level(clock.today())
        provinces = []
        for province in Province.objects.in_thai_order():
            counts = found.get(province.pk)
            if counts:
                of_level = [levels.get((province.pk, level.value), 0) for level in SHOWN]
                more = {"shade": shade(counts["covered"], counts["places"]), "levels": of_level}
                provinces.append({"province": province, **more, **counts})
        totals = {
            name: sum(row[name] for row in provinces)
            for name in ("places", "with_ambassador", "with_trained", "covered")
        }
        return super().get_context_data(
            provinces=provinces,
            map_file=maps.address(),
            legend=legend(),
            view_box=maps.view_box(),
            totals=totals,
            shown_levels=[level.label for level in SHOWN],
            official_levels=[level.label for level in coverage.OFFICIAL_LEVELS],
            attrition=coverage.attrition(),
            ending_count=coverage.places_ending(clock.today()),
            **context,
        )


urlpatterns = [path("coverage/", Coverage.as_view(), name="coverage")]
