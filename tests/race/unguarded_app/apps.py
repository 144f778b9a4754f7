from django.apps import AppConfig


class UnguardedConfig(AppConfig):
    name = "tests.race.unguarded_app"

    def ready(self):
        from budgets.money import ledger, moving

        ledger.settle = settle_by_reading_first
        moving.move_ceilings = move_by_reading_first


def settle_by_reading_first(proposal, *, reference, by):
    """Read the sum, check it in Python, write it back: the way that is wrong."""
    from budgets.models import Ceiling
    from portal.errors import Refused

    for ceiling in Ceiling.objects.filter(round=proposal.round_id):
        total = ceiling.allocated_baht + proposal.allocated_baht
        if total > ceiling.amount_baht:
            raise Refused("full", code="ceiling_exceeded")
        Ceiling.objects.filter(pk=ceiling.pk).update(allocated_baht=total)


def move_by_reading_first(round_id, changes):
    """The same for a transfer."""
    from budgets.models import Ceiling
    from portal.errors import Refused

    for ceiling in Ceiling.objects.filter(round=round_id, key__in=[key for key, change in changes.items() if change]):
        total = ceiling.allocated_baht + changes[ceiling.key]
        if total > ceiling.amount_baht:
            raise Refused("full", code="ceiling_exceeded")
        Ceiling.objects.filter(pk=ceiling.pk).update(allocated_baht=total)
