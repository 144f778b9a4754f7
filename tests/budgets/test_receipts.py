"""Signing with a fresh password, the receipt, and what anyone can check of it."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from budgets.models import Proposal, ProposalVersion
from budgets.writing import canonical
from portal.thai import digits
from tests.factories.budgets import Office, Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed():
    return Story().to("submitted")


def version_of(story):
    return story.proposal.versions.get()


def submit_url(story):
    return reverse("budgets:proposal-step", args=[story.proposal.pk, "submit"])


def test_signing_asks_for_the_password_once_more(client):
    story = Story().to("verified")
    executive = story.office.executive
    executive.set_password("long enough words")
    executive.save()
    client.force_login(executive)

    asked = client.get(submit_url(story))
    assert asked.url == f"{reverse('account_reauthenticate')}?next={submit_url(story).replace('/', '%2F')}"
    unsigned = client.post(submit_url(story), {"version": story.proposal.version})
    assert unsigned.url.startswith(reverse("account_reauthenticate"))
    assert Proposal.objects.get(pk=story.proposal.pk).state == "pending_endorsement"

    client.post(reverse("account_reauthenticate"), {"password": "long enough words", "next": submit_url(story)})
    assert client.get(submit_url(story)).status_code == 200


def test_signing_leads_to_the_receipt(client):
    story = Story().to("verified")
    client.force_login(story.office.executive)

    answer = client.post(submit_url(story), {"version": story.proposal.version, "letter_no": "กบ 52001/๑๒"})

    version = ProposalVersion.objects.select_related("proposal").get(proposal=story.proposal.pk)
    assert answer.url == reverse("budgets:receipt", args=[story.proposal.pk, version.version])
    assert version.letter_no == "กบ 52001/๑๒"
    page = client.get(answer.url).content.decode()
    assert version.proposal.number in page
    assert canonical.verify_url(version) in page


def test_form_sent_twice_signs_once(client):
    story = Story().to("verified")
    client.force_login(story.office.executive)
    form = {"version": story.proposal.version}

    first, second = client.post(submit_url(story), form), client.post(submit_url(story), form)

    assert first.url == second.url
    assert story.proposal.versions.count() == 1


def test_declining_sends_it_back_with_the_reason(client):
    story = Story().to("verified")
    client.force_login(story.office.executive)
    url = reverse("budgets:proposal-step", args=[story.proposal.pk, "decline_endorsement"])

    empty = client.post(url, {"version": story.proposal.version, "reason": ""})
    client.post(url, {"version": story.proposal.version, "reason": "แก้ยอดเงิน"})

    assert empty.status_code == 400
    assert Proposal.objects.get(pk=story.proposal.pk).state == "draft"
    client.force_login(story.office.officer)
    assert "แก้ยอดเงิน" in client.get(story.proposal.get_absolute_url()).content.decode()


def test_verify_opens_for_anybody_with_the_signature(client, signed):
    page = client.get(canonical.verify_url(version_of(signed)))

    assert page.status_code == 200
    text = page.content.decode()
    assert signed.proposal.number in text
    assert signed.proposal.title_th in text
    assert signed.proposal.local_government.name_th in text


@pytest.mark.parametrize("seal", ["", "x" * 22, "ก" * 22])
@pytest.mark.parametrize("name", ["budgets:verify", "budgets:canonical"])
def test_wrong_signature_finds_nothing(client, signed, name, seal):
    url = reverse(name, args=[signed.proposal.number, version_of(signed).version])

    assert client.get(url, {"s": seal}).status_code == 404
    assert client.get(url).status_code == 404


def test_canonical_file_is_exactly_what_was_hashed(client, signed):
    version = version_of(signed)

    answer = client.get(canonical.canonical_url(version))

    assert answer.content == bytes(version.canonical)
    assert hashlib.sha256(answer.content).hexdigest() == version.sha256
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="{signed.proposal.number}-{version.version}.json"'


def test_the_signed_file_matches_and_one_changed_byte_does_not(client, signed):
    version = version_of(signed)
    url, content = canonical.verify_url(version), bytes(version.canonical)
    changed = content.replace(b'"version":', b'"version": ', 1)

    same = client.post(url, {"file": SimpleUploadedFile("p.json", content)})
    other = client.post(url, {"file": SimpleUploadedFile("p.json", changed)})

    assert same.context["answer"]["matches"] is True
    assert other.context["answer"]["matches"] is False


def test_a_pasted_hash_is_compared(client, signed):
    version = version_of(signed)
    url = canonical.verify_url(version)
    spaced = " ".join([version.sha256[:32].upper(), version.sha256[32:]])

    assert client.post(url, {"sha256": spaced}).context["answer"]["matches"] is True
    assert client.post(url, {"sha256": "0" * 64}).context["answer"]["matches"] is False
    assert client.post(url, {"sha256": "short"}).status_code == 400
    assert client.post(url, {}).status_code == 400


def test_number_and_check_code_lead_to_the_verify_page(client, signed):
    version = version_of(signed)
    code = canonical.signature_of(signed.proposal.number, version.version)
    find = reverse("budgets:verify-find")

    found = client.get(find, {"number": signed.proposal.number.lower(), "code": f" {code} "})

    assert found.url == canonical.verify_url(version)
    assert client.get(find, {"number": signed.proposal.number, "code": "no"}).status_code == 404
    assert client.get(find, {"number": signed.proposal.number}).status_code == 200


def test_the_box_for_documents_knows_the_numbers_of_proposals(client, signed):
    version = version_of(signed)
    number, box = signed.proposal.number, reverse("verify-number")
    code = canonical.signature_of(number, version.version)

    from_home = client.get(box, {"number": digits.to_thai(number), "code": code}, follow=True)

    assert from_home.redirect_chain[-1][0] == canonical.verify_url(version)
    assert client.get(box, {"number": number}).url == reverse(
        "budgets:verify-find", query={"number": number, "code": ""}
    )
    assert client.get(box, {"number": "X-1"}).status_code == 404
    assert client.get(box).status_code == 200


def test_receipts_are_for_those_who_see_the_case(client, signed):
    args = [signed.proposal.pk, version_of(signed).version]
    client.force_login(Office().officer)

    for name in ("receipt", "receipt-pdf", "letter-pdf"):
        assert client.get(reverse(f"budgets:{name}", args=args)).status_code == 404
