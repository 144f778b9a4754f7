"""A round in figures: what was asked, recommended, given, bound, spent and returned, by theme, place and state."""

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets.models import Round
from budgets.money.summary import AMOUNTS, NOT_STANDING, summary
from budgets.states import RoundState
from portal import access, clock, exports, maps
from portal.exports import Column
from portal.forms import PortalForm
from portal.models import Province
from portal.states import LocalGovernmentKind
from portal.views import spoken

LABELS = {
    "requested_baht": L("Requested"),
    "recommended_baht": L("Recommended"),
    "allocated_baht": L("Allocated"),
    "committed_baht": L("Committed"),
    "disbursed_baht": L("Disbursed"),
    "returned_baht": L("Money returned"),
}
STEPS = 5
TABLES = {
    "theme": (L("By focus theme"), "by_theme", L("Focus theme")),
    "province": (L("By province"), "by_province", L("Province")),
    "kind": (L("By kind of local government"), "by_kind", L("Kind")),
    "state": (L("By state"), "by_state", L("State")),
}


class NarrowingForm(PortalForm):
    """What the figures are narrowed to."""

    marks_optional = False

    theme = forms.ModelChoiceField(label=L("Focus theme"), queryset=None, required=False, empty_label=L("All themes"))
    province = forms.ModelChoiceField(
        label=L("Province"),
        queryset=None,
        to_field_name="code",
        required=False,
        empty_label=L("The whole country"),
    )
    kind = forms.ChoiceField(
        label=L("Kind"),
        choices=[("", L("All kinds")), *LocalGovernmentKind.choices],
        required=False,
    )

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = round.themes.order_by("position", "pk")
        self.fields["province"].queryset = Province.objects.in_thai_order()

    def narrowing(self):
        """The filter as `budgets.money.summary.summary` takes it."""
        if not self.is_valid():
            return {}
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        if "theme" in chosen:
            chosen["theme"] = chosen["theme"].pk
        if "province" in chosen:
            chosen["province"] = chosen["province"].code
        return chosen

    def words(self):
        """What is chosen, for a person."""
        chosen = self.cleaned_data.items() if self.is_valid() else ()
        return "; ".join(f"{self[name].label}: {spoken(self.fields[name], value)}" for name, value in chosen if value)


def dashboard(request, pk):
    """The figures of a round that was opened; the same as `rounds/{id}/summary/` of the API."""
    rounds = Round.objects.visible_to(request.user)
    round = get_object_or_404(rounds, pk=pk)
    form = NarrowingForm(request.GET or None, round=round)
    found = summary(round, request.user, **form.narrowing())
    if request.GET.get("format"):
        return as_file(request, round, found, form)
    listed = case_list(round, form.narrowing()) if access.memberships(request.user) else None
    provinces = figures_by_place(found)
    context = {
        "round": round,
        "form": form,
        "found": found,
        "flow": flow(found.total),
        "columns": [name for name in AMOUNTS if found.total.amounts[name] is not None],
        "labels": [LABELS[name] for name in AMOUNTS if found.total.amounts[name] is not None],
        "listed": listed("") if listed else "",
        "tables": [table(name, found, listed) for name in TABLES],
        "shapes": shapes(provinces),
        "view_box": maps.view_box(),
        "map_file": maps.address(),
        "map_amount": LABELS[map_amount(found)],
        "legend": legend(provinces),
        "is_announced": round.is_announced,
        "may_know": found.total.amounts["recommended_baht"] is not None,
        "has_money": round.state in {RoundState.ENACTED, RoundState.FINISHED},
        "now": clock.now(),
    }
    return render(request, "budgets/rounds/dashboard.html", context)


def case_list(round, narrowing):
    """A function that gives the address of the filtered list behind a number."""
    given = {"round": round.pk, **narrowing}

    def address(name, value=None):
        query = {**given, **({name: value} if name else {})}
        return f"{reverse('budgets:proposal-list')}?{urlencode(query)}"

    return address


def flow(total):
    """The six amounts, largest first as money goes, each with its share of what was requested."""
    asked = total.amounts["requested_baht"]
    return [
        {"name": name, "label": LABELS[name], "amount": amount, "share": round(amount * 100 / asked, 1) if asked else 0}
        for name, amount in total.amounts.items()
        if amount is not None
    ]


def table(name, found, listed):
    """One table of the dashboard: its lines with their figures, and the list behind each."""
    title, attribute, heading = TABLES[name]
    lines = [
        {
            "label": line.label or _("No theme chosen yet"),
            "anchor": f"{name}-{code_of(name, line)}" if name == "province" else "",
            "proposals": line.figures.proposals,
            "amounts": [line.figures.amounts[column] for column in AMOUNTS if found.total.amounts[column] is not None],
            "url": listed(name, code_of(name, line)) if listed and line.key is not None else "",
            "standing": name != "state" or line.key not in NOT_STANDING,
        }
        for line in getattr(found, attribute)
    ]
    return {"name": name, "title": title, "heading": heading, "lines": lines}


def code_of(name, line):
    return {"theme": lambda: line.key.pk, "province": lambda: line.key.code}.get(name, lambda: line.key)()


# The map


def map_amount(found):
    """What the map shows: money given once there is any, else money asked."""
    return "allocated_baht" if found.total.amounts["allocated_baht"] else "requested_baht"


def figures_by_place(found):
    name = map_amount(found)
    return {
        line.key.code: {
            "label": line.label,
            "amount": line.figures.amounts[name],
            "proposals": line.figures.proposals,
        }
        for line in found.by_province
    }


def bounds(provinces):
    """The limits between the map's five shades: fifths of the provinces that have anything."""
    amounts = sorted(place["amount"] for place in provinces.values() if place["amount"])
    return [amounts[min(len(amounts) * step // STEPS, len(amounts) - 1)] for step in range(STEPS)] if amounts else []


def shapes(provinces):
    """Every province that has proposals, with its shade: 0 where it has no money."""
    limits = bounds(provinces)
    return [
        {"code": code, "shade": sum(place["amount"] >= limit for limit in limits) if place["amount"] else 0, **place}
        for code, place in sorted(provinces.items())
    ]


def legend(provinces):
    limits = sorted(set(bounds(provinces)))
    every = bounds(provinces)
    return [{"shade": sum(limit >= one for one in every), "from": limit} for limit in limits]


# Files


def as_file(request, round, found, form):
    """One table as csv or xlsx, with the same lines as on the page."""
    name = request.GET.get("table", "theme")
    if name not in TABLES:
        raise Http404
    title, attribute, heading = TABLES[name]
    columns = [
        Column(str(heading), lambda line: line.label or _("No theme chosen yet")),
        Column(_("Proposals"), lambda line: line.figures.proposals, "number"),
        *(
            Column(_("%(amount)s (baht)") % {"amount": label}, amount_of(column), "money")
            for column, label in LABELS.items()
        ),
    ]
    if name == "province":
        columns.insert(0, Column(_("Code"), lambda line: line.key.code, "code"))
    filename = f"round-{round.pk}-{name}"
    lines = getattr(found, attribute)
    match request.GET["format"]:
        case "csv":
            return exports.csv_response(columns, lines, f"{filename}.csv")
        case "xlsx":
            notes = [(_("Round"), round.name), (_("Table"), str(title)), (_("Filter"), form.words() or _("none"))]
            return exports.xlsx_response(columns, lines, f"{filename}.xlsx", notes)
    raise Http404


def amount_of(column):
    return lambda line: line.figures.amounts[column]


urlpatterns = [path("rounds/<int:pk>/summary/", dashboard, name="round-summary")]
