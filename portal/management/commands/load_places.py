from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from portal.register.places import LoadError, load_places


class Command(BaseCommand):
    help = "Load provinces, districts, subdistricts, local governments and smart-city areas; safe to run again."

    def add_arguments(self, parser):
        parser.add_argument(
            "--dir", type=Path, default=settings.BASE_DIR / "data", help="the folder with the CSV files"
        )

    def handle(self, *, dir, **options):
        try:
            with override("en"):
                counts = load_places(dir)
        except LoadError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from None
        self.stdout.write(
            "Loaded {provinces} provinces, {districts} districts, {subdistricts} subdistricts, "
            "{local_governments} local governments ({new_local_governments} new), "
            "{smart_city_areas} smart-city areas.".format(**counts)
        )
