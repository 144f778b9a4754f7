"""What the API refuses, in which order, and what it never shows."""

import pytest

from budgets.models import Proposal, ProposalItem
from portal import clock
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories.budgets import Office, Story, planned_round
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def officer(story):
    return Program(story.office.officer)


@pytest.fixture
def case(story):
    return f"proposals/{story.proposal.pk}/"


def deliberate(story):
    with clock.at(story.round.closes_at):
        story.move_round("close")
        story.move_round("deliberate")


# The order of refusals


def test_refusals_of_a_change_come_in_order(story, officer, case):
    bad, good, stale = {"title_th": 5}, {"title_th": "ใหม่"}, '"1"'

    assert code(Program().patch(case, bad, match=stale)) == (401, "not_authenticated")
    assert code(Program(person()).patch(case, bad, match=stale)) == (404, "not_found")
    assert code(Program(story.office.clerk).patch(case, bad, match=stale)) == (403, "not_permitted")
    assert code(Program(story.office.officer, can_write=False).patch(case, good)) == (403, "read_only_token")
    assert code(officer.patch(case, bad, match=stale)) == (400, "invalid")
    assert code(officer.patch(case, good)) == (428, "version_required")
    assert code(officer.patch(case, good, match=stale)) == (412, "version_changed")
    story.to("pending_endorsement")
    assert code(officer.patch(case, good, match=stale)) == (412, "version_changed")
    assert code(officer.patch(case, good, match=officer.get(case)["ETag"])) == (409, "not_editable")
    assert Proposal.objects.get().title_th == "ระบบแจ้งเตือนน้ำท่วม"


def test_refusals_of_a_row_come_in_order(story, officer, case):
    item = f"{case}items/{story.proposal.items.get().pk}/"

    assert code(Program().delete(item)) == (401, "not_authenticated")
    assert code(Program(person()).delete(item)) == (404, "not_found")
    assert code(Program(story.office.executive).delete(item)) == (403, "not_permitted")
    assert code(officer.delete(f"{case}items/999999/")) == (404, "not_found")
    assert code(officer.patch(item, {"quantity": 0})) == (400, "invalid")
    assert code(officer.patch(item, {"quantity": 2})) == (428, "version_required")
    assert code(officer.delete(item, match='"1"')) == (412, "version_changed")
    story.to("pending_endorsement")
    assert code(officer.delete(item, match="*")) == (409, "not_editable")
    assert ProposalItem.objects.count() == 1


def test_start_is_refused_for_others_before_it_is_judged(story, officer):
    other = Office()
    round = str(story.round.pk)

    assert code(officer.post("proposals/", {"round": "x", "local_government": str(other.place.pk)})) == (
        403,
        "not_permitted",
    )
    assert code(Program(story.office.clerk).post("proposals/", {})) == (403, "not_permitted")
    assert code(officer.post("proposals/", {"round": round})) == (400, "invalid")
    story.move_round("cancel", reason="ยกเลิก")
    body = {"round": round, "local_government": str(story.office.place.pk)}
    assert code(officer.post("proposals/", body)) == (409, "wrong_round_state")


@pytest.mark.parametrize(
    "path", ["", "items/", "funding/", "kpis/", "attachments/", "versions/", "events/", "reviews/", "reports/"]
    + ["assignments/", "commitments/", "disbursements/", "check/", "steps/"]
)  # fmt: skip
def test_foreign_drafts_are_not_there(story, case, path):
    strangers = [person(), person(Role.LOCAL_OFFICER, at=Office().place), story.office.province]
    strangers += [story.agencies.manager, story.agencies.reviewers[0], person(Role.AUDITOR)]

    for stranger in strangers:
        assert code(Program(stranger).get(case + path)) == (404, "not_found")
        assert Program(stranger).get("proposals/").data["results"] == []


# Versions


