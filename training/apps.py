from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self):
        from portal import registry
        from training import following_places, inbox, leaving, privacy, rules, shared, tasks, words  # noqa: F401
        from training.demo import seeding

        registry.area("training", _("Training"), "training:courses")
        registry.inbox_provider(inbox.tasks_of)
        registry.home_block(shared.open_calls)
        registry.panel(shared.municipality_panel)
        registry.follower(following_places.follow, open_cases=following_places.open_cases)
        registry.search_provider(shared.find)
        registry.tie(leaving.ties)
        registry.eraser(leaving.erase)
        registry.keeper(leaving.is_paid_for)
        registry.verifier(shared.proof)
        registry.verbs("training", words.SAID)
        registry.reading(privacy.READ, privacy.what_was_read)
        registry.demo(seeding.seed)
