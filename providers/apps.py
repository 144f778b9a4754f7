from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Digital providers")

    def ready(self):
        from portal import registry
        from providers import following_places, front, leaving, reference, rules, shared, tasks, words  # noqa: F401
        from providers.demo import seeding
        from providers.inbox import registry as desk
        from providers.inbox import representatives
        from providers.public import retention, snapshots  # noqa: F401

        registry.area("providers", _("Digital providers"), "providers:products")
        registry.area("providers-mine", _("My company"), "providers:mine-all", "providers.add_application")
        registry.area("providers-desk", _("Registry desk"), "providers:desk", "providers.view_registry")
        registry.verbs("providers", words.SAID)
        registry.inbox_provider(representatives.tasks_of)
        registry.home_block(front.company_door)
        registry.inbox_provider(desk.tasks_of)
        registry.home_block(shared.account_block)
        registry.panel(shared.municipality_panel)
        registry.follower(following_places.follow, open_cases=following_places.open_cases)
        registry.search_provider(shared.find)
        registry.tie(leaving.ties)
        registry.eraser(leaving.erase)
        registry.keeper(leaving.spoke)
        registry.verifier(shared.proof)
        registry.reference(reference.load_reference_data)
        registry.demo(seeding.seed, turn=1)
        registry.demo(seeding.suspend_a_chosen_product, turn=3)
        for timer in (
            tasks.record_ends,
            tasks.flag_lapsed_certifications,
            tasks.remind_of_renewal,
            tasks.remind_of_complaints,
            snapshots.keep_fresh,
            retention.thin,
        ):
            registry.timer(timer)