def test_rows_change_the_etag_of_their_case(story, officer, case):
    before = officer.get(case)["ETag"]

    added = officer.post(f"{case}kpis/", {"name_th": "ตัวชี้วัด"})
    changed = officer.patch(f"{case}kpis/{added.data['id']}/", {"unit": "ครั้ง"}, match=added["ETag"])
    removed = officer.delete(f"{case}kpis/{added.data['id']}/", match=changed["ETag"])

    tags = [before, added["ETag"], changed["ETag"], removed["ETag"]]
    assert (added.status_code, changed.status_code, removed.status_code) == (201, 200, 204)
    assert len(set(tags)) == 4
    assert officer.get(case)["ETag"] == removed["ETag"]
    assert code(officer.patch(case, {"title_th": "x"}, match=before)) == (412, "version_changed")


def test_plain_version_serves_as_if_match(story, officer, case):
    version = officer.get(case).data["version"]

    answer = officer.patch(case, {"title_th": "ใหม่"}, match=f'"{version}"')

    assert (answer.status_code, answer.data["version"]) == (200, version + 1)


def test_unchanged_case_is_304_until_its_round_moves(story, officer, case):
    tag = officer.get(case)["ETag"]

    def again():
        return officer.client.get(f"/api/v1/{case}", headers={"If-None-Match": tag}).status_code

    assert again() == 304
    story.move_round("cancel", reason="ยกเลิก")
    assert again() == 200


def test_a_write_to_a_closed_section_is_refused_whole(story, officer, case):
    story.to("in_screening")
    sections = [{"section": "rationale", "reason": "ขาดข้อมูล"}]
    answer = Program(story.office.province).step(case, "return", {"sections": sections})
    assert answer.data["last_return"]["sections"] == sections

    refused = officer.patch(case, {"rationale": "ใหม่", "om_source": "ใหม่"}, match=officer.get(case)["ETag"])
    row = officer.post(f"{case}items/", {"description": "ใหม่"})

    assert (code(refused), refused.data["open_sections"]) == ((409, "section_closed"), ["rationale"])
    assert code(row) == (409, "section_closed")
    assert Proposal.objects.get().rationale != "ใหม่"


def test_submit_twice_under_one_key_is_one_submission(story, case):
    story.to("verified")
    executive = Program(story.office.executive)

    first = executive.step(case, "submit", {"letter_no": "1"}, key="once")
    second = executive.step(case, "submit", {"letter_no": "1"}, key="once")
    other = executive.step(case, "submit", {"letter_no": "2"}, key="once")

    assert (first.status_code, second.status_code, other.status_code) == (200, 200, 422)
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert story.proposal.versions.count() == 1


# What is not shown


OUTCOME = ("recommended_baht", "mean_score", "score_spread", "rank", "resolution_no", "resolution_on")


def test_outcome_is_hidden_until_it_is_announced(story, officer, case):
    story.to("recommended")
    province, secretary = Program(story.office.province), Program(story.agencies.secretary)
    at = f"rounds/{story.round.pk}/"

    for outsider in (officer, province, Program(story.agencies.reviewers[0])):
        seen = outsider.get(case).data
        [row] = outsider.get("proposals/", state="in_review").data["results"]
        assert (seen["state"], [seen[name] for name in OUTCOME]) == ("in_review", [None] * 6)
        assert (row["state"], row["recommended_baht"]) == ("in_review", None)
        assert outsider.get("proposals/", state="recommended").data["results"] == []
        assert outsider.get(f"{case}steps/").data["state"] == "in_review"
        assert "proposal.recommend" not in outsider.get(f"{case}events/").content.decode()
        csv = b"".join(outsider.client.get("/api/v1/proposals/?format=csv").streaming_content).decode()
        assert "1000000.00" in csv and csv.count("1000000.00") == 2
        summary = outsider.get(f"{at}summary/").data
        assert (summary["recommended_baht"], summary["requested_baht"]) == (None, "1000000.00")
        assert [row["state"] for row in summary["by_state"]] == ["in_review"]
    assert code(officer.get(f"{at}ranking/")) == (403, "not_permitted")
    assert officer.get(f"{case}reviews/").data["results"] == []
    assert code(officer.get(f"{case}assignments/")) == (403, "not_permitted")
    seen = secretary.get(case).data
    assert (seen["state"], seen["recommended_baht"], seen["rank"]) == ("recommended", "1000000.00", 1)
    assert secretary.get(f"{at}summary/").data["recommended_baht"] == "1000000.00"

    story.move_round("announce")

    seen = officer.get(case).data
    assert [seen[name] for name in OUTCOME[:4]] == ["1000000.00", "80.00", "0.00", 1]
    assert Program().get(f"{at}summary/").data["recommended_baht"] == "1000000.00"


