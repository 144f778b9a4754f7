"""Courses for all levels: runs, sessions, who learns, who came."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from portal import clock
from portal.models import LocalGovernment, Province, User
from portal.models.named import Named
from portal.thai.dates import is_thai
from training.querysets import CourseQuerySet, CourseRunQuerySet, EnrolmentQuerySet, LearnerQuerySet
from training.states import EnrolmentState, Level, Mode, RunState, Source


class Course(Named):
    """A course (หลักสูตร). What passing takes is a share of the attendance and, where there is a mark, a pass mark."""

    code = models.SlugField(_("code"), max_length=12, unique=True)
    version = models.PositiveIntegerField(default=1)
    level = models.CharField(_("for whom"), max_length=12, choices=Level)
    about_th = models.TextField(_("description in Thai"), max_length=6000, blank=True)
    about_en = models.TextField(_("description in English"), max_length=6000, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=1)
    attendance_pct = models.PositiveSmallIntegerField(_("attendance needed (%)"), default=80)
    has_mark = models.BooleanField(_("ends with a mark"), default=True)
    pass_mark = models.DecimalField(_("pass mark (of 100)"), max_digits=5, decimal_places=2, default=60)
    credential_months = models.PositiveSmallIntegerField(_("months the certificate counts"), null=True, blank=True)
    signatory_name = models.CharField(_("who signs the certificate"), max_length=160, blank=True)
    signatory_title = models.CharField(_("position of who signs"), max_length=200, blank=True)
    province = models.ForeignKey(
        Province,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="courses",
        verbose_name=_("province that offers it"),
    )
    is_published = models.BooleanField(_("in the catalogue"), default=True)

    history = HistoricalRecords()
    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        ordering = ["name_sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="course_percentages", condition=Q(attendance_pct__lte=100, pass_mark__lte=100, pass_mark__gte=0),
                violation_error_message=_("A percentage is at most 100."),
            ),
            models.CheckConstraint(
                name="course_has_hours", condition=Q(hours__gt=0),
                violation_error_message=_("A course has more than no hours."),
            ),
        ]  # fmt: skip

    def get_absolute_url(self):
        return reverse("training:course", args=[self.pk])

    @property
    def about(self):
        return (is_thai() and self.about_th) or self.about_en or self.about_th


class CourseRun(models.Model):
    """A run of a course (รุ่นอบรม): when, where, for how many, by whom."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="runs")
    number = models.PositiveSmallIntegerField(_("run"))
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.PLANNED)
    version = models.PositiveIntegerField(default=1)
    mode = models.CharField(_("manner"), max_length=8, choices=Mode)
    capacity = models.PositiveSmallIntegerField(_("seats"))
    where_th = models.CharField(_("place"), max_length=300, blank=True)
    online_url = models.URLField(_("address of the meeting"), max_length=500, blank=True)
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, related_name="course_runs", verbose_name=_("province")
    )
    trainers = models.ManyToManyField(User, blank=True, related_name="runs_taught", verbose_name=_("trainers"))
    enrol_until = models.DateTimeField(_("enrolment closes"), null=True, blank=True)
    is_for_officials = models.BooleanField(_("for people of local governments only"), default=False)
    cancel_reason = models.TextField(blank=True)

    history = HistoricalRecords()
    objects = CourseRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("course run")
        constraints = [
            models.UniqueConstraint(name="run_number_once", fields=["course", "number"]),
            models.CheckConstraint(
                name="run_has_seats", condition=Q(capacity__gte=1), violation_error_message=_("Give at least one seat.")
            ),
        ]

    def __str__(self):
        return f"{self.course} {_('run')} {self.number}"

    def get_absolute_url(self):
        return reverse("training:run", args=[self.pk])

    @property
    def run(self):
        return self

    @property
    def takes_waiting(self):
        """Whether seats that become free still go to the waiting list."""
        return self.state in {RunState.OPEN, RunState.RUNNING}

    def takes_enrolments(self, moment):
        return self.state == RunState.OPEN and (self.enrol_until is None or moment < self.enrol_until)


