"""Who may take which step: the tables held against the regulation, written out by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from budgets.judging import reviewing
from budgets.lifecycle import CARRY_OVER, ITEM_CHANGE, PROPOSAL, REPORT, REVIEW, ROUND, TRANSFER
from budgets.models import Extension
from budgets.money.report_signing import text_sha256
from budgets.writing import signing
from portal import clock
from portal.errors import Refused
from portal.roles import Role
from portal.sample_papers import picture
from tests.budgets.moves import LETTER, asked, granted, items_asked, proposed, retarget, two_projects
from tests.factories.budgets import Office, Story, planned_round, theme
from tests.factories.people import person

pytestmark = pytest.mark.django_db

LO, K, E = Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE
P, D, S, C, M, T = (
    Role.PROVINCIAL_OFFICER,
    Role.DLA_OFFICER,
    Role.COMMITTEE_SECRETARY,
    Role.COMMITTEE_CHAIR,
    Role.PROGRAMME_MANAGER,
    Role.TIMER,
)
LOCAL = {LO, K, E, P, Role.LOCAL_AUDITOR}
REASON = {"reason": "เหตุผล"}
RESOLUTION = {"resolution_no": "1/2570", "resolution_on": None}
ONE_SECTION = {"sections": [{"section": "items", "reason": "แก้ราคา"}], "letter_no": ""}

MAY = {
    "request_endorsement": {LO},
    "recall": {LO},
    "discard": {LO},
    "verify": {K},
    "decline_endorsement": {K, E},
    "submit": {E, K},
    "start_screening": {P},
    "return": {P},
    "pass_screening": {P},
    "propose_screen_out": {P},
    "confirm_screen_out": {D},
    "return in review": {S},
    "conclude_review": {S, T},
    "recommend": {S},
    "not_recommend": {S},
    "include_in_request": {D},
    "leave_out": {D},
    "propose_allocation": {S},
    "allocate": {C},
    "not_allocate": {C},
    "not_allocate of an allocation": {C},
    "close_out": {M},
    "remap": {M},
    "propose_revision": {S},
    "revise_allocation": {C},
    "accept_targets": {P},
    "decline_targets": {P},
    "confirm_plan": {E},
    "decline_allocation": {E},
    "complete": {P},
    "terminate": {P},
    "withdraw": {E},
    "lapse": {T},
    "reinstate": {D},
    "appeal": {E},
    "decide_appeal": {C},
    "decide_appeal of screening": {D},
}


def ready_for(name):
    """A story standing where the step `name` can be taken, and the step's details."""
    story = Story()
    match name:
        case "request_endorsement" | "discard" | "withdraw":
            return story, {} if name != "withdraw" else REASON
        case "recall" | "verify" | "decline_endorsement":
            return story.to("pending_endorsement"), REASON if name == "decline_endorsement" else {}
        case "submit":
            return story.to("verified"), signed_page(story)
        case "remap":
            return story.to("submitted"), REASON | {"theme": theme(story.round)}
        case "start_screening":
            return story.to("submitted"), {}
        case "return":
            return story.to("in_screening"), {**ONE_SECTION, "due_on": clock.today() + timedelta(days=9)}
        case "pass_screening" | "propose_screen_out":
            return story.to("in_screening"), REASON if name == "propose_screen_out" else {}
        case "confirm_screen_out":
            return story.to("in_screening").take("propose_screen_out", story.office.province, **REASON), {}
        case "return in review":
            return story.to("assigned"), {**ONE_SECTION, "due_on": clock.today() + timedelta(days=9)}
        case "conclude_review":
            story.to("assigned")
            for reviewer in story.agencies.reviewers[:2]:
                story.review(reviewer)
            return story, {}
        case "recommend" | "not_recommend":
            story.to("scored")
            with clock.at(story.round.closes_at):
                story.move_round("close").move_round("deliberate")
            details = {"resolution_no": "1/2570", "resolution_on": clock.today()}
            return story, details | ({"amount_baht": Decimal(5000)} if name == "recommend" else REASON)
        case "include_in_request" | "leave_out":
            return story.to("recommended").move_round("announce"), {} if name == "include_in_request" else REASON
        case "propose_allocation" | "not_allocate":
            story.to("in_request").move_round("send_request", by=story.agencies.dla).enact()
            return story, {"amount_baht": Decimal(5000)} if name == "propose_allocation" else REASON
        case "allocate":
            story.to("proposed")
            return story, {"amount_baht": story.proposal.proposed_baht}
        case "propose_revision":
            return story.to("executing"), {"amount_baht": Decimal(400000)}
        case "revise_allocation":
            story.to("executing").take("propose_revision", story.agencies.secretary, amount_baht=Decimal(400000))
            return story, {"amount_baht": Decimal(400000)}
        case "accept_targets" | "decline_targets":
            retarget(story.to("allocated"))
            return story, REASON if name == "decline_targets" else {}
        case "confirm_plan" | "decline_allocation":
            return story.to("allocated"), {} if name == "confirm_plan" else REASON
        case "complete" | "terminate":
            story.to("executing").accepted_report()
            return story, {"returned_baht": story.proposal.rest_baht, "reason": "จบ"}
        case "not_allocate of an allocation":
            return story.to("allocated"), REASON
        case "close_out":
            story.to("in_screening").round.state = "enacted"
            story.round.save()
            return story, REASON
        case "lapse":
            story.round.closes_at = clock.now() - timedelta(hours=1)
            story.round.save()
            return story, {}
        case "reinstate":
            story, _nothing = ready_for("lapse")
            story.take("lapse", person(Role.TIMER))
            Extension.objects.create(
                round=story.round, local_government=story.office.place, until=clock.now() + timedelta(days=2),
                authority="อธิบดี", letter_no="มท 1", reason="น้ำท่วม", granted_by=story.agencies.dla,
            )  # fmt: skip
            return story, REASON
        case "appeal" | "decide_appeal":
            story, details = ready_for("not_recommend")
            story.take("not_recommend", story.agencies.secretary, **details).move_round("announce")
            if name == "decide_appeal":
                story.take("appeal", story.office.executive, **REASON)
            return story, {**REASON, "upheld": True} if name == "decide_appeal" else REASON
        case "decide_appeal of screening":
            story, _nothing = ready_for("confirm_screen_out")
            story.take("confirm_screen_out", story.agencies.dla)
            with clock.at(story.round.closes_at):
                story.move_round("close").move_round("deliberate").move_round("announce")
                story.take("appeal", story.office.executive, **REASON)
            return story, {**REASON, "upheld": True}
    raise AssertionError(name)


