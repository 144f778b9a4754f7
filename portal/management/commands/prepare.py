"""Everything between an installed portal and a serving one, each part only when it is needed."""

import hashlib

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from portal import registry
from portal.models import LocalGovernment
from portal.models.people import TIMER_USERNAME

# Pages that we do not offer: the browsable API, and a second reader of the API's description.
UNUSED = ["rest_framework", "redoc"]


class Command(BaseCommand):
    help = "Collects static files, migrates, loads the places and, with DEMO, the demo: whatever is missing."

    def add_arguments(self, parser):
        parser.add_argument("--static", action="store_true", help="static files alone; asks no database")

    def handle(self, *, static, **options):
        self.take((static_changed, "Collecting static files", collect))
        if static:
            return
        self.take(
            (has_migrations_to_run, "Migrating the database", lambda: call_command("migrate", verbosity=0)),
            (has_no_places, "Loading the places and what the apps ship", load_what_ships),
            (wants_demo, "Making the demo (once; this takes a moment)", lambda: call_command("seed_demo")),
        )

    def take(self, *steps):
        for is_needed, line, do in steps:
            if is_needed():
                self.stdout.write(f"==> {line}")
                self.stdout.flush()
                do()


def collect():
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
    stamp().write_text(fingerprint())


def stamp():
    return settings.STATIC_ROOT / "collected.sha256"


def static_changed():
    return not stamp().exists() or stamp().read_text() != fingerprint()


def fingerprint():
    """One hash over all static files, by name and content."""
    whole = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list(UNUSED), key=lambda found: found[0]):
            with storage.open(path) as file:
                whole.update(path.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def has_migrations_to_run():
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def has_no_places():
    return "load_places" in get_commands() and not LocalGovernment.objects.exists()


def load_what_ships():
    """What comes with the portal: once, so that what people change or remove later stays as they left it."""
    with transaction.atomic():
        call_command("load_places")
        registry.load_references()


def wants_demo():
    people = get_user_model().objects.exclude(username=TIMER_USERNAME)
    return settings.DEMO and "seed_demo" in get_commands() and not people.exists()
