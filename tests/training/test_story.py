"""A generation from announcement to graduation, a course from two sources, a workbook of 500, planted personal data."""

import io
import re
from base64 import b64decode
from calendar import monthrange
from datetime import timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from portal import clock
from portal.errors import Refused
from portal.models import Event
from portal.models.outbox import Notice
from portal.roles import Role
from portal.tasks import relay
from tests.budgets.client import Program
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training import attendance, importing, privacy, selection, service, tasks
from training.lifecycle import ENROLMENT, PLACEMENT, RUN
from training.models import Application, CourseRun, Enrolment, Erasure, Placement, Quota
from training.states import PlacementState, Source

pytestmark = pytest.mark.django_db


def test_generation_walks_from_announcement_to_graduation_with_two_resignations():
    call = make.Call(months=3).open()
    places = [call.place(), call.place()]
    areas = [place.local_government for place in places]
    chosen = [call.shortlisted(area, points=45) for area in areas]
    waiting = [call.shortlisted(area, points=30) for area in areas]
    call.close().move("match")
    assert selection.give_places(call.generation, by=call.officer) == (2, 2)
    placements = [call.take(application, "accept").placement for application in chosen]
    call.move("start")
    first_day = placements[0].starts_on
    with clock.at(make.noon(first_day)):
        assert tasks.start_services() == 2

    resigned_on = first_day + timedelta(days=9)
    with clock.at(make.noon(resigned_on)):
        for placement in placements:
            fresh = Placement.objects.get(pk=placement.pk)
            who = make.fresh(fresh.ambassador)
            PLACEMENT.take(fresh, "resign", by=who, ended_on=resigned_on, reason="ย้ายที่อยู่", handover=["คู่มือ"])
        offered = list(Application.objects.filter(state="selected").order_by("pk"))
        assert [application.pk for application in offered] == [application.pk for application in waiting]
        assert [application.place for application in offered] == places
        assert Quota.objects.get(generation=call.generation, kind="total").taken == 2
        successors = [call.take(application, "accept").placement for application in offered]
    assert [successor.replaces for successor in successors] == placements
    assert {successor.ends_on for successor in successors} == {placements[0].ends_on}
    assert {successor.starts_on for successor in successors} == {resigned_on + timedelta(days=1)}
    placements[0].refresh_from_db()
    month = first_day.replace(day=1)
    of_days = monthrange(month.year, month.month)[1]
    in_month = min(10, of_days - first_day.day + 1)
    stipend = service.stipend_of(placements[0], month)
    assert (stipend.days, stipend.amount_baht) == (
        in_month,
        (Decimal(15000) * in_month / of_days).quantize(Decimal("0.01")),
    )

    with clock.at(make.noon(successors[0].starts_on)):
        assert tasks.start_services() == 2
    with clock.at(make.noon(successors[0].ends_on)):
        for successor in successors:
            fresh = Placement.objects.get(pk=successor.pk)
            with pytest.raises(Refused) as refusal:
                PLACEMENT.take(fresh, "complete", by=call.officer)
            assert refusal.value.code == "incomplete"
            for one in service.months_of(fresh):
                make.accepted_report(fresh, one)
            service.add_project(fresh, by=fresh.ambassador, name_th="แผนที่น้ำท่วม")
            PLACEMENT.take(fresh, "complete", by=call.officer)
        call.move("graduate")
    assert call.generation.state == "graduated"
    assert [successor.credentials.get().kind for successor in successors] == ["ambassador", "ambassador"]
    assert Placement.objects.filter(state=PlacementState.RESIGNED).count() == 2


def test_next_generations_ambassador_begins_when_the_present_one_has_ended():
    _call, present = make.serving()
    following = make.Call(starts_on=present.ends_on - timedelta(days=20)).open()
    placement = following.placement(following.place(at=present.local_government))

    assert placement.starts_on == present.ends_on + timedelta(days=1)
    Placement.objects.filter(pk=present.pk).update(ends_on=present.ends_on + timedelta(days=5))
    with clock.at(make.noon(placement.starts_on)):
        assert tasks.start_services() == 0
        with pytest.raises(Refused) as refusal:
            PLACEMENT.take(placement, "start", by=following.officer)
        assert refusal.value.code == "area_taken"
        Placement.objects.filter(pk=present.pk).update(state="completed")
        assert tasks.start_services() == 1


