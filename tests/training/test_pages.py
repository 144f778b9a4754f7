"""Every page opens for whom it is, shows nothing to strangers, and takes its form."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from portal import clock
from portal.models import Event
from portal.roles import Role
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training import privacy
from training.lifecycle import ENROLMENT, RUN
from training.models import Application, CourseRun, Enrolment, Generation
from training.states import ApplicationSection

pytestmark = pytest.mark.django_db


def at(name, *args):
    return reverse(f"training:{name}", args=args)


def seen(client, user, url, status=200):
    """The page at `url` as `user` (None: nobody) meets it."""
    client.logout() if user is None else client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return answer


def test_public_pages_open_for_everybody(client):
    call = make.Call().open()
    place = call.place()
    run = make.run()
    for url in (
        at("courses"), at("runs"), at("generations"), at("coverage"), at("generation", call.generation.pk),
        at("course", run.course_id), at("run", run.pk), at("places", call.generation.pk) + "?x",
        at("verify", "SCT-2569-X-00001"), at("issuer"), at("issuer-keys"), at("status-list", 0),
    ):  # fmt: skip
        status = 302 if "places" in url else 404 if "verify" in url else 200
        seen(client, None, url, status)
    assert place.local_government.display_name in seen(client, None, at("generation", call.generation.pk)).text


def test_officer_sets_a_generation_up(client):
    officer, stranger = person(Role.TRAINING_OFFICER), person(Role.LOCAL_OFFICER, at=local_government())
    programme = make.programme()
    client.force_login(officer)
    fields = {
        "programme": programme.pk, "number": "7", "name_th": "นักดิจิทัล", "min_age": "20", "max_age": "35",
        "min_degree": "bachelor", "seats": "10", "stipend_monthly_baht": "15,000", "months": "12",
        "answer_working_days": "5", "scorers_needed": "3", "interview_weight_pct": "60", "reports_needed_pct": "80",
        "projects_needed": "1", "opens_at": "1/12/2569 8.30", "closes_at": "31/12/2569 16.30", "starts_on": "1/2/2570",
    }  # fmt: skip
    answer = client.post(at("generation-new"), fields)
    generation = Generation.objects.get(number=7)
    assert answer.url == generation.get_absolute_url()

    client.post(at("quotas", generation.pk), {"quota-1": "2"})
    criteria = {"paper-0-name_th": "แรงจูงใจ", "paper-0-max_score": "50", "interview-0-name_th": "ทัศนคติ",
                "interview-0-max_score": "50"}  # fmt: skip
    client.post(at("criteria", generation.pk), criteria)
    client.post(at("notice", generation.pk), {"text_th": "ประกาศ"})
    times = {"starts_at": "5/1/2570 9.00", "ends_at": "5/1/2570 12.10", "minutes": "30", "where": "depa"}
    client.post(at("slots", generation.pk), times)

    assert generation.criteria.count() == 2
    assert generation.slots.count() == 6
    assert generation.quotas.count() == 1
    assert generation.programme.notices.count() == 2
    for name in ("generation-edit", "quotas", "criteria", "notice", "slots", "board", "applications"):
        seen(client, officer, at(name, generation.pk))
        seen(client, stranger, at(name, generation.pk), 403)
    seen(client, officer, at("generation-step", generation.pk, "open"))
    seen(client, officer, at("stipend", generation.pk, "2026-11"))


def test_applicant_writes_and_sends(client):
    call = make.Call().open()
    place = call.place()
    applicant = person()
    client.force_login(applicant)
    application = Application.objects.get(pk=int(client.post(at("apply", call.generation.pk)).url.split("/")[-2]))
    province = place.local_government.province.pk
    answers = {
        "person": {
            "first_name": "กานต์", "last_name": "ใจดี", "born_on_day": "4", "born_on_month": "5",
            "born_on_year": "2545", "phone": "081 000 0000", "email": "kan@example.org", "address": "1 หมู่ 1",
            "home_province": province, "is_civil_servant": "false", "has_other_stipend": "false",
        },
        "education": {"degree": "bachelor", "field_of_study": "ข้อมูล", "institution": "ม.", "graduated_year": "๒๕๖๗"},
        "motivation": {"motivation": "กลับบ้าน", "experience": "แผนที่"},
        "areas": {"area_1": place.local_government.pk},
        "consents": {"has_read": "on", "purposes": ["photo"]},
    }  # fmt: skip
    for code, fields in answers.items():
        application.refresh_from_db()
        answer = client.post(
            at("application-section", application.pk, code), {**fields, "version": application.version}
        )
        assert answer.status_code == 302, (code, answer.context["form"].errors)
    for kind in ("resume", "degree"):
        answer = client.post(
            at("application-section", application.pk, "documents"), {"kind": kind, "file": make.paper()}
        )
        assert answer.status_code == 302
    for code in ApplicationSection.values:
        seen(client, applicant, at("application-section", application.pk, code))
    application.refresh_from_db()
    client.post(at("application-step", application.pk, "submit"), {"version": application.version})

    application.refresh_from_db()
    assert application.state == "submitted"
    assert application.number.startswith("A")
    assert application.age_at_close == 24
    seen(client, applicant, application.get_absolute_url())
    seen(client, applicant, at("application-data", application.pk))
    seen(client, person(), application.get_absolute_url(), 404)


def test_draft_keeps_what_does_not_fit_and_never_a_citizen_number(client):
    call = make.Call().open()
    applicant = person()
    client.force_login(applicant)
    client.post(at("apply", call.generation.pk))
    application = Application.objects.get(applicant=applicant)
    number = "1-2345-45678-78-1"
    fields = {"born_on_day": "31", "born_on_month": "2", "born_on_year": "2545", "address": f"บัตร {number}",
              "first_name": "กานต์", "version": application.version}  # fmt: skip
    answer = client.post(at("application-autosave", application.pk, "person"), fields)

    application.refresh_from_db()
    assert answer.status_code == 200
    assert application.first_name == "กานต์"
    assert application.typed["person"]["born_on"] == "31/2/2545"
    page = seen(client, applicant, at("application-section", application.pk, "person")).text
    assert 'value="31"' in page
    assert number not in str(Application.objects.values().get(pk=application.pk))


def test_second_window_loses_and_is_told(client):
    call = make.Call().open()
    application = call.draft(local_government())
    client.force_login(application.applicant)
    fields = {"motivation": "ใหม่", "version": application.version - 1}
    answer = client.post(at("application-autosave", application.pk, "motivation"), fields)

    assert answer.status_code == 409
    assert "detail" in answer.json()


def test_member_scores_without_a_name_and_officer_reads_on_record(client):
    call = make.Call().open()
    application = call.eligible(local_government(), address="99/9 ถนนลับเฉพาะ", phone="0899999999")
    member = make.fresh(call.members[0])
    page = seen(client, member, application.get_absolute_url()).text
    assert not any(secret in page for secret in ("กานต์", "ใจดี", "ถนนลับเฉพาะ", "0899999999", "kan@example.org"))
    criteria = list(call.generation.criteria.filter(stage="paper"))
    scores = {f"score-{criterion.pk}": "40" for criterion in criteria}
    assert client.post(at("application-score", application.pk), {**scores, "send": "1"}).status_code == 302
    assert application.evaluations.get().total == Decimal("80.00")
    other = make.fresh(call.members[1])
    client.force_login(other)
    client.post(at("application-conflict", application.pk))
    seen(client, other, application.get_absolute_url(), 404)

    officer = make.fresh(call.officer)
    assert "ถนนลับเฉพาะ" in seen(client, officer, application.get_absolute_url()).text
    assert "กานต์" not in seen(client, officer, at("applications", call.generation.pk)).text
    assert Event.objects.filter(verb="personal data read", object_id=application.pk, actor=officer).count() == 1
    auditor = person(Role.AUDITOR)
    page = seen(client, auditor, application.get_absolute_url()).text
    assert not any(secret in page for secret in ("กานต์", "ถนนลับเฉพาะ", "kan@example.org"))


def test_best_of_the_ranking_are_invited_all_or_nobody(client):
    call = make.Call().open()
    area = local_government()
    best, second, third = (call.scored(call.eligible(area), points) for points in (45, 40, 30))
    unscored = call.eligible(area)
    officer, address = make.fresh(call.officer), at("shortlisting", call.generation.pk)
    page = seen(client, officer, f"{address}?best=2")
    assert [line.application.pk for line in page.context["above"]] == [best.pk, second.pk]
    assert [line.application.pk for line in page.context["below"]] == [third.pk, unscored.pk]

    assert client.post(address, {"best": "4"}).status_code == 400
    assert set(Application.objects.values_list("state", flat=True)) == {"eligible"}
    assert client.post(address, {"best": "2"}).status_code == 302
    states = dict(Application.objects.values_list("pk", "state"))
    assert states == {best.pk: "shortlisted", second.pk: "shortlisted", third.pk: "eligible", unscored.pk: "eligible"}
    page = seen(client, make.fresh(call.members[0]), at("applications", call.generation.pk))
    assert page.context["next"].pk == best.pk
    seen(client, make.fresh(call.members[0]), address, 403)


def test_section_that_was_refused_is_mended_and_sent_again(client):
    call = make.Call().open()
    draft = call.draft(local_government())
    client.force_login(make.fresh(draft.applicant))
    address = at("application-section", draft.pk, "motivation")
    texts = {"motivation": "เลข 1-2345-45678-78-1", "experience": "ทำแผนที่", "version": draft.version}

    refused = client.post(address, texts)
    again = {**texts, "motivation": "อยากกลับบ้าน", "version": refused.context["application"].version}
    mended = client.post(address, again)

    assert (refused.status_code, mended.status_code) == (400, 302)
    assert Application.objects.get(pk=draft.pk).motivation == "อยากกลับบ้าน"


def test_office_sees_who_serves_what_waits_and_who_is_trained(client):
    call, placement = make.serving()
    place, other = placement.local_government, local_government()
    credential = make.trained(place)
    make.trained(other)
    run = make.run()
    make.Call().open()
    clerk = person(Role.LOCAL_CLERK, at=place)
    with clock.at(make.noon(placement.starts_on + timedelta(days=70))):
        page = seen(client, clerk, at("hosting"))

    assert [(row["placement"].pk, row["owed"] > 0) for row in page.context["services"]] == [(placement.pk, True)]
    assert [one.pk for one, _until, _soon in page.context["people"]] == [credential.pk]
    assert run in page.context["runs"]
    assert at("hosting") in page.text
    readings = [one.subject for one in privacy.readings_about(make.fresh(placement.ambassador))]
    assert readings == ["การปฏิบัติงาน"]
    seen(client, person(), at("hosting"), 403)
    seen(client, call.officer, at("hosting"), 403)


def test_board_gives_places_and_results_show_number_and_first_name(client):
    call = make.Call().open()
    place = call.place()
    first = call.shortlisted(place.local_government, points=45)
    second = call.shortlisted(place.local_government, points=30)
    call.close().move("match")
    client.force_login(make.fresh(call.officer))
    page = client.get(at("board", call.generation.pk))
    assert [line.application.pk for line in page.context["board"].proposed] == [first.pk]
    client.post(at("board", call.generation.pk), {"version": call.generation.version})

    states = dict(Application.objects.values_list("pk", "state"))
    assert states == {first.pk: "selected", second.pk: "waitlisted"}
    page = seen(client, None, at("results", call.generation.pk)).text
    assert first.number in page
    assert "กานต์" in page
    assert "ใจดี" not in page


def test_interview_is_booked_once_and_put_in_the_calendar(client):
    call = make.Call().open()
    slot = call.generation.slots.create(
        starts_at=clock.now() + timedelta(days=3), ends_at=clock.now() + timedelta(days=3, minutes=30), where="depa"
    )
    first, second = call.shortlisted(local_government()), call.shortlisted(local_government())
    for application in (first, second):
        client.force_login(make.fresh(application.applicant))
        client.post(at("interview-book", application.pk), {"slot": slot.pk})

    slot.refresh_from_db()
    assert slot.application_id == first.pk
    client.force_login(make.fresh(first.applicant))
    assert b"BEGIN:VEVENT" in client.get(at("interview-calendar", first.pk)).content


def test_host_offers_a_place_and_follows_the_service(client):
    call = make.Call().open()
    home = local_government()
    officer, executive = person(Role.LOCAL_OFFICER, at=home), person(Role.LOCAL_EXECUTIVE, at=home)
    client.force_login(officer)
    fields = {"local_government": home.pk, "work_th": "ทำข้อมูลเมือง", "mentor": officer.pk}
    answer = client.post(at("places", call.generation.pk), fields)
    place = call.generation.places.get()
    assert answer.url == place.get_absolute_url()
    seen(client, executive, place.get_absolute_url())
    client.post(at("place-step", place.pk, "confirm"), {"version": place.version})
    place.refresh_from_db()
    assert place.state == "offered"

    placement = call.placement(place)
    with clock.at(make.noon(placement.starts_on)):
        placement = make.PLACEMENT.take(placement, "start", by=call.officer)
        ambassador = make.fresh(placement.ambassador)
        client.force_login(ambassador)
        month = f"{placement.starts_on:%Y-%m}"
        report_url = client.post(at("report-start", placement.pk, month)).url
        assert client.post(report_url, {"work": "ทำฐานข้อมูล", "version": 1}).status_code == 302
        seen(client, ambassador, report_url)
        assert client.post(at("project-add", placement.pk), {"name_th": "แผนที่"}).status_code == 302
        for user in (ambassador, make.fresh(officer), make.fresh(executive), make.fresh(call.officer)):
            seen(client, user, placement.get_absolute_url())
            seen(client, user, at("placements"))
        seen(client, person(Role.LOCAL_OFFICER, at=local_government()), placement.get_absolute_url(), 404)
        seen(client, make.fresh(call.officer), at("mentor", placement.pk))
        seen(client, make.fresh(call.officer), at("placement-step", placement.pk, "take_leave"))


def test_run_is_set_up_and_conducted(client):
    trainer, officer = person(Role.TRAINER), person(Role.TRAINING_OFFICER)
    course = make.course()
    client.force_login(officer)
    fields = {"mode": "onsite", "capacity": "30", "where_th": "ศาลากลาง", "trainers": [trainer.pk]}
    client.post(at("run-new", course.pk), fields)
    run = CourseRun.objects.get()
    client.post(at("timetable", run.pk), {"starts_at": "5/1/2570 9.00", "ends_at": "5/1/2570 12.00"})
    client.post(at("run-step", run.pk, "open"), {"version": run.version})
    run.refresh_from_db()
    assert run.state == "open"
    learner = person()
    client.force_login(learner)
    url = client.post(at("enrol", run.pk)).url
    enrolment = Enrolment.objects.get()
    assert url == enrolment.get_absolute_url()
    seen(client, learner, url)
    assert f"SUMMARY:{course.name_th}" in client.get(at("calendar", run.pk)).content.decode()
    seen(client, person(), url, 404)

    session = run.sessions.get()
    for name, *rest in (("console",), ("timetable",), ("run-results",), ("attendance", session.pk), ("sheet",),
                        ("marks",), ("attendance-workbook",), ("learners",),
                        ("decide", session.pk, enrolment.pk)):  # fmt: skip
        seen(client, trainer, at(name, run.pk, *rest))
        seen(client, learner, at(name, run.pk, *rest), 403)
    client.force_login(trainer)
    client.post(at("attendance", run.pk, session.pk), {"present": [enrolment.pk], "source": "list"})
    client.post(at("attendance", run.pk, session.pk), {"source": "sheet"})
    assert len(client.get(at("console", run.pk)).context["conflicts"]) == 1
    client.post(at("decide", run.pk, session.pk, enrolment.pk), {"present": "yes", "reason": "ลงชื่อผิดช่อง"})
    assert client.get(at("console", run.pk)).context["conflicts"] == []
    afterwards = {"present": [enrolment.pk], "source": "offline"}
    refused = client.post(at("attendance", run.pk, session.pk), afterwards)
    assert (refused.status_code, refused.context["rows"][0][2], "reason" in refused.context["form"].errors) == (
        400,
        True,
        True,
    )
    client.post(at("attendance", run.pk, session.pk), {**afterwards, "reason": "ไม่มีสัญญาณ"})
    assert session.attendances.get(source="offline").reason == "ไม่มีสัญญาณ"
    RUN.take(run, "start", by=officer)
    client.post(at("run-results", run.pk), {f"mark-{enrolment.pk}": "๗๐", "save": "1"})
    assert 'value="70"' in seen(client, trainer, at("run-results", run.pk)).content.decode()
    client.post(at("run-results", run.pk), {f"mark-{enrolment.pk}": "๗๕", "give": "1"})
    credential = enrolment.credentials.get()
    assert seen(client, trainer, at("run-results", run.pk)).context["done"][0][1] == credential
    for user in (learner, officer):
        seen(client, make.fresh(user), at("credentials"))
    seen(client, make.fresh(learner), credential.get_absolute_url())
    seen(client, make.fresh(learner), at("record"))
    seen(client, make.fresh(learner), at("credential-badge", credential.pk))
    seen(client, make.fresh(officer), at("credential-badge", credential.pk), 404)


def test_course_is_changed_by_its_own_people(client):
    province = local_government().province
    officer = person(Role.PROVINCIAL_OFFICER, at=province)
    client.force_login(officer)
    fields = {"code": "abc", "name_th": "หลักสูตร", "level": "citizen", "hours": "6", "attendance_pct": "80",
              "pass_mark": "60", "province": province.pk, "is_published": "on"}  # fmt: skip
    assert client.post(at("course-new"), fields).status_code == 302
    seen(client, officer, at("course-edit", make.Course.objects.get(code="abc").pk))
    seen(client, officer, at("course-edit", make.course().pk), 403)


def test_verify_page_shows_initials_until_the_holder_shares(client):
    learner, officer = person(first_name="เกศินี", last_name="ใจดี"), person(Role.TRAINING_OFFICER)
    run = make.run()
    enrolment = make.enrolled(run, learner)
    RUN.take(run, "start", by=officer)
    make.attend(CourseRun.objects.get(pk=run.pk), enrolment, 4, by=officer)
    ENROLMENT.take(Enrolment.objects.get(), "pass", by=officer, mark=Decimal(80))
    credential = enrolment.credentials.get()
    url = at("verify", credential.serial)

    assert "เกศินี" not in seen(client, None, url).text
    client.force_login(make.fresh(learner))
    client.post(at("credential-share", credential.pk), {"shares_name": "on"})
    assert "เกศินี" in seen(client, None, url).text