class RunSeats(models.Model):
    """The counter of a run's seats; the constraint is what no race can pass."""

    run = models.OneToOneField(CourseRun, models.CASCADE, related_name="seats")
    capacity = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="run_seats_hold", condition=Q(taken__lte=F("capacity")))]

    def __str__(self):
        return f"{self.taken}/{self.capacity}"


class Session(models.Model):
    """One sitting of a run (คาบ)."""

    run = models.ForeignKey(CourseRun, models.CASCADE, related_name="sessions")
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    title_th = models.CharField(_("subject"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("session")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="session_ends_after_it_begins", condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session must end after it begins."),
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.run} · {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def case(self):
        return self.run

    @property
    def minutes(self):
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class Learner(models.Model):
    """A person who learns (ผู้เข้าอบรม), with or without an account. `claim_code` ties it to an account later."""

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="learner")
    first_name = models.CharField(_("first name"), max_length=150)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    name_en = models.CharField(_("name in English"), max_length=300, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    position = models.CharField(_("position"), max_length=160, blank=True)
    local_government = models.ForeignKey(
        LocalGovernment, models.PROTECT, null=True, blank=True, related_name="learners", verbose_name=_("office")
    )
    claim_code = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = LearnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("learner")
        constraints = [
            models.UniqueConstraint(name="claim_code_once", fields=["claim_code"], condition=~Q(claim_code="")),
        ]
        indexes = [models.Index(fields=["local_government", "email"])]

    def __str__(self):
        return self.full_name

    @property
    def full_name(self):
        return str(_("(erased)")) if self.erased_at else f"{self.first_name} {self.last_name}".strip()


class Enrolment(models.Model):
    """A learner's part in a run (การลงทะเบียน). `office` is the local government that the learner worked for then.

    `asked_again_at` is set when the run was moved and the learner has not yet said yes again.
    """

    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="enrolments")
    learner = models.ForeignKey(Learner, models.PROTECT, related_name="enrolments")
    office = models.ForeignKey(LocalGovernment, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=EnrolmentState, default=EnrolmentState.REQUESTED)
    version = models.PositiveIntegerField(default=1)
    requested_at = models.DateTimeField(default=clock.now)
    enrolled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    asked_again_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    mark = models.DecimalField(_("mark"), max_digits=5, decimal_places=2, null=True, blank=True)
    first_mark = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    is_retake = models.BooleanField(default=False)
    reason = models.TextField(blank=True)

    history = HistoricalRecords()
    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        constraints = [
            models.UniqueConstraint(
                name="one_enrolment_a_run",
                fields=["run", "learner"],
                condition=~Q(state=EnrolmentState.CANCELLED),
                violation_error_message=_("This person is already enrolled."),
            ),
            models.CheckConstraint(
                name="mark_is_of_a_hundred",
                condition=Q(mark=None) | Q(mark__gte=0, mark__lte=100),
                violation_error_message=_("A mark is from 0 to 100."),
            ),
        ]
        indexes = [models.Index(fields=["run", "state", "requested_at"])]  # fmt: skip

    def __str__(self):
        return f"{self.run} · {self.pk}"

    def get_absolute_url(self):
        return reverse("training:enrolment", args=[self.pk])

    @property
    def case(self):
        return self.run


class Attendance(models.Model):
    """What one source says about one learner in one session (การเข้าอบรม); a later line of a source replaces it."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="attendances")
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="attendances")
    source = models.CharField(_("source"), max_length=8, choices=Source)
    is_present = models.BooleanField(_("present"))
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("attendance")
        constraints = [models.UniqueConstraint(name="one_line_a_source", fields=["session", "enrolment", "source"])]

    def __str__(self):
        return f"{self.session} · {self.enrolment_id} · {self.source}"

    @property
    def case(self):
        return self.session.run
