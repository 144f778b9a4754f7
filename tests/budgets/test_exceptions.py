"""The ten exceptions of a real year (DOMAIN §8.1), each played over HTTP by the people who meet it."""

from datetime import date, timedelta

import pytest

from budgets import tasks
from budgets.lifecycle import ROUND
from budgets.models import PriceEdition, Proposal
from portal import clock
from portal.models import Event, Notice
from portal.roles import Role
from portal.thai.workdays import add_working_days
from tests.budgets.client import Program, code
from tests.budgets.moves import CONTRACT, UNTIL, committed
from tests.budgets.moves import LETTER as BY_LETTER
from tests.factories.budgets import Story, planned_round, theme
from tests.factories.people import person

pytestmark = pytest.mark.django_db
REASON = {"reason": "ตามหนังสือสั่งการ"}


def at(story):
    return f"proposals/{story.proposal.pk}/"


def ok(answer, status=200):
    assert answer.status_code == status, answer.data
    return answer.data


def take(story, by, name, **details):
    return Program(by).step(at(story), name, details)


def sign(story):
    """The office asks, verifies and signs; the fresh case."""
    ok(take(story, story.office.officer, "request_endorsement"))
    ok(take(story, story.office.clerk, "verify"))
    return ok(take(story, story.office.executive, "submit"))


def test_1_late_submission_after_a_flood():
    story = Story()
    dry = Story(story.round, agencies=story.agencies)
    dla = Program(story.agencies.dla)

    with clock.at(story.round.closes_at):
        tasks.close_rounds()
        assert code(take(story, story.office.officer, "request_endorsement")) == (409, "deadline_passed")
        tasks.lapse_cases()
        until = clock.now() + timedelta(days=5)
        extension = {"local_government": str(story.office.place.pk), "until": until.isoformat(), "authority": "อธิบดี",
                     "letter_no": "มท 0810/1", "reason": "น้ำท่วม"}  # fmt: skip
        ok(dla.post(f"rounds/{story.round.pk}/extensions/", extension), 201)
        assert ok(dla.step(at(story), "reinstate", {"reason": "น้ำท่วม"}))["state"] == "draft"
        assert sign(story)["state"] == "submitted"
        assert Proposal.objects.get(pk=dry.proposal.pk).state == "lapsed"
    assert Event.objects.filter(verb="proposal.reinstate", details__reason="น้ำท่วม").count() == 1


def test_2_return_that_crosses_the_deadline():
    answered = Story().to("in_screening")
    silent = Story(answered.round, agencies=answered.agencies).to("in_screening")
    due = add_working_days(answered.round.closes_at.astimezone(clock.BANGKOK).date(), 5)
    for story in (answered, silent):
        sections = [{"section": "rationale", "reason": "ขยายความ"}]
        ok(take(story, story.office.province, "return", sections=sections, due_on=due.isoformat()))

    with clock.at(answered.round.closes_at + timedelta(days=1)):
        tasks.close_rounds()
        assert tasks.lapse_cases() == 0
        assert sign(answered)["state"] == "submitted"
    with clock.at(answered.round.closes_at + timedelta(days=30)):
        assert (tasks.lapse_cases(), tasks.lapse_cases()) == (1, 0)

    assert Proposal.objects.get(pk=silent.proposal.pk).state == "lapsed"
    assert Notice.objects.filter(kind="lapsed", recipient=silent.office.officer).count() == 1


def test_3_theme_changed_in_the_middle_of_the_round():
    story = Story().to("submitted")
    manager, old, other = Program(story.agencies.manager), story.proposal.theme, theme(story.round)
    change = {"description_th": "เพิ่มเรื่องแผ่นดินไหว", "reason": "มติคณะรัฐมนตรี"}

    themes = f"rounds/{story.round.pk}/themes/"
    revised = ok(manager.post(f"{themes}{old.pk}/revise/", change, match="*"))

    assert (revised["edition"], Proposal.objects.get().theme_edition) == (2, 1)
    ok(manager.step(at(story), "remap", {"theme": str(other.pk), **REASON}))
    case = Proposal.objects.get()
    assert (case.theme, case.theme_edition) == (other, 1)
    assert ok(manager.get(f"{at(story)}versions/"))["results"][0]["sha256"] == case.latest_version().sha256
    assert Notice.objects.filter(kind="remapped", recipient=story.office.officer).count() == 1


