"""The pages of screening, review, committee, request and allocation."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budgets.judging import reviewing, screening
from budgets.models import Assignment, Proposal, Review
from budgets.views.deciding.common import safe_next
from budgets.writing.drafting import editing
from portal import clock
from portal.errors import Refused
from portal.models.audit import Event
from portal.roles import Role
from tests.budgets.together import deliberating, enacted, recommended, refreshed, together
from tests.factories.budgets import Office, Story
from tests.factories.people import person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
MOST_QUERIES = 15


def address(name, *args, **query):
    path = reverse(f"budgets:{name}", args=args)
    return f"{path}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else path


def rows_of(response):
    return [case.pk for case in response.context["rows"]]


def cost(client, url):
    """How many queries the page takes, and how many rows it shows. A test's transaction also asks the clock."""
    with CaptureQueriesContext(connection) as found:
        rows = len(client.get(url).context["rows"])
    return sum("clock_timestamp" not in query["sql"] for query in found.captured_queries), rows


def signed_in(client, user):
    client.force_login(user)
    return client


# Screening


def test_queue_shows_the_own_province_and_no_other(client):
    story, other = Story().to("submitted"), Story().to("submitted")

    response = signed_in(client, story.office.province).get(address("screening-queue"))

    assert rows_of(response) == [story.proposal.pk]
    assert {tab["code"]: tab["count"] for tab in response.context["tabs"]}["open"] == 1
    assert other.proposal.number not in response.text or other.proposal.number == story.proposal.number


def test_queue_is_closed_to_those_who_do_not_screen(client):
    story = Story().to("submitted")

    assert signed_in(client, story.office.officer).get(address("screening-queue")).status_code == 403
    client.logout()
    assert client.get(address("screening-queue")).status_code == 302


def test_queue_costs_the_same_for_one_case_and_for_three(client):
    office = Office()
    story = Story(office=office).to("submitted")
    signed_in(client, office.province).get(address("screening-queue"))
    once, rows = cost(client, address("screening-queue"))
    for _ in range(2):
        place = local_government(district=office.place.district)
        Story(round=story.round, agencies=story.agencies, office=Office(place)).to("submitted")

    assert rows == 1 and once <= MOST_QUERIES
    assert cost(client, address("screening-queue")) == (once, 3)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_queue_as_a_file_has_the_rows_of_the_page(client, form):
    story = Story().to("submitted")
    Story().to("submitted")

    response = signed_in(client, story.office.province).get(address("screening-queue", format=form))

    if form == "csv":
        lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == [story.proposal.number]
    else:
        sheet = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).worksheets[0]
        assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [story.proposal.number]


def test_dla_stands_in_once_the_screening_date_has_passed(client):
    story = Story().to("submitted")
    signed_in(client, story.agencies.dla)
    assert rows_of(client.get(address("screening-queue"))) == []
    story.round.screening_due_on = clock.today().replace(year=clock.today().year - 1)
    story.round.save()

    response = client.get(address("screening-queue"))
    assert rows_of(response) == [story.proposal.pk]
    assert "แทน สถจ." in response.text
    client.post(address("deciding-step", story.proposal.pk, "start_screening"), {"version": story.proposal.version})

    story.proposal.refresh_from_db()
    assert (story.proposal.state, story.proposal.screener) == ("in_screening", story.agencies.dla)
    page = client.get(address("screening", story.proposal.pk))
    assert page.context["stands_in"] and page.context["screened_instead"]
    assert "แทน สถจ." in page.text


def test_a_case_is_claimed_at_once_and_returned_on_a_page_of_its_own(client):
    story = Story().to("submitted")
    desk, claim, back = (
        address("screening", story.proposal.pk),
        address("deciding-step", story.proposal.pk, "start_screening"),
        address("deciding-step", story.proposal.pk, "return"),
    )
    signed_in(client, story.office.province)

    assert f'<form method="post" action="{claim}"' in client.get(desk).text
    story.take("start_screening", story.office.province)
    assert f'href="{back}"' in client.get(desk).text


def test_claim_leads_to_the_desk(client):
    story = Story().to("submitted")

    response = signed_in(client, story.office.province).post(
        address("deciding-step", story.proposal.pk, "start_screening"), {"version": story.proposal.version}
    )

    assert response["Location"] == address("screening", story.proposal.pk)
    assert client.get(response["Location"]).status_code == 200


