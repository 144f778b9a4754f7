"""Writing a proposal in the browser: drafts that keep everything, two editors, the check, and the doors of signing."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from budgets.forms.sections import FORMS
from budgets.models import DocumentRequirement, Kpi, Proposal, ProposalItem, Quotation, SectionDraft
from budgets.states import Section
from budgets.writing.completeness import statuses
from budgets.writing.drafting import start
from portal.models.audit import Event
from portal.roles import Role
from tests.budgets.client import Program
from tests.factories.budgets import Agencies, Office, Story, fill, planned_round
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def draft(story):
    """An empty draft of the story's office."""
    return start(round=story.round, local_government=story.office.place, by=story.office.officer)


@pytest.fixture
def officer(client, story):
    client.force_login(story.office.officer)
    return client


def at(proposal, section):
    return reverse("budgets:section", args=[proposal.pk, section])


def words_of(client, proposal, section):
    """The words that the page of a section shows now, with the hidden ones, as a browser would send them."""
    form = client.get(at(proposal, section)).context
    words = form["form"].all_words()
    return {**words, "version": [str(form["kept"].version)], "base": [form["base"]]}


def autosave(client, proposal, section, words):
    return client.post(at(proposal, section), words, headers={"accept": "application/json"})


def refreshed(proposal):
    return Proposal.objects.whole().get(pk=proposal.pk)


# Drafts


def test_autosave_keeps_what_fits_and_what_does_not(officer, draft):
    answer = autosave(
        officer, draft, "summary", {"title_th": "ระบบเตือนภัย", "beneficiaries_count": "หนึ่งพัน", "priority": "๒"}
    )

    assert answer.status_code == 200
    assert set(answer.json()) == {"saved_at", "version", "base", "total_cost_baht", "requested_baht"}
    kept = refreshed(draft)
    assert (kept.title_th, kept.priority, kept.beneficiaries_count) == ("ระบบเตือนภัย", 2, None)
    assert SectionDraft.objects.get(proposal=draft, section="summary").typed == {"beneficiaries_count": ["หนึ่งพัน"]}

    page = officer.get(at(draft, "summary"))
    assert 'value="หนึ่งพัน"' in page.content.decode()
    assert [control for control, _text in page.context["problems"]] == ["id_beneficiaries_count"]
    status = next(one for one in statuses(kept) if one.section == "summary")
    assert status.status == "to_mend"


def test_mending_what_was_kept_as_typed_clears_it(officer, draft):
    autosave(officer, draft, "upkeep", {"om_cost_yearly_baht": "ห้าหมื่น", "om_source": "ข้อบัญญัติ"})

    autosave(officer, draft, "upkeep", {"om_cost_yearly_baht": "๕๐,๐๐๐ บาท", "om_source": "ข้อบัญญัติ"})

    assert refreshed(draft).om_cost_yearly_baht == Decimal("50000.00")
    assert SectionDraft.objects.get(proposal=draft, section="upkeep").typed == {}


def test_dates_are_read_in_the_buddhist_era(officer, draft):
    officer.post(
        at(draft, "plan"),
        {
            "plan_window": "๒๕๗๑-๒๕๗๕",
            "plan_edition": "first",
            "plan_expected_on_day": "๑",
            "plan_expected_on_month": "9",
            "plan_expected_on_year": "๒๕๗๐",
            "plan_approved_on_day": "31",
            "plan_approved_on_month": "2",
            "plan_approved_on_year": "2570",
        },
    )

    kept = refreshed(draft)
    assert (kept.plan_window, kept.plan_expected_on, kept.plan_approved_on) == ("2571-2575", date(2027, 9, 1), None)
    shown = officer.get(at(draft, "plan")).content.decode()
    assert '<option value="2" selected>' in shown and 'value="31"' in shown


def test_saving_what_is_there_already_writes_nothing(officer, draft):
    autosave(officer, draft, "rationale", {"rationale": "น้ำท่วม"})
    version, events = refreshed(draft).version, Event.objects.count()

    answer = autosave(officer, draft, "rationale", words_of(officer, draft, "rationale"))

    assert answer.status_code == 200
    assert (refreshed(draft).version, Event.objects.count()) == (version, events)


