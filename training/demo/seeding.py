"""Making the demonstration: four generations, placements, courses, certificates.

What the people of the demonstration go on with is made by the real steps; the many others beside them by `crowd`.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile

from portal import clock
from portal.models import Membership, User
from portal.pages import DEMO_PASSWORD
from portal.roles import Role
from training import applying, attendance, courses, credentials, enrolling, selection, service, setup
from training.demo.crowd import Crowd, Fates
from training.lifecycle import APPLICATION, ENROLMENT, GENERATION, MONTHLY_REPORT, PLACE, PLACEMENT, RUN
from training.models import (
    Application,
    ApplicationDocument,
    Attendance,
    Course,
    CourseRun,
    Credential,
    Enrolment,
    Generation,
    InterviewSlot,
    Learner,
    Placement,
    PrivacyNotice,
    Programme,
    Series,
)
from training.states import ApplicationState, DocumentKind, GenerationState, PlacementState, Source, Stage

S = ApplicationState

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
NAMES = ["ปุณยวีร์ แสงทอง", "ณัฐวดี คำภีร์", "ธีรภัทร ใจกล้า", "อริสา บุญมาก", "พีรพล ทองดี"]
NOTICE = (
    "เราใช้ข้อมูลในใบสมัครเพื่อคัดเลือกและจัดพื้นที่ปฏิบัติงานเท่านั้น เก็บไว้หนึ่งปีหลังประกาศผลสำหรับผู้ไม่ได้รับเลือก "
    "และห้าปีหลังจบโครงการสำหรับผู้ได้รับเลือก ท่านขอดู ขอสำเนา และขอลบได้ทุกเมื่อ"
)
CRITERIA = [
    {"stage": Stage.PAPER.value, "name_th": "ความมุ่งมั่นต่อพื้นที่", "name_en": "Commitment", "max_score": 50},
    {"stage": Stage.PAPER.value, "name_th": "ทักษะดิจิทัล", "name_en": "Digital skills", "max_score": 50},
    {"stage": Stage.INTERVIEW.value, "name_th": "การสื่อสาร", "name_en": "Communication", "max_score": 100},
]
COURSES = [
    ("EXEC1", "ผู้นำเมืองอัจฉริยะ", "Smart city leaders", "executive", "12"),
    ("SCL6", "นักพัฒนาเมือง", "City developers", "officer", "30"),
    ("TECH1", "ข้อมูลและเซนเซอร์สำหรับเมือง", "City data and sensors", "technical", "18"),
    ("CIT1", "พลเมืองดิจิทัล", "Digital citizens", "citizen", "6"),
    ("PDPA", "ข้อมูลส่วนบุคคลในงานเทศบาล", "Personal data in municipal work", "officer", "6"),
]
SUBJECTS = ["เมืองของเราอยู่ตรงไหน", "ข้อมูลที่เมืองต้องมี", "ลงมือทำกับกรณีจริง"]


def seed(say):
    """Make training's part as of now; the rows that belong to no demo person."""
    now = clock.now()
    story = Story(now)
    story.people()
    story.serving_generation()
    story.gather()
    story.graduated_generation()
    story.more_who_serve()
    story.matching_generation()
    story.open_generation()
    story.courses()
    counts = f"{Placement.objects.count()} placements, {CourseRun.objects.count()} course runs"
    counts += f", {Credential.objects.count()} certificates"
    say(f"{Generation.objects.count()} generations, {Application.objects.count()} applications, {counts}")
    unowned = Learner.objects.filter(user=None)
    return [*Programme.objects.all(), *Course.objects.all(), *Series.objects.all(), *unowned]


def at(moment, share=10):
    """The clock held at ten o'clock of the day of `moment`."""
    day = moment.astimezone(clock.BANGKOK).date()
    return clock.at(datetime.combine(day, time(share), tzinfo=clock.BANGKOK))