def test_checklist_saves_itself(client):
    story = Story().to("in_screening")
    url = address("screening-checks", story.proposal.pk)
    data = {"version": story.proposal.version, "answer-plan": "problem", "note-plan": "ไม่พบหน้าแผน"}

    response = signed_in(client, story.office.province).post(url, data, headers=JSON)

    saved = Proposal.objects.get(pk=story.proposal.pk)
    assert response.json()["version"] == saved.version == story.proposal.version + 1
    assert response.json()["unanswered"] == len(screening.CHECKS) - 1
    assert saved.screening_checks["plan"] == {"answer": "problem", "note": "ไม่พบหน้าแผน"}
    assert client.post(url, data, headers=JSON).json()["version"] == saved.version  # nothing new to keep


def test_two_screeners_do_not_write_over_each_other(client):
    story = Story().to("in_screening")
    url = address("screening-checks", story.proposal.pk)
    signed_in(client, story.office.province)
    client.post(url, {"version": story.proposal.version, "answer-plan": "ok"}, headers=JSON)

    response = client.post(url, {"version": story.proposal.version, "answer-plan": "problem"}, headers=JSON)

    assert (response.status_code, response.json()["code"]) == (409, "lost_race")
    assert Proposal.objects.get(pk=story.proposal.pk).screening_checks["plan"]["answer"] == "ok"


def test_a_case_passes_from_its_desk_once_every_line_is_answered_and_none_is_to_mend(client):
    story = Story().to("in_screening")
    url = address("deciding-step", story.proposal.pk, "pass_screening")
    signed_in(client, story.office.province)

    def answer(*answers):
        noted = {check.code: {"answer": said} for check, said in zip(screening.CHECKS, answers, strict=False)}
        story.proposal = screening.save_checks(story.proposal, noted, by=story.office.province)
        return client.post(url, {"version": story.proposal.version})

    unanswered = client.post(url, {"version": story.proposal.version})
    to_mend = answer("problem", *["ok"] * 11)
    mended = answer("not_applicable", *["ok"] * 11)

    assert (unanswered.status_code, "12 ข้อ" in unanswered.text) == (400, True)
    assert str(screening.CHECKS[0].label) in [str(one) for one in get_messages(to_mend.wsgi_request)][0]
    assert mended.status_code == 302
    assert Proposal.objects.get(pk=story.proposal.pk).state == "in_review"


def test_what_is_to_mend_does_not_pass_over_the_api(client):
    story = Story().to("in_screening")
    screening.save_checks(story.proposal, {"plan": {"answer": "problem"}}, by=story.office.province)

    with pytest.raises(Refused) as refused:
        story.take("pass_screening", story.office.province)

    assert (refused.value.code, refused.value.facts["checks"]) == ("checklist_to_mend", ["plan"])


