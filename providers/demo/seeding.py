"""The registry of the demonstration, led by its people through real steps at the moments of a plausible past."""

from collections import Counter
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import F

from portal import clock
from portal.models import LocalGovernment, User
from portal.models.outbox import Notice
from portal.pages import DEMO_PASSWORD
from portal.sample_papers import letter
from portal.timetable import Timetable, in_office_hours
from providers import tasks
from providers.applying import drafting, renewing
from providers.applying.renewing import certification_answers, price_answers
from providers.deciding import assessing, changes, companies, complaining, impact
from providers.demo.cast import CASTS, COMPLAINTS, number_of
from providers.lifecycle import APPLICATION, CHANGE, LISTING, REPRESENTATIVE
from providers.models import (
    Application,
    Attestation,
    ChecklistItem,
    Criterion,
    DocumentKind,
    Edition,
    Listing,
    NumberSeries,
    Provider,
    Record,
)
from providers.reference import load_reference_data
from providers.states import CompanyStatus, Outcome, Section

YEAR = timedelta(days=365)
OWN_NAMES = {1: "provider_representative", 2: "provider_representative_2"}
UNREAD = timedelta(days=10)


def seed(say):
    """Make the companies with their applications and listings as of now; gives what no demo person owns."""
    now = clock.now()
    with transaction.atomic():
        load_reference_data()
        staff = {role: User.objects.get(username=role) for role in ("registrar", "assessor", "registry_approver")}
        password = make_password(DEMO_PASSWORD)
        timetable = Timetable(now)
        for cast in CASTS:
            timetable.add(Company(cast, staff, password, now).live())
        timetable.play()
        with clock.at(now):
            tasks.record_ends()
            tasks.flag_lapsed_certifications()
            tasks.remind_of_renewal()
        old = Notice.objects.filter(created_at__lt=now - UNREAD, read_at=None)
        old.update(read_at=F("created_at"))
    states = Counter(Listing.objects.values_list("state", flat=True))
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    say(f"{len(CASTS)} companies, {Application.objects.count()} applications, listings: {told}")
    return [*Provider.objects.all(), *NumberSeries.objects.all(), *Edition.objects.all(), *Record.objects.all()]


def suspend_a_chosen_product(say):
    """Suspend, now, a product that cases have chosen, and tell their people; gives what no demo person owns."""
    before = Record.objects.count()
    listing = Listing.objects.get(product__name_th=COMPLAINTS.name_th, provider__juristic_number=number_of(1))
    told = suspend(
        listing,
        "service_failure",
        "ระบบหยุดให้บริการรวม 31 ชั่วโมงในเดือนที่ผ่านมา และไม่แจ้งผู้ใช้ตามเงื่อนไข",
        by=User.objects.get(username="registry_approver"),
    )
    say(f"{told.certificate_no} is suspended; {len(impact.of(told))} cases stand on it")
    return list(Record.objects.order_by("seq")[before:])


def suspend(listing, reason_class, reason, *, by):
    """Suspend `listing` today, with fifteen days to reply; the Listing."""
    day = clock.today()
    return LISTING.take(
        listing,
        "suspend",
        by=by,
        reason_class=reason_class,
        reason=reason,
        legal_basis="หลักเกณฑ์การขึ้นบัญชี ข้อ 12 (ตัวอย่าง)",
        reply_by=day + timedelta(days=15),
        review_by=day + timedelta(days=45),
    )


def paper(*lines):
    """A PDF of these lines as a browser would send it."""
    return SimpleUploadedFile("document.pdf", letter(lines), content_type="application/pdf")


