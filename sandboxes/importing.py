"""Readings from a workbook: our own template out, checked row by row in, all or nothing."""

import io
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal import files
from portal.errors import Refused
from portal.fields import ThaiDateField, ThaiDecimalField
from sandboxes import measuring

MOST_ROWS = 2000
COLUMNS = ("indicator", "on", "value", "evidence")


def headings():
    return [_("Indicator"), _("Measured on"), _("Value"), _("Evidence")]


def template(pilot):
    """The workbook to fill in, as bytes: one line for each indicator, with a list to choose from."""
    import xlsxwriter

    buffer, names = io.BytesIO(), [one.name_th for one in pilot.indicators.all()]
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        style = book.add_format({"font_name": "TH Sarabun New", "font_size": 16})
        bold = book.add_format({"font_name": "TH Sarabun New", "font_size": 16, "bold": True, "bottom": 1})
        sheet = book.add_worksheet(_("Readings"))
        sheet.freeze_panes(1, 0)
        for column, (heading, width) in enumerate(zip(headings(), (42, 20, 16, 48), strict=True)):
            sheet.set_column(column, column, width, style)
            sheet.write_string(0, column, heading, bold)
        for row, name in enumerate(names, start=1):
            sheet.write_string(row, 0, name, style)
        lists = book.add_worksheet(_("Indicators"))
        for row, name in enumerate(names):
            lists.write_string(row, 0, name)
        if names:
            source = f"='{_('Indicators')}'!$A$1:$A${len(names)}"
            sheet.data_validation(1, 0, MOST_ROWS, 0, {"validate": "list", "source": source})
    return buffer.getvalue()


def read(pilot, upload):
    """The rows of a filled-in workbook as `(rows, errors)`.

    `rows` are keyword arguments of `measuring.record_reading`; `errors` name row, column and reason. A row without a
    value is passed over. Raises ValidationError for what is no workbook.
    """
    from python_calamine import CalamineWorkbook

    files.check(upload, files.clean_name(upload.name), only={"xlsx"})
    upload.seek(0)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(upload.read())).get_sheet_by_index(0)
        cells = sheet.to_python()[1 : MOST_ROWS + 2]
    except Exception as error:
        raise ValidationError(_("This workbook cannot be read. Save it again and retry.")) from error
    if len(cells) > MOST_ROWS:
        raise ValidationError(_("A workbook has at most %(most)s rows.") % {"most": MOST_ROWS})
    indicators = {one.name_th.strip(): one for one in pilot.indicators.all()}
    rows, errors = [], []
    for number, line in enumerate(cells, start=2):
        line = [*line, "", "", "", ""][:4]
        if all(cell in ("", None) for cell in line[1:]):
            continue
        found = _row(line, indicators, number, errors)
        if found:
            rows.append(found)
    if not rows and not errors:
        raise ValidationError(_("No row has a value."))
    return rows, errors


def _row(line, indicators, number, errors):
    before, (name, on, value, evidence) = len(errors), line
    indicator = indicators.get(str(name).strip())
    if indicator is None:
        errors.append(_error(number, 0, _("“%(name)s” is no indicator of this pilot.") % {"name": name}))
    cleaned = {
        "on": _cell(ThaiDateField(required=False), _as_day(on), number, 1, errors, _("Enter the day.")),
        "value": _cell(ThaiDecimalField(required=False), _as_text(value), number, 2, errors, _("Enter the value.")),
    }
    if not str(evidence).strip():
        errors.append(_error(number, 3, _("Say what the value rests on.")))
    return {"indicator": indicator, "evidence": str(evidence).strip(), **cleaned} if len(errors) == before else None


def _cell(field, value, number, column, errors, wanted):
    try:
        found = field.clean(value)
    except ValidationError as error:
        errors.append(_error(number, column, " ".join(error.messages)))
        return None
    if found is None:
        errors.append(_error(number, column, wanted))
    return found


def _as_day(value):
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else str(value or "")


def _as_text(value):
    return format(Decimal(str(value)), "f") if isinstance(value, (int, float)) else str(value or "")


def _error(number, column, text):
    return _("Row %(row)s, column “%(column)s”: %(text)s") % {
        "row": number,
        "column": headings()[column],
        "text": text,
    }


def take_in(pilot, upload, *, by):
    """Record every reading of a workbook, or none: ValidationError lists what is wrong, row by row."""
    rows, errors = read(pilot, upload)
    if errors:
        raise ValidationError(errors)
    try:
        return measuring.record_all(pilot, rows, by=by)
    except Refused as refusal:
        raise ValidationError(refusal.message) from refusal
