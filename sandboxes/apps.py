from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SandboxesConfig(AppConfig):
    name = "sandboxes"
    verbose_name = _("Sandbox pilots")

    def ready(self):
        from portal import registry
        from sandboxes import choosing, following_places, inbox, reference, rules, shared, tasks, words  # noqa: F401
        from sandboxes.demo import seeding

        registry.area("sandboxes", _("Sandbox"), "sandboxes:register")
        registry.inbox_provider(inbox.tasks_of)
        registry.verbs("sandboxes", words.SAID)
        registry.reading("pilot.read_contacts")
        registry.reading("incident.export")
        registry.panel(shared.municipality_panel)
        registry.follower(following_places.follow, open_cases=following_places.open_cases)
        registry.search_provider(shared.find)
        registry.case_finder(shared.case_of)
        registry.tie(shared.tie_of)
        registry.reference(reference.load_reference_data)
        registry.demo(seeding.seed)
