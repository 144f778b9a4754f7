"""Quarterly reports signed with a pen: the text that is on the page, and the clerk's word for the signature."""

import hashlib

import rfc8785
from django.utils.translation import gettext as _

from budgets.models import PaperSignature
from budgets.writing import signing
from portal import access, clock, files
from portal.audit import plain
from portal.errors import Refused

SCHEMA = "smart-city-portal/quarterly-report/1"


def content(report):
    """What a report says, in JSON's own types."""
    actuals = report.kpi_actuals.select_related("kpi").order_by("kpi__position", "kpi_id")
    photos = report.photos.filter(removed_at=None).select_related("file").order_by("pk")
    return plain(
        {
            "schema": SCHEMA,
            "proposal": report.proposal.number,
            "fiscal_year": report.fiscal_year,
            "quarter": report.quarter,
            "physical_pct": None if report.physical_pct is None else f"{report.physical_pct:.2f}",
            "problem": report.problem,
            "kpi_actuals": [{"name_th": one.kpi.name_th, "value": f"{one.value:.4f}"} for one in actuals],
            "photos": [{"caption": one.caption, "sha256": one.file.sha256} for one in photos],
        }
    )


def text_sha256(report):
    """The SHA-256 of what a report says now, as it stands on the page that is signed."""
    return hashlib.sha256(rfc8785.dumps(content(report))).hexdigest()


def paper_of(report):
    """The `PaperSignature` by which a report was last sent, or None where it was signed in the portal."""
    return newest(report.papers.select_related("scan"), report)


def newest(papers, report):
    """Of the papers of `report` the one by which it was last sent, or None."""
    last = max(papers, key=lambda one: one.pk, default=None)
    return last if last and report.submitted_at and last.attested_at >= report.submitted_at else None


def is_the_text(report, *, by, text_code, **_details):
    """An effect that refuses a page which does not bear the hash of the report as it is now."""
    signing.refuse_other_text(report, text_sha256(report), text_code)


def is_another_person(report, *, by, signer=None, **_details):
    """An effect that refuses a signer who attests or prepared the report."""
    if signer is None:
        return
    signing.refuse_own_word(report, signer, by)
    if report.preparers.filter(pk=signer.user_id).exists():
        raise Refused(_("Who prepared a report does not sign it."), code="separation_of_duties", state=report.state)


def keep_paper(report, *, by, signed_on, scan, signer=None, signer_name="", signer_title="", order_no="", **_details):
    """Keep the page that was signed, and who attests it. Raises ValidationError for a bad scan."""
    attesting, person = access.capacity(by, "budgets.attest_report", report), signer.user if signer else None
    PaperSignature.objects.create(
        report=report,
        text_sha256=text_sha256(report),
        signed_on=signed_on,
        scan=files.store(scan, by=by, only=signing.SCANS),
        signer_name=str(person) if person else signer_name,
        signer_title=person.title if person else signer_title,
        signer_order_no=signer.order_no if signer else order_no,
        attested_by=by,
        attested_at=clock.now(),
        attestor_name=str(by),
        attestor_title=by.title,
        attestor_order_no=attesting.order_no if attesting else "",
    )
