from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from portal import backups


class Command(BaseCommand):
    help = "Puts a backup back in the place of the present database and files. Stop the portal first."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--yes", action="store_true", help="overwrite what is there")
        parser.add_argument("--with-keys", action="store_true", help="put secret_key and .env back, too")

    def handle(self, *, folder, yes, with_keys, **options):
        backups.verify(folder)
        if backups.holds_anything() and not yes:
            raise CommandError("There are data here already. Add --yes (make restore … YES=1) to overwrite them.")
        backups.put_back(folder, with_keys=with_keys)
        self.stdout.write("Restored. Next: manage.py prepare, when the program is newer than the backup;")
        self.stdout.write("then manage.py verify_audit, which tells whether the seals hold.")
