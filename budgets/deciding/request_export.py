"""The consolidated budget request as a workbook: a summary, then one sheet for each route to the Budget Bureau."""

from decimal import Decimal

from django.utils.translation import gettext as _

from budgets.states import Route
from portal import clock
from portal.exports import FONT, FORMATS, MAX_CELL, WIDTHS, Column
from portal.thai.dates import thaidatetime

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def columns():
    return (
        Column(_("No."), lambda case: case.place_in_sheet, "number"),
        Column(_("Number"), "number", "code"),
        Column(_("Local government"), "local_government.name_th"),
        Column(_("Kind"), lambda case: case.local_government.get_kind_display()),
        Column(_("District"), "local_government.district.name_th"),
        Column(_("Province"), "local_government.province.name_th"),
        Column(_("Project"), "title_th"),
        Column(_("Focus theme"), "theme.name_th"),
        Column(_("Mean"), "mean_score", "number"),
        Column(_("Requested (baht)"), "requested_baht", "money"),
        Column(_("Recommended (baht)"), "recommended_baht", "money"),
        Column(_("Resolution"), "resolution_no", "code"),
        Column(_("Date of the meeting"), "resolution_on", "date"),
    )


def write(file, round, cases, *, by):
    """Write the workbook of `round` into `file` (binary); the number of cases in it.

    `cases` are those in the request that `by` may see.
    """
    import xlsxwriter  # only those who ask for a workbook pay for it

    cases = cases.select_related("theme", "local_government__province", "local_government__district")
    by_route = {}
    for case in cases.order_by("route", "local_government__province__code", "number", "pk"):
        by_route.setdefault(case.route, []).append(case)
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": FONT,
    }
    with xlsxwriter.Workbook(file, options) as book:
        styles = {name: book.add_format({**FONT, **shape}) for name, shape in FORMATS.items()}
        styles["head"] = book.add_format({**FONT, "bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        styles["sum"] = book.add_format({**FONT, **FORMATS["money"], "bold": True, "top": 1})
        styles["title"] = book.add_format({**FONT, "bold": True, "font_size": 20})
        _write_summary(book, styles, round, by_route, by)
        for route in Route:
            if route in by_route:
                _write_route(book, styles, route, by_route[route])
    return sum(len(rows) for rows in by_route.values())


def _write_summary(book, styles, round, by_route, by):
    sheet = _sheet(book, _("Summary"))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 3, 24)
    sheet.write_string(0, 0, _("Consolidated budget request"), styles["title"])
    about = [
        (_("Round"), round.name_th),
        (_("Fiscal year (B.E.)"), str(round.fiscal_year)),
        (_("State of the round"), str(round.get_state_display())),
        (_("Made at"), thaidatetime(clock.now())),
        (_("Made by"), str(by)),
    ]
    for row, (label, text) in enumerate(about, start=1):
        sheet.write_string(row, 0, label, styles["head"])
        sheet.write_string(row, 1, text[:MAX_CELL], styles["text"])
    top = len(about) + 2
    for column, heading in enumerate([_("Route"), _("Projects"), _("Requested (baht)"), _("Recommended (baht)")]):
        sheet.write_string(top, column, heading, styles["head"])
    row = top
    for route in Route:
        cases = by_route.get(route)
        if cases is None:
            continue
        row += 1
        sheet.write_string(row, 0, str(route.label), styles["text"])
        sheet.write_number(row, 1, len(cases), styles["number"])
        sheet.write_number(row, 2, _sum(cases, "requested_baht"), styles["money"])
        sheet.write_number(row, 3, _sum(cases, "recommended_baht"), styles["money"])
    everything = [case for cases in by_route.values() for case in cases]
    sheet.write_string(row + 1, 0, _("Total"), styles["head"])
    sheet.write_number(row + 1, 1, len(everything), styles["sum"])
    sheet.write_number(row + 1, 2, _sum(everything, "requested_baht"), styles["sum"])
    sheet.write_number(row + 1, 3, _sum(everything, "recommended_baht"), styles["sum"])


def _write_route(book, styles, route, cases):
    sheet = _sheet(book, str(route.label))
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    shown = columns()
    for number, column in enumerate(shown):
        sheet.set_column(number, number, WIDTHS[column.kind])
        sheet.write_string(0, number, str(column.heading), styles["head"])
    for row, case in enumerate(cases, start=1):
        case.place_in_sheet = row
        for number, column in enumerate(shown):
            _write(sheet, row, number, column.value_in(case), styles[column.kind])
    sheet.autofilter(0, 0, len(cases), len(shown) - 1)
    last = len(cases) + 1
    sheet.write_string(last, 0, _("Total"), styles["head"])
    for number, column in enumerate(shown):
        if column.kind == "money":
            sheet.write_number(last, number, _sum(cases, column.value), styles["sum"])


def _write(sheet, row, number, value, style):
    match value:
        case None | "":
            sheet.write_blank(row, number, None, style)
        case int() | float() | Decimal():
            sheet.write_number(row, number, value, style)
        case _ if hasattr(value, "isoformat"):
            sheet.write_datetime(row, number, value, style)
        case _:
            sheet.write_string(row, number, str(value)[:MAX_CELL], style)


def _sheet(book, name):
    sheet = book.add_worksheet("".join(c for c in name if c not in "[]:*?/\\")[:31])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet


def _sum(cases, field):
    return sum((getattr(case, field) or Decimal(0) for case in cases), Decimal(0))
