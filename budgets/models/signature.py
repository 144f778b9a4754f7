"""Signatures given on paper, and what the office's clerk attests of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import ProposalVersion
from budgets.models.report import QuarterlyReport
from portal import clock
from portal.models import StoredFile, User


class PaperSignature(models.Model):
    """A version of a proposal, or a quarterly report, that was signed on paper and attested by the clerk
    (ลงนามในกระดาษ รับรองโดยปลัด).

    `text_sha256` is the hash on the page that was signed (`text_sha256` of `budgets.writing.canonical` or
    `budgets.money.report_signing`); `scan` is that page. The clerk's name, position and order stay as they were when
    the signature was attested; so do the signer's of a report, where a version keeps them itself.
    """

    version = models.OneToOneField(ProposalVersion, models.PROTECT, null=True, blank=True, related_name="paper")
    report = models.ForeignKey(QuarterlyReport, models.PROTECT, null=True, blank=True, related_name="papers")
    signer_name = models.CharField(max_length=200, blank=True)
    signer_title = models.CharField(max_length=200, blank=True)
    signer_order_no = models.CharField(max_length=60, blank=True)
    text_sha256 = models.CharField(max_length=64, db_index=True)
    signed_on = models.DateField(_("signed on"))
    scan = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    attested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    attested_at = models.DateTimeField(default=clock.now)
    attestor_name = models.CharField(max_length=200)
    attestor_title = models.CharField(max_length=200, blank=True)
    attestor_order_no = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("signature on paper")
        constraints = [
            models.CheckConstraint(
                name="paper_signature_of_one_thing",
                condition=Q(version__isnull=False, report=None) | Q(version=None, report__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self.version or self.report} · {self.signed_on}"
