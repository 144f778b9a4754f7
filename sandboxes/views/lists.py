"""Pilots as list, board and timeline of the same filter; the public register with its map; the rules that block."""

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock, exports, maps
from portal.models import LocalGovernment
from portal.thai.dates import thaidate_short
from portal.views import VisibleList
from sandboxes import day, evidence, mapping, public
from sandboxes.exports import ISSUES, PILOTS, STATISTICS
from sandboxes.filters import IssueFilter, PilotFilter
from sandboxes.models import Incident, Pilot, RegulatoryIssue
from sandboxes.querysets import EVIDENCE
from sandboxes.states import ENDS, PHASES, IncidentState, Phase, PilotState, WaiverState
from sandboxes.statistics import by_law

SHAPES = {"list": L("List"), "board": L("Board"), "timeline": L("Time line")}
LISTED, MARKED = 100, 2000


class PilotList(VisibleList):
    """Every pilot that the person may see, in the shape they choose."""

    public = True
    title = L("Sandbox pilots")
    filename = "sandboxes"
    template_name = "sandboxes/list.html"
    partial_name = "sandboxes/_pilots.html"
    filterset_class = PilotFilter
    columns = PILOTS
    page_size = 100
    orderings = {  # noqa: RUF012
        "number": ["number", "pk"],
        "local_government": ["local_government__name_sort_key", "pk"],
        "ends": ["ends_on", "pk"],
    }

    @property
    def queryset(self):
        open_ones = Incident.objects.exclude(state=IncidentState.CLOSED)
        return (
            public.rows()
            .prefetch_related(Prefetch("incidents", open_ones, to_attr="open_incidents"))
            .as_of(clock.now())
            .order_by("-pk")
        )

    @property
    def shape(self):
        asked = self.request.GET.get("shape", "list")
        return asked if asked in SHAPES else "list"

    def get_context_data(self, **context):
        user = self.request.user
        rows = context.get("rows", [])
        whole = set(
            Pilot.objects.seen_whole_by(user).filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True)
        )
        prefetch_related_objects([one for one in rows if one.pk in whole], *EVIDENCE)
        cards = [card_of(one, is_whole=one.pk in whole) for one in rows]
        starts = [held for held in access.holding(user, "sandboxes.add_pilot") if held.local_government_id]
        return super().get_context_data(
            **context,
            shape=self.shape,
            shapes=SHAPES.items(),
            cards=cards,
            columns=board(cards),
            timeline=timeline(cards) if self.shape == "timeline" else None,
            may_start=bool(starts),
            has_a_day=any(access.holding(user, f"sandboxes.{name}_pilot") for name in ("follow", "decide")),
        )


def card_of(pilot, *, is_whole):
    """A pilot as it stands in a list: what is near, and for those who work on it what waits."""
    running = pilot.state_now in PHASES[Phase.RUNNING]
    waivers = [one for one in pilot.waivers.all() if one.state == WaiverState.IN_FORCE and running]
    lights = [light(one) for one in pilot.indicators.all()] if running else []
    return {
        "pilot": pilot,
        "state": pilot.state_now,
        "phase": next(phase for phase in Phase if pilot.state_now in PHASES[phase]),
        "waiver_ends_on": min((one.valid_until for one in waivers), default=None),
        "lights": lights,
        "worst": next((name for name in ("harmful", "missed", "reached") if name in lights), ""),
        "incidents": len(pilot.open_incidents) if is_whole else 0,
        "turn": evidence.turn_of(pilot) if is_whole else None,
    }


def light(indicator):
    """`reached`, `missed`, `harmful` or "" while nothing was measured, from readings that were fetched before."""
    latest = public.latest_of(indicator)
    if latest is None:
        return ""
    if indicator.is_beyond_stop(latest.value):
        return "harmful"
    return "reached" if indicator.reaches_target(latest.value) else "missed"


def board(cards):
    """The cards in the columns of the board, as (phase, cards) pairs."""
    return [(phase, [one for one in cards if one["phase"] == phase]) for phase in Phase]


