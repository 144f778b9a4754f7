"""Checking a case file from the command line."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from budgets import casefile


class Command(BaseCommand):
    help = "Checks every file of a case's zip against its manifest, and asks whether this portal has it on record."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            with file.open("rb") as opened:
                wrong, manifest, digest = casefile.verify(opened)
        except OSError as error:
            raise CommandError(str(error)) from error
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{file}: {len(wrong)} faults.")
        if not casefile.is_on_record(digest):
            raise CommandError(f"{file}: whole in itself, but this portal has no such manifest on record.")
        self.stdout.write(f"{file}: {manifest['number']}, {len(manifest['files'])} files, whole and on record.")