@pytest.mark.parametrize("section", [one for one in Section if one != Section.ATTACHMENTS])
def test_every_section_says_what_it_read(officer, story, section):
    before = FORMS[section].present(refreshed(story.proposal)).units()

    answer = autosave(officer, story.proposal, section, words_of(officer, story.proposal, section))

    assert answer.status_code == 200
    assert FORMS[section].present(refreshed(story.proposal)).units() == before


def test_rows_are_kept_in_order_and_empty_ones_left_out(officer, draft):
    officer.post(
        at(draft, "objectives"),
        {
            "objectives-0-text": "ลดเวลา",
            "objectives-1-text": " ",
            "objectives-2-text": "ลดความเสียหาย",
            "targets-0-description": "สถานี",
            "targets-0-quantity": "๔",
            "targets-0-unit": "แห่ง",
        },
    )

    kept = refreshed(draft)
    assert kept.objectives == ["ลดเวลา", "ลดความเสียหาย"]
    assert kept.targets == [{"description": "สถานี", "quantity": "4", "unit": "แห่ง"}]


def test_a_row_is_removed_by_its_button(officer, draft):
    words = {"risks-0-text": "หนึ่ง", "risks-1-text": "สอง", "action": "remove-risks-0"}

    officer.post(at(draft, "risks"), words)

    assert refreshed(draft).risks == ["สอง"]


def test_funding_lines_tell_what_counts_as_requested(officer, draft):
    officer.post(
        at(draft, "funding"),
        {
            "funding-0-channel": "integrated_plan",
            "funding-0-fiscal_year": "2571",
            "funding-0-amount_baht": "๑,๐๐๐,๐๐๐.๕๐",
            "funding-1-channel": "own_budget",
            "funding-1-fiscal_year": "2571",
            "funding-1-amount_baht": "ไม่ทราบ",
        },
    )

    kept = refreshed(draft)
    assert kept.requested_baht == Decimal("1000000.50")
    assert [line.amount_baht for line in kept.funding.all()] == [Decimal("1000000.50"), None]
    assert SectionDraft.objects.get(proposal=draft, section="funding").typed == {"funding-1-amount_baht": ["ไม่ทราบ"]}


def test_indicators_that_the_theme_demands_are_filled_in(officer, story, draft):
    theme = story.round.themes.get()
    theme.required_kpis = ["ครัวเรือนที่ได้รับแจ้งเตือน"]
    theme.save()
    autosave(officer, draft, "summary", {"theme": str(theme.pk)})

    rows = officer.get(at(draft, "kpis")).context["form"].rows["kpis"]

    assert [row["name_th"].value() for row in rows if row.is_bound] == ["ครัวเรือนที่ได้รับแจ้งเตือน"]
    assert Kpi.objects.filter(proposal=draft).count() == 0


def test_theme_of_another_round_is_kept_as_typed_only(officer, draft):
    foreign = planned_round().themes.get()

    autosave(officer, draft, "summary", {"theme": str(foreign.pk)})

    assert refreshed(draft).theme is None
    assert SectionDraft.objects.get(proposal=draft, section="summary").typed == {"theme": [str(foreign.pk)]}


# Two people in one section


def test_two_people_in_different_fields_do_not_meet(client, story, draft):
    other = person(Role.LOCAL_OFFICER, at=story.office.place)
    client.force_login(story.office.officer)
    mine = words_of(client, draft, "summary")
    client.force_login(other)
    autosave(client, draft, "summary", {**words_of(client, draft, "summary"), "title_en": ["Theirs"]})

    client.force_login(story.office.officer)
    answer = autosave(client, draft, "summary", {**mine, "title_th": ["ของฉัน"]})

    assert answer.status_code == 200
    assert (refreshed(draft).title_th, refreshed(draft).title_en) == ("ของฉัน", "Theirs")
    again = {**mine, "title_th": ["ของฉัน 2"], "base": [answer.json()["base"]], "version": [answer.json()["version"]]}
    autosave(client, draft, "summary", again)
    assert (refreshed(draft).title_th, refreshed(draft).title_en) == ("ของฉัน 2", "Theirs")


