"""Planted identifiers through every flow of training, then looked for wherever they could have stayed.

Fifty citizen numbers with fitting check digits, written plain, dashed and in Thai digits, are typed wherever somebody
can type: pages, drafts kept while typing, steps, workbooks, REST, addresses. Afterwards the whole database with its
history, the letters, the exports and the log hold none of them.
"""

import io
import logging
from itertools import cycle

import pytest
import xlsxwriter
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from stdnum.th import pin

from portal import clock
from portal.middleware import CitizenNumberFilter
from portal.roles import Role
from portal.tasks import relay
from portal.thai.citizens import has_citizen_number
from portal.thai.digits import to_arabic, to_thai
from tests.budgets.client import Program
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training import service
from training.states import ApplicationSection

pytestmark = [pytest.mark.django_db, pytest.mark.long]

PLANTED = 50


def citizen_numbers():
    """Fifty numbers that belong to nobody we know, as typed: plain, dashed, in Thai digits."""
    found = []
    for n in range(PLANTED):
        twelve = f"1{n:02d}70{n * 7919 % 10_000_000:07d}"
        plain = twelve + pin.calc_check_digit(twelve)
        dashed = f"{plain[0]}-{plain[1:5]}-{plain[5:10]}-{plain[10:12]}-{plain[12]}"
        found.append((plain, dashed, to_thai(plain))[n % 3])
    return found


NUMBERS = citizen_numbers()


def spellings():
    """Every spelling under which a planted number could turn up."""
    for number in NUMBERS:
        yield number
        yield "".join(filter(str.isdigit, to_arabic(number)))


class Planter:
    """Hands out the planted numbers in turn, inside a text, and counts them."""

    def __init__(self):
        self.turn, self.used = cycle(NUMBERS), set()

    def __call__(self):
        number = next(self.turn)
        self.used.add(number)
        return f"เลข {number} ของผม"


def workbook(headings, rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, text in enumerate(headings):
            sheet.write_string(0, place, text)
        for line, row in enumerate(rows, start=1):
            for place, text in enumerate(row):
                sheet.write_string(line, place, text)
    return SimpleUploadedFile("people.xlsx", out.getvalue())


def write_application(client, call, plant):
    """Every section of a draft, saved, kept while typed, and over REST."""
    draft = call.draft(local_government())
    client.force_login(make.fresh(draft.applicant))
    texts = {
        ApplicationSection.PERSON: ("first_name", "last_name", "phone", "email", "address", "born_on"),
        ApplicationSection.EDUCATION: ("field_of_study", "institution", "graduated_year"),
        ApplicationSection.MOTIVATION: ("motivation", "experience", "project_idea"),
    }
    for section, names in texts.items():
        for route in ("application-section", "application-autosave"):
            client.post(reverse(f"training:{route}", args=[draft.pk, section]), {name: plant() for name in names})
    program = Program(make.fresh(draft.applicant))
    for name in ("first_name", "address", "motivation", "institution"):
        assert program.patch(f"applications/{draft.pk}/", {name: plant()}, match="*").status_code == 400
    return draft


def serve(client, call, plant):
    """A host, its ambassador's reports and projects, and the steps that ask for a reason."""
    place = call.place()
    officer = person(Role.LOCAL_OFFICER, at=local_government())
    home = officer.memberships.get().local_government
    client.force_login(make.fresh(officer))
    client.post(reverse("training:places", args=[call.generation.pk]),
                {"local_government": home.pk, "work_th": plant(), "mentor": officer.pk})  # fmt: skip
    Program(make.fresh(officer)).post("host-places/", {
        "generation": str(call.generation.pk), "local_government": str(home.pk), "work_th": plant(),
        "mentor": officer.username,
    })  # fmt: skip
    _call, placement = make.serving(call)
    assert place.pk
    with clock.at(make.noon(placement.starts_on)):
        ambassador = make.fresh(placement.ambassador)
        report = service.start_report(placement, by=ambassador, month=placement.starts_on.replace(day=1))
        client.force_login(ambassador)
        page = client.post(report.get_absolute_url(), {"work": plant(), "results": plant(), "problems": plant()})
        assert page.status_code == 400
        client.post(reverse("training:project-add", args=[placement.pk]),
                    {"name_th": plant(), "role_th": plant(), "case_number": plant()[4:34]})  # fmt: skip
        program, path = Program(ambassador), f"placements/{placement.pk}/"
        program.patch(f"{path}reports/{report.pk}/", {"work": plant()}, match="*")
        program.post(f"{path}projects/", {"name_th": plant(), "role_th": plant()})
        end = {"ended_on": placement.starts_on.isoformat(), "reason": plant(), "handover": plant()}
        assert program.step(path, "resign", end).status_code == 400
        client.post(reverse("training:placement-step", args=[placement.pk, "resign"]), {
            "ended_on": "1/1/2570", "reason": plant(), "handover": plant(),
            "version": placement.version,
        })  # fmt: skip
    return placement


def judge(client, call, plant):
    """What officers and members write about an applicant."""
    application = call.eligible(local_government())
    other = call.submitted(local_government())
    member = make.fresh(call.members[0])
    client.force_login(member)
    client.post(reverse("training:application-score", args=[application.pk]), {"note": plant()})
    Program(member).put(f"applications/{application.pk}/evaluation/", {"note": plant(), "scores": []})
    client.force_login(make.fresh(call.officer))
    due = {"due_on": "1/12/2575"}
    for step in ("ask_document", "refuse_eligibility"):
        answer = client.post(reverse("training:application-step", args=[other.pk, step]), {
            "documents": ["resume"], "reasons": ["age"], "reason": plant(), "version": other.version, **due,
        })  # fmt: skip
        assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["reason"])
    Program(make.fresh(call.officer)).step(
        f"applications/{other.pk}/", "refuse_eligibility", {"reasons": ["age"], "reason": plant()}
    )


