"""Letters to many: to a run, to a generation, to the offices of a province that have nobody."""

import pytest
from django.urls import reverse

from portal.models import Event, Notice
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db


def told(kind):
    return list(Notice.objects.filter(kind=kind).order_by("recipient").values_list("recipient", flat=True))


def test_letter_reaches_the_learners_of_one_choice_and_no_others(client):
    run, trainer = make.run(capacity=1), person(Role.TRAINER)
    run.trainers.add(trainer)
    seated, waiting = make.enrolled(run), make.enrolled(run)
    address = reverse("training:run-write", args=[run.pk])
    client.force_login(trainer)

    page = client.get(address)
    client.post(address, {"audience": "waiting", "text": "ลด 10% พรุ่งนี้ นำบัตรมาด้วย"})

    assert [label.rpartition(" ")[2] for _value, label in page.context["form"].fields["audience"].choices] == [
        "(1)", "(1)", "(0)", "(0)",
    ]  # fmt: skip
    assert told("letter_of_run") == [waiting.learner.user_id]
    letter = Notice.objects.get(kind="letter_of_run")
    assert ("10%" in letter.body, "10%" in letter.subject) == (True, False)
    assert client.post(address, {"audience": "lost", "text": "…"}).status_code == 400
    assert client.post(address, {"audience": "seated", "text": "เลข 1-2345-45678-78-1"}).status_code == 400
    program = Program(make.fresh(trainer))
    assert program.post(f"course-runs/{run.pk}/letters/", {"audience": "seated", "text": "ขอบคุณ"}).data == {"told": 1}
    assert told("letter_of_run") == sorted([seated.learner.user_id, waiting.learner.user_id])
    assert "พรุ่งนี้" not in str(list(Event.objects.values("details")))
    client.force_login(seated.learner.user)
    assert client.get(address).status_code == 403


def test_letter_to_a_generation_is_its_officers_alone(client):
    call, placement = make.serving()
    path = f"generations/{call.generation.pk}/letters/"
    officer = Program(make.fresh(call.officer))

    assert officer.post(path, {"audience": "mentors", "text": "ประชุม"}).data == {"told": 1}
    assert code(officer.post(path, {"audience": "drafting", "text": "ประชุม"})) == (409, "nobody")
    assert code(Program(person(Role.TRAINER)).post(path, {"audience": "serving", "text": "ประชุม"}))[0] == 403
    assert told("letter_of_generation") == [placement.mentor_id]
    client.force_login(make.fresh(call.officer))
    address = reverse("training:generation-write", args=[call.generation.pk])
    assert client.post(address, {"audience": "serving", "text": "ประชุม"}).status_code == 302
    assert told("letter_of_generation") == sorted([placement.mentor_id, placement.ambassador_id])


def test_offices_without_anybody_are_invited_from_the_map_within_ones_province(client):
    empty = local_government()
    province = empty.province
    covered, elsewhere = local_government(province=province), local_government()
    make.trained(covered)
    clerk, other = person(Role.LOCAL_CLERK, at=empty), person(Role.LOCAL_OFFICER, at=elsewhere)
    run, address = make.run(), reverse("training:coverage-invite")
    client.force_login(person(Role.PROVINCIAL_OFFICER, at=province))
    assert "coverage/invite/" in client.get(reverse("training:coverage")).text

    page = client.get(address, {"province": province.code})
    client.post(f"{address}?province={province.code}", {"to": f"run-{run.pk}", "text": "มีที่นั่งพอ"})
    outside = client.get(address, {"province": elsewhere.province.code})

    assert [place.pk for place in page.context["places"]] == [empty.pk]
    assert told("office_invited") == [clerk.pk]
    assert "มีที่นั่งพอ" in Notice.objects.get(kind="office_invited").body
    assert outside.context["places"] == []
    program = Program(person(Role.PROVINCIAL_OFFICER, at=province))
    answer = program.post("training-coverage/invite/", {"province": province.code, "run": str(run.pk)})
    assert answer.data == {"told": 1}
    assert code(program.post("training-coverage/invite/", {"province": province.code}))[0] == 400
    there = {"province": elsewhere.province.code, "run": str(run.pk)}
    assert code(program.post("training-coverage/invite/", there)) == (409, "nobody")
    client.force_login(other)
    assert client.get(address, {"province": province.code}).status_code == 403
    assert "coverage/invite/" not in client.get(reverse("training:coverage")).text
