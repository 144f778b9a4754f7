"""The coverage: which local governments have an ambassador or trained people."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.utils.translation import ngettext

from portal import clock, maps
from portal.models import LocalGovernment, Province
from portal.views import VisibleList, whole
from training import coverage, exports, writing
from training.filters import CoverageFilter
from training.forms.programme import InvitationForm
from training.states import Level
from training.views.common import attempt, form_page, posted

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
    return [(1, _("none")), *enumerate(words, start=2)]


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
            may_invite=writing.may_invite(self.request.user),
            ending_count=coverage.places_ending(clock.today()),
            **context,
        )


@login_required
def invite(request):
    """Invite the offices of a province that have nobody, or one office, to a run or to host."""
    if not writing.may_invite(request.user):
        raise PermissionDenied(_("Only those who set up courses invite offices."))
    place = LocalGovernment.objects.filter(pk=whole(request.GET.get("place"))).first()
    province = Province.objects.filter(code=request.GET.get("province", "")).first()
    if place is None and province is None:
        raise Http404
    level = request.GET.get("level") if request.GET.get("level") in coverage.OFFICIAL_LEVELS else None
    places = list(writing.uncovered(request.user, province=province, place=place and place.pk, level=level))
    runs, generations = writing.invitations()
    form = InvitationForm(posted(request), runs=runs, generations=generations)
    if request.method == "POST" and form.is_valid():
        told = []
        if attempt(form, lambda: told.append(writing.invite(places, by=request.user, **form.cleaned_data))):
            text = ngettext("%(n)s office is invited.", "%(n)s offices are invited.", told[0]) % {"n": told[0]}
            messages.success(request, text)
            return redirect("training:coverage")
    return form_page(
        request, form, template="training/invite.html", title=_("Invite offices"), places=places,
        where=place.display_name if place else province.name, submit=_("Send the invitation"),
        back=(reverse("training:coverage"), _("Coverage")),
    )  # fmt: skip


urlpatterns = [
    path("coverage/", Coverage.as_view(), name="coverage"),
    path("coverage/invite/", invite, name="coverage-invite"),
]
