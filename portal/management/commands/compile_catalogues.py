"""`manage.py compile_catalogues`: merge the translations and write the file that Django reads."""

from django.core.management.base import BaseCommand, CommandError

from portal import catalogues


class Command(BaseCommand):
    help = "Merge locale/th/fragments/*.po and compile them. Stops on contradictions and fuzzy entries."
    requires_system_checks = ()

    def handle(self, *args, **options):
        try:
            path, count = catalogues.compile_language("th")
        except catalogues.Conflict as conflict:
            raise CommandError(str(conflict)) from conflict
        if options["verbosity"]:
            self.stdout.write(f"{count} messages in {path}")
