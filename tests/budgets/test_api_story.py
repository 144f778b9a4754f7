"""One proposal over REST alone: from a round being planned to an accepted report and the end of the project."""

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from budgets.models import Proposal, RoundTotal
from budgets.reference import load_reference_data
from portal import clock
from tests.budgets.client import Program, code
from tests.factories.budgets import Agencies, Office
from tests.factories.places import province as province_of

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture():
    content = BytesIO()
    Image.new("RGB", (2, 2)).save(content, "PNG")
    return SimpleUploadedFile("งาน.png", content.getvalue())


def ok(answer, status=200):
    assert answer.status_code == status, answer.data
    return answer.data


@pytest.mark.long
def test_one_round_over_rest(client):
    load_reference_data()
    office, agencies = Office(), Agencies()
    officer, clerk, executive = Program(office.officer), Program(office.clerk), Program(office.executive)
    province, manager, dla = Program(office.province), Program(agencies.manager), Program(agencies.dla)
    secretary, chair = Program(agencies.secretary), Program(agencies.chair)
    reviewers = [Program(person) for person in agencies.reviewers[:2]]
    public = Program()

    # A round is planned and opened
    closes = clock.now() + timedelta(days=30)
    new = ok(
        manager.post(
            "rounds/",
            {
                "fiscal_year": 2571,
                "name_th": "รอบปกติ 2571",
                "name_en": "Regular round 2571",
                "closes_at": closes.isoformat(),
                "ceiling_baht": "100000000.00",
                "kinds": ["town_municipality"],
                "channels": ["integrated_plan"],
                "plan_window": "2571-2575",
                "documents": [{"kind": "plan_page", "name_th": "หน้าแผน", "when": "always"}],
            },
        ),
        201,
    )
    at = f"rounds/{new['id']}/"
    assert new["state"] == "planning" and [d["kind"] for d in new["documents"]] == ["plan_page"]
    assert public.get(at).status_code == 404
    theme = ok(
        manager.post(
            f"{at}themes/",
            {"name_th": "เมืองปลอดภัย", "dimensions": ["living"], "min_baht": "1000.00", "max_baht": "50000000.00"},
        ),
        201,
    )
    seen = manager.get(f"{at}rubric/")
    criteria = [{"name_th": f"เกณฑ์ {n}", "max_score": 50, "anchors": [{"score": 0, "text_th": "ไม่มี"}]} for n in (1, 2)]
    rubric = ok(manager.put(f"{at}rubric/", {"criteria": criteria, "pass_mark": "60"}, match=seen["ETag"]))
    assert (rubric["pass_mark"], rubric["spread_limit"], len(rubric["criteria"])) == ("60.00", "15.00", 2)
    assert ok(manager.step(at, "open"))["state"] == "open"
    assert ok(public.get(at))["name_en"] == "Regular round 2571"
    assert [t["id"] for t in ok(public.get(f"{at}themes/"))["results"]] == [theme["id"]]

    # A draft is written, section by section
    heads = {row["code"]: row["id"] for row in ok(public.get("expense-categories/"))["results"]}
    category = heads["investment.equipment"]
    assert category in new["categories"]
    draft = officer.post("proposals/", {"round": new["id"], "local_government": str(office.place.pk)})
    assert draft.status_code == 201 and draft["Location"].endswith(f"/api/v1/proposals/{draft.data['id']}/")
    case = f"proposals/{draft.data['id']}/"
    assert ok(officer.get(f"{case}check/"))["complete"] is False
    assert (province.get(case).status_code, public.get(case).status_code) == (404, 401)
    written = officer.patch(
        case,
        {
            "theme": theme["id"],
            "title_th": "ระบบแจ้งเตือนน้ำท่วม",
            "primary_dimension": "living",
            "dimensions": ["living", "environment"],
            "beneficiaries_count": 12000,
            "priority": 1,
            "rationale": "น้ำท่วมซ้ำทุกปี",
            "objectives": ["ลดเวลาแจ้งเตือน"],
            "targets": [{"description": "สถานีวัดระดับน้ำ", "quantity": "4", "unit": "สถานี"}],
            "dev_plan": {
                "window": "2571-2575",
                "edition": "first",
                "page": "12",
                "item_no": "3",
                "expected_on": "2027-09-01",
            },
            "om_cost_yearly_baht": "50000.00",
            "om_source": "เทศบัญญัติ",
            "personal_data": {"processed": False},
            "risks": ["น้ำท่วมสถานี: ยกฐานสูง"],
        },
        match=draft["ETag"],
    )
    assert ok(written)["dev_plan"]["page"] == "12"
    assert written["ETag"] != draft["ETag"]
    item = ok(
        officer.post(
            f"{case}items/",
            {
                "category": category,
                "description": "สถานีวัดระดับน้ำ",
                "quantity": 4,
                "unit": "สถานี",
                "unit_price_baht": "250000.00",
                "price_basis": "off_list",
                "fiscal_year": 2571,
                "quarter": 2,
            },
        ),
        201,
    )
    assert item["total_baht"] == "1000000.00"
    for number in range(3):
        quotation = officer.upload(
            f"{case}items/{item['id']}/quotations/",
            seller_kind="company",
            seller_name=f"บริษัท {number}",
            juristic_number=f"010755100000{number}",
            amount_baht="250000.00",
            quoted_on="2026-10-01",
            file=SimpleUploadedFile("ใบเสนอราคา.pdf", PDF),
        )
        assert ok(quotation, 201)["file"]["name"] == "ใบเสนอราคา.pdf"
    ok(
        officer.post(
            f"{case}funding/", {"channel": "integrated_plan", "fiscal_year": 2571, "amount_baht": "1000000.00"}
        ),
        201,
    )
    kpi = ok(
        officer.post(
            f"{case}kpis/",
            {
                "name_th": "เวลาแจ้งเตือน",
                "unit": "นาที",
                "baseline": "60",
                "baseline_on": "2026-06-01",
                "target": "15",
                "direction": "down",
            },
        ),
        201,
    )
    assert [lack["code"] for lack in ok(officer.get(f"{case}check/"))["missing"]] == ["document_missing"]
    attached = ok(officer.upload(f"{case}attachments/", kind="plan_page", file=SimpleUploadedFile("แผน.pdf", PDF)), 201)
    assert ok(officer.get(f"{case}check/")) == {"complete": True, "missing": [], "trained_people": [], "findings": []}
    download = officer.client.get(attached["file"]["url"])
    assert b"".join(download.streaming_content) == PDF

    # It is verified, signed and received
    ok(officer.step(case, "request_endorsement"))
    ok(clerk.step(case, "verify"))
    signed = ok(executive.step(case, "submit", {"letter_no": "ทม 1/2570"}))
    assert (signed["state"], signed["number"]) == ("submitted", f"P2571-{office.place.province.code}-00001")
    assert signed["receipt"]["sha256"] and signed["requested_baht"] == "1000000.00"
    [version] = ok(officer.get(f"{case}versions/"))["results"]
    assert version["sha256"] == signed["receipt"]["sha256"]
    file = client.get(version["canonical_url"])
    if file.content:
        assert hashlib.sha256(file.content).hexdigest() == version["sha256"]

    # Screened, returned, revised, passed
    ok(province.step(case, "start_screening"))
    due = (clock.today() + timedelta(days=14)).isoformat()
    returned = ok(
        province.step(case, "return", {"sections": [{"section": "rationale", "reason": "ขาดสถิติ"}], "due_on": due})
    )
    assert (returned["state"], returned["open_sections"]) == ("returned", ["rationale"])
    mine = officer.get(case)
    refused = officer.patch(case, {"title_th": "อื่น", "rationale": "x"}, match=mine["ETag"])
    assert code(refused) == (409, "section_closed")
    ok(officer.patch(case, {"rationale": "น้ำท่วมซ้ำทุกปี 3,200 ครัวเรือน"}, match=mine["ETag"]))
    ok(officer.step(case, "request_endorsement"))
    ok(clerk.step(case, "verify"))
    ok(executive.step(case, "submit"))
    ok(province.step(case, "start_screening"))
    assert ok(province.step(case, "pass_screening", {"note": "ครบถ้วน"}))["state"] == "in_review"
    assert [v["version"] for v in ok(officer.get(f"{case}versions/"))["results"]] == sorted(
        v.version for v in Proposal.objects.get().versions.all()
    )

    # Reviewed by two, who confirm where they are at home first
    elsewhere = province_of(code="09", name_th="จังหวัดของผู้ตรวจ")
    for program in reviewers:
        ok(program.post(f"{at}profiles/", {"home_province": elsewhere.code, "employers": []}), 201)
    load = ok(secretary.get(f"{at}reviewers/"))["results"]
    assert {row["reviewer"] for row in load} == {person.username for person in agencies.reviewers}
    for person in agencies.reviewers[:2]:
        ok(secretary.post(f"{case}assignments/", {"reviewer": person.username}), 201)
    for program in reviewers:
        scores = [{"criterion": c["id"], "score": "40"} for c in rubric["criteria"]]
        review = program.post(f"{case}reviews/", {"scores": scores[:1], "note": "ดี"})
        assert ok(review, 201)["state"] == "draft"
        path = f"{case}reviews/{review.data['id']}/"
        finished = program.patch(path, {"scores": scores[1:]}, match=review["ETag"])
        assert ok(finished)["total"] == "80.00"
        assert ok(program.step(path, "send", match=finished["ETag"]))["state"] == "sent"
    concluded = ok(secretary.step(case, "conclude_review"))
    assert (concluded["state"], concluded["mean_score"], concluded["rank"]) == ("scored", "80.00", 1)
    assert ok(officer.get(case))["state"] == "in_review"

    # Decided, announced, requested, enacted, allocated
    with clock.at(closes):
        ok(manager.step(at, "close"))
    ok(manager.step(at, "deliberate"))
    resolution = {"resolution_no": "1/2570", "resolution_on": clock.today().isoformat()}
    ok(secretary.step(case, "recommend", {"amount_baht": "900000.00", **resolution}))
    [ranked] = ok(chair.get(f"{at}ranking/"))["results"]
    assert (ranked["rank"], ranked["mean_score"], ranked["recommended_baht"]) == (1, "80.00", "900000.00")
    ok(manager.step(at, "announce"))
    told = ok(officer.get(case))
    assert (told["state"], told["recommended_baht"], told["mean_score"]) == ("recommended", "900000.00", "80.00")
    heard = ok(officer.get(f"{case}reviews/"))["results"]
    assert [(row["reviewer"], row["total"], len(row["scores"])) for row in heard] == [(None, "80.00", 2)] * 2
    ok(dla.step(case, "include_in_request"))
    ok(dla.step(at, "send_request", {"request_reference": "มท 0810"}))
    ok(manager.step(at, "enact", {"act_reference": "พ.ร.บ. 2571", "enacted_baht": "5000000.00"}))
    proposed = ok(secretary.step(case, "propose_allocation", {"amount_baht": "850000.00", "reference": "ว 12"}))
    assert proposed["proposed"]["amount_baht"] == "850000.00"
    assert secretary.step(case, "allocate", {"amount_baht": "850000.00"}).status_code == 403
    assert ok(chair.step(case, "allocate", {"amount_baht": "850000.00"}))["allocated_baht"] == "850000.00"

    # Carried out and reported
    assert ok(executive.step(case, "confirm_plan", {"note": "ตามแผน"}))["state"] == "executing"
    contract = ok(
        officer.post(
            f"{case}commitments/",
            {
                "amount_baht": "800000.00",
                "on": "2028-01-10",
                "contractor": "บริษัท 1",
                "contract_no": "1/2571",
                "items": [item["id"]],
            },
        ),
        201,
    )
    paid = ok(
        officer.post(
            f"{case}disbursements/", {"amount_baht": "500000.00", "on": "2028-02-10", "commitment": contract["id"]}
        ),
        201,
    )
    taken_back = ok(officer.post(f"{case}disbursements/{paid['id']}/reverse/", {"reason": "จ่ายผิดงวด"}), 201)
    assert (taken_back["amount_baht"], taken_back["reverses"]) == ("-500000.00", paid["id"])
    ok(officer.post(f"{case}disbursements/", {"amount_baht": "800000.00", "on": "2028-02-20"}), 201)
    report = officer.post(
        f"{case}reports/",
        {"fiscal_year": 2571, "quarter": 1, "physical_pct": "100", "kpi_actuals": [{"kpi": kpi["id"], "value": "14"}]},
    )
    assert ok(report, 201)["due_on"] == "2028-01-15"
    path = f"{case}reports/{report.data['id']}/"
    ok(officer.upload(f"{path}photos/", caption="หน้างาน", file=picture()), 201)
    assert officer.patch(path, {"problem": "ไม่มี"}, match=report["ETag"]).status_code == 412
    ok(officer.patch(path, {"problem": "ไม่มี"}, match=officer.get(path)["ETag"]))
    assert ok(officer.get(f"{path}check/"))["complete"] is True
    ok(executive.step(path, "submit"))
    assert ok(province.step(path, "accept"))["state"] == "accepted"
    done = ok(province.step(case, "complete", {"returned_baht": "50000.00", "reference": "กค 5"}))
    assert (done["state"], done["returned_baht"]) == ("completed", "50000.00")

    # Seen by everybody
    summary = ok(public.get(f"{at}summary/"))
    six = ("requested", "recommended", "allocated", "committed", "disbursed", "returned")
    assert [summary[f"{name}_baht"] for name in six] == [
        "1000000.00", "900000.00", "850000.00", "800000.00", "800000.00", "50000.00",
    ]  # fmt: skip
    assert [(row["state"], row["proposals"]) for row in summary["by_state"]] == [("completed", 1)]
    assert [row["theme"] for row in summary["by_theme"]] == [theme["id"]]
    assert RoundTotal.objects.exclude(proposals=0).count() == 1