def test_checklist_belongs_to_the_screening_office_while_it_screens(client):
    story = Story().to("in_screening")
    url = address("screening-checks", story.proposal.pk)
    data = {"answer-plan": "ok"}

    assert signed_in(client, story.office.officer).post(url, data, headers=JSON).status_code == 403
    assert signed_in(client, Office().province).post(url, data, headers=JSON).status_code == 404
    story.take("pass_screening", story.office.province, note="")
    response = signed_in(client, story.office.province).post(url, data, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")
    with pytest.raises(Refused):
        screening.save_checks(story.proposal, {"plan": {"answer": "ok"}}, by=story.office.province)
    assert Proposal.objects.get(pk=story.proposal.pk).screening_checks == {}


def test_other_offices_and_the_local_government_do_not_see_the_checklist(client):
    story = Story().to("in_screening")
    url = address("screening", story.proposal.pk)

    assert signed_in(client, story.office.executive).get(url).status_code == 403
    assert signed_in(client, Office().province).get(url).status_code == 404
    assert signed_in(client, story.agencies.secretary).get(url).status_code == 200


def test_return_opens_the_sections_with_a_reason(client):
    story = Story().to("in_screening")
    story.proposal = screening.save_checks(
        story.proposal, {"prices": {"answer": "problem", "note": "ขาดใบเสนอราคา"}}, by=story.office.province
    )
    url = address("deciding-step", story.proposal.pk, "return")
    page = signed_in(client, story.office.province).get(url)
    texts = {box["section"].value: box["text"] for box in page.context["boxes"]}
    assert "ขาดใบเสนอราคา" in texts["items"]
    assert texts["rationale"] == ""

    client.post(url, {"version": story.proposal.version, "reason-rationale": "เพิ่มข้อมูล", "reason-items": "แยกรายการ"})

    case = Proposal.objects.get(pk=story.proposal.pk)
    assert (case.state, case.open_sections) == ("returned", ["rationale", "items", "funding"])
    assert case.returns.get().sections[0] == {"section": "rationale", "reason": "เพิ่มข้อมูล"}


def test_return_without_a_reason_is_not_taken(client):
    story = Story().to("in_screening")
    url = address("deciding-step", story.proposal.pk, "return")

    response = signed_in(client, story.office.province).post(url, {"version": story.proposal.version})

    assert response.status_code == 400
    assert Proposal.objects.get(pk=story.proposal.pk).state == "in_screening"


def test_screen_out_is_proposed_by_the_province_and_confirmed_by_dla(client):
    story = Story().to("in_screening")
    signed_in(client, story.office.province).post(
        address("deciding-step", story.proposal.pk, "propose_screen_out"),
        {"version": story.proposal.version, "reason": "ไม่ใช่อำนาจหน้าที่"},
    )
    listed = signed_in(client, story.agencies.dla).get(address("screen-outs"))
    assert rows_of(listed) == [story.proposal.pk]
    version = Proposal.objects.get(pk=story.proposal.pk).version

    url = address("deciding-step", story.proposal.pk, "confirm_screen_out")
    assert "ไม่ใช่อำนาจหน้าที่" in client.get(url).text
    client.post(url, {"version": version, "reason": "ไม่ใช่อำนาจหน้าที่"})

    case = Proposal.objects.get(pk=story.proposal.pk)
    assert (case.state, case.decision_reason) == ("screened_out", "ไม่ใช่อำนาจหน้าที่")
    assert rows_of(client.get(address("screen-outs"))) == []


def test_deciding_door_opens_no_step_of_the_local_government(client):
    story = Story().to("verified")

    response = signed_in(client, story.office.executive).post(
        address("deciding-step", story.proposal.pk, "submit"), {"version": story.proposal.version}
    )

    assert response.status_code == 404
    assert Proposal.objects.get(pk=story.proposal.pk).state == "pending_endorsement"


def resubmitted():
    """A case returned for its rationale and submitted again."""
    story = Story().to("in_screening")
    asked = [{"section": "rationale", "reason": "เพิ่มข้อมูล"}, {"section": "risks", "reason": "บอกความเสี่ยง"}]
    story.take("return", story.office.province, sections=asked, due_on=clock.today())
    with editing(story.proposal, "rationale", by=story.office.officer) as draft:
        draft.rationale = "มีผู้เดือดร้อน 4,100 ครัวเรือน"
    story.take("request_endorsement", story.office.officer)
    story._verified()
    story._submitted()
    return story


def test_comparison_marks_what_changed_and_what_was_asked(client):
    story = resubmitted()

    response = signed_in(client, story.office.province).get(address("compare", story.proposal.pk))

    assert [part.section for part in response.context["changed"]] == ["rationale"]
    assert [part.section for part in response.context["ignored"]] == ["risks"]
    assert response.context["unasked"] == []
    assert "4,100" in response.text and "<del>" in response.text
    assert signed_in(client, Office().province).get(address("compare", story.proposal.pk)).status_code == 404


def test_comparison_says_so_when_there_is_one_version(client):
    story = Story().to("in_screening")

    response = signed_in(client, story.office.province).get(address("compare", story.proposal.pk))

    assert response.status_code == 200
    assert "parts" not in response.context


# Review


def test_board_counts_the_standings_and_shows_them_in_the_file(client):
    told = together("in_review", 3)
    agencies = told[0].agencies
    for story, scores in zip(told[1:], ((40, 40), (45, 30)), strict=True):
        story._assigned()
        for reviewer, score in zip(agencies.reviewers, scores, strict=False):
            story.review(reviewer, score=score)
    signed_in(client, agencies.secretary)

    response = client.get(address("assignment-board"))

    counts = {tab["code"]: tab["count"] for tab in response.context["tabs"]}
    assert counts == {"all": 3, "unassigned": 1, "waiting": 0, "third": 1, "ready": 1}
    assert rows_of(client.get(address("assignment-board", show="third"))) == [told[2].proposal.pk]
    text = b"".join(client.get(address("assignment-board", format="csv", show="third")).streaming_content).decode()
    assert len(text.splitlines()) == 2 and told[2].proposal.number in text


def test_board_costs_the_same_for_one_case_and_for_three(client):
    story = Story().to("assigned")
    signed_in(client, story.agencies.secretary).get(address("assignment-board"))
    once, rows = cost(client, address("assignment-board"))
    for _ in range(2):
        Story(round=story.round, agencies=story.agencies).to("assigned")

    assert rows == 1 and once <= MOST_QUERIES
    assert cost(client, address("assignment-board")) == (once, 3)


def test_reviewers_do_not_see_the_board(client):
    story = Story().to("assigned")

    assert signed_in(client, story.agencies.reviewers[0]).get(address("assignment-board")).status_code == 403


def test_plan_is_looked_at_then_confirmed(client):
    told = together("in_review")
    signed_in(client, told[0].agencies.secretary)

    page = client.get(address("assignment-plan"))
    assert page.context["count"] == 4
    assert Assignment.objects.count() == 0
    client.post(address("assignment-plan"), {"plan": page.context["plan"]})

    assert Assignment.objects.count() == 4
    assert client.get(address("assignment-plan")).context["count"] == 0


def test_plan_that_no_longer_fits_changes_nothing_and_says_where(client):
    told = together("in_review")
    agencies = told[0].agencies
    signed_in(client, agencies.secretary)
    plan = client.get(address("assignment-plan")).context["plan"]
    taken = next(who for who in agencies.reviewers if f"{told[0].proposal.pk}:{who.pk}" in plan.split())
    reviewing.assign(told[0].proposal, taken, by=agencies.secretary)

    response = client.post(address("assignment-plan"), {"plan": plan})

    assert response.status_code == 409
    assert Assignment.objects.count() == 1
    assert str(reviewing.why_not(told[0].proposal, taken).message) in response.text


def test_case_page_says_why_a_reviewer_cannot(client):
    story = Story().to("in_review")
    neighbour = person(Role.DEPA_REVIEWER, at=story.office.place.province)
    signed_in(client, story.agencies.secretary)

    page = client.get(address("reviewers", story.proposal.pk))
    assert [(who, no.code) for who, no in page.context["barred"]] == [(neighbour, "own_province")]
    client.post(address("assign-reviewer", story.proposal.pk), {"reviewer": neighbour.username})
    assert Assignment.objects.count() == 0
    client.post(address("assign-reviewer", story.proposal.pk), {"reviewer": story.agencies.reviewers[0].username})
    assert Assignment.objects.get().reviewer == story.agencies.reviewers[0]


def test_third_reviewer_is_one_press_away(client):
    story = Story().to("assigned")
    for reviewer, score in zip(story.agencies.reviewers, (45, 30), strict=False):
        story.review(reviewer, score=score)

    signed_in(client, story.agencies.secretary).post(address("assign-reviewer", story.proposal.pk))

    assert Assignment.objects.filter(reviewer=story.agencies.reviewers[2]).count() == 1
    assert (
        signed_in(client, story.agencies.chair).post(address("assign-reviewer", story.proposal.pk)).status_code == 403
    )


def test_release_gives_the_case_to_another(client):
    story = Story().to("assigned")
    held = story.proposal.assignments.get(reviewer=story.agencies.reviewers[0])
    url = address("assignment-end", held.pk)
    assert signed_in(client, story.agencies.reviewers[1]).post(url, {"reason": "x"}).status_code == 403

    signed_in(client, story.agencies.secretary).post(url, {"reason": "ลาป่วย"})

    held.refresh_from_db()
    assert (held.state, held.reason) == ("released", "ลาป่วย")


def test_declaration_comes_before_the_score_form(client):
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    signed_in(client, reviewer)

    page = client.get(address("review", story.proposal.pk))
    assert "conflict" in page.context["form"].fields
    assert Review.objects.count() == 0
    assert client.post(address("review-save", story.proposal.pk), {}, headers=JSON).status_code == 403
    client.post(address("declare", story.proposal.pk), {"conflict": "no"})

    assert Event.objects.filter(verb="review.no_conflict", actor=reviewer).count() == 1
    assert "rubric" in client.get(address("review", story.proposal.pk)).context


def test_conflict_removes_the_case_from_every_page_of_the_reviewer(client):
    told = together("assigned")
    story, other = told
    reviewer = story.agencies.reviewers[0]
    signed_in(client, reviewer)
    assert rows_of(client.get(address("my-reviews"))) == [one.proposal.pk for one in told]

    client.post(address("declare", story.proposal.pk), {"conflict": "yes", "note": "ญาติ"})

    listed = client.get(address("my-reviews"))
    assert rows_of(listed) == [other.proposal.pk]
    assert {tab["code"]: tab["count"] for tab in listed.context["tabs"]}["open"] == 1
    text = b"".join(client.get(address("my-reviews", format="csv")).streaming_content).decode()
    assert story.proposal.number not in text and other.proposal.number in text
    for name in ("review", "declare", "result", "compare"):
        assert client.get(address(name, story.proposal.pk)).status_code == 404
    assert client.post(address("review-save", story.proposal.pk), {}, headers=JSON).status_code == 404
    assert client.get(address("next-review"))["Location"] == address("review", other.proposal.pk)


def begun(client, story, who=0):
    """The desk of an assigned case after the declaration, and the fields of its two criteria."""
    signed_in(client, story.agencies.reviewers[who])
    client.post(address("declare", story.proposal.pk), {"conflict": "no"})
    review = Review.objects.get(proposal=story.proposal, reviewer=story.agencies.reviewers[who])
    return review, [criterion.pk for criterion in review.rubric.criteria.all()]


def test_scores_save_themselves_and_keep_what_fits(client):
    story = Story().to("assigned")
    review, (first, second) = begun(client, story)

    response = client.post(
        address("review-save", story.proposal.pk),
        {"version": review.version, f"score-{first}": "๔๐", f"score-{second}": "99", f"why-{second}": "ดีมาก"},
        headers=JSON,
    )

    answer = response.json()
    assert (response.status_code, answer["total"], list(answer["errors"])) == (200, "40", [f"score-{second}"])
    review.refresh_from_db()
    assert answer["version"] == review.version
    assert list(review.scores.values_list("criterion", "score")) == [(first, Decimal(40))]


def test_round_scores_come_back_as_they_were_given(client):
    story = Story().to("assigned")
    review, (first, second) = begun(client, story)
    data = {"version": review.version, f"score-{first}": "40", f"score-{second}": "37.50"}
    client.post(address("review-save", story.proposal.pk), data, headers=JSON)

    form = client.get(address("review", story.proposal.pk)).context["form"]

    assert [row["score"].value() for row in form.rows] == ["40", "37.5"]


def test_stale_form_is_a_conflict(client):
    story = Story().to("assigned")
    review, (first, _second) = begun(client, story)
    data = {"version": review.version, f"score-{first}": "30"}
    client.post(address("review-save", story.proposal.pk), data, headers=JSON)

    response = client.post(address("review-save", story.proposal.pk), data, headers=JSON)

    assert (response.status_code, response.json()["code"]) == (409, "lost_race")


def test_sending_asks_for_the_missing_reasons_and_then_shows_the_mean(client):
    story = Story().to("assigned")
    story.review(story.agencies.reviewers[1], score=35)
    review, (first, second) = begun(client, story)
    url = address("review", story.proposal.pk)
    assert client.get(url).context["figures"] is None
    scores = {f"score-{first}": "50", f"score-{second}": "40", "then": "send"}

    refused = client.post(url, {"version": review.version, **scores})
    assert (refused.status_code, len(refused.context["lacks"])) == (409, 1)
    review.refresh_from_db()
    assert (review.state, review.total) == ("draft", Decimal(90))
    client.post(url, {"version": review.version, **scores, f"why-{first}": "ครบทุกข้อ"})

    page = client.get(url)
    assert page.context["is_sent"] is True
    assert page.context["figures"] == {"mean": Decimal("80.00"), "spread": Decimal(20), "sent": 2}
    assert page.context["others"] == [Decimal(70)]


def test_others_scores_stay_hidden_until_the_own_are_sent(client):
    story = Story().to("assigned")
    story.review(story.agencies.reviewers[1], score=Decimal("33.25"))
    begun(client, story)

    page = client.get(address("review", story.proposal.pk))

    assert page.context["others"] == []
    assert "66.5" not in page.text


def test_recall_makes_it_a_draft_until_the_case_is_concluded(client):
    story = Story().to("assigned")
    for reviewer in story.agencies.reviewers[:2]:
        story.review(reviewer)
    url = address("review-recall", story.proposal.pk)
    signed_in(client, story.agencies.reviewers[0]).post(url)
    assert Review.objects.get(reviewer=story.agencies.reviewers[0]).state == "draft"
    story.review(story.agencies.reviewers[0])
    story.take("conclude_review", story.agencies.secretary)

    client.post(url)

    assert Review.objects.get(reviewer=story.agencies.reviewers[0]).state == "sent"


def test_save_and_next_walks_through_the_queue(client):
    told = together("assigned", 3)
    keys = [story.proposal.pk for story in told]
    review, (first, _second) = begun(client, told[1])

    response = client.post(
        address("review", keys[1]), {"version": review.version, f"score-{first}": "30", "then": "next"}
    )

    assert response["Location"] == f"{address('next-review')}?after={keys[1]}"
    assert client.get(response["Location"])["Location"] == address("review", keys[2])
    assert client.get(address("next-review", after=keys[2]))["Location"] == address("review", keys[0])
    assert client.get(address("next-review", before=keys[1]))["Location"] == address("review", keys[0])

    told[1].review(told[1].agencies.reviewers[0])

    assert client.get(address("next-review", after=keys[1]))["Location"] == address("review", keys[2])
    assert client.get(address("next-review", before=keys[2]))["Location"] == address("review", keys[0])


def test_stranger_meets_404_and_the_unassigned_403_at_the_desk(client):
    story = Story().to("assigned")

    assert signed_in(client, story.agencies.reviewers[2]).get(address("review", story.proposal.pk)).status_code == 404
    assert signed_in(client, story.agencies.secretary).get(address("review", story.proposal.pk)).status_code == 403


def test_ready_cases_are_concluded_together(client):
    told = together("assigned")
    for story in told:
        for reviewer in story.agencies.reviewers[:2]:
            story.review(reviewer)
    signed_in(client, told[0].agencies.secretary)
    page = client.get(address("together", "conclude_review"))
    assert len(page.context["cases"]) == 2

    client.post(address("together", "conclude_review"), {"case": marks(page)})

    assert list(Proposal.objects.values_list("state", flat=True)) == ["scored", "scored"]


def marks(page):
    """What the page of a common step sends for each case."""
    return [f"{case.pk}:{case.version}" for case in page.context["cases"]]


def test_my_reviews_cost_the_same_for_one_case_and_for_three(client):
    story = Story().to("assigned")
    signed_in(client, story.agencies.reviewers[0]).get(address("my-reviews"))
    once, rows = cost(client, address("my-reviews"))
    for _ in range(2):
        Story(round=story.round, agencies=story.agencies).to("assigned")

    assert rows == 1 and once <= MOST_QUERIES
    assert cost(client, address("my-reviews")) == (once, 3)


# Committee


def test_ranking_is_confidential_before_the_announcement(client):
    told = deliberating(1)
    url = address("ranking", told[0].round.pk)

    for user in (told[0].office.executive, told[0].office.province, told[0].agencies.reviewers[0]):
        assert signed_in(client, user).get(url).status_code == 403
    assert signed_in(client, told[0].agencies.chair).get(url).status_code == 200


def ranked(means=(90, 80, 70)):
    """Scored cases of one theme with these means, in a round that is being deliberated."""
    told = deliberating(len(means))
    for story, mean in zip(told, means, strict=True):
        Proposal.objects.filter(pk=story.proposal.pk).update(mean_score=mean, score_spread=5)
    return refreshed(told)


def test_line_moves_and_shows_its_consequences(client):
    told = ranked()
    theme = told[0].proposal.theme
    theme.ceiling_baht = Decimal("2000000.00")
    theme.save()
    signed_in(client, told[0].agencies.secretary)
    url = address("ranking", told[0].round.pk)

    page = client.get(url)
    assert (page.context["cut"], page.context["line"].left_baht) == (2, Decimal(0))
    assert [case.place.rank for case in page.context["rows"]] == [1, 2, 3]
    lower = client.get(f"{url}?cut=3").context["line"]
    assert (lower.above.count, lower.above.baht, lower.is_over) == (3, Decimal(3000000), True)
    assert sum(row["above"].count for row in lower.regions) == 3
    assert client.get(f"{url}?cut=99").context["cut"] == 3
    assert client.get(f"{url}?cut=x").context["cut"] == 2


def test_ranking_costs_the_same_for_one_case_and_for_three(client):
    told = ranked((90,))
    url = address("ranking", told[0].round.pk)
    signed_in(client, told[0].agencies.secretary).get(url)
    once, rows = cost(client, url)
    other = ranked()

    assert rows == 1 and once <= MOST_QUERIES
    assert cost(client, address("ranking", other[0].round.pk)) == (once, 3)


def test_conflicted_member_does_not_count_the_case(client):
    told = ranked()
    member = person(Role.COMMITTEE_MEMBER)
    signed_in(client, member)
    client.post(address("declare", told[0].proposal.pk), {"conflict": "yes"})

    page = client.get(address("ranking", told[0].round.pk))

    assert rows_of(page) == [told[1].proposal.pk, told[2].proposal.pk]
    assert page.context["total"] == 2
    assert page.context["line"].above.count + page.context["line"].below.count == 2
    assert told[0].proposal.title not in page.text or told[0].office.place.name_th not in page.text
    text = b"".join(client.get(address("ranking", told[0].round.pk, format="csv")).streaming_content).decode()
    assert told[0].proposal.number not in text.split() and len(text.splitlines()) == 3


def resolution(**more):
    today = clock.today()
    return {"resolution_no": "7/2570", "resolution_on": f"{today.day}/{today.month}/{today.year + 543}", **more}


def test_all_above_the_line_are_recommended_under_one_resolution(client):
    told = ranked()
    theme = told[0].proposal.theme_id
    signed_in(client, told[0].agencies.secretary)
    url = address("together", "recommend", round=told[0].round.pk, theme=theme, side="above", cut=2)
    page = client.get(url)
    assert [case.pk for case in page.context["cases"]] == [told[0].proposal.pk, told[1].proposal.pk]

    amounts = {f"amount-{told[0].proposal.pk}": "900,000", f"amount-{told[1].proposal.pk}": "1,000,000.00"}
    response = client.post(url, resolution(case=marks(page), **amounts))

    assert response.status_code == 302
    found = Proposal.objects.order_by("-mean_score").values_list("state", "recommended_baht", "resolution_no")
    assert list(found) == [
        ("recommended", Decimal(900000), "7/2570"),
        ("recommended", Decimal(1000000), "7/2570"),
        ("scored", None, ""),
    ]


def test_one_amount_above_the_request_keeps_all_undecided(client):
    told = ranked((90, 80))
    url = address("together", "recommend", round=told[0].round.pk)
    page = signed_in(client, told[0].agencies.secretary).get(url)
    amounts = {f"amount-{told[0].proposal.pk}": "900,000", f"amount-{told[1].proposal.pk}": "1,000,000.01"}

    response = client.post(url, resolution(case=marks(page), **amounts))

    assert response.status_code == 409
    assert [case.refusal and case.refusal.code for case in response.context["cases"]] == [None, "above_requested"]
    assert set(Proposal.objects.values_list("state", flat=True)) == {"scored"}


def test_all_below_the_line_are_not_recommended(client):
    told = ranked()
    theme = told[0].proposal.theme_id
    url = address("together", "not_recommend", round=told[0].round.pk, theme=theme, side="below", cut=1)
    page = signed_in(client, told[0].agencies.secretary).get(url)

    client.post(url, resolution(case=marks(page), reason="วงเงินไม่พอ"))

    assert list(Proposal.objects.order_by("-mean_score").values_list("state", flat=True)) == [
        "scored",
        "not_recommended",
        "not_recommended",
    ]


def test_common_step_is_for_its_role_and_for_steps_that_exist(client):
    told = ranked((90,))

    assert signed_in(client, told[0].agencies.chair).get(address("together", "recommend")).status_code == 403
    assert client.get(address("together", "withdraw")).status_code == 404


def test_result_shows_nothing_before_the_announcement_and_all_after_it(client):
    told = deliberating(1)
    story = told[0]
    Review.objects.first().scores.update(justification="ข้อมูลย้อนหลังชัดเจน")
    url = address("result", story.proposal.pk)
    early = signed_in(client, story.office.executive).get(url)
    assert "criteria" not in early.context and "ข้อมูลย้อนหลัง" not in early.text and "คะแนนเฉลี่ย" not in early.text

    story.take("recommend", story.agencies.secretary, amount_baht=story.proposal.requested_baht,
               resolution_no="1/2570", resolution_on=clock.today())  # fmt: skip
    assert "criteria" not in client.get(url).context
    story.move_round("announce")

    late = client.get(url)
    assert [row["mean"] for row in late.context["criteria"]] == [Decimal(40), Decimal(40)]
    assert "ข้อมูลย้อนหลังชัดเจน" in late.text
    assert all(str(reviewer) not in late.text for reviewer in story.agencies.reviewers)


# Request


def test_request_is_placed_together_and_becomes_a_workbook(client):
    told = recommended(2)
    round = told[0].round
    signed_in(client, told[0].agencies.dla)
    page = client.get(address("together", "include_in_request", case=told[0].proposal.pk))
    client.post(address("together", "include_in_request"), {"case": marks(page)})
    page = client.get(address("together", "leave_out", round=round.pk))
    client.post(address("together", "leave_out"), {"case": marks(page), "reason": "ซ้ำกับงบจังหวัด"})

    board = client.get(address("request-board", round.pk, show="all"))
    counts = {tab["code"]: tab["count"] for tab in board.context["tabs"]}
    assert counts == {"open": 0, "included": 1, "left_out": 1, "all": 2}
    response = client.get(address("request-file", round.pk))
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
    assert len(book.sheetnames) == 2
    rows = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows[:-1]] == [told[0].proposal.number]
    assert rows[-1][10] == 1000000
    assert Event.objects.filter(verb="round.request_file").count() == 1


