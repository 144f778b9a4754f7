"""Which rules stand in the way, whose they are, and the instruments by which their owners relax them."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from portal import clock
from portal.models import StoredFile, User
from portal.models.named import Named
from portal.querysets import NamedQuerySet
from sandboxes.models.pilot import OfPilot, Pilot, end_of, start_of
from sandboxes.querysets import IssueQuerySet, WaiverQuerySet
from sandboxes.states import NEEDS_ANSWER, NEEDS_WAIVER, Remedy, WaiverState


class Authority(Named):
    """Who owns a rule, and alone can relax it (หน่วยงานเจ้าของกฎ)."""

    code = models.SlugField(_("code"), max_length=30, unique=True)

    objects = NamedQuerySet.as_manager()

    class Meta:
        verbose_name = _("authority")
        ordering = ["name_sort_key", "pk"]


class RegulatoryIssue(OfPilot):
    """A rule that stands in the way (ประเด็นกฎหมาย): the law, the obstacle, its owner, and what removes it."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="issues")
    law = models.CharField(_("law or regulation"), max_length=200)
    provision = models.CharField(_("section or article"), max_length=120, blank=True)
    obstacle = models.TextField(_("how it stands in the way"))
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="issues", verbose_name=_("whose rule it is"))
    remedy = models.CharField(_("what removes it"), max_length=20, choices=Remedy, blank=True)
    answer_no = models.CharField(_("number of the authority's answer"), max_length=120, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer = models.TextField(_("what the authority answered"), blank=True)
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=clock.now)
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("regulatory issue")
        ordering = ["pk"]
        indexes = [models.Index(fields=["authority", "law"])]

    def __str__(self):
        return f"{self.law} {self.provision}".strip()

    @property
    def needs_waiver(self):
        return self.remedy in NEEDS_WAIVER

    @property
    def needs_answer(self):
        return self.remedy in NEEDS_ANSWER


class Waiver(OfPilot):
    """The owner's dated instrument that relaxes its rule for this pilot (หนังสือผ่อนผัน): never depa's, never DLA's.

    `valid_until` is its last day; `ends_at` the moment from which it no longer counts.
    """

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="waivers")
    issue = models.ForeignKey(
        RegulatoryIssue, models.PROTECT, related_name="waivers", verbose_name=_("regulatory issue")
    )
    state = models.CharField(_("state"), max_length=10, choices=WaiverState, default=WaiverState.REQUESTED)
    version = models.PositiveIntegerField(default=1)
    requested_on = models.DateField(_("requested on"))
    request_no = models.CharField(_("number of the request"), max_length=120, blank=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    instrument_no = models.CharField(_("number of the instrument"), max_length=120, blank=True)
    instrument_on = models.DateField(_("date of the instrument"), null=True, blank=True)
    scope = models.TextField(_("what it relaxes"), blank=True)
    area = models.TextField(_("where it holds"), blank=True)
    cap = models.CharField(_("up to how much"), max_length=200, blank=True)
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.TextField(blank=True)
    told_days = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)

    objects = WaiverQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("waiver")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="waiver_in_force_is_an_instrument",
                condition=~Q(state__in=["in_force", "expired", "revoked"])
                | (
                    ~Q(instrument_no="")
                    & Q(instrument_on__isnull=False, starts_at__isnull=False, ends_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="waiver_period_runs_forward",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day must not come before the first."),
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="waiver_ends", condition=Q(state="in_force"))]

    def __str__(self):
        return self.instrument_no or str(self.issue)

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def derive(self):
        self.starts_at, self.ends_at = start_of(self.valid_from), end_of(self.valid_until)

    def clean(self):
        self.derive()

    def get_absolute_url(self):
        return reverse("sandboxes:waiver", args=[self.pilot_id, self.pk])

    @property
    def state_now(self):
        """The state at this moment: an instrument whose last day is over has expired, recorded or not."""
        if self.state == WaiverState.IN_FORCE and self.ends_at <= clock.now():
            return WaiverState.EXPIRED
        return WaiverState(self.state)

    def is_in_force(self, moment):
        return self.state == WaiverState.IN_FORCE and self.starts_at <= moment < self.ends_at
