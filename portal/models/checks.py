"""Check constraints asked all at once: Django asks the database about each by itself, on every save of a step."""

from functools import reduce
from operator import and_

from django.core.exceptions import FieldError
from django.db import router
from django.db.models import CheckConstraint, Q


def asked_together(obj, constraints):
    """`constraints` as `Model.get_constraints` gives them, without the checks where all of them hold.

    Where one does not, all stay, so that each can speak for itself.
    """
    checks = [one for _model, held in constraints for one in held if isinstance(one, CheckConstraint)]
    if not checks or not _hold(obj, reduce(and_, (Q(check.condition) for check in checks))):
        return constraints
    return [(model, [one for one in held if not isinstance(one, CheckConstraint)]) for model, held in constraints]


def _hold(obj, condition):
    values = obj._get_field_expression_map(meta=obj._meta)
    try:
        return condition.check(values, using=router.db_for_write(type(obj), instance=obj))
    except FieldError:
        return False