def conflict(client, story, draft):
    """Both change the title; the second to save is sent to the differences."""
    other = person(Role.LOCAL_OFFICER, at=story.office.place, first_name="มานะ", last_name="อีกคน")
    client.force_login(story.office.officer)
    mine = words_of(client, draft, "summary")
    client.force_login(other)
    autosave(client, draft, "summary", {**words_of(client, draft, "summary"), "title_th": ["ของเขา"]})
    client.force_login(story.office.officer)
    return client.post(at(draft, "summary"), {**mine, "title_th": ["ของฉัน"], "priority": ["3"]})


def test_difference_page_shows_both_and_loses_nothing(client, story, draft):
    answer = conflict(client, story, draft)
    url = reverse("budgets:differences", args=[draft.pk, "summary"])

    assert (answer.status_code, answer.url) == (302, url)
    page = client.get(url)
    assert [(one.unit, one.mine, one.theirs) for one in page.context["differences"]] == [
        ("title_th", "ของฉัน", "ของเขา")
    ]
    assert "มานะ อีกคน" in page.content.decode()
    assert refreshed(draft).title_th == "ของเขา"


@pytest.mark.parametrize(("side", "title"), [("mine", "ของฉัน"), ("theirs", "ของเขา")])
def test_choosing_a_side_keeps_the_rest_too(client, story, draft, side, title):
    conflict(client, story, draft)
    url = reverse("budgets:differences", args=[draft.pk, "summary"])
    shown = client.get(url).context["differences"][0]

    client.post(url, {"choose-title_th": side, "base-title_th": shown.base})

    assert (refreshed(draft).title_th, refreshed(draft).priority) == (title, 3)
    assert client.get(url).status_code == 302


def test_stale_version_without_more_is_a_conflict(client, story, draft):
    client.force_login(story.office.officer)
    autosave(client, draft, "rationale", {"rationale": "แรก", "version": "0"})

    answer = autosave(client, draft, "rationale", {"rationale": "ทับ", "version": "0"})

    assert answer.status_code == 409
    assert answer.json() == {"url": reverse("budgets:differences", args=[draft.pk, "rationale"]), "code": "lost_race"}
    assert refreshed(draft).rationale == "แรก"


# Items and attachments


def test_items_are_added_written_and_summed(officer, draft):
    officer.post(at(draft, "items"), {"action": "add-items"})
    item = draft.items.get()
    prefix = f"items-{item.pk}"

    officer.post(
        at(draft, "items"),
        {f"{prefix}-description": "กล้อง", f"{prefix}-quantity": "๓", f"{prefix}-unit_price_baht": "1,000.50"},
    )

    assert refreshed(draft).total_cost_baht == Decimal("3001.50")


def test_items_are_pasted_with_what_does_not_fit_as_typed(officer, draft):
    officer.post(at(draft, "items"), {"action": "paste", "pasted": "กล้อง\t๒\tตัว\t12,000\nเสา\tสองต้น\tต้น\t5000\n\n"})

    first, second = draft.items.all()
    assert (first.quantity, first.unit_price_baht, second.quantity) == (2, Decimal("12000.00"), None)
    assert SectionDraft.objects.get(proposal=draft, section="items").typed == {f"items-{second.pk}-quantity": ["สองต้น"]}


def test_foreign_item_is_not_touched(officer, story, draft):
    theirs = Story(round=story.round, agencies=story.agencies).proposal.items.get()

    officer.post(at(draft, "items"), {f"items-{theirs.pk}-description": "ยึด"})
    removed = officer.post(at(draft, "items"), {"action": f"remove-items-{theirs.pk}"})

    theirs.refresh_from_db()
    assert (theirs.description, removed.status_code) == ("สถานีวัดระดับน้ำ", 404)


