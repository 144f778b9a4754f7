"""A backup is a backup once it was restored: for real, on both engines."""

import json
import shutil
from pathlib import Path

import pytest

from tests.services import postgres
from tests.services.portal import environment, manage

SET_UP = """
from portal.models import User
User.objects.create_user("somchai", first_name="สมชาย", password=None)
"""
SPOIL = """
from portal.models import User
User.objects.all().delete()
User.objects.create_user("intruder", password=None)
"""
SHOW = "from portal.models import User; print([(u.username, u.first_name) for u in User.objects.all()])"
BEFORE = "[('somchai', 'สมชาย')]"


@pytest.fixture(params=["sqlite", "postgresql"])
def env(request, tmp_path):
    """A migrated portal with one person and one file."""
    var = tmp_path / "var"
    if request.param == "sqlite":
        yield set_up(environment(var), var)
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.database(server, f"backup_{tmp_path.name}") as url:
        yield set_up(environment(var, DATABASE_URL=url), var)


def set_up(env, var):
    del env["SECRET_KEY"]
    manage(env, "migrate", "--verbosity", "0")
    shell(env, SET_UP)
    (var / "media" / "ab").mkdir(parents=True)
    (var / "media" / "ab" / "plan.pdf").write_bytes(b"%PDF the plan")
    return env


def shell(env, code):
    return manage(env, "shell", "--verbosity", "0", "-c", code).stdout.strip()


def back_up(env):
    return Path(manage(env, "backup").stdout.strip().splitlines()[-1])


def spoil(env):
    """Lose what was backed up, and gain what was not."""
    shell(env, SPOIL)
    media = Path(env["VAR_DIR"]) / "media"
    shutil.rmtree(media / "ab")
    (media / "later.pdf").write_bytes(b"later")


def test_data_and_files_survive(env):
    media = Path(env["VAR_DIR"]) / "media"
    folder = back_up(env)
    spoil(env)

    manage(env, "restore", folder, "--yes")

    assert shell(env, SHOW) == BEFORE
    assert {str(p.relative_to(media)): p.read_bytes() for p in media.rglob("*") if p.is_file()} == {
        "ab/plan.pdf": b"%PDF the plan"
    }
    assert manage(env, "migrate", "--check", check=False).returncode == 0


def test_a_restored_database_takes_new_rows(env):
    """Sequences stand after the restored rows, not before them."""
    folder = back_up(env)
    spoil(env)
    manage(env, "restore", folder, "--yes")

    shell(env, "from portal.models import User; User.objects.create_user('later', password=None)")

    assert shell(env, "from portal.models import User; print(User.objects.count())") == "2"


def test_restore_refuses_to_overwrite(env):
    folder = back_up(env)

    done = manage(env, "restore", folder, check=False)

    assert (done.returncode, shell(env, SHOW)) == (1, BEFORE)
    assert "Add --yes" in done.stderr


@pytest.mark.parametrize("part", ["database", "media"])
def test_a_changed_backup_restores_nothing(env, part):
    folder = back_up(env)
    spoil(env)
    [file] = [path for path in folder.rglob("*") if path.is_file() and part in str(path.relative_to(folder))]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    done = manage(env, "restore", folder, "--yes", check=False)

    assert done.returncode == 1
    assert "was changed since the backup was made" in done.stderr
    assert shell(env, SHOW) == "[('intruder', '')]"


def test_keys_are_kept_apart_and_come_back_on_request(env):
    secret = Path(env["VAR_DIR"]) / "secret_key"
    key = secret.read_text()
    folder = back_up(env)

    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((folder / "keys.json").read_text())["secret_key"] == key
    others = [path for path in folder.rglob("*") if path.is_file() and path.name != "keys.json"]
    assert not any(key.encode() in path.read_bytes() for path in others)

    secret.write_text("another")
    manage(env, "restore", folder, "--yes")
    assert secret.read_text() == "another"
    manage(env, "restore", folder, "--yes", "--with-keys")
    assert secret.read_text() == key
    assert secret.stat().st_mode & 0o777 == 0o600
