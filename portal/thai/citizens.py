"""Citizen numbers (เลขประจำตัวประชาชน): the portal collects none, so it knows one when it meets one."""

import re

from stdnum.th import pin

from portal.thai.digits import to_arabic

DIGITS = re.compile(r"(?<![0-9])[0-9](?:[\s.–-]?[0-9]){12}(?![0-9])")


def has_citizen_number(text):
    """Whether `text` holds a citizen number: thirteen digits, the last one fitting, however they are parted."""
    return any(pin.is_valid(re.sub(r"[^0-9]", "", found)) for found in DIGITS.findall(to_arabic(str(text))))


def without_citizen_numbers(text):
    """`text` with every citizen number struck out."""
    plain = to_arabic(text)
    spans = [found.span() for found in DIGITS.finditer(plain) if pin.is_valid(re.sub(r"[^0-9]", "", found.group()))]
    for begin, end in reversed(spans):
        text = text[:begin] + "×" * (end - begin) + text[end:]
    return text