def test_board_ranks_by_the_interview_too():
    call = make.Call(seats=1, interview_weight_pct=60).open()
    place = call.place()
    strong_on_paper = call.shortlisted(place.local_government, points=45)
    strong_in_person = call.shortlisted(place.local_government, points=40)
    call.scored(strong_on_paper, points=10)
    call.scored(strong_in_person, points=50)
    call.close().move("match")
    assert [line.application.pk for line in selection.board(call.generation).lines] == [
        strong_in_person.pk, strong_on_paper.pk,
    ]  # fmt: skip
    assert str(Application.objects.get(pk=strong_in_person.pk).score) == "92.00"


def test_offer_that_nobody_answers_goes_to_the_next_and_never_above_the_quota():
    call = make.Call(seats=1).open()
    places = [call.place(), call.place()]
    first = call.shortlisted(places[0].local_government, points=45)
    second = call.shortlisted(places[1].local_government, points=40)
    call.close().move("match")
    assert selection.give_places(call.generation, by=call.officer) == (1, 1)
    with pytest.raises(Refused) as refusal:
        call.take(second, "select", place=places[1])
    assert refusal.value.code == "quota_full"

    first.refresh_from_db()
    with clock.at(first.answer_until):
        assert tasks.expire_offers() == 1
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, second.state, second.place) == ("refused", "selected", places[0])
    assert Application.objects.holding_a_seat().count() == 1


def test_leave_extends_the_service_and_stops_the_stipend():
    call, placement = make.serving()
    first = placement.starts_on
    ends_on = placement.ends_on
    with clock.at(make.noon(first + timedelta(days=20))):
        placement = PLACEMENT.take(placement, "take_leave", by=call.officer, kind="military", starts_on=first)
        placement = PLACEMENT.take(placement, "return", by=call.officer, returned_on=first + timedelta(days=5))

    assert placement.ends_on == ends_on + timedelta(days=5)
    month = first.replace(day=1)
    of_days = monthrange(first.year, first.month)[1]
    assert service.stipend_of(placement, month).days == max(of_days - first.day + 1 - 5, 0)


def running(sessions=5, learners=2):
    officer = person(Role.TRAINING_OFFICER)
    run = make.run(sessions=sessions)
    enrolments = [make.enrolled(run) for _ in range(learners)]
    RUN.take(run, "start", by=officer)
    return CourseRun.objects.get(pk=run.pk), enrolments, officer


def test_two_sources_count_once_and_conflicts_are_shown():
    run, [one, other], officer = running()
    make.attend(run, one, 5, by=officer, source=Source.LIST)
    make.attend(run, one, 5, by=officer, source=Source.SHEET)
    make.attend(run, other, 5, by=officer, source=Source.LIST)
    make.attend(run, other, 3, by=officer, source=Source.FILE)
    grid = attendance.grid(run)

    assert grid.standings[one.pk].attended_pct == Decimal("100.0")
    assert grid.standings[other.pk].attended_pct == Decimal("60.0")
    assert [enrolment.pk for enrolment, _session in grid.conflicts] == [other.pk, other.pk]
    with pytest.raises(Refused) as refusal:
        ENROLMENT.take(Enrolment.objects.get(pk=other.pk), "pass", by=officer, mark=Decimal(90))
    assert refusal.value.code == "attendance_short"


def test_warning_comes_on_the_day_it_becomes_true_and_once():
    run, [one, other], officer = running()
    sessions = list(run.sessions.all())
    attendance.mark(run, {(sessions[0], one): False}, by=officer, source=Source.LIST)
    assert tasks.warn_who_cannot_pass() == 0
    attendance.mark(run, {(sessions[1], one): False}, by=officer, source=Source.LIST)
    assert tasks.warn_who_cannot_pass() == 1
    assert tasks.warn_who_cannot_pass() == 0
    told = Notice.objects.filter(kind="cannot_pass").values_list("recipient", flat=True)
    assert list(told) == [one.learner.user_id]
    assert not Enrolment.objects.filter(pk=other.pk, warned_at__isnull=False).exists()

    for make_up in (sessions[0], sessions[1]):
        attendance.mark(run, {(make_up, one): True}, by=officer, source=Source.LIST)
    assert tasks.warn_who_cannot_pass() == 0
    assert not Enrolment.objects.filter(warned_at__isnull=False).exists()


