"""Generations, applicants and courses for the tests, made by the real steps wherever a step makes them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile

from portal import clock
from portal.models import User
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government
from training import applying, attendance, enrolling, seats, selection, service
from training.lifecycle import APPLICATION, ENROLMENT, GENERATION, MONTHLY_REPORT, PLACE, PLACEMENT, RUN
from training.models import (
    Application,
    Course,
    CourseRun,
    Enrolment,
    Generation,
    PrivacyNotice,
    Programme,
    SelectionCriterion,
    Session,
)
from training.states import DocumentKind, Source, Stage

NUMBERS = count(1)
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


def paper(name="paper.pdf"):
    return SimpleUploadedFile(name, PDF + str(next(NUMBERS)).encode(), content_type="application/pdf")


def programme():
    made, is_new = Programme.objects.get_or_create(
        code="smart_city_ambassador",
        defaults={"name_th": "นักดิจิทัลพัฒนาเมือง", "name_en": "Smart City Ambassador"},
    )
    if is_new:
        PrivacyNotice.objects.create(programme=made, edition=1, text_th="เราใช้ข้อมูลเพื่อคัดเลือกเท่านั้น")
    return made


def generation(**kwargs):
    """A generation that lacks nothing, announced: applications for thirty days from yesterday, two criteria a stage."""
    now = clock.now()
    number = next(NUMBERS)
    defaults = {
        "programme": programme(), "number": number, "name_th": "นักดิจิทัลพัฒนาเมืองรุ่นใหม่",
        "name_en": "Smart City Ambassador", "opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=30),
        "seats": 3, "months": 3, "stipend_monthly_baht": Decimal("15000.00"),
        "starts_on": clock.today() + timedelta(days=45),
    }  # fmt: skip
    made = Generation.objects.create(**{**defaults, **kwargs})
    for stage in Stage:
        for position in (1, 2):
            SelectionCriterion.objects.create(
                generation=made, stage=stage, position=position, name_th=f"เกณฑ์ {position}", max_score=50
            )
    return made


class Call:
    """A generation with its people, led through its life: `Call().to("matching")`."""

    PATH = ("open", "selecting", "matching", "in_service")

    def __init__(self, **kwargs):
        self.officer = person(Role.TRAINING_OFFICER)
        self.members = [person(Role.SELECTION_MEMBER) for _ in range(3)]
        self.generation = generation(**kwargs)

    def move(self, name, by=None, **details):
        fresh = Generation.objects.get(pk=self.generation.pk)
        self.generation = GENERATION.take(fresh, name, by=by or self.officer, **details)
        return self

    def open(self):
        return self.move("open")

    def close(self):
        with clock.at(self.generation.closes_at):
            return self.move("close")

    def place(self, at=None, mentor=None):
        """A place that a municipality has offered."""
        at = at or local_government()
        officer, executive = person(Role.LOCAL_OFFICER, at=at), person(Role.LOCAL_EXECUTIVE, at=at)
        place = service.propose_place(
            self.generation, at, by=officer, work_th="ทำงานข้อมูลเมือง", mentor=mentor or officer
        )
        return PLACE.take(place, "confirm", by=executive)

    def draft(self, *areas, applicant=None, **fields):
        """A complete draft for these areas (local governments)."""
        applicant = applicant or person()
        application = applying.begin(self.generation, by=applicant)
        values = {
            "first_name": "กานต์", "last_name": "ใจดี", "born_on": date(2002, 5, 4), "email": "kan@example.org",
            "home_province": (areas[0] if areas else local_government()).province, "is_civil_servant": False,
            "has_other_stipend": False, "degree": "bachelor", "field_of_study": "วิทยาการข้อมูล",
            "institution": "มหาวิทยาลัยตัวอย่าง", "graduated_year": 2567, "motivation": "อยากกลับไปพัฒนาบ้านเกิด",
            "experience": "ทำแผนที่จุดน้ำท่วม", **fields,
        }  # fmt: skip
        Application.objects.filter(pk=application.pk).update(**values)
        application.refresh_from_db()
        if areas:
            application = applying.write(application, "areas", by=applicant, areas=areas)
        for kind in (DocumentKind.RESUME, DocumentKind.DEGREE):
            applying.add_document(application, paper(), by=applicant, kind=kind)
        applying.set_consents(application, [], by=applicant, has_read=True)
        return Application.objects.get(pk=application.pk)

    def take(self, application, name, by=None, **details):
        fresh = Application.objects.get(pk=application.pk)
        by = by or (fresh.applicant if name in {"submit", "accept", "refuse", "withdraw"} else self.officer)
        return APPLICATION.take(fresh, name, by=User.objects.get(pk=by.pk), **details)

    def submitted(self, *areas, **fields):
        return self.take(self.draft(*areas, **fields), "submit")

    def scored(self, application, points=40):
        """Let every member send the same score of 50 for each criterion of the stage."""
        fresh = Application.objects.get(pk=application.pk)
        for member in self.members:
            scores = {criterion: Decimal(points) for criterion in selection.criteria_of(fresh)}
            selection.score(fresh, by=member, scores=scores, send=True)
        return fresh

    def eligible(self, *areas, **fields):
        return self.take(self.submitted(*areas, **fields), "accept_eligibility")

    def shortlisted(self, *areas, points=40, **fields):
        application = self.scored(self.eligible(*areas, **fields), points)
        return self.take(application, "shortlist")

    def selected(self, place, points=40):
        """Somebody who is offered `place`; the generation is being matched."""
        application = self.shortlisted(place.local_government, points=points)
        self.close().move("match")
        return self.take(application, "select", place=place)

    def placement(self, place=None):
        """The planned placement of somebody who accepted a place, in a generation being matched."""
        place = place or self.place()
        return self.take(self.selected(place), "accept").placement


def serving(call=None):
    """A placement in service, on its first day's clock: `(call, placement)`."""
    call = call or Call().open()
    placement = call.placement()
    with clock.at(noon(placement.starts_on)):
        return call, PLACEMENT.take(placement, "start", by=call.officer)


