"""The application's own role on PostgreSQL: it does the daily work, and can only add to the audit log."""

from urllib.parse import urlsplit

import psycopg2
import pytest

from tests.services import migrated, postgres
from tests.services.portal import environment, manage

ROLE = "portal_application_of_a_test"
WORK = """
from portal import clock, sealing
from portal.audit import record
from portal.models import Seal, User
one = User.objects.create_user("somchai", first_name="สมชาย", password=None)
one.first_name = "สมหญิง"
one.save()
record("account.change", one, by=one)
assert sealing.seal(clock.now()) and not list(sealing.faults())
"""
REFUSED = [
    "UPDATE portal_event SET verb = 'other'", "DELETE FROM portal_event", "TRUNCATE portal_event CASCADE",
    "UPDATE portal_seal SET digest = ''", "DELETE FROM portal_seal", "DROP TABLE portal_seal",
    "ALTER TABLE portal_event DISABLE TRIGGER ALL", "CREATE TABLE mine (id int)", "DELETE FROM django_migrations",
]  # fmt: skip


@pytest.fixture
def url(postgres_server):
    """The URL of a migrated database, whose owner runs the tests."""
    with postgres.database(postgres_server, "roles_of_a_test", template=migrated.postgresql(postgres_server)) as url:
        yield url
    postgres.execute(postgres_server, f"DROP ROLE IF EXISTS {ROLE}")


def test_application_works_and_can_only_add_to_the_log(url, tmp_path):
    owner = environment(tmp_path, DATABASE_URL=url)
    manage(owner, "grant_application", ROLE)
    again = manage(owner, "grant_application", ROLE)
    parts = urlsplit(url)
    as_role = parts._replace(netloc=f"{ROLE}@{parts.hostname}:{parts.port}").geturl()
    application = environment(tmp_path, DATABASE_URL=as_role)

    manage(application, "shell", "--verbosity", "0", "-c", WORK)
    manage(application, "timers", "--once")
    itself = manage(application, "grant_application", ROLE, check=False)

    assert "change nothing in it" in again.stdout and itself.returncode == 1
    connection = psycopg2.connect(as_role)
    connection.autocommit = True
    for statement in REFUSED:
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
    connection.close()
