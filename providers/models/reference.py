"""What the registry's managers may change without a programmer: categories, kinds, checklists, criteria."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.named import Named


class Ordered(Named):
    """A row of a list in its own order, known by a code that never changes; retired, never deleted."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True
        ordering = ["order", "pk"]


class Category(Ordered):
    """What a product is for (หมวด): two levels, groups and the categories in them."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta(Ordered.Meta):
        verbose_name = _("category")


class CertificationKind(Ordered):
    """A kind of certification that the registry accepts (ชนิดใบรับรองมาตรฐาน)."""

    issuer_hint = models.CharField(_("usual issuer"), max_length=200, blank=True)
    counts_as_quality = models.BooleanField(
        _("meets the quality rule"), default=True, help_text=_("One such certification is needed for listing.")
    )

    class Meta(Ordered.Meta):
        verbose_name = _("kind of certification")


class DocumentKind(Ordered):
    """A document that an application carries."""

    is_required = models.BooleanField(_("required"), default=True)

    class Meta(Ordered.Meta):
        verbose_name = _("kind of document")


class Attestation(Ordered):
    """A statement that the company makes and stands by (คำรับรองตนเอง)."""

    text_th = models.TextField(_("text in Thai"))
    text_en = models.TextField(_("text in English"), blank=True)

    class Meta(Ordered.Meta):
        verbose_name = _("attestation")


class ChecklistItem(Ordered):
    """One line of the registrar's check of documents."""

    guidance = models.TextField(_("how to check"), blank=True)

    class Meta(Ordered.Meta):
        verbose_name = _("line of the checklist")


class Criterion(Ordered):
    """One criterion of the technical assessment, passed or failed on evidence."""

    guidance = models.TextField(_("how to assess"), blank=True)

    class Meta(Ordered.Meta):
        verbose_name = _("criterion of assessment")


class Terms(models.Model):
    """The registry's terms, one row: how long things hold and how soon they are due (หลักเกณฑ์การขึ้นบัญชี).

    The defaults are this portal's own, to be settled by depa: the rules of the real account name none.
    """

    validity_months = models.PositiveSmallIntegerField(_("a listing holds, in months"), default=24)
    renewal_window_days = models.PositiveSmallIntegerField(_("renewal opens before the end, in days"), default=120)
    grace_days = models.PositiveSmallIntegerField(
        _("a listing whose renewal is in hand stays listed at most, in days"), default=60
    )
    check_working_days = models.PositiveSmallIntegerField(
        _("documents are checked within, in working days"), default=10
    )
    assessment_working_days = models.PositiveSmallIntegerField(
        _("an application is decided within, in working days"), default=30
    )
    revision_working_days = models.PositiveSmallIntegerField(_("time to revise, in working days"), default=15)
    certification_days_left = models.PositiveSmallIntegerField(
        _("a certification must hold on approval for, in days"), default=60
    )
    reapply_after_days = models.PositiveSmallIntegerField(_("a new application after a rejection, in days"), default=30)
    reply_days = models.PositiveSmallIntegerField(_("right to reply to a suspension, in days"), default=15)
    barred_months = models.PositiveSmallIntegerField(_("barred after a revocation, in months"), default=12)
    complaint_working_days = models.PositiveSmallIntegerField(
        _("a complaint is answered within, in working days"), default=7
    )
    complaint_threshold = models.PositiveSmallIntegerField(
        _("complaints in 90 days that open a check of the listing"), default=3
    )

    class Meta:
        verbose_name = _("terms of the registry")

    def __str__(self):
        return str(self._meta.verbose_name)

    @classmethod
    def present(cls):
        """The terms as they stand; the defaults until somebody sets others."""
        return cls.objects.first() or cls()
