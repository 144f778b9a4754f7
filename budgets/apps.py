from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BudgetsConfig(AppConfig):
    name = "budgets"
    verbose_name = _("Integrated smart-city budget")

    def ready(self):
        from budgets import rules  # noqa: F401
