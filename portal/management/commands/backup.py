from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import backups


class Command(BaseCommand):
    help = "Backs up database, files and keys while the portal runs; the last line is the backup's folder."

    def add_arguments(self, parser):
        parser.add_argument("--to", type=Path, help="the folder that receives it (var/backups)")

    def handle(self, *, to, **options):
        folder = backups.make(to or settings.VAR_DIR / "backups")
        self.stdout.write("Keep keys.json apart from the rest: it opens what the database protects.")
        self.stdout.write(str(folder))
