from itertools import islice

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from portal import sealing
from portal.models import Seal


class Command(BaseCommand):
    help = "Verify every event against the seals; names the first bad row, and ends with 1 where there is one."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="name every fault, not the first alone")
        parser.add_argument(
            "--set-aside", metavar="REASON", help="after a restore: set aside the files of seals that are lost by it"
        )

    def handle(self, **options):
        with override("en"):
            if options["set_aside"]:
                numbers = sealing.set_aside(options["set_aside"])
                self.stdout.write(f"Set aside, and put on record: {', '.join(map(str, numbers)) or 'nothing'}.")
            found = list(islice(sealing.faults(), None if options["all"] else 1))
            for fault in found:
                self.stderr.write(str(fault))
        if found:
            raise CommandError("The audit log is not as it was sealed.")
        last = Seal.objects.first()
        self.stdout.write(
            f"All as it was sealed, up to seal {last.number} of {last.at.isoformat()}: {last.digest}" if last
            else "Nothing is sealed yet."
        )  # fmt: skip
