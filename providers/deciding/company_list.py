"""The list of companies that comes from the Department of Business Development as a workbook."""

from dataclasses import dataclass
from datetime import date

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock, imports
from portal.imports import Flaw
from portal.models.audit import Event
from portal.thai.dates import parse_thai_date
from providers.deciding.companies import note_status
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


SALT, KEPT_FOR = "providers.deciding.company_list", 60 * 60


@dataclass(frozen=True)
class Line:
    """One company's status on a day, as the workbook says; `provider` is None for one the registry does not know."""

    row: int
    number: str
    provider: Provider | None
    status: str
    checked_on: date

    @property
    def label(self):
        return CompanyStatus(self.status).label

    @property
    def is_old(self):
        """Whether the registry has newer news of the company."""
        known = self.provider and self.provider.company_checked_on
        return bool(known and self.checked_on < known)

    @property
    def changes(self):
        """Whether the company would have another status than now."""
        return bool(self.provider) and not self.is_old and self.provider.company_status != self.status


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


def latest_changes():
    """The latest fifty changes of companies' status, newest first: events, each with its `company` and labels."""
    found = Event.objects.filter(object_type=Provider._meta.label_lower, verb="provider.check_company")
    found = list(found.exclude(before=F("after")).select_related("actor").order_by("-id")[:50])
    companies = Provider.objects.in_bulk({one.object_id for one in found})
    labels = dict(CompanyStatus.choices)
    for one in found:
        one.company = companies[one.object_id]
        one.checked_on = date.fromisoformat(one.details["checked_on"])
        one.was, one.became = labels.get(one.before, ""), labels.get(one.after, "")
    return found


def keep(lines):
    """What `lines` say of known companies, as a signed text that a form carries to the second page."""
    rows = [[one.row, one.number, str(one.status), one.checked_on.isoformat()] for one in lines if one.provider]
    return signing.dumps(rows, salt=SALT, compress=True)


def kept(text):
    """The lines in a text made by `keep`. Raises ValidationError when it is old or was changed."""
    try:
        rows = signing.loads(text, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        raise ValidationError(_("The check is too old. Choose the workbook again.")) from None
    known = Provider.objects.in_bulk([number for _row, number, _status, _day in rows], field_name="juristic_number")
    return [
        Line(row, number, known[number], CompanyStatus(status), date.fromisoformat(day))
        for row, number, status, day in rows
        if number in known
    ]


def enter(lines, *, by):
    """Keep what `lines` say of the companies that the registry knows, all or nothing; (companies, changed)."""
    known = [line for line in lines if line.provider]
    with transaction.atomic():
        changed = sum(note_status(line.provider, line.status, line.checked_on, by=by) for line in known)
    return len(known), changed
