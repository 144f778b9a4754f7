"""Workbooks of a run: people to enrol, who came, marks. All or nothing; what is wrong is named by row and cell."""

from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal.errors import Refused
from portal.fields import plain_number
from portal.imports import Flaw
from portal.thai.citizens import has_citizen_number
from portal.thai.dates import thaidate_short
from training import attendance, enrolling
from training.models import Enrolment
from training.states import EnrolmentState, Source

MOST = 1000
PEOPLE = {
    "first_name": L("First name"),
    "last_name": L("Last name"),
    "position": L("Position"),
    "email": L("E-mail"),
    "phone": L("Telephone"),
}
MARKS = {"number": L("Enrolment"), "name": L("Name"), "mark": L("Mark (of 100)")}
PRESENT = {"1", "/", "x", "✓", "ü", "มา", "present", "yes", "ใช่"}
AWAY = {"0", "-", "–", "ขาด", "absent", "no", "ไม่"}


@dataclass
class Checked:
    """What a workbook came to: rows that fit, and the flaws; with a flaw nothing is saved."""

    rows: list = field(default_factory=list)
    flaws: list = field(default_factory=list)

    def flaw(self, row, heading, message):
        self.flaws.append(Flaw(row, str(heading), message))


# People


def check_people(rows, run):
    """The `Checked` people of `[(row number, {key: text})]`: names, addresses, nobody twice."""
    checked, seen = Checked(), {}
    for number, row in rows:
        before = len(checked.flaws)
        if not row["first_name"]:
            checked.flaw(number, PEOPLE["first_name"], _("Enter the first name."))
        if not row["last_name"]:
            checked.flaw(number, PEOPLE["last_name"], _("Enter the last name."))
        for key, longest in (("first_name", 150), ("last_name", 150), ("position", 160), ("phone", 40)):
            if len(row[key]) > longest:
                checked.flaw(number, PEOPLE[key], _("At most %(longest)s characters.") % {"longest": longest})
            elif has_citizen_number(row[key]):
                checked.flaw(number, PEOPLE[key], _("Leave out the citizen number: we do not collect it."))
        if row["email"]:
            try:
                validate_email(row["email"])
            except ValidationError:
                checked.flaw(
                    number, PEOPLE["email"], _("“%(email)s” is no e-mail address.") % {"email": row["email"][:60]}
                )
            else:
                address = row["email"].lower()
                if address in seen:
                    checked.flaw(
                        number, PEOPLE["email"], _("The same address stands in row %(row)s.") % {"row": seen[address]}
                    )
                seen.setdefault(address, number)
        if len(checked.flaws) == before:
            checked.rows.append((number, row))
    if not rows:
        checked.flaw(2, PEOPLE["first_name"], _("The workbook has no rows."))
    return checked


@transaction.atomic
def enrol_people(run, local_government, checked, *, by):
    """Enrol everybody of a checked workbook; (confirmed, waitlisted). All or nothing: Refused names the row."""
    confirmed = waiting = 0
    for number, row in checked.rows:
        try:
            enrolment = enrolling.enrol_person(run, by=by, local_government=local_government, **row)
        except Refused as refusal:
            raise Refused(
                _("Row %(row)s: %(message)s") % {"row": number, "message": refusal.message},
                code=refusal.code,
                row=number,
            ) from None
        confirmed += enrolment.state == EnrolmentState.CONFIRMED
        waiting += enrolment.state == EnrolmentState.WAITLISTED
    return confirmed, waiting


# Marks


