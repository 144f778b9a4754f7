"""Questions: of a round, answered for all without names; of reviewers, answered by the office of the case."""

from datetime import timedelta

import pytest
from django.urls import reverse

from budgets import inbox
from budgets.judging import asking, reviewing
from budgets.models import Clarification, Question
from portal import clock
from portal.errors import Refused
from portal.models import Notice
from portal.models.audit import Event
from tests.budgets.client import Program, code
from tests.factories.budgets import Office, Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def reviewed():
    return Story().to("assigned")


def page(name, *args):
    return reverse(f"budgets:{name}", args=args)


def test_question_is_answered_for_all_without_names(client, story):
    round, officer = story.round, story.office.officer
    client.force_login(officer)
    client.post(page("answers", round.pk), {"text": "อบต. ตัวอย่าง เสนอได้กี่เรื่อง"})
    question = Question.objects.get()
    (task,) = [one for one in inbox.tasks_of(story.agencies.manager) if one.title == question.text]

    client.force_login(story.agencies.manager)
    form = {"published_text": "เสนอได้กี่เรื่อง", "answer": "ไม่จำกัดจำนวน"}
    assert client.post(task.url, form).status_code == 302
    client.logout()
    seen = client.get(page("answers", round.pk))

    assert "เสนอได้กี่เรื่อง" in seen.text and "ไม่จำกัดจำนวน" in seen.text
    assert "ตัวอย่าง" not in "".join(one.published_text for one in seen.context["answered"])
    assert officer.username not in seen.text and story.office.place.name_th not in seen.text
    assert Notice.objects.filter(kind="question_answered").get().recipient == officer
    assert inbox.tasks_of(story.agencies.manager) == []


def test_waiting_question_is_seen_by_who_asked_and_who_answers_alone(client, story):
    asking.ask(story.round, by=story.office.officer, text="ถามก่อน")
    path = f"rounds/{story.round.pk}/questions/"

    counts = {
        user: len(Program(user).get(path).data["results"])
        for user in (None, Office().officer, story.office.officer, story.agencies.dla, story.agencies.manager)
    }

    assert list(counts.values()) == [0, 0, 1, 1, 1]


def test_questions_over_the_api(story):
    path = f"rounds/{story.round.pk}/questions/"
    asked = Program(story.office.officer).post(path, {"text": "ถาม"})
    answer = f"{path}{asked.data['id']}/answer/"

    assert asked.status_code == 201
    assert code(Program(story.office.officer).post(answer, {"answer": "ตอบ"})) == (403, "not_permitted")
    assert code(Program(story.agencies.secretary).post(path, {"text": "ถาม"})) == (403, "not_permitted")
    assert code(Program(story.agencies.dla).post(answer, {})) == (400, "invalid")
    done = Program(story.agencies.dla).post(answer, {"answer": "ตอบ"})
    assert (done.data["question"], done.data["answer"]) == ("ถาม", "ตอบ")
    assert "asked_by" not in Program().get(path).data["results"][0]
    story.move_round("cancel", reason="ยกเลิก")
    assert code(Program(story.office.officer).post(path, {"text": "ถาม"})) == (409, "wrong_round_state")


def test_reviewer_asks_the_office_answers_and_all_reviewers_read_it(client, reviewed):
    first, second = reviewed.agencies.reviewers[:2]
    case, where = reviewed.proposal, page("clarifications", reviewed.proposal.pk)
    client.force_login(first)
    assert client.post(where, {"text": "ค่าบำรุงรักษามาจากไหน"}).status_code == 302
    asked = Clarification.objects.get()
    (task,) = [one for one in inbox.tasks_of(reviewed.office.officer) if one.url == where]

    client.force_login(reviewed.office.officer)
    seen = client.get(task.url)
    assert first.username not in seen.text and str(first) not in seen.text
    client.post(page("clarification-answer", asked.pk), {"answer": "เทศบัญญัติ"})
    client.force_login(second)
    read = client.get(where)

    assert "เทศบัญญัติ" in read.text and str(first) not in read.text
    case.refresh_from_db()
    assert case.state == "in_review"
    told = set(Notice.objects.filter(kind="clarification_answered").values_list("recipient", flat=True))
    assert told == {first.pk, second.pk}
    assert inbox.tasks_of(reviewed.office.officer) == []
    with pytest.raises(Refused) as caught:
        asking.reply(asked, by=reviewed.office.clerk, answer="อีกครั้ง")
    assert caught.value.code == "already_answered"


def test_reviewers_are_told_when_what_they_returned_is_back(reviewed):
    office, asked = reviewed.office, [{"section": "upkeep", "reason": "ใครจ่าย"}]
    reviewed.take("return", reviewed.agencies.secretary, sections=asked, due_on=clock.today())
    reviewed.take("request_endorsement", office.officer).take("verify", office.clerk).take("submit", office.executive)

    assert reviewed.proposal.state == "in_review"
    told = set(Notice.objects.filter(kind="revised").values_list("recipient", flat=True))
    assert told == {one.pk for one in reviewed.agencies.reviewers[:2]}


def test_clarifications_over_the_api(reviewed):
    path = f"proposals/{reviewed.proposal.pk}/clarifications/"
    reviewer, office = Program(reviewed.agencies.reviewers[0]), Program(reviewed.office.officer)
    due_on = (clock.today() + timedelta(days=9)).isoformat()

    asked = reviewer.post(path, {"text": "ถาม", "due_on": due_on})
    answer = f"{path}{asked.data['id']}/answer/"

    assert (asked.status_code, asked.data["due_on"]) == (201, due_on)
    assert asked.data["asked_by"] == reviewed.agencies.reviewers[0].username
    assert office.get(path).data["results"][0]["asked_by"] is None
    assert code(office.post(path, {"text": "ถาม"})) == (403, "not_permitted")
    assert code(reviewer.post(answer, {"answer": "x"})) == (403, "not_permitted")
    assert code(reviewer.post(path, {"text": "ถาม", "due_on": "2020-01-01"})) == (400, "invalid")
    assert office.post(answer, {"answer": "ตอบ"}).data["answer"] == "ตอบ"
    assert code(office.post(answer, {"answer": "ตอบ"})) == (409, "already_answered")
    assert code(Program(person()).get(path)) == (404, "not_found")
    assert Event.objects.filter(verb="clarification.answer").count() == 1


def test_conflicted_reviewer_and_other_offices_read_nothing(client, reviewed):
    asked = asking.clarify(reviewed.proposal, by=reviewed.agencies.reviewers[0], text="ถาม")
    second, other = reviewed.agencies.reviewers[1], Office()
    reviewing.declare_conflict(reviewed.proposal, by=second)

    for user in (second, other.officer):
        client.force_login(user)
        assert client.get(page("clarifications", reviewed.proposal.pk)).status_code == 404
        assert client.post(page("clarification-answer", asked.pk), {"answer": "x"}).status_code == 404


def test_nothing_is_asked_of_a_case_that_is_not_under_review(story):
    story.to("submitted")

    with pytest.raises(Refused) as caught:
        asking.clarify(story.proposal, by=story.agencies.secretary, text="ถาม")

    assert caught.value.code == "wrong_state"