def test_request_is_not_for_the_local_government(client):
    told = recommended(1)

    signed_in(client, told[0].office.executive)
    assert client.get(address("request-board", told[0].round.pk)).status_code == 403
    assert client.get(address("request-file", told[0].round.pk)).status_code == 403


def test_request_board_costs_the_same_for_one_case_and_for_three(client):
    one, three = recommended(1), recommended(3)
    signed_in(client, one[0].agencies.dla).get(address("request-board", one[0].round.pk))
    once, rows = cost(client, address("request-board", one[0].round.pk))

    assert rows == 1 and once <= MOST_QUERIES
    assert cost(client, address("request-board", three[0].round.pk)) == (once, 3)


# Allocation


def test_secretary_proposes_several_amounts_at_once(client):
    told = enacted(2)
    url = address("allocation-board", told[0].round.pk)
    first, second = (story.proposal.pk for story in told)
    signed_in(client, told[0].agencies.secretary)

    client.post(
        url, {"case": [first, second], f"amount-{first}": "800,000", f"amount-{second}": "", "reference": "ว 12"}
    )

    found = {case.pk: (case.proposed_baht, case.proposed_reference) for case in Proposal.objects.all()}
    assert found == {first: (Decimal(800000), "ว 12"), second: (None, "")}


def test_amount_above_the_request_is_shown_beside_its_row(client):
    told = enacted(2)
    url = address("allocation-board", told[0].round.pk)
    first, second = (story.proposal.pk for story in told)
    signed_in(client, told[0].agencies.secretary)

    response = client.post(
        url, {"case": [first, second], f"amount-{first}": "800,000", f"amount-{second}": "2,000,000"}
    )

    refusals = {case.pk: case.refusal and case.refusal.code for case in response.context["rows"]}
    assert (response.status_code, refusals) == (409, {first: None, second: "above_requested"})
    assert Proposal.objects.filter(proposed_baht__isnull=False).count() == 0
    assert 'value="2,000,000"' in response.text


