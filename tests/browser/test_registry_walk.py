"""A product from its application to the account, and out of it again, by everybody whose turn it is."""

import re
from datetime import timedelta

from tests.browser.looks import look
from tests.browser.people import now

PRODUCT = "ระบบเตือนไฟป่าชุมชน"
PASSED = '[value="passed"]'


def test_a_product_is_applied_for_decided_listed_and_suspended(person, page, tmp_path):
    case = is_applied_for(person("provider_representative"), tmp_path)
    is_checked(person("registrar"), case, tmp_path)
    is_assessed(person("assessor"), case)
    listing = is_decided(person("registry_approver"), case)
    number = listing["certificate_no"]
    is_found_by_the_public(page, number, tmp_path)
    is_suspended(person("registry_approver"), listing["id"], tmp_path)

    answer = page.goto(f"/providers/verify/{number}/")
    assert answer.ok
    assert "ระงับ" in page.locator("main .banner").first.inner_text()
    look(page, "registry-verify-suspended", tmp_path)
    assert page.request.get(f"/api/v1/listings/{number}/verify/").json()["status"] == "suspended"
    assert page.request.get(f"/providers/certificates/{number}.pdf").status == 409


def is_applied_for(company, folder):
    company.go("/providers/mine/").press("ยื่นคำขอสำหรับสินค้าใหม่")
    case = company.path
    for section in ("certifications", "documents"):
        company.go(f"{case}edit/{section}/").press("คัดลอกส่วนนี้").press("ตรวจดูแล้ว ยังใช้ได้")
    company.go(f"{case}edit/attestations/")
    for statement in company.page.locator("main [type=checkbox]").all():
        statement.check()
    company.press("บันทึกและไปต่อ")
    company.go(f"{case}edit/products/").press("เพิ่มสินค้า")
    company.fill({
        "name_th": PRODUCT, "kind": "saas", "categories": ["disaster"], "dimensions": ["environment"],
        "hosting": "thailand", "pdpa_role": "none", "seller_role": "owner",
        "warranty": "ดูแลหนึ่งปี", "description_th": "เตือนไฟป่าจากจุดความร้อนถึงผู้ใหญ่บ้าน",
    })  # fmt: skip
    company.page.locator("main [name=is_nationwide]").check()
    look(company.page, "registry-product", folder)
    company.press("บันทึกและไปต่อ")
    company.go(f"{case}edit/prices/").press("เพิ่มราคา")
    company.fill({"*-label_th": "สิทธิใช้งานรายปี", "*-unit": "ปี", "*-price_baht": "๑๒๐,๐๐๐"}).press("บันทึกและไปต่อ")
    look(company.go(case).page, "registry-tasks", folder)
    company.go(f"{case}check/").follow("ยื่นคำขอ").press("ยื่นคำขอ")
    assert re.search(r"DA25\d\d-\d{5}", company.go(case).text)
    return int(case.strip("/").rpartition("/")[2])


def is_checked(registrar, case, folder):
    registrar.go(f"/providers/applications/{case}/steps/start_check/").press("เริ่มตรวจเอกสาร")
    pass_all(registrar, case)
    look(registrar.page, "registry-desk", folder)
    registrar.press("บันทึกรายการตรวจ")


def is_assessed(assessor, case):
    assessor.go(f"/providers/applications/{case}/steps/start_assessment/").press("เริ่มประเมิน")
    pass_all(assessor, case)
    assessor.fill({"advice": "approve"}).press("ประเมินเสร็จสิ้น")


def pass_all(person, case):
    person.go(f"/providers/desk/applications/{case}/")
    for choice in person.page.locator(f"main {PASSED}").all():
        choice.check()


def is_decided(approver, case):
    approver.go(f"/providers/applications/{case}/steps/approve/").press("อนุมัติขึ้นบัญชี")
    [product] = approver.page.request.get(f"/api/v1/products/?q={PRODUCT}").json()["results"]
    return product["listing"]


def is_found_by_the_public(page, number, folder):
    assert page.goto("/providers/products/?q=เตือนไฟปา&price=to_500k&status=active").ok
    page.locator("main").get_by_role("link", name=PRODUCT, exact=True).click()
    page.wait_for_url("**/providers/products/*/")
    assert "120,000.00" in page.locator("main").inner_text()
    look(page, "registry-listed", folder)
    sent = page.request.get(f"/providers/certificates/{number}.pdf")
    assert sent.ok
    assert sent.body().startswith(b"%PDF")


def is_suspended(approver, listing, folder):
    approver.go(f"/providers/listings/{listing}/").follow("ระงับ")
    look(approver.page, "registry-suspending", folder)
    reply_by = now() + timedelta(days=15)
    approver.fill({
        "reason_class": "security", "reason": "ตรวจพบช่องโหว่ร้ายแรง", "legal_basis": "ข้อ 27/7",
        "reply_by": f"{reply_by:%d/%m}/{reply_by.year + 543}",
    })  # fmt: skip
    approver.press("ระงับ")
