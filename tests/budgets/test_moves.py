"""Money after the decision: transfers, carry-overs, the year's end, the Act's references, re-scoped targets."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from budgets import inbox
from budgets.lifecycle import CARRY_OVER, TRANSFER
from budgets.models import Ceiling, Proposal
from budgets.money import ledger
from budgets.states import Entry, Route, Section, TargetsState
from budgets.writing.drafting import editing
from portal import clock
from portal.errors import Refused
from portal.models import Notice
from portal.sample_papers import letter as pdf
from tests.budgets.client import Program, code
from tests.budgets.moves import UNTIL, YEAR_END, asked, committed, granted, paid, proposed, retarget, two_projects
from tests.chaos.invariants import broken
from tests.factories.budgets import Office, Story, theme

pytestmark = pytest.mark.django_db

AFTER = YEAR_END + timedelta(days=40)


def refusal(function, *args, **kwargs):
    with pytest.raises(Refused) as found:
        function(*args, **kwargs)
    return found.value.code


def approved(transfer, chair):
    return TRANSFER.take(transfer, "approve", by=chair, amount_baht=transfer.amount_baht)


# Transfers


def test_transfer_moves_allocation_ledger_and_ceilings():
    first, second = two_projects(
        theme=theme, enacted=lambda round: {"themes": {one: Decimal(1_000_000) for one in round.themes.all()}}
    )

    approved(proposed(first, second), first.agencies.chair)

    amounts = dict(Proposal.objects.values_list("pk", "allocated_baht"))
    assert amounts == {first.proposal.pk: Decimal(900_000), second.proposal.pk: Decimal(900_000)}
    assert list(Ceiling.objects.order_by("key").values_list("allocated_baht", flat=True)) == [
        Decimal(1_800_000),
        Decimal(900_000),
        Decimal(900_000),
    ]
    moved = second.proposal.entries.get(kind=Entry.TRANSFER)
    assert (moved.amount_baht, moved.reference) == (Decimal(100_000), "กรมบัญชีกลาง กค 0402.5/12")
    assert broken() == {}
    assert set(Notice.objects.filter(kind="transfer_approved").values_list("case_id", flat=True)) == set(amounts)


@pytest.mark.parametrize(
    ("amount", "code"),
    [(200_001, "above_requested"), (1_000_000, "above_rest"), (400_001, "above_rest"), (200_000, None)],
)
def test_transfer_stays_within_what_is_free_and_what_was_asked(amount, code):
    first, second = two_projects()
    committed(first)
    if code == "above_rest":
        Proposal.objects.filter(pk=second.proposal.pk).update(requested_baht=Decimal(9_000_000))
    transfer = proposed(first, second, Decimal(amount))

    if code is None:
        assert approved(transfer, first.agencies.chair).state == "approved"
    else:
        assert refusal(approved, transfer, first.agencies.chair) == code
        assert first.proposal.entries.filter(kind=Entry.TRANSFER).count() == 0


def test_transfer_is_refused_by_a_full_theme_and_leaves_nothing_behind():
    def enacted(round):
        old, new = round.themes.order_by("pk")
        return {"themes": {old: Decimal(1_000_000), new: Decimal(800_000)}}

    first, second = two_projects(theme=theme, enacted=enacted)

    assert refusal(approved, proposed(first, second), first.agencies.chair) == "ceiling_exceeded"
    assert broken() == {}
    assert first.proposal.entries.filter(kind=Entry.TRANSFER).count() == 0


def test_transfer_needs_two_people_and_the_amount_that_was_proposed():
    first, second = two_projects()
    transfer = proposed(first, second)
    both = first.agencies.secretary
    both.memberships.create(role="committee_chair")
    both.__dict__.pop("_memberships", None)

    assert refusal(approved, transfer, both) == "same_person"
    assert (
        refusal(TRANSFER.take, transfer, "approve", by=first.agencies.chair, amount_baht=Decimal(1))
        == "proposal_changed"
    )


def test_allocation_can_still_be_revised_after_a_transfer():
    first, second = two_projects()
    approved(proposed(first, second), first.agencies.chair)

    first.take("propose_revision", first.agencies.secretary, amount_baht=Decimal(850_000))
    first.take("revise_allocation", first.agencies.chair, amount_baht=Decimal(850_000))

    assert broken() == {}


# Carry-overs


@pytest.fixture
def story():
    """A project of fiscal year 2571 with a contract of 600,000 baht."""
    story = Story().to("executing")
    story.contract = committed(story)
    return story


def test_after_the_year_only_what_was_carried_over_is_paid(story):
    assert refusal(paid, story, 1, AFTER, commitment=story.contract) == "year_ended"
    assert refusal(committed, story, Decimal(1), on=AFTER) == "year_ended"

    granted(asked(story), by=story.agencies.dla)
    paid(story, 150_000, AFTER, commitment=story.contract)

    assert refusal(paid, story, 50_001, AFTER, commitment=story.contract) == "year_ended"
    assert refusal(paid, story, 1, UNTIL + timedelta(days=1), commitment=story.contract) == "year_ended"
    story.proposal.refresh_from_db()
    assert (story.proposal.carried_baht, story.proposal.carried_paid_baht) == (Decimal(200_000), Decimal(150_000))
    assert broken() == {}


def test_extension_carries_the_rest_longer(story):
    granted(asked(story), by=story.agencies.dla)
    paid(story, 150_000, AFTER, commitment=story.contract)
    later = date(2029, 9, 30)

    extension = granted(asked(story, until=later, is_extension=True), by=story.agencies.dla)

    assert (extension.amount_baht, extension.entry) == (Decimal(50_000), None)
    paid(story, 50_000, later, commitment=story.contract)
    assert refusal(asked, story, until=later, is_extension=True) == "nothing_carried"


def test_only_what_is_bound_and_unpaid_can_be_carried(story):
    paid(story, 500_000, YEAR_END, commitment=story.contract)

    assert refusal(asked, story, Decimal(100_001)) == "above_unpaid"

    carry = asked(story, Decimal(100_000))
    paid(story, 1, YEAR_END, commitment=story.contract)

    assert refusal(granted, carry, by=story.agencies.dla) == "above_unpaid"
    assert granted(carry, by=story.agencies.dla, amount_baht=Decimal(99_999)).state == "granted"
    assert refusal(paid, story, 1, YEAR_END, commitment=story.contract) == "carried_over"
    assert (
        refusal(ledger.reverse_entry, story.contract, by=story.office.officer, reason="ผิด") == "above_allocated"
    )  # what is paid stands under the contract


def test_contract_under_a_carry_over_stands(story):
    granted(asked(story), by=story.agencies.dla)

    assert refusal(ledger.reverse_entry, story.contract, by=story.office.officer, reason="ผิด") == "carried_over"


def test_carry_over_is_taken_back_while_nothing_is_paid_of_it(story):
    carry = granted(asked(story), by=story.agencies.dla)
    late = paid(story, 1, AFTER, commitment=story.contract)

    take_back = {"by": story.agencies.dla, "reason": "บันทึกผิด"}
    assert refusal(CARRY_OVER.take, carry, "take_back", **take_back) == "carry_over_paid"

    ledger.reverse_entry(late, by=story.office.officer, reason="ผิด")
    CARRY_OVER.take(carry, "take_back", **take_back)

    assert Proposal.objects.get(pk=story.proposal.pk).carried_baht == 0
    assert refusal(paid, story, 1, AFTER, commitment=story.contract) == "year_ended"
    assert broken() == {}


@pytest.mark.parametrize("until", [YEAR_END, date(2029, 4, 1)])
def test_first_carry_over_lies_within_six_months_of_the_year_s_end(story, until):
    with pytest.raises(ValidationError):
        asked(story, until=until)


def test_carry_over_is_asked_once_at_a_time(story):
    asked(story)

    with pytest.raises(ValidationError):
        asked(story)


# The Act's references


@pytest.mark.parametrize(("route", "reference"), [(Route.DIRECT_BB, "พ.ร.บ. 2571"), (Route.VIA_DLA, "")])
def test_statutory_route_records_the_act_where_no_line_of_it_is_named(route, reference):
    story = Story().to("in_request")
    Proposal.objects.filter(pk=story.proposal.pk).update(route=route)
    story.move_round("send_request", by=story.agencies.dla).enact()
    amount = {"amount_baht": Decimal(5000)}

    story.take("propose_allocation", story.agencies.secretary, **amount).take(
        "allocate", story.agencies.chair, **amount
    )

    assert story.proposal.entries.get().reference == reference


def test_ceilings_carry_where_the_act_names_them():
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla)
    one = story.round.themes.get()

    story.enact(themes={one: Decimal(5_000_000)}, references={f"theme:{one.pk}": "เล่ม 3 หน้า 214"})

    assert dict(Ceiling.objects.values_list("key", "reference")) == {
        "": "พ.ร.บ. 2571",
        f"theme:{one.pk}": "เล่ม 3 หน้า 214",
    }


# Re-scoped targets


def test_changed_targets_are_accepted_before_the_plan_holds():
    story = Story().to("allocated")
    retarget(story)

    assert refusal(story.take, "confirm_plan", story.office.executive) == "targets_not_accepted"
    assert Notice.objects.filter(kind="targets_changed", recipient=story.office.province).count() == 1

    story.take("accept_targets", story.office.province)
    retarget(story, "2")

    assert refusal(story.take, "confirm_plan", story.office.executive) == "targets_not_accepted"

    story.take("decline_targets", story.office.province, reason="น้อยเกินไป")

    assert story.proposal.retargeting.state == TargetsState.DECLINED
    assert refusal(story.take, "confirm_plan", story.office.executive) == "targets_not_accepted"

    retarget(story, "3")
    story.take("accept_targets", story.office.province).take("confirm_plan", story.office.executive)

    assert story.proposal.state == "executing"


def test_targets_as_signed_ask_nobody():
    story = Story().to("allocated")
    retarget(story)
    retarget(story, "4.0")

    assert story.take("confirm_plan", story.office.executive).proposal.state == "executing"


# The doors


def test_transfer_over_the_api():
    first, second = two_projects()
    secretary, chair = Program(first.agencies.secretary), Program(first.agencies.chair)
    path = f"rounds/{first.round.pk}/transfers/"
    body = {"source": str(first.proposal.pk), "target": str(second.proposal.pk), "amount_baht": "100000.00"}
    body |= {"authority": "สงป.", "letter_no": "นร 1/2", "letter_on": "2026-11-02", "reason": "ประหยัด"}

    assert code(chair.post(path, body))[0] == 403
    assert code(secretary.post(path, {**body, "letter_no": ""}))[0] == 400
    made = secretary.post(path, body)
    assert (made.status_code, made.data["state"]) == (201, "proposed")
    assert Program(first.office.officer).get(path).data["results"] == []

    steps = f"{path}{made.data['id']}/"
    assert code(chair.step(steps, "approve", {"amount_baht": "1.00"})) == (409, "proposal_changed")
    assert chair.step(steps, "approve", {"amount_baht": "100000.00"}).data["state"] == "approved"

    entry = Program(first.office.officer).get(f"proposals/{first.proposal.pk}/ledger/").data["results"][-1]
    assert (entry["kind"], entry["amount_baht"], entry["reference"]) == ("transfer", "-100000.00", "สงป. นร 1/2")
    assert len(Program(first.office.officer).get(path).data["results"]) == 1
    ceilings = Program().get(f"rounds/{first.round.pk}/ceilings/").data["results"]
    assert [(one["allocated_baht"], one["reference"]) for one in ceilings] == [("1800000.00", "พ.ร.บ. 2571")]


def test_carry_over_over_the_api(story):
    officer, dla = Program(story.office.officer), Program(story.agencies.dla)
    path = f"proposals/{story.proposal.pk}/carry-overs/"
    body = {"amount_baht": "200000.00", "until": UNTIL.isoformat(), "reason": "ส่งมอบล่าช้า"}

    assert code(dla.post(path, body))[0] == 403
    assert code(officer.post(path, {**body, "until": YEAR_END.isoformat()}))[0] == 400
    made = officer.post(path, body)
    assert (made.status_code, made.data["state"]) == (201, "requested")

    letter = {"authority": "กรมบัญชีกลาง", "letter_no": "กค 1", "letter_on": "2026-11-02"}
    granted = dla.step(f"{path}{made.data['id']}/", "grant", letter)
    assert (granted.status_code, granted.data["state"]) == (200, "granted")
    case = officer.get(f"proposals/{story.proposal.pk}/").data
    assert (case["carried_baht"], case["carried_until"]) == ("200000.00", UNTIL.isoformat())
    assert Program(Office().officer).get(path).status_code == 404


def test_pages_of_a_carry_over(client, story):
    client.force_login(story.office.officer)
    page = reverse("budgets:carry-over-new", args=[story.proposal.pk])
    form = {"amount_baht": "200,000", "until": "31 มี.ค. 2572", "reason": "ส่งมอบล่าช้า"}
    assert client.post(page, {**form, "amount_baht": "700,000"}).status_code == 400
    assert client.post(page, form).status_code == 302
    carry = story.proposal.carry_overs.get()

    client.force_login(story.agencies.dla)
    step = reverse("budgets:carry-over-step", args=[story.proposal.pk, carry.pk, "grant"])
    assert client.post(step, {"version": 1, "authority": "", "letter_no": "", "letter_on": ""}).status_code == 400
    letter = SimpleUploadedFile("letter.pdf", pdf(["Letter"]), content_type="application/pdf")
    given = {"version": 1, "authority": "กรมบัญชีกลาง", "letter_no": "กค 1", "letter_on": "2 พ.ย. 2569"}
    assert client.post(step, {**given, "letter": letter}).status_code == 302

    carry.refresh_from_db()
    assert (carry.state, carry.letter.name) == ("granted", "letter.pdf")
    for path in (carry.get_absolute_url(), reverse("budgets:year-end", args=[story.round.pk])):
        assert "200,000" in client.get(path).content.decode()
    client.force_login(Office().officer)
    assert client.get(carry.get_absolute_url()).status_code == 404


def test_pages_of_a_transfer(client):
    first, second = two_projects()
    client.force_login(first.agencies.secretary)
    page = reverse("budgets:transfer-new", args=[first.round.pk])
    form = {"source": first.proposal.pk, "target": first.proposal.pk, "amount_baht": "100,000", "authority": "สงป."}
    form |= {"letter_no": "นร 1", "letter_on": "2 พ.ย. 2569", "reason": "ประหยัด"}
    assert client.post(page, form).status_code == 400
    too_much = client.post(page, {**form, "target": second.proposal.pk, "amount_baht": "99,000,000"})
    assert (too_much.status_code, list(too_much.context["form"].errors)) == (400, ["amount_baht"])
    assert "ยังไม่ผูกพัน" in too_much.content.decode()
    assert client.post(page, {**form, "target": second.proposal.pk}).status_code == 302
    transfer = first.round.transfers.get()

    client.force_login(first.agencies.chair)
    step = reverse("budgets:transfer-step", args=[first.round.pk, transfer.pk, "approve"])
    assert client.post(step, {"version": 1, "amount_baht": "100,000"}).status_code == 302

    client.force_login(second.office.officer)
    assert "กรมบัญชีกลาง" not in client.get(transfer.get_absolute_url()).content.decode()
    assert "100,000" in client.get(reverse("budgets:transfers", args=[first.round.pk])).content.decode()
    client.force_login(Office().officer)
    assert client.get(transfer.get_absolute_url()).status_code == 404


def test_waiting_moves_stand_in_the_inbox(story):
    carry = asked(story)

    found = [task.url for task in inbox.tasks_of(story.agencies.dla)]

    assert found == [carry.get_absolute_url()]


def test_act_is_recorded_with_a_reference_for_each_ceiling():
    story = Story().to("in_request")
    story.move_round("send_request", by=story.agencies.dla)
    manager, path, one = Program(story.agencies.manager), f"rounds/{story.round.pk}/", story.round.themes.get()
    rows = {"themes": [{"theme": str(one.pk), "amount_baht": "5000000.00", "reference": "หน้า 214"}]}
    rows |= {"routes": [{"route": "via_dla", "amount_baht": "7000000.00"}]}

    assert code(manager.step(path, "enact", {"act_reference": "พ.ร.บ.", "themes": [{"theme": str(one.pk)}]}))[0] == 400
    assert manager.step(path, "enact", {"act_reference": "พ.ร.บ. 2571", **rows}).status_code == 200

    found = {
        (row["theme"], row["route"]): row["reference"] for row in Program().get(f"{path}ceilings/").data["results"]
    }
    assert found == {(None, ""): "พ.ร.บ. 2571", (None, "via_dla"): "พ.ร.บ. 2571", (str(one.pk), ""): "หน้า 214"}


# Ceilings after the Act


ENACTED_LATER = {"reference": "พ.ร.บ. งบประมาณรายจ่ายเพิ่มเติม พ.ศ. 2571", "enacted_on": "2026-11-01", "reason": "เพิ่ม"}


def test_ceilings_rise_and_fall_by_later_enactments_but_never_below_what_is_allocated():
    first, second = two_projects()
    round, manager = first.round, Program(first.agencies.manager)
    address = f"rounds/{round.pk}/"
    whole = round.ceilings.get(key="")
    allocated = whole.allocated_baht

    def enact(amount, **details):
        rows = [{"ceiling": str(whole.pk), "amount_baht": amount}]
        return manager.step(address, "change_ceilings", {**ENACTED_LATER, "ceilings": rows, **details})

    assert code(enact(str(allocated - Decimal("0.01")))) == (409, "below_allocated")
    assert code(enact(str(whole.amount_baht))) == (409, "nothing_changed")
    assert enact("1", enacted_on="2099-01-01").status_code == 400
    assert enact(str(allocated), reason="ปรับลดตามมติ").status_code == 200
    assert enact(str(allocated + 5)).status_code == 200

    (told,) = [row for row in manager.get(f"{address}ceilings/").data["results"] if row["theme"] is None]
    assert [(one["before_baht"], one["after_baht"], one["reason"]) for one in told["changes"]] == [
        (str(whole.amount_baht), str(allocated), "ปรับลดตามมติ"),
        (str(allocated), str(allocated + 5), "เพิ่ม"),
    ]
    assert (told["amount_baht"], told["left_baht"]) == (str(allocated + 5), "5.00")
    assert Notice.objects.filter(kind="ceilings_changed", recipient=first.agencies.chair).count() == 2
    assert broken() == {}


def test_page_of_a_later_enactment_says_at_its_box_what_is_too_low(client):
    story = Story().to("allocated")
    ceiling = story.round.ceilings.get(key="")
    page = reverse("budgets:round-step", args=[story.round.pk, "change_ceilings"])
    client.force_login(story.agencies.manager)
    typed = {"reference": "คำสั่งปรับลด", "reason": "ลด", "enacted_on_day": "1", "enacted_on_month": "11",
             "enacted_on_year": "2569", f"ceiling_{ceiling.pk}": "1.00", "version": story.round.version}  # fmt: skip

    refused = client.post(page, typed)
    taken = client.post(page, {**typed, f"ceiling_{ceiling.pk}": str(ceiling.amount_baht + 1)}, follow=True)

    assert (refused.status_code, "1.00" in refused.content.decode()) == (400, True)
    assert list(refused.context["form"].errors) == [f"ceiling_{ceiling.pk}"]
    assert "คำสั่งปรับลด" in taken.content.decode()
    ceiling.refresh_from_db()
    assert ceiling.changes.get().after_baht == ceiling.amount_baht


# Changes of items


def changed(story, **facts):
    """The items of a story's project as a program names them, with `facts` in place of its first item's."""
    items = story.proposal.items.order_by("position", "pk")
    rows = [
        {"id": str(one.pk), "category": str(one.category_id), "description": one.description,
         "quantity": one.quantity, "unit": one.unit, "unit_price_baht": str(one.unit_price_baht),
         "price_basis": one.price_basis, "price_reference": one.price_reference,
         "fiscal_year": one.fiscal_year, "quarter": one.quarter}
        for one in items
    ]  # fmt: skip
    return [{**rows[0], **facts}, *rows[1:]]


BY_LETTER = {"reason": "รุ่นเดิมเลิกผลิต", "authority": "ผู้ว่าราชการจังหวัด", "letter_no": "กบ 0023/9",
             "letter_on": "2026-11-02"}  # fmt: skip


def test_items_change_within_the_allocation_once_the_province_accepts(story):
    officer, province = Program(story.office.officer), Program(story.office.province)
    address = f"proposals/{story.proposal.pk}/item-changes/"
    before = story.proposal.items.get()
    half = {"quantity": before.quantity // 2}
    new = {**changed(story, **half)[0], "id": None, "description": "เซิร์ฟเวอร์", "quantity": 1, "unit": "เครื่อง"}

    def ask(items, **facts):
        return officer.post(address, {**BY_LETTER, "items": items, **facts})

    assert code(ask(changed(story, unit_price_baht="99999999.00"))) == (409, "above_allocated")
    assert code(ask(changed(story))) == (409, "nothing_changed")
    asked = ask([*changed(story, **half), new])
    assert (asked.status_code, story.proposal.items.get().quantity) == (201, before.quantity)
    assert code(ask(changed(story, **half)))[0] in {400, 409}  # one at a time
    assert [task.case_number for task in inbox.tasks_of(story.office.province)] == [story.proposal.number]
    assert code(officer.step(f"{address}{asked.data['id']}/", "accept")) == (403, "not_permitted")
    accepted = province.step(f"{address}{asked.data['id']}/", "accept")

    case = Proposal.objects.get()
    assert accepted.data["state"] == "accepted"
    assert list(case.items.order_by("position").values_list("description", "quantity")) == [
        (before.description, before.quantity // 2),
        ("เซิร์ฟเวอร์", 1),
    ]
    assert case.total_cost_baht == sum(item.total_baht for item in case.items.all())
    (told,) = officer.get(f"proposals/{case.pk}/money-trail/").data["item_changes"]
    assert (told["letter_no"], told["before"][0]["quantity"]) == ("กบ 0023/9", before.quantity)
    assert Notice.objects.filter(kind="item_change_decided", recipient=story.office.officer).count() == 1


def test_item_under_contract_stays_and_the_items_never_come_to_less_than_is_bound(story):
    officer = Program(story.office.officer)
    address = f"proposals/{story.proposal.pk}/item-changes/"
    held = story.proposal.items.get()
    committed(story, Decimal(1_000), items=[held])
    other = {**changed(story)[0], "id": None}

    assert code(officer.post(address, {**BY_LETTER, "items": [other]})) == (409, "item_under_contract")
    small = changed(story, quantity=1, unit_price_baht="1.00")
    assert code(officer.post(address, {**BY_LETTER, "items": small})) == (409, "below_committed")


def test_item_change_on_the_page(client, story):
    page = reverse("budgets:item-change-new", args=[story.proposal.pk])
    item = story.proposal.items.get()
    client.force_login(story.office.officer)
    row = changed(story, quantity=item.quantity - 1)[0]
    rows = {f"item-0-{name}": value for name, value in row.items() if name != "id"}
    letter = {name: BY_LETTER[name] for name in ("reason", "authority", "letter_no")}
    letter |= {"letter_on_day": "2", "letter_on_month": "11", "letter_on_year": "2569"}
    management = {"item-TOTAL_FORMS": 3, "item-INITIAL_FORMS": 1}

    refused = client.post(page, {**management, **rows, "item-0-quantity": "", **letter})
    sent = client.post(page, {**management, **rows, **letter})
    change = story.proposal.item_changes.get()
    client.force_login(story.office.province)
    read = client.get(change.get_absolute_url()).content.decode()
    done = client.post(reverse("budgets:item-change-step", args=[story.proposal.pk, change.pk, "accept"]),
                       {"version": change.version})  # fmt: skip

    assert (refused.status_code, sent.status_code, done.status_code) == (400, 302, 302)
    assert "รุ่นเดิมเลิกผลิต" in read
    assert story.proposal.items.get().quantity == item.quantity - 1


def test_contract_over_several_years_binds_later_ones_within_the_plan_and_in_no_amount(client):
    story = Story()
    year = story.round.fiscal_year
    facts = {"category": story.proposal.items.get().category, "description": "งวดปีสอง", "unit": "งวด",
             "price_basis": "other_standard", "price_reference": "1"}  # fmt: skip
    with editing(story.proposal, Section.ITEMS, Section.FUNDING, by=story.office.officer) as draft:
        draft.items.create(position=1, quantity=1, unit_price_baht=300_000, fiscal_year=year + 1, quarter=1, **facts)
        draft.funding.create(position=1, channel="own_budget", fiscal_year=year + 1, amount_baht=300_000)
    story.proposal.refresh_from_db()
    story.to("executing")
    officer, address = Program(story.office.officer), f"proposals/{story.proposal.pk}/commitments/"
    contract = {"amount_baht": "400000.00", "on": clock.today().isoformat(), "contractor": "บริษัท ก"}

    def enter(later):
        rows = [{"fiscal_year": one, "amount_baht": amount} for one, amount in later.items()]
        return officer.post(address, {**contract, "later_years": rows})

    assert code(enter({year + 1: "300000.01"})) == (409, "above_plan")
    assert code(enter({year + 2: "1.00"})) == (409, "above_plan")
    entered = enter({year + 1: "250000.00"})
    assert entered.data["later_years"] == [{"fiscal_year": year + 1, "amount_baht": "250000.00"}]
    assert code(enter({year + 1: "50000.01"})) == (409, "above_plan")
    case = Proposal.objects.get()
    assert (case.committed_baht, broken()) == (Decimal(400_000), {})

    client.force_login(story.office.officer)
    assert client.get(reverse("budgets:money", args=[case.pk])).context["later"] == [
        (year + 1, Decimal(250_000), Decimal(300_000))
    ]
    page = client.get(reverse("budgets:money-enter", args=[case.pk, "commitment"]))
    assert f"later_{year + 1}" in page.context["form"].fields
    assert officer.post(f"{address}{entered.data['id']}/reverse/", {"reason": "ยกเลิกสัญญา"}).status_code == 201
    assert enter({year + 1: "300000.00"}).status_code == 201
