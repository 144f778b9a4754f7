from datetime import date

import pytest

from portal.models import Holiday
from portal.thai.workdays import add_working_days, is_working_day

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 4, 13), False),  # Songkran
        (date(2026, 12, 7), False),  # substitute for 5 December, a Saturday
        (date(2026, 5, 13), False),  # Royal Ploughing: offices alone
        (date(2026, 5, 1), True),  # Labour Day: companies alone
        (date(2250, 12, 5), True),  # a Thursday beyond the calendar
        (date(2250, 12, 8), False),
    ],
)
def test_offices_work_on_working_days(day, works):
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "count", "result"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 12, 4), 1, date(2026, 12, 8)),
        (date(2026, 4, 10), 7, date(2026, 4, 24)),
        (date(2026, 12, 8), -1, date(2026, 12, 4)),
        (date(2250, 11, 30), 5, date(2250, 12, 6)),
    ],
)
def test_working_days_are_counted(day, count, result):
    assert add_working_days(day, count) == result


def test_the_office_calendar_has_the_last_word(django_assert_num_queries):
    Holiday.objects.create(day=date(2026, 11, 24), name_th="วันหยุดพิเศษ")
    Holiday.objects.create(day=date(2026, 12, 10), name_th="งดหยุดวันรัฐธรรมนูญ", is_working=True)

    assert not is_working_day(date(2026, 11, 24))
    assert is_working_day(date(2026, 12, 10))
    with django_assert_num_queries(1):
        assert add_working_days(date(2026, 11, 23), 2) == date(2026, 11, 26)
