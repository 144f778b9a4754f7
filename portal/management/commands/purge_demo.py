from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demo import purge


class Command(BaseCommand):
    help = "Remove the demonstration and everything that its people did; places stay. Only with DEMO=1."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The demo is removed with DEMO=1 alone.")
        removed = purge()
        if not removed:
            self.stdout.write("There is no demo here.")
        for label, number in sorted(removed.items()):
            self.stdout.write(f"    {number:>7} {label}")
