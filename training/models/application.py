"""An application, what belongs to it, and how it is judged.

There is no field for a citizen number, and no field-level history: what is erased must not live on elsewhere.
"""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import LocalGovernment, Province, StoredFile, User
from training.models.programme import Generation, HostPlace, PrivacyNotice, SelectionCriterion
from training.querysets import ApplicationQuerySet
from training.states import ApplicationSection, ApplicationState, Degree, DocumentKind, Purpose, Stage

CHOICES = 3


class Application(models.Model):
    """A person's application to a generation (ใบสมัคร). A draft may leave anything out.

    `typed` keeps, by section, what does not fit its field yet. `holds_seat` says that a place and its quotas are
    taken by this person, from the offer on; `keep_until` when what is personal is forgotten.
    """

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="applications")
    number = models.CharField(_("number"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=ApplicationState, default=ApplicationState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    state_since = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    typed = models.JSONField(default=dict, blank=True)

    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.TextField(_("address"), max_length=1000, blank=True)
    home_province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("home province")
    )
    is_civil_servant = models.BooleanField(_("government official"), null=True, blank=True)
    has_other_stipend = models.BooleanField(_("in another scheme with a stipend"), null=True, blank=True)

    degree = models.CharField(_("highest degree"), max_length=20, choices=Degree, blank=True)
    field_of_study = models.CharField(_("field of study"), max_length=200, blank=True)
    institution = models.CharField(_("institution"), max_length=200, blank=True)
    graduated_year = models.PositiveSmallIntegerField(_("year of graduation (B.E.)"), null=True, blank=True)

    motivation = models.TextField(_("why you apply"), max_length=6000, blank=True)
    experience = models.TextField(_("what you have done"), max_length=6000, blank=True)
    project_idea = models.TextField(_("what you would do for the town"), max_length=6000, blank=True)

    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, null=True, blank=True, related_name="+")
    notice_read_at = models.DateTimeField(null=True, blank=True)

    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    decision_note = models.TextField(_("reason"), blank=True)
    asked_documents = models.JSONField(default=list, blank=True)
    document_due_on = models.DateField(null=True, blank=True)
    score = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    place = models.ForeignKey(HostPlace, models.PROTECT, null=True, blank=True, related_name="applications")
    holds_seat = models.BooleanField(default=False)
    answer_until = models.DateTimeField(_("answer until"), null=True, blank=True)
    age_at_close = models.PositiveSmallIntegerField(null=True, blank=True)
    keep_until = models.DateTimeField(null=True, blank=True)
    anonymised_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        constraints = [
            models.UniqueConstraint(
                name="one_application_a_generation",
                fields=["generation", "applicant"],
                violation_error_message=_("You have already begun an application to this generation."),
            ),
            models.UniqueConstraint(
                name="application_number_once",
                fields=["number"],
                condition=~Q(number=""),
            ),
            models.UniqueConstraint(
                name="one_person_a_place",
                fields=["place"],
                condition=Q(holds_seat=True),
                violation_error_message=_("This place is already given or offered."),
            ),
            models.CheckConstraint(
                name="a_seat_is_of_a_place",
                condition=Q(holds_seat=False) | Q(place__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["generation", "state", "-score"]),
            models.Index(fields=["state", "answer_until"]),
            models.Index(fields=["keep_until"]),
        ]  # fmt: skip

    def __str__(self):
        return self.number or str(_("Application (draft)"))

    def get_absolute_url(self):
        return reverse("training:application", args=[self.pk])

    @property
    def full_name(self):
        return f"{self.first_name} {self.last_name}".strip()


class AreaChoice(models.Model):
    """One of up to three areas that an applicant ranks (พื้นที่ที่เลือก)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="choices")
    rank = models.PositiveSmallIntegerField(_("rank"))
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("area chosen")
        ordering = ["application", "rank"]
        constraints = [
            models.UniqueConstraint(name="area_rank_once", fields=["application", "rank"]),
            models.UniqueConstraint(name="area_once", fields=["application", "local_government"]),
            models.CheckConstraint(name="area_rank_is_one_to_three", condition=Q(rank__gte=1, rank__lte=CHOICES)),
        ]

    def __str__(self):
        return f"{self.rank} · {self.local_government}"


class Consent(models.Model):
    """One thing that a person agreed to (ความยินยอม), under the notice they read; withdrawing it ends it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="consent_once_at_a_time", fields=["application", "purpose"], condition=Q(withdrawn_at=None)
            )
        ]

    def __str__(self):
        return self.get_purpose_display()

    @property
    def case(self):
        return self.application


class ApplicationDocument(models.Model):
    """A paper of an application (เอกสารประกอบ); a newer one of its kind takes its place."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=12, choices=DocumentKind)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("document")
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_paper_of_a_kind", fields=["application", "kind"], condition=Q(removed_at=None)
            )
        ]

    def __str__(self):
        return self.get_kind_display()

    @property
    def case(self):
        return self.application


class SelectionConflict(models.Model):
    """A member's conflict of interest (ส่วนได้เสีย): the application is gone for them everywhere."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="conflicts")
    member = models.ForeignKey(User, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="selection_conflict_once", fields=["application", "member"])]

    def __str__(self):
        return f"{self.application} · {self.member}"

    @property
    def case(self):
        return self.application


class Evaluation(models.Model):
    """What one member of the selection committee thinks of one applicant at one stage (ผลการให้คะแนน)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="evaluations")
    member = models.ForeignKey(User, models.PROTECT, related_name="evaluations")
    stage = models.CharField(max_length=10, choices=Stage)
    total = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    note = models.TextField(_("note"), max_length=4000, blank=True)
    changed_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("evaluation")
        constraints = [models.UniqueConstraint(name="evaluation_once", fields=["application", "member", "stage"])]

    def __str__(self):
        return f"{self.application} · {self.member}"

    @property
    def case(self):
        return self.application


class EvaluationScore(models.Model):
    """The score for one criterion, 0 to its largest."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(SelectionCriterion, models.PROTECT, related_name="+")
    score = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="evaluation_criterion_once", fields=["evaluation", "criterion"]),
            models.CheckConstraint(name="evaluation_score_not_negative", condition=Q(score__gte=0)),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.score}"


class InterviewSlot(models.Model):
    """A time for one interview (รอบสัมภาษณ์); who books it first has it."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    where = models.CharField(_("place or address of the meeting"), max_length=300)
    application = models.OneToOneField(Application, models.SET_NULL, null=True, blank=True, related_name="slot")
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("interview slot")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="slot_ends_after_it_begins", condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The interview must end after it begins."),
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.generation} · {self.starts_at:%Y-%m-%d %H:%M}"


SECTION_FIELDS = {
    ApplicationSection.PERSON: [
        "first_name", "last_name", "born_on", "phone", "email", "address", "home_province", "is_civil_servant",
        "has_other_stipend",
    ],
    ApplicationSection.EDUCATION: ["degree", "field_of_study", "institution", "graduated_year"],
    ApplicationSection.MOTIVATION: ["motivation", "experience", "project_idea"],
}  # fmt: skip
