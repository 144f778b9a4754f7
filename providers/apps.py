from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Digital providers")

    def ready(self):
        from portal import registry
        from providers import reference, rules, tasks  # noqa: F401

        registry.reference(reference.load_reference_data)
        for timer in (
            tasks.record_ends,
            tasks.flag_lapsed_certifications,
            tasks.remind_of_renewal,
            tasks.remind_of_complaints,
        ):
            registry.timer(timer)