def test_refusals_do_not_tell_a_hidden_outcome(story, officer, case):
    deliberate(story.to("scored"))
    story.take(
        "not_recommend", story.agencies.secretary, reason="คะแนนต่ำ", resolution_no="1", resolution_on="2026-11-01"
    )
    executive = Program(story.office.executive)

    appeal = executive.step(case, "appeal", {"reason": "ขอทบทวน"})
    change = officer.patch(case, {"title_th": "x"}, match=officer.get(case)["ETag"])

    assert (code(appeal), appeal.data["state"]) == ((409, "wrong_state"), "in_review")
    assert (code(change), change.data["state"]) == ((409, "not_editable"), "in_review")
    assert [step["name"] for step in executive.get(f"{case}steps/").data["results"]] == ["withdraw"]
    for answer in (appeal, change):
        assert "not_recommended" not in answer.content.decode()
        assert "ไม่" not in answer.data["detail"] or "ไม่สนับสนุน" not in answer.data["detail"]


def test_conflict_removes_the_case_everywhere(story, case):
    story.to("assigned")
    reviewer = Program(story.agencies.reviewers[0])
    assert len(reviewer.get("proposals/").data["results"]) == 1
    review = reviewer.post(f"{case}reviews/", {"note": "เริ่ม"})

    answer = reviewer.post(f"{case}reviews/", {"conflict": True, "note": "ญาติ"})

    assert (answer.status_code, answer.data) == (200, {"conflict": True, "proposal": str(story.proposal.pk)})
    for path in ("", "items/", "reviews/", "assignments/", "events/", "steps/", f"reviews/{review.data['id']}/"):
        assert code(reviewer.get(case + path)) == (404, "not_found")
    listed = reviewer.get("proposals/", count="true").data
    assert (listed["results"], listed["count"]) == ([], 0)
    assert b"".join(reviewer.client.get("/api/v1/proposals/?format=csv").streaming_content).count(b"\r\n") == 1
    assert reviewer.get("tasks/").data["results"] == []
    assert reviewer.get(f"rounds/{story.round.pk}/summary/").data["by_state"] == []
    assert code(reviewer.post(f"{case}reviews/", {"conflict": True})) == (404, "not_found")
    assert len(Program(story.agencies.secretary).get("proposals/").data["results"]) == 1