def test_evidence_and_quotations_of_an_item(officer, story):
    item = story.proposal.items.get()
    page = reverse("budgets:item", args=[story.proposal.pk, item.pk])
    officer.post(page, {f"evidence-{item.pk}-price_basis": "off_list"})

    wrong = officer.post(
        page, {"action": "quote", "quotation-seller_kind": "company", "quotation-seller_name": "บริษัท ก จำกัด"}
    )
    right = officer.post(
        page,
        {
            "action": "quote",
            "quotation-seller_kind": "company",
            "quotation-seller_name": "บริษัท ก จำกัด",
            "quotation-juristic_number": "๐๑๐๕๕๔๘๑๑๕๘๙๗",
            "quotation-amount_baht": "240,000",
            "quotation-quoted_on_day": "1",
            "quotation-quoted_on_month": "10",
            "quotation-quoted_on_year": "2569",
            "quotation-upload": SimpleUploadedFile("ใบเสนอราคา.pdf", b"%PDF-1.4\n1 0 obj"),
        },
    )

    assert (wrong.status_code, right.status_code) == (400, 302)
    quotation = Quotation.objects.get(item=item)
    assert (quotation.juristic_number, quotation.quoted_on) == ("0105548115897", date(2026, 10, 1))
    download = officer.get(reverse("budgets:quotation-file", args=[story.proposal.pk, quotation.pk]))
    assert b"".join(download.streaming_content) == b"%PDF-1.4\n1 0 obj"
    assert ProposalItem.objects.get(pk=item.pk).price_basis == "off_list"


def test_attachments_are_added_replaced_and_taken_out(officer, story):
    DocumentRequirement.objects.create(round=story.round, kind="plan_copy", name_th="สำเนาแผน")
    url, pdf = at(story.proposal, "attachments"), b"%PDF-1.4\n"

    officer.post(
        url,
        {
            "action": "add-plan_copy",
            "kind-plan_copy-files": [SimpleUploadedFile("1.pdf", pdf), SimpleUploadedFile("2.pdf", pdf)],
        },
    )
    officer.post(url, {"action": "replace-plan_copy", "kind-plan_copy-files": [SimpleUploadedFile("3.pdf", pdf)]})

    present = story.proposal.attachments.filter(removed_at=None)
    assert [one.file.name for one in present] == ["3.pdf"]
    assert story.proposal.attachments.count() == 3
    officer.post(url, {"action": f"remove-{present.get().pk}"})
    assert (present.all().count(), story.proposal.attachments.count()) == (0, 3)


def test_attachments_stand_beside_each_other_over_the_api_too_until_one_replaces_them(story):
    program, path = Program(story.office.officer), f"proposals/{story.proposal.pk}/attachments/"

    def upload(name, **more):
        answer = program.upload(path, kind="map", file=SimpleUploadedFile(name, b"%PDF-1.4\n"), **more)
        assert answer.status_code == 201, answer.data
        return sorted(one["file"]["name"] for one in program.get(path).data["results"])

    assert upload("a.pdf") == ["a.pdf"]
    assert upload("b.pdf") == ["a.pdf", "b.pdf"]
    assert upload("c.pdf", replace="true") == ["c.pdf"]
    assert story.proposal.attachments.count() == 3


def test_a_bad_file_is_named_and_none_is_kept(officer, story):
    url = at(story.proposal, "attachments")

    answer = officer.post(
        url,
        {
            "action": "add-other",
            "kind-other-files": [
                SimpleUploadedFile("good.pdf", b"%PDF-1.4\n"),
                SimpleUploadedFile("bad.pdf", b"MZ not a pdf"),
            ],
        },
    )

    assert answer.status_code == 400
    assert "bad.pdf" in answer.content.decode()
    assert story.proposal.attachments.count() == 0


# Task list, check, list, order


def test_task_list_tells_status_last_editor_and_deadline(officer, story, draft):
    autosave(officer, draft, "rationale", {"rationale": "น้ำท่วม"})

    page = officer.get(draft.get_absolute_url())

    assert page.templates[0].name == "budgets/proposal_tasks.html"
    states = {row["status"].section: row["status"].status for row in page.context["rows"]}
    assert states["rationale"] == "done"
    assert states["summary"] == states["items"] == "not_started"
    assert states["risks"] == "optional"
    assert (page.context["done"], page.context["count"]) == (1, 9)
    assert page.context["turn"].until == story.round.closes_at
    assert str(story.office.officer) in page.content.decode()


