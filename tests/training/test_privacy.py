"""Taking along, seeing who looked, erasing for good, forgetting by rule, and a backup that is erased again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from portal import clock
from portal.errors import Refused
from portal.models import Event
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training import coverage, privacy, service, tasks
from training.lifecycle import CREDENTIAL, ENROLMENT, PLACEMENT, RUN
from training.models import Application, CourseRun, Credential, Enrolment, Erasure, Learner, Placement
from training.privacy import ledger

pytestmark = pytest.mark.django_db


def passed(learner, at=None):
    """The certificate of `learner`, an officer of the local government `at`."""
    officer, run = person(Role.TRAINING_OFFICER), make.run()
    enrolment = make.enrolled(run, learner)
    RUN.take(run, "start", by=officer)
    make.attend(CourseRun.objects.get(pk=run.pk), enrolment, 4, by=officer)
    ENROLMENT.take(Enrolment.objects.get(pk=enrolment.pk), "pass", by=officer, mark=Decimal(80))
    return Credential.objects.get(enrolment=enrolment)


@pytest.fixture
def own_ledger(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    return tmp_path / "erasures.jsonl"


def test_applicant_sees_who_looked_and_takes_everything_along(client):
    call = make.Call().open()
    application = call.submitted(local_government(), phone="0899999999")
    applicant, officer = make.fresh(application.applicant), make.fresh(call.officer)
    client.force_login(officer)
    client.get(application.get_absolute_url())
    document = application.documents.first()
    client.get(reverse("training:application-document", args=[application.pk, document.pk]))
    client.force_login(applicant)

    page = client.get(reverse("training:own-data"))
    assert page.status_code == 200
    assert [(one.role, one.what) for one in page.context["readings"]] == [
        ("training_officer", f"document {document.kind}"),
        ("training_officer", "application"),
    ]
    assert "0899999999" in page.text
    assert officer.username not in page.text
    taken = client.get(reverse("training:own-data-json")).json()
    assert taken["applications"][0]["form"]["phone"] == "0899999999"
    assert len(taken["readings"]) == 2
    assert client.get(reverse("training:own-data-pdf")).status_code in {200, 302}
    client.force_login(person())
    assert "0899999999" not in client.get(reverse("training:own-data")).text


def test_learner_erases_the_record_and_the_award_and_coverage_stay(client):
    place = local_government()
    learner = person(Role.LOCAL_OFFICER, at=place, first_name="เกศินี", last_name="ใจดี", email="k@example.org")
    credential = passed(learner)
    waiting = make.enrolled(make.run(), make.fresh(learner))
    client.force_login(make.fresh(learner))

    assert credential.serial in client.get(reverse("training:erase-learning")).text
    assert client.post(reverse("training:erase-learning")).status_code == 302

    rows = str([*Learner.objects.values(), *Credential.objects.values(), *Enrolment.objects.values()])
    assert not [secret for secret in ("เกศินี", "ใจดี", "k@example.org") if secret in rows]
    waiting.refresh_from_db(), credential.refresh_from_db()
    assert (waiting.state, credential.standing(clock.today())) == ("cancelled", "valid")
    assert coverage.trained_on(clock.today()).filter(local_government=place).count() == 1
    assert client.get(reverse("training:verify", args=[credential.serial])).status_code == 200
    with pytest.raises(Refused) as refusal:
        CREDENTIAL.take(credential, "replace", by=person(Role.TRAINING_OFFICER), holder_th="เกศินี", reason="x")
    assert refusal.value.code == "erased"
    assert code(Program(make.fresh(learner)).post("me/training/erase-learning/")) == (409, "no_record")


def test_list_of_certificates_is_told_to_those_it_names(client):
    place = local_government()
    named, other = person(Role.LOCAL_OFFICER, at=place), person()
    passed(named), passed(other)
    clerk = person(Role.LOCAL_CLERK, at=place)
    client.force_login(clerk)
    page = client.get(reverse("training:credentials"))
    Program(make.fresh(clerk)).get("credentials/")

    assert [one.learner.user for one in page.context["rows"]] == [named]
    told = [one.subject for one in privacy.readings_about(make.fresh(named))]
    assert told == ["รายการใบรับรอง"] * 2
    assert privacy.readings_about(make.fresh(other)) == []
    assert page.context["rows"][0].serial in client.get(page.context["rows"][0].get_absolute_url()).text
    assert "เปิดดูข้อมูลส่วนบุคคล" not in client.get(page.context["rows"][0].get_absolute_url()).text


def test_code_of_the_letter_leaves_the_address_before_anybody_signs_in(client):
    place = local_government()
    named = {"local_government": place, "first_name": "สมใจ", "last_name": "ดี", "email": "s@example.org"}
    make.enrolling.enrol_person(make.run(), by=person(Role.LOCAL_OFFICER, at=place), **named)
    learner = Learner.objects.get()

    first = client.get(reverse("training:claim"), {"code": learner.claim_code}, follow=True)
    client.force_login(person())
    page = client.get(reverse("training:claim"))
    wrong = client.post(reverse("training:claim"), {"code": "x"})
    client.post(reverse("training:claim"), {"code": page.context["form"]["code"].value()})

    assert [learner.claim_code in address for address, _status in first.redirect_chain] == [False, False]
    assert (wrong.status_code, wrong.context["form"].errors != {}) == (400, True)
    assert Learner.objects.get().user is not None


def test_corrected_name_stands_in_no_event():
    credential = passed(person(first_name="เกศินี"))

    CREDENTIAL.take(credential, "replace", by=person(Role.TRAINING_OFFICER), holder_th="เกศินีใหม่", reason="สะกดผิด")

    assert not [word for word in ("เกศินี", "สะกดผิด") if word in str(list(Event.objects.values("details")))]


def test_ambassadors_are_forgotten_five_years_after_the_service():
    call, placement = make.serving()
    first = placement.starts_on
    with clock.at(make.noon(first)):
        make.accepted_report(placement, first.replace(day=1))
        placement = PLACEMENT.take(
            placement, "terminate", by=call.officer, ended_on=first + timedelta(days=9), reason="ป่วย", handover=[]
        )
    due = service.add_months(first + timedelta(days=9), 60)
    with clock.at(make.noon(due)):
        assert tasks.forget_ambassadors() == 0
    with clock.at(make.noon(due + timedelta(days=1))):
        assert tasks.forget_ambassadors() == 1
        assert tasks.forget_ambassadors() == 0

    placement = Placement.objects.select_related("application").get()
    application = placement.application
    assert (placement.ambassador, application.applicant, application.first_name) == (None, None, "")
    assert (placement.end_reason, placement.reports.get().work) == ("", "")
    assert coverage.attrition()[0]["left"] == 1
    assert service.stipend_of(placement, first.replace(day=1)).days > 0


def test_wish_after_the_service_empties_what_was_written_and_keeps_the_accounts():
    call, placement = make.serving()
    ambassador = make.fresh(placement.ambassador)
    application = privacy.erase(placement.application, by=ambassador)
    assert (application.last_name, application.motivation, application.documents.count()) == ("ใจดี", "", 0)
    with clock.at(make.noon(placement.starts_on)):
        assert tasks.forget_applicants() == 0
        PLACEMENT.take(
            placement, "resign", by=ambassador, ended_on=placement.starts_on, reason="ย้ายที่อยู่", handover=["คู่มือ"]
        )
        assert tasks.forget_applicants() == 1

    placement = Placement.objects.get()
    assert (placement.end_reason, placement.ambassador) == ("", ambassador)
    assert Application.objects.get().first_name == ""


def test_people_of_an_office_who_never_came_are_forgotten():
    place = local_government()
    officer = person(Role.LOCAL_OFFICER, at=place)
    named = {"local_government": place, "first_name": "สมใจ", "last_name": "ดี", "phone": "0811111111"}
    make.enrolling.enrol_person(make.run(), by=officer, email="a@example.org", **named)
    with clock.at(clock.now() + timedelta(days=5 * 365)):
        assert tasks.forget_learners() == 0
    with clock.at(clock.now() + timedelta(days=5 * 366 + 1)):
        assert tasks.forget_learners() == 1
        assert tasks.forget_learners() == 0

    assert not [word for word in ("สมใจ", "0811111111", "a@example.org") if word in str(Learner.objects.values().get())]


def test_backup_from_before_the_erasure_is_erased_again_and_nobody_else(own_ledger):
    call = make.Call().open()
    application = call.submitted(local_government())
    before = Application.objects.values().get(pk=application.pk)
    learner = person(first_name="เกศินี")
    record = make.enrolled(make.run(), learner).learner
    privacy.erase(application, by=make.fresh(application.applicant))
    privacy.erase_learning(by=make.fresh(learner))
    assert privacy.repeat_erasures() == 0
    assert own_ledger.read_text().count("\n") == 2
    assert not [word for word in ("กานต์", "เกศินี") if word in own_ledger.read_text()]

    # The backup knows nothing of the erasures; the learner's key is given to somebody else after it.
    Erasure.objects.all().delete()
    columns = {name: value for name, value in before.items() if name != "id"}
    Application.objects.filter(pk=application.pk).update(**columns)
    Learner.objects.filter(pk=record.pk).update(
        erased_at=None, first_name="คนอื่น", created_at=clock.now() + timedelta(days=1)
    )
    assert privacy.repeat_erasures() == 1

    fresh = Application.objects.get(pk=application.pk)
    assert (fresh.first_name, fresh.applicant, fresh.state) == ("", None, "withdrawn")
    assert Learner.objects.get(pk=record.pk).first_name == "คนอื่น"
    assert privacy.repeat_erasures() == 0
    assert ledger.path() == own_ledger


def test_scores_are_shown_to_the_applicant_alone_and_once_decided():
    call = make.Call().open()
    application = call.shortlisted(local_government())
    path = f"applications/{application.pk}/scores/"
    mine, officer = Program(make.fresh(application.applicant)), Program(make.fresh(call.officer))

    assert code(mine.get(path)) == (409, "not_decided_yet")
    assert code(officer.get(path))[0] == 403
    call.take(application, "decline")
    assert [row["score"] for row in mine.get(path).data["scores"]] == ["40.00"] * 6


def test_erasing_over_rest_is_the_applicants_alone():
    call = make.Call().open()
    application = call.submitted(local_government())
    path = f"applications/{application.pk}/"

    assert code(Program(make.fresh(call.officer)).post(f"{path}erase/"))[0] == 403
    assert code(Program(person()).post(f"{path}erase/"))[0] == 404
    assert Program(make.fresh(application.applicant)).post(f"{path}erase/").status_code == 204
    assert Application.objects.get().first_name == ""


def test_names_read_over_rest_are_on_record():
    call = make.Call().open()
    application = call.submitted(local_government())
    officer = Program(make.fresh(call.officer))
    run = make.run()
    make.enrolled(run, person())

    papers = officer.get(f"applications/{application.pk}/documents/").data["results"]
    officer.get(f"applications/{application.pk}/documents/{papers[0]['id']}/file/")
    officer.get("enrolments/", run=str(run.pk))
    read = Event.objects.filter(verb="personal data read").order_by("pk")

    assert [event.details["what"] for event in read] == [
        "documents", f"document {papers[0]['kind']}", "enrolments list",
    ]  # fmt: skip
    applicant = Program(make.fresh(application.applicant))
    assert len(applicant.get(f"applications/{application.pk}/readings/").data["readings"]) == 2