class Story:
    """Who does what, when."""

    def __init__(self, now):
        self.now = now
        self.officer = User.objects.get(username=Role.TRAINING_OFFICER)
        self.trainer = User.objects.get(username=Role.TRAINER)
        self.main = User.objects.get(username=Role.LOCAL_OFFICER).memberships.get().local_government
        self.second = User.objects.get(username="local_officer_2").memberships.get().local_government
        with at(now - timedelta(days=398)):
            self.programme = Programme.objects.create(
                code="smart_city_ambassador", name_th="นักดิจิทัลพัฒนาเมือง", name_en="Smart City Ambassador",
                description_th="คนรุ่นใหม่กลับไปทำงานพัฒนาเมืองในบ้านเกิด",
            )  # fmt: skip
            PrivacyNotice.objects.create(programme=self.programme, edition=1, text_th=NOTICE)

    def fresh(self, user):
        """The same person as a new request would know them."""
        return User.objects.get(pk=user.pk)

    def person(self, username, name, *, signs_in=True, **more):
        first, last = name.split(" ", 1)
        return User.objects.create(
            username=username, first_name=first, last_name=last, email=f"{username}@example.org",
            password=make_password(DEMO_PASSWORD if signs_in else None), date_joined=self.now - timedelta(days=200),
            **more,
        )  # fmt: skip

    def people(self):
        since = (self.now - timedelta(days=400)).astimezone(clock.BANGKOK).date()
        self.members = [User.objects.get(username=Role.SELECTION_MEMBER)]
        for number, name in ((2, "ชลธิชา วงศ์คำ"), (3, "วีระ สุขสันต์")):
            member = self.person(
                f"{Role.SELECTION_MEMBER}_{number}", name, title="กรรมการคัดเลือก", phone=f"0 2000 009{number}"
            )
            Membership.objects.create(user=member, role=Role.SELECTION_MEMBER, valid_from=since)
            self.members.append(member)
        self.mentor = self.person("host_mentor", "กัลยา ศรีเมือง")
        Membership.objects.create(
            user=self.mentor, role=Role.LOCAL_OFFICER, local_government=self.main, valid_from=since
        )
        self.ambassador = self.person("ambassador", NAMES[0])
        self.applicant = self.person("applicant", NAMES[1])
        self.learner = self.person("learner", NAMES[2])
        self.others = [self.person(f"sca_{n}", name, signs_in=False) for n, name in enumerate(NAMES[3:], start=1)]

    def generation(self, number, *, opens, days, **fields):
        generation = setup.change_generation(
            Generation(), by=self.officer, programme=self.programme, number=number,
            name_th="นักดิจิทัลพัฒนาเมืองรุ่นใหม่ (ตัวอย่าง)", name_en="Smart City Ambassadors (example)",
            opens_at=opens, closes_at=opens + timedelta(days=days), stipend_monthly_baht=Decimal("15000.00"),
            about_th="ทำงานกับเทศบาลสิบสองเดือน มีพี่เลี้ยงและเบี้ยเลี้ยงรายเดือน", **fields,
        )  # fmt: skip
        setup.set_criteria(generation, CRITERIA, by=self.officer)
        return GENERATION.take(generation, "open", by=self.officer)

    def place(self, generation, local_government, mentor, ending=""):
        officer = User.objects.get(username=f"{Role.LOCAL_OFFICER}{ending}")
        executive = User.objects.get(username=f"{Role.LOCAL_EXECUTIVE}{ending}")
        place = service.propose_place(
            generation, local_government, by=officer, mentor=mentor,
            work_th="จัดทำข้อมูลเมือง ช่วยเขียนข้อเสนอโครงการ และอบรมเจ้าหน้าที่",
        )  # fmt: skip
        return PLACE.take(place, "confirm", by=executive)

    def apply(self, generation, user, areas, *, send=True):
        application = applying.begin(generation, by=user)
        user = self.fresh(user)
        values = {
            "born_on": date(2002, 3, 14), "phone": "081 000 0000", "home_province": areas[0].province,
            "is_civil_servant": False, "has_other_stipend": False,
        }  # fmt: skip
        application = applying.write(application, "person", by=user, values=values)
        values = {"degree": "bachelor", "field_of_study": "วิทยาการข้อมูล", "institution": "มหาวิทยาลัยตัวอย่าง",
                  "graduated_year": 2567}  # fmt: skip
        application = applying.write(application, "education", by=user, values=values)
        if not send:
            return application
        texts = {"motivation": "อยากใช้ความรู้ด้านข้อมูลพัฒนาบ้านเกิด", "experience": "ทำแผนที่จุดเสี่ยงน้ำท่วมกับชุมชน"}
        application = applying.write(application, "motivation", by=user, values=texts)
        application = applying.write(application, "areas", by=user, areas=areas)
        for kind in (DocumentKind.RESUME, DocumentKind.DEGREE):
            paper = SimpleUploadedFile(f"{kind}.pdf", PAPER, content_type="application/pdf")
            applying.add_document(application, paper, by=user, kind=kind)
        applying.set_consents(application, ["next_call"], by=user, has_read=True)
        return APPLICATION.take(Application.objects.get(pk=application.pk), "submit", by=user)

    def judge(self, application, points):
        application = APPLICATION.take(application, "accept_eligibility", by=self.officer)
        for member in self.members:
            scores = {criterion: Decimal(points) for criterion in selection.criteria_of(application)}
            selection.score(application, by=self.fresh(member), scores=scores, send=True)
        return APPLICATION.take(application, "shortlist", by=self.officer)

    def serving_generation(self):
        """A generation in its third month: one serves, one has resigned and was replaced."""
        begin = self.now - timedelta(days=150)
        with at(begin):
            starts_on = clock.today() + timedelta(days=70)
            generation = self.generation(2, opens=clock.now(), days=30, seats=12, starts_on=starts_on)
            self.place(generation, self.main, self.mentor)
            officer = User.objects.get(username="local_officer_2")
            self.place(generation, self.second, officer, ending="_2")
        with at(begin + timedelta(days=5)):
            rows = [
                (self.ambassador, self.main, 45),
                (self.others[0], self.second, 42),
                (self.others[1], self.second, 38),
            ]
            sent = [(self.apply(generation, user, [area]), points) for user, area, points in rows]
        with at(begin + timedelta(days=31)):
            generation = GENERATION.take(Generation.objects.get(pk=generation.pk), "close", by=self.officer)
        with at(begin + timedelta(days=40)):
            for application, points in sent:
                self.judge(application, points)
        with at(begin + timedelta(days=50)):
            generation = GENERATION.take(generation, "match", by=self.officer)
            selection.give_places(generation, by=self.officer)
        with at(begin + timedelta(days=52)):
            for application in Application.objects.filter(state="selected"):
                APPLICATION.take(application, "accept", by=self.fresh(application.applicant))
            GENERATION.take(Generation.objects.get(pk=generation.pk), "start", by=self.officer)
        with at(begin + timedelta(days=70)):
            for placement in Placement.objects.all():
                PLACEMENT.take(placement, "start", by=User.objects.timer())
        with at(begin + timedelta(days=100)):
            gone = Placement.objects.get(ambassador=self.others[0])
            PLACEMENT.take(
                gone, "resign", by=self.fresh(self.others[0]), ended_on=clock.today(), reason="ได้งานประจำ",
                handover=["ฐานข้อมูลครัวเรือน", "รหัสเข้าใช้ระบบแผนที่"],
            )  # fmt: skip
        with at(begin + timedelta(days=101)):
            offered = Application.objects.get(state="selected")
            APPLICATION.take(offered, "accept", by=self.fresh(self.others[1]))
        with at(begin + timedelta(days=102)):
            PLACEMENT.take(Placement.objects.get(state="planned"), "start", by=User.objects.timer())
        self.reports()

    def reports(self):
        placement = Placement.objects.get(ambassador=self.ambassador)
        user, mentor = self.fresh(self.ambassador), self.fresh(self.mentor)
        service.add_project(
            placement, by=user, name_th="แผนที่จุดเสี่ยงน้ำท่วม", role_th="เก็บและจัดทำข้อมูล",
            value_baht=Decimal("850000.00"),
        )  # fmt: skip
        for month in service.months_of(placement, until=clock.today())[:-1]:
            report = service.start_report(placement, by=user, month=month)
            report = service.write_report(
                report, by=user, work="สำรวจข้อมูลชุมชนและจัดทำชุดข้อมูลเปิด", results="ได้ชุดข้อมูลเปิดสามชุด", problems=""
            )
            report = MONTHLY_REPORT.take(report, "submit", by=user)
            MONTHLY_REPORT.take(report, "accept", by=mentor)

    def gather(self):
        """Get the crowd together, with one real paper of each kind that all of them hand in."""
        papers = {
            kind: ApplicationDocument.objects.filter(kind=kind).select_related("file").first().file
            for kind in (DocumentKind.RESUME, DocumentKind.DEGREE)
        }
        self.crowd = Crowd(self.now, self.members, papers)

    def day(self, days):
        """The day so many days from today."""
        return (self.now + timedelta(days=days)).astimezone(clock.BANGKOK).date()

    def graduated_generation(self):
        """The first generation: over, most with their certificate, two left early."""
        opens = self.now - timedelta(days=395)
        with at(opens):
            generation = self.generation(
                1, opens=clock.now(), days=20, seats=8, months=9, starts_on=self.day(-335), credential_years=2
            )
            places = self.crowd.places(generation, 8, answered_at=clock.now())
            fates = Fates({S.ACCEPTED: len(places), S.NOT_SELECTED: 4})
            found = self.crowd.applications(generation, fates.rows(), places, sent_at=clock.now())
        states = [PlacementState.COMPLETED] * len(places)
        states[1:2] = states[5:6] = [PlacementState.RESIGNED]
        placements = self.crowd.placements(found[: len(places)], states[: len(places)], starts_on=generation.starts_on)
        Application.objects.filter(generation=generation).update(holds_seat=False)
        with at(self.now - timedelta(days=60)):
            for placement in placements:
                if placement.state == PlacementState.COMPLETED:
                    credentials.issue_for_placement(placement, by=self.officer)
        self.move(generation, GenerationState.GRADUATED)

    def move(self, generation, state):
        """Let a generation stand where its people stand, with its places counted."""
        Generation.objects.filter(pk=generation.pk).update(state=state)
        self.crowd.count_quotas(generation)

    def more_who_serve(self):
        """The others of the second generation: in service, on leave, waiting, offered a place."""
        generation = Generation.objects.get(number=2)
        places = self.crowd.places(generation, 9, answered_at=generation.opens_at)
        serving = max(len(places) - 2, 0)
        fates = Fates(
            {S.ACCEPTED: serving, S.SELECTED: min(len(places), 1), S.REFUSED: 1, S.WAITLISTED: 4, S.NOT_SELECTED: 5,
             S.INELIGIBLE: 2, S.WITHDRAWN: 1}
        )  # fmt: skip
        found = self.crowd.applications(
            generation, fates.rows(), places, sent_at=generation.opens_at + timedelta(days=3)
        )
        states = [PlacementState.IN_SERVICE] * serving
        states[2:3], states[4:5] = [PlacementState.ON_LEAVE][:serving], [PlacementState.RESIGNED][:serving]
        placements = self.crowd.placements(found[:serving], states[:serving], starts_on=generation.starts_on)
        gone = [one.application_id for one in placements if one.state == PlacementState.RESIGNED]
        Application.objects.filter(pk__in=gone).update(holds_seat=False)
        self.move(generation, GenerationState.IN_SERVICE)

    def matching_generation(self):
        """The third generation: everybody judged and interviewed, the board ready to give the places."""
        opens = self.now - timedelta(days=70)
        with at(opens):
            generation = self.generation(3, opens=clock.now(), days=30, seats=8, starts_on=self.day(25))
            places = self.crowd.places(generation, 11, answered_at=clock.now(), offset=9)
            fates = Fates({S.SHORTLISTED: 16, S.NOT_SELECTED: 4, S.INELIGIBLE: 2, S.WITHDRAWN: 2})
            found = self.crowd.applications(generation, fates.rows(), places, sent_at=clock.now() + timedelta(days=4))
            regions = sorted({place.local_government.province.region for place in places})
            setup.set_quotas(generation, {("region", region): 3 for region in regions}, by=self.officer)
        begins = datetime.combine(self.day(-8), time(9), tzinfo=clock.BANGKOK)
        InterviewSlot.objects.bulk_create(
            InterviewSlot(
                generation=generation, application=one, booked_at=begins - timedelta(days=6), where="depa ห้อง 501",
                starts_at=begins + timedelta(minutes=30 * index), ends_at=begins + timedelta(minutes=30 * index + 30),
            )
            for index, one in enumerate(found[:16])
        )  # fmt: skip
        self.move(generation, GenerationState.MATCHING)

    def open_generation(self):
        """The fourth generation takes applications: the draft of the demo's applicant, and others in every state."""
        with at(self.now - timedelta(days=20)):
            generation = self.generation(4, opens=clock.now(), days=45, seats=10, starts_on=self.day(120))
            self.place(generation, self.second, User.objects.get(username="local_officer_2"), ending="_2")
            places = self.crowd.places(generation, 14, answered_at=clock.now(), offset=20)
            fates = Fates({S.ELIGIBLE: 7, S.SUBMITTED: 9, S.INCOMPLETE: 2, S.INELIGIBLE: 1, S.DRAFT: 3, S.WITHDRAWN: 1})
            self.crowd.applications(generation, fates.rows(), places, sent_at=clock.now() + timedelta(days=1))
        with at(self.now - timedelta(days=2)):
            self.apply(generation, self.applicant, [self.second], send=False)

    def courses(self):
        """Courses for all levels, with runs in every state; one's certificates are about to end."""
        made = {}
        for code, name_th, name_en, level, hours in COURSES:
            course = Course(
                code=code, name_th=name_th, name_en=name_en, level=level, hours=Decimal(hours),
                credential_months=12 if code == "EXEC1" else 36, has_mark=code != "CIT1",
                about_th="เรียนรู้จากกรณีจริงของเทศบาล (ตัวอย่าง)", signatory_name="ตัวอย่าง",
                signatory_title="ผู้อำนวยการสำนักงานส่งเสริมเศรษฐกิจดิจิทัล",
            )  # fmt: skip
            made[code] = courses.save_course(course, by=self.officer)
        self.run(made["EXEC1"], begins=self.now - timedelta(days=326), crowd=14, finish=True, own=False)
        self.run(made["SCL6"], begins=self.now - timedelta(days=60), crowd=26, finish=True)
        self.run(made["CIT1"], begins=self.now - timedelta(days=2), crowd=20)
        self.run(made["TECH1"], begins=self.now + timedelta(days=21), crowd=12, waiting=3, capacity=13)
        self.planned(made["SCL6"])
        self.cancelled(made["PDPA"])

    def draft(self, course, *, begins, capacity=40):
        """A planned run of three mornings."""
        run = CourseRun(
            course=course, mode="hybrid", capacity=capacity, where_th=f"ห้องประชุม {self.main.name_th}",
            online_url="https://example.org/meeting", province=self.main.province,
        )  # fmt: skip
        run = courses.save_run(run, trainers=[self.trainer], by=self.officer)
        for index in range(3):
            day = (begins + timedelta(days=index)).astimezone(clock.BANGKOK).date()
            morning = datetime.combine(day, time(9), tzinfo=clock.BANGKOK)
            courses.add_session(
                run, by=self.officer, starts_at=morning, ends_at=morning + timedelta(hours=3),
                title_th=SUBJECTS[index],
            )  # fmt: skip
        return CourseRun.objects.get(pk=run.pk)

    def planned(self, course):
        self.draft(course, begins=self.now + timedelta(days=60))

    def cancelled(self, course):
        with at(self.now - timedelta(days=12)):
            run = RUN.take(self.draft(course, begins=self.now + timedelta(days=5)), "open", by=self.officer)
            self.crowd.enrol(run, self.crowd.learners(3, skip=9))
        with at(self.now - timedelta(days=4)):
            run = CourseRun.objects.get(pk=run.pk)
            RUN.take(run, "cancel", by=self.officer, reason="วิทยากรติดราชการด่วน จะจัดใหม่ในเดือนถัดไป")

    def run(self, course, *, begins, crowd, waiting=0, capacity=40, finish=False, own=True):
        """A run with the demonstration's own people, and a crowd from all over the country."""
        with at(min(begins, self.now) - timedelta(days=20)):
            run = RUN.take(self.draft(course, begins=begins, capacity=capacity), "open", by=self.officer)
            usernames = ("learner", Role.LOCAL_OFFICER, "local_officer_2", Role.LOCAL_CLERK) if own else ()
            people = [User.objects.get(username=name) for name in usernames]
            enrolments = [enrolling.enrol_self(run, by=person) for person in people]
            others = self.crowd.enrol(run, self.crowd.learners(crowd, skip=course.pk % 9), waiting=waiting)
        if begins > self.now:
            return
        with at(begins, 8):
            run = RUN.take(CourseRun.objects.get(pk=run.pk), "start", by=self.officer)
        for index, session in enumerate(run.sessions.all()):
            if session.ends_at > self.now:
                break
            with clock.at(session.ends_at):
                there = {(session, enrolment): enrolment != enrolments[-1] or index == 0 for enrolment in enrolments}
                attendance.mark(run, there, by=self.trainer, source=Source.LIST)
        self.crowd.attend(run, others, by=self.trainer)
        if not finish:
            self.signed_otherwise(run, others)
            return
        with at(begins + timedelta(days=5)):
            for enrolment in enrolments:
                name = "pass" if enrolment != enrolments[-1] else "fail"
                ENROLMENT.take(Enrolment.objects.get(pk=enrolment.pk), name, by=self.officer, mark=Decimal(78))
            self.crowd.finish(run, others, by=self.officer)
            RUN.take(CourseRun.objects.get(pk=run.pk), "finish", by=self.officer)

    def signed_otherwise(self, run, enrolments):
        """Two signatures on the paper sheet say other than the trainer's list: somebody has to settle them."""
        session = run.sessions.first()
        Attendance.objects.bulk_create(
            Attendance(session=session, enrolment=one, source=Source.SHEET, is_present=False,
                       recorded_by=self.trainer, recorded_at=session.ends_at)
            for one in enrolments[3:5]
        )  # fmt: skip
