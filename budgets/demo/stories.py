"""The life of each proposal of the demonstration, led to its fate by the people who may, step by step."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from budgets.deciding import keying, meetings
from budgets.deciding.extending import extend
from budgets.judging import findings, reviewing, screening
from budgets.lifecycle import CARRY_OVER, PROPOSAL, REPORT, REVIEW, TRANSFER
from budgets.models import ExpenseCategory, FundingLine, Kpi, Meeting, ProposalItem
from budgets.money import ledger, moving, reporting
from budgets.states import DocumentWhen, Entry, Section
from budgets.writing import attachments, choosing, signing
from budgets.writing.drafting import editing, start
from portal import clock
from portal.models import User
from portal.sample_papers import letter, picture
from portal.thai.dates import fiscal_year_of, quarter_of
from portal.timetable import in_office_hours

SIGN = "ask verify submit"
SIGNED = f"outline write {SIGN}"
CLAIMED = f"{SIGNED} claim"
PASSED = f"{CLAIMED} check pass_on"
ASSIGNED = f"{PASSED} assign"
SCORED = f"{ASSIGNED} review conclude"
RECOMMENDED = f"{SCORED} recommend"
REQUESTED = f"{RECOMMENDED} include key_in"
EXECUTING = f"{REQUESTED} propose allocate confirm commit catch_up"

FATES = {
    # before it is signed
    "outlined": "outline",
    "draft": "outline write",
    "pending": "outline write ask",
    "verified": "outline write ask verify",
    "declined": "outline write ask decline",
    "discarded": "outline discard",
    "lapsed_draft": "outline write after_closing lapse",
    # at the province
    "submitted": SIGNED,
    "signed_on_paper": "outline write ask verify attest",
    "in_screening": CLAIMED,
    "checked": f"{CLAIMED} check",
    "screen_out_proposed": f"{CLAIMED} propose_screen_out",
    "screened_out": f"{CLAIMED} propose_screen_out confirm_screen_out",
    "returned": f"{CLAIMED} check send_back",
    "revised": f"{CLAIMED} check send_back revise {SIGN} claim",
    "lapsed": f"{CLAIMED} send_back_briefly overdue lapse",
    "reinstated": f"{CLAIMED} send_back_briefly overdue lapse extend reinstate",
    # in review
    "unassigned": PASSED,
    "assigned": ASSIGNED,
    "half_reviewed": f"{ASSIGNED} review_once",
    "apart": f"{ASSIGNED} review_apart",
    "reviewed": f"{ASSIGNED} review",
    "conflicted": f"{ASSIGNED} conflict",
    "returned_in_review": f"{ASSIGNED} send_back_in_review",
    "revised_in_review": f"{ASSIGNED} send_back_in_review revise {SIGN}",
    "withdrawn": f"{PASSED} withdraw",
    # decided
    "scored": SCORED,
    "scored_by_three": f"{ASSIGNED} review_apart assign_third review conclude",
    "scored_after_conflict": f"{ASSIGNED} conflict assign review conclude",
    "recommended": RECOMMENDED,
    "recommended_in_part": f"{SCORED} recommend_part",
    "not_recommended": f"{SCORED} not_recommend",
    "appealed": f"{SCORED} not_recommend appeal",
    "appeal_dismissed": f"{SCORED} not_recommend appeal dismiss",
    "appeal_upheld": f"{SCORED} not_recommend appeal uphold conclude recommend include",
    "screening_appealed": f"{CLAIMED} propose_screen_out confirm_screen_out appeal",
    "in_request": REQUESTED,
    "left_out": f"{RECOMMENDED} leave_out",
    # after the Act
    "proposed": f"{REQUESTED} propose",
    "proposed_in_part": f"{REQUESTED} propose_part",
    "not_allocated": f"{REQUESTED} not_allocate",
    "reserve": f"{RECOMMENDED} leave_out propose allocate",
    "allocated": f"{REQUESTED} propose allocate",
    "allocated_in_part": f"{REQUESTED} propose_part allocate",
    "declined_allocation": f"{REQUESTED} propose allocate decline_allocation",
    "confirmed": f"{REQUESTED} propose allocate confirm",
    "retargeted": f"{REQUESTED} propose_part allocate retarget",
    "retargeted_and_accepted": f"{REQUESTED} propose_part allocate retarget accept_targets confirm commit catch_up",
    "transferred": f"{EXECUTING} propose_transfer approve_transfer",
    "transfer_proposed": f"{EXECUTING} propose_transfer",
    "carried_over": f"{EXECUTING} pay ask_carry_over grant_carry_over",
    "carry_over_asked": f"{EXECUTING} pay ask_carry_over",
    "revised_allocation": f"{EXECUTING} propose_revision revise_allocation",
    "report_begun": f"{EXECUTING} begin_report",
    "report_written": f"{EXECUTING} write_report",
    "report_sent": f"{EXECUTING} pay write_report send_report",
    "report_returned": f"{EXECUTING} pay write_report send_report return_report",
    "report_accepted": f"{EXECUTING} pay write_report send_report accept_report",
    "report_reopened": f"{EXECUTING} pay write_report send_report accept_report reopen_report",
    "reversed": f"{REQUESTED} propose allocate confirm commit_wrongly reverse commit catch_up pay",
    "completed": f"{EXECUTING} pay_all write_report send_report accept_report complete",
    "terminated": f"{REQUESTED} propose_part allocate confirm commit catch_up pay terminate",
}  # fmt: skip

STAGE = {
    **dict.fromkeys(["outline", "write", "ask", "verify", "decline", "submit", "attest", "discard"], "opens"),
    **dict.fromkeys(["recommend", "recommend_part", "not_recommend"], "deliberates"),
    **dict.fromkeys(["include", "key_in", "leave_out", "appeal", "dismiss", "uphold"], "announces"),
    **dict.fromkeys(["propose", "propose_part", "allocate", "not_allocate", "confirm", "decline_allocation"], "enacts"),
    **dict.fromkeys(
        ["commit", "commit_wrongly", "reverse", "catch_up", "pay", "pay_all", "begin_report", "write_report",
         "send_report", "return_report", "accept_report", "reopen_report", "complete", "terminate",
         "propose_revision", "revise_allocation", "propose_transfer", "approve_transfer", "ask_carry_over",
         "grant_carry_over"], "carrying"),
    **dict.fromkeys(["retarget", "accept_targets"], "enacts"),
}  # fmt: skip
ORDER = ["opens", "closes", "deliberates", "announces", "requests", "enacts", "carrying"]

REASONS = {
    Section.ITEMS: "ปริมาณและราคาต่อหน่วยยังไม่มีรายละเอียดเพียงพอ ขอให้แยกรายการและระบุแหล่งที่มาของราคา",
    Section.KPIS: "ค่าฐานของตัวชี้วัดยังไม่ระบุวันที่วัดและวิธีวัด ขอให้แก้ไข",
    Section.RATIONALE: "ขอให้เพิ่มข้อมูลปัญหาย้อนหลังอย่างน้อยสามปีและแหล่งอ้างอิง",
    Section.UPKEEP: "ขอให้ระบุงบบำรุงรักษาหลังหมดระยะประกันให้ชัดเจน",
}
PRAISE = [
    "ข้อมูลปัญหาชัดเจน อ้างอิงสถิติย้อนหลังและความเห็นของประชาชน",
    "แนวทางเหมาะสมกับพื้นที่ เชื่อมโยงกับระบบเดิมของจังหวัดได้",
    "หลักฐานราคาครบถ้วน ปริมาณสอดคล้องกับเป้าหมาย",
]
FAIR = [
    "เป็นไปตามเกณฑ์ ควรระบุวิธีวัดผลให้ชัดขึ้น",
    "พอใช้ได้ ควรมีแผนสำรองเมื่ออุปกรณ์ขัดข้อง",
    "ราคาอยู่ในเกณฑ์ แต่ควรเปรียบเทียบทางเลือกเพิ่ม",
]
CONCERN = [
    "ยังไม่เห็นแผนบำรุงรักษาและผู้รับผิดชอบหลังหมดประกัน",
    "ตัวชี้วัดวัดผลผลิตมากกว่าผลลัพธ์ต่อประชาชน",
    "หลักฐานราคาไม่ครบ และปริมาณสูงกว่าความจำเป็น",
]
PROBLEMS = [
    "ฝนตกต่อเนื่องทำให้งานฐานรากล่าช้า 8 วัน เร่งงานในเดือนถัดไปแล้ว",
    "รออุปกรณ์นำเข้า ผู้รับจ้างยืนยันส่งมอบภายในเดือนนี้",
    "ไม่มีปัญหาสำคัญ งานเป็นไปตามแผน",
]
CONTRACTORS = ["บริษัท ตัวอย่างวิศวกรรมเมือง จำกัด", "บริษัท ตัวอย่างระบบดิจิทัล จำกัด", "ห้างหุ้นส่วนจำกัด ตัวอย่างการโยธา"]


def hundreds(amount):
    """`amount` rounded down to whole hundreds of baht."""
    return (Decimal(amount) // 100 * 100).quantize(Decimal("0.01"))


class Story:
    """One proposal on its way to a fate of `FATES`, as a generator for the timetable.

    Steps of one stage of the round are spread over that stage; `waits` keeps the last days before now free.
    """

    def __init__(self, number, fate, *, course, project, office, people, priority=1, waits=0):
        self.random = Random(number)
        self.number, self.fate = number, fate
        self.course, self.project, self.office, self.people = course, project, office, people
        self.priority, self.waits = priority, timedelta(days=waits)
        self.merit = 0.66 + 0.28 * self.random.random()
        self.proposal, self.report = None, None
        self.last = None

    def tell(self):
        """The moments of the story; its steps are taken between them."""
        steps = FATES[self.fate].split()
        stages = self.stages_of(steps)
        for place, name in enumerate(steps):
            yield self.moment(stages[place], left=stages[place:].count(stages[place]))
            more = getattr(self, name)()
            if more is not None:
                yield from more

    def stages_of(self, steps):
        """The stage of the round in which each step falls: its own, or the last one that the round has reached."""
        reached = [stage for stage in ORDER if self.has(stage)]
        found, latest = [], 0
        for name in steps:
            wanted = ORDER.index(STAGE.get(name, "closes"))
            latest = max(latest, *(index for index, stage in enumerate(reached) if ORDER.index(stage) <= wanted))
            found.append(reached[latest])
        return found

    def has(self, stage):
        return ("enacts" if stage == "carrying" else stage) in self.course.moments

    def window(self, stage):
        if stage not in {"enacts", "carrying"}:
            first, last = self.course.window(stage)
        else:
            first, last = self.course.window("enacts")
            middle = first + min((last - first) * 0.3, timedelta(days=24))
            first, last = (first, middle) if stage == "enacts" else (middle, last)
        return first, max(first, min(last, self.course.now - self.waits))

    def moment(self, stage, *, left):
        """When the next of the `left` steps in `stage` is taken."""
        first, last = self.window(stage)
        first = max(first, self.last or first)
        if self.proposal and self.proposal.return_due_on:
            last = min(last, datetime.combine(self.proposal.return_due_on, time(15), clock.BANGKOK))
        share = (0.15 + 0.7 * self.random.random()) / left
        return self.after_last(first + max(last - first, timedelta(0)) * share, last)

    def after_last(self, moment, latest=None):
        """`moment` in office hours where that fits, never before what has happened, never after `latest`."""
        latest = latest or self.course.now
        wanted = in_office_hours(moment, self.random.random())
        moment = wanted if wanted <= latest else moment
        if self.last is not None:
            moment = max(moment, self.last + timedelta(minutes=20 + 90 * self.random.random()))
        self.last = min(moment, max(latest, self.last or latest))
        return self.last

    # The local government

    def take(self, name, by, **details):
        self.proposal = PROPOSAL.take(self.proposal, name, by=by, **details)

    def outline(self):
        officer = self.office.officer
        self.proposal = start(round=self.course.fresh(), local_government=self.office.place, by=officer)
        theme = self.project.theme
        with editing(self.proposal, Section.SUMMARY, Section.RATIONALE, by=officer) as draft:
            draft.theme = self.course.themes[theme.code]
            draft.title_th = self.project.title_th
            draft.dimensions, draft.primary_dimension = list(theme.dimensions), theme.dimensions[0]
            draft.beneficiaries_count = 800 + 100 * self.random.randint(4, 420)
            draft.priority = self.priority
            draft.rationale = f"{theme.problem} (ตัวเลขปัญหาเป็นตัวอย่าง)\n\n{self.project.source}"

    def write(self):
        officer, theme = self.office.officer, self.project.theme
        written = set(Section) - {Section.SUMMARY, Section.RATIONALE, Section.ATTACHMENTS}
        with editing(self.proposal, *sorted(written), by=officer) as draft:
            draft.objectives = list(theme.objectives)
            description, quantity, unit = theme.target
            draft.targets = [{"description": description, "quantity": quantity, "unit": unit}]
            draft.plan_window, draft.plan_edition = draft.round.plan_window, "first"
            draft.plan_page, draft.plan_item_no = str(self.random.randint(24, 180)), str(self.random.randint(1, 40))
            draft.plan_expected_on = (clock.now() + timedelta(days=40)).date()
            draft.om_cost_yearly_baht = hundreds(self.project.total_baht * Decimal("0.04"))
            draft.om_source = "งบประมาณรายจ่ายประจำปีของหน่วยงาน"
            draft.personal_data_processed = bool(theme.personal_data)
            draft.personal_data_note = theme.personal_data
            draft.risks = ["การส่งมอบล่าช้า: กำหนดค่าปรับและงวดงานในสัญญา", "ขาดผู้ดูแลระบบ: อบรมเจ้าหน้าที่สองคน"]
            self.write_money(draft)
            name, unit, baseline, target, direction = theme.kpi
            Kpi.objects.create(
                proposal=draft, name_th=name, unit=unit, baseline=baseline, target=target, direction=direction,
                baseline_on=(clock.now() - timedelta(days=90)).date(),
            )  # fmt: skip
        self.choose_products()
        for document in self.proposal.round.documents.filter(theme=draft.theme):
            if document.when != DocumentWhen.OPTIONAL:
                self.attach(document.kind, document.name_th.replace("/", "-") + ".pdf")
        if self.number % 3 == 0:
            self.attach("map", "แผนที่พื้นที่ดำเนินการ.pdf")

    def write_money(self, draft):
        year = draft.round.fiscal_year
        for position, item in enumerate(self.project.items):
            ProposalItem.objects.create(
                proposal=draft, position=position, category=ExpenseCategory.objects.get(code=item.category),
                description=item.description, quantity=item.quantity, unit=item.unit,
                unit_price_baht=item.unit_price_baht, price_basis=item.basis, price_reference=item.reference,
                fiscal_year=year, quarter=1 + position % 4,
            )  # fmt: skip
        own = hundreds(self.project.total_baht * Decimal("0.1")) if self.number % 2 else Decimal(0)
        shares = {"integrated_plan": self.project.total_baht - own, "own_budget": own}
        for position, (channel, amount) in enumerate(shares.items()):
            if amount:
                FundingLine.objects.create(
                    proposal=draft, position=position, channel=channel, fiscal_year=year, amount_baht=amount
                )

    def choose_products(self):
        """Let the items stand on the account of providers where it lists their products by now."""
        for item, wanted in zip(self.proposal.items.order_by("position"), self.project.items, strict=True):
            if wanted.product and (found := choosing.search(wanted.product)):
                choosing.choose(item, found[0]["listing"], by=self.office.officer)

    def attach(self, kind, name):
        lines = [
            f"Document: {kind}",
            f"Demonstration proposal {self.number}",
            f"Amount: {self.project.total_baht:,} baht",
        ]
        upload = SimpleUploadedFile(name, letter(lines), content_type="application/pdf")
        attachments.attach(self.proposal, kind, [upload], by=self.office.officer)

    def ask(self):
        if findings.must_declare(self.proposal):
            with editing(self.proposal, Section.FUNDING, by=self.office.officer) as draft:
                draft.overlap_note = "ติดตั้งคนละจุดกับข้อเสนออีกเรื่องของหน่วยงาน ใช้งบประมาณคนละส่วน"
            self.proposal.refresh_from_db()
        self.take("request_endorsement", self.office.officer)

    def verify(self):
        self.take("verify", self.office.clerk)

    def decline(self):
        reason = "ขอให้ตรวจสอบจำนวนผู้รับประโยชน์อีกครั้ง ตัวเลขไม่ตรงกับทะเบียนราษฎร"
        self.take("decline_endorsement", self.office.clerk, reason=reason)

    def submit(self):
        place = self.office.place.code[-5:]
        self.take("submit", self.office.executive, letter_no=f"มท {place}/{100 + self.number}")

    def attest(self):
        """The executive signed with a pen; the clerk attests the page."""
        scan = SimpleUploadedFile("แบบลงนาม.png", picture(self.number), content_type="image/png")
        signer = signing.posts(self.office.place).get(user=self.office.executive)
        self.take(
            "submit", self.office.clerk, scan=scan, text_code=signing.text_of(self.proposal),
            signed_on=clock.today(), signer=signer, letter_no=f"มท {self.office.place.code[-5:]}/{100 + self.number}",
        )  # fmt: skip

    def discard(self):
        self.take("discard", self.office.officer)

    def withdraw(self):
        reason = "สภาท้องถิ่นอนุมัติให้ใช้เงินสะสมดำเนินการแล้ว จึงไม่ขอรับงบประมาณซ้ำ"
        self.take("withdraw", self.office.executive, reason=reason)

    def revise(self):
        officer = self.office.officer
        with editing(self.proposal, *self.proposal.open_sections, by=officer) as draft:
            if Section.RATIONALE in draft.open_sections:
                draft.rationale += "\n\nข้อมูลเพิ่มเติม: สถิติสามปีย้อนหลังจากศูนย์รับแจ้งเหตุและแบบสำรวจครัวเรือน"
            if Section.KPIS in draft.open_sections:
                draft.kpis.update(baseline_on=(clock.now() - timedelta(days=30)).date())
            if Section.ITEMS in draft.open_sections:
                first = draft.items.first()
                first.description = f"{first.description} รวมติดตั้งและทดสอบระบบ"
                first.save()

    # The province, or DLA in its place

    def claim(self):
        self.take("start_screening", self.office.screener)

    def check(self):
        noted = {check.code: {"answer": screening.OK, "note": ""} for check in screening.CHECKS}
        if "send_back" in FATES[self.fate].split():
            noted["items"] = {"answer": screening.PROBLEM, "note": "แยกรายการและแนบแหล่งที่มาของราคา"}
        self.proposal = screening.save_checks(self.proposal, noted, by=self.office.screener)

    def pass_on(self):
        self.take("pass_screening", self.office.screener, note="เอกสารครบถ้วน โครงการอยู่ในแผนพัฒนาท้องถิ่น")

    def send_back(self, sections=(Section.ITEMS, Section.RATIONALE), by=None, days=14):
        self.take(
            "return", by or self.office.screener,
            sections=[{"section": section, "reason": REASONS[section]} for section in sections],
            due_on=(clock.now() + timedelta(days=days)).astimezone(clock.BANGKOK).date(),
            letter_no=f"มท 0023/{400 + self.number}",
        )  # fmt: skip

    def send_back_briefly(self):
        self.send_back(days=2)

    def overdue(self):
        yield self.after_last(self.last + timedelta(days=4))

    def propose_screen_out(self):
        reason = "โครงการซ้ำกับโครงการของ อบจ. ในพื้นที่เดียวกันซึ่งได้รับงบประมาณแล้ว"
        self.take("propose_screen_out", self.office.screener, reason=reason)

    def confirm_screen_out(self):
        appealed = "appeal" in FATES[self.fate]
        self.take("confirm_screen_out", self.people["dla_colleague" if appealed else "dla_officer"])

    def after_closing(self):
        yield self.after_last(self.course.moments["closes"] + timedelta(hours=1))

    def lapse(self):
        self.take("lapse", User.objects.timer())

    def extend(self):
        extend(
            self.course.fresh(), by=self.people["dla_officer"], proposal=self.proposal,
            local_government=self.office.place, until=self.course.now + timedelta(days=12),
            authority="อธิบดีกรมส่งเสริมการปกครองท้องถิ่น", letter_no="มท 0810.7/ว 2210",
            reason="สำนักงานถูกน้ำท่วมระหว่างวันที่ครบกำหนด",
        )  # fmt: skip

    def reinstate(self):
        self.take("reinstate", self.people["dla_officer"], reason="ได้รับการขยายเวลาตามหนังสือ มท 0810.7/ว 2210")

    # Review

    def assign(self):
        for proposal, reviewer in reviewing.plan_assignments([self.proposal]):
            reviewing.assign(proposal, reviewer, by=self.people["committee_secretary"])

    def assign_third(self):
        for proposal, reviewer in reviewing.plan_assignments([self.proposal], per_proposal=3):
            reviewing.assign(proposal, reviewer, by=self.people["committee_secretary"])

    def waiting_reviewers(self):
        """Who is assigned and has not sent a review yet."""
        sent = self.proposal.reviews.sent().values("reviewer")
        held = self.proposal.assignments.filter(state="assigned").exclude(reviewer__in=sent).order_by("pk")
        return [row.reviewer for row in held.select_related("reviewer")]

    def review(self):
        for reviewer in self.waiting_reviewers():
            yield self.after_last(self.last + timedelta(hours=20))
            self.score(reviewer, self.merit + 0.08 * (self.random.random() - 0.5))

    def review_once(self):
        self.score(self.waiting_reviewers()[0], self.merit)

    def review_apart(self):
        for reviewer, merit in zip(self.waiting_reviewers(), (self.merit, self.merit - 0.24), strict=True):
            yield self.after_last(self.last + timedelta(hours=20))
            self.score(reviewer, merit)

    def score(self, reviewer, merit):
        reviewing.declare_no_conflict(self.proposal, by=reviewer)
        review = reviewing.review_of(self.proposal, by=reviewer)
        scores = {}
        for criterion in review.rubric.criteria.all():
            share = min(max(merit + 0.16 * (self.random.random() - 0.5), 0.2), 1)
            words = PRAISE if share > 0.8 else FAIR if share > 0.6 else CONCERN
            scores[criterion.pk] = (Decimal(round(criterion.max_score * share)), self.random.choice(words))
        note = "เห็นควรสนับสนุน" if merit > 0.7 else "ควรปรับปรุงก่อนสนับสนุน"
        REVIEW.take(reviewing.save_scores(review, scores, by=reviewer, note=note), "send", by=reviewer)

    def conflict(self):
        note = "เคยเป็นที่ปรึกษาของหน่วยงานนี้ภายในห้าปี"
        reviewing.declare_conflict(self.proposal, by=self.waiting_reviewers()[0], note=note)

    def send_back_in_review(self):
        self.send_back(sections=(Section.KPIS,), by=self.people["committee_secretary"])

    def conclude(self):
        self.take("conclude_review", self.people["committee_secretary"])

    # The committee and the request

    def resolution(self):
        """The committee's meeting of the day, on record from its first case on."""
        round, day = self.proposal.round, clock.today()
        meeting = Meeting.objects.filter(round=round, on=day).first()
        if meeting is None:
            number = f"{1 + Meeting.objects.filter(round=round).count()}/{self.course.fiscal_year - 1}"
            present = ["committee_chair", "committee_member", "committee_secretary", "dla_officer"]
            secretary = self.people["committee_secretary"]
            meeting = meetings.record(by=secretary, round=round, number=number, on=day, present=present)
        return {"meeting": meeting, "resolution_no": meeting.number, "resolution_on": meeting.on}

    def recommend(self, share="1"):
        amount = hundreds(self.proposal.requested_baht * Decimal(share))
        self.take("recommend", self.people["committee_secretary"], amount_baht=amount, **self.resolution())

    def recommend_part(self):
        self.recommend("0.8")

    def not_recommend(self):
        reason = "คะแนนอยู่ในลำดับที่เกินวงเงินของประเด็น และแผนบำรุงรักษายังไม่ชัดเจน"
        self.take("not_recommend", self.people["committee_secretary"], reason=reason, **self.resolution())

    def appeal(self):
        reason = "หน่วยงานมีข้อมูลเพิ่มเติมเรื่องแผนบำรุงรักษาและหนังสือรับรองงบประมาณ ขอให้พิจารณาทบทวน"
        self.take("appeal", self.office.executive, reason=reason)

    def decide(self, upheld, reason):
        self.take("decide_appeal", self.people["committee_chair"], upheld=upheld, reason=reason)

    def dismiss(self):
        self.decide(False, "ข้อมูลเพิ่มเติมไม่เปลี่ยนผลการพิจารณา")

    def uphold(self):
        self.decide(True, "รับฟังได้ว่าเอกสารบำรุงรักษาครบถ้วน ให้พิจารณาใหม่")

    def include(self):
        self.take("include_in_request", self.people["dla_officer"])

    def key_in(self):
        """The number that the outside system gave once the request was keyed in there."""
        prefix = "BBL" if self.proposal.is_statutory else "SOLA"
        number = f"{prefix}{self.course.fiscal_year % 100}-{self.number:06d}"
        keying.enter_number(self.proposal, number, by=self.office.officer)

    def leave_out(self):
        self.take("leave_out", self.people["dla_officer"], reason="วงเงินคำขอไม่เพียงพอ จัดไว้ในบัญชีสำรอง")

    # Allocation

    def propose(self, share="1", step="propose_allocation"):
        amount = hundreds((self.proposal.recommended_baht or self.proposal.requested_baht) * Decimal(share))
        reference = f"มติที่ประชุม 5/{self.course.fiscal_year - 1}"
        if self.proposal.is_statutory:
            reference = f"{self.proposal.round.act_reference} เล่ม 4 หน้า {300 + self.number} (ตัวอย่าง)"
        self.take(step, self.people["committee_secretary"], amount_baht=amount, reference=reference)

    def propose_part(self):
        self.propose("0.7")

    def allocate(self, step="allocate"):
        self.take(step, self.people["committee_chair"], amount_baht=self.proposal.proposed_baht)

    def propose_revision(self):
        self.propose("0.95", "propose_revision")

    def revise_allocation(self):
        self.allocate("revise_allocation")

    def not_allocate(self):
        self.take("not_allocate", self.people["committee_chair"], reason="รายการนี้ถูกปรับลดในชั้นกรรมาธิการ")

    def decline_allocation(self):
        self.take("decline_allocation", self.office.executive, reason="ได้รับเงินสนับสนุนจาก อบจ. แล้ว")

    def confirm(self):
        self.take("confirm_plan", self.office.executive, note="ดำเนินการตามแผนที่เสนอไว้")

    def retarget(self):
        """The plan cut to what was allocated, and with it a target and an indicator."""
        written = (Section.OBJECTIVES, Section.KPIS, Section.ITEMS, Section.FUNDING)
        with editing(self.proposal, *written, by=self.office.officer) as draft:
            first = draft.targets[0]
            fewer = max(Decimal(1), Decimal(first["quantity"] or 1) * 7 // 10)
            draft.targets = [{**first, "quantity": f"{fewer:f}"}, *draft.targets[1:]]
            kpi = draft.kpis.first()
            kpi.target = (kpi.baseline + (kpi.target - kpi.baseline) * Decimal("0.7")).quantize(Decimal("0.1"))
            kpi.save()
            self.cut_to_fit(draft)
        self.proposal.refresh_from_db()

    def cut_to_fit(self, draft):
        """The office pays itself for what was not allocated."""
        line = draft.funding.get(channel="integrated_plan")
        short = line.amount_baht - draft.allocated_baht
        line.amount_baht = draft.allocated_baht
        line.save()
        own, _made = FundingLine.objects.get_or_create(
            proposal=draft, channel="own_budget", fiscal_year=line.fiscal_year,
            defaults={"position": 1, "amount_baht": Decimal(0)},
        )  # fmt: skip
        own.amount_baht += short
        own.save()

    def accept_targets(self):
        self.take("accept_targets", self.office.screener, note="ลดเป้าหมายตามสัดส่วนเงินที่ได้รับจัดสรร")

    # After the allocation

    def letter_of(self, authority, number):
        return {"authority": authority, "letter_no": f"{number}/{self.number}", "letter_on": clock.today()}

    def propose_transfer(self):
        """What the tender saved goes to a project of the round that was given less than it asked for."""
        wanting = self.proposal.round.proposals.filter(state__in=moving.WITH_ALLOCATION).exclude(pk=self.proposal.pk)
        target = wanting.filter(allocated_baht__lt=F("requested_baht")).order_by("pk").first()
        room = min(ledger.free_baht(self.proposal), target.requested_baht - target.allocated_baht)
        self.transfer = moving.propose_transfer(
            self.proposal, target, by=self.people["committee_secretary"], amount_baht=hundreds(room / 2),
            reason="เงินเหลือจ่ายจากการประกวดราคา", **self.letter_of("ผู้อำนวยการสำนักงบประมาณ", "นร 0704"),
        )  # fmt: skip

    def approve_transfer(self):
        chair, amount = self.people["committee_chair"], self.transfer.amount_baht
        TRANSFER.take(self.transfer, "approve", by=chair, amount_baht=amount)
        self.proposal.refresh_from_db()

    def ask_carry_over(self):
        self.carry = moving.ask_carry_over(
            self.proposal, by=self.office.officer, amount_baht=hundreds(moving.unpaid_baht(self.proposal) / 2),
            until=moving.latest_until(self.proposal.round, is_extension=False),
            reason="งวดงานสุดท้ายส่งมอบหลังสิ้นปีงบประมาณตามสัญญา",
        )  # fmt: skip

    def grant_carry_over(self):
        given = self.letter_of("อธิบดีกรมบัญชีกลาง", "กค 0402.5")
        CARRY_OVER.take(self.carry, "grant", by=self.people["dla_officer"], **given)
        self.proposal.refresh_from_db()

    # Carrying out

    def enter(self, kind, amount, **facts):
        facts = {"on": clock.today(), "contractor": CONTRACTORS[self.number % len(CONTRACTORS)], **facts}
        entry = ledger.enter(self.proposal, kind, by=self.office.officer, amount_baht=amount, **facts)
        self.proposal.refresh_from_db()
        return entry

    def commit(self, share="0.94"):
        self.contract = self.enter(
            Entry.COMMITMENT, hundreds(self.proposal.allocated_baht * Decimal(share)),
            contract_no=f"{self.number}/{self.course.fiscal_year}", egp_no=f"69{self.number:09d}",
            reference=f"สัญญาเลขที่ {self.number}/{self.course.fiscal_year}", items=self.proposal.items.all(),
        )  # fmt: skip

    def commit_wrongly(self):
        self.commit("0.49")

    def reverse(self):
        ledger.reverse_entry(self.contract, by=self.office.officer, reason="บันทึกยอดของสัญญาอื่น")
        self.proposal.refresh_from_db()

    def pay(self, share="0.4"):
        self.enter(
            Entry.DISBURSEMENT, hundreds(self.contract.amount_baht * Decimal(share)), commitment=self.contract,
            reference=f"ฎีกาที่ {200 + self.number}",
        )  # fmt: skip

    def pay_all(self):
        self.pay("1")

    def catch_up(self):
        """Reports of the quarters that have ended meanwhile, each accepted in its time."""
        for quarter in (1, 2, 3):
            sent = datetime.combine(
                reporting.due_on(self.course.fiscal_year, quarter) - timedelta(days=6), time(10), clock.BANGKOK
            )
            if sent > self.course.window("enacts")[1] - timedelta(days=5):
                return
            yield self.after_last(sent)
            self.write_report(quarter)
            self.send_report()
            yield self.after_last(self.last + timedelta(days=2))
            self.accept_report()

    def quarter(self):
        """(fiscal year, quarter) to report on: the present quarter, or the next that has no report."""
        year, today = self.course.fiscal_year, clock.today()
        quarter = quarter_of(today) if fiscal_year_of(today) == year else 1
        taken = set(self.proposal.reports.values_list("fiscal_year", "quarter"))
        while (year, quarter) in taken:
            year, quarter = (year, quarter + 1) if quarter < 4 else (year + 1, 1)
        return year, quarter

    def begin_report(self, year=None, quarter=None):
        year, quarter = (year, quarter) if year else self.quarter()
        self.report = reporting.start_report(self.proposal, by=self.office.officer, fiscal_year=year, quarter=quarter)

    def write_report(self, quarter=None):
        """A whole report: of a quarter gone by, or the latest one, which says that a finished work is done."""
        officer, is_last = self.office.officer, quarter is None and self.fate == "completed"
        self.begin_report(*((self.course.fiscal_year, quarter) if quarter else ()))
        with reporting.editing_report(self.report, by=officer) as report:
            report.physical_pct = Decimal(100 if is_last else min(95, 22 * report.quarter + self.number % 9))
            report.problem = PROBLEMS[self.number % len(PROBLEMS)]
            part = report.physical_pct / 100
            actuals = {kpi: kpi.baseline + (kpi.target - kpi.baseline) * part for kpi in self.proposal.kpis.all()}
            reporting.set_actuals(report, {kpi: value.quantize(Decimal("0.1")) for kpi, value in actuals.items()})
        if self.number % 2:
            photo = SimpleUploadedFile("ภาพหน้างาน.png", picture(self.number), content_type="image/png")
            reporting.add_photo(self.report, photo, by=officer, caption="ความก้าวหน้าของงาน ณ จุดติดตั้ง")

    def send_report(self):
        self.report = REPORT.take(self.report, "submit", by=self.office.executive)

    def accept_report(self):
        self.report = REPORT.take(self.report, "accept", by=self.office.screener)

    def return_report(self):
        reason = "ขอภาพถ่ายงานที่ระบุว่าแล้วเสร็จ และคำอธิบายค่าตัวชี้วัดที่ต่ำกว่าแผน"
        self.report = REPORT.take(self.report, "return", by=self.office.screener, reason=reason)

    def reopen_report(self):
        reason = "พบยอดเบิกจ่ายไม่ตรงกับฎีกา ขอให้แก้ไข"
        self.report = REPORT.take(self.report, "reopen", by=self.office.screener, reason=reason)

    def close(self, step, **details):
        self.proposal.refresh_from_db()
        reference = f"หนังสือนำส่งเงิน {self.number}/{self.course.fiscal_year}"
        self.take(step, self.office.screener, returned_baht=self.proposal.rest_baht, reference=reference, **details)

    def complete(self):
        self.close("complete", note="งานแล้วเสร็จตามสัญญา ตรวจรับครบถ้วน")

    def terminate(self):
        self.close("terminate", reason="ผู้รับจ้างทิ้งงาน บอกเลิกสัญญาและส่งคืนเงินที่เหลือ", note="")