def teach(client, plant):
    """People enrolled by form, workbook and REST; attendance, letters, results."""
    place = local_government()
    clerk, officer, run = person(Role.LOCAL_CLERK, at=place), person(Role.TRAINING_OFFICER), make.run()
    client.force_login(clerk)
    people = {"first_name": plant(), "last_name": plant(), "position": plant(), "phone": plant()}
    assert client.post(reverse("training:staff", args=[run.pk]), {**people, "office": place.pk}).status_code == 400
    file = workbook(("ชื่อ", "นามสกุล", "ตำแหน่ง", "อีเมล", "โทรศัพท์"), [[plant(), plant(), plant(), "", plant()]])
    client.post(reverse("training:people-import", args=[run.pk]), {"office": place.pk, "file": file})
    Program(make.fresh(clerk)).post(
        f"course-runs/{run.pk}/enrolments/", {"local_government": str(place.pk), "people": [people]}
    )
    enrolment = make.enrolled(run)
    session = run.sessions.first()
    client.force_login(make.fresh(officer))
    client.post(reverse("training:attendance", args=[run.pk, session.pk]), {"source": "offline", "reason": plant()})
    client.post(
        reverse("training:decide", args=[run.pk, session.pk, enrolment.pk]), {"present": "yes", "reason": plant()}
    )
    client.post(reverse("training:run-write", args=[run.pk]), {"audience": "seated", "text": plant()})
    client.post(reverse("training:run-step", args=[run.pk, "cancel"]), {"reason": plant(), "version": run.version})
    program = Program(make.fresh(officer))
    program.post(f"course-runs/{run.pk}/letters/", {"audience": "seated", "text": plant()})
    program.post(f"course-runs/{run.pk}/attendance/", {"source": "decision", "reason": plant(), "entries": [
        {"session": str(session.pk), "enrolment": str(enrolment.pk), "present": True},
    ]})  # fmt: skip
    program.step(f"course-runs/{run.pk}/", "reschedule", {"shift_days": 1, "reason": plant()})


def knock(client, plant):
    """Addresses, the search, the sign-in and the opening of an account."""
    for address in (reverse("search"), reverse("training:courses"), reverse("training:coverage")):
        client.get(address, {"q": plant()})
    client.get(reverse("training:verify", args=[plant()[4:17]]))
    client.get(f"/training/{plant()}/")
    client.get(reverse("training:claim"), {"code": plant()})
    client.logout()
    client.post(reverse("account_login"), {"login": plant()[4:17], "password": plant()})
    client.post(reverse("account_signup"), {
        "first_name": plant(), "last_name": plant(), "username": plant()[4:17], "email": "x@example.org",
        "password1": "สามคำที่ไม่ซ้ำใคร", "password2": "สามคำที่ไม่ซ้ำใคร",
    })  # fmt: skip


def dump():
    out = io.StringIO()
    call_command("dumpdata", stdout=out, exclude=["contenttypes", "auth.permission", "sessions"])
    return out.getvalue()


def test_no_citizen_number_stays_anywhere(client, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(CitizenNumberFilter())
    plant = Planter()
    call = make.Call().open()
    write_application(client, call, plant)
    judge(client, call, plant)
    teach(client, plant)
    knock(client, plant)
    serve(client, make.Call().open(), plant)
    relay(500)
    client.force_login(make.fresh(call.officer))
    exports = [client.get(reverse("training:applications", args=[call.generation.pk]), {"format": "csv"})]

    held = {
        "the database": dump(),
        "the letters": str([(letter.subject, letter.body, letter.to) for letter in mail.outbox]),
        "the log": caplog.text,
        "the exports": "".join(b"".join(answer).decode() for answer in exports),
    }
    assert plant.used == set(NUMBERS)
    assert all(has_citizen_number(number) for number in NUMBERS)
    assert [(where, number) for where, text in held.items() for number in spellings() if number in text] == []
