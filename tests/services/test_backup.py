"""A backup is a backup once it was restored: for real, on both engines."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.services import migrated, postgres
from tests.services.portal import environment, manage

SET_UP = """
from portal.models import User
User.objects.create_user("somchai", first_name="สมชาย", password=None)
"""
SEAL = """
from portal import clock, sealing
from portal.audit import record
from portal.models import User
somchai = User.objects.get(username="somchai")
record("account.change", somchai, by=somchai)
assert sealing.seal(clock.now())
"""
BEFORE = [("somchai", "สมชาย")]


class Kept:
    """A migrated portal in the folder `var`, and the backup that was made of it."""

    def __init__(self, var, database_url=""):
        self.var, self.database_url = var, database_url
        self.env = environment(var, **({"DATABASE_URL": database_url} if database_url else {}))
        del self.env["SECRET_KEY"]

    media = property(lambda self: self.var / "media")
    backup = property(lambda self: next((self.var / "backups").iterdir()))

    def make(self):
        manage(self.env, "shell", "--verbosity", "0", "-c", SET_UP)
        (self.media / "ab").mkdir(parents=True)
        (self.media / "ab" / "plan.pdf").write_bytes(b"%PDF the plan")
        made = manage(self.env, "backup").stdout.strip().splitlines()[-1]
        assert Path(made) == self.backup

    def restore(self, *options, check=True):
        return manage(self.env, "restore", self.backup, *options, check=check)

    def people(self):
        return self.query("SELECT username, first_name FROM portal_user ORDER BY username")

    def query(self, statement):
        if self.database_url:
            connection = psycopg2.connect(self.database_url)
        else:
            connection = sqlite3.connect(self.var / "portal.sqlite3")
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows

    def spoil(self):
        """Lose what was backed up, and gain what was not."""
        self.query("UPDATE portal_user SET username = 'intruder', first_name = ''")
        shutil.rmtree(self.media / "ab")
        (self.media / "later.pdf").write_bytes(b"later")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pattern(request, tmp_path_factory):
    """A portal with one person, one file and one backup, which every test gets a copy of."""
    var = tmp_path_factory.mktemp(request.param) / "var"
    if request.param == "sqlite":
        var.mkdir()
        migrated.put_into(var)
        kept = Kept(var)
        kept.make()
        yield kept
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.database(server, f"pattern_{var.parent.name}", template=migrated.postgresql(server)) as url:
        kept = Kept(var, url)
        kept.make()
        yield kept


@pytest.fixture
def kept(pattern, tmp_path, request):
    shutil.copytree(pattern.var, tmp_path / "var")
    if not pattern.database_url:
        yield Kept(tmp_path / "var")
        return
    template = pattern.database_url.rpartition("/")[2]
    server = request.getfixturevalue("postgres_server")
    with postgres.database(server, f"copy_of_{template}", template=template) as url:
        yield Kept(tmp_path / "var", url)


def test_data_and_files_survive(kept):
    kept.spoil()

    kept.restore("--yes")

    assert kept.people() == BEFORE
    files = {str(path.relative_to(kept.media)): path.read_bytes() for path in kept.media.rglob("*") if path.is_file()}
    assert files == {"ab/plan.pdf": b"%PDF the plan"}


def test_a_restored_database_is_complete_and_takes_new_rows(kept):
    """Sequences stand after the restored rows, not before them."""
    kept.spoil()
    kept.restore("--yes")

    manage(kept.env, "migrate", "--check")
    manage(kept.env, "shell", "-c", SET_UP.replace("somchai", "somsri"))

    assert [name for name, _ in kept.people()] == ["somchai", "somsri"]


def test_restore_refuses_to_overwrite(kept):
    kept.query("UPDATE portal_user SET first_name = 'ใหม่กว่า'")

    done = kept.restore(check=False)

    assert (done.returncode, kept.people()) == (1, [("somchai", "ใหม่กว่า")])
    assert "Add --yes" in done.stderr


@pytest.mark.parametrize("part", ["database", "media"])
def test_a_changed_backup_restores_nothing(kept, part):
    kept.spoil()
    [file] = [path for path in kept.backup.rglob("*") if path.is_file() and part in str(path.relative_to(kept.backup))]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    done = kept.restore("--yes", check=False)

    assert done.returncode == 1
    assert "was changed since the backup was made" in done.stderr
    assert kept.people() == [("intruder", "")]
    assert [path.name for path in kept.media.iterdir()] == ["later.pdf"]


def test_signing_keys_come_back_to_a_machine_that_has_none(kept):
    folder = kept.var / "keys"
    folder.mkdir(exist_ok=True)
    (folder / "credential-0001.pem").write_text("the first key")
    made = Path(manage(kept.env, "backup").stdout.strip().splitlines()[-1])
    shutil.rmtree(folder)

    manage(kept.env, "restore", made, "--yes")
    assert not folder.exists()
    manage(kept.env, "restore", made, "--yes", "--with-keys")
    assert (folder / "credential-0001.pem").read_text() == "the first key"


def test_keys_are_kept_apart_and_come_back_on_request(kept):
    secret = kept.var / "secret_key"
    key = secret.read_text()
    keys = kept.backup / "keys.json"

    assert keys.stat().st_mode & 0o777 == 0o600
    assert json.loads(keys.read_text())["secret_key"] == key
    others = [path for path in kept.backup.rglob("*") if path.is_file() and path != keys]
    assert not any(key.encode() in path.read_bytes() for path in others)

    secret.write_text("another")
    kept.restore("--yes")
    assert secret.read_text() == "another"
    kept.restore("--yes", "--with-keys")
    assert secret.read_text() == key
    assert secret.stat().st_mode & 0o777 == 0o600


def test_seals_come_back_to_a_new_machine_and_one_that_was_changed_stops_the_restore(kept):
    manage(kept.env, "shell", "--verbosity", "0", "-c", SEAL)
    made = Path(manage(kept.env, "backup").stdout.strip().splitlines()[-1])
    manage(kept.env, "shell", "--verbosity", "0", "-c", SEAL)
    seals = kept.var / "keys" / "seals"
    shutil.rmtree(kept.var / "keys")

    manage(kept.env, "restore", made, "--yes", "--with-keys")

    assert [path.name for path in seals.iterdir()] == ["00000001.json"]
    assert "up to seal 1 " in manage(kept.env, "verify_audit").stdout

    (seals / "00000001.json").write_text((seals / "00000001.json").read_text().replace("gaps", "gasp"))
    kept.query("UPDATE portal_user SET first_name = 'ใหม่กว่า'")
    done = manage(kept.env, "restore", made, "--yes", check=False)

    assert (done.returncode, kept.people()) == (1, [("somchai", "ใหม่กว่า")])
    assert "Seal 1 is another in this backup" in done.stderr
