"""What changed between two submitted versions."""

import json
from types import SimpleNamespace

import pytest

from budgets.lifecycle import PROPOSAL
from budgets.writing.comparison import compare
from budgets.writing.drafting import editing
from portal.clock import today
from tests.factories.budgets import Story

ITEM = {
    "category": "investment.equipment", "description": "กล้อง", "quantity": 4, "unit": "ตัว",
    "unit_price_baht": "1000.00", "total_baht": "4000.00", "price_basis": "bb_standard", "price_reference": "หน้า 3",
    "fiscal_year": 2571, "quarter": 1, "few_quotations_reason": "", "quotations": [],
}  # fmt: skip


def version(**changes):
    """A submitted version that says what is usual, with `changes`."""
    content = {
        "theme": {"code": "safe", "edition": 1, "name_th": "เมืองปลอดภัย"},
        "title_th": "ระบบกล้อง", "title_en": "", "primary_dimension": "living", "dimensions": ["living"],
        "beneficiaries_count": 1200, "subdistricts": ["500101"], "priority": 1, "rationale": "เหตุผล",
        "objectives": ["ลดเหตุ"], "targets": [{"description": "กล้อง", "quantity": "4", "unit": "ตัว"}],
        "dev_plan": {"window": "2571-2575", "edition": "first", "page": "12", "item_no": "3",
                     "approved_on": None, "expected_on": "2027-09-01"},
        "items": [ITEM],
        "funding": [{"channel": "integrated_plan", "fiscal_year": 2571, "amount_baht": "4000.00"}],
        "kpis": [{"name_th": "เหตุ", "unit": "ครั้ง", "baseline": "60.0000", "baseline_on": "2026-06-01",
                  "target": "15.5", "direction": "down"}],
        "om_cost_yearly_baht": "500.00", "om_source": "เทศบัญญัติ",
        "personal_data": {"processed": False, "note": ""}, "risks": [],
        "total_cost_baht": "4000.00", "requested_baht": "4000.00",
        "attachments": [{"kind": "tor", "name": "tor.pdf", "size": 2048, "sha256": "a" * 64}],
        **changes,
    }  # fmt: skip
    return SimpleNamespace(canonical=json.dumps(content).encode())


def part(parts, section):
    return next(one for one in parts if one.section == section)


def test_equal_versions_have_no_change():
    parts = compare(version(), version())

    assert len(parts) == 11
    assert [one for one in parts if one.changed] == []


def test_changed_field_shows_both_sides_in_words():
    parts = compare(version(), version(primary_dimension="mobility", beneficiaries_count=None))

    changed = [(f.label, f.before, f.after) for f in part(parts, "summary").fields if f.changed]
    assert len(changed) == 2
    assert changed[1][1:] == ("1,200", "")
    assert part(parts, "rationale").changed is False


def test_date_and_numbers_read_as_people_write_them():
    parts = compare(version(), version())

    assert part(parts, "plan").fields[5].after == "1 กันยายน 2570".replace(" ", "\u00a0")
    cells = part(parts, "kpis").rows[0].cells
    assert (cells[2].after, cells[4].after) == ("60", "15.5")


def test_items_are_matched_by_description_and_changed_cells_marked():
    more = {**ITEM, "description": "เสา", "quantity": 2}
    dearer = {**ITEM, "unit_price_baht": "1500.00", "total_baht": "6000.00"}

    rows = part(compare(version(), version(items=[more, dearer])), "items").rows

    assert [row.kind for row in rows] == ["added", "changed"]
    assert [(c.before, c.after) for c in rows[1].cells if c.changed] == [
        ("1,000.00", "1,500.00"),
        ("4,000.00", "6,000.00"),
    ]


def test_removed_row_comes_last_and_the_rest_stays_the_same():
    first, second = ITEM, {**ITEM, "description": "เสา"}

    rows = part(compare(version(items=[first, second]), version(items=[second])), "items").rows

    assert [(row.kind, row.cells[0].before or row.cells[0].after) for row in rows] == [
        ("same", "เสา"),
        ("removed", "กล้อง"),
    ]


def test_renamed_row_is_matched_by_its_place():
    rows = part(compare(version(), version(items=[{**ITEM, "description": "กล้องวงจรปิด"}])), "items").rows

    assert [row.kind for row in rows] == ["changed"]


def test_replaced_attachment_is_one_changed_row():
    new = [{"kind": "tor", "name": "tor-2.pdf", "size": 4096, "sha256": "b" * 64}]

    rows = part(compare(version(), version(attachments=new), names={"tor": "ขอบเขตของงาน"}), "attachments").rows

    assert [row.kind for row in rows] == ["changed"]
    assert rows[0].cells[0].after == "ขอบเขตของงาน"


def test_requested_sections_and_those_tied_to_them_are_marked():
    asked = [{"section": "items", "reason": "แยกรายการ"}]

    parts = compare(version(), version(rationale="ใหม่"), requested=asked)

    assert [one.section for one in parts if one.requested] == ["items", "funding"]
    assert (part(parts, "items").reason, part(parts, "items").changed) == ("แยกรายการ", False)
    assert (part(parts, "rationale").changed, part(parts, "rationale").requested) == (True, False)


@pytest.mark.django_db
def test_real_submissions_compare():
    story = Story().to("in_screening")
    asked = [{"section": "rationale", "reason": "เพิ่มข้อมูลปีล่าสุด"}]
    story.take("return", story.office.province, sections=asked, due_on=today())
    with editing(story.proposal, "rationale", by=story.office.officer) as draft:
        draft.rationale = "น้ำท่วมซ้ำ มีผู้เดือดร้อน 4,100 ครัวเรือนในปีล่าสุด"
    story.proposal = PROPOSAL.take(story.proposal, "request_endorsement", by=story.office.officer)
    story._verified()
    story._submitted()

    parts = compare(*story.proposal.versions.order_by("version"), requested=asked)

    assert [(one.section, one.requested) for one in parts if one.changed] == [("rationale", True)]
