"""What only training's templates need."""

from django import template

from portal import access
from portal.thai.dates import thaimonth

register = template.Library()
register.filter("month_name", thaimonth)


@register.filter
def is_of_an_office(user):
    """Whether the page of an office's own people is for `user`."""
    return any(m.local_government_id for m in access.holding(user, "training.view_staff"))
