"""Receipts: what was signed and when, as a page, as letters, and for anyone who wants to check."""

import hashlib
import json
import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from budgets.forms.proposing import HashForm
from budgets.models import Proposal, ProposalVersion
from budgets.rules import state_shown_to
from budgets.writing import canonical, completeness
from portal import clock, pdf

CHUNK = 65_536
WITH_CASE = ("proposal__round", "proposal__theme", "proposal__local_government__province")


def version_of(request, pk, version):
    """A submitted version of a case that the person may see."""
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user), pk=pk)
    versions = ProposalVersion.objects.select_related(*WITH_CASE, "proposal__local_government__district", "paper__scan")
    return get_object_or_404(versions, proposal=proposal, version=version)


def public_address(version):
    """The whole address of the verify page, as it stands on paper."""
    return settings.SITE_URL + canonical.verify_url(version)


@login_required
def receipt(request, pk, version):
    """The receipt of a submitted version."""
    found = version_of(request, pk, version)
    return render(request, "budgets/receipt.html", {"proposal": found.proposal, "version": found, **addresses(found)})


def addresses(version):
    return {
        "verify_url": canonical.verify_url(version),
        "canonical_url": canonical.canonical_url(version),
        "public_url": public_address(version),
        "check_code": canonical.signature_of(version.proposal.number, version.version),
    }


# As PDF


@login_required
def receipt_pdf(request, pk, version):
    found = version_of(request, pk, version)
    name = f"receipt-{found.proposal.number}-{found.version}.pdf"
    return letter_like("budgets/pdf/receipt.html", found, name)


@login_required
def letter_pdf(request, pk, version):
    """The cover letter (หนังสือนำส่ง), in the words and figures of the version that was signed."""
    found = version_of(request, pk, version)
    return letter_like("budgets/pdf/letter.html", found, f"letter-{found.proposal.number}-{found.version}.pdf")


def letter_like(template, version, filename):
    """A PDF about a submitted version, always in Thai."""
    content = json.loads(bytes(version.canonical))
    with translation.override("th"):
        context = {
            "proposal": version.proposal,
            "version": version,
            "content": content,
            "place": version.proposal.local_government,
            "attachments": content["attachments"],
            "qr": pdf.qr_svg(public_address(version)),
            **addresses(version),
        }
        return pdf.response(template, context, filename)


@login_required
def proposal_pdf(request, pk):
    """The whole proposal as it stands now, with room for signatures or with those that were given."""
    cases = Proposal.objects.visible_to(request.user).whole()
    proposal = get_object_or_404(cases, pk=pk)
    version = proposal.latest_version()
    is_signed = version is not None and state_shown_to(proposal, request.user) not in {
        "returned",
        "pending_endorsement",
    }
    with translation.override("th"):
        context = {
            "proposal": proposal,
            "place": proposal.local_government,
            "version": version if is_signed else None,
            "documents": completeness.required_documents(proposal),
            "made_at": clock.now(),
            **({"qr": pdf.qr_svg(public_address(version)), **addresses(version)} if is_signed else {}),
        }
        name = proposal.number or f"draft-{proposal.pk}"
        return pdf.response("budgets/pdf/proposal.html", context, f"{name}.pdf")


# For anyone


def signed_version(request, number, version):
    """The version whose address carries the right signature; for all else there is nothing here."""
    expected = canonical.signature_of(number, version)
    if not secrets.compare_digest(request.GET.get("s", "").encode(), expected.encode()):
        raise Http404
    return get_object_or_404(
        ProposalVersion.objects.select_related(*WITH_CASE, "paper"), proposal__number=number, version=version
    )


def verify(request, number, version):
    """What is true of a receipt, and whether a file is the one that was signed. Opens without signing in."""
    found = signed_version(request, number, version)
    content = json.loads(bytes(found.canonical))
    form = HashForm(request.POST, request.FILES) if request.method == "POST" else HashForm()
    answer = answer_to(form, found, content) if form.is_valid() else None
    context = {
        "version": found,
        "proposal": found.proposal,
        "content": content,
        "signed_at": datetime.fromisoformat(content["signature"]["signed_at"]),
        "newest": found.proposal.latest_version(),
        "form": form,
        "answer": answer,
        "link": f"{request.path}?s={request.GET['s']}",
        **addresses(found),
    }
    return render(request, "budgets/verify.html", context, status=400 if form.errors else 200)


def answer_to(form, version, content):
    """What the given file or hash is: the signed file itself, one of its documents, the signed page, or neither."""
    digest = form.cleaned_data["sha256"] or digest_of(form.cleaned_data["file"])
    document = next((one for one in content["attachments"] if one["sha256"] == digest), None)
    if document is None and digest == content["signature"].get("scan_sha256"):
        document = {"name": _("the page signed on paper, scanned")}
    return {
        "sha256": digest,
        "matches": secrets.compare_digest(digest, version.sha256),
        "document": document and document["name"],
        "name": form.cleaned_data["file"].name if form.cleaned_data["file"] else "",
    }


def digest_of(upload):
    found = hashlib.sha256()
    for chunk in upload.chunks(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def canonical_file(request, number, version):
    """The canonical file, byte for byte as it was hashed."""
    found = signed_version(request, number, version)
    response = HttpResponse(bytes(found.canonical), content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(True, f"{number}-{version}.json")
    response["X-Content-Type-Options"] = "nosniff"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def find(request):
    """From the number and the check code on a document to its verify page."""
    number = request.GET.get("number", "").strip().upper()
    code = "".join(request.GET.get("code", "").split())
    if number and code:
        versions = ProposalVersion.objects.filter(proposal__number=number).select_related("proposal")
        for version in versions.defer("canonical").order_by("-version"):
            if secrets.compare_digest(code.encode(), canonical.signature_of(number, version.version).encode()):
                return redirect(canonical.verify_url(version))
    message = _("No document has this number and check code. Compare both with the paper.") if number and code else ""
    context = {"number": number, "code": code, "message": message}
    return render(request, "budgets/verify_find.html", context, status=404 if message else 200)


urlpatterns = [
    path("proposals/<int:pk>/receipts/<int:version>/", receipt, name="receipt"),
    path("proposals/<int:pk>/receipts/<int:version>/receipt.pdf", receipt_pdf, name="receipt-pdf"),
    path("proposals/<int:pk>/receipts/<int:version>/letter.pdf", letter_pdf, name="letter-pdf"),
    path("proposals/<int:pk>/proposal.pdf", proposal_pdf, name="proposal-pdf"),
    path("verify/", find, name="verify-find"),
    path("verify/<str:number>/<int:version>/", verify, name="verify"),
    path("verify/<str:number>/<int:version>/canonical.json", canonical_file, name="canonical"),
]