def test_check_leads_to_the_field(officer, draft):
    page = officer.get(reverse("budgets:proposal-check", args=[draft.pk]))

    links = {lack.code: url for group in page.context["groups"] for lack, url in group["lacks"]}
    assert links["theme_missing"] == f"{at(draft, 'summary')}#id_theme_0"
    assert links["title_th_missing"] == f"{at(draft, 'summary')}#id_title_th"
    assert links["items_missing"] == at(draft, "items")
    content = officer.get(at(draft, "summary")).content.decode()
    assert 'id="id_theme_0"' in content and 'id="id_title_th"' in content


def test_complete_draft_lacks_nothing(officer, story):
    page = officer.get(reverse("budgets:proposal-check", args=[story.proposal.pk]))

    assert page.context["lacks"] == 0
    assert [offer.allowed for offer in page.context["offers"]] == [True]


def test_returned_case_opens_only_what_was_returned(client, story):
    story.to("in_screening")
    story.take(
        "return",
        story.office.province,
        sections=[{"section": "items", "reason": "ขอหลักฐานราคา"}],
        due_on=date.today() + timedelta(days=9),
    )
    client.force_login(story.office.officer)

    page = client.get(story.proposal.get_absolute_url())
    open_rows = {row["status"].section: row["reason"] for row in page.context["rows"] if row["is_open"]}
    closed = client.post(at(story.proposal, "rationale"), {"rationale": "แอบแก้"})
    by_itself = autosave(client, story.proposal, "rationale", {"rationale": "แอบแก้"})

    assert open_rows == {"items": "ขอหลักฐานราคา", "funding": ""}
    assert (closed.status_code, closed.url) == (302, story.proposal.get_absolute_url())
    assert (by_itself.status_code, by_itself.json()["code"]) == (409, "section_closed")
    assert refreshed(story.proposal).rationale != "แอบแก้"
    assert client.get(at(story.proposal, "items")).status_code == 200


def test_list_shows_own_office_and_no_others(client, story):
    Story(round=story.round, agencies=story.agencies)
    client.force_login(story.office.officer)

    page = client.get(reverse("budgets:proposal-list"))

    assert [row.pk for row in page.context["rows"]] == [story.proposal.pk]
    assert [one.pk for one in page.context["start_rounds"]] == [story.round.pk]


def test_files_of_the_list_equal_the_filtered_list(client, story):
    fill(
        start(round=story.round, local_government=story.office.place, by=story.office.officer), by=story.office.officer
    )
    story.to("submitted")
    client.force_login(story.office.officer)

    answer = client.get(reverse("budgets:proposal-list"), {"state": "submitted", "format": "csv"})

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(story.proposal.number)


def queries_of(client, url, django_assert_max_num_queries):
    client.get(url)
    with django_assert_max_num_queries(60) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_list_asks_no_more_with_three_than_with_one(client, story, django_assert_max_num_queries):
    client.force_login(story.office.officer)
    url = reverse("budgets:proposal-list")
    one = queries_of(client, url, django_assert_max_num_queries)
    for _ in range(2):
        start(round=story.round, local_government=story.office.place, by=story.office.officer)

    assert queries_of(client, url, django_assert_max_num_queries) == one


@pytest.mark.parametrize("name", ["proposal", "items"])
def test_pages_ask_no_more_with_three_items_than_with_one(officer, story, name, django_assert_max_num_queries):
    url = at(story.proposal, "items") if name == "items" else story.proposal.get_absolute_url()
    one = queries_of(officer, url, django_assert_max_num_queries)
    for _ in range(2):
        officer.post(at(story.proposal, "items"), {"action": "add-items"})

    assert queries_of(officer, url, django_assert_max_num_queries) == one


def test_start_makes_a_draft_in_the_open_round(officer, story):
    answer = officer.post(
        reverse("budgets:proposal-start"),
        {"round": story.round.pk, "local_government": story.office.place.pk},
    )

    made = Proposal.objects.latest("pk")
    assert answer.url == made.get_absolute_url()
    assert (made.round, made.created_by, made.state) == (story.round, story.office.officer, "draft")


