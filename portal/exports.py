"""Lists as files: CSV that spreadsheets open in Thai, and xlsx; inert in both.

A `Column` says what a cell is called, where its value comes from, and what it is. Rows may be any iterator;
both writers read it once and keep no more than one row (CSV) or one sheet on disk (xlsx) in hand.
"""

import csv
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from django.http import FileResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from portal import clock
from portal.errors import Refused

BOM = "\ufeff"
LEADERS = tuple("=+-@\t\r\n＝＋－＠")
MAX_CELL = 32_767
MAX_ROWS = 1_048_575
THAI_DATE = "[$-th-TH,107]d mmmm yyyy"
FORMATS = {
    "text": {"text_wrap": True, "valign": "top"},
    "code": {"num_format": "@", "valign": "top"},
    "number": {"num_format": "#,##0.##", "valign": "top"},
    "money": {"num_format": "#,##0.00", "valign": "top"},
    "date": {"num_format": THAI_DATE, "align": "left", "valign": "top"},
    "moment": {"num_format": THAI_DATE + " hh:mm", "align": "left", "valign": "top"},
}
WIDTHS = {"text": 36, "code": 18, "number": 14, "money": 20, "date": 22, "moment": 28}
FONT = {"font_name": "TH Sarabun New", "font_size": 16}


@dataclass(frozen=True)
class Column:
    """One column. `value` is the path of an attribute (`"round.name"`) or a function of the row.

    `kind` is text, code (digits that are no number), number, money, date or moment.
    """

    heading: str
    value: str | Callable
    kind: str = "text"

    def __post_init__(self):
        if self.kind not in FORMATS:
            raise ValueError(f"{self.heading}: no such kind of column as {self.kind!r}.")

    def value_in(self, row):
        if callable(self.value):
            return self.value(row)
        try:
            return attrgetter(self.value)(row)
        except AttributeError:
            return _along(row, self.value.split("."))


def _along(row, path):
    """The value at the end of `path`, or None where a link on the way is None."""
    for name in path:
        if row is None:
            return None
        row = getattr(row, name)
    return row


def inert(text):
    """`text` with an apostrophe before it when a spreadsheet could take it for a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(LEADERS) else text


def csv_response(columns, rows, filename):
    """A streamed CSV download of `rows`; texts are defused, numbers stay numbers, dates are ISO."""
    language = translation.get_language()
    response = StreamingHttpResponse(_csv_lines(columns, rows, language), content_type="text/csv; charset=utf-8")
    return _as_download(response, filename)


class _Echo:
    def write(self, text):
        return text


def _csv_lines(columns, rows, language):
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    with translation.override(language):
        yield BOM + writer.writerow([inert(str(column.heading)) for column in columns])
    for row in rows:
        with translation.override(language):
            line = writer.writerow([_csv_cell(column, row) for column in columns])
        yield line


def _csv_cell(column, row):
    value = column.value_in(row)
    match value:
        case None:
            return ""
        case bool():
            return inert(_yes_or_no(value))
        case int() | float() | Decimal():
            return f"{value:.2f}" if column.kind == "money" else str(value)
        case datetime():
            return value.astimezone(clock.BANGKOK).isoformat(timespec="seconds")
    return inert(value.isoformat() if hasattr(value, "isoformat") else str(value))


def xlsx_response(columns, rows, filename, notes=()):
    """An xlsx download of `rows`, with a second sheet of explanations: `notes` are pairs of label and text."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    try:
        write_xlsx(file, columns, rows, notes)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _as_download(FileResponse(file, content_type=content_type), filename)


def write_xlsx(file, columns, rows, notes=()):
    """Write the workbook into `file` (binary); the number of rows written."""
    import xlsxwriter  # only those who ask for a workbook pay for it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": FONT,
    }
    with xlsxwriter.Workbook(file, options) as book:
        count = _write_rows(book, columns, rows)
        _write_notes(book, [*notes, (_("Rows"), str(count)), (_("Made at"), _clock_text())])
    return count


def _write_rows(book, columns, rows):
    sheet = book.add_worksheet(_("Data"))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    formats = [book.add_format({**FONT, **FORMATS[column.kind]}) for column in columns]
    bold = book.add_format({**FONT, "bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    for number, column in enumerate(columns):
        sheet.set_column(number, number, WIDTHS[column.kind])
        sheet.write_string(0, number, str(column.heading), bold)
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise Refused(_("The list is longer than a sheet can be. Narrow it, or take CSV."), code="too_many_rows")
        for number, column in enumerate(columns):
            _write_cell(sheet, count, number, column.value_in(row), formats[number])
    sheet.autofilter(0, 0, count, len(columns) - 1)
    return count


def _write_cell(sheet, row, number, value, style):
    match value:
        case None | "":
            sheet.write_blank(row, number, None, style)
        case bool():
            sheet.write_string(row, number, _yes_or_no(value), style)
        case int() | float() | Decimal():
            sheet.write_number(row, number, value, style)
        case datetime():
            sheet.write_datetime(row, number, value.astimezone(clock.BANGKOK).replace(tzinfo=None), style)
        case _ if hasattr(value, "isoformat"):
            sheet.write_datetime(row, number, value, style)
        case _:
            sheet.write_string(row, number, str(value)[:MAX_CELL], style)


def _write_notes(book, notes):
    sheet = book.add_worksheet(_("Explanations"))
    bold = book.add_format({**FONT, "bold": True, "valign": "top"})
    plain = book.add_format({**FONT, "text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for row, (label, text) in enumerate(notes):
        sheet.write_string(row, 0, str(label), bold)
        sheet.write_string(row, 1, str(text)[:MAX_CELL], plain)


def _yes_or_no(value):
    return _("yes") if value else _("no")


def _clock_text():
    return clock.now().astimezone(clock.BANGKOK).isoformat(timespec="seconds")


def _as_download(response, filename):
    response["Content-Disposition"] = content_disposition_header(True, filename)
    response["Cache-Control"] = "no-store"
    return response
