from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self):
        from portal import (  # noqa: F401
            accounts,
            changes,
            closing,
            letters,
            orders,
            place_views,
            registry,
            rules,
            sealing,
            sessions,
            words,
        )
        from portal.models.idempotency import forget_old_keys

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
