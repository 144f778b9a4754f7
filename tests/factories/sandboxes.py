"""Pilots for the tests, led through their life by the real steps."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile

from portal import clock
from portal.models import Subdistrict
from portal.models.people import Agency
from portal.roles import Role
from sandboxes import amending, changing, citizens, gates, importing, measuring, plans, regulating
from sandboxes.criteria import CRITERIA
from sandboxes.lifecycle import PILOT, WAIVER
from sandboxes.models import Authority, Pilot
from sandboxes.states import Direction, DocumentKind, NoticeKind, PartnerKind, Remedy
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.remembered import remembered

NUMBERS = count(1)
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer << >>\n%%EOF\n"


def pdf(name="letter.pdf"):
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def authority(code="caat"):
    return Authority.objects.get_or_create(code=code, defaults={"name_th": "สำนักงานการบินพลเรือน", "name_en": "CAAT"})[0]


def subdistrict(place):
    taken = Subdistrict.objects.filter(district=place.district).count()
    return Subdistrict.objects.create(
        code=f"{place.district.code}{taken + 1:02}", name_th=f"ตำบลทดลอง {next(NUMBERS)}", district=place.district
    )


@remembered
class Cast:
    """Who takes part: an office, and the two agencies' officers and members."""

    def __init__(self, place=None):
        self.place = place or local_government()
        self.officer = person(Role.LOCAL_OFFICER, at=self.place)
        self.clerk = person(Role.LOCAL_CLERK, at=self.place)
        self.executive = person(Role.LOCAL_EXECUTIVE, at=self.place)
        self.case_officer = person(Role.SANDBOX_OFFICER, agency=Agency.DEPA)
        self.depa = person(Role.SANDBOX_MEMBER, agency=Agency.DEPA)
        self.dla = person(Role.SANDBOX_MEMBER, agency=Agency.DLA)
        self.partner = person()


