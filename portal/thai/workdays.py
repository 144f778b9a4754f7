"""Working days of Thai government offices: no Saturday, no Sunday, no public holiday."""

from datetime import timedelta
from functools import cache

from holidays import GOVERNMENT, PUBLIC, country_holidays

from portal.models.calendar import Holiday

LABOUR_DAY = "วันแรงงานแห่งชาติ"  # a holiday for companies; offices work


@cache
def public_holidays(year):
    """The office holidays of a common-era year with their substitutes, as a frozenset of dates.

    Empty for years that the calendar does not know: then weekends and the `Holiday` rows decide alone.
    """
    calendar = country_holidays("TH", years=year, categories=(PUBLIC, GOVERNMENT), language="th")
    return frozenset(day for day in calendar if day.year == year and not _is_labour_day(calendar.get_list(day)))


def _is_labour_day(names):
    return all(LABOUR_DAY in name for name in names)


def is_working_day(day):
    """Whether offices work on `day` (a date in Bangkok); a `Holiday` row has the last word."""
    return _is_working(day, dict(Holiday.objects.filter(day=day).values_list("day", "is_working")))


def add_working_days(day, count):
    """The `count`-th working day after `day`, or before it when `count` is negative; 0 gives `day` itself."""
    decided = dict(Holiday.objects.values_list("day", "is_working"))
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not _is_working(day, decided):
            day += step
    return day


def _is_working(day, decided):
    return decided.get(day, day.weekday() < 5 and day not in public_holidays(day.year))
