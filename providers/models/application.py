"""Applications for listing: what a company says of itself and its products, and what the registry found."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import User
from portal.models.files import StoredFile
from providers.models.company import Provider
from providers.models.product import Certification, Price, Product
from providers.models.reference import ChecklistItem, Criterion, DocumentKind
from providers.querysets import ApplicationQuerySet
from providers.states import EDITABLE, Advice, ApplicationKind, ApplicationState, Outcome, Section


class Application(models.Model):
    """An application of one company for one or more products (คำขอขึ้นบัญชี).

    `company` and `attestations` hold the answers of those sections as they were typed, by field name; the rows of the
    other sections are `entries` and `documents`. Nothing of it is public before it is approved. `returned` is what it
    said when it was last returned: `on`, `reasons` and the `text` of `providers.applying.revising`.
    """

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="applications")
    kind = models.CharField(max_length=8, choices=ApplicationKind, default=ApplicationKind.NEW)
    state = models.CharField(max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    number = models.CharField(_("number"), max_length=20, unique=True, null=True, blank=True)
    company = models.JSONField(default=dict, blank=True)
    attestations = models.JSONField(default=dict, blank=True)
    to_confirm = models.JSONField(default=list, blank=True)
    open_sections = models.JSONField(default=list, blank=True)
    return_reasons = models.JSONField(default=list, blank=True)
    return_due_on = models.DateField(null=True, blank=True)
    returned = models.JSONField(default=dict, blank=True)
    returned_from = models.CharField(max_length=10, choices=ApplicationState, blank=True)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(default=clock.now)
    due_on = models.DateField(_("due"), null=True, blank=True)
    registrar = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    assessor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application for listing")
        verbose_name_plural = _("applications for listing")
        constraints = [
            models.CheckConstraint(
                name="application_submitted_has_number_and_time",
                condition=Q(state__in=[ApplicationState.DRAFT, ApplicationState.WITHDRAWN])
                | Q(number__isnull=False, submitted_at__isnull=False),
                violation_error_message=_("An application that was submitted has a number and a time."),
            ),
            models.CheckConstraint(
                name="application_decided_has_time",
                condition=~Q(state__in=[ApplicationState.APPROVED, ApplicationState.REJECTED])
                | Q(decided_at__isnull=False, approver__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "waiting_since"]), models.Index(fields=["provider", "state"])]

    def __str__(self):
        return f"{self.number or _('Draft')} · {self.provider}"

    def get_absolute_url(self):
        return reverse("providers:application", args=[self.pk])

    @property
    def is_editable(self):
        return self.state in EDITABLE

    @property
    def open_now(self):
        """The sections that may be changed now."""
        if self.state == ApplicationState.DRAFT:
            return list(Section.values)
        return self.open_sections if self.state == ApplicationState.RETURNED else []


class Entry(models.Model):
    """One row of an application's section as it was typed: a product, a price of a product, a certification.

    `answers` is by field name. `product`, `price` and `certification` name the row of the register that it would
    change; without them it is new.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="entries")
    section = models.CharField(
        max_length=14,
        choices=[(one, one.label) for one in (Section.PRODUCTS, Section.PRICES, Section.CERTIFICATIONS)],
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    answers = models.JSONField(default=dict, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    price = models.ForeignKey(Price, models.PROTECT, null=True, blank=True, related_name="+")
    certification = models.ForeignKey(Certification, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="entry_price_belongs_to_a_product",
                condition=Q(section=Section.PRICES, parent__isnull=False)
                | Q(section__in=[Section.PRODUCTS, Section.CERTIFICATIONS]),
                violation_error_message=_("A price belongs to a product."),
            )
        ]

    def __str__(self):
        return self.answers.get("name_th") or self.answers.get("label_th") or self.answers.get("number") or f"{self.pk}"

    @property
    def case(self):
        return self.application


class ApplicationDocument(models.Model):
    """A document of an application; an older one of its kind gives way to it and stays on record."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    kind = models.ForeignKey(DocumentKind, models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.kind} · {self.file}"

    @property
    def case(self):
        return self.application


class DocumentCheck(models.Model):
    """What the registrar found at one line of the checklist."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="checks")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(name="document_check_once", fields=["application", "item"])]

    def __str__(self):
        return f"{self.item} · {self.outcome}"


class Assessment(models.Model):
    """The technical assessment of an application: a judgement for each criterion, and an advice."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="assessment")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="+")
    advice = models.CharField(max_length=8, choices=Advice, blank=True)
    comment = models.TextField(_("for the applicant"), blank=True)
    note = models.TextField(_("for the approver"), blank=True)
    changed_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assessment_finished_advises", condition=Q(finished_at=None) | ~Q(advice=""),
                violation_error_message=_("A finished assessment gives advice."),
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.application} · {self.advice}"


class Judgement(models.Model):
    """Whether an application meets one criterion, and on what evidence."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="judgements")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome)
    evidence = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="judgement_once", fields=["assessment", "criterion"])]

    def __str__(self):
        return f"{self.criterion} · {self.outcome}"