def signed_page(story):
    """What the clerk's attestation asks: a page with the code of the text, signed by somebody without an account."""
    return {
        "scan": SimpleUploadedFile("page.png", picture(1), "image/png"),
        "text_code": signing.text_of(story.proposal),
        "signed_on": clock.today(),
        "signer_name": "นายสมชาย ใจดี",
    }


def people_of(story):
    """One fresh person for every role, at the story's place, none of whom has touched the case."""
    place = story.office.place
    at = {role: place for role in (LO, K, E, Role.LOCAL_AUDITOR)} | {P: place.province}
    return {role: person(role, at=at.get(role)) for role in Role}


class Undo(Exception):
    pass


def outcome(lifecycle, case, name, by, details):
    """What taking the step comes to: "taken", "forbidden", or a refusal's code; nothing of it is kept."""
    try:
        with transaction.atomic():
            lifecycle.take(case, name, by=by, **details)
            raise Undo
    except Undo:
        return "taken"
    except PermissionDenied:
        return "forbidden"
    except Refused as refusal:
        return refusal.code


@pytest.mark.parametrize("name", MAY)
def test_proposal_step_is_open_to_its_roles_alone(name):
    story, details = ready_for(name)

    found = {
        role: outcome(PROPOSAL, story.proposal, name.split()[0], by, details) for role, by in people_of(story).items()
    }

    assert {role for role, came in found.items() if came == "taken"} == MAY[name]
    # The secretary may return a case in review, the province one in screening: each meets “not now” at the other's.
    others = {S} if name == "return" else {P} if name == "return in review" else set()
    others |= {D} if name == "decide_appeal" else {C} if name == "decide_appeal of screening" else set()
    assert {role for role, came in found.items() if came == "forbidden"} == set(Role) - MAY[name] - others