def check_marks(rows, run):
    """The `Checked` marks: `[(enrolment, Decimal)]` of the confirmed learners of a run; an empty mark is left out."""
    known = {str(e.pk): e for e in run.enrolments.confirmed().select_related("learner", "run__course")}
    checked, seen = Checked(), set()
    for number, row in rows:
        enrolment = known.get(row["number"])
        if enrolment is None:
            text = _("Nobody with this number is confirmed in this run.")
            checked.flaw(number, MARKS["number"], text)
            continue
        if enrolment.pk in seen:
            checked.flaw(number, MARKS["number"], _("This person stands here twice."))
            continue
        seen.add(enrolment.pk)
        if not row["mark"]:
            continue
        try:
            mark = Decimal(plain_number(row["mark"]))
        except ValueError:
            checked.flaw(number, MARKS["mark"], _("“%(text)s” is no number.") % {"text": row["mark"][:40]})
            continue
        if not 0 <= mark <= 100 or -mark.as_tuple().exponent > 2:
            checked.flaw(number, MARKS["mark"], _("A mark is from 0 to 100, with at most two decimal places."))
            continue
        checked.rows.append((enrolment, mark))
    return checked


@transaction.atomic
def write_marks(checked, *, by):
    """Write the marks of a checked workbook; how many."""
    for enrolment, mark in checked.rows:
        enrolling.set_mark(Enrolment.objects.select_related("run").get(pk=enrolment.pk), mark, by=by)
    return len(checked.rows)


# Attendance


def attendance_columns(run):
    """The headings of a run's attendance workbook: number, name, and a column for each session."""
    columns = {"number": MARKS["number"], "name": MARKS["name"]}
    for index, session in enumerate(run.sessions.all(), start=1):
        columns[f"session-{session.pk}"] = f"{index}. {thaidate_short(session.starts_at)}"
    return columns


def check_attendance(rows, run):
    """The `Checked` attendance: `[((session, enrolment), is_present)]`; an empty cell says nothing."""
    sessions = list(run.sessions.all())
    columns = attendance_columns(run)
    known = {str(e.pk): e for e in run.enrolments.on_the_list()}
    checked = Checked()
    for number, row in rows:
        enrolment = known.get(row["number"])
        if enrolment is None:
            checked.flaw(number, MARKS["number"], _("Nobody with this number is on the list of this run."))
            continue
        for session in sessions:
            key = f"session-{session.pk}"
            said = row[key].strip().lower()
            if said in PRESENT or said in AWAY:
                checked.rows.append(((session, enrolment), said in PRESENT))
            elif said:
                checked.flaw(number, columns[key], _("Write 1 for present or 0 for absent."))
    return checked


def write_attendance(run, checked, *, by):
    """Write the attendance of a checked workbook; how many lines."""
    return attendance.mark(run, dict(checked.rows), by=by, source=Source.FILE)


# The workbook that goes back


def marked(upload, flaws, columns):
    """The workbook as it came, with each wrong cell coloured and its reason as a comment; bytes."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    from portal.imports import text_of

    upload.seek(0)
    lines = CalamineWorkbook.from_filelike(upload).get_sheet_by_index(0).to_python(skip_empty_area=False)
    texts = [[text_of(cell) for cell in line] for line in lines]
    head = next((line for line in texts if any(line)), [])
    places = {"".join(cell.split()).casefold(): place for place, cell in enumerate(head)}
    wrong = {}
    for flaw in flaws:
        wrong.setdefault((flaw.row - 1, places.get("".join(flaw.column.split()).casefold(), 0)), []).append(
            flaw.message
        )
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(_("Data"))
        plain = book.add_format({"num_format": "@"})
        bad = book.add_format({"num_format": "@", "bg_color": "#fdecea", "border": 2, "border_color": "#b3261e"})
        for row, line in enumerate(texts):
            for place, text in enumerate(line):
                sheet.write_string(row, place, text, bad if (row, place) in wrong else plain)
        for (row, place), messages in wrong.items():
            text = " ".join(messages)
            if row >= len(texts) or place >= len(texts[row]):
                sheet.write_string(row, place, "", bad)
            sheet.write_comment(row, place, text, {"x_scale": 2, "visible": False})
        sheet.set_column(0, max(len(head), 1), 24)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