def test_chair_approves_all_proposed_or_sees_what_is_left(client):
    told = enacted(2, baht=Decimal("1700000.00"))
    agencies, round = told[0].agencies, told[0].round
    for story in told:
        story.take("propose_allocation", agencies.secretary, amount_baht=Decimal("1000000.00"), reference="")
    signed_in(client, agencies.chair)
    url = address("together", "allocate", round=round.pk)
    page = client.get(url)

    response = client.post(url, {"case": marks(page)})
    assert response.status_code == 409
    assert "700,000.00" in response.text
    told[1].take("propose_allocation", agencies.secretary, amount_baht=Decimal("700000.00"), reference="")
    client.post(url, {"case": marks(client.get(url))})

    assert set(Proposal.objects.values_list("allocated_baht", flat=True)) == {Decimal(1000000), Decimal(700000)}
    board = client.get(address("allocation-board", round.pk))
    assert board.context["ceilings"][0].left_baht == 0


def test_secretary_does_not_approve(client):
    told = enacted(1)

    assert signed_in(client, told[0].agencies.secretary).get(address("together", "allocate")).status_code == 403
    assert (
        signed_in(client, told[0].agencies.chair)
        .post(address("allocation-board", told[0].round.pk), {"case": told[0].proposal.pk})
        .status_code
        == 403
    )


