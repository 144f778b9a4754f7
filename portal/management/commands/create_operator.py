"""The first operator, made from the command line."""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portal.audit import record
from portal.models.people import Membership, User
from portal.people import accounts
from portal.roles import Role


class Command(BaseCommand):
    help = "Makes a person an operator; opens the account when there is none of that user name."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="name and surname")
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of stdin"
        )

    def handle(self, *, username, name, email, password_stdin, **options):
        user = User.objects.filter(username=username).first()
        with transaction.atomic():
            if user is None:
                user = self.open_account(username, name, email, password_stdin)
            membership = Membership(user=user, role=Role.OPERATOR)
            if accounts.twins_of(membership).exists():
                raise CommandError(f"{username} is an operator already.")
            membership.save()
            record(
                "membership.take_up",
                membership,
                by=user,
                details=accounts.facts_of(membership) | {"by": "create_operator"},
            )
            accounts.tell_holders(membership)
        self.stdout.write(f"{username} is an operator.")

    def open_account(self, username, name, email, password_stdin):
        first, _space, last = name.partition(" ")
        user = User(username=username, first_name=first, last_name=last, email=email)
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else self.asked_password()
        try:
            user.clean_fields(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.set_password(password)
        user.save()
        return user

    def asked_password(self):
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Password again: "):
            raise CommandError("The two passwords differ.")
        return password