def test_matrix_names_every_step():
    assert {name.split()[0] for name in MAY} == set(PROPOSAL.steps)


@pytest.mark.parametrize("name", ["verify", "submit", "start_screening", "recommend"])
def test_people_of_another_place_are_refused(name):
    story, details = ready_for(name)
    elsewhere = Office()

    for stranger in (elsewhere.officer, elsewhere.clerk, elsewhere.executive, elsewhere.province):
        assert outcome(PROPOSAL, story.proposal, name, stranger, details) == "forbidden"


def test_dla_screens_only_in_the_province_s_place():
    story = Story().to("submitted")
    dla = story.agencies.dla

    assert outcome(PROPOSAL, story.proposal, "start_screening", dla, {}) == "forbidden"

    story.round.screening_due_on = clock.today() - timedelta(days=1)
    story.round.save()

    assert outcome(PROPOSAL, story.proposal, "start_screening", dla, {}) == "taken"


ROUND_MAY = {
    "open": {M},
    "close": {M, T},
    "deliberate": {M},
    "announce": {M},
    "send_request": {D},
    "enact": {M},
    "change_ceilings": {M},
    "finish": {M},
    "amend": {M},
    "cancel": {M},
}
PATH_OF_ROUND = ["open", "close", "deliberate", "announce", "send_request", "enact", "finish"]
LATER = {"reference": "พ.ร.บ. เพิ่มเติม", "enacted_on": LETTER["letter_on"], "reason": "เพิ่ม", "amounts": {"": Decimal(7)}}
ROUND_DETAILS = {"enact": {"act_reference": "พ.ร.บ."}, "change_ceilings": LATER, "amend": REASON, "cancel": REASON}


@pytest.mark.parametrize("name", ROUND_MAY)
def test_round_step_is_open_to_its_roles_alone(name):
    round, by_role = planned_round(), {role: person(role) for role in Role if role not in LOCAL}
    at = "finish" if name == "change_ceilings" else name
    before = PATH_OF_ROUND[: PATH_OF_ROUND.index(at)] if at in PATH_OF_ROUND else []
    for step in before:
        with clock.at(round.closes_at if step == "close" else clock.now()):
            round = ROUND.take(
                round, step, by=by_role[D if step == "send_request" else M], **ROUND_DETAILS.get(step, {})
            )

    with clock.at(round.closes_at):
        details = ROUND_DETAILS.get(name, {})
        if name == "open":
            round.closes_at += timedelta(days=1)
            round.save()
        found = {role: outcome(ROUND, round, name, by, details) for role, by in by_role.items()}

    assert {role for role, came in found.items() if came == "taken"} == ROUND_MAY[name]


def test_round_matrix_names_every_step():
    assert set(ROUND_MAY) == set(ROUND.steps)


@pytest.mark.parametrize(("name", "may"), [("grant", {D}), ("refuse", {D}), ("withdraw", {LO}), ("take_back", {D})])
def test_carry_over_step_is_open_to_its_roles_alone(name, may):
    story = Story().to("executing")
    carry = asked(story)
    if name == "take_back":
        carry = granted(carry, by=story.agencies.dla)

    details = LETTER if name == "grant" else REASON
    found = {role: outcome(CARRY_OVER, carry, name, by, details) for role, by in people_of(story).items()}

    assert {role for role, came in found.items() if came == "taken"} == may
    assert {role for role, came in found.items() if came == "forbidden"} == set(Role) - may


