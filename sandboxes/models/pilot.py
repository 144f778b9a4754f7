"""A pilot: what is tried, where, by whom, for how long, and how it ends."""

from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from portal import clock
from portal.fields import BahtField
from portal.models import LocalGovernment, StoredFile, Subdistrict, User
from portal.models.checks import asked_together
from portal.states import SmartDimension
from portal.thai.dates import is_thai
from portal.thai.search import fold
from providers import seams
from sandboxes.querysets import EndorsementQuerySet, PilotQuerySet
from sandboxes.states import (
    EDITABLE,
    ENDS,
    RUNNING,
    DocumentKind,
    PartnerKind,
    PauseCause,
    PilotState,
    Technology,
)

LONGEST = timedelta(days=731)
REPORT_CHARACTERS, REPORT_LINES = 1600, 12


def end_of(day):
    """The moment at which `day` (a date in Bangkok) is over, or None."""
    return day and datetime.combine(day + timedelta(days=1), time.min, tzinfo=clock.BANGKOK)


def start_of(day):
    """The moment at which `day` (a date in Bangkok) begins, or None."""
    return day and datetime.combine(day, time.min, tzinfo=clock.BANGKOK)


def within_the_report(text):
    """Refuse a text that would not fit the two pages of the public report."""
    if len(text) > REPORT_CHARACTERS:
        raise ValidationError(
            _("The report has two pages: at most %(most)s characters here (you wrote %(count)s)."),
            code="too_long",
            params={"most": REPORT_CHARACTERS, "count": len(text)},
        )
    if sum(1 for line in text.splitlines() if line.strip()) > REPORT_LINES:
        raise ValidationError(
            _("The report has two pages: at most %(most)s paragraphs or lines here."),
            code="too_many_lines",
            params={"most": REPORT_LINES},
        )