def test_3_theme_that_asks_for_more_bars_no_case_that_was_returned_for_something_else():
    story = Story().to("in_screening")
    other = theme(story.round, required_kpis=["ระยะเวลาเข้าถึงเหตุ"])
    ok(take(story, story.office.province, "return", sections=[{"section": "rationale", "reason": "ขยายความ"}]))

    ok(Program(story.agencies.manager).step(at(story), "remap", {"theme": str(other.pk), **REASON}))

    assert sign(story)["state"] == "submitted"


def test_4_local_government_upgraded_while_its_case_is_open():
    story = Story().to("submitted")
    old = story.office.place
    upgrade = {"kind": "upgrade", "place": str(old.pk), "name_th": "เทศบาลนครใหม่", "new_kind": "city_municipality",
               "on": clock.today().isoformat(), "gazette_ref": "เล่ม 143"}  # fmt: skip

    ok(Program(story.agencies.dla).post("place-changes/", upgrade), 201)

    case = Proposal.objects.get()
    assert case.local_government.name_th == "เทศบาลนครใหม่"
    assert old.name_th in bytes(case.latest_version().canonical).decode()
    assert ok(Program(story.office.officer).get(at(story)))["state"] == "submitted"
    assert ok(take(story, story.office.province, "start_screening"))["state"] == "in_screening"


def test_5_executive_suspended_while_the_signature_waits(client):
    story = Story().to("verified")
    client.force_login(person(Role.OPERATOR))
    post = story.office.executive.memberships.get()

    client.post(f"/people/{post.pk}/end/", REASON)
    assert code(take(story, story.office.executive, "submit")) in {(403, "permission_denied"), (404, "not_found")}
    assert (tasks.hand_signatures_on(), Proposal.objects.get().state) == (1, "pending_endorsement")

    deputy = person(Role.LOCAL_AUDITOR, at=story.office.place)
    client.force_login(story.office.clerk)
    order = {"colleague": f"{deputy.pk}-{story.office.place.pk}", "role": "local_executive", "order_no": "12/2570",
             "valid_to": f"1/1/{clock.today().year + 544}"}  # fmt: skip
    until = clock.today() + timedelta(days=30)
    order |= {"valid_to_day": until.day, "valid_to_month": until.month, "valid_to_year": until.year + 543}
    assert client.post("/people/orders/new/", order).status_code == 302
    assert tasks.hand_signatures_on() == 1

    signed = ok(take(story, type(deputy).objects.get(pk=deputy.pk), "submit"))
    version = ok(Program(story.office.officer).get(f"{at(story)}versions/"))["results"][0]
    assert (signed["state"], version["order_no"]) == ("submitted", "12/2570")


def allocated_in_part(story):
    """600,000 of the 1,000,000 baht asked."""
    part = {"amount_baht": "600000.00"}
    ok(take(story, story.agencies.secretary, "propose_allocation", reference="ว 12", **part))
    return ok(take(story, story.agencies.chair, "allocate", **part))


def test_6_partial_allocation_is_re_scoped_with_the_province_s_consent():
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla).enact()
    version = allocated_in_part(story)["version"]
    officer, province = Program(story.office.officer), Program(story.office.province)
    item, line, kpi = (getattr(story.proposal, rows).get().pk for rows in ("items", "funding", "kpis"))

    ok(officer.patch(f"{at(story)}items/{item}/", {"unit_price_baht": "150000.00"}, match=f'"{version}"'))
    ok(officer.patch(f"{at(story)}funding/{line}/", {"amount_baht": "600000.00"}, match=f'"{version + 1}"'))
    assert ok(officer.patch(f"{at(story)}kpis/{kpi}/", {"target": "25"}, match=f'"{version + 2}"'))
    assert ok(officer.get(at(story)))["targets_state"] == "waiting"
    assert code(take(story, story.office.executive, "confirm_plan")) == (409, "targets_not_accepted")
    ok(province.step(at(story), "accept_targets"))

    assert ok(take(story, story.office.executive, "confirm_plan"))["state"] == "executing"


def test_6_partial_allocation_is_refused_and_the_money_is_free_for_another():
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla).enact()
    allocated_in_part(story)

    declined = ok(take(story, story.office.executive, "decline_allocation", **REASON))

    assert (declined["state"], declined["allocated_baht"]) == ("not_allocated", None)
    assert story.round.ceilings.get(key="").allocated_baht == 0


