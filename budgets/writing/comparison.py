"""What changed between two submitted versions of a proposal, field by field and row by row."""

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from budgets.states import Channel, Direction, PlanEdition, PriceBasis, Section
from budgets.writing.drafting import with_tied
from portal.states import SmartDimension
from portal.thai.dates import thaidate
from portal.thai.money import figures

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


@dataclass
class Field:
    """One field: its name and its words before and after."""

    label: str
    before: str
    after: str
    is_number: bool = False

    @property
    def changed(self):
        return self.before != self.after


@dataclass
class Row:
    """One row of a table: `kind` is same, changed, added or removed; a side that is not there has empty cells."""

    kind: str
    cells: list

    @property
    def changed(self):
        return self.kind != SAME


@dataclass
class Part:
    """A section with its fields and, where it has one, its table without the columns that are empty throughout.

    `requested` says that its revision was asked for.
    """

    section: str
    requested: bool = False
    reason: str = ""
    fields: list = field(default_factory=list)
    headings: list = field(default_factory=list)
    rows: list = field(default_factory=list)

    @property
    def label(self):
        return Section(self.section).label

    @property
    def changed(self):
        return any(one.changed for one in [*self.fields, *self.rows])

    @property
    def changes(self):
        return sum(one.changed for one in [*self.fields, *self.rows])


def compare(old_version, new_version, *, requested=(), names=None):
    """The `Part`s of a proposal, one for each section, from two submitted versions.

    `requested` are the rows of the return between them, `[{"section", "reason"}]`; sections tied to one asked
    for count as asked for too. `names` maps codes of categories, subdistricts and documents to words.
    """
    old, new, names = _content(old_version), _content(new_version), names or {}
    asked = {row["section"]: row["reason"] for row in requested}
    opened = with_tied(list(asked))
    parts = []
    for section in Section:
        part = Part(section.value, section in opened, asked.get(section, ""))
        for label, words in FIELDS.get(section, ()):
            part.fields.append(Field(str(label()), words(old, names), words(new, names)))
        if section in TABLES:
            path, key, columns = TABLES[section]
            part.rows = _rows(path(old), path(new), key, columns, names)
            used = [any(row.cells[i].before or row.cells[i].after for row in part.rows) for i in range(len(columns))]
            part.headings = [(str(c.label()), c.is_number) for c, is_used in zip(columns, used, strict=True) if is_used]
            for row in part.rows:
                row.cells = [cell for cell, is_used in zip(row.cells, used, strict=True) if is_used]
        parts.append(part)
    return parts


def _content(version):
    return json.loads(bytes(version.canonical))


# Words


def _text(*path):
    def words(content, _names):
        for key in path:
            content = content.get(key)
        return "" if content is None else str(content)

    return words


def _chosen(choices, *path):
    def words(content, names):
        code = _text(*path)(content, names)
        return str(dict(choices.choices).get(code, code))

    return words


def _day(*path):
    def words(content, names):
        text = _text(*path)(content, names)
        return thaidate(date.fromisoformat(text)) if text else ""

    return words


def _money(key):
    return lambda content, _names: figures(content.get(key))


def _number(*path):
    def words(content, names):
        text = _text(*path)(content, names)
        return f"{Decimal(text):,f}" if text else ""

    return words


def _plain_decimal(key):
    def words(content, _names):
        return "" if content.get(key) is None else f"{Decimal(content[key]).normalize():,f}"

    return words


def _lines(key):
    return lambda content, _names: "\n".join(_line(one) for one in content.get(key) or ())


def _line(value):
    return " · ".join(str(v) for v in value.values() if v not in (None, "")) if isinstance(value, dict) else str(value)


def _dimensions(content, _names):
    return "\n".join(str(SmartDimension(code).label) for code in content["dimensions"])


def _subdistricts(content, names):
    return "\n".join(names.get(code, code) for code in content["subdistricts"])


def _yes_or_no(content, _names):
    return {True: _("yes"), False: _("no")}.get(content["personal_data"]["processed"], "")


def _code(key):
    return lambda row, names: names.get(row[key], row[key] or "")


def _quotations(row, _names):
    return "\n".join(f"{one['seller']} {figures(one['amount_baht'])}" for one in row["quotations"])


def _size(row, _names):
    return f"{row['size'] / 1024:,.0f} KB"


