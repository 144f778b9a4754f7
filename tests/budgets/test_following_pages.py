"""The pages of a project that is carried out: its plan, money, reports and end; and the province's monitor."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from budgets.lifecycle.report import what_the_report_lacks
from budgets.models import LedgerEntry, QuarterlyReport
from budgets.money import ledger
from budgets.money.quarters import quarters_of
from budgets.states import Entry, Section
from budgets.writing.drafting import editing
from portal import clock
from portal.errors import Refused
from portal.roles import Role
from tests.budgets.client import Program
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db
IN_JANUARY_2571 = datetime(2028, 1, 20, 9, 0, tzinfo=clock.BANGKOK)


@pytest.fixture
def story():
    return Story().to("executing")


def address(name, story, *more):
    return reverse(f"budgets:{name}", args=[story.proposal.pk, *more])


def day(name, moment):
    return {f"{name}_day": moment.day, f"{name}_month": moment.month, f"{name}_year": moment.year + 543}


def contract(story, amount="900000.00"):
    return ledger.enter(
        story.proposal, Entry.COMMITMENT, by=story.office.officer, amount_baht=Decimal(amount), on=clock.today(),
        contractor="บริษัท ตัวอย่าง จำกัด",
    )  # fmt: skip


def refreshed(story):
    story.proposal.refresh_from_db()
    return story.proposal


def picture():
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "#4279bd").save(file, "PNG")
    return SimpleUploadedFile("งาน.png", file.getvalue(), "image/png")


@pytest.mark.parametrize(
    "name, more", [("money", []), ("money-enter", ["commitment"]), ("money-enter", ["disbursement"]), ("plan", []),
                   ("reports", [])]
)  # fmt: skip
def test_pages_open_without_a_word_of_error(client, story, name, more):
    contract(story)
    client.force_login(story.office.officer)

    answer = client.get(address(name, story, *more))

    assert answer.status_code == 200
    assert 'role="alert"' not in answer.content.decode()
    client.force_login(Story().office.officer)
    assert client.get(address(name, story, *more)).status_code == 404


# Money


def test_contract_and_payment_are_recorded_and_taken_back(client, story):
    client.force_login(story.office.officer)
    today = day("on", clock.today())
    item = story.proposal.items.get()
    enter = address("money-enter", story, "commitment")
    fields = {"contractor": "บริษัท ก จำกัด", "amount_baht": "๙๐๐,๐๐๐", "contract_no": "1/2571", "items": [item.pk]}

    assert client.post(enter, {**fields, **today}).status_code == 302
    commitment = LedgerEntry.objects.get(kind="commitment")
    assert (list(commitment.items.all()), refreshed(story).committed_baht) == ([item], Decimal(900000))

    pay = address("money-enter", story, "disbursement")
    paid = {"commitment": commitment.pk, "amount_baht": "400,000.50", "reference": "ฎ.7", **today}
    assert client.post(pay, paid).status_code == 302
    payment = LedgerEntry.objects.get(kind="disbursement")
    assert (payment.contractor, refreshed(story).disbursed_baht) == ("บริษัท ก จำกัด", Decimal("400000.50"))

    page = client.get(address("money", story)).content.decode()
    for amount in ("1,000,000", "900,000", "400,000.5", "499,999.5"):
        assert amount in page

    back = address("money-reverse", story, payment.pk)
    assert client.post(back, {"reason": ""}).status_code == 400
    assert client.post(back, {"reason": "จ่ายผิดราย"}).status_code == 302
    assert refreshed(story).disbursed_baht == 0
    assert "จ่ายผิดราย" in client.get(address("money", story)).content.decode()


@pytest.mark.parametrize(
    "kind, amount, said",
    [("commitment", "1,000,000.01", "1,000,000.01"), ("disbursement", "900,000.01", "900,000.00")],
)
def test_refusal_stands_on_the_form_with_the_numbers(client, story, kind, amount, said):
    client.force_login(story.office.officer)
    more = {"commitment": contract(story).pk} if kind == "disbursement" else {"contractor": "ก"}
    before = LedgerEntry.objects.count()
    if kind == "commitment":
        more["contractor"] = "ก"

    answer = client.post(
        address("money-enter", story, kind), {"amount_baht": amount, **more, **day("on", clock.today())}
    )

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert LedgerEntry.objects.count() == before


def test_commitment_with_payments_is_not_taken_back(client, story):
    client.force_login(story.office.officer)
    commitment = contract(story, "500000.00")
    contract(story, "500000.00")
    ledger.enter(
        story.proposal, Entry.DISBURSEMENT, by=story.office.officer, amount_baht=Decimal(1), on=clock.today(),
        commitment=commitment,
    )  # fmt: skip

    answer = client.post(address("money-reverse", story, commitment.pk), {"reason": "ผิด"})

    assert answer.status_code == 400
    assert refreshed(story).committed_baht == Decimal(1000000)


def test_payment_stays_within_its_own_contract(client, story):
    client.force_login(story.office.officer)
    small = contract(story, "100000.00")
    contract(story, "500000.00")

    answer = client.post(
        address("money-enter", story, "disbursement"),
        {"commitment": small.pk, "amount_baht": "100000.01", **day("on", clock.today())},
    )

    assert answer.status_code == 400
    assert "100,000.00" in answer.content.decode()
    assert refreshed(story).disbursed_baht == 0


def test_file_of_a_contract_is_for_those_who_see_the_case(client, story):
    client.force_login(story.office.officer)
    fields = {"contractor": "ก", "amount_baht": "10", "file": picture(), **day("on", clock.today())}
    assert client.post(address("money-enter", story, "commitment"), fields).status_code == 302
    file = address("entry-file", story, LedgerEntry.objects.get(kind="commitment").pk)

    assert client.get(file).status_code == 200
    client.force_login(Story().office.officer)
    assert client.get(file).status_code == 404


@pytest.mark.parametrize("who", ["clerk", "executive", "province"])
def test_others_read_the_money_and_do_not_write_it(client, story, who):
    client.force_login(getattr(story.office, who))

    assert client.get(address("money", story)).status_code == 200
    enter = address("money-enter", story, "commitment")
    assert client.post(enter, {"contractor": "ก", "amount_baht": "1"}).status_code == 403
    assert refreshed(story).committed_baht == 0


# The plan


def partly_allocated(amount="600000.00"):
    story = Story().to("proposed")
    story.take("propose_allocation", story.agencies.secretary, amount_baht=Decimal(amount), reference="ว 1")
    return story.take("allocate", story.agencies.chair, amount_baht=Decimal(amount))


def test_plan_page_sets_the_allocation_against_the_items(client):
    story = partly_allocated()
    client.force_login(story.office.officer)

    page = client.get(address("plan", story)).content.decode()

    assert "400,000.00" in page
    assert address("section", story, "items") in page
    assert address("section", story, "rationale") not in page
    client.force_login(story.office.executive)
    page = client.get(address("plan", story)).content.decode()
    assert address("proposal-step", story, "confirm_plan") in page
    assert address("proposal-step", story, "decline_allocation") in page


def test_a_plan_that_differs_from_the_allocation_is_confirmed_on_its_page_with_a_word(client):
    story = partly_allocated()
    client.force_login(story.office.executive)
    url = address("proposal-step", story, "confirm_plan")

    silent = client.post(url, {"version": story.proposal.version, "note": ""})
    spoken = client.post(url, {"version": story.proposal.version, "note": "สมทบจากเทศบัญญัติ 400,000 บาท"})

    assert (silent.status_code, spoken.status_code) == (400, 302)
    assert (refreshed(story).state, story.proposal.plan_note) == ("executing", "สมทบจากเทศบัญญัติ 400,000 บาท")


def test_a_plan_that_was_begun_to_be_fitted_is_fitted_before_it_is_confirmed():
    story = partly_allocated()
    item, line = story.proposal.items.get(), story.proposal.funding.get()

    def confirm():
        return story.take("confirm_plan", story.office.executive)

    def fit(row, **fields):
        with editing(story.proposal, Section.ITEMS, Section.FUNDING, by=story.office.officer):
            type(row).objects.filter(pk=row.pk).update(**fields)

    fit(line, amount_baht=Decimal("500000.00"))
    with pytest.raises(Refused) as unequal:
        confirm()
    fit(item, quantity=1, unit_price_baht=Decimal("500000.00"))
    with pytest.raises(Refused) as below:
        confirm()
    fit(item, unit_price_baht=Decimal("600000.00"))
    fit(line, amount_baht=Decimal("600000.00"))

    assert [unequal.value.code, below.value.code] == ["sums_differ", "plan_differs"]
    assert confirm().proposal.state == "executing"


def test_there_is_no_plan_page_before_the_allocation(client):
    story = Story().to("in_request")
    client.force_login(story.office.officer)

    assert client.get(address("plan", story)).status_code == 404


# Reports


def test_report_is_started_kept_signed_and_accepted_in_the_browser(client, story):
    client.force_login(story.office.officer)
    kpi = story.proposal.kpis.get()
    started = client.post(address("reports", story), {"fiscal_year": 2571, "quarter": 1})
    report = QuarterlyReport.objects.get()
    assert (started.url, report.due_on) == (report.get_absolute_url(), date(2028, 1, 15))

    kept = client.post(
        address("report-save", story, report.pk),
        {"version": report.version, "physical_pct": "๓๕.๕", "problem": "ฝนตก", f"kpi-{kpi.pk}": "สี่สิบ"},
    ).json()
    report.refresh_from_db()
    assert (report.physical_pct, report.problem, kept["version"]) == (Decimal("35.5"), "ฝนตก", report.version)
    assert list(kept["errors"]) == [f"kpi-{kpi.pk}"]

    stale = client.post(address("report-save", story, report.pk), {"version": 1, "problem": "ทับ"})
    assert stale.status_code == 409
    saved = {"version": report.version, "physical_pct": "36", "problem": "ฝนตก", f"kpi-{kpi.pk}": "40"}
    assert client.post(report.get_absolute_url(), saved).status_code == 302

    client.force_login(story.office.executive)
    sign = address("report-step", story, report.pk, "submit")
    assert "36" in client.get(sign).content.decode()
    report.refresh_from_db()
    assert client.post(sign, {"version": report.version}).status_code == 302

    client.force_login(story.office.province)
    report.refresh_from_db()
    back = address("report-step", story, report.pk, "return")
    assert client.post(back, {"version": report.version, "reason": ""}).status_code == 400
    assert client.post(back, {"version": report.version, "reason": "ขอภาพ"}).status_code == 302
    client.force_login(story.office.officer)
    assert "ขอภาพ" in client.get(report.get_absolute_url()).content.decode()

    client.force_login(story.office.executive)
    report.refresh_from_db()
    client.post(sign, {"version": report.version})
    client.force_login(story.office.province)
    report.refresh_from_db()
    client.post(address("report-step", story, report.pk, "accept"), {"version": report.version})
    report.refresh_from_db()
    assert (report.state, report.accepted_by) == ("accepted", story.office.province)


def test_what_does_not_fit_in_a_report_is_kept_as_typed_and_keeps_it_from_being_signed(client, story):
    client.force_login(story.office.officer)
    report, kpi = story.report(), story.proposal.kpis.get()
    words = {"version": report.version, "physical_pct": "สามสิบ", "problem": "ฝนตก", f"kpi-{kpi.pk}": "40"}

    client.post(report.get_absolute_url(), words)
    again = client.get(report.get_absolute_url())

    report.refresh_from_db()
    assert (report.physical_pct, report.problem, report.typed) == (None, "ฝนตก", {"physical_pct": "สามสิบ"})
    assert again.status_code == 200
    assert 'value="สามสิบ"' in again.content.decode()
    assert [lack["code"] for lack in what_the_report_lacks(report)] == ["kept_as_typed", "physical_pct_missing"]

    client.post(report.get_absolute_url(), {**words, "version": report.version, "physical_pct": "30"})
    report.refresh_from_db()
    assert (report.physical_pct, report.typed, what_the_report_lacks(report)) == (30, {}, [])


def test_what_is_written_over_the_api_replaces_what_a_report_kept_as_typed(story):
    report, kpi = story.report(), story.proposal.kpis.get()
    QuarterlyReport.objects.update(typed={"physical_pct": "สามสิบ", f"kpi-{kpi.pk}": "มาก"})
    path, program = f"proposals/{story.proposal.pk}/reports/{report.pk}/", Program(story.office.officer)

    program.patch(path, {"physical_pct": "30"}, match=f'"{report.version}"')
    report.refresh_from_db()
    assert report.typed == {f"kpi-{kpi.pk}": "มาก"}

    program.patch(path, {"kpi_actuals": [{"kpi": str(kpi.pk), "value": "4"}]}, match=f'"{report.version}"')
    report.refresh_from_db()
    assert report.typed == {}


def test_photos_are_added_shown_and_taken_off(client, story):
    client.force_login(story.office.officer)
    report = story.report()
    add = address("report-photos", story, report.pk)

    assert client.post(add, {"photo-file": picture(), "photo-caption": "จุดติดตั้ง"}).status_code == 302
    photo = report.photos.get()
    shown = client.get(address("report-photo", story, report.pk, photo.pk))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    text = SimpleUploadedFile("a.png", b"no picture", "image/png")
    assert client.post(add, {"photo-file": text, "photo-caption": "ก"}).status_code == 400
    client.post(address("report-photo-remove", story, report.pk, photo.pk))
    assert client.get(address("report-photo", story, report.pk, photo.pk)).status_code == 404


def test_draft_report_is_the_offices_own(client, story):
    report = story.report()

    for user in (story.office.province, Story().office.officer, person(Role.DLA_OFFICER)):
        client.force_login(user)
        assert client.get(report.get_absolute_url()).status_code == 404
    client.force_login(story.office.clerk)
    assert client.get(report.get_absolute_url()).status_code == 200
    assert client.post(address("report-save", story, report.pk), {"problem": "ก"}).status_code == 403


def test_same_quarter_is_not_started_twice(client, story):
    client.force_login(story.office.officer)
    for _ in range(2):
        client.post(address("reports", story), {"fiscal_year": 2571, "quarter": 2})

    assert QuarterlyReport.objects.count() == 1


def test_previous_quarter_stands_beside(client, story):
    story.accepted_report(quarter=1, value=55)
    report = story.report(quarter=2, value=44)
    client.force_login(story.office.clerk)

    page = client.get(report.get_absolute_url()).content.decode()

    assert "ครั้งก่อน: ไตรมาส 1/2571" in page
    assert ">55<" in page


def test_quarters_tell_what_is_due_written_late_and_accepted(story):
    accepted = story.accepted_report(quarter=1)
    reports = list(story.proposal.reports.all())

    early = quarters_of(story.proposal, [], date(2027, 12, 31))
    ended = quarters_of(story.proposal, [], date(2028, 1, 1))
    overdue = quarters_of(story.proposal, [], date(2028, 1, 16))
    done = quarters_of(story.proposal, reports, date(2028, 4, 15))

    assert [quarter.state for quarter in early] == ["not_due"] * 4
    assert [quarter.state for quarter in ended] == ["not_written", "not_due", "not_due", "not_due"]
    assert [quarter.state for quarter in overdue][:2] == ["late", "not_due"]
    assert [quarter.state for quarter in done] == ["accepted", "not_written", "not_due", "not_due"]
    assert [quarter.is_late for quarter in done] == [False, False, False, False]
    assert done[0].report == accepted


# The monitor


def test_monitor_shows_projects_against_quarters_and_the_same_in_its_file(client, story):
    story.accepted_report(quarter=1)
    other = Story().to("executing")
    client.force_login(story.office.province)
    with clock.at(IN_JANUARY_2571):
        page = client.get(reverse("budgets:monitor")).content.decode()
        late = client.get(reverse("budgets:monitor"), {"reports": "late"}).content.decode()
        file = b"".join(client.get(reverse("budgets:monitor"), {"format": "csv"}).streaming_content).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(file)))
    assert [row["เลขที่"] for row in rows] == [story.proposal.number]
    assert rows[0]["ไตรมาส 1"] == "รับแล้ว, 25%"
    assert story.proposal.number in page
    assert other.proposal.number not in page.replace(story.proposal.number, "")
    assert story.proposal.title_th not in late


def test_late_filter_finds_those_who_owe_a_report(client, story):
    client.force_login(story.office.province)
    with clock.at(IN_JANUARY_2571):
        late = client.get(reverse("budgets:monitor"), {"reports": "late"}).content.decode()
        assert story.proposal.title_th in late
        assert "เกินกำหนด ยังไม่ส่ง" in late
        sent = client.get(reverse("budgets:monitor"), {"reports": "submitted"}).content.decode()
        assert story.proposal.title_th not in sent


@pytest.mark.usefixtures("held_clock")
def test_monitor_asks_no_more_for_three_projects_than_for_one(client, story, django_assert_max_num_queries):
    client.force_login(person(Role.PROGRAMME_MANAGER))
    client.get(reverse("budgets:monitor"))
    with django_assert_max_num_queries(40) as one:
        client.get(reverse("budgets:monitor"))
    for _ in range(2):
        Story().to("executing").accepted_report()

    with django_assert_max_num_queries(len(one)):
        client.get(reverse("budgets:monitor"))


# The end


def test_completion_sets_final_figures_against_targets_and_takes_the_rest_back(client, story):
    commitment = contract(story)
    ledger.enter(
        story.proposal, Entry.DISBURSEMENT, by=story.office.officer, amount_baht=Decimal(900000), on=clock.today(),
        commitment=commitment,
    )  # fmt: skip
    story.accepted_report(quarter=4, value=12)
    client.force_login(story.office.province)
    ending = address("ending", story, "complete")

    page = client.get(ending).content.decode()
    assert "100,000.00" in page
    assert "ถึงเป้าหมาย" in page
    version = refreshed(story).version
    wrong = client.post(ending, {"version": version, "returned_baht": "1", "note": "ส่งคืนแล้ว"})
    assert wrong.status_code == 409
    assert "เหลือ 100,000.00" in wrong.content.decode()
    assert "ส่งคืนแล้ว" in wrong.content.decode()
    assert refreshed(story).state == "executing"
    form = {"version": version, "returned_baht": "100,000", "reference": "กค 5", "note": ""}
    assert client.post(ending, form).status_code == 302

    assert (refreshed(story).state, story.proposal.returned_baht) == ("completed", Decimal(100000))


def test_ending_page_is_for_endings_only(client, story):
    client.force_login(story.office.province)

    assert client.get(address("ending", story, "withdraw")).status_code == 404
    client.force_login(story.office.officer)
    assert client.get(address("ending", story, "complete")).status_code == 403
