"""The life of each pilot of the demonstration, led to its fate by the people who may, step by step."""

import json
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from portal import clock
from portal.models import Subdistrict
from portal.sample_papers import letter
from portal.timetable import in_office_hours
from providers import seams
from sandboxes import changing, citizens, exits, gates, measuring, plans, regulating, reporting, tasks
from sandboxes.criteria import CRITERIA
from sandboxes.demo.content import AREAS
from sandboxes.lifecycle import INCIDENT, PILOT, WAIVER
from sandboxes.models import Authority, Pilot
from sandboxes.states import DocumentKind, NoticeKind, Remedy

# Days since the beginning at which each stage happens, and the stages in order.
STAGES = [
    ("write", 0), ("apply", 5), ("begin", 8), ("check", 14), ("admit_depa", 19), ("admit", 20), ("plan", 30),
    ("approve", 38), ("prove", 45), ("waive", 55), ("ready", 62), ("live", 66),
]  # fmt: skip
LIVE_ON = 66
FIRST_WAIVER_DAY = 58
READ_EVERY = 14

# fate: the last stage, days that it has been waiting since, length of the trial, days of its waiver, what follows.
FATES = {
    "concept": ("write", 3, 120, 0, ()),
    "applied": ("apply", 2, 120, 0, ()),
    "screening": ("check", 3, 120, 0, ()),
    "one_agency": ("admit_depa", 1, 120, 0, ()),
    "returned": ("check", 2, 120, 0, ("send_back",)),
    "rejected": ("check", 40, 120, 0, ("reject",)),
    "withdrawn": ("admit", 30, 120, 0, ("withdraw",)),
    "design": ("admit", 6, 120, 0, ()),
    "before_plan_gate": ("plan", 4, 120, 0, ()),
    "approved": ("approve", 5, 120, 0, ()),
    "before_readiness": ("waive", 3, 120, 200, ()),
    "ready": ("ready", 2, 120, 200, ()),
    "live": ("live", 75, 180, 220, ("measure", "hear")),
    "live_short": ("live", 40, 120, 0, ("measure", "hear")),
    "waiver_near": ("live", 70, 200, 90, ("measure",)),
    "harmful": ("live", 50, 180, 220, ("measure", "harm")),
    "paused_by_waiver": ("live", 80, 200, 70, ("measure", "lapse")),
    "paused_by_incident": ("live", 60, 180, 220, ("measure", "crash")),
    "exit_review": ("live", 130, 110, 200, ("measure", "tell", "end", "report")),
    "scaled": ("live", 190, 120, 200, ("measure", "fulfil", "end", "report", "scale", "close")),
    "stopped": ("live", 200, 120, 200, ("measure", "fulfil", "end", "report", "stop", "close")),
    "terminated": ("live", 100, 180, 220, ("measure", "crash", "terminate", "report")),
}


def story(fate, idea, place, people, now):
    """The moments of one pilot's life, as a generator for `portal.timetable.Timetable`."""
    last, waits, *_rest = FATES[fate]
    begun = now - timedelta(days=dict(STAGES)[last] + waits)
    tale = Tale(fate, idea, place, people, begun)
    for name, day in STAGES[: [stage for stage, _day in STAGES].index(last) + 1]:
        yield tale.at(day)
        getattr(tale, name)()
    yield from tale.afterwards()


