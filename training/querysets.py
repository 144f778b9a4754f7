"""Training's queries, one thought a method."""

from datetime import timedelta

from django.db import models
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Round

from portal import access
from portal.models import Membership
from portal.roles import Outsider, Role
from training.states import (
    OCCUPIES,
    ON_THE_LIST,
    SERVING,
    UNSUCCESSFUL,
    ApplicationState,
    CredentialKind,
    CredentialState,
    EnrolmentState,
    GenerationState,
    MonthlyReportState,
    PlaceState,
    RunState,
    Stage,
)

RECENT = timedelta(days=730)


def holds_nationally(user, permission):
    """Whether `user` holds `permission` for the whole country: an officer of one province does not."""
    return any(m.province_id is None for m in access.holding(user, permission))


def within_reach(user, permission):
    """A `Q` for the rows of places on which `user` holds `permission` by a post; an empty one is everywhere."""
    wanted = Q(pk__in=[])
    for membership in access.holding(user, permission):
        if membership.role in Outsider.values:
            continue
        if membership.local_government_id:
            wanted |= Q(local_government=membership.local_government_id)
        elif membership.province_id:
            wanted |= Q(local_government__province=membership.province_id)
        else:
            return Q()
    return wanted


class GenerationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Every generation that was announced: all of them."""
        return self

    def taking_applications(self, moment):
        return self.filter(state=GenerationState.OPEN, opens_at__lte=moment, closes_at__gt=moment)

    def past_closing(self, moment):
        return self.filter(state=GenerationState.OPEN, closes_at__lte=moment)

    def calling_hosts(self):
        """Those that municipalities may still offer places for."""
        return self.filter(state__in=[GenerationState.ANNOUNCED, GenerationState.OPEN, GenerationState.SELECTING])

    def with_past_list(self, day):
        """Those whose waiting list has ended by `day`."""
        return self.filter(list_closes_on__lt=day)


class HostPlaceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Offered places are public; what an office prepares or declined is for it and for those who run the call."""
        public = Q(state=PlaceState.OFFERED)
        if not user.is_authenticated:
            return self.filter(public)
        reach = within_reach(user, "training.view_place")
        return self.filter(public | reach) if reach else self

    def offered(self):
        return self.filter(state=PlaceState.OFFERED)

    def free(self):
        """Offered places that nobody holds or is being offered."""
        from training.models import Application

        held = Application.objects.filter(place=OuterRef("pk"), holds_seat=True)
        return self.offered().exclude(Exists(held))


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own; once sent, those of the people who run the selection, and without conflicts those to be scored."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(applicant=user)
        if holds_nationally(user, "training.view_application"):
            seen |= Q(submitted_at__isnull=False)
        if access.holding(user, "training.score_application"):
            seen |= Q(state__in=[ApplicationState.ELIGIBLE, ApplicationState.SHORTLISTED])
        return self.filter(seen).without_conflicts_of(user)

    def without_conflicts_of(self, user):
        from training.models import SelectionConflict

        return self.exclude(Exists(SelectionConflict.objects.filter(application=OuterRef("pk"), member=user)))

    def sent(self):
        return self.filter(submitted_at__isnull=False)

    def holding_a_seat(self):
        return self.filter(holds_seat=True)

    def unanswered_at(self, moment):
        """Offers whose time to answer has passed."""
        return self.filter(state=ApplicationState.SELECTED, answer_until__lte=moment)

    def unsuccessful(self):
        return self.filter(state__in=UNSUCCESSFUL)

    def to_be_forgotten(self, moment):
        """Those whose time of keeping has passed and that still hold personal data; not while the person serves."""
        due = self.filter(keep_until__lte=moment, anonymised_at=None)
        return due.exclude(placement__state__in=OCCUPIES)

    def with_scores(self):
        """Adds the means and counts of what is sent, null without any: `paper_mean`, `interview_mean` (Decimal),
        `paper_count`, `interview_count` (int).
        """
        from training.models import Evaluation

        sent = Evaluation.objects.filter(application=OuterRef("pk"), sent_at__isnull=False)

        def figure(stage, expression):
            of_stage = sent.filter(stage=stage).order_by().values("application")
            return Subquery(of_stage.annotate(figure=expression).values("figure"))

        return self.annotate(
            paper_mean=figure(Stage.PAPER, Round(Avg("total"), 2)),
            interview_mean=figure(Stage.INTERVIEW, Round(Avg("total"), 2)),
            paper_count=figure(Stage.PAPER, Count("pk")),
            interview_count=figure(Stage.INTERVIEW, Count("pk")),
        )

    def ranked(self):
        """In the order of the ranking: best score first, then the lower number."""
        return self.order_by(F("score").desc(nulls_last=True), "number", "pk")


class PlacementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own as ambassador or mentor, those of one's office or province, all for those who run the programme."""
        if not user.is_authenticated:
            return self.none()
        reach = within_reach(user, "training.view_placement")
        return self.filter(Q(ambassador=user) | Q(mentor=user) | reach) if reach else self

    def occupying(self):
        return self.filter(state__in=OCCUPIES)

    def serving(self):
        return self.filter(state__in=SERVING)

    def serving_on(self, day):
        """Those of an ambassador who serves on `day`: started, and neither ended before nor over."""
        return self.serving().filter(starts_on__lte=day, ends_on__gte=day)

    def with_mentor_gone(self, day):
        """Those whose host has given up, or whose mentor holds no post there on `day`."""
        posts = Membership.objects.in_force(day).filter(
            user=OuterRef("mentor"), local_government=OuterRef("local_government")
        )
        return self.filter(Q(place__state=PlaceState.WITHDRAWN) | ~Exists(posts))

    def to_be_forgotten(self, day):
        """Those that ended so long before `day` that nobody needs to know any more who served."""
        ended = Q(ended_on__lt=day) | Q(ended_on=None, ends_on__lt=day)
        return self.filter(ended, ambassador__isnull=False).exclude(state__in=OCCUPIES)


class MonthlyReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports of the placements that `user` may see; drafts for the ambassador alone."""
        from training.models import Placement

        if not user.is_authenticated:
            return self.none()
        seen = Placement.objects.visible_to(user)
        written = ~Q(state=MonthlyReportState.DRAFT) | Q(placement__ambassador=user)
        return self.filter(written, placement__in=seen)

    def accepted(self):
        return self.filter(state=MonthlyReportState.ACCEPTED)


class CourseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Published courses; the others for those who may change courses."""
        if user.is_authenticated and access.holding(user, "training.change_course"):
            return self
        return self.published()

    def published(self):
        return self.filter(is_published=True)


def run_scope(user, run=""):
    """A `Q` for the runs that `user` conducts: all, those of a province, those they teach. `run` is the path there."""
    wanted, prefix = Q(pk__in=[]), f"{run}__" if run else ""
    if not user.is_authenticated:
        return wanted
    for membership in access.holding(user, "training.manage_run"):
        if membership.role == Role.TRAINER:
            wanted |= Q(pk__in=_taught_by(user, run))
        elif membership.province_id:
            wanted |= Q(**{f"{prefix}province": membership.province_id})
        else:
            wanted |= Q(pk__isnull=False)
    return wanted


def _taught_by(user, run):
    from training.models import CourseRun, Enrolment

    taught = CourseRun.objects.filter(trainers=user)
    return Enrolment.objects.filter(run__in=taught).values("pk") if run else taught.values("pk")


class CourseRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Runs that were announced; those being planned for the people who conduct them."""
        public = Q(course__is_published=True) & ~Q(state=RunState.PLANNED)
        return self.filter(public | run_scope(user)).distinct() if user.is_authenticated else self.filter(public)

    def conducted_by(self, user):
        return self.filter(run_scope(user)).distinct()

    def taking_enrolments(self, moment):
        return self.filter(state=RunState.OPEN).filter(Q(enrol_until=None) | Q(enrol_until__gt=moment))

    def with_seats(self):
        """Adds `seats_taken` (int): confirmed learners, as the seat counter holds them."""
        return self.annotate(seats_taken=F("seats__taken"))


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, those of one's own office, and those of the runs that one conducts."""
        if not user.is_authenticated:
            return self.none()
        own = Q(learner__user=user) | Q(enrolled_by=user)
        office = Q(pk__in=[])
        for membership in access.holding(user, "training.view_staff"):
            if membership.local_government_id:
                office |= Q(office=membership.local_government_id)
        return self.filter(own | office | run_scope(user, "run"))

    def on_the_list(self):
        return self.filter(state__in=ON_THE_LIST)

    def confirmed(self):
        return self.filter(state=EnrolmentState.CONFIRMED)

    def waiting(self):
        """The waiting list, in its order."""
        return self.filter(state=EnrolmentState.WAITLISTED).order_by("requested_at", "pk")


class LearnerQuerySet(models.QuerySet):
    def to_be_forgotten(self, moment):
        """Those whom an office enrolled, who never came for the record, and whose last run began before `moment`."""
        recent = Exists(_enrolments().filter(learner=OuterRef("pk"), requested_at__gte=moment))
        kept = Exists(_credentials().filter(learner=OuterRef("pk")))
        bare = Q(email="", phone="", position="", claim_code="")
        old = self.filter(user=None, erased_at=None, created_at__lt=moment).exclude(recent)
        return old.exclude(kept & bare)


def _enrolments():
    from training.models import Enrolment

    return Enrolment.objects.all()


def _credentials():
    from training.models import Credential

    return Credential.objects.all()


class CredentialQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, those of one's office's people, and all for those who issue them."""
        if not user.is_authenticated:
            return self.none()
        if holds_nationally(user, "training.view_credential"):
            return self
        own = Q(learner__user=user)
        office = Q(pk__in=[])
        for membership in access.holding(user, "training.view_staff"):
            if membership.local_government_id:
                office |= Q(local_government=membership.local_government_id)
        return self.filter(own | office)

    def valid_on(self, day):
        """Those that count on `day`: issued, not revoked or replaced, not expired."""
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=day), state=CredentialState.VALID, issued_on__lte=day
        )

    def recent_on(self, day):
        """Course certificates no older than 24 months on `day`."""
        return self.valid_on(day).filter(kind=CredentialKind.COURSE, issued_on__gt=day - RECENT)
