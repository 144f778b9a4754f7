from time import monotonic

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demo import is_empty, seed


class Command(BaseCommand):
    help = "Make the demonstration on an empty database: people, rounds and cases in every state. Only with DEMO=1."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The demo is made with DEMO=1 alone, as `make run` sets it on loopback.")
        if not is_empty():
            self.stdout.write("People are already here, so no demo is made.")
            return
        begun = monotonic()
        seed(self.say)
        self.say(f"Done in {monotonic() - begun:.0f} s")

    def say(self, line):
        self.stdout.write(f"    {line}")
        self.stdout.flush()
