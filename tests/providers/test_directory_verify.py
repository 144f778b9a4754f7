"""Certificates, and the page that says whether they are true."""

import re
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from pypdf import PdfReader
from pythainlp.util import normalize

from portal import clock, registry
from portal.thai.digits import to_arabic
from providers.models import Listing
from providers.views.verifying import public_address
from tests.providers.directory import answer, long_listed, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def old():
    return long_listed()


def test_verify_page_says_what_is_true_now_and_on_any_day(old):
    office, _company, listing = old
    path = f"/providers/verify/{listing.certificate_no}/"

    assert answer(path).context["today"].state == "active"
    office.revoke(listing)
    shown = answer(path, on=(clock.today() - timedelta(days=3)).isoformat())
    assert (shown.context["today"].state, shown.context["standing"].state) == ("revoked", "active")
    assert shown.context["is_certified"] is False
    text = page(path)
    assert "เพิกถอน" in text
    assert "เอกสารเท็จ" in text
    assert "เอกสารปลอม" not in text
    assert "ยังไม่มีใบรับรองนี้" in page(path, on=(clock.today() - timedelta(days=101)).isoformat())


def test_end_by_date_counts_before_anybody_records_it(old):
    _office, _company, listing = old

    with clock.at(clock.now() + timedelta(days=900)):
        shown = answer(f"/providers/verify/{listing.certificate_no}/")
        then = answer(f"/providers/verify/{listing.certificate_no}/", on=listing.valid_until.isoformat())

    assert (shown.context["today"].state, then.context["standing"].state) == ("expired", "active")


def test_numbers_are_read_as_people_type_them_and_unknown_ones_are_helped(old):
    _office, _company, listing = old
    number = listing.certificate_no

    for typed in (number.lower(), f" {number} ", number.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))):
        found = Client().get(f"/providers/verify/{typed}/")
        assert (found.status_code, found["Location"]) == (302, f"/providers/verify/{number}/")
        assert registry.proof(typed) == f"/providers/verify/{number}/"
        box = Client().get("/verify/", {"number": typed})
        assert box["Location"] == f"/providers/verify/{number}/"
    text = page("/providers/verify/DC2570-99999/", expect=404)
    assert "DC2570-99999" in text
    assert "DC2570-00012" in text
    assert page("/providers/verify/%3CSCRIPT%3E/", expect=404).count("&lt;SCRIPT&gt;") > 0
    assert registry.proof("DC25-1") is None


def test_certificate_is_in_thai_with_number_dates_and_address(old):
    _office, company, listing = old

    sent = Client().get(f"/providers/certificates/{listing.certificate_no}.pdf", HTTP_ACCEPT_LANGUAGE="en")

    document = PdfReader(BytesIO(sent.content))
    assert len(document.pages) == 1
    raw = document.pages[0].extract_text()
    assert "๒๕" in raw
    text = to_arabic(normalize(re.sub(r"\s|\u2060|\xa0", "", raw)))
    until = listing.valid_until
    for words in (listing.certificate_no, "บริษัทเก่าแก่จำกัด", "ระบบเก่าแก่", str(until.year + 543), public_address(listing)):
        assert words in text, words
    [code] = zxingcpp.read_barcodes(pypdfium2.PdfDocument(sent.content)[0].render(scale=2).to_pil())
    assert code.text == public_address(listing)


def test_no_certificate_is_given_out_for_what_does_not_stand(old):
    office, _company, listing = old
    path = f"/providers/certificates/{listing.certificate_no}.pdf"

    office.suspend(listing)
    assert "ระงับ" in page(path, expect=409)
    office.revoke(Listing.objects.get(pk=listing.pk))
    assert "เพิกถอน" in page(path, expect=409)
    answer("/providers/certificates/DC2570-99999.pdf", expect=404)