def test_declined_case_stands_on_the_reserve_list(client):
    told = enacted(1)
    client.force_login(told[0].agencies.chair)
    client.post(
        address("deciding-step", told[0].proposal.pk, "not_allocate"),
        {"version": told[0].proposal.version, "reason": "วงเงินหมด"},
    )

    board = client.get(address("allocation-board", told[0].round.pk, show="reserve"))

    assert rows_of(board) == [told[0].proposal.pk]
    assert board.context["round"].state == "enacted"


def test_allocation_board_costs_the_same_for_one_case_and_for_three(client):
    one, three = enacted(1), enacted(3)
    signed_in(client, one[0].agencies.secretary).get(address("allocation-board", one[0].round.pk))
    once, rows = cost(client, address("allocation-board", one[0].round.pk))

    assert rows == 1 and once <= MOST_QUERIES
    assert cost(client, address("allocation-board", three[0].round.pk)) == (once, 3)


def test_conflicted_chair_neither_sees_nor_approves(client):
    told = enacted(2)
    agencies = told[0].agencies
    for story in told:
        story.take("propose_allocation", agencies.secretary, amount_baht=Decimal("500000.00"), reference="")
    signed_in(client, agencies.chair).post(address("declare", told[0].proposal.pk), {"conflict": "yes"})

    board = client.get(address("allocation-board", told[0].round.pk))
    page = client.get(address("together", "allocate", round=told[0].round.pk))

    assert rows_of(board) == [told[1].proposal.pk]
    assert (board.context["waiting"], board.context["waiting_baht"]) == (1, Decimal(500000))
    assert [case.pk for case in page.context["cases"]] == [told[1].proposal.pk]
    client.post(address("together", "allocate"), {"case": f"{told[0].proposal.pk}:{told[0].proposal.version}"})
    assert Proposal.objects.get(pk=told[0].proposal.pk).allocated_baht is None


@pytest.mark.parametrize(
    "elsewhere", ["😀", "home", "//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example", ""]
)
def test_a_step_leads_back_to_pages_of_ours_alone(rf, elsewhere):
    assert safe_next(rf.post("/", {"next": elsewhere}), "/desk/") == "/desk/"
    assert safe_next(rf.post("/", {"next": "/budgets/reviews/?theme=1"}), "/desk/") == "/budgets/reviews/?theme=1"