def test_start_is_for_officers_of_the_office(client, story):
    client.force_login(story.office.executive)

    assert client.post(reverse("budgets:proposal-start"), {}).status_code == 403


def test_order_moves_one_and_numbers_follow(officer, story):
    second = start(round=story.round, local_government=story.office.place, by=story.office.officer)
    url = reverse("budgets:proposal-order", args=[story.round.pk, story.office.place.pk])

    officer.post(url, {"proposal": second.pk, "move": "up"})

    assert [(row.pk, row.priority) for row, _movable, _label in officer.get(url).context["rows"]] == [
        (second.pk, 1),
        (story.proposal.pk, 2),
    ]


def test_order_of_another_office_is_not_there(client, story):
    client.force_login(Office().officer)

    url = reverse("budgets:proposal-order", args=[story.round.pk, story.office.place.pk])
    assert client.get(url).status_code == 404


# Doors


PAGES = [
    ("budgets:proposal", []),
    ("budgets:proposal-check", []),
    ("budgets:section", ["summary"]),
    ("budgets:differences", ["summary"]),
    ("budgets:proposal-step", ["request_endorsement"]),
    ("budgets:proposal-step", ["submit"]),
    ("budgets:proposal-pdf", []),
]


@pytest.mark.parametrize(("name", "more"), PAGES)
def test_strangers_find_nothing(client, story, name, more):
    client.force_login(Office().officer)

    assert client.get(reverse(name, args=[story.proposal.pk, *more])).status_code == 404


@pytest.mark.parametrize(("name", "more"), PAGES)
def test_who_is_not_signed_in_is_asked_to(client, story, name, more):
    url = reverse(name, args=[story.proposal.pk, *more])

    assert client.get(url).url == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize("section", ["summary", "items", "attachments"])
def test_readers_of_the_office_do_not_write(client, story, section):
    client.force_login(story.office.clerk)

    assert client.get(at(story.proposal, section)).status_code == 403
    assert client.post(at(story.proposal, section), {"title_th": "ปลัดแก้"}).status_code == 403
    assert client.get(story.proposal.get_absolute_url()).templates[0].name == "budgets/proposal_read.html"


@pytest.mark.parametrize(("who", "name"), [("officer", "verify"), ("officer", "submit"), ("executive", "verify")])
def test_step_of_another_role_is_forbidden(client, story, who, name):
    story.to("pending_endorsement")
    client.force_login(getattr(story.office, who))

    assert client.get(reverse("budgets:proposal-step", args=[story.proposal.pk, name])).status_code == 403


def test_no_such_section_or_step(officer, story):
    assert officer.get(at(story.proposal, "secrets")).status_code == 404
    assert officer.get(reverse("budgets:proposal-step", args=[story.proposal.pk, "fly"])).status_code == 404


def test_signing_before_verification_says_not_now(client, story):
    story.to("pending_endorsement")
    client.force_login(story.office.executive)
    url = reverse("budgets:proposal-step", args=[story.proposal.pk, "submit"])

    page = client.get(url)
    posted = client.post(url, {"version": story.proposal.version}, follow=True)

    assert page.context["refusal"].code == "not_verified"
    assert [str(one) for one in posted.context["messages"]] == [page.context["refusal"].message]
    assert refreshed(story.proposal).state == "pending_endorsement"


def test_timeline_and_state_hide_the_outcome_from_the_office(client):
    story = Story(agencies=Agencies()).to("recommended")
    client.force_login(story.office.executive)

    page = client.get(story.proposal.get_absolute_url())
    listed = client.get(reverse("budgets:proposal-list"))

    assert page.context["proposal"].state == "in_review"
    verbs = {event.verb for event in page.context["events"]}
    assert {"proposal.submit", "proposal.pass_screening"} <= verbs
    assert not verbs & {"proposal.recommend", "proposal.conclude_review"}
    assert page.context["proposal"].recommended_baht is None
    assert [row.shown_state for row in listed.context["rows"]] == ["in_review"]


def test_base_is_small_json(officer, story):
    base = json.loads(officer.get(at(story.proposal, "summary")).context["base"])

    assert set(base) == set(FORMS["summary"].base_fields)
