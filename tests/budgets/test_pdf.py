"""Letters as PDF: pages, fonts, tags, and that Thai can be read back from them."""

import re
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader
from pythainlp.util import normalize

from portal import pdf
from portal.errors import Refused
from portal.thai.digits import to_arabic
from tests.factories.budgets import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed():
    story = Story().to("verified")
    return story.take("submit", story.office.executive, letter_no="กบ 52001/77")


def read(client, url):
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return PdfReader(BytesIO(answer.content))


def text_of(document):
    """The text without spaces, digits Arabic, in the usual order of Thai marks."""
    text = "".join(page.extract_text() for page in document.pages)
    return to_arabic(normalize(re.sub(r"\s|\u2060|\xa0", "", text)))


def fonts_of(document):
    """The names of the fonts with whether each is embedded."""
    found = {}
    for page in document.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            found[inner["/BaseFont"]] = "/FontFile2" in inner["/FontDescriptor"]
    return found


def pages_of(signed):
    args = [signed.proposal.pk, signed.proposal.versions.get().version]
    return {name: reverse(f"budgets:{name}-pdf", args=args) for name in ("receipt", "letter")} | {
        "proposal": reverse("budgets:proposal-pdf", args=args[:1])
    }


def test_cover_letter_is_one_page_in_thai_digits(client, signed):
    client.force_login(signed.office.executive)

    document = read(client, pages_of(signed)["letter"])

    assert len(document.pages) == 1
    raw = document.pages[0].extract_text()
    assert "๕๒๐๐๑/๗๗" in raw
    text = text_of(document)
    assert signed.proposal.number in text
    assert "1,000,000.00บาท" in text
    assert "หนึ่งล้านบาทถ้วน" in text
    assert signed.proposal.local_government.name_th in text


@pytest.mark.parametrize("name", ["receipt", "letter", "proposal"])
def test_letters_embed_sarabun_and_are_tagged(client, signed, name):
    client.force_login(signed.office.executive)

    document = read(client, pages_of(signed)[name])

    fonts = fonts_of(document)
    assert fonts and all(fonts.values())
    assert all("Sarabun" in font for font in fonts)
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert document.trailer["/Root"]["/Lang"] == "th"
    assert document.metadata.title


def test_receipt_holds_number_hash_and_address(client, signed):
    client.force_login(signed.office.executive)
    version = signed.proposal.versions.get()

    text = text_of(read(client, pages_of(signed)["receipt"]))

    assert signed.proposal.number in text
    assert version.sha256 in text
    assert f"/budgets/verify/{signed.proposal.number}/{version.version}/?s=" in text


def test_draft_is_marked_as_such(client):
    story = Story()
    client.force_login(story.office.officer)

    text = text_of(read(client, reverse("budgets:proposal-pdf", args=[story.proposal.pk])))

    assert "ร่างยังไม่ลงนาม" in text
    assert "ระบบแจ้งเตือนน้ำท่วม" in text


def test_sara_am_is_taken_apart_before_its_tone_mark():
    assert pdf.taken_apart("น้ำ คำ") == "น\u0e4d้\u0e32 ค\u0e4d\u0e32"


def test_nothing_but_our_fonts_is_fetched():
    fetcher = pdf._fetcher(pdf._weasyprint())

    for url in ("https://example.org/a.png", "file:///etc/passwd"):
        with pytest.raises(ValueError, match="Not fetched"):
            fetcher.fetch(url)


def test_missing_libraries_are_said_and_nothing_breaks(client, signed, monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    client.force_login(signed.office.executive)

    answer = client.get(pages_of(signed)["letter"])

    assert answer.status_code == 409
    assert "libpango" in answer.content.decode()
    with pytest.raises(Refused):
        pdf._weasyprint()
