"""Signatures on paper and their attestation, and requests that wait while the executive changes."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal, ProposalVersion
from budgets.money import report_signing
from budgets.tasks import hand_signatures_on
from budgets.writing import canonical, signing
from portal import clock, pdf
from portal.models.outbox import Notice
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def scanned():
    return SimpleUploadedFile("ลงนาม.pdf", PDF, "application/pdf")


def page(story, **changes):
    """What the clerk writes down from a page that the executive signed."""
    return {
        "scan": scanned(),
        "text_code": canonical.paper_code(signing.text_of(story.proposal)),
        "signed_on": clock.today().isoformat(),
        "signer": story.office.executive.username,
    } | changes


@pytest.fixture
def story():
    return Story().to("verified")


@pytest.fixture
def clerk(story):
    return Program(story.office.clerk)


def attest(clerk, story, **changes):
    return clerk.upload(f"proposals/{story.proposal.pk}/steps/submit/", **page(story, **changes))


def test_attested_signature_submits_and_says_so_everywhere(client, story, clerk):
    text = signing.text_of(story.proposal)

    answer = attest(clerk, story)

    assert (answer.status_code, answer.data["state"]) == (200, "submitted")
    version = ProposalVersion.objects.get()
    signature = json.loads(bytes(version.canonical))["signature"]
    assert (signature["method"], signature["name"]) == ("paper", str(story.office.executive))
    assert signature["attested_by"]["name"] == str(story.office.clerk)
    assert (signature["text_sha256"], signature["scan_sha256"]) == (text, version.paper.scan.sha256)
    assert canonical.text_digest(json.loads(bytes(version.canonical))) == text
    told = clerk.get(f"proposals/{story.proposal.pk}/versions/").data["results"][0]["paper"]
    assert (told["attested_by"], told["signed_on"]) == (str(story.office.clerk), clock.today().isoformat())
    assert "attested by the clerk" in client.get(canonical.verify_url(version), headers={"Accept-Language": "en"}).text
    client.force_login(story.office.officer)
    for name, args in (("receipt", [version.version]), ("proposal", [])):
        shown = client.get(reverse(f"budgets:{name}", args=[version.proposal_id, *args]))
        assert "attested by the clerk" in shown.text or "รับรองโดยปลัด" in shown.text
    got = client.get(reverse("budgets:signature-scan", args=[version.proposal_id, version.version]))
    assert b"".join(got.streaming_content) == PDF


def test_page_of_another_text_is_refused(story, clerk):
    kept = page(story)
    Proposal.objects.filter(pk=story.proposal.pk).update(rationale="ข้อความใหม่")

    answer = clerk.upload(f"proposals/{story.proposal.pk}/steps/submit/", **kept)

    assert code(answer) == (409, "text_differs")
    assert not ProposalVersion.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text_code": "ab12"}, "text_code"),
        ({"signed_on": "2999-01-01"}, "signed_on"),
        ({"signer": "nobody"}, "signer"),
        ({"signer": ""}, "signer_name"),
        ({"signer": "", "signer_name": "นายสมชาย", "signer_title": "รองนายก"}, "order_no"),
    ],
)
def test_what_does_not_fit_the_page_is_named(story, clerk, changes, field):
    answer = attest(clerk, story, **changes)

    assert answer.status_code == 400
    assert f"/{field}" in {error["pointer"] for error in answer.data["errors"]}


def test_signer_without_an_account_acts_by_an_order_that_is_kept(story, clerk):
    answer = attest(clerk, story, signer="", signer_name="นายสมชาย ใจดี", signer_title="รองนายก", order_no="12/2570")

    assert answer.status_code == 200
    version = ProposalVersion.objects.get()
    assert (version.signed_by, version.signer_name, version.order_no) == (None, "นายสมชาย ใจดี", "12/2570")


def test_who_prepared_neither_attests_nor_is_attested(story, clerk):
    story.proposal.preparers.add(story.office.executive)

    assert code(attest(clerk, story)) == (409, "separation_of_duties")

    story.proposal.preparers.add(story.office.clerk)

    assert code(attest(clerk, story)) == (403, "separation_of_duties")


def test_clerk_attests_for_others_only(story, clerk):
    post = story.office.clerk.memberships.create(
        role=Role.LOCAL_EXECUTIVE, local_government=story.office.place, acting=True, order_no="1/2570",
        valid_from=clock.today() - timedelta(days=9), valid_to=clock.today(),
    )  # fmt: skip
    day = (post.valid_to - timedelta(days=1)).isoformat()

    assert code(attest(clerk, story, signer=story.office.clerk.username, signed_on=day)) == (409, "same_person")


def test_signature_of_who_left_the_post_since_stays_valid(story, clerk):
    details = page(story)
    story.office.executive.memberships.update(valid_to=clock.today() + timedelta(days=1))

    with clock.at(clock.now() + timedelta(days=2)):
        answer = clerk.upload(f"proposals/{story.proposal.pk}/steps/submit/", **details)

    assert answer.status_code == 200


@pytest.mark.skipif(not pdf.is_available(), reason="needs Pango")
def test_page_to_sign_is_printed_by_the_office_between_verifying_and_signing(client, story):
    address = reverse("budgets:signing-page", args=[story.proposal.pk])

    client.force_login(story.office.officer)
    printed = client.get(address)
    client.force_login(person(Role.AUDITOR))
    stranger = client.get(address)

    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
    assert stranger.status_code == 404


def test_printed_page_tells_anybody_whether_it_still_counts(client, story, clerk):
    address = canonical.paper_url(story.proposal, signing.text_of(story.proposal))

    waiting = client.get(address)
    attest(clerk, story)
    received = client.get(address)

    assert (waiting.context["is_current"], waiting.context["version"]) == (True, None)
    assert received.context["version"] == ProposalVersion.objects.get()
    assert client.get(address[:-1] + "!").status_code == 404

    story.proposal.refresh_from_db()
    Proposal.objects.filter(pk=story.proposal.pk).update(state="pending_endorsement", rationale="ใหม่")
    ProposalVersion.objects.get().paper.delete()
    assert client.get(address).context["is_current"] is False


def test_clerk_attests_on_the_page(client, story):
    client.force_login(story.office.clerk)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": clock.now().timestamp()}]
    session.save()
    address = reverse("budgets:proposal-step", args=[story.proposal.pk, "submit"])

    assert "budgets/steps/attest.html" in {template.name for template in client.get(address).templates}
    wrong = client.post(address, page(story, version=story.proposal.version, text_code="0" * 16))
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (400, ["text_code"])
    assert wrong.context["form"]["signer"].value() == story.office.executive.username
    answer = client.post(address, page(story, version=story.proposal.version))

    version = ProposalVersion.objects.get()
    assert answer.url == reverse("budgets:receipt", args=[story.proposal.pk, version.version])


# The executive changes


def told(kind, person):
    return Notice.objects.filter(kind=kind, recipient=person).count()


def test_request_waits_for_the_new_executive_who_is_told_once(story):
    today = clock.today()
    story.office.executive.memberships.update(valid_to=today + timedelta(days=1))

    assert hand_signatures_on() == 0
    with clock.at(clock.now() + timedelta(days=2)):
        assert (hand_signatures_on(), hand_signatures_on()) == (1, 0)
        assert told("post_vacant", story.office.clerk) == 1
        acting = person(Role.LOCAL_EXECUTIVE, at=story.office.place, acting=True, order_no="9/2570")
        assert (hand_signatures_on(), hand_signatures_on()) == (1, 0)
        assert told("signature_handed_on", acting) == 1
        assert told("verified", story.office.executive) == 1

        with pytest.raises(PermissionDenied):
            PROPOSAL.take(story.proposal, "submit", by=fresh(story.office.executive))
        signed = PROPOSAL.take(story.proposal, "submit", by=acting)

    assert (signed.state, signed.latest_version().order_no) == ("submitted", "9/2570")


def fresh(user):
    return type(user).objects.get(pk=user.pk)


# Quarterly reports


def test_report_signed_on_paper_is_sent_by_the_clerk_s_word_for_the_text_that_was_printed(client):
    story = Story().to("executing")
    report, clerk = story.report(), Program(story.office.clerk)
    address = f"proposals/{story.proposal.pk}/reports/{report.pk}/"
    code_on_page = canonical.paper_code(report_signing.text_sha256(report))
    signed = {
        "text_code": code_on_page,
        "signed_on": clock.today().isoformat(),
        "signer": story.office.executive.username,
    }

    def attest(**changes):
        return clerk.upload(f"{address}steps/submit/", scan=scanned(), **{**signed, **changes})

    type(report).objects.filter(pk=report.pk).update(problem="แก้หลังพิมพ์")
    assert code(attest()) == (409, "text_differs")
    type(report).objects.filter(pk=report.pk).update(problem="")
    report.preparers.add(story.office.executive)
    assert code(attest()) == (409, "separation_of_duties")
    report.preparers.remove(story.office.executive)
    assert attest().data["state"] == "submitted"

    told = clerk.get(address).data["paper"]
    assert (told["signer_name"], told["attested_by"]) == (str(story.office.executive), str(story.office.clerk))
    client.force_login(story.office.province)
    assert "รับรองโดยปลัด" in client.get(report.get_absolute_url()).text
    got = client.get(reverse("budgets:report-scan", args=[story.proposal.pk, report.pk]))
    assert b"".join(got.streaming_content) == PDF
    province = Program(story.office.province)
    assert province.step(address, "return", {"reason": "เพิ่มภาพ"}).status_code == 200
    assert Program(story.office.executive).step(address, "submit").data["paper"] is None
