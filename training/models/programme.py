"""A programme, its generations, and what each generation sets."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from portal import clock
from portal.fields import BahtField
from portal.models import LocalGovernment, User
from portal.models.named import Named
from portal.states import LocalGovernmentKind
from portal.thai.dates import is_thai
from training.querysets import GenerationQuerySet, HostPlaceQuerySet
from training.states import Degree, GenerationState, PlaceState, QuotaKind, Stage


class Programme(Named):
    """A programme of people (โครงการ), such as the Smart City Ambassadors."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    description_th = models.TextField(_("description in Thai"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)

    class Meta:
        verbose_name = _("programme")
        ordering = ["code"]

    @property
    def description(self):
        return (is_thai() and self.description_th) or self.description_en or self.description_th


class PrivacyNotice(models.Model):
    """An edition of a programme's privacy notice (ประกาศความเป็นส่วนตัว): published once, never changed."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="notices")
    edition = models.PositiveSmallIntegerField(_("edition"))
    text_th = models.TextField(_("text in Thai"))
    text_en = models.TextField(_("text in English"), blank=True)
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("privacy notice")
        ordering = ["programme", "-edition"]
        constraints = [models.UniqueConstraint(name="notice_edition_once", fields=["programme", "edition"])]

    def __str__(self):
        return f"{self.programme} · {self.edition}"

    @property
    def text(self):
        return (is_thai() and self.text_th) or self.text_en or self.text_th


class Generation(Named):
    """A generation of a programme (รุ่น). How its people are called in Thai differs by generation, so it is data."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="generations")
    number = models.PositiveSmallIntegerField(_("generation"))
    about_th = models.TextField(_("announcement in Thai"), blank=True)
    about_en = models.TextField(_("announcement in English"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=GenerationState, default=GenerationState.ANNOUNCED)
    version = models.PositiveIntegerField(default=1)

    opens_at = models.DateTimeField(_("applications open"), null=True, blank=True)
    closes_at = models.DateTimeField(_("applications close"), null=True, blank=True)
    min_age = models.PositiveSmallIntegerField(_("youngest age"), default=20)
    max_age = models.PositiveSmallIntegerField(_("oldest age"), default=35)
    min_degree = models.CharField(_("lowest degree"), max_length=20, choices=Degree, default=Degree.BACHELOR)
    seats = models.PositiveSmallIntegerField(_("places"), default=30)
    stipend_monthly_baht = BahtField(_("stipend a month (baht)"), default=0)
    months = models.PositiveSmallIntegerField(_("months of service"), default=12)
    starts_on = models.DateField(_("service begins"), null=True, blank=True)
    answer_working_days = models.PositiveSmallIntegerField(_("working days to answer an offer"), default=5)
    list_closes_on = models.DateField(_("waiting list closes"), null=True, blank=True)
    scorers_needed = models.PositiveSmallIntegerField(_("members who score each applicant"), default=3)
    interview_weight_pct = models.PositiveSmallIntegerField(_("weight of the interview (%)"), default=60)
    reports_needed_pct = models.PositiveSmallIntegerField(_("accepted monthly reports needed (%)"), default=80)
    projects_needed = models.PositiveSmallIntegerField(_("city projects needed"), default=1)
    credential_years = models.PositiveSmallIntegerField(_("years the certificate counts"), null=True, blank=True)

    history = HistoricalRecords()
    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = _("generation")
        ordering = ["-number", "pk"]
        constraints = [
            models.UniqueConstraint(name="generation_number_once", fields=["programme", "number"]),
            models.CheckConstraint(
                name="generation_closes_after_it_opens",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("Applications must close after they open."),
            ),
            models.CheckConstraint(
                name="generation_ages_run_upward",
                condition=Q(max_age__gte=F("min_age")),
                violation_error_message=_("The oldest age must not be below the youngest."),
            ),
            models.CheckConstraint(
                name="generation_has_places_and_months",
                condition=Q(seats__gte=1, months__gte=1, months__lte=60, scorers_needed__gte=3),
                violation_error_message=_("Give at least one place, one to sixty months and three members who score."),
            ),
            models.CheckConstraint(
                name="generation_percentages", condition=Q(interview_weight_pct__lte=100, reports_needed_pct__lte=100),
                violation_error_message=_("A percentage is at most 100."),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.name} {_('generation')} {self.number}"

    def get_absolute_url(self):
        return reverse("training:generation", args=[self.pk])

    @property
    def about(self):
        return (is_thai() and self.about_th) or self.about_en or self.about_th

    def takes_applications(self, moment):
        """Whether one may apply at `moment`."""
        return self.state == GenerationState.OPEN and self.opens_at <= moment < self.closes_at

    def notice(self):
        """The privacy notice in force, or None."""
        return self.programme.notices.order_by("-edition").first()


class Quota(models.Model):
    """How many places there are, in all, in a region, or for a kind of local government (โควตา).

    `taken` counts the seats given under it; the constraint is what no race can pass.
    """

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="quotas")
    kind = models.CharField(_("of what"), max_length=8, choices=QuotaKind)
    value = models.CharField(max_length=40, blank=True)
    seats = models.PositiveSmallIntegerField(_("places"))
    taken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("quota")
        ordering = ["kind", "value", "pk"]
        constraints = [
            models.UniqueConstraint(name="quota_once", fields=["generation", "kind", "value"]),
            models.CheckConstraint(
                name="quota_holds", condition=Q(taken__lte=F("seats")),
                violation_error_message=_("More places are given than the quota has."),
            ),
        ]  # fmt: skip

    def __str__(self):
        return str(self.label)

    @property
    def label(self):
        """What the quota is about, in words."""
        match self.kind:
            case QuotaKind.KIND:
                return LocalGovernmentKind(self.value).label
            case QuotaKind.REGION:
                return self.value
        return QuotaKind.TOTAL.label

    @property
    def free(self):
        return self.seats - self.taken


class SelectionCriterion(models.Model):
    """A criterion of the selection (เกณฑ์คัดเลือก), of the first scoring or of the interview."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="criteria")
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    position = models.PositiveSmallIntegerField(default=0)
    name_th = models.CharField(_("name in Thai"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    max_score = models.PositiveSmallIntegerField(_("largest score"))

    class Meta:
        verbose_name = _("criterion")
        ordering = ["stage", "position", "pk"]
        constraints = [models.CheckConstraint(name="selection_criterion_scores", condition=Q(max_score__gt=0))]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return (is_thai() and self.name_th) or self.name_en or self.name_th


class HostPlace(models.Model):
    """A place that a municipality offers an ambassador (หน่วยงานพี่เลี้ยง): the work, and who is the mentor."""

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="places")
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="host_places")
    state = models.CharField(_("state"), max_length=10, choices=PlaceState, default=PlaceState.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    work_th = models.TextField(_("work for the ambassador"), max_length=4000)
    mentor = models.ForeignKey(User, models.PROTECT, verbose_name=_("mentor"), related_name="places_mentored")
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = HostPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("host place")
        constraints = [
            models.UniqueConstraint(
                name="one_answer_to_the_host_call", fields=["generation", "local_government"],
                condition=Q(state__in=[PlaceState.PROPOSED, PlaceState.OFFERED]),
                violation_error_message=_("This local government has already answered the call."),
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.local_government} · {self.generation}"

    def get_absolute_url(self):
        return reverse("training:place", args=[self.pk])
