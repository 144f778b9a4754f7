"""A round in figures, from the sums kept by the database. The dashboard and the API both ask here.

Amounts are told of proposals that stand before the programme: of drafts, and of what was discarded, withdrawn or
lapsed, only the number is.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Sum

from budgets.models import Conflict, Proposal, RoundTotal
from budgets.rules import knows_outcome
from budgets.states import CONFIDENTIAL, ProposalState
from portal.models import Province
from portal.states import LocalGovernmentKind

AMOUNTS = ("requested_baht", "recommended_baht", "allocated_baht", "committed_baht", "disbursed_baht", "returned_baht")
NOT_STANDING = frozenset(
    {
        ProposalState.DRAFT,
        ProposalState.PENDING_ENDORSEMENT,
        ProposalState.DISCARDED,
        ProposalState.WITHDRAWN,
        ProposalState.LAPSED,
    }
)
KEYS = ("theme_key", "province", "kind")


@dataclass
class Figures:
    """The number of proposals and their six amounts; an amount that this person may not know is None."""

    proposals: int = 0
    amounts: dict = field(default_factory=lambda: dict.fromkeys(AMOUNTS, Decimal(0)))

    def add(self, row, sign=1):
        self.proposals += sign * row["proposals"]
        for name in AMOUNTS:
            self.amounts[name] += sign * (row[name] or Decimal(0))

    def hide(self, *names):
        self.amounts.update(dict.fromkeys(names))
        return self

    def __getattr__(self, name):
        if name in AMOUNTS:
            return self.amounts[name]
        raise AttributeError(name)


@dataclass
class Line:
    """A line of a table: the thing it is about (a theme, a province, a kind, a state) and its figures."""

    key: object
    label: str
    figures: Figures


@dataclass
class Summary:
    """A round in figures: `total` of what stands before the programme, and the same by theme, province and kind.

    `by_state` names every state, with amounts only where the proposals stand before the programme.
    """

    total: Figures
    by_theme: list
    by_province: list
    by_kind: list
    by_state: list


def summary(round, user, **narrowing):
    """The `Summary` of `round` as `user` may know it.

    `narrowing` may name `theme` (an id), `province` (a code) and `kind`. Until the round is announced, outsiders
    see confidential states folded into `in_review`, and no amount recommended. Cases in which `user` has a
    conflict of interest are not counted.
    """
    knows = knows_outcome(user, round)
    sums = {name: defaultdict(Figures) for name in (*KEYS, "state")}
    hidden = list(_hidden(round, user, narrowing))
    for name, found in sums.items():
        taken_off = [row for row in hidden if name == "state" or row["state"] not in NOT_STANDING]
        for row, sign in [*((row, 1) for row in _kept(round, narrowing, name)), *((row, -1) for row in taken_off)]:
            is_masked = name == "state" and row["state"] in CONFIDENTIAL and not knows
            found[ProposalState.IN_REVIEW.value if is_masked else row[name]].add(row, sign)
    sums = {name: {key: one for key, one in found.items() if one.proposals} for name, found in sums.items()}
    total = Figures()
    for state, figures in sums["state"].items():
        if state not in NOT_STANDING:
            total.add({"proposals": figures.proposals, **figures.amounts})
    if not knows:
        for figures in [total, *(figures for found in sums.values() for figures in found.values())]:
            figures.hide("recommended_baht")
    for state in NOT_STANDING & sums["state"].keys():
        sums["state"][state].hide(*AMOUNTS)
    return Summary(
        total,
        _themes(round, sums["theme_key"]),
        _provinces(sums["province"]),
        _kinds(sums["kind"]),
        _states(sums["state"]),
    )


def _kept(round, narrowing, name):
    """The kept sums by `name`: by state of all, by anything else of what stands before the programme.

    The database adds them up: together they are some ten thousand rows.
    """
    kept = RoundTotal.objects.filter(round=round, **_wanted(narrowing)).exclude(proposals=0)
    if name != "state":
        kept = kept.exclude(state__in=NOT_STANDING)
    sums = {f"sum_{column}": Sum(column) for column in ("proposals", *AMOUNTS)}
    for row in kept.order_by().values(name).annotate(**sums):
        yield {column.removeprefix("sum_"): value for column, value in row.items()}


def _hidden(round, user, narrowing):
    """The cases that the person must not meet, as rows like those of the kept sums."""
    if not user.is_authenticated:
        return
    conflicts = Conflict.objects.filter(person=user, proposal__round=round)
    hidden = Proposal.objects.filter(pk__in=conflicts.values("proposal")).values(
        "state",
        *AMOUNTS,
        theme_key=F("theme"),
        province=F("local_government__province"),
        kind=F("local_government__kind"),
    )
    for row in hidden.annotate(province_code=F("local_government__province__code")):
        theme = row["theme_key"] or 0
        fits = {"theme_key": theme, "province__code": row["province_code"], "kind": row["kind"]}
        if all(fits[name] == value for name, value in _wanted(narrowing).items()):
            yield {**row, "theme_key": theme, "proposals": 1}


def _wanted(narrowing):
    return {
        **({"theme_key": narrowing["theme"]} if narrowing.get("theme") is not None else {}),
        **({"province__code": narrowing["province"]} if narrowing.get("province") else {}),
        **({"kind": narrowing["kind"]} if narrowing.get("kind") else {}),
    }


def _themes(round, found):
    lines = [
        Line(theme, theme.name, found[theme.pk])
        for theme in round.themes.order_by("position", "pk")
        if theme.pk in found
    ]
    return lines + ([Line(None, "", found[0])] if 0 in found else [])


def _provinces(found):
    provinces = Province.objects.filter(pk__in=found).in_thai_order()
    return [Line(province, province.name, found[province.pk]) for province in provinces]


def _kinds(found):
    return [Line(kind.value, kind.label, found[kind.value]) for kind in LocalGovernmentKind if kind.value in found]


def _states(found):
    return [Line(state.value, state.label, found[state.value]) for state in ProposalState if state.value in found]
