"""Signing on paper: the page to print, the scan that came back, and what anyone may learn of either."""

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _

from budgets.models import Proposal
from budgets.states import ProposalState
from budgets.views.verifying import version_of
from budgets.writing import canonical, signing
from portal import clock, files, pdf
from portal.errors import Refused


@login_required
def page_to_sign(request, pk):
    """The page that is signed with a pen, as PDF: what is asked, the hash of the text, and how to check both."""
    visible = Proposal.objects.visible_to(request.user).whole()
    proposal = get_object_or_404(visible.prefetch_related("preparers"), pk=pk)
    if not signing.is_of_the_office(proposal, request.user):
        raise PermissionDenied(_("The page to sign is printed by the office itself."))
    if not signing.waits(proposal):
        text = _("The page to sign is printed once the clerk has verified the proposal, and until it is signed.")
        raise Refused(text, code="not_verified", state=proposal.state)
    sha256 = canonical.text_sha256(proposal)
    address = settings.SITE_URL + canonical.paper_url(proposal, sha256)
    with translation.override("th"):
        context = {
            "proposal": proposal,
            "place": proposal.local_government,
            "attachments": [one for one in proposal.attachments.all() if one.removed_at is None],
            "sha256": sha256,
            "code": canonical.paper_code(sha256),
            "public_url": address,
            "qr": pdf.qr_svg(address),
            "made_at": clock.now(),
        }
        return pdf.response("budgets/pdf/signing_page.html", context, f"signing-page-{proposal.pk}.pdf")


@login_required
def scan(request, pk, version):
    """The page that was signed with a pen, as it came back."""
    paper = version_of(request, pk, version).on_paper
    if paper is None:
        raise Http404
    return files.serve(paper.scan)


def verify_page(request, pk, sha256):
    """What became of a printed page: waiting with its text unchanged, received, or of no more use. For anyone."""
    if not secrets.compare_digest(request.GET.get("s", "").encode(), canonical.paper_seal(pk, sha256).encode()):
        raise Http404
    proposal = get_object_or_404(Proposal.objects.select_related("local_government__province", "round"), pk=pk)
    received = proposal.versions.filter(paper__text_sha256=sha256).select_related("paper", "proposal").last()
    waits = received is None and proposal.state == ProposalState.PENDING_ENDORSEMENT
    context = {
        "proposal": proposal,
        "version": received,
        "verify_url": canonical.verify_url(received) if received else "",
        "is_current": waits and signing.text_of(proposal) == sha256,
        "sha256": sha256,
        "code": canonical.paper_code(sha256),
    }
    return render(request, "budgets/verify_paper.html", context)


urlpatterns = [
    path("proposals/<int:pk>/signing-page.pdf", page_to_sign, name="signing-page"),
    path("proposals/<int:pk>/receipts/<int:version>/scan/", scan, name="signature-scan"),
    path("verify/paper/<int:pk>/<slug:sha256>/", verify_page, name="verify-paper"),
]
