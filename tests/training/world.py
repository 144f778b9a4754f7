"""One of everything that training's addresses name, with the people whose it is."""

from datetime import timedelta
from decimal import Decimal

from portal import clock
from portal.roles import Role
from tests.factories import training as make
from tests.factories.people import office, person
from training import service
from training.lifecycle import ENROLMENT, LIFECYCLES, PLACEMENT, RUN
from training.models import CourseRun, Credential, Enrolment, Placement

LIFE = {
    "generations": "generation", "applications": "application", "host-places": "place", "placements": "placement",
    "reports": "monthly report", "course-runs": "course run", "enrolments": "enrolment", "credentials": "certificate",
}  # fmt: skip


class World:
    """A generation with a placement in service and an applicant being scored; a running course with a certificate.

    `people` names who stands where: `own` is the applicant, ambassador and learner alike.
    """

    def __init__(self):
        self.call = call = make.Call().open()
        self.place = call.place()
        self.local_government = self.place.local_government
        self.office = office(self.local_government)
        self.placement = self.serving()
        self.application = self.placement.application
        self.own = self.application.applicant
        self.run, self.enrolment, self.credential = self.course()
        self.slot = call.generation.slots.create(
            starts_at=clock.now() + timedelta(days=3), ends_at=clock.now() + timedelta(days=4), where="depa"
        )

    def serving(self):
        """A service with a report, a leave, a project and something to hand over."""
        placement = self.call.placement(self.place)
        Placement.objects.filter(pk=placement.pk).update(starts_on=clock.today())
        placement = PLACEMENT.take(placement, "start", by=self.call.officer)
        self.report = service.start_report(placement, by=placement.ambassador, month=clock.today().replace(day=1))
        self.project = service.add_project(placement, by=placement.ambassador, name_th="แผนที่")
        self.leave = placement.leaves.create(kind="other", starts_on=clock.today(), returned_on=clock.today())
        self.item = placement.handover.create(text="คู่มือ")
        self.document = placement.application.documents.first()
        return placement

    def course(self):
        """A running course whose two learners have a certificate, and none yet."""
        officer, run = self.call.officer, make.run(province=self.local_government.province)
        first = make.enrolled(run, make.fresh(self.own))
        second = make.enrolled(run, self.office.clerk)
        RUN.take(run, "start", by=officer)
        run = CourseRun.objects.get(pk=run.pk)
        make.attend(run, first, 3, by=officer)
        ENROLMENT.take(Enrolment.objects.get(pk=first.pk), "fail", by=officer, mark=Decimal(10))
        make.attend(run, second, 4, by=officer)
        ENROLMENT.take(Enrolment.objects.get(pk=second.pk), "pass", by=officer, mark=Decimal(90))
        return run, Enrolment.objects.get(pk=first.pk), Credential.objects.get(enrolment=second)

    @property
    def people(self):
        """Everybody who may meet these addresses, by a short name."""
        province = self.local_government.province
        found = {
            "own": self.own, "officer": self.call.officer, "member": self.call.members[0],
            "mentor": self.placement.mentor, "local_officer": self.office.officer, "clerk": self.office.clerk,
            "executive": self.office.executive, "province": person(Role.PROVINCIAL_OFFICER, at=province),
            "trainer": person(Role.TRAINER), "auditor": person(Role.AUDITOR), "dla": person(Role.DLA_OFFICER),
            "stranger": person(),
        }  # fmt: skip
        self.run.trainers.add(found["trainer"])
        return {name: make.fresh(user) for name, user in found.items()}

    def keys(self, collection):
        """What fills the placeholders of a path below `collection`."""
        generation = self.call.generation
        rows = {
            "programmes": generation.programme, "notices": generation.notice(), "generations": generation,
            "slots": self.slot, "host-places": self.place, "applications": self.application,
            "documents": self.document, "placements": self.placement, "reports": self.report,
            "projects": self.project, "leaves": self.leave, "handover": self.item, "courses": self.run.course,
            "course-runs": self.run, "sessions": self.run.sessions.first(), "enrolments": self.enrolment,
            "credentials": self.credential, "training-coverage": self.local_government,
        }  # fmt: skip
        return {
            "id": rows[collection].pk if collection in rows else 1, "programme_id": generation.programme_id,
            "generation_id": generation.pk, "application_id": self.application.pk, "placement_id": self.placement.pk,
            "run_id": self.run.pk, "serial": self.credential.serial, "month": f"{clock.today():%Y-%m}",
        }  # fmt: skip


def steps(collection):
    """The names of the steps of the cases in `collection`."""
    return LIFECYCLES[LIFE[collection]].steps
