"""A round of a fiscal year: its dates, money, themes, rubric and rules."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from budgets.querysets import ExtensionQuerySet, RoundQuerySet
from budgets.states import BEFORE_ANNOUNCEMENT, Channel, DocumentWhen, RoundState
from portal import clock
from portal.fields import BahtField
from portal.models import LocalGovernment, StoredFile, User
from portal.states import LocalGovernmentKind, SmartDimension


def in_language(thai, english):
    """`english` where English is active and there is one, else `thai`."""
    return english if english and get_language() == "en" else thai


class Round(models.Model):
    """A yearly or special round of the integrated smart-city budget (รอบคำของบประมาณ).

    `fiscal_year` is a Buddhist-era year; proposals are taken from opening until `closes_at` (not included).
    """

    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    name_th = models.CharField(_("name in Thai"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=RoundState, default=RoundState.PLANNING)
    version = models.PositiveIntegerField(default=1)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    screening_due_on = models.DateField(_("screening due"), null=True, blank=True)
    review_due_on = models.DateField(_("review due"), null=True, blank=True)
    announces_on = models.DateField(_("results expected"), null=True, blank=True)
    ceiling_baht = BahtField(_("ceiling (baht)"), null=True, blank=True)
    kinds = models.JSONField(_("eligible kinds"), default=list, blank=True)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    plan_window = models.CharField(_("plan window"), max_length=20, blank=True)
    accepts_expected_plan = models.BooleanField(_("accepts a plan under way"), default=True)
    return_working_days = models.PositiveSmallIntegerField(_("working days to revise"), default=7)
    appeal_working_days = models.PositiveSmallIntegerField(_("working days to appeal"), default=7)
    reviewers_per_proposal = models.PositiveSmallIntegerField(_("reviewers per proposal"), default=2)
    needs_trained_person = models.BooleanField(_("demands an ambassador or a trained officer"), default=False)
    categories = models.ManyToManyField("budgets.ExpenseCategory", blank=True, related_name="rounds")
    editions = models.ManyToManyField("budgets.PriceEdition", blank=True, related_name="rounds")
    announced_at = models.DateTimeField(null=True, blank=True)
    act_reference = models.CharField(_("reference of the Act"), max_length=200, blank=True)
    request_reference = models.CharField(_("letter of the request"), max_length=200, blank=True)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = RoundQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("round")
        constraints = [
            models.CheckConstraint(
                name="round_closes_after_it_opens",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("The round must close after it opens."),
            ),
            models.CheckConstraint(
                name="round_ceiling_not_negative", condition=Q(ceiling_baht=None) | Q(ceiling_baht__gte=0)
            ),
            models.UniqueConstraint(
                name="round_name_once_a_year",
                fields=["fiscal_year", "name_th"],
                violation_error_message=_("There is already a round of this name in this fiscal year."),
            ),
        ]
        indexes = [models.Index(fields=["state", "closes_at"])]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("budgets:round", args=[self.pk])

    @property
    def name(self):
        return in_language(self.name_th, self.name_en)

    @property
    def is_announced(self):
        return self.state not in BEFORE_ANNOUNCEMENT

    def is_past_closing(self, moment):
        return self.closes_at is not None and moment >= self.closes_at

    def is_for(self, local_government):
        return local_government.kind in self.kinds

    @property
    def kind_labels(self):
        return [LocalGovernmentKind(kind).label for kind in self.kinds]

    @property
    def channel_labels(self):
        return [Channel(channel).label for channel in self.channels]

    def rubric(self):
        """The rubric in force: the newest edition, or None."""
        return self.rubrics.order_by("-number").prefetch_related("criteria").first()


class FocusTheme(models.Model):
    """A focus theme of a round (ประเด็นสำคัญประจำปี).

    The row holds the words in force; each published edition is kept in `ThemeEdition`.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="themes")
    code = models.CharField(_("code"), max_length=30)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    edition = models.PositiveSmallIntegerField(default=1)
    name_th = models.CharField(_("name in Thai"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    description_th = models.TextField(_("description in Thai"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    dimensions = models.JSONField(_("dimensions"), default=list, blank=True)
    ceiling_baht = BahtField(_("theme ceiling (baht)"), null=True, blank=True)
    min_baht = BahtField(_("least amount (baht)"), null=True, blank=True)
    max_baht = BahtField(_("largest amount (baht)"), null=True, blank=True)
    required_kpis = models.JSONField(_("required indicators"), default=list, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("focus theme")
        constraints = [
            models.UniqueConstraint(name="theme_code_once_a_round", fields=["round", "code"]),
            models.CheckConstraint(
                name="theme_amounts_run_upward",
                condition=Q(min_baht=None) | Q(max_baht=None) | Q(max_baht__gte=F("min_baht")),
                violation_error_message=_("The largest amount must not be below the least."),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("budgets:theme", args=[self.round_id, self.pk])

    @property
    def name(self):
        return in_language(self.name_th, self.name_en)

    @property
    def description(self):
        return in_language(self.description_th, self.description_en)

    @property
    def dimension_labels(self):
        return [SmartDimension(dimension).label for dimension in self.dimensions]


class ThemeEdition(models.Model):
    """A published edition of a theme, kept as it was; a submitted proposal keeps the edition it answered."""

    theme = models.ForeignKey(FocusTheme, models.CASCADE, related_name="editions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    published_at = models.DateTimeField(default=clock.now)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="theme_edition_once", fields=["theme", "number"])]

    def __str__(self):
        return f"{self.theme} · {self.number}"


class Rubric(models.Model):
    """An edition of a round's scoring rubric (เกณฑ์การประเมิน). Percentages are of a criterion's largest score."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="rubrics")
    number = models.PositiveSmallIntegerField(default=1)
    pass_mark = models.DecimalField(_("pass mark"), max_digits=5, decimal_places=2, default=60)
    spread_limit = models.DecimalField(_("largest spread"), max_digits=5, decimal_places=2, default=15)
    justify_below_pct = models.PositiveSmallIntegerField(_("justify below (%)"), default=50)
    justify_above_pct = models.PositiveSmallIntegerField(_("justify above (%)"), default=90)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("rubric")
        constraints = [models.UniqueConstraint(name="rubric_number_once_a_round", fields=["round", "number"])]

    def __str__(self):
        return f"{self.round} · {self.number}"

    @property
    def local_government(self):
        return None

    @property
    def max_total(self):
        return sum(criterion.max_score for criterion in self.criteria.all())


class Criterion(models.Model):
    """A criterion of a rubric, with written anchors `[{"score": 20, "text_th": …, "text_en": …}]`."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(default=0)
    name_th = models.CharField(_("name in Thai"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    max_score = models.PositiveSmallIntegerField(_("largest score"))
    anchors = models.JSONField(_("anchors"), default=list, blank=True)

    class Meta:
        verbose_name = _("criterion")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="criterion_scores_something",
                condition=Q(max_score__gt=0),
                violation_error_message=_("The highest score must be above zero."),
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return in_language(self.name_th, self.name_en)


class DocumentRequirement(models.Model):
    """A line of the round's document checklist; with a theme, it is asked of that theme's proposals only."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="documents")
    theme = models.ForeignKey(FocusTheme, models.CASCADE, null=True, blank=True, related_name="documents")
    kind = models.SlugField(_("code"), max_length=40)
    name_th = models.CharField(_("name in Thai"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    when = models.CharField(_("required"), max_length=20, choices=DocumentWhen, default=DocumentWhen.ALWAYS)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("document on the checklist")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(name="document_kind_once_a_round", fields=["round", "kind"])]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return in_language(self.name_th, self.name_en)


class Extension(models.Model):
    """More time for one local government (การขยายเวลา), for a round or one case, with authority and letter."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="extensions")
    proposal = models.ForeignKey("budgets.Proposal", models.PROTECT, null=True, blank=True, related_name="extensions")
    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="+")
    until = models.DateTimeField(_("until"))
    authority = models.CharField(_("authority"), max_length=160)
    letter_no = models.CharField(_("letter number"), max_length=80)
    reason = models.TextField(_("reason"))
    letter = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=clock.now)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")

    def __str__(self):
        return f"{self.local_government} · {self.letter_no}"

    @property
    def case(self):
        return self.round
