from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from portal.thai import dates


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("23 พ.ย. 2569", date(2026, 11, 23)),
        ("23 พย 2569", date(2026, 11, 23)),
        ("๒๓ พฤศจิกายน พ.ศ. ๒๕๖๙", date(2026, 11, 23)),
        ("วันที่ 23 พฤศจิกายน 2569", date(2026, 11, 23)),
        ("23พ.ย.69", date(2026, 11, 23)),
        ("23/11/2569", date(2026, 11, 23)),
        ("23/11/2026", date(2026, 11, 23)),
        ("๒๓/๑๑/๒๕๖๙", date(2026, 11, 23)),
        (" 23-11-69 ", date(2026, 11, 23)),
        ("23.11.2569", date(2026, 11, 23)),
        ("23\u00a0พฤศจิกายน\u00a02569", date(2026, 11, 23)),
        ("23 Nov 2026", date(2026, 11, 23)),
        ("23 november, 2569", date(2026, 11, 23)),
        ("2026-11-23", date(2026, 11, 23)),
        ("2569-11-23", date(2026, 11, 23)),
        ("23/11/พ.ศ. 2569", date(2026, 11, 23)),
        ("23 พ.ย. ค.ศ. 2026", date(2026, 11, 23)),
        ("29/2/2567", date(2024, 2, 29)),
        ("29 ก.พ. 67", date(2024, 2, 29)),
        ("29/2/2024", date(2024, 2, 29)),
        ("1/1/00", date(1957, 1, 1)),
        ("31/12/99", date(2056, 12, 31)),
    ],
)
def test_a_typed_date_is_read_in_either_era(typed, read):
    assert dates.parse_thai_date(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "29/2/2569",
        "29/2/2026",
        "31/4/2569",
        "0/1/2569",
        "1/13/2569",
        "23/11/3112",  # 543 added twice
        "23/11/1483",
        "23/11/569",
        "23/11/พ.ศ. 2026",
        "23/11/ค.ศ. 2569",
        "23/11/ค.ศ. 26",
        "23 พฤหัส 2569",
        "11/2569",
        "23/11/2569 14:30",
        "",
        "พรุ่งนี้",
    ],
)
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(ValueError, match=r"\S"):
        dates.parse_thai_date(typed)


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 9, 30), date(2026, 10, 1), date(1999, 12, 31)])
def test_what_is_shown_is_read_back(day, language):
    shown = [dates.thaidate(day, language), dates.numeric_date(day, language)]

    assert [dates.parse_thai_date(text) for text in shown] == [day, day]


@pytest.mark.parametrize(
    ("day", "fiscal_year", "quarter"),
    [
        (date(2025, 9, 30), 2568, 4),
        (date(2025, 10, 1), 2569, 1),
        (date(2025, 12, 31), 2569, 1),
        (date(2026, 1, 1), 2569, 2),
        (date(2026, 4, 1), 2569, 3),
        (date(2026, 6, 30), 2569, 3),
        (date(2026, 7, 1), 2569, 4),
        (date(2026, 9, 30), 2569, 4),
        (date(2024, 2, 29), 2567, 2),
    ],
)
def test_a_day_falls_into_its_fiscal_year_and_quarter(day, fiscal_year, quarter):
    first, after = dates.quarter_bounds(fiscal_year, quarter)

    assert (dates.fiscal_year_of(day), dates.quarter_of(day)) == (fiscal_year, quarter)
    assert first <= day < after


def test_quarters_fill_the_fiscal_year():
    bounds = [dates.quarter_bounds(2569, quarter) for quarter in (1, 2, 3, 4)]

    assert [after for _, after in bounds[:3]] == [first for first, _ in bounds[1:]]
    assert dates.fiscal_year_bounds(2569) == (date(2025, 10, 1), date(2026, 10, 1))
    with pytest.raises(ValueError, match="quarters 1 to 4"):
        dates.quarter_bounds(2569, 5)


MOMENT = datetime(2026, 11, 22, 18, 32, tzinfo=UTC)  # 01.32 of the next day in Bangkok


@pytest.mark.parametrize(
    ("show", "thai", "english"),
    [
        (dates.thaidate, "23~พฤศจิกายน~2569", "23~November~2026"),
        (dates.thaidate_short, "23~พ.ย.~69", "23~Nov~2026"),
        (dates.thaitime, "01.32~น.", "01:32"),
        (dates.thaidatetime, "23~พฤศจิกายน~2569 เวลา~01.32~น.", "23~November~2026, 01:32"),
    ],
)
def test_a_moment_is_shown_in_bangkok_in_the_active_language(show, thai, english):
    assert show(MOMENT) == thai.replace("~", "\u00a0")
    with translation.override("en"):
        assert show(MOMENT) == english.replace("~", "\u00a0")
    assert show(MOMENT, "en") == english.replace("~", "\u00a0")
    assert show(None) == ""