def _short_hash(row, _names):
    return row["sha256"][:12]


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and the words of a row."""

    label: object
    words: object
    is_number: bool = False


FIELDS = {
    Section.SUMMARY: (
        (lambda: _("Focus theme"), _text("theme", "name_th")),
        (lambda: _("Title in Thai"), _text("title_th")),
        (lambda: _("Title in English"), _text("title_en")),
        (lambda: _("Main dimension"), _chosen(SmartDimension, "primary_dimension")),
        (lambda: _("Dimensions"), _dimensions),
        (lambda: _("Beneficiaries"), _number("beneficiaries_count")),
        (lambda: _("Subdistricts"), _subdistricts),
        (lambda: _("Own priority"), _text("priority")),
    ),
    Section.RATIONALE: ((lambda: _("Rationale"), _text("rationale")),),
    Section.OBJECTIVES: (
        (lambda: _("Objectives"), _lines("objectives")),
        (lambda: _("Targets"), _lines("targets")),
    ),
    Section.PLAN: (
        (lambda: _("Plan window"), _text("dev_plan", "window")),
        (lambda: _("Edition"), _chosen(PlanEdition, "dev_plan", "edition")),
        (lambda: _("Page"), _text("dev_plan", "page")),
        (lambda: _("Item number"), _text("dev_plan", "item_no")),
        (lambda: _("Approved on"), _day("dev_plan", "approved_on")),
        (lambda: _("Approval expected on"), _day("dev_plan", "expected_on")),
    ),
    Section.ITEMS: ((lambda: _("Total cost (baht)"), _money("total_cost_baht")),),
    Section.FUNDING: (
        (lambda: _("Requested (baht)"), _money("requested_baht")),
        (lambda: _("How it differs from other requests for the same"), _text("overlap_note")),
    ),
    Section.UPKEEP: (
        (lambda: _("Yearly upkeep (baht)"), _money("om_cost_yearly_baht")),
        (lambda: _("Source of upkeep"), _text("om_source")),
    ),
    Section.PERSONAL_DATA: (
        (lambda: _("Personal data are processed"), _yes_or_no),
        (lambda: _("How personal data are protected"), _text("personal_data", "note")),
    ),
    Section.RISKS: ((lambda: _("Risks"), _lines("risks")),),
}

TABLES = {
    Section.ITEMS: (
        lambda content: content["items"],
        "description",
        (
            Column(lambda: _("Item"), _text("description")),
            Column(lambda: _("Category"), _code("category")),
            Column(lambda: _("Quantity"), _number("quantity"), True),
            Column(lambda: _("Unit"), _text("unit")),
            Column(lambda: _("Unit price"), _money("unit_price_baht"), True),
            Column(lambda: _("Total"), _money("total_baht"), True),
            Column(lambda: _("Price basis"), _chosen(PriceBasis, "price_basis")),
            Column(lambda: _("Reference"), _text("price_reference")),
            Column(lambda: _("Fiscal year"), _text("fiscal_year"), True),
            Column(lambda: _("Quarter"), _text("quarter"), True),
            Column(lambda: _("Quotations"), _quotations),
            Column(lambda: _("Why fewer than three"), _text("few_quotations_reason")),
        ),
    ),
    Section.FUNDING: (
        lambda content: content["funding"],
        "channel",
        (
            Column(lambda: _("Channel"), _chosen(Channel, "channel")),
            Column(lambda: _("Fiscal year"), _text("fiscal_year"), True),
            Column(lambda: _("Amount (baht)"), _money("amount_baht"), True),
        ),
    ),
    Section.KPIS: (
        lambda content: content["kpis"],
        "name_th",
        (
            Column(lambda: _("Indicator"), _text("name_th")),
            Column(lambda: _("Unit"), _text("unit")),
            Column(lambda: _("Baseline"), _plain_decimal("baseline"), True),
            Column(lambda: _("Measured on"), _day("baseline_on")),
            Column(lambda: _("Target"), _plain_decimal("target"), True),
            Column(lambda: _("Direction"), _chosen(Direction, "direction")),
        ),
    ),
    Section.ATTACHMENTS: (
        lambda content: content["attachments"],
        "kind",
        (
            Column(lambda: _("Document"), _code("kind")),
            Column(lambda: _("File"), _text("name")),
            Column(lambda: _("Size"), _size, True),
            Column(lambda: _("SHA-256 (beginning)"), _short_hash),
        ),
    ),
}


# Rows


def _rows(old, new, key, columns, names):
    rows = []
    for before, after in _pairs(old, new, key):
        sides = [[column.words(row, names) if row else "" for column in columns] for row in (before, after)]
        kind = ADDED if before is None else REMOVED if after is None else SAME if before == after else CHANGED
        cells = [Field("", was, now, column.is_number) for was, now, column in zip(*sides, columns, strict=True)]
        rows.append(Row(kind, cells))
    return rows


def _pairs(old, new, key):
    """Rows that belong together, in the order of `new`: equal ones, then those with the same `key`, then by place.

    Rows without a counterpart are paired with None; removed ones follow at the end.
    """
    left = list(enumerate(old))
    found = {}
    for fits in (
        lambda _i, was, _j, now: was == now,
        lambda _i, was, _j, now: bool(now[key]) and was[key] == now[key],
        lambda i, _was, j, _now: i == j and len(old) == len(new),
    ):
        for place, row in enumerate(new):
            if place in found:
                continue
            match = next((pair for pair in left if fits(pair[0], pair[1], place, row)), None)
            if match:
                found[place] = match[1]
                left.remove(match)
    return [(found.get(place), row) for place, row in enumerate(new)] + [(row, None) for _place, row in left]
