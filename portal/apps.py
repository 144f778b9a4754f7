from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self):
        from portal import registry, rules, sealing, sessions, words  # noqa: F401
        from portal.models.idempotency import forget_old_keys
        from portal.people import accounts, closing, letters, orders  # noqa: F401
        from portal.register import changes, place_views  # noqa: F401

        registry.timer(forget_old_keys)
        registry.verbs("portal", words.SAID)
        registry.reading("outbox.read")
        registry.inbox_provider(accounts.pending_tasks)
        registry.inbox_provider(orders.tasks)
        registry.inbox_provider(changes.tasks_of)
        registry.search_provider(place_views.find)
        registry.area("local-governments", _("Local governments"), "local-governments")
        registry.area("people", _("People"), "people", applies=accounts.looks_after_people)
        registry.area("audit", _("Audit log"), "audit", permission="portal.view_event")
        registry.area("outbox", _("Outbox"), "outbox", permission="portal.view_outbox")
