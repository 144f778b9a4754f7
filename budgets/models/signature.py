"""Signatures given on paper, and what the office's clerk attests of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from budgets.models.proposal import ProposalVersion
from portal import clock
from portal.models import StoredFile, User


class PaperSignature(models.Model):
    """A version that was signed on paper, attested by the clerk (ลงนามในกระดาษ รับรองโดยปลัด).

    `text_sha256` is the hash on the page that was signed (`budgets.canonical.text_sha256`); `scan` is that page.
    The clerk's name, position and order stay as they were when the signature was attested.
    """

    version = models.OneToOneField(ProposalVersion, models.PROTECT, related_name="paper")
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

    def __str__(self):
        return f"{self.version} · {self.signed_on}"
