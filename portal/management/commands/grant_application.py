from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from portal.models import Event, Seal

APPEND_ONLY = (Event, Seal)


class Command(BaseCommand):
    help = (
        "On PostgreSQL, lets ROLE do the portal's daily work and nothing else: it owns no table, and can only add to "
        "the audit log and its seals. Run it as the owner of the database, once and after each restore."
    )

    def add_arguments(self, parser):
        parser.add_argument("role", help="a role that may sign in and owns nothing; made without a password if missing")

    def handle(self, *, role, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL knows roles. An SQLite file is guarded by who may write it.")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user = %s, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role])
            is_owner, is_there = cursor.fetchone()
            if is_owner:
                raise CommandError(f"{role} is who runs this. Run it as the owner, for another role.")
            if not is_there:
                cursor.execute(f"CREATE ROLE {quoted(role)} LOGIN")
            for statement in statements(role):
                cursor.execute(statement)
        self.stdout.write(f"{role} may add to the audit log, and change nothing in it.")
        self.stdout.write("Let web, workers and timers sign in as this role; migrate, restore and this as the owner.")


def statements(role):
    """What gives `role` the daily work, from whatever it had before."""
    role, database = quoted(role), quoted(connection.settings_dict["NAME"])
    append_only = ", ".join(quoted(model._meta.db_table) for model in APPEND_ONLY)
    work, tables = "SELECT, INSERT, UPDATE, DELETE", "ALL TABLES IN SCHEMA public"
    return [
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"REVOKE ALL ON {tables} FROM {role}",
        f"GRANT {work} ON {tables} TO {role}",
        f"REVOKE UPDATE, DELETE ON {append_only} FROM {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {work} ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ]


def quoted(name):
    return connection.ops.quote_name(name)