def timeline(cards):
    """The cards with dates as bars on one scale of time: `{"bars", "months", "today", "width"}`."""
    dated = [one for one in cards if one["pilot"].starts_on and one["pilot"].ends_on]
    if not dated:
        return None
    first = min(one["pilot"].starts_on for one in dated)
    last = max(one["pilot"].ends_on for one in dated)
    whole = max((last - first).days + 1, 1)

    def across(day):
        return round(1000 * (day - first).days / whole)

    bars = [
        {**one, "x": across(one["pilot"].starts_on),
         "width": max(across(one["pilot"].ends_on + timedelta(days=1)) - across(one["pilot"].starts_on), 4)}
        for one in sorted(dated, key=lambda one: (one["pilot"].starts_on, one["pilot"].pk))
    ]  # fmt: skip
    quarters = list(_quarters(first, last))
    today = clock.today()
    return {
        "bars": bars,
        "months": [{"x": across(day), "text": thaidate_short(day)} for day in quarters],
        "today": across(today) if first <= today <= last else None,
        "first": first,
        "last": last,
    }


def _quarters(first, last):
    """The first days of quarters between two dates."""
    day = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    while day <= last:
        if day >= first:
            yield day
        day = date(day.year + day.month // 10, (day.month + 3 - 1) % 12 + 1, 1)


def register(request):
    """The public register: where pilots run, what was relaxed until when, and what came of them."""
    moment = clock.now()
    published = Pilot.objects.published().as_of(moment)
    chosen = PilotFilter(request.GET, queryset=published, request=request)
    if not chosen.is_valid():
        raise Http404
    found, place = chosen.qs, None
    province = chosen.form.cleaned_data["province"]
    if wanted := chosen.form.cleaned_data["local_government"]:
        place = get_object_or_404(LocalGovernment.objects.select_related("province"), pk=wanted)
        province = place.province
    counts = dict(found.order_by().values_list("shown_state").annotate(number=Count("pk")))
    total = sum(counts.values())
    drawn = found.select_related("local_government__province", "local_government__district").order_by("pk")
    drawn = drawn if province else drawn.only(*mapping.FAR)
    rows = public.rows().filter(pk__in=found.values("pk")).as_of(moment).order_by("-approved_at", "-pk")
    context = {
        "rows": [public.of(one) | {"pilot": one, "state_label": one.state_now.label} for one in rows[:LISTED]],
        "map": mapping.of(drawn[:MARKED], province=province, place=place),
        "map_file": maps.address(),
        "province": province,
        "place": place,
        "query": request.GET.urlencode(),
        "total": total,
        "live": sum(counts.get(state, 0) for state in PHASES[Phase.RUNNING]),
        "scaled": counts.get(PilotState.SCALED, 0),
        "is_cut": total > LISTED,
        "now": moment,
    }
    return render(request, "sandboxes/register.html", context)


class IssueList(VisibleList):
    """Which rules stand in the way most, and each issue behind the figures."""

    public = True
    title = L("Rules that stand in the way")
    filename = "regulatory-issues"
    template_name = "sandboxes/issues.html"
    partial_name = "sandboxes/_issue_rows.html"
    filterset_class = IssueFilter
    columns = ISSUES

    @property
    def queryset(self):
        return (
            RegulatoryIssue.objects.standing()
            .select_related("authority", "pilot__local_government")
            .prefetch_related("waivers")
            .order_by("-pk")
        )

    def get(self, request, *args, **kwargs):
        wanted = request.GET.get("statistics")
        if wanted in {"csv", "xlsx"}:
            make = {"csv": exports.csv_response, "xlsx": exports.xlsx_response}[wanted]
            more = (self.notes(),) if wanted == "xlsx" else ()
            return make(STATISTICS, by_law(self.rows), f"rules-that-block.{wanted}", *more)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context):
        return super().get_context_data(statistics=by_law(self.rows), **context)


@login_required
def officers_day(request):
    """What a case officer or member of the two agencies looks at in the morning; their own pilots first."""
    if not any(access.holding(request.user, f"sandboxes.{name}_pilot") for name in ("follow", "decide")):
        raise PermissionDenied(_("This page is for the case officers and members of depa and DLA."))
    has_own = Pilot.objects.filter(officer=request.user).exclude(state__in=ENDS).exists()
    mine = {"true": True, "false": False}.get(request.GET.get("mine"), has_own)
    return render(
        request, "sandboxes/day.html", {"mine": mine, "most": day.SHOWN, **day.of(day.visible(request.user, mine=mine))}
    )


urlpatterns = [
    path("day/", officers_day, name="day"),
    path("", PilotList.as_view(), name="pilots"),
    path("register/", register, name="register"),
    path("rules/", IssueList.as_view(), name="issues"),
]
