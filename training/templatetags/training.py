"""What only training's templates need."""

from django import template

from portal.thai.dates import thaimonth

register = template.Library()
register.filter("month_name", thaimonth)
