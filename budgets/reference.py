"""The reference data that rounds choose from, as it ships: expense heads, price editions, budget routes."""

from datetime import date

from budgets.defaults import CATEGORIES, EDITIONS, ROUTES
from budgets.models import BudgetRoute, ExpenseCategory, PriceEdition


def load_reference_data():
    """Add what is missing; what is there stays as it is. Safe to run again."""
    heads = {}
    for position, (code, parent, name_th, name_en) in enumerate(CATEGORIES):
        defaults = {"parent": heads.get(parent), "name_th": name_th, "name_en": name_en, "position": position}
        heads[code], _made = ExpenseCategory.objects.get_or_create(code=code, defaults=defaults)
    for standard, name_th, issued_on in EDITIONS:
        PriceEdition.objects.get_or_create(
            standard=standard, issued_on=date.fromisoformat(issued_on), defaults={"name_th": name_th}
        )
    for kind, first_year, route in ROUTES:
        BudgetRoute.objects.get_or_create(
            kind=kind, local_government=None, fiscal_year_from=first_year, defaults={"route": route}
        )
