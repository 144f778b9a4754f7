"""Inviting many from one workbook: the template, every flaw named, and all or nobody."""

import re
from datetime import timedelta
from io import BytesIO

import openpyxl
import pypdfium2
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal import clock, jobs, pdf
from portal.errors import Refused
from portal.models import Job, Notice, StoredFile
from portal.models.people import Invitation, Membership
from portal.people import accounts, letters
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government, province

pytestmark = pytest.mark.django_db
HEAD = ["รหัส อปท.", "องค์กรปกครองส่วนท้องถิ่น", "บทบาท", "ชื่อและนามสกุล", "อีเมล", "ปฏิบัติหน้าที่ตามคำสั่งที่", "ถึงวันที่"]
ENGLISH = [
    "Code of the office",
    "Local government",
    "Role",
    "Name and surname",
    "E-mail",
    "Acting by order",
    "Held until",
]


@pytest.fixture
def krabi():
    return province(name_th="กระบี่")


@pytest.fixture
def officer(krabi):
    return person(Role.PROVINCIAL_OFFICER, at=krabi)


def offices_of(krabi, count):
    first = local_government(province=krabi, code="05810001")
    return [first] + [
        local_government(district=first.district, code=f"0581{number:04}") for number in range(2, count + 1)
    ]


def workbook(rows, head=ENGLISH):
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([head, *rows]):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile("invitations.xlsx", file.getvalue())


def row(office, role="local_officer", name="สมชาย ใจดี", email="", order="", until=""):
    return [office.code, office.name_th, role, name, email, order, until]


def sent(client, rows, **kwargs):
    return client.post(reverse("invite-workbook"), {"workbook": workbook(rows, **kwargs)})


def test_template_has_a_row_for_every_free_post_of_the_own_offices(client, krabi, officer):
    first, second = offices_of(krabi, 2)
    local_government(code="05990001")
    person(Role.LOCAL_CLERK, at=first)
    client.force_login(officer)

    answer = client.get(reverse("invite-template"))

    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)]
    assert sorted(line[0] for line in lines) == ["05810001"] * 2 + ["05810002"] * 3
    assert [cell.value for cell in sheet[1]] == HEAD


def test_checked_workbook_invites_everybody_and_shows_the_codes_once(client, krabi, officer):
    first, second = offices_of(krabi, 2)
    client.force_login(officer)
    rows = [row(second, "ปลัด", "สมหญิง"), row(first, name="", email=""), row(first, order="12/2569", until="1/10/2599")]

    looked = sent(client, rows)
    before = Invitation.objects.count()
    shown = client.post(reverse("invite-workbook"), {"checked": looked.context["checked"]})
    again = client.post(reverse("invite-workbook"), {"checked": looked.context["checked"] + "x"})

    assert (looked.status_code, before, again.status_code) == (200, 0, 400)
    assert [letter.office for letter in shown.context["letters"]] == [first, second]
    assert "no-store" in shown["Cache-Control"]
    assert Invitation.objects.get(acting=True).order_no == "12/2569"
    codes = re.findall(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", shown.text)
    post = accounts.accept(codes[1], user=person())
    assert (post.role, post.local_government) == ("local_clerk", second)


@pytest.mark.long
def test_three_hundred_people_are_invited_from_one_workbook(client, krabi, officer):
    offices = offices_of(krabi, 99) + [local_government(province=krabi, code="05829999")]
    client.force_login(officer)
    rows = [row(office, role, f"คนที่ {role}") for office in offices for role in ("เจ้าหน้าที่", "ปลัด", "นายก")]

    looked = sent(client, rows)
    shown = client.post(reverse("invite-workbook"), {"checked": looked.context["checked"]})

    assert (shown.context["count"], Invitation.objects.count()) == (300, 300)
    assert len(shown.context["letters"]) == 100


@pytest.mark.long
def test_three_hundred_rows_with_seven_flaws_invite_nobody_and_name_each_cell(client, krabi, officer):
    offices = offices_of(krabi, 99) + [local_government(province=krabi, code="05829999")]
    elsewhere = local_government(code="05990001")
    rows = [row(office, role, f"คนที่ {role}") for office in offices for role in ("officer", "ปลัด", "นายก")]
    rows = [[*line[:2], {"officer": "local_officer"}.get(line[2], line[2]), *line[3:]] for line in rows]
    planted = {
        5: ("Code of the office", {0: "09999999"}),
        17: ("Role", {2: "กำนัน"}),
        40: ("Name and surname", {3: "", 4: "a@example.com"}),
        77: ("E-mail", {4: "สมชาย(ที่)example"}),
        120: ("Held until", {6: "31/2/2570"}),
        200: ("Code of the office", {0: elsewhere.code, 1: elsewhere.name_th}),
        300: ("Name and surname", dict(enumerate(rows[10]))),
    }
    for number, (_column, changes) in planted.items():
        for place, value in changes.items():
            rows[number - 1][place] = value
    client.force_login(officer)
    client.cookies["django_language"] = "en"

    answer = sent(client, rows)

    assert [(flaw.row, flaw.column) for flaw in answer.context["flaws"]] == [
        (number + 1, column) for number, (column, _changes) in planted.items()
    ]
    assert (answer.status_code, "checked" in answer.context, Invitation.objects.count()) == (400, False, 0)


def test_somebody_invited_already_and_a_wrong_name_of_the_office_are_flaws(client, krabi, officer):
    first, second = offices_of(krabi, 2)
    accounts.invite(by=officer, role=Role.LOCAL_OFFICER, full_name="สมชาย ใจดี", local_government=first)
    client.force_login(officer)

    answer = sent(client, [row(first), [second.code, first.name_th, "นายก", "สมศรี", "", "", ""]])

    assert [(flaw.row, flaw.column) for flaw in answer.context["flaws"]] == [
        (2, "ชื่อและนามสกุล"),
        (3, "องค์กรปกครองส่วนท้องถิ่น"),
    ]


@pytest.mark.parametrize("head", [["a", "b"], []])
def test_workbook_without_the_headings_is_refused(client, officer, head):
    client.force_login(officer)

    answer = sent(client, [["x"]], head=head)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["workbook"])


