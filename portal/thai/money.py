"""Amounts of money in words and figures."""

from decimal import Decimal

from portal.thai.dates import NBSP, is_thai


def figures(amount):
    """`1,234.50`: two places and commas, no unit. None gives ""."""
    return "" if amount is None or amount == "" else f"{Decimal(str(amount)):,.2f}"


def baht(amount, language=None):
    """`1,234.50 บาท`, or in English `1,234.50 baht`, held together by a no-break space. None gives ""."""
    shown = figures(amount)
    return shown and f"{shown}{NBSP}{'บาท' if is_thai(language) else 'baht'}"


def baht_text(amount):
    """The amount in Thai words, as letters and certificates write it: `หนึ่งพันบาทห้าสิบสตางค์`.

    Exact to the satang for every amount that a `BahtField` holds.
    """
    from pythainlp.util import bahttext  # loads dictionaries: only letters need it

    amount = Decimal(str(amount))
    words = bahttext(float(abs(amount)))
    if 0 < abs(amount) < 1:
        words = words.removeprefix("ศูนย์บาท")
    return f"ลบ{words}" if amount < 0 else words