@pytest.mark.parametrize(("name", "may"), [("accept", {P}), ("decline", {P}), ("withdraw", {LO})])
def test_item_change_step_is_open_to_its_roles_alone(name, may):
    story = Story().to("executing")
    change = items_asked(story)

    details = {} if name == "accept" else REASON
    found = {role: outcome(ITEM_CHANGE, change, name, by, details) for role, by in people_of(story).items()}

    assert {role for role, came in found.items() if came == "taken"} == may
    assert {role for role, came in found.items() if came == "forbidden"} == set(Role) - may


@pytest.mark.parametrize(("name", "may"), [("approve", {C}), ("decline", {C}), ("withdraw", {S})])
def test_transfer_step_is_open_to_its_roles_alone(name, may):
    transfer = proposed(*two_projects())

    details = {"amount_baht": transfer.amount_baht} if name == "approve" else REASON
    found = {role: outcome(TRANSFER, transfer, name, person(role), details) for role in Role if role not in LOCAL}

    assert {role for role, came in found.items() if came == "taken"} == may
    assert {role for role, came in found.items() if came == "forbidden"} == set(Role) - may - LOCAL


@pytest.mark.parametrize(("name", "may"), [("submit", {E, K}), ("accept", {P}), ("return", {P}), ("reopen", {P})])
def test_report_step_is_open_to_its_roles_alone(name, may):
    story = Story().to("executing")
    report = story.report()
    if name != "submit":
        report = REPORT.take(report, "submit", by=story.office.executive)
    if name == "reopen":
        report = REPORT.take(report, "accept", by=story.office.province)

    details = REASON if name in {"return", "reopen"} else {**signed_page(story), "text_code": text_sha256(report)}
    found = {role: outcome(REPORT, report, name, by, details) for role, by in people_of(story).items()}

    assert {role for role, came in found.items() if came == "taken"} == may
    assert {role for role, came in found.items() if came == "forbidden"} == set(Role) - may


@pytest.mark.parametrize("name", ["send", "recall"])
def test_review_step_is_the_reviewer_s_own(name):
    story = Story().to("assigned")
    mine, other = story.agencies.reviewers[:2]
    review = reviewing.review_of(story.proposal, by=mine)
    scores = {criterion.pk: (Decimal(40), "") for criterion in review.rubric.criteria.all()}
    review = reviewing.save_scores(review, scores, by=mine)
    if name == "recall":
        review = REVIEW.take(review, "send", by=mine)

    found = {role: outcome(REVIEW, review, name, by, {}) for role, by in people_of(story).items()}

    assert set(found.values()) == {"forbidden"}
    assert outcome(REVIEW, review, name, other, {}) == "forbidden"
    assert outcome(REVIEW, review, name, mine, {}) == "taken"


@pytest.mark.parametrize("name", ["verify", "submit"])
def test_who_prepared_neither_verifies_nor_signs(name):
    story, details = ready_for(name)
    by = story.office.clerk if name == "verify" else story.office.executive
    story.proposal.preparers.add(by)

    assert outcome(PROPOSAL, story.proposal, name, by, details) == "forbidden"


def test_who_proposed_does_not_decide():
    story, details = ready_for("allocate")
    secretary = story.agencies.secretary
    secretary.memberships.create(role=Role.COMMITTEE_CHAIR)
    del secretary._memberships

    assert outcome(PROPOSAL, story.proposal, "allocate", secretary, details) == "same_person"


def test_what_is_decided_equals_what_was_proposed():
    story, _details = ready_for("allocate")
    chair = story.agencies.chair

    assert outcome(PROPOSAL, story.proposal, "allocate", chair, {"amount_baht": Decimal(1)}) == "proposal_changed"

    story, _details = ready_for("not_allocate")

    assert (
        outcome(PROPOSAL, story.proposal, "allocate", story.agencies.chair, {"amount_baht": Decimal(1)})
        == "no_proposal"
    )
