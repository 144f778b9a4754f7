"""What only training's templates need."""

from django import template

from portal.thai.dates import ERA, MONTHS_EN, MONTHS_TH, NBSP, is_thai

register = template.Library()


@register.filter
def month_name(day):
    """`พฤศจิกายน 2569`, or in English `November 2026`."""
    names, year = (MONTHS_TH, day.year + ERA) if is_thai() else (MONTHS_EN, day.year)
    return f"{names[day.month - 1]}{NBSP}{year}"