class Company:
    """One company of the cast, and the people it meets."""

    def __init__(self, cast, staff, password, now):
        self.cast, self.staff, self.password, self.now = cast, staff, password, now
        self.begin = now - cast.years_ago * YEAR

    def live(self):
        """The story as a generator of moments; `Timetable` plays it."""
        yield in_office_hours(self.begin, 0.3)
        self.sign_up()
        if self.cast.fate == "claimed":
            return
        yield in_office_hours(self.begin + timedelta(days=2), 0.5)
        self.confirm()
        yield from self.apply()
        told = getattr(self, f"then_{self.cast.fate}", None)
        if told is not None:
            yield from told()

    def at(self, days, share=0.5):
        return in_office_hours(self.begin + timedelta(days=days), share)

    def before_now(self, days, share=0.5):
        return in_office_hours(self.now - timedelta(days=days), share)

    # People

    def sign_up(self):
        cast = self.cast
        self.speaker = User.objects.create(
            username=OWN_NAMES.get(cast.serial, f"company_{cast.serial:02d}"),
            first_name="ผู้แทน",
            last_name=cast.name_th.removeprefix("บริษัท ").removesuffix(" จำกัด"),
            title="กรรมการผู้จัดการ",
            date_joined=clock.now(),
            password=self.password if cast.serial in OWN_NAMES else make_password(None),
        )
        self.claim = companies.claim(
            cast.number,
            name_th=cast.name_th,
            position="กรรมการผู้จัดการ",
            phone=f"0 2000 {9000 + cast.serial}",
            letter=paper("Letter of authorisation", cast.name_en),
            by=self.speaker,
        )

    def confirm(self):
        REPRESENTATIVE.take(self.claim, "confirm", by=self.staff["registrar"])
        day = clock.now().astimezone(clock.BANGKOK).date()
        companies.note_status(self.provider, CompanyStatus.OPERATING, day, by=self.staff["registrar"])

    @property
    def provider(self):
        return Provider.objects.get(juristic_number=self.cast.number)

    # The application

    LAST = {"draft": 0, "submitted": 1, "application_withdrawn": 1, "checking": 2, "returned": 3, "assessing": 4}

    def apply(self):
        """The first application as far as the fate lets it come; what is under way now happened these days."""
        fate = self.cast.fate
        is_recent = fate in {*self.LAST, "assessed", "rejected"}
        when = (lambda day: self.before_now(24 - day)) if is_recent else self.at
        steps = [
            (self.write, 4),
            (self.submit, 5),
            (self.check, 8),
            (self.send_back if fate == "returned" else self.pass_documents, 11),
            (self.begin_assessment, 13),
            (self.advise, 18),
            (self.reject if fate == "rejected" else self.approve, 20),
        ]
        last = {**self.LAST, "assessed": 5}.get(fate, 6)
        for position, (step, day) in enumerate(steps[: last + 1]):
            yield when(day)
            step()
            if position == 1 and fate == "application_withdrawn":
                yield when(7)
                self.take("withdraw", by=self.speaker, reason="รอรุ่นใหม่ของสินค้า")

    def take(self, step, *, by, **details):
        self.application = APPLICATION.take(self.application, step, by=by, **details)

    def write(self):
        cast, by = self.cast, self.speaker
        application = drafting.start(self.provider, by=by)
        drafting.answer(application, Section.COMPANY, self.company_answers(), by=by)
        for offer in cast.offers:
            entry = drafting.add_entry(application, Section.PRODUCTS, product_answers(offer), by=by)
            drafting.add_entry(application, Section.PRICES, offer_price(offer), by=by, parent=entry)
        if cast.fate != "draft":
            drafting.add_entry(
                application,
                Section.CERTIFICATIONS,
                self.certification(),
                by=by,
                upload=paper("Certificate", cast.certification.upper(), cast.name_en),
            )
            statements = {one.code: True for one in Attestation.objects.all()}
            drafting.answer(application, Section.ATTESTATIONS, statements, by=by)
            for kind in DocumentKind.objects.filter(is_required=True):
                drafting.attach(application, kind, paper(kind.name_en, cast.name_en), by=by)
        self.application = Application.objects.get(pk=application.pk)

    def company_answers(self):
        cast = self.cast
        return {
            "name_th": cast.name_th,
            "name_en": cast.name_en,
            "address": f"{cast.serial} ถนนตัวอย่าง",
            "province": cast.province,
            "founded_on": "2017-05-02",
            "is_vat_registered": True,
            "phone": f"0 2000 {8000 + cast.serial}",
            "email": f"office{cast.serial}@example.com",
            "website": f"https://company{cast.serial}.example.com",
            "description_th": "บริษัทสมมติในชุดข้อมูลสาธิต พัฒนาเทคโนโลยีสำหรับองค์กรปกครองส่วนท้องถิ่น",
            "description_en": "An invented company of the demonstration.",
        }

    def certification(self):
        today = clock.today()
        days = (self.now.date() - today).days - 20 if self.cast.fate == "lapsed" else 3 * 365 - 90
        return {
            "kind": self.cast.certification,
            "number": f"DEMO-{self.cast.serial:04d}",
            "issuer": "หน่วยรับรองสมมติ",
            "scope": "การพัฒนาและดูแลซอฟต์แวร์",
            "issued_on": (today - timedelta(days=90)).isoformat(),
            "expires_on": (today + timedelta(days=days)).isoformat(),
        }

    def submit(self):
        self.take("submit", by=self.speaker)

    def check(self):
        self.take("start_check", by=self.staff["registrar"])

    def pass_documents(self):
        for item in ChecklistItem.objects.filter(is_active=True):
            assessing.note_check(self.application, item, Outcome.PASSED, by=self.staff["registrar"])

    def send_back(self):
        item = ChecklistItem.objects.filter(is_active=True).first()
        note = "หนังสือรับรองเกิน 6 เดือน"
        assessing.note_check(self.application, item, Outcome.FAILED, note, by=self.staff["registrar"])
        sections = [{"section": Section.DOCUMENTS, "reason": note}]
        due_on = self.now.astimezone(clock.BANGKOK).date() + timedelta(days=9)
        self.take("return", by=self.staff["registrar"], sections=sections, due_on=due_on)

    def begin_assessment(self):
        self.take("start_assessment", by=self.staff["assessor"])

    def advise(self):
        rejected = self.cast.fate == "rejected"
        for position, criterion in enumerate(Criterion.objects.filter(is_active=True)):
            bad = rejected and position == 1
            outcome = Outcome.FAILED if bad else Outcome.PASSED
            evidence = "ไม่มีผลทดสอบเจาะระบบ" if bad else "ทดลองใช้และดูเอกสารแล้ว"
            assessing.judge(self.application, criterion, outcome, evidence, by=self.staff["assessor"])
        advice, comment = ("reject", "ยังไม่ผ่านด้านความมั่นคงปลอดภัย") if rejected else ("approve", "")
        assessing.advise(self.application, advice, comment, by=self.staff["assessor"])

    def approve(self):
        self.take("approve", by=self.staff["registry_approver"])
        day = clock.today()
        companies.note_status(self.provider, CompanyStatus.OPERATING, day, by=self.staff["registrar"])

    def reject(self):
        self.take("reject", by=self.staff["registry_approver"], reason="ไม่ผ่านเกณฑ์ความมั่นคงปลอดภัย")

    # What came after

    @property
    def listing(self):
        return self.provider.listings.order_by("pk").first()

    def then_listed(self):
        yield self.at(200)
        price = self.listing.product.prices.get()
        raised = {**price_answers(price), "price_baht": "192000.00"}
        change = changes.ask(self.provider, "price", raised, by=self.speaker, price=price, note="ต้นทุนคลาวด์สูงขึ้น")
        yield self.at(205)
        CHANGE.take(change, "accept", by=self.staff["registrar"])

    def then_changing(self):
        yield self.before_now(6)
        price = self.listing.product.prices.get()
        lowered = {**price_answers(price), "price_baht": "88000.00"}
        changes.ask(self.provider, "price", lowered, by=self.speaker, price=price, note="ลดราคาทั้งระบบ")
        yield self.before_now(3)
        names = {"name_th": "ระบบสารบรรณอิเล็กทรอนิกส์ ไร้กระดาษ 2", "name_en": "Paperless e-office 2"}
        product = self.provider.listings.order_by("pk").last().product
        changes.ask(self.provider, "name", names, by=self.speaker, product=product)
        yield self.before_now(2)
        renewing.start_renewal(self.provider, by=self.speaker)

    def then_renewing(self):
        yield self.before_now(9)
        application = renewing.start_renewal(self.provider, by=self.speaker)
        self.application = application
        entry = application.entries.get(section=Section.CERTIFICATIONS)
        fresh = {**certification_answers(entry.certification), "number": "DEMO-0003-2"}
        fresh["issued_on"] = (clock.today() - timedelta(days=5)).isoformat()
        fresh["expires_on"] = (clock.today() + timedelta(days=1000)).isoformat()
        drafting.change_entry(entry, fresh, by=self.speaker, upload=paper("Renewed certificate"))
        statements = {one.code: True for one in Attestation.objects.all()}
        drafting.answer(application, Section.ATTESTATIONS, statements, by=self.speaker)
        for kind in DocumentKind.objects.filter(is_required=True):
            drafting.attach(application, kind, paper(kind.name_en, self.cast.name_en), by=self.speaker)
        yield self.before_now(8)
        self.submit()

    def then_suspended(self):
        yield self.before_now(12)
        suspend(self.listing, "security", "พบช่องโหว่ที่ยังไม่แก้ไขภายในเวลาที่กำหนด", by=self.staff["registry_approver"])
        yield self.before_now(5)
        LISTING.take(self.listing, "reply", by=self.speaker, reply="แก้ไขช่องโหว่ในรุ่น 3.2.1 แล้ว แนบผลทดสอบในคำขอแก้ไข")

    def then_revoked(self):
        yield self.at(120)
        approver = self.staff["registry_approver"]
        suspend(self.listing, "false_document", "ใบรับรองมาตรฐานไม่ตรงกับหน่วยรับรองผู้ออก", by=approver)
        yield self.at(150)
        LISTING.take(
            self.listing,
            "revoke",
            by=self.staff["registry_approver"],
            reason_class="false_document",
            reason="ยืนยันว่าเป็นเอกสารเท็จ และไม่ชี้แจงภายในกำหนด",
            legal_basis="หลักเกณฑ์การขึ้นบัญชี ข้อ 14 (ตัวอย่าง)",
            barred_until=self.now.astimezone(clock.BANGKOK).date() + timedelta(days=150),
        )

    def then_expired(self):
        end = self.listing.valid_until
        yield in_office_hours(self.now - timedelta(days=(self.now.date() - end).days - 1), 0.0)
        tasks.record_ends()

    def then_withdrawn(self):
        yield self.before_now(40)
        LISTING.take(self.listing, "withdraw", by=self.speaker, reason="เลิกพัฒนาสินค้านี้")

    def then_ceased(self):
        yield self.before_now(4)
        companies.note_status(self.provider, CompanyStatus.DISSOLVED, clock.today(), by=self.staff["registrar"])

    def then_complained(self):
        officer = User.objects.get(username="local_officer")
        office = LocalGovernment.objects.get(memberships__user=officer, memberships__role="local_officer")
        yield self.before_now(15)
        complaining.complain(
            self.listing, office, subject="ระบบล่มบ่อย", text="ใช้งานไม่ได้สามครั้งในเดือนนี้ และติดต่อผู้ให้บริการไม่ได้", by=officer
        )
        yield self.before_now(2)
        complaining.report_mistake(self.provider, text="หมายเลขโทรศัพท์สำนักงานไม่ถูกต้อง", email="citizen@example.com")


def product_answers(offer):
    return {
        "name_th": offer.name_th,
        "name_en": offer.name_en,
        "kind": offer.kind,
        "categories": list(offer.categories),
        "dimensions": list(offer.dimensions),
        "is_nationwide": not offer.provinces,
        "provinces": list(offer.provinces),
        "hosting": offer.hosting,
        "pdpa_role": offer.pdpa_role,
        "seller_role": "owner",
        "has_api": offer.kind != "digital_content",
        "warranty": "รับประกันและดูแลหนึ่งปี ตอบรับภายในหนึ่งวันทำการ",
        "description_th": f"{offer.name_th} (สินค้าสมมติในชุดข้อมูลสาธิต)",
        "description_en": f"{offer.name_en} (invented for the demonstration)",
    }


def offer_price(offer):
    return {"label_th": offer.name_th, "label_en": offer.name_en, "unit": offer.unit, "price_baht": offer.price}
