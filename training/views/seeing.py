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

STEPS = (0, 10, 25, 50, 75)
SHOWN = (*coverage.OFFICIAL_LEVELS, Level.CITIZEN)


def shade(covered, places):
    """The step of the map's colours: 0 for nobody, 1 to 4 by the share of places that are covered."""
    if not covered:
        return 0
    share = covered * 100 / places
    return max(max(index for index, least in enumerate(STEPS) if share >= least), 1)


def legend():
    """The steps of the colours with what they stand for."""
    words = [(index, f"{least}%+") for index, least in enumerate(STEPS) if index]
    return [(0, gettext("none")), (1, f"< {STEPS[2]}%"), *words[1:]]


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
