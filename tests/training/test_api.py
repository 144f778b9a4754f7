"""The catalogue and the check of certificates for everybody, and the work of each role for programs."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.models import Event
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training.lifecycle import ENROLMENT, RUN
from training.models import CourseRun, Enrolment

pytestmark = pytest.mark.django_db


def test_catalogue_is_public_and_hides_what_is_planned():
    shown, _planned = make.run(), make.run(opened=False)
    everybody = Program()

    assert [row["id"] for row in everybody.get("course-runs/").data["results"]] == [str(shown.pk)]
    assert everybody.get(f"courses/{shown.course_id}/").data["code"] == shown.course.code
    call = make.Call().open()
    found = everybody.get(f"generations/{call.generation.pk}/").data
    assert (found["state"], found["stipend_monthly_baht"]) == ("open", "15000.00")
    assert everybody.get("programmes/").data["results"][0]["code"] == "smart_city_ambassador"
    assert code(everybody.get("applications/"))[0] == 401


def test_program_enrols_itself_and_the_waiting_list_holds():
    run = make.run(capacity=1)
    first, second = Program(person()), Program(person())
    made = first.post("enrolments/", {"run": str(run.pk)})

    assert (made.status_code, made.data["state"]) == (201, "confirmed")
    assert second.post("enrolments/", {"run": str(run.pk)}).data["state"] == "waitlisted"
    assert code(first.post("enrolments/", {"run": str(run.pk)})) == (409, "already_enrolled")
    assert second.get(f"enrolments/{made.data['id']}/").status_code == 404
    gone = first.step(f"enrolments/{made.data['id']}/", "cancel")
    assert (gone.status_code, gone.data["state"]) == (200, "cancelled")
    assert Enrolment.objects.get(learner__user__pk=second_user(run)).state == "confirmed"


def second_user(run):
    return run.enrolments.exclude(state="cancelled").get().learner.user_id


def test_application_is_handled_without_the_name_and_read_on_record():
    call = make.Call().open()
    application = call.submitted(local_government())
    officer, member, stranger = Program(call.officer), Program(call.members[0]), Program(person())
    path = f"applications/{application.pk}/"

    assert "กานต์" not in str(officer.get(path).data)
    assert officer.get(f"{path}person/").data["first_name"] == "กานต์"
    assert stranger.get(path).status_code == 404
    assert member.get(path).status_code == 404
    assert code(officer.step(path, "shortlist")) == (409, "wrong_state")
    assert officer.step(path, "accept_eligibility").data["state"] == "eligible"
    assert code(member.get(f"{path}person/"))[0] == 403
    names = {row["name"] for row in officer.get(f"{path}steps/").data["results"]}
    assert names == {"shortlist", "decline"}


def test_certificate_is_checked_by_everybody_and_its_badge_is_the_holders():
    officer, learner = person(Role.TRAINING_OFFICER), person(first_name="เกศินี", email="k@example.org")
    run = make.run()
    enrolment = make.enrolled(run, learner)
    RUN.take(run, "start", by=officer)
    make.attend(CourseRun.objects.get(pk=run.pk), enrolment, 4, by=officer)
    enrolment = Enrolment.objects.get()
    credential = ENROLMENT.take(enrolment, "pass", by=officer, mark=Decimal(80)).credentials.get()
    everybody, holder = Program(), Program(make.fresh(learner))

    found = everybody.get(f"credentials/{credential.serial}/verify/").data
    assert (found["status"], found["office"]) == ("valid", None)
    assert "เกศินี" not in str(found)
    assert everybody.get("credentials/SCT-2569-NONE-00001/verify/").status_code == 404
    assert everybody.get(f"credentials/{credential.serial}/badge.json/").status_code == 404
    badge = holder.get(f"credentials/{credential.serial}/badge.json/").data
    assert badge["id"] == f"data:application/vc+jwt,{credential.badge}"
    revoked = Program(officer).step(f"credentials/{credential.pk}/", "revoke", {"reason": "ออกผิด"})
    assert revoked.data["state"] == "revoked"
    assert everybody.get(f"credentials/{credential.serial}/verify/").data["status"] == "revoked"


@pytest.mark.parametrize("path", ["course-runs/", "courses/", "applications/", "enrolments/", "training-coverage/"])
def test_lists_ask_as_often_for_one_row_as_for_three(path, held_clock):
    call = make.Call().open()
    officer = make.fresh(call.officer)
    run = make.run()

    def grow():
        make.enrolled(make.run() if path == "course-runs/" else run)
        call.submitted(local_government())
        make.course()

    def count():
        with CaptureQueriesContext(connection) as found:
            assert program.get(path).status_code == 200
        return len(found)

    grow()
    program = Program(officer)
    first = [count(), count()][1]
    grow(), grow()
    assert count() == first


def test_looking_at_a_certificate_of_somebody_else_is_on_record(client):
    officer, learner = person(Role.TRAINING_OFFICER), person(email="k@example.org")
    run = make.run()
    enrolment = make.enrolled(run, learner)
    RUN.take(run, "start", by=officer)
    make.attend(CourseRun.objects.get(pk=run.pk), enrolment, 4, by=officer)
    credential = ENROLMENT.take(Enrolment.objects.get(), "pass", by=officer, mark=Decimal(80)).credentials.get()

    for user in (make.fresh(officer), make.fresh(learner)):
        client.force_login(user)
        client.get(credential.get_absolute_url())
        Program(user).get(f"credentials/{credential.pk}/")

    read = Event.objects.filter(verb="personal data read", object_id=credential.pk, details={"what": "certificate"})
    assert [event.actor_id for event in read] == [officer.pk, officer.pk]
