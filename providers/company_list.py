"""The list of companies that comes from the Department of Business Development as a workbook."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock, imports
from portal.imports import Flaw
from portal.thai.dates import parse_thai_date
from providers.companies import note_status
from providers.identity import juristic_number
from providers.models import Provider
from providers.states import CompanyStatus

COLUMNS = {
    "number": gettext_lazy("Juristic number"),
    "status": gettext_lazy("Company status"),
    "checked_on": gettext_lazy("Checked on"),
}
WORDS = {
    "ยังดำเนินกิจการอยู่": CompanyStatus.OPERATING,
    "ดำเนินกิจการ": CompanyStatus.OPERATING,
    "เสร็จการชำระบัญชี": CompanyStatus.DISSOLVED,
    "เลิก": CompanyStatus.DISSOLVED,
    "ล้มละลาย": CompanyStatus.BANKRUPT,
    "ร้าง": CompanyStatus.DESERTED,
    "ถอนทะเบียน": CompanyStatus.STRUCK_OFF,
}


@dataclass(frozen=True)
class Line:
    """One company's status on a day, as the workbook says; `provider` is None for one the registry does not know."""

    row: int
    number: str
    provider: Provider | None
    status: str
    checked_on: date


def read(upload):
    """`(lines, flaws)`: what the workbook says of companies, and every cell that cannot be read."""
    lines, flaws = [], []
    rows = imports.read(upload, COLUMNS)
    known = Provider.objects.in_bulk([_digits(cells["number"]) for _row, cells in rows], field_name="juristic_number")
    for row, cells in rows:
        found = {}
        for key, reader in (("number", juristic_number), ("status", _status), ("checked_on", _day)):
            try:
                found[key] = reader(cells[key])
            except ValidationError as error:
                flaws.append(Flaw(row, str(COLUMNS[key]), " ".join(error.messages)))
        if len(found) == len(COLUMNS):
            lines.append(Line(row, provider=known.get(found["number"]), **found))
    return lines, flaws


def _digits(text):
    try:
        return juristic_number(text)
    except ValidationError:
        return ""


def _status(text):
    plain = "".join(text.split())
    if text in CompanyStatus.values:
        return CompanyStatus(text)
    for word, status in WORDS.items():
        if word in plain:
            return status
    raise ValidationError(_("“%(text)s” is no status of the department.") % {"text": text})


def _day(text):
    if not text:
        return clock.today()
    try:
        day = parse_thai_date(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None
    if day > clock.today():
        raise ValidationError(_("This day has not come yet."))
    return day


def enter(lines, *, by):
    """Keep what `lines` say of the companies that the registry knows, all or nothing; (companies, changed)."""
    known = [line for line in lines if line.provider]
    with transaction.atomic():
        changed = sum(note_status(line.provider, line.status, line.checked_on, by=by) for line in known)
    return len(known), changed