@remembered
class Trial:
    """A pilot led through its life by the people who may: `Trial().to("live")`.

    `rule` gives it a rule that needs a waiver; `short` makes it fit for the short lane.
    """

    PATH = ["concept", "complete", "applied", "screening", "scored", "design", "planned", "approved", "proven", "ready",
            "live", "paused", "exit_review", "reported"]  # fmt: skip
    SHORT = ["concept", "complete", "applied", "screening", "scored", "planned", "proven", "ready", "live", "paused",
             "exit_review", "reported"]  # fmt: skip

    def __init__(self, cast=None, *, rule=True, short=False, days=200, waiver_days=150, **fields):
        self.cast = cast or Cast()
        self.rule, self.short, self.days, self.waiver_days = rule and not short, short, days, waiver_days
        self.issue = self.waiver = self.indicator = None
        self.pilot = changing.start(
            local_government=self.cast.place,
            by=self.cast.officer,
            title_th=f"โดรนส่งยา {next(NUMBERS)}",
            **fields,
        )
        self.at = "concept"

    def take(self, name, by, **details):
        self.pilot = PILOT.take(self.pilot, name, by=by, **details)
        return self

    @remembered
    def both(self, name, **details):
        """Both agencies take the step `name`."""
        details.setdefault("reason", "เห็นชอบตามหลักฐาน")
        return self.take(name, self.cast.depa, **details).take(name, self.cast.dla, **details)

    def fresh(self):
        self.pilot = Pilot.objects.get(pk=self.pilot.pk)
        return self.pilot

    @remembered
    def to(self, goal):
        """Go on to `goal`, one of `PATH` (or `SHORT`)."""
        path = self.SHORT if self.short else self.PATH
        for name in path[path.index(self.at) + 1 : path.index(goal) + 1]:
            getattr(self, f"_{name}")()
            self.at = name
        self.fresh()
        return self

    def _complete(self):
        today = clock.today()
        self.pilot = changing.write(
            self.pilot,
            by=self.cast.officer,
            problem="ยาถึงบ้านผู้ป่วยช้า",
            innovation="ส่งด้วยโดรน",
            dimension="living",
            technology="drones",
            subdistricts=[subdistrict(self.cast.place)],
            starts_on=today,
            ends_on=today + timedelta(days=self.days),
            personal_data=not self.short,
            has_public_devices=not self.short,
        )
        changing.add_partner(
            self.pilot, by=self.cast.officer, kind=PartnerKind.UNIVERSITY, name_th="มหาวิทยาลัยตัวอย่าง",
            representative=self.cast.partner, letter=pdf(),
        )  # fmt: skip

    def _applied(self):
        self.take("apply", self.cast.executive)

    def _screening(self):
        self.take("start_screening", self.cast.case_officer)

    def _scored(self):
        if self.rule:
            self.issue = regulating.raise_issue(
                self.pilot, by=self.cast.case_officer, law="พ.ร.บ. การเดินอากาศ", obstacle="ห้ามบินเหนือชุมชน",
                authority=authority(), remedy=Remedy.EXEMPTION,
            )  # fmt: skip
        regulating.check_rules(self.pilot, by=self.cast.case_officer)
        gates.score(self.pilot, {code: (3, "ชัดเจน") for code in CRITERIA}, by=self.cast.case_officer)

    def _design(self):
        self.both("admit")

    def _planned(self):
        by = self.cast.officer
        self.indicator = changing.add_indicator(
            self.pilot, by=by, name_th="เวลาส่งยา", unit="นาที", direction=Direction.DOWN, baseline=Decimal(60),
            baseline_on=clock.today(), target=Decimal(20), stop_threshold=Decimal(90),
        )  # fmt: skip
        self.pilot = changing.write(
            self.pilot, by=by, test_plan="บินวันละ 4 เที่ยว", user_cap=100, participants="ผู้ป่วยที่ยินยอม",
            budget_baht=Decimal("500000.00"), budget_source="เงินสะสม", kill_switch="ปุ่มเรียกกลับ", exit_plan="คืนพื้นที่",
            insurance="ประกันบุคคลที่สาม", complaint_channel="โทร 1567",
        )  # fmt: skip
        plans.submit(self.pilot, by=by)

    def _approved(self):
        self.both("approve")

    def _proven(self):
        by, today = self.cast.officer, clock.today()
        if not self.short:
            for kind in (DocumentKind.DPIA, DocumentKind.SECURITY_TEST):
                changing.attach(self.pilot, kind, pdf(), by=by)
        for kind, days in ((NoticeKind.NOTICE, 20), (NoticeKind.CONSULTATION, 10)):
            citizens.record_notice(
                self.pilot, by=by, kind=kind, on=today - timedelta(days=days), how="หอกระจายข่าว", people_count=80
            )
        if self.rule:
            self.waiver = self.granted(today, today + timedelta(days=self.waiver_days))

    def granted(self, first, last, issue=None):
        """A waiver of `issue`, asked for and recorded as granted from `first` to `last`."""
        waiver = regulating.request_waiver(issue or self.issue, by=self.cast.officer, requested_on=clock.today())
        return WAIVER.take(waiver, "grant", by=self.cast.case_officer, **instrument(first, last))

    def _ready(self):
        self.both("fast_track" if self.short else "declare_ready")

    def _live(self):
        self.take("go_live", self.cast.executive)

    def amendment(self, **fields):
        """A change of the plan that waits for both agencies; of the test plan where nothing else is said."""
        fields = fields or {"test_plan": "บินวันละ 8 เที่ยว"}
        return amending.propose(self.pilot, by=self.cast.officer, reason="ผู้ป่วยเพิ่มขึ้น", **fields)

    def _paused(self):
        self.take("pause", self.cast.officer, cause="other", note="พักชั่วคราว")

    def _exit_review(self):
        self.take("start_exit_review", self.cast.executive, continues=False, note="")

    def _reported(self):
        self.pilot = changing.write(
            self.pilot, by=self.cast.officer, exit_summary="ส่งยาได้ใน 25 นาที", exit_lessons="ลมแรงบินไม่ได้"
        )
        self.read(25)

    def take_end(self):
        """End it early."""
        return self.take("terminate", self.cast.executive, reason="ยุติ")

    @remembered
    def read(self, value, **kwargs):
        """A reading of the first indicator, today."""
        indicator = self.indicator or self.pilot.indicators.first()
        indicator.refresh_from_db()
        return measuring.record_reading(
            indicator, by=self.cast.officer, on=clock.today(), value=Decimal(value), evidence="บันทึกการบิน", **kwargs
        )


def instrument(first, last):
    """The details of an instrument that holds from `first` to `last`."""
    return {
        "instrument_no": "กพท 12/2570", "instrument_on": clock.today(), "scope": "บินเหนือชุมชนที่กำหนด", "area": "",
        "cap": "", "valid_from": first, "valid_until": last, "file": None,
    }  # fmt: skip


def workbook(rows):
    """A filled-in workbook of readings, to be uploaded: `rows` are indicator, day, value, evidence."""
    import xlsxwriter

    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([importing.headings(), *rows]):
            sheet.write_row(number, 0, row)
    buffer.seek(0)
    buffer.name = "readings.xlsx"
    return buffer