class Tale:
    """A pilot on its way."""

    def __init__(self, fate, idea, place, people, begun):
        self.fate, self.idea, self.place, self.people, self.begun = fate, idea, place, people, begun
        self.last, self.waits, self.length, self.waiver_days, self.then = FATES[fate]
        self.pilot = self.waiver = None
        self.latest = begun - timedelta(days=7)
        self.is_short = idea.rule is None and not idea.personal_data and not idea.has_public_devices

    def at(self, day, share=0.4):
        """The moment `day` days after the beginning, on the weekday before where it falls on a weekend: what has
        happened by today has happened on whichever weekday the demonstration is made."""
        self.latest = max(self.latest, in_office_hours(self.on_weekday(day), share))
        return self.latest

    def on_weekday(self, number):
        moment = self.begun + timedelta(days=number)
        return moment - timedelta(days={5: 1, 6: 2}.get(moment.astimezone(clock.BANGKOK).weekday(), 0))

    def day(self, number):
        return (self.begun + timedelta(days=number)).astimezone(clock.BANGKOK).date()

    def take(self, name, by, **details):
        self.pilot = PILOT.take(self.pilot, name, by=self.people[by], **details)

    def both(self, name, reason, **details):
        self.take(name, "sandbox_member_depa", reason=reason, **details)
        self.take(name, "sandbox_member_dla", reason=reason, **details)

    @property
    def officer(self):
        return self.people.officer(self.place)

    # Stages

    def write(self):
        idea = self.idea
        self.pilot = changing.start(local_government=self.place, by=self.officer, title_th=idea.title_th)
        self.pilot = changing.write(
            self.pilot, by=self.officer, title_en=idea.title_en, dimension=idea.dimension, technology=idea.technology,
            problem=idea.problem, innovation=idea.innovation,
            starts_on=self.on_weekday(LIVE_ON).astimezone(clock.BANGKOK).date(),
            ends_on=self.day(LIVE_ON + self.length), personal_data=idea.personal_data,
            has_public_devices=idea.has_public_devices, area_note="รอบสำนักงานและชุมชนโดยรอบไม่เกิน 3 ตารางกิโลเมตร",
            subdistricts=list(Subdistrict.objects.filter(district=self.place.district_id).order_by("code")[:2]),
        )  # fmt: skip
        kind, name_th, name_en = idea.partner
        listing = seams.search(idea.product, clock.today()).first() if idea.product else None
        changing.add_partner(
            self.pilot, by=self.officer, kind=kind, name_th=name_th, name_en=name_en, role_th="อุปกรณ์และการวิเคราะห์ผล",
            representative=self.people["pilot_partner"], listing=listing,
            letter=paper("letter.pdf", "Letter of intent"),
        )  # fmt: skip

    def apply(self):
        self.pilot = PILOT.take(self.pilot, "apply", by=self.people.executive(self.place))

    def begin(self):
        self.take("start_screening", "sandbox_officer_depa")

    def check(self):
        by, idea = self.people["sandbox_officer_depa"], self.idea
        if idea.rule:
            law, provision, authority, remedy, obstacle = idea.rule
            owner = Authority.objects.get(code=authority)
            regulating.raise_issue(
                self.pilot, by=by, law=law, provision=provision, authority=owner, remedy=remedy, obstacle=obstacle
            )
        regulating.check_rules(self.pilot, by=by)
        low = self.fate == "rejected"
        gates.score(self.pilot, {code: (1 if low else 3, "ตามเอกสารและการหารือ") for code in CRITERIA}, by=by)
        self.pilot.refresh_from_db()

    def admit_depa(self):
        if not self.is_short:
            gates.vote(self.pilot, "for", by=self.people["sandbox_member_depa"], note="ประโยชน์ชัดเจน")
            self.take("admit", "sandbox_member_depa", reason="ผ่านเกณฑ์การรับเข้าทั้งห้าข้อ")

    def admit(self):
        if not self.is_short:
            self.take("admit", "sandbox_member_dla", reason="อยู่ในอำนาจหน้าที่ของ อปท.")

    def plan(self):
        by, idea = self.officer, self.idea
        name, unit, direction, baseline, target, stop, _final = idea.indicator
        changing.add_indicator(
            self.pilot, by=by, name_th=name, unit=unit, direction=direction, baseline=baseline, target=target,
            stop_threshold=stop, baseline_on=clock.today() - timedelta(days=3), frequency="monthly",
        )  # fmt: skip
        changing.add_indicator(
            self.pilot, by=by, name_th="ความพึงพอใจของผู้ใช้", unit="คะแนนเต็ม 5", direction="up", family="experience",
            baseline=Decimal("3.1"), target=Decimal("4"), stop_threshold=Decimal("2"),
            baseline_on=clock.today() - timedelta(days=3), frequency="quarterly",
        )  # fmt: skip
        self.pilot = changing.write(
            self.pilot, by=by, test_plan="เดือนแรกทดลองจำกัดเวลา เดือนถัดไปขยายตามแผน ประชุมติดตามทุกสองสัปดาห์",
            user_cap=500, participants="ผู้สมัครใจในพื้นที่ ลงชื่อยินยอมและถอนตัวได้ทุกเมื่อ", budget_baht=Decimal("1850000.00"),
            budget_source="เงินสะสมและเงินสมทบของผู้ร่วมทดลอง", kill_switch="ผู้ดูแลเวรสั่งหยุดได้จากศูนย์ควบคุมภายในหนึ่งนาที",
            exit_plan="ลบข้อมูลภายใน 30 วัน คืนอุปกรณ์ภายใน 60 วัน แจ้งผู้ใช้ทุกคน", insurance="ประกันความรับผิดต่อบุคคลภายนอก 5 ล้านบาท",
            complaint_channel="ศูนย์ดำรงธรรมท้องถิ่น โทร 1567",
            personal_data_note="เก็บเท่าที่จำเป็น ลบภายใน 30 วัน" if idea.personal_data else "",
        )  # fmt: skip
        if ring := AREAS.get(self.place.name_th):
            shape = json.dumps({"type": "Polygon", "coordinates": [ring]}).encode()
            changing.attach(self.pilot, DocumentKind.AREA, SimpleUploadedFile("area.geojson", shape), by=by)
        plans.submit(self.pilot, by=by)

    def approve(self):
        if not self.is_short:
            later = (clock.today() + timedelta(days=130)).isoformat()
            conditions = [{"text": "รายงานผลต่อสาธารณะทุกเดือน", "due_on": later}]
            self.take("approve", "sandbox_member_depa", reason="แผนชัดเจน วัดผลได้", conditions=conditions)
            self.take("approve", "sandbox_member_dla", reason="มีมาตรการคุ้มครองประชาชน")

    def prove(self):
        by = self.officer
        if self.idea.personal_data:
            changing.attach(self.pilot, DocumentKind.DPIA, paper("dpia.pdf", "DPIA"), by=by)
        if self.idea.personal_data or self.idea.has_public_devices:
            changing.attach(self.pilot, DocumentKind.SECURITY_TEST, paper("test.pdf", "Security test"), by=by)
        for kind, how, count in (
            (NoticeKind.NOTICE, "ติดประกาศและเสียงตามสาย 12 ชุมชน", 2400),
            (NoticeKind.CONSULTATION, "เวทีประชาคม ณ หอประชุมเทศบาล", 136),
        ):
            citizens.record_notice(
                self.pilot, by=by, kind=kind, on=clock.today(), how=how, people_count=count,
                summary="เห็นด้วยส่วนใหญ่ ขอให้แจ้งเวลาทดลองล่วงหน้า" if kind == NoticeKind.CONSULTATION else "",
            )  # fmt: skip

    def waive(self):
        issue = self.pilot.issues.first()
        if issue is None:
            return
        if issue.remedy == Remedy.INTERPRETATION:
            regulating.change_issue(
                issue, by=self.people["sandbox_officer_dla"], answer_no="มท 0808.2/ว 1422", answered_on=clock.today(),
                answer="เบิกจ่ายตามจำนวนครั้งที่ใช้จริงได้",
            )  # fmt: skip
            return
        waiver = regulating.request_waiver(
            issue, by=self.officer, requested_on=clock.today() - timedelta(days=20), request_no="ที่ 52001/114"
        )
        first = self.day(FIRST_WAIVER_DAY)
        self.waiver = WAIVER.take(
            waiver, "grant", by=self.people["sandbox_officer_depa"], instrument_on=clock.today(),
            instrument_no=f"ที่ {issue.authority.code.upper()} 41/2570", scope="เฉพาะพื้นที่และเวลาตามแผนการทดลอง",
            area="ตามแผนที่แนบท้าย", cap="ไม่เกิน 500 คน", valid_from=first,
            valid_until=first + timedelta(days=self.waiver_days), file=paper("waiver.pdf", "Instrument"),
        )  # fmt: skip

    def ready(self):
        self.pilot.refresh_from_db()
        if self.is_short:
            self.both("fast_track", "เข้าช่องทางเร่งด่วน หลักฐานครบ")
        else:
            self.both("declare_ready", "หลักฐานครบ")

    def live(self):
        self.pilot = PILOT.take(self.pilot, "go_live", by=self.people.executive(self.place))

    # Afterwards

    def afterwards(self):
        if "measure" in self.then:
            yield from self.measure()
        for name in self.then:
            if name != "measure":
                yield from getattr(self, name)()

    def trial_days(self):
        """How many days of the trial have been lived through, before what ends it."""
        ends = {
            "lapse": FIRST_WAIVER_DAY + self.waiver_days - LIVE_ON - 1,
            "crash": self.waits - 12,
            "end": self.length,
        }
        return min([self.waits, *(days for name, days in ends.items() if name in self.then)])

    def measure(self):
        days, final = self.trial_days(), self.idea.indicator[-1]
        for number, after in enumerate(range(READ_EVERY, max(days, READ_EVERY + 1), READ_EVERY), start=1):
            yield self.at(LIVE_ON + after, 0.6)
            first, second = self.pilot.indicators.all()[:2]
            share = Decimal(min(after, 80)) / 80
            wobble = Decimal("0.03") * first.baseline * (1 if number % 2 else -1)
            value = (first.baseline + (final - first.baseline) * share + wobble).quantize(Decimal("0.1"))
            self.read(first, value)
            if number % 3 == 0:
                self.read(second, (Decimal("3.1") + share).quantize(Decimal("0.1")))

    def read(self, indicator, value):
        measuring.record_reading(
            indicator, by=self.officer, on=clock.today(), value=value, evidence="บันทึกของระบบและใบลงเวลา"
        )

    def hear(self):
        yield self.at(LIVE_ON + self.waits - 6)
        citizens.give_feedback(self.pilot, kind="complaint", text="เสียงดังช่วงหัวค่ำ ขอให้เลิกก่อนสองทุ่ม")
        said = citizens.give_feedback(self.pilot, kind="feedback", text="สะดวกขึ้นมาก อยากให้ขยายไปหมู่ 4")
        yield self.at(LIVE_ON + self.waits - 3)
        citizens.answer(said, by=self.officer, text="ขอบคุณ จะเสนอเป็นพื้นที่ขยายผลหลังสรุปผลการทดลอง")

    def harm(self):
        yield self.at(LIVE_ON + self.waits - 2)
        indicator = self.pilot.indicators.first()
        share = Decimal("1.1") if indicator.direction == "down" else Decimal("0.9")
        self.read(indicator, (indicator.stop_threshold * share).quantize(Decimal("0.1")))

    def lapse(self):
        """The waiver's last day ends at midnight; the timer records it a minute later."""
        yield self.waiver.ends_at + timedelta(minutes=1)
        tasks.pause_and_end_pilots()
        tasks.expire_waivers()

    def crash(self):
        yield self.at(LIVE_ON + self.waits - 12)
        incident = reporting.report(
            self.pilot, by=self.people["pilot_partner"], what="เฉี่ยวรถเข็นของผู้ค้าหน้าตลาด มีผู้บาดเจ็บเล็กน้อยหนึ่งคน",
            hurt="somebody", personal_data=False, impact="minor",
        )  # fmt: skip
        yield self.at(LIVE_ON + self.waits - 11)
        reporting.write_report(
            incident, "first", by=self.officer, findings="หยุดบริการแล้ว ผู้บาดเจ็บกลับบ้านได้", measures="ปิดพื้นที่ เก็บข้อมูลเซนเซอร์",
            affected_count=1,
        )  # fmt: skip
        incident = INCIDENT.take(incident, "contain", by=self.officer, note="ปิดพื้นที่และหยุดระบบ")
        if "terminate" in self.then:
            yield self.at(LIVE_ON + self.waits - 8)
            incident = INCIDENT.take(
                incident, "resolve", by=self.officer, root_cause="เซนเซอร์ไม่เห็นวัตถุเตี้ย", note="เลิกใช้เส้นทางนี้"
            )
            INCIDENT.take(incident, "close", by=self.people["sandbox_officer_dla"], note="เยียวยาแล้ว")

    def terminate(self):
        yield self.at(LIVE_ON + self.waits - 6)
        self.take("terminate", "sandbox_member_dla", reason="ความเสี่ยงต่อคนเดินเท้าสูงกว่าประโยชน์")

    def tell(self):
        """The office reports its condition fulfilled; a case officer is to look at it."""
        for condition in self.pilot.conditions.all():
            yield self.at(LIVE_ON + 99)
            gates.report_condition(condition, by=self.officer, report="เผยแพร่รายงานสามฉบับทางเว็บไซต์และป้ายชุมชน")

    def fulfil(self):
        yield from self.tell()
        for condition in self.pilot.conditions.all():
            yield self.at(LIVE_ON + 101)
            gates.meet_condition(condition, by=self.people["sandbox_officer_depa"], note="อ่านทั้งสามฉบับแล้ว")

    def end(self):
        yield end_of_trial(self.pilot)
        tasks.pause_and_end_pilots()

    def report(self):
        yield self.at(LIVE_ON + min(self.waits - 2, self.length + 12))
        self.pilot = changing.write(
            Pilot.objects.get(pk=self.pilot.pk),
            by=self.officer,
            exit_summary=self.idea.summary,
            exit_lessons=self.idea.lessons,
        )

    def scale(self):
        yield self.at(LIVE_ON + self.length + 25)
        self.both("scale", "ผลชัดเจน คุ้มค่าต่อประชาชน")

    def stop(self):
        yield self.at(LIVE_ON + self.length + 25)
        self.both("stop", "ผลยังไม่พอให้ขยาย ควรนำบทเรียนไปออกแบบใหม่")

    def close(self):
        yield self.at(LIVE_ON + self.length + 35)
        for item in self.pilot.closing_items.exclude(code="exit_data_disclosed"):
            exits.finish_item(item, by=self.officer, note="ดำเนินการแล้วตามแผน")

    def send_back(self):
        yield self.at(15)
        self.take(
            "return",
            "sandbox_officer_depa",
            reason="ขอให้ระบุพื้นที่และจำนวนผู้ใช้ให้ชัดเจน",
            due_on=clock.today() + timedelta(days=14),
        )

    def reject(self):
        yield self.at(21)
        self.both("reject", "บริการนี้มีใช้ทั่วไปแล้ว จัดซื้อตามปกติได้")

    def withdraw(self):
        yield self.at(33)
        self.pilot = PILOT.take(self.pilot, "withdraw", by=self.people.executive(self.place), reason="ผู้ร่วมทดลองถอนตัว")


def end_of_trial(pilot):
    """A minute after the pilot's last day is over."""
    day = pilot.ends_on + timedelta(days=1)
    return datetime.combine(day, time(0, 1), tzinfo=clock.BANGKOK)


def paper(name, title):
    """A small real PDF."""
    return SimpleUploadedFile(name, letter([title, "Demonstration"]), content_type="application/pdf")
