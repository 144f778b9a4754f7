"""Training led by programs alone: a generation from its settings to a report, a course to its certificates."""

from datetime import timedelta

import pytest

from portal import clock
from portal.models import Event
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories import training as make
from tests.factories.people import office, person
from tests.factories.places import local_government
from training.models import Application, Credential, Enrolment, Placement

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def ok(answer, status=200):
    assert answer.status_code == status, answer.content.decode()
    return answer.data


def test_generation_is_led_over_rest_from_its_settings_to_a_report():
    officer, members = Program(person(Role.TRAINING_OFFICER)), [Program(person(Role.SELECTION_MEMBER)) for _ in "123"]
    place = local_government()
    host = office(place)
    programme, now = make.programme(), clock.now()
    mentor = host.officer.username

    fields = {
        "programme": str(programme.pk), "number": 9, "name_th": "นักดิจิทัลพัฒนาเมือง", "seats": 3, "months": 3,
        "stipend_monthly_baht": "15000.00", "opens_at": (now - timedelta(days=1)).isoformat(),
        "closes_at": (now + timedelta(days=30)).isoformat(),
        "starts_on": (clock.today() + timedelta(days=45)).isoformat(),
    }  # fmt: skip
    made = officer.post("generations/", fields)
    ok(made, 201)
    at = f"generations/{made.data['id']}/"
    assert code(officer.patch(at, {"seats": 4})) == (428, "version_required")
    changed = officer.patch(at, {"seats": 4}, match=made["ETag"])
    assert ok(changed)["seats"] == 4
    assert code(officer.patch(at, {"seats": 5}, match=made["ETag"])) == (412, "version_changed")
    quotas = {"quotas": [{"kind": "kind", "value": place.kind, "seats": 2}]}
    changed = officer.put(f"{at}quotas/", quotas, match=changed["ETag"])
    assert ok(changed)["quotas"] == [{"kind": "kind", "value": place.kind, "seats": 2, "taken": 0}]
    rows = [{"stage": stage, "name_th": "แรงจูงใจ", "max_score": 50} for stage in ("paper", "interview")]
    criteria = ok(officer.put(f"{at}criteria/", {"criteria": rows}, match=changed["ETag"]))["criteria"]
    ok(officer.post(f"programmes/{programme.pk}/notices/", {"text_th": "ฉบับใหม่"}), 201)
    assert ok(officer.step(at, "open"))["state"] == "open"

    where = Program(host.officer).post(
        "host-places/",
        {"generation": made.data["id"], "local_government": str(place.pk), "work_th": "งานข้อมูล", "mentor": mentor},
    )
    place_at = f"host-places/{ok(where, 201)['id']}/"
    assert ok(Program(host.executive).step(place_at, "confirm"))["state"] == "offered"

    who = person(email="kan@example.org")
    applicant = Program(who)
    begun = applicant.post("applications/", {"generation": made.data["id"]})
    mine = f"applications/{ok(begun, 201)['id']}/"
    ok(applicant.post("applications/", {"generation": made.data["id"]}))
    written = applicant.patch(
        mine,
        {
            "first_name": "กานต์", "last_name": "ใจดี", "born_on": "2002-05-04", "home_province": str(place.province.pk),
            "is_civil_servant": False, "has_other_stipend": False, "degree": "bachelor", "field_of_study": "ข้อมูล",
            "institution": "ม.ตัวอย่าง", "graduated_year": 2567, "motivation": "กลับบ้าน", "experience": "แผนที่",
            "areas": [str(place.pk)],
        },
        match=begun["ETag"],
    )  # fmt: skip
    assert (ok(written)["areas"], written.data["email"]) == ([str(place.pk)], "kan@example.org")
    for kind in ("resume", "degree"):
        ok(applicant.upload(f"{mine}documents/", kind=kind, file=make.paper()), 201)
    assert [row["section"] for row in ok(applicant.get(f"{mine}check/"))["missing"]] == ["consents"]
    version = applicant.get(mine)["ETag"]
    consents = ok(applicant.put(f"{mine}consents/", {"has_read": True, "purposes": ["photo"]}, match=version))
    assert [(row["purpose"], row["notice"]) for row in consents["given"]] == [("photo", 2)]
    assert ok(applicant.step(mine, "submit"))["state"] == "submitted"

    ok(officer.step(mine, "accept_eligibility"))
    scores = [{"criterion": row["id"], "score": "40"} for row in criteria if row["stage"] == "paper"]
    for member in members:
        sent = ok(member.put(f"{mine}evaluation/", {"scores": scores, "send": True}))
        assert (sent["total"], sent["stage"]) == ("80.00", "paper")
    assert code(members[0].put(f"{mine}evaluation/", {"scores": scores})) == (409, "already_sent")
    assert code(applicant.get(f"{mine}scores/")) == (409, "not_decided_yet")
    ok(officer.step(mine, "shortlist"))
    slot = officer.post(
        f"{at}slots/",
        {"starts_at": (now + timedelta(days=3)).isoformat(), "ends_at": (now + timedelta(days=4)).isoformat(),
         "where": "depa"},
    )  # fmt: skip
    [free] = ok(applicant.get(f"{at}slots/"))["results"]
    assert free["id"] == ok(slot, 201)["id"]
    booked = ok(applicant.post(f"{at}slots/{free['id']}/book/", {"application": begun.data["id"]}))
    assert booked["application"] == begun.data["id"]

    with clock.at(make.Generation.objects.get().closes_at):
        ok(officer.step(at, "close"))
    ok(officer.step(at, "match"))
    board = ok(officer.get(f"{at}board/"))
    assert [(line["rank"], line["place"]) for line in board["lines"]] == [(1, where.data["id"])]
    given = officer.post(f"{at}board/", match=f'"{board["version"]}"')
    assert ok(given) == {"offered": 1, "waitlisted": 0}
    assert ok(applicant.get(f"{mine}scores/"))["score"] == "80.00"
    [result] = ok(Program().get(f"{at}results/"))["results"]
    assert set(result) == {"number", "first_name", "state", "local_government"}
    ok(applicant.step(mine, "accept"))
    [service] = ok(applicant.get("placements/"))["results"]
    assert (service["ambassador"], service["mentor"]) == (who.username, mentor)

    there = f"placements/{service['id']}/"
    placement = Placement.objects.get()
    with clock.at(make.noon(placement.starts_on)):
        ok(officer.step(there, "start"))
        month = f"{placement.starts_on:%Y-%m}"
        begun = applicant.post(f"{there}reports/", {"month": month})
        report = f"{there}reports/{ok(begun, 201)['id']}/"
        assert code(applicant.post(f"{there}reports/", {"month": "2031-13"})) == (400, "invalid")
        assert ok(applicant.patch(report, {"work": "ฐานข้อมูล"}, match=begun["ETag"]))["work"] == "ฐานข้อมูล"
        ok(applicant.step(report, "submit"))
        assert code(applicant.patch(report, {"work": "อื่น"}, match="*")) == (409, "wrong_state")
        assert ok(Program(host.officer).step(report, "accept"))["state"] == "accepted"
        ok(applicant.post(f"{there}projects/", {"name_th": "แผนที่น้ำท่วม", "value_baht": "1200000.00"}), 201)
        ok(officer.step(there, "take_leave", {"kind": "illness", "starts_on": placement.starts_on.isoformat()}))
        assert ok(applicant.get(f"{there}leaves/"))["results"][0]["kind"] == "illness"
        assert ok(Program(host.clerk).get(f"{there}leaves/"))["results"][0]["kind"] is None
        ok(officer.step(there, "resign", {"ended_on": placement.starts_on.isoformat(), "reason": "ย้ายที่อยู่",
                                          "handover": "คู่มือ"}))  # fmt: skip
        [item] = ok(Program(host.officer).get(f"{there}handover/"))["results"]
        assert ok(Program(host.officer).post(f"{there}handover/{item['id']}/done/"))["done_at"]
        assert ok(officer.get(f"{at}stipends/{month}/"))["closed_at"] is None
        assert code(officer.post(f"{at}stipends/", {"month": month})) == (409, "month_not_over")
    kept = str(list(Event.objects.values_list("details", flat=True)))
    assert not [word for word in ("illness", "ย้ายที่อยู่", "กานต์") if word in kept]


