"""Workbooks that come in: read as text, row by row, with what does not fit named by row and column."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from portal import files
from portal.thai.dates import numeric_date

MOST_ROWS = 5000
LANGUAGES = ("th", "en")


@dataclass(frozen=True)
class Flaw:
    """What is wrong in a cell: the row as the spreadsheet numbers it, the column's heading, and what to do."""

    row: int
    column: str
    message: str


def read(upload, columns, *, most=MOST_ROWS):
    """`[(row number, {key: text})]` of the first sheet of an uploaded workbook, empty rows apart.

    `columns` maps keys to headings (lazy texts), found in either language and in any order. Raises ValidationError
    for a file that is no workbook, lacks a column or has more than `most` rows.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # only those who bring a workbook pay for it

    files.check(upload, files.clean_name(upload.name), only={"xlsx"})
    try:
        upload.seek(0)
        sheet = CalamineWorkbook.from_filelike(upload).get_sheet_by_index(0)
        lines = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise ValidationError(_("This workbook cannot be read. Save it again as Excel (.xlsx).")) from error
    numbered = [(number, [text_of(cell) for cell in line]) for number, line in enumerate(lines, start=1)]
    numbered = [(number, cells) for number, cells in numbered if any(cells)]
    places = _places(numbered[0][1] if numbered else [], columns)
    rows = [
        (number, {key: cells[place] if place < len(cells) else "" for key, place in places.items()})
        for number, cells in numbered[1:]
    ]
    if len(rows) > most:
        raise ValidationError(
            _("At most %(most)s rows at once; this has %(rows)s.") % {"most": most, "rows": len(rows)}
        )
    return rows


def _places(head, columns):
    """Where each column stands, by its heading."""
    known = {}
    for language in LANGUAGES:
        with translation.override(language):
            known |= {_plain(str(heading)): key for key, heading in columns.items()}
    places = {known[_plain(cell)]: place for place, cell in enumerate(head) if _plain(cell) in known}
    absent = [str(heading) for key, heading in columns.items() if key not in places]
    if absent:
        raise ValidationError(
            _("The first row must hold the headings of the template. Missing: %(names)s.")
            % {"names": ", ".join(absent)}
        )
    return places


def _plain(text):
    return "".join(text.split()).casefold()


def text_of(cell):
    """A cell as the text that a person sees: whole numbers without a point, days in the reader's era."""
    match cell:
        case None:
            return ""
        case bool():
            return "1" if cell else "0"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return numeric_date(cell.date())
        case date():
            return numeric_date(cell)
    return " ".join(str(cell).replace("\0", "").split())
