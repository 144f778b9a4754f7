from decimal import Decimal

import pytest

from portal.thai.digits import to_arabic, to_thai
from portal.thai.money import baht, baht_text
from portal.thai.units import unit_name


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234.5", "1,234.50"),
        (Decimal("99999999999.99"), "99,999,999,999.99"),
        (0, "0.00"),
        (Decimal("-0.01"), "-0.01"),
    ],
)
def test_an_amount_is_shown_with_its_unit(amount, shown):
    assert (baht(amount), baht(amount, "en")) == (f"{shown}\u00a0บาท", f"{shown}\u00a0baht")


@pytest.mark.parametrize(
    ("typed", "english"),
    [("ปี", "year"), (" ต่อเดือน", "month"), ("ผู้ใช้/ปี", "user / year"), ("ผู้ใช้/กระบุง", "ผู้ใช้/กระบุง"), ("set", "set")],
)
def test_a_unit_is_read_in_english_where_its_word_is_known(typed, english):
    assert (unit_name(typed, "th"), unit_name(typed, "en")) == (typed, english)


def test_no_amount_shows_nothing():
    assert baht(None) == ""


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "ศูนย์บาทถ้วน"),
        ("0.25", "ยี่สิบห้าสตางค์"),
        ("21.01", "ยี่สิบเอ็ดบาทหนึ่งสตางค์"),
        ("101", "หนึ่งร้อยเอ็ดบาทถ้วน"),
        ("11000000.11", "สิบเอ็ดล้านบาทสิบเอ็ดสตางค์"),
        ("-0.50", "ลบห้าสิบสตางค์"),
        (
            "99999999999.99",
            "เก้าหมื่นเก้าพันเก้าร้อยเก้าสิบเก้าล้านเก้าแสนเก้าหมื่นเก้าพันเก้าร้อยเก้าสิบเก้าบาทเก้าสิบเก้าสตางค์",
        ),
    ],
)
def test_an_amount_is_written_in_words(amount, words):
    assert baht_text(Decimal(amount)) == words


def test_digits_change_and_all_else_stays():
    assert to_arabic("พ.ศ. ๒๕๖๙/๐1") == "พ.ศ. 2569/01"
    assert to_thai("ที่ มท 0808/1234567890") == "ที่ มท ๐๘๐๘/๑๒๓๔๕๖๗๘๙๐"