def test_7_recommended_and_allocated_nothing_is_taken_up_from_the_reserve():
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla).enact()
    secretary, chair = story.agencies.secretary, story.agencies.chair
    half = {"amount_baht": "500000.00"}

    assert ok(take(story, chair, "not_allocate", **REASON))["state"] == "not_allocated"
    assert code(take(story, chair, "allocate", **half)) == (409, "no_proposal")
    ok(take(story, secretary, "propose_allocation", reference="ว 15", **half))
    taken_up = ok(take(story, chair, "allocate", **half))

    assert (taken_up["state"], taken_up["allocated_baht"]) == ("allocated", "500000.00")


def test_7_what_got_nothing_is_proposed_again_next_year_and_carries_its_score_once(client):
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla).enact()
    ok(take(story, story.agencies.chair, "not_allocate", **REASON))
    officer, old = Program(story.office.officer), Proposal.objects.get()
    assert code(officer.post(f"{at(story)}copy/", {"round": str(story.round.pk)})) == (409, "wrong_round_state")

    rounds = [
        ROUND.take(planned_round(fiscal_year=story.round.fiscal_year + years), "open", by=story.agencies.manager)
        for years in (1, 2)
    ]
    client.force_login(story.office.officer)
    assert [one.pk for one in client.get(old.get_absolute_url()).context["again_in"]] == [one.pk for one in rounds]
    drafts = [ok(officer.post(f"{at(story)}copy/", {"round": str(one.pk)}), 201) for one in rounds]

    new = Proposal.objects.get(pk=drafts[0]["id"])
    assert [draft["carried_score"] and draft["carried_score"]["number"] for draft in drafts] == [old.number, None]
    assert drafts[0]["carried_score"]["mean_score"] == str(old.mean_score)
    assert (new.title_th, new.total_cost_baht, new.first_submitted_at) == (old.title_th, old.total_cost_baht, None)
    assert {item.fiscal_year for item in new.items.all()} == {rounds[0].fiscal_year}
    assert old.number in client.get(new.get_absolute_url()).content.decode()


def test_7_what_a_cancelled_round_left_undecided_is_read_and_proposed_again(client):
    story = Story().to("submitted")
    story.move_round("cancel", **REASON)
    later = ROUND.take(planned_round(fiscal_year=story.round.fiscal_year + 1), "open", by=story.agencies.manager)
    client.force_login(story.office.officer)

    page = client.get(Proposal.objects.get().get_absolute_url())
    draft = ok(Program(story.office.officer).post(f"{at(story)}copy/", {"round": str(later.pk)}), 201)

    assert "รอบนี้ถูกยกเลิก" in page.text and "สิ่งที่ทำได้ตอนนี้" not in page.text
    assert page.context["again_in"] == [later]
    assert (draft["state"], draft["title_th"]) == ("draft", story.proposal.title_th)
    told = Notice.objects.filter(kind="round_cancelled").values_list("recipient", flat=True)
    assert {story.office.officer.pk, story.office.province.pk} <= set(told)


def test_8_the_same_asked_twice_is_shown_and_sent_back_for_a_declaration():
    story = Story().to("in_screening")
    twin = Story(story.round, office=story.office, agencies=story.agencies)
    elsewhere = Story(story.round, agencies=story.agencies)
    province = story.office.province

    (found,) = ok(Program(story.office.officer).get(f"{at(story)}check/"))["findings"]
    assert (found["code"], str(twin.office.place) in found["detail"]) == ("overlap", True)
    assert ok(Program(province).get(f"{at(story)}check/"))["findings"] == []  # another office's draft stays its own
    assert ok(Program(elsewhere.office.officer).get(f"{at(elsewhere)}check/"))["findings"] == []

    Proposal.objects.update(overlap_note="")
    story.proposal.refresh_from_db()
    twin.proposal.refresh_from_db()
    assert code(take(twin, twin.office.officer, "request_endorsement")) == (409, "incomplete")
    Proposal.objects.filter(pk=twin.proposal.pk).update(overlap_note="ถนนอีกสาย")
    twin.to("submitted")
    assert len(ok(Program(province).get(f"{at(story)}check/"))["findings"]) == 1
    sections = [{"section": "funding", "reason": "ชี้แจงว่าไม่ซ้ำกับข้อเสนออีกเรื่อง"}]
    ok(take(story, province, "return", sections=sections))
    officer = Program(story.office.officer)
    assert [lack["code"] for lack in ok(officer.get(f"{at(story)}check/"))["missing"]] == ["overlap_note_missing"]
    assert code(take(story, story.office.officer, "request_endorsement")) == (409, "incomplete")
    version = ok(officer.get(at(story)))["version"]
    ok(officer.patch(at(story), {"overlap_note": "คนละจุดติดตั้ง"}, match=f'"{version}-{story.round.version}"'))
    assert sign(story)["state"] == "submitted"
    assert "คนละจุดติดตั้ง" in bytes(Proposal.objects.get(pk=story.proposal.pk).latest_version().canonical).decode()


