"""The registry for the tests, made by the real steps wherever a step makes them."""

from datetime import timedelta
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from stdnum.th import moa

from portal import clock
from portal.models import Province, User
from portal.roles import Role
from providers.applying import drafting
from providers.deciding import assessing, companies
from providers.lifecycle import APPLICATION, LISTING, REPRESENTATIVE
from providers.models import (
    Attestation,
    Category,
    CertificationKind,
    ChecklistItem,
    Criterion,
    DocumentKind,
    Provider,
)
from providers.reference import load_reference_data
from providers.states import Outcome, Section
from tests.factories.people import person
from tests.factories.places import province
from tests.factories.remembered import remembered

NUMBERS = count(1)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def paper(name="letter.pdf"):
    """A small PDF as a browser would send it."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def juristic_number():
    """A valid juristic number that no company has: province 00, which the register of companies does not use."""
    stem = f"0005{next(NUMBERS):08d}"
    return stem + moa.calc_check_digit(stem + "0")


@remembered
class Registry:
    """The people who keep the account."""

    def __init__(self):
        if not Category.objects.exists():
            load_reference_data()
        self.registrar = person(Role.REGISTRAR)
        self.assessor = person(Role.ASSESSOR)
        self.approver = person(Role.REGISTRY_APPROVER)

    @remembered
    def lead(self, application, until="approved"):
        """Take `application` on from where it stands to `until`, each step by its own person; the application."""
        steps = [
            ("submitted", {"draft", "returned"}, lambda a: APPLICATION.take(a, "submit", by=a.started_by)),
            ("checking", {"submitted"}, lambda a: APPLICATION.take(a, "start_check", by=self.registrar)),
            ("assessing", {"checking"}, self.assess_after_check),
            ("assessed", {"assessing"}, self.advise),
            ("approved", {"assessing"}, lambda a: APPLICATION.take(a, "approve", by=self.approver)),
        ]
        for name, states, step in steps:
            if application.state in states:
                application = step(application)
            if name == until:
                break
        return application

    def assess_after_check(self, application):
        for item in ChecklistItem.objects.filter(is_active=True):
            assessing.note_check(application, item, Outcome.PASSED, by=self.registrar)
        return APPLICATION.take(application, "start_assessment", by=self.assessor)

    def advise(self, application, advice="approve"):
        for criterion in Criterion.objects.filter(is_active=True):
            assessing.judge(application, criterion, Outcome.PASSED, "ทดลองแล้ว", by=self.assessor)
        assessing.advise(application, advice, by=self.assessor)
        return type(application).objects.get(pk=application.pk)

    def suspend(self, listing, **details):
        today = clock.today()
        defaults = {
            "reason_class": "false_document",
            "reason": "เอกสารไม่ตรงกับผู้ออก",
            "legal_basis": "ข้อ 27/7",
            "reply_by": today + timedelta(days=15),
            "review_by": today + timedelta(days=45),
        }
        return LISTING.take(listing, "suspend", by=self.approver, **{**defaults, **details})

    def revoke(self, listing, **details):
        defaults = {
            "reason_class": "false_document",
            "reason": "เอกสารปลอม",
            "legal_basis": "ข้อ 27/7",
            "barred_until": clock.today() + timedelta(days=365),
        }
        return LISTING.take(listing, "revoke", by=self.approver, **{**defaults, **details})


@remembered
class Company:
    """A company with a confirmed representative, and what it says of itself."""

    def __init__(self, registry, name="บริษัท ตัวอย่าง จำกัด", *, confirmed=True):
        self.registry, self.name = registry, name
        self.number = juristic_number()
        self.speaker = person()
        self.claim = companies.claim(
            self.number, name_th=name, position="กรรมการ", phone="02-000-0000", letter=paper(), by=self.speaker
        )
        if confirmed:
            self.claim = REPRESENTATIVE.take(self.claim, "confirm", by=registry.registrar)

    @property
    def provider(self):
        return Provider.objects.get(juristic_number=self.number)

    @remembered
    def draft(self, *products):
        """A complete draft for `products` (names; one by default)."""
        application = drafting.start(self.provider, by=self.speaker)
        application = drafting.answer(application, Section.COMPANY, company_answers(self.name), by=self.speaker)
        for name in products or ("ระบบรับเรื่องร้องเรียน",):
            self.add_product(application, name)
        data = certification_answers()
        drafting.add_entry(application, Section.CERTIFICATIONS, data, by=self.speaker, upload=paper("cert.pdf"))
        statements = {one.code: True for one in Attestation.objects.all()}
        drafting.answer(application, Section.ATTESTATIONS, statements, by=self.speaker)
        for kind in DocumentKind.objects.filter(is_required=True):
            drafting.attach(application, kind, paper(f"{kind.code}.pdf"), by=self.speaker)
        return type(application).objects.get(pk=application.pk)

    def add_product(self, application, name, price="120000.00"):
        entry = drafting.add_entry(application, Section.PRODUCTS, product_answers(name), by=self.speaker)
        data = price_answers(price)
        drafting.add_entry(application, Section.PRICES, data, by=self.speaker, parent=entry)
        return entry

    @remembered
    def listed(self, *products):
        """The listings of `products`, approved today."""
        self.registry.lead(self.draft(*products))
        return list(self.provider.listings.order_by("pk"))


def company_answers(name):
    home = Province.objects.filter(code="81").first() or province(code="81", name_th="กระบี่")
    return {
        "name_th": name,
        "name_en": "Example Co., Ltd.",
        "address": "1 ถนนตัวอย่าง",
        "province": home.code,
        "founded_on": "2018-01-15",
        "is_vat_registered": True,
        "phone": "02-000-0000",
        "email": "office@example.com",
        "website": "https://example.com",
        "description_th": "พัฒนาซอฟต์แวร์สำหรับท้องถิ่น",
    }


def product_answers(name):
    return {
        "name_th": name,
        "kind": "saas",
        "categories": ["complaints"],
        "dimensions": ["governance"],
        "is_nationwide": True,
        "hosting": "thailand",
        "pdpa_role": "processor",
        "seller_role": "owner",
        "warranty": "รับประกัน 1 ปี",
        "description_th": "รับเรื่องร้องเรียนผ่านไลน์",
    }


def price_answers(price="120000.00"):
    return {"label_th": "สิทธิใช้งานรายปี", "unit": "ปี", "price_baht": price}


def certification_answers(**kwargs):
    today = clock.today()
    defaults = {
        "kind": "iso_29110",
        "number": f"TH-{next(NUMBERS):05d}",
        "issuer": "หน่วยรับรองตัวอย่าง",
        "issued_on": (today - timedelta(days=200)).isoformat(),
        "expires_on": (today + timedelta(days=700)).isoformat(),
    }
    return {**defaults, **kwargs}


def kind(code="iso_29110"):
    return CertificationKind.objects.get(code=code)


def timer():
    return User.objects.timer()