def test_course_is_led_over_rest_from_the_catalogue_to_the_certificate():
    place = local_government()
    host = office(place)
    officer = Program(person(Role.TRAINING_OFFICER))
    made = officer.post(
        "courses/", {"code": "scl7", "name_th": "นักพัฒนาเมือง", "level": "officer", "hours": "6", "is_published": True}
    )
    at = f"courses/{ok(made, 201)['id']}/"
    assert code(officer.patch(at, {"pass_mark": 101}, match=made["ETag"]))[0] == 400
    assert ok(officer.patch(at, {"pass_mark": "50"}, match=made["ETag"]))["pass_mark"] == "50.00"
    assert code(officer.patch(at, {"pass_mark": "40"}, match=made["ETag"])) == (412, "version_changed")
    run = officer.post(
        "course-runs/", {"course": made.data["id"], "mode": "onsite", "capacity": 2, "where_th": "ศาลากลาง"}
    )
    there = f"course-runs/{ok(run, 201)['id']}/"
    for day in (7, 8):
        begins = clock.now() + timedelta(days=day)
        hours = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=3)).isoformat()}
        ok(officer.post(f"{there}sessions/", hours), 201)
    assert ok(officer.step(there, "open"))["state"] == "open"

    clerk = Program(host.clerk)
    people = [{"first_name": f"สมใจ{n}", "last_name": "ดี", "email": f"s{n}@example.org"} for n in range(3)]
    flawed = [people[0], {**people[1], "email": "nonsense"}, {**people[2], "phone": "1-2345-45678-78-1"}]
    refused = clerk.post(f"{there}enrolments/", {"local_government": str(place.pk), "people": flawed})
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.data["errors"]] == ["/people/1/email", "/people/2/phone"]
    assert not Enrolment.objects.exists()
    enrolled = ok(clerk.post(f"{there}enrolments/", {"local_government": str(place.pk), "people": people}), 201)
    assert enrolled == {"confirmed": 2, "waitlisted": 1}
    again = clerk.post(f"{there}enrolments/", {"local_government": str(place.pk), "people": people[:1]})
    assert (code(again), again.data["pointer"]) == ((409, "already_enrolled"), "/people/0")

    confirmed = [
        row for row in ok(officer.get("enrolments/", run=run.data["id"]))["results"] if row["state"] == "confirmed"
    ]
    sessions = [row["id"] for row in ok(Program().get(f"{there}sessions/"))["results"]]
    everything = [
        {"session": session, "enrolment": row["id"], "present": True} for session in sessions for row in confirmed
    ]
    ok(officer.step(there, "start"))
    grid = ok(officer.post(f"{there}attendance/", {"source": "list", "entries": everything}))
    assert [row["attended_pct"] for row in grid["rows"][:2]] == ["100.0", "100.0"]
    absent = [{**everything[0], "present": False}]
    grid = ok(officer.post(f"{there}attendance/", {"source": "sheet", "entries": absent}))
    assert [cell["conflict"] for cell in grid["rows"][0]["cells"]] == [True, False]
    assert code(officer.post(f"{there}attendance/", {"source": "decision", "entries": absent})) == (
        409,
        "reason_missing",
    )
    settled = {"source": "decision", "reason": "ลงชื่อผิดช่อง", "entries": [everything[0]]}
    assert ok(officer.post(f"{there}attendance/", settled))["rows"][0]["has_reached"] is True
    marks = [{"enrolment": row["id"], "mark": "80"} for row in confirmed]
    assert ok(officer.post(f"{there}marks/", {"marks": marks})) == {"written": 2}
    assert [row["step"] for row in ok(officer.get(f"{there}results/"))["rows"]] == ["pass", "pass"]
    passed = ok(officer.step(f"enrolments/{confirmed[0]['id']}/", "pass"))
    assert (passed["state"], passed["mark"]) == ("passed", "80.00")

    credential = Credential.objects.get()
    assert ok(officer.post(f"{there}results/")) == {"given": 1, "left": 0}
    assert ok(Program().get(f"credentials/{credential.serial}/verify/"))["status"] == "valid"
    learner = person()
    code_of_letter = credential.learner.claim_code
    ok(Program(learner).post("me/training/claim/", {"code": code_of_letter}))
    holder = Program(make.fresh(learner))
    shown = holder.get(f"credentials/{credential.pk}/")
    ok(holder.put(f"credentials/{credential.pk}/share/", {"shares_name": True, "shares_office": False},
                  match=shown["ETag"]))  # fmt: skip
    assert ok(Program().get(f"credentials/{credential.serial}/verify/"))["holder"] == "สมใจ0 ดี"
    assert ok(Program().get("training-coverage/", q=place.name_th))["results"][0]["trained"] == 2
    assert ok(Program().get(f"local-governments/{place.pk}/"))["summary"]["training"]["trained"] == 2
    taken = ok(holder.get("me/training/"))
    assert taken["learning"]["certificates"][0]["serial"] == credential.serial
    assert [row["what"] for row in ok(holder.get("me/training/readings/"))["readings"]]
    assert holder.post("me/training/erase-learning/").status_code == 204
    credential.refresh_from_db()
    assert (credential.holder_th, credential.learner, credential.badge) == ("", None, "")
    assert ok(Program().get(f"credentials/{credential.serial}/verify/"))["status"] == "valid"
    assert ok(Program().get("training-coverage/", q=place.name_th))["results"][0]["trained"] == 2
    assert not Application.objects.exists()