def test_waiting_list_moves_up_in_order_and_seats_hold():
    run = make.run(capacity=1)
    first, second, third = [make.enrolled(run) for _ in range(3)]
    assert [e.state for e in (first, second, third)] == ["confirmed", "waitlisted", "waitlisted"]
    ENROLMENT.take(first, "cancel", by=make.fresh(first.learner.user))
    second.refresh_from_db(), third.refresh_from_db()
    assert [second.state, third.state] == ["confirmed", "waitlisted"]


def workbook(rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, heading in enumerate(("ชื่อ", "นามสกุล", "ตำแหน่ง", "อีเมล", "โทรศัพท์")):
            sheet.write_string(0, place, heading)
        for number, row in enumerate(rows, start=1):
            for place, text in enumerate(row):
                sheet.write_string(number, place, text)
    return SimpleUploadedFile("people.xlsx", out.getvalue())


def test_workbook_of_500_with_seven_errors_comes_back_marked_and_saves_nothing(client):
    office, run = local_government(), make.run(capacity=600)
    rows = [[f"ชื่อ{n}", f"สกุล{n}", "นักวิชาการ", f"p{n}@example.org", "0"] for n in range(500)]
    rows[10][0], rows[20][1], rows[30][3], rows[40][3] = "", "", "ไม่ใช่อีเมล", "p41@example.org"
    rows[60][0], rows[70][2], rows[80][4] = "ก" * 151, "เลข 1-2345-45678-78-1", "0" * 41
    client.force_login(person(Role.LOCAL_OFFICER, at=office))
    address = reverse("training:people-import", args=[run.pk])

    page = client.post(address, {"office": office.pk, "file": workbook(rows)})

    assert page.status_code == 400
    assert [(flaw.row, flaw.column) for flaw in page.context["flaws"]] == [
        (12, "ชื่อ"), (22, "นามสกุล"), (32, "อีเมล"), (43, "อีเมล"), (62, "ชื่อ"), (72, "ตำแหน่ง"), (82, "โทรศัพท์"),
    ]  # fmt: skip
    link = re.search(r'download="people.xlsx" href="data:[^,]+;base64,([^"]+)"', page.text)
    sheet = load_workbook(io.BytesIO(b64decode(link[1]))).active
    comments = {cell.coordinate: cell.comment.text for line in sheet.iter_rows() for cell in line if cell.comment}
    assert set(comments) == {"A12", "B22", "D32", "D43", "A62", "C72", "E82"}
    assert comments["C72"].strip() == "ไม่ต้องกรอกเลขประจำตัวประชาชน เราไม่เก็บข้อมูลนี้"
    assert not Enrolment.objects.exists()

    rows = [row[:3] + [f"q{number}@example.org", "0"] for number, row in enumerate(rows[100:130])]
    client.post(address, {"office": office.pk, "file": workbook(rows)})
    assert Enrolment.objects.filter(state="confirmed").count() == 30


def test_workbook_with_one_refused_row_saves_nobody():
    office = local_government()
    officer = person(Role.LOCAL_OFFICER, at=office)
    run = make.run()
    known = {"first_name": "ก", "last_name": "ข", "position": "", "email": "a@example.org", "phone": ""}
    make.enrolling.enrol_person(run, by=officer, local_government=office, **known)
    checked = importing.check_people([(2, {**known, "email": "b@example.org"}), (3, known)], run)
    with pytest.raises(Refused) as refusal:
        importing.enrol_people(run, office, checked, by=officer)

    assert refusal.value.facts["row"] == 3
    assert Enrolment.objects.count() == 1


PLANTED = 50


def read_over_rest(call, user):
    """What lists, tables, single applications and events say to `user` over REST, as texts."""
    program, generation = Program(make.fresh(user)), f"generations/{call.generation.pk}/"
    applications = Application.objects.values_list("pk", flat=True)
    paths = ["applications/", "applications/?format=csv", "enrolments/", "credentials/?format=csv", "placements/"]
    paths += ["tasks/", "events/", "me/training/", f"{generation}board/", f"{generation}slots/"]
    paths += [f"applications/{pk}/" for pk in applications[:3]]
    for path in paths:
        answer = program.client.get(f"/api/v1/{path}")
        yield b"".join(answer).decode() if answer.streaming else answer.content.decode()


def test_planted_personal_data_are_found_nowhere_but_with_those_who_may_read_them(client, caplog):
    call = make.Call().open()
    area = local_government()
    phones = [f"08{n:08d}" for n in range(11111111, 11111111 + PLANTED)]
    streets = [f"ซอยลับ{n}แยกที่{n}" for n in range(PLANTED)]
    applications = []
    for phone, street in zip(phones, streets, strict=True):
        applications.append(call.submitted(area, phone=phone, address=street, email=f"{phone}@example.org"))
    for application in applications[:3]:
        call.take(application, "accept_eligibility")
    officer = make.fresh(call.officer)
    client.force_login(officer)
    listed = client.get(reverse("training:applications", args=[call.generation.pk]))
    files = [b"".join(client.get(reverse("training:applications", args=[call.generation.pk]), {"format": "csv"}))]
    client.force_login(make.fresh(call.members[0]))
    blind = client.get(applications[0].get_absolute_url())
    own = client.get(reverse("training:generation", args=[call.generation.pk]))
    relay(500)
    auditor, stranger = person(Role.AUDITOR), person()
    over_rest = [
        answer for user in (officer, call.members[0], auditor, stranger) for answer in read_over_rest(call, user)
    ]
    client.force_login(stranger)
    own_page = client.get(reverse("training:own-data"))
    places = [
        caplog.text, str(list(Event.objects.values())), str(list(Notice.objects.values("subject", "url"))),
        str([letter.subject for letter in mail.outbox]), listed.text, blind.text, own.text, files[0].decode(),
        own_page.text, *over_rest,
    ]  # fmt: skip

    for place in places:
        assert not [secret for secret in (*phones, *streets) if secret in place]
    client.force_login(officer)
    assert phones[0] in client.get(applications[0].get_absolute_url()).text
    assert Event.objects.filter(verb="personal data read", actor=officer).count() == 2


def test_erasing_forgets_everything_and_statistics_stay():
    call = make.Call().open()
    area = local_government()
    application = call.submitted(area, phone="0899999999", address="ซอยลับ")
    paths = [document.file.file.path for document in application.documents.select_related("file")]
    person_of = application.applicant
    application = privacy.erase(application, by=make.fresh(person_of))

    row = str(Application.objects.values().get())
    assert not any(secret in row for secret in ("กานต์", "ใจดี", "0899999999", "ซอยลับ", "kan@example.org", "กลับไป"))
    assert (application.state, application.degree, application.home_province) == (
        "withdrawn",
        "bachelor",
        area.province,
    )
    assert application.applicant is None
    assert not application.documents.exists()
    assert len(paths) == 2
    assert Erasure.objects.get().application == application.pk


def test_unsuccessful_applications_are_forgotten_a_year_after_the_result():
    call = make.Call().open()
    refused = call.take(call.submitted(local_government()), "refuse_eligibility", reasons=["age"])
    waiting = call.submitted(local_government())
    with clock.at(clock.now() + timedelta(days=364)):
        assert tasks.forget_applicants() == 0
    with clock.at(clock.now() + timedelta(days=366)):
        assert tasks.forget_applicants() == 1
        assert tasks.forget_applicants() == 0
    refused.refresh_from_db(), waiting.refresh_from_db()
    assert refused.first_name == ""
    assert waiting.first_name == "กานต์"


def test_restored_backup_is_erased_again():
    call = make.Call().open()
    application = call.submitted(local_government())
    privacy.erase(application, by=make.fresh(application.applicant))
    Application.objects.filter(pk=application.pk).update(anonymised_at=None, first_name="กานต์")

    assert privacy.repeat_erasures() == 1
    assert Application.objects.get(pk=application.pk).first_name == ""
