from django.conf import settings
from django.core.management.base import BaseCommand

from portal.diagrams import document


class Command(BaseCommand):
    help = "Draw every lifecycle into docs/lifecycles.md."
    requires_system_checks = []

    def handle(self, **options):
        (settings.BASE_DIR / "docs" / "lifecycles.md").write_text(document(), encoding="utf-8")