class Pilot(models.Model):
    """A new service tried in a bounded place for a bounded time (โครงการทดลองนำร่องใน Sandbox).

    A concept may leave anything out; `sandboxes.evidence` says what each gate wants. `stands_until` is the moment
    from which a waiver that a running pilot needs is no longer in force: from then on it counts as paused.
    """

    local_government = models.ForeignKey(
        LocalGovernment, models.PROTECT, related_name="pilots", verbose_name=_("lead local government")
    )
    number = models.CharField(_("number"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=PilotState, default=PilotState.CONCEPT)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    state_since = models.DateTimeField(default=clock.now)
    officer = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    title_th = models.CharField(_("title in Thai"), max_length=255)
    title_en = models.CharField(_("title in English"), max_length=255, blank=True)
    dimension = models.CharField(_("main dimension"), max_length=20, choices=SmartDimension, blank=True)
    technology = models.CharField(_("technology"), max_length=30, choices=Technology, blank=True)
    problem = models.TextField(_("the problem"), blank=True)
    innovation = models.TextField(_("what is new about it"), blank=True)
    subdistricts = models.ManyToManyField(Subdistrict, blank=True, related_name="+", verbose_name=_("subdistricts"))
    area_note = models.TextField(_("where exactly"), blank=True)
    area = models.JSONField(_("boundary of the area"), null=True, blank=True, editable=False)
    area_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    user_cap = models.PositiveIntegerField(_("most users at a time"), null=True, blank=True)
    users_count = models.PositiveIntegerField(_("users at present"), null=True, blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    budget_baht = BahtField(_("budget (baht)"), null=True, blank=True)
    budget_source = models.CharField(_("source of the budget"), max_length=200, blank=True)
    participants = models.TextField(_("who takes part, and how they agree to it"), blank=True)
    has_public_devices = models.BooleanField(_("devices stand in public space"), null=True, blank=True)
    personal_data = models.BooleanField(_("personal data are processed"), null=True, blank=True)
    personal_data_note = models.TextField(_("how personal data are protected"), blank=True)
    insurance = models.TextField(_("insurance and compensation"), blank=True)
    complaint_channel = models.TextField(_("where people complain"), blank=True)
    kill_switch = models.TextField(_("how it is stopped at once"), blank=True)
    exit_plan = models.TextField(_("exit plan"), blank=True)
    test_plan = models.TextField(_("test plan"), blank=True)

    rules_checked_at = models.DateTimeField(null=True, blank=True)
    first_applied_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stands_until = models.DateTimeField(null=True, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True)
    pause_cause = models.CharField(max_length=20, choices=PauseCause, blank=True)
    pause_note = models.TextField(blank=True)
    return_reason = models.TextField(blank=True)
    return_due_on = models.DateField(null=True, blank=True)
    continues_meanwhile = models.BooleanField(null=True, blank=True)
    exit_summary = models.TextField(_("what came of it, in plain words"), blank=True, validators=[within_the_report])
    exit_lessons = models.TextField(_("what was learnt, failures included"), blank=True, validators=[within_the_report])
    ended_reason = models.TextField(blank=True)
    search_text = models.CharField(max_length=1200, editable=False)

    objects = PilotQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("pilot")
        constraints = [
            models.UniqueConstraint(name="pilot_number_once", fields=["number"], condition=~Q(number="")),
            models.CheckConstraint(
                name="pilot_applied_has_number",
                condition=Q(first_applied_at=None, number="") | (Q(first_applied_at__isnull=False) & ~Q(number="")),
            ),
            models.CheckConstraint(
                name="pilot_period_runs_forward",
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day must not come before the first."),
            ),
            models.CheckConstraint(
                name="pilot_cap_positive",
                condition=Q(user_cap=None) | Q(user_cap__gt=0),
                violation_error_message=_("At least one user must be able to take part."),
            ),
            models.CheckConstraint(
                name="pilot_budget_not_negative",
                condition=Q(budget_baht=None) | Q(budget_baht__gte=0),
                violation_error_message=_("The budget must not be negative."),
            ),
            models.CheckConstraint(
                name="pilot_running_is_bounded",
                condition=~Q(state__in=["live", "paused"])
                | Q(live_at__isnull=False, ends_at__isnull=False, approved_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"]),
            models.Index(fields=["local_government", "state", "id"]),
            models.Index(fields=["stands_until"], name="pilot_stands", condition=Q(state="live")),
            models.Index(fields=["ends_at"], name="pilot_running_ends", condition=Q(state__in=["live", "paused"])),
        ]

    def __str__(self):
        return f"{self.number} {self.title}".strip()

    def save(self, *args, **kwargs):
        self.ends_at = end_of(self.ends_on)
        self.search_text = " ".join(filter(None, [fold(self.title_th), fold(self.title_en)]))[:1200]
        super().save(*args, **kwargs)

    def clean(self):
        self.ends_at = end_of(self.ends_on)
        if self.starts_on and self.ends_on and self.ends_on - self.starts_on > LONGEST:
            raise ValidationError({"ends_on": _("A pilot lasts 24 months at most.")}, code="too_long")

    def get_absolute_url(self):
        return reverse("sandboxes:pilot", args=[self.pk])

    def get_constraints(self):
        return asked_together(self, super().get_constraints())

    @property
    def title(self):
        return (is_thai() and self.title_th) or self.title_en or self.title_th

    @property
    def is_editable(self):
        return self.state in EDITABLE

    @property
    def was_applied(self):
        return self.first_applied_at is not None

    @property
    def is_published(self):
        return self.approved_at is not None

    @property
    def state_now(self):
        """The state at this moment: what ended by date counts as ended before the timer has recorded it."""
        moment = clock.now()
        if self.state in RUNNING and self.ends_at and self.ends_at <= moment:
            return PilotState.EXIT_REVIEW
        if self.state == PilotState.LIVE and self.stands_until and self.stands_until <= moment:
            return PilotState.PAUSED
        return PilotState(self.state)

    @property
    def first_day(self):
        """The day on which it went live in Bangkok, before that the day planned, as a date or None."""
        return self.live_at.astimezone(clock.BANGKOK).date() if self.live_at else self.starts_on

    @property
    def is_over(self):
        return self.state in ENDS

    def open_gate(self):
        """The gate that waits for its decision, or None."""
        return self.gates.filter(closed_at=None).order_by("-pk").first()


class OfPilot(models.Model):
    """A row that belongs to a pilot."""

    pilot = models.ForeignKey(Pilot, models.CASCADE)

    class Meta:
        abstract = True

    @property
    def local_government(self):
        return self.pilot.local_government

    @property
    def case(self):
        return self.pilot


class Partner(OfPilot):
    """Who tries it together with the local government (ผู้ร่วมทดลอง); `representative` acts for them in the portal.

    A provider may stand on the account of digital providers: `listing`, with the `snapshot` of the day it was named.
    """

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="partners")
    kind = models.CharField(_("kind"), max_length=20, choices=PartnerKind)
    name_th = models.CharField(_("name in Thai"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    role_th = models.CharField(_("what they contribute"), max_length=300, blank=True)
    representative = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="pilot_partners", verbose_name=_("representative")
    )
    listing = models.ForeignKey(
        "providers.Listing", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("listing")
    )
    snapshot = models.JSONField(default=dict, blank=True, editable=False)
    letter = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    left_on = models.DateField(_("left on"), null=True, blank=True)
    left_reason = models.TextField(_("why they left"), blank=True)

    class Meta:
        verbose_name = _("partner")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="pilot_partner_once", fields=["pilot", "name_th"], condition=Q(left_on=None))
        ]

    def __str__(self):
        return (is_thai() and self.name_th) or self.name_en or self.name_th

    @property
    def warning(self):
        """What the account of providers says against the listing today, or ""."""
        return seams.warning(self.listing) if self.listing_id else ""


class Endorsement(OfPilot):
    """Another local government in whose area the pilot also runs (อปท. ที่ร่วมรับรอง): asked, then signed or declined."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="endorsements")
    place = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="pilot_endorsements")
    asked_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    is_endorsed = models.BooleanField(null=True, blank=True)
    note = models.TextField(blank=True)

    objects = EndorsementQuerySet.as_manager()

    class Meta:
        verbose_name = _("endorsement")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="pilot_endorsed_once", fields=["pilot", "place"])]

    def __str__(self):
        return str(self.place)

    @property
    def local_government(self):
        """The office that is asked, whose executive answers."""
        return self.place


class PilotDocument(OfPilot):
    """A document of a pilot; a newer one of the same kind stands beside it, and nothing is lost."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind of document"), max_length=20, choices=DocumentKind)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("document")
        ordering = ["kind", "pk"]

    def __str__(self):
        return self.file.name


class PlanVersion(OfPilot):
    """The test plan as it was laid before the gate (แผนการทดลอง): frozen, numbered, with its SHA-256."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("version of the test plan")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="pilot_plan_number_once", fields=["pilot", "number"])]

    def __str__(self):
        return str(_("Plan version %(number)s") % {"number": self.number})


class PilotSeries(models.Model):
    """The running number of pilots in a fiscal year."""

    fiscal_year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.fiscal_year}: {self.last}"