def test_file_that_is_no_workbook_is_refused(client, officer):
    client.force_login(officer)

    answer = client.post(reverse("invite-workbook"), {"workbook": SimpleUploadedFile("a.xlsx", b"PK\x03\x04nothing")})

    assert (answer.status_code, Invitation.objects.count()) == (400, 0)


def test_page_is_for_those_who_invite(client, krabi):
    client.force_login(person(Role.LOCAL_OFFICER, at=local_government(province=krabi)))

    assert client.get(reverse("invite-workbook")).status_code == 403
    assert client.get(reverse("invite-template")).status_code == 403
    assert Membership.objects.in_force(clock.today()).count() == 1


def checked(client, rows):
    return sent(client, rows).context["checked"]


def codes_in(stored):
    """The codes that a PDF of letters shows, read from it as people would copy them."""
    text = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(stored.file.read()))
    return re.findall(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", text)


needs_pdf = pytest.mark.skipif(not pdf.is_available(), reason="no Pango")


@needs_pdf
def test_letters_are_drawn_by_a_job_and_their_codes_open_the_posts(client, krabi, officer):
    first, second = offices_of(krabi, 2)
    client.force_login(officer)
    rows = [row(first, name="ก หนึ่ง", email="shared@example.org"), row(first, "ปลัด", "ข สอง"), row(second, name="ค สาม")]

    page = client.post(reverse("invite-workbook"), {"checked": checked(client, rows), "pdf": "1"})
    before = Notice.objects.filter(kind="invitation").count()
    job = jobs.run_next()

    codes = codes_in(job.result)
    assert (page.status_code, page["Location"], job.state, before) == (302, job.get_absolute_url(), "done", 0)
    assert len(codes) == 3 and Notice.objects.get(kind="invitation").url.endswith(codes[0])
    accounts.accept(codes[1], user=person())
    again = client.post(reverse("invitation-letters"))
    fresh = codes_in(jobs.run_next().result)
    assert (again.status_code, len(fresh)) == (302, 2)
    with pytest.raises(Refused):
        accounts.open_invitation(codes[0])
    assert accounts.open_invitation(fresh[1]).local_government == second
    stranger = person(Role.PROVINCIAL_OFFICER, at=province())
    client.force_login(stranger)
    assert client.get(reverse("job-file", args=[job.pk])).status_code == 404


@needs_pdf
def test_letters_are_forgotten_after_three_days_and_a_stopped_job_changes_nothing(client, krabi, officer):
    [first] = offices_of(krabi, 1)
    client.force_login(officer)
    client.post(reverse("invite-workbook"), {"checked": checked(client, [row(first)]), "pdf": "1"})
    digest = Invitation.objects.get().digest

    stopped = jobs.run_next(stopping=lambda: True)
    kept = Invitation.objects.get().digest
    job = jobs.run_next()
    with clock.at(clock.now() + timedelta(days=3, minutes=1)):
        letters.forget_old()

    assert (stopped.state, kept == digest, job.state) == ("queued", True, "done")
    assert not StoredFile.objects.exists() and Job.objects.get(pk=job.pk).result is None


def test_workbook_that_is_sent_twice_invites_once(client, krabi, officer):
    [first] = offices_of(krabi, 1)
    client.force_login(officer)
    given = {"checked": checked(client, [row(first)])}

    answers = [client.post(reverse("invite-workbook"), given).status_code for _time in range(2)]

    assert (answers, Invitation.objects.count()) == ([200, 400], 1)


@needs_pdf
@pytest.mark.long
def test_letters_for_many_offices_are_one_pdf_a_page_for_each(client, krabi, officer):
    [first] = offices_of(krabi, 1)
    offices = [first]
    offices += [local_government(district=first.district, code=f"05829{number:03}") for number in range(44)]
    client.force_login(officer)

    client.post(reverse("invite-workbook"), {"checked": checked(client, [row(one) for one in offices]), "pdf": "1"})
    job = jobs.run_next()

    assert (job.done, job.total, len(set(codes_in(job.result)))) == (45, 45, 45)
