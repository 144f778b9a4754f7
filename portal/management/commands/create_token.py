"""An API token from the command line."""

from django.core.management.base import BaseCommand, CommandError

from portal.models.people import User
from portal.people import tokens


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it alone on the last line. It cannot be shown again."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--write", action="store_true", help="the token may also write")
        parser.add_argument("--days", type=int, default=365, help="how long it is valid (default: 365)")
        parser.add_argument("--name", default="create_token", help="what it is called in the list of tokens")

    def handle(self, *, username, write, days, name, **options):
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no open account named {username}.")
        if not 1 <= days <= 3650:
            raise CommandError("--days must lie between 1 and 3650.")
        _row, key = tokens.make(user, name=name[:80], can_write=write, days=days)
        self.stdout.write(f"Token for {username}, valid {days} days, {'read and write' if write else 'read only'}:")
        self.stdout.write(key)
