"""Dates as Thai offices write them. Python holds common-era dates; only this page knows the Buddhist era."""

import re
from datetime import date, datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.clock import BANGKOK
from portal.thai.digits import to_arabic

NBSP = "\u00a0"
ERA = 543

MONTHS_TH = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
SHORT_MONTHS_TH = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
SHORT_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _letters(word):
    return word.replace(".", "").lower()


_MONTH_NUMBERS = {
    _letters(name): number
    for names in (MONTHS_TH, SHORT_MONTHS_TH, MONTHS_EN, SHORT_MONTHS_EN)
    for number, name in enumerate(names, start=1)
} | {"sept": 9}

_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_ERA = r"(?P<era>พ\.?\s?ศ\.?|ค\.?\s?ศ\.?|b\.?e\.?|c\.?e\.?|a\.?d\.?)?\s*"
_NUMBERS = re.compile(
    rf"(?P<day>[0-9]{{1,2}})\s*[/.\-\s]\s*(?P<month>[0-9]{{1,2}})\s*[/.\-\s]\s*{_ERA}(?P<year>[0-9]{{2,4}})"
)
_WORDS = re.compile(rf"(?P<day>[0-9]{{1,2}})\s*(?P<name>[^\W\d_][^\d/,]*?)[\s,]*{_ERA}(?P<year>[0-9]{{2,4}})")


def fiscal_year_of(day):
    """The Thai fiscal year containing `day`, as a Buddhist-era year.

    `day` is a common-era date in Asia/Bangkok. 1 October 2025 to 30 September 2026 gives 2569.
    Source: Budgetary Procedures Act, B.E. 2561 (2018).
    """
    return day.year + ERA + (day.month >= 10)


def quarter_of(day):
    """The quarter of the fiscal year, 1 to 4: October to December is 1."""
    return (day.month - 10) % 12 // 3 + 1


def quarter_bounds(fiscal_year, quarter):
    """The first day of the quarter and the first day after it, for a Buddhist-era `fiscal_year`."""
    if quarter not in {1, 2, 3, 4}:
        raise ValueError(f"A fiscal year has quarters 1 to 4, not {quarter!r}.")
    year = fiscal_year - ERA
    firsts = [date(year - 1, 10, 1), date(year, 1, 1), date(year, 4, 1), date(year, 7, 1), date(year, 10, 1)]
    return firsts[quarter - 1], firsts[quarter]


def fiscal_year_bounds(fiscal_year):
    """The first day of the fiscal year and the first day after it."""
    return quarter_bounds(fiscal_year, 1)[0], quarter_bounds(fiscal_year, 4)[1]


def is_thai(language=None):
    """Whether `language`, by default the active one, is Thai; without any, it is."""
    return (language or get_language() or "th").startswith("th")


def thaidate(day, language=None):
    """`23 พฤศจิกายน 2569`, or in English `23 November 2026`, held together by no-break spaces.

    `day` is a date, or an aware moment that is shown as Bangkok's date. None gives "".
    """
    if not day:
        return ""
    day = _in_bangkok(day)
    if is_thai(language):
        return NBSP.join([str(day.day), MONTHS_TH[day.month - 1], str(day.year + ERA)])
    return NBSP.join([str(day.day), MONTHS_EN[day.month - 1], str(day.year)])


def thaimonth(day, language=None):
    """The month of `day`: “พฤศจิกายน 2569” or “November 2026”."""
    names, year = (MONTHS_TH, day.year + ERA) if is_thai(language) else (MONTHS_EN, day.year)
    return f"{names[day.month - 1]}{NBSP}{year}"


def thaidate_short(day, language=None):
    """`23 พ.ย. 69`, or in English `23 Nov 2026`."""
    if not day:
        return ""
    day = _in_bangkok(day)
    if is_thai(language):
        return NBSP.join([str(day.day), SHORT_MONTHS_TH[day.month - 1], f"{(day.year + ERA) % 100:02}"])
    return NBSP.join([str(day.day), SHORT_MONTHS_EN[day.month - 1], str(day.year)])


def thaitime(moment, language=None):
    """Bangkok's time of an aware moment: `14.32 น.`, or in English `14:32`."""
    if not moment:
        return ""
    moment = _in_bangkok(moment)
    if is_thai(language):
        return f"{moment:%H.%M}{NBSP}น."
    return f"{moment:%H:%M}"


def thaidatetime(moment, language=None):
    """`23 พฤศจิกายน 2569 เวลา 14.32 น.`, or in English `23 November 2026, 14:32`."""
    if not moment:
        return ""
    joint = f" เวลา{NBSP}" if is_thai(language) else ", "
    return thaidate(moment, language) + joint + thaitime(moment, language)


def _in_bangkok(value):
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(BANGKOK)
    return value


def numeric_date(day, language=None):
    """`23/11/2569`, or in English `23/11/2026`: what a date field shows, and `parse_thai_date` reads."""
    return f"{day.day:02}/{day.month:02}/{day.year + ERA * is_thai(language)}"


def parse_thai_date(text):
    """The date that a person typed, in either era, with Thai or Arabic digits.

    Reads `23 พ.ย. 2569`, `23 พฤศจิกายน พ.ศ. 2569`, `23/11/2569`, `23-11-69`, `23 Nov 2026`, `2026-11-23`.
    Two digits are a Buddhist-era year of 2500 to 2599. ValueError says, for a person, what is wrong.
    """
    typed = " ".join(to_arabic(text).split()).removeprefix("วันที่").strip()
    found = _ISO.fullmatch(typed) or _NUMBERS.fullmatch(typed) or _WORDS.fullmatch(typed.lower())
    if not found:
        raise ValueError(_("Write the date as day/month/year, for example 23/11/2569."))
    parts = found.groupdict()
    month = int(parts["month"]) if "month" in parts else _MONTH_NUMBERS.get(_letters(parts["name"]).strip())
    if month is None:
        raise ValueError(_("There is no month called “%(month)s”.") % {"month": parts["name"].strip()})
    year = _common_era(parts["year"], parts.get("era"))
    try:
        return date(year, month, int(parts["day"]))
    except ValueError:
        raise ValueError(_("The date %(date)s does not exist.") % {"date": typed}) from None


def _common_era(digits, era):
    """The common-era year behind typed `digits`; where no `era` is named, its size tells."""
    year, era = int(digits), (era or "").lower()
    says_common = era.startswith(("ค", "c", "a"))
    says_buddhist = era.startswith(("พ", "b"))
    if len(digits) == 2 and not says_common:
        year += 2500
    if len(digits) != 3:
        if 2400 <= year < 2700 and not says_common:
            return year - ERA
        if 1857 <= year < 2157 and not says_buddhist:
            return year
    raise ValueError(_("Write the year in full, such as 2569 or 2026 (you wrote %(year)s).") % {"year": digits})
