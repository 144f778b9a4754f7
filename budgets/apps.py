from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class BudgetsConfig(AppConfig):
    name = "budgets"
    verbose_name = _("Integrated smart-city budget")

    def ready(self):
        from budgets import casefile, following_places, inbox, reference, rules, shared, tasks, words  # noqa: F401
        from budgets.demo import seeding
        from budgets.money import totals  # noqa: F401
        from budgets.writing import choosing, from_pilot, people  # noqa: F401
        from portal import registry

        registry.area("budgets", _("Budget"), "budgets:rounds")
        registry.verbs("budgets", words.SAID)
        registry.reading("proposal.export_case")
        registry.inbox_provider(inbox.tasks_of)
        registry.inbox_provider(choosing.tasks_of)
        registry.inbox_provider(people.tasks_of)
        registry.home_block(shared.open_rounds)
        registry.panel(shared.municipality_panel)
        registry.search_provider(shared.find)
        registry.verifier(shared.proof)
        registry.case_finder(shared.case_of)
        registry.follower(following_places.follow, open_cases=following_places.open_cases)
        registry.reference(reference.load_reference_data)
        registry.demo(seeding.seed_people, turn=0)
        registry.demo(seeding.seed)
        pre_migrate.connect(_take_triggers_off, sender=self, dispatch_uid="budgets.money.totals")
        post_migrate.connect(_put_triggers_on, sender=self, dispatch_uid="budgets.money.totals")


def _take_triggers_off(using, **kwargs):
    from budgets.money import totals

    totals.remove(using=using)


def _put_triggers_on(using, **kwargs):
    from budgets.money import totals

    totals.install(using=using)