def test_8_a_rival_submitted_while_the_signature_waits_bars_nobody():
    story = Story()
    Proposal.objects.update(overlap_note="")
    story.proposal.refresh_from_db()
    story.to("verified")
    Story(story.round, office=story.office, agencies=story.agencies).to("submitted")

    assert ok(take(story, story.office.executive, "submit"))["state"] == "submitted"


def test_9_price_standard_replaced_after_submission():
    story = Story()
    old, new = (
        PriceEdition.objects.create(standard="bb_standard", name_th=f"ฉบับ {year}", issued_on=date(year, 1, 1))
        for year in (2024, 2026)
    )
    PriceEdition.objects.filter(pk=new.pk).update(issued_on=date(2099, 1, 1))
    story.round.editions.add(old, new)
    item = story.proposal.items.get()
    officer, province = Program(story.office.officer), story.office.province
    version = ok(officer.get(at(story)))["version"]
    ok(officer.patch(f"{at(story)}items/{item.pk}/", {"price_edition": str(old.pk)}, match=f'"{version}"'))
    story.proposal.refresh_from_db()
    story.to("in_screening")
    assert ok(officer.get(f"{at(story)}check/"))["findings"] == []

    PriceEdition.objects.filter(pk=new.pk).update(issued_on=clock.today())
    (found,) = ok(Program(province).get(f"{at(story)}check/"))["findings"]
    assert (found["code"], "ฉบับ 2026" in found["detail"]) == ("newer_edition", True)
    only = {"section": "items", "reason": "ปรับราคาตามเกณฑ์ใหม่"}
    rationale = {"section": "rationale", "reason": "และขยายความ"}
    assert take(story, province, "return", sections=[only, rationale], prices_only=True).status_code == 400
    returned = ok(take(story, province, "return", sections=[only], prices_only=True))
    assert (returned["prices_only"], returned["open_sections"]) == (True, ["items", "funding"])

    def write(path, **facts):
        version = ok(officer.get(at(story)))["version"]
        return officer.patch(f"{at(story)}{path}", facts, match=f'"{version}"')

    line = story.proposal.funding.get()
    row = f"items/{item.pk}/"
    assert code(write(row, quantity=item.quantity + 1)) == (409, "prices_only")
    ok(write(row, unit_price_baht="260000.00", price_edition=str(new.pk)))
    ok(write(f"funding/{line.pk}/", amount_baht="1040000.00"))
    lacks = [lack["code"] for lack in ok(officer.get(f"{at(story)}check/"))["missing"]]
    assert lacks == ["above_first_requested"]
    ok(write(row, unit_price_baht="240000.00"))
    ok(write(f"funding/{line.pk}/", amount_baht="960000.00"))

    assert ok(officer.get(f"{at(story)}check/"))["findings"] == []
    signed = sign(story)
    assert (signed["requested_baht"], signed["prices_only"]) == ("960000.00", False)


def test_10_not_contracted_by_the_end_of_the_year():
    story = Story().to("executing")
    committed(story)
    carry = {"amount_baht": str(CONTRACT), "until": UNTIL.isoformat(), "reason": "ผู้รับจ้างส่งของช้า"}
    address = f"{at(story)}carry-overs/"

    asked = ok(Program(story.office.officer).post(address, carry), 201)
    letter = {name: value if isinstance(value, str) else value.isoformat() for name, value in BY_LETTER.items()}
    ok(Program(story.agencies.dla).step(f"{address}{asked['id']}/", "grant", letter))

    case = Proposal.objects.get()
    assert (case.carried_baht, case.carried_until) == (CONTRACT, UNTIL)