def test_reviewers_do_not_see_each_other_before_they_send(story, case):
    story.to("assigned")
    first, second = (Program(person) for person in story.agencies.reviewers[:2])
    scores = [{"criterion": str(criterion.pk), "score": "40"} for criterion in story.round.rubric().criteria.all()]
    sent = first.post(f"{case}reviews/", {"scores": scores, "submit": True})
    assert (sent.status_code, sent.data["state"], sent.data["total"]) == (201, "sent", "80.00")

    assert second.get(f"{case}reviews/").data["results"] == []
    assert code(second.get(f"{case}reviews/{sent.data['id']}/")) == (404, "not_found")
    begun = second.post(f"{case}reviews/", {"scores": scores[:1]})
    assert [row["id"] for row in second.get(f"{case}reviews/").data["results"]] == [begun.data["id"]]
    incomplete = second.patch(f"{case}reviews/{begun.data['id']}/", {"submit": True}, match=begun["ETag"])
    assert code(incomplete) == (409, "incomplete")
    second.patch(f"{case}reviews/{begun.data['id']}/", {"scores": scores, "submit": True}, match=begun["ETag"])
    assert len(second.get(f"{case}reviews/").data["results"]) == 2
    assert code(second.patch(f"{case}reviews/{sent.data['id']}/", {"note": "x"}, match="*")) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("scores", "pointer"),
    [
        (lambda ids: [{"criterion": ids[0], "score": "50.01"}], "/scores/0/score"),
        (lambda ids: [{"criterion": ids[0], "score": "-1"}], "/scores/0/score"),
        (lambda ids: [{"criterion": "999999", "score": "1"}], "/scores/0/criterion"),
        (lambda ids: [{"criterion": ids[0]}, {"criterion": ids[0]}], "/scores"),
        (lambda ids: {"criterion": ids[0]}, "/scores"),
        (lambda ids: [{"criterion": ids[0], "score": True}], "/scores/0/score"),
    ],
)
def test_scores_must_fit_the_rubric(story, case, scores, pointer):
    story.to("assigned")
    ids = [str(criterion.pk) for criterion in story.round.rubric().criteria.all()]

    answer = Program(story.agencies.reviewers[0]).post(f"{case}reviews/", {"scores": scores(ids)})

    assert (code(answer), [error["pointer"] for error in answer.data["errors"]]) == ((400, "invalid"), [pointer])


# Bad input


