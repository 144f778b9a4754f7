"""Many applicants, ambassadors and learners at once: what makes the boards of the demonstration look like a real year.

Their rows are written in bulk as the steps would have left them. The cases that people of the demonstration go on
with are made by the steps themselves, in `seeding`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle, islice

from django.db.models import F

from portal import clock
from portal.audit import record
from portal.models import LocalGovernment, Membership, StoredFile, User
from portal.roles import Role
from portal.states import LocalGovernmentKind
from training import credentials, numbers, selection
from training.demo import content
from training.models import (
    Application,
    ApplicationDocument,
    AreaChoice,
    Attendance,
    CityProject,
    Consent,
    Enrolment,
    Evaluation,
    EvaluationScore,
    HostPlace,
    Learner,
    Leave,
    MonthlyReport,
    Placement,
    Quota,
    RunSeats,
)
from training.service import add_months, months_of
from training.states import (
    HOLDS_A_SEAT,
    UNSUCCESSFUL,
    ApplicationState,
    DocumentKind,
    EnrolmentState,
    LeaveKind,
    MonthlyReportState,
    PlacementState,
    PlaceState,
    Reason,
    Source,
    Stage,
)

S = ApplicationState
SCORED = {S.SHORTLISTED, S.SELECTED, S.WAITLISTED, S.NOT_SELECTED, S.ACCEPTED, S.REFUSED}
ONE_DAY = timedelta(days=1)


def names():
    """Names without end, each first name with ever another family name."""
    firsts, lasts = content.FIRST_NAMES, content.LAST_NAMES
    return (
        (firsts[index % len(firsts)], lasts[(index * 7 + index // len(firsts)) % len(lasts)]) for index in range(10**6)
    )


class Crowd:
    """Everybody who is nobody in particular. `now` is the moment of the demonstration."""

    def __init__(self, now, members, papers):
        self.now, self.members, self.papers = now, members, papers
        self.names = names()
        self.today = now.astimezone(clock.BANGKOK).date()
        self.offices = self._offices()

    def _offices(self):
        """Local governments with an officer who signs in, each with that officer."""
        held = (
            Membership.objects.in_force(self.today)
            .filter(role=Role.LOCAL_OFFICER, user__is_active=True)
            .exclude(user__username__in=[Role.LOCAL_OFFICER, "local_officer_2", "host_mentor"])
            .select_related("user", "local_government__province")
            .order_by("local_government__name_sort_key", "pk")
        )
        return list({one.local_government_id: one for one in held}.values())

    def people(self, count, prefix):
        """New accounts that nobody signs in to."""
        rows = [
            User(username=f"{prefix}_{index:02d}", first_name=first, last_name=last, password="!",
                 email=f"{prefix}_{index:02d}@example.org", date_joined=self.now - timedelta(days=300))
            for index, (first, last) in enumerate(islice(self.names, count), start=1)
        ]  # fmt: skip
        return User.objects.bulk_create(rows)

    # The programme

    def places(self, generation, count, *, answered_at, offset=0):
        """Places offered by as many offices, in the order of their names from `offset` on."""
        return HostPlace.objects.bulk_create(
            HostPlace(
                generation=generation, local_government=office.local_government, state=PlaceState.OFFERED, version=2,
                work_th=work, mentor=office.user, prepared_by=office.user, prepared_at=answered_at,
                decided_by=office.user, decided_at=answered_at,
            )
            for office, work in zip(self.offices[offset : offset + count], cycle(content.WORKS), strict=False)
        )  # fmt: skip

    def applications(self, generation, fates, places, *, sent_at):
        """Applications that stand where `fates` says: `(state, points of 100)` each, the areas drawn from `places`.

        Whoever holds a seat, or held one, has the place of the same number in `places`.
        """
        people = self.people(len(fates), f"applicant_{generation.number}")
        notice, areas = generation.notice(), [place.local_government for place in places]
        rows, seated = [], iter(places)
        for index, (person, (state, _points)) in enumerate(zip(people, fates, strict=True)):
            moment = sent_at + timedelta(hours=7 * index)
            is_sent = state != S.DRAFT
            has_place = state in HOLDS_A_SEAT or state == S.REFUSED
            home = areas[index % len(areas)].province if areas else None
            degree, field, school = content.STUDIES[index % len(content.STUDIES)]
            born_on = date(self.today.year - 22 - index % 9, 1 + index % 12, 1 + index * 3 % 28)
            application = Application(
                generation=generation, applicant=person, state=state, version=3, created_at=moment - ONE_DAY,
                changed_at=moment, state_since=moment, first_name=person.first_name, last_name=person.last_name,
                email=person.email, phone=f"08{index % 10} 000 {1000 + index}", born_on=born_on, home_province=home,
                is_civil_servant=False, has_other_stipend=False, degree=degree, field_of_study=field,
                institution=school, graduated_year=self.today.year + 543 - 1 - index % 5, notice=notice,
                motivation=content.MOTIVES[index % len(content.MOTIVES)],
                experience=content.EXPERIENCES[index % len(content.EXPERIENCES)],
                project_idea=content.IDEAS[index % len(content.IDEAS)],
                notice_read_at=moment, number=numbers.application_number(generation) if is_sent else "",
                submitted_at=moment if is_sent else None, age_at_close=None, holds_seat=state in HOLDS_A_SEAT,
                place=next(seated, None) if has_place else None,
                keep_until=self.now + timedelta(days=365) if state in UNSUCCESSFUL else None,
            )  # fmt: skip
            if is_sent:
                application.age_at_close = selection.age_on(born_on, selection.closing_day(generation))
            if state == S.INELIGIBLE:
                application.reasons = [Reason.CIVIL_SERVANT.value]
                application.is_civil_servant = True
            if state == S.INCOMPLETE:
                application.asked_documents = [DocumentKind.DEGREE.value]
                application.decision_note = "สำเนาปริญญาบัตรอ่านไม่ออก"
                application.document_due_on = self.today + timedelta(days=5)
            if state == S.SELECTED:
                application.answer_until = selection.answer_moment(generation)
            rows.append(application)
        made = Application.objects.bulk_create(rows)
        self._belongings(made, areas, notice)
        self._scores(generation, [(one, points) for one, (_state, points) in zip(made, fates, strict=True) if points])
        return made

    def _belongings(self, applications, areas, notice):
        choices, documents, consents = [], [], []
        for index, one in enumerate(applications):
            wanted = [one.place.local_government] if one.place else []
            wanted += islice(cycle(areas), index * 5, index * 5 + 4) if areas else []
            wanted = list({place.pk: place for place in wanted}.values())[:3]
            choices += [
                AreaChoice(application=one, rank=rank, local_government=area) for rank, area in enumerate(wanted, 1)
            ]
            consents += [Consent(application=one, purpose="next_call", notice=notice)] if index % 2 else []
            documents += [(one, kind) for kind in (DocumentKind.RESUME, DocumentKind.DEGREE)]
            if one.state != S.DRAFT:
                with clock.at(one.submitted_at):
                    record("application.submit", one, by=one.applicant, before=S.DRAFT, after=S.SUBMITTED)
        AreaChoice.objects.bulk_create(choices)
        Consent.objects.bulk_create(consents)
        files = StoredFile.objects.bulk_create(
            StoredFile(
                sha256=paper.sha256, size=paper.size, name=paper.name, content_type=paper.content_type,
                file=paper.file.name, uploaded_by=one.applicant, uploaded_at=one.changed_at,
            )
            for one, kind in documents
            for paper in [self.papers[kind]]
        )  # fmt: skip
        ApplicationDocument.objects.bulk_create(
            ApplicationDocument(application=one, kind=kind, file=file, uploaded_at=one.changed_at)
            for (one, kind), file in zip(documents, files, strict=True)
        )

    def _scores(self, generation, pointed):
        """What the members gave: the paper scores of all, the interview's of those who came so far."""
        criteria = {stage: list(generation.criteria.filter(stage=stage)) for stage in Stage}
        evaluations, scores = [], []
        for application, points in pointed:
            has_interview = application.state in SCORED and generation.state != "open"
            for stage in Stage if has_interview else (Stage.PAPER,):
                members = self.members if application.state in SCORED else self.members[: points % 3]
                for number, member in enumerate(members):
                    share = Decimal(min(max(points + (number - 1) * 3 + (stage == Stage.INTERVIEW) * 2, 0), 100)) / 100
                    given = [
                        (criterion, (criterion.max_score * share).quantize(Decimal("0.5")))
                        for criterion in criteria[stage]
                    ]
                    most = sum(criterion.max_score for criterion, _score in given)
                    total = (sum(score for _criterion, score in given) * 100 / most).quantize(Decimal("0.01"))
                    moment = application.submitted_at + timedelta(days=12)
                    moment = min(moment, self.now)
                    evaluations.append(
                        Evaluation(application=application, member=member, stage=stage, total=total,
                                   changed_at=moment, sent_at=moment)
                    )  # fmt: skip
                    scores.append(given)
        made = Evaluation.objects.bulk_create(evaluations)
        EvaluationScore.objects.bulk_create(
            EvaluationScore(evaluation=evaluation, criterion=criterion, score=score)
            for evaluation, given in zip(made, scores, strict=True)
            for criterion, score in given
        )
        judged = [application for application, _points in pointed if application.state in SCORED]
        for application in judged:
            selection.settle_score(application)
        Application.objects.bulk_update(judged, ["score"])

    def count_quotas(self, generation):
        """Bring the counters to what is given."""
        held = generation.applications.filter(holds_seat=True).count()
        Quota.objects.update_or_create(
            generation=generation, kind="total", value="", defaults={"seats": generation.seats, "taken": held}
        )

    def placements(self, applications, states, *, starts_on):
        """The services of those who accepted; whoever left early did so two months in. The placements."""
        rows = []
        for application, state in zip(applications, states, strict=True):
            generation, place = application.generation, application.place
            ends_on = add_months(starts_on, generation.months) - ONE_DAY
            is_early = state in {PlacementState.RESIGNED, PlacementState.TERMINATED}
            rows.append(
                Placement(
                    generation=generation, application=application, place=place, state=state, version=2,
                    local_government=place.local_government, ambassador=application.applicant, mentor=place.mentor,
                    starts_on=starts_on, ends_on=ends_on, stipend_monthly_baht=generation.stipend_monthly_baht,
                    ended_on=add_months(starts_on, 2) if is_early else None,
                    end_reason="ได้งานประจำใกล้บ้าน" if is_early else "",
                )
            )  # fmt: skip
        made = Placement.objects.bulk_create(rows)
        Leave.objects.bulk_create(
            Leave(placement=one, kind=LeaveKind.MILITARY, starts_on=self.today - timedelta(days=9),
                  expected_on=self.today + timedelta(days=50))
            for one in made if one.state == PlacementState.ON_LEAVE
        )  # fmt: skip
        CityProject.objects.bulk_create(
            CityProject(placement=one, name_th=name, role_th="เก็บข้อมูลและประสานงาน", value_baht=Decimal(value))
            for one, (name, value) in zip(made, cycle(content.PROJECTS), strict=False)
        )
        MonthlyReport.objects.bulk_create(report for one in made for report in self._reports(one))
        return made

    def _reports(self, placement):
        months = [month for month in months_of(placement, until=self.today) if month < self.today.replace(day=1)]
        for month in months:
            is_last = month == months[-1] and placement.state == PlacementState.IN_SERVICE
            if is_last and placement.pk % 3 == 0:
                continue
            moment = datetime.combine(add_months(month, 1), time(9), tzinfo=clock.BANGKOK)
            yield MonthlyReport(
                placement=placement, month=month, version=3, work="สำรวจชุมชน ทำชุดข้อมูลเปิด และอบรมเจ้าหน้าที่",
                results="เจ้าหน้าที่ใช้ชุดข้อมูลได้เอง", submitted_at=moment,
                state=MonthlyReportState.SUBMITTED if is_last else MonthlyReportState.ACCEPTED,
                accepted_at=None if is_last else moment + ONE_DAY,
            )  # fmt: skip

    # Courses

    def learners(self, count, *, skip=0):
        """People of as many local governments, taken from all over the country."""
        kinds = [LocalGovernmentKind.CITY_MUNICIPALITY, LocalGovernmentKind.TOWN_MUNICIPALITY]
        places = list(LocalGovernment.objects.active(self.today).filter(kind__in=kinds).order_by("pk"))
        places = places or list(LocalGovernment.objects.active(self.today).order_by("pk"))
        stride = max(len(places) // count, 1)
        chosen = list(islice(cycle(places[skip::stride] or places), count))
        return Learner.objects.bulk_create(
            Learner(
                first_name=first, last_name=last, position=position, local_government=place,
                email=f"learner{place.pk}_{skip}_{index}@example.org", claim_code=f"demo-{skip}-{index:03d}",
            )
            for index, (place, (first, last), position) in enumerate(
                zip(chosen, self.names, cycle(content.POSITIONS), strict=False)
            )
        )  # fmt: skip

    def enrol(self, run, learners, *, waiting=0):
        """Seats for these people of a run; the last `waiting` of them are on the waiting list."""
        seated = len(learners) - waiting
        made = Enrolment.objects.bulk_create(
            Enrolment(
                run=run, learner=learner, office=learner.local_government, version=2,
                state=EnrolmentState.CONFIRMED if index < seated else EnrolmentState.WAITLISTED,
                requested_at=clock.now() + timedelta(minutes=index),
            )
            for index, learner in enumerate(learners)
        )  # fmt: skip
        RunSeats.objects.filter(run=run).update(taken=F("taken") + seated)
        return made

    def attend(self, run, enrolments, *, by):
        """Who came to the sessions that are over: most, some missed one, one in twelve came to none but the first."""
        lines = []
        for number, session in enumerate(session for session in run.sessions.all() if session.ends_at <= self.now):
            for index, enrolment in enumerate(enrolments):
                is_present = number == 0 or (index % 12 != 11 and (index + number) % 9 != 8)
                lines.append(
                    Attendance(session=session, enrolment=enrolment, source=Source.LIST, is_present=is_present,
                               recorded_by=by, recorded_at=session.ends_at)
                )  # fmt: skip
        return Attendance.objects.bulk_create(lines)

    def finish(self, run, enrolments, *, by):
        """The results of a run that is over: whoever reached the attendance and the mark passes, with a certificate."""
        needed = run.course.attendance_pct
        sessions = list(run.sessions.all())
        came = {}
        for line in Attendance.objects.filter(enrolment__in=enrolments, is_present=True):
            came[line.enrolment_id] = came.get(line.enrolment_id, 0) + 1
        for index, enrolment in enumerate(enrolments):
            enrolment.mark = Decimal(58 + index * 11 % 41)
            is_there = came.get(enrolment.pk, 0) * 100 >= needed * len(sessions)
            has_passed = is_there and enrolment.mark >= run.course.pass_mark
            enrolment.state = EnrolmentState.PASSED if has_passed else EnrolmentState.FAILED
        Enrolment.objects.bulk_update(enrolments, ["mark", "state"])
        for enrolment in enrolments:
            if enrolment.state == EnrolmentState.PASSED:
                credentials.issue_for_enrolment(enrolment, by=by)


@dataclass(frozen=True)
class Fates:
    """How many applications stand in which state, with points that fall from the first to the last."""

    counts: dict
    top: int = 94
    step: int = 2

    def rows(self):
        found, points = [], self.top
        for state, count in self.counts.items():
            for _number in range(count):
                is_judged = state in SCORED or state == S.ELIGIBLE
                found.append((state, points if is_judged else 0))
                points -= self.step * is_judged
        return found
