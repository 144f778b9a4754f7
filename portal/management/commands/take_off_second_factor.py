"""The way back for somebody who lost telephone and recovery codes."""

from django.core.management.base import BaseCommand, CommandError

from portal import access
from portal.models.people import User
from portal.people import second_factor
from portal.roles import Role


class Command(BaseCommand):
    help = (
        "Takes the second factor off an account, on record under an operator's name. The owner and operators are told."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--by", required=True, metavar="OPERATOR", help="user name of who saw the owner")

    def handle(self, *, username, by, **options):
        user = User.objects.filter(username=username).first()
        operator = User.objects.filter(username=by, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account named {username}.")
        if operator is None or Role.OPERATOR not in {post.role for post in access.posts(operator)}:
            raise CommandError(f"{by} is no operator.")
        if operator.pk == user.pk:
            raise CommandError("Another operator must do this.")
        if not second_factor.take_off(user, by=operator):
            raise CommandError(f"{username} has no second factor.")
        self.stdout.write(f"The second factor of {username} is gone; the next sign-in asks for the password alone.")
