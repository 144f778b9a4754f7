"""`manage.py missing_translations`: what has no Thai yet, ready to be filled in and put into a fragment."""

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from django.core.management.base import BaseCommand

from portal import catalogues


class Command(BaseCommand):
    help = "Print the untranslated messages as a .po skeleton."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("parts", nargs="*", help="only messages from paths that begin with one of these")

    def handle(self, *args, parts, **options):
        catalogue = Catalog(locale="th", charset="utf-8")
        for (context, singular), (plural, places) in sorted(catalogues.missing().items(), key=lambda item: item[1][1]):
            if parts and not any(place.startswith(tuple(parts)) for place in places):
                continue
            catalogue.add((singular, plural) if plural else singular, context=context, auto_comments=[places[0]])
        write_po(
            self.stdout.buffer if hasattr(self.stdout, "buffer") else _Bytes(self.stdout), catalogue, omit_header=True
        )


class _Bytes:
    def __init__(self, stream):
        self.stream = stream

    def write(self, data):
        self.stream.write(data.decode(), ending="")