def noon(day):
    """Twelve o'clock in Bangkok on `day`."""
    from datetime import datetime

    return datetime(day.year, day.month, day.day, 12, tzinfo=clock.BANGKOK)


def accepted_report(placement, month):
    report = service.start_report(placement, by=placement.ambassador, month=month)
    report = service.write_report(report, by=placement.ambassador, work="ทำฐานข้อมูล")
    report = MONTHLY_REPORT.take(report, "submit", by=fresh(placement.ambassador))
    return MONTHLY_REPORT.take(report, "accept", by=fresh(placement.mentor))


def fresh(user):
    """The same person as a new request would know them."""
    return User.objects.get(pk=user.pk)


# Courses


def course(**kwargs):
    defaults = {
        "code": f"c{next(NUMBERS)}", "name_th": "หลักสูตรนักพัฒนาเมือง", "level": "officer", "hours": Decimal("12.0"),
    }  # fmt: skip
    return Course.objects.create(**{**defaults, **kwargs})


def run(of=None, *, sessions=4, capacity=20, by=None, opened=True, **kwargs):
    """A run of three-hour sessions on days to come, open for enrolment unless `opened` is false."""
    of = of or course()
    defaults = {"number": of.runs.count() + 1, "mode": "onsite", "capacity": capacity, "where_th": "ศาลากลาง"}
    made = CourseRun.objects.create(course=of, **{**defaults, **kwargs})
    for index in range(sessions):
        begins = clock.now() + timedelta(days=7 + index)
        Session.objects.create(run=made, starts_at=begins, ends_at=begins + timedelta(hours=3))
    return RUN.take(made, "open", by=by or person(Role.TRAINING_OFFICER)) if opened else made


def enrolled(in_run, learner=None):
    """The enrolment of somebody with an account."""
    return enrolling.enrol_self(in_run, by=learner or person())


def attend(in_run, enrolment, present, *, by, source=Source.LIST):
    """Record that an enrolment was there in the first `present` sessions and missed the others."""
    entries = {(session, enrolment): number < present for number, session in enumerate(in_run.sessions.all())}
    return attendance.mark(in_run, entries, by=by, source=source)


def take_all_seats(in_run):
    seats.set_capacity(in_run, in_run.seats.taken)


def trained(at, level="officer", months=None):
    """The certificate of somebody of a local government who passed."""
    officer, learner = person(Role.TRAINING_OFFICER), person(Role.LOCAL_OFFICER, at=at)
    in_run = run(course(level=level, credential_months=months))
    enrolment = enrolled(in_run, learner)
    RUN.take(in_run, "start", by=officer)
    attend(CourseRun.objects.get(pk=in_run.pk), enrolment, 4, by=officer)
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    return ENROLMENT.take(enrolment, "pass", by=officer, mark=Decimal(80)).credentials.get()