HOSTILE = {
    "title_th": [5, None, ["a"], "x" * 300],
    "dimensions": ["living", ["flying"], ["living", "living"], [["living"]], [None]],
    "objectives": ["text", [5], [{}], ["x" * 1001]],
    "targets": [{}, [5], [{"quantity": "1"}], [{"description": "a", "quantity": "1e3"}], [{"x": 1}]],
    "beneficiaries_count": ["5", -1, 2**31, 1.5, True],
    "priority": [0.5, -1, 40000],
    "theme": ["999999", 1, "a", {}, "9" * 30],
    "subdistricts": ["1", [1], ["999999"], ["1", "1"], [["1"]], {}],
    "dev_plan": ["x", [], {"window": 5}, {"edition": "third"}, {"approved_on": "2571-01-01"}, {"x": 1}],
    "personal_data": [True, {"processed": "yes"}, {"note": 5}],
    "om_cost_yearly_baht": ["-1", "1.001", "1e3", "abc", True, "100000000000.00", {}],
    "state": ["submitted"],
    "requested_baht": ["1.00"],
    "number": ["P2571-50-00001"],
    "unknown": [1],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_given_must_fit_its_type(story, officer, case, name):
    tag = officer.get(case)["ETag"]

    for value in HOSTILE[name]:
        answer = officer.patch(case, {name: value}, match=tag)
        assert code(answer) == (400, "invalid"), (value, answer.data)
        assert all(error["pointer"].startswith(f"/{name}") for error in answer.data["errors"]), answer.data
    assert officer.get(case)["ETag"] == tag


ROWS = {
    "items/": [{"quantity": 0}, {"quantity": "1"}, {"unit_price_baht": "-1"}, {"quarter": 5}, {"fiscal_year": 2026},
               {"listing": "1"}, {"category": "999999"}, {"price_basis": "guess"}, {"total_baht": "1"},
               {"proposal": "1"},
               {"quantity": 2147483647, "unit_price_baht": "99999999999.99"}],
    "funding/": [{"channel": "luck"}, {"amount_baht": "x"}, {"fiscal_year": True}, {"amount_baht": "-0.01"}],
    "kpis/": [{"baseline": "x"}, {"baseline": "1e400"}, {"direction": "sideways"}, {"baseline_on": "2571-13-01"}],
    "reports/": [{}, {"fiscal_year": 2571, "quarter": 5}, {"fiscal_year": 1, "quarter": 1}],
    "commitments/": [{}, {"amount_baht": "0", "on": "2028-01-01"}, {"amount_baht": "1", "on": "x"},
                     {"amount_baht": "1", "on": "2028-01-01", "items": ["999999"]}],
}  # fmt: skip


@pytest.mark.parametrize("path", ROWS)
def test_rows_must_fit_their_types(story, officer, case, path):
    if path in {"reports/", "commitments/"}:
        story.to("executing")

    for body in ROWS[path]:
        assert code(officer.post(case + path, body)) == (400, "invalid"), body


def test_listing_may_be_null(story, officer, case):
    answer = officer.post(f"{case}items/", {"description": "a", "listing": None})

    assert (answer.status_code, answer.data["listing"]) == (201, None)


@pytest.mark.parametrize(
    "body", ["[" * 100_000 + "]" * 100_000, '{"title_th": "\\u0000"}', '{"title_th": "\\ud800"}', "[]", "{"]
    + [b"\xff", '{"title_th": "a", "title_th": "b"}', '{"objectives": ["\\u0000"]}', '{"priority": 1e999}']
)  # fmt: skip
def test_hostile_bodies_are_refused(story, officer, case, body):
    answer = officer.patch(case, body, match="*")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_hostile_queries_are_refused(story, officer):
    for query in (
        {"state": "flying"},
        {"round": "x"},
        {"theme": "999999"},
        {"province": "x"},
        {"kind": "castle"},
        {"local_government": "a"},
        {"fiscal_year": "abc"},
        {"mine": "perhaps"},
        {"ordering": "recommended_baht"},
        {"recommended_baht": "1"},
        {"cursor": "x"},
        {"limit": "0"},
    ):
        answer = officer.get("proposals/", **query)
        assert answer.status_code == 400 or query == {"mine": "perhaps"}, query


# Lists


def test_lists_ask_no_more_for_three_than_for_one(django_assert_num_queries, story):
    secretary = Program(story.agencies.secretary)
    story.to("scored")
    paths = [
        "proposals/",
        f"rounds/{story.round.pk}/ranking/",
        f"rounds/{story.round.pk}/summary/",
        f"rounds/{story.round.pk}/reviewers/",
        "rounds/",
    ]
    secretary.get("me/")
    asked = [queries_of(secretary, path) for path in paths]

    for _number in range(2):
        Story(round=story.round, agencies=story.agencies).to("scored")
        planned_round()

    assert len(secretary.get("proposals/").data["results"]) == 3
    assert [queries_of(secretary, path) for path in paths] == asked


def queries_of(program, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert program.get(path).status_code == 200
    return len(captured)


def test_filters_narrow_the_list_and_the_file_alike(story):
    other = Story(round=story.round, agencies=story.agencies).to("submitted")
    story.to("in_review")
    secretary = Program(story.agencies.secretary)
    mine, theirs = story.proposal, other.proposal
    queries = {
        "state": ("in_review", [mine]),
        "number": (theirs.number.lower(), [theirs]),
        "local_government": (theirs.local_government_id, [theirs]),
        "province": (mine.local_government.province.code, [mine]),
        "q": ("น้ำท่วม", [theirs, mine]),
        "fiscal_year": (2571, [theirs, mine]),
        "route": ("direct_bb", []),
        "kind": ("sao", []),
    }

    for name, (value, expected) in queries.items():
        answer = secretary.get("proposals/", **{name: value})
        assert [row["number"] for row in answer.data["results"]] == [one.number for one in expected], name
        lines = b"".join(secretary.client.get("/api/v1/proposals/", {name: value, "format": "csv"}).streaming_content)
        assert [line.split(",")[0] for line in lines.decode().split("\r\n")[1:-1]] == [one.number for one in expected]
    assert Program(story.office.officer).get("proposals/", mine="true").data["results"][0]["number"] == mine.number


# Setting up


def test_only_programme_managers_set_rounds_up(story):
    planned = planned_round()
    at = f"rounds/{planned.pk}/"
    manager, secretary = Program(story.agencies.manager), Program(story.agencies.secretary)

    assert code(Program().get(at)) == (404, "not_found")
    assert code(secretary.patch(at, {"name_en": "x"}, match="*")) == (403, "not_permitted")
    assert code(manager.patch(at, {"name_en": "x"})) == (428, "version_required")
    assert code(manager.patch(at, {"kinds": ["castle"]}, match="*")) == (400, "invalid")
    changed = manager.patch(at, {"name_en": "x", "documents": []}, match=manager.get(at)["ETag"])
    assert (changed.status_code, changed.data["name_en"], changed.data["documents"]) == (200, "x", [])
    opened = f"rounds/{story.round.pk}/"
    assert code(manager.patch(opened, {"name_en": "x"}, match="*")) == (409, "wrong_state")
    theme = story.round.themes.get()
    revised = manager.post(f"{opened}themes/{theme.pk}/revise/", {"max_baht": "60000000.00", "reason": "มติ ครม."})
    assert (revised.status_code, revised.data["edition"], revised.data["max_baht"]) == (200, 2, "60000000.00")
    copied = manager.post(f"{opened}copy/", {"fiscal_year": 2572, "name_th": "รอบ 2572"})
    assert (copied.status_code, copied.data["state"], copied.data["closes_at"]) == (201, "planning", None)


def test_dla_grants_extensions(story):
    at = f"rounds/{story.round.pk}/extensions/"
    until = "2099-01-01T00:00:00+07:00"
    body = {
        "local_government": str(story.office.place.pk),
        "until": until,
        "authority": "อธิบดี",
        "letter_no": "มท 1",
        "reason": "น้ำท่วม",
    }

    assert code(Program(story.office.province).post(at, body)) == (403, "not_permitted")
    dla = Program(story.agencies.dla)
    assert code(dla.post(at, {**body, "until": "2020-01-01T00:00:00+07:00"})) == (400, "invalid")
    assert dla.post(at, body).status_code == 201
    assert len(Program(story.office.officer).get(at).data["results"]) == 1
    assert Program(Office().officer).get(at).data["results"] == []


def test_bulk_steps_take_all_or_none(story):
    other = Story(round=story.round, agencies=story.agencies)
    for one in (story, other):
        one.to("scored")
    deliberate(story)
    secretary = Program(story.agencies.secretary)
    details = {"reason": "คะแนนไม่ถึงเกณฑ์", "resolution_no": "1", "resolution_on": "2026-11-01"}
    path = f"rounds/{story.round.pk}/bulk-steps/not_recommend/"
    body = {"filter": {"state": "scored"}, "details": details}

    tried = secretary.post(path, {**body, "dry_run": True})
    assert (tried.status_code, tried.data["taken"]) == (200, 2)
    assert set(Proposal.objects.values_list("state", flat=True)) == {"scored"}
    assert code(secretary.post(path, {"details": details})) == (400, "invalid")
    assert code(Program(story.office.officer).post(path, body)) == (403, "not_permitted")
    assert code(secretary.post(path, {"proposals": ["999999"], "details": details})) == (400, "invalid")
    taken = secretary.post(path, body)
    assert (taken.status_code, taken.data["taken"]) == (200, 2)
    assert set(Proposal.objects.values_list("state", flat=True)) == {"not_recommended"}


def test_tasks_list_what_waits(story):
    answer = Program(story.office.officer).get("tasks/", count="true")

    assert answer.status_code == 200
    assert answer.data["count"] == len(answer.data["results"]) >= 1
    assert {task["area"] for task in answer.data["results"]} == {"budgets"}
    assert code(Program().get("tasks/")) == (401, "not_authenticated")
