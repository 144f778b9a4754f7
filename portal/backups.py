"""Backups: one folder each, holding the database, the files, the seals, the keys apart, and a manifest of SHA-256.

    20261123-101500/
        database.sqlite3 or database.dump
        media/
        seals/               (the checkpoints on events, as they lie in SEALS_DIR)
        keys.json            (mode 0600; keep it elsewhere than the rest)
        manifest.json

Files in an S3 bucket are not here: the bucket's own versioning keeps them.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from portal import clock, sealing
from portal.models import Seal

MANIFEST, MEDIA, SEALS, KEYS = "manifest.json", "media", "seals", "keys.json"
SIGNING = "signing/"
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
RESTORING = ".restoring"


def make(parent):
    """The folder of a new backup under `parent`. One that failed half way has no manifest."""
    folder = Path(parent) / clock.now().astimezone(clock.BANGKOK).strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, mode=0o700)
    {"sqlite": copy_sqlite, "postgresql": dump_postgresql}[connection.vendor](folder / DATABASE[connection.vendor])
    if Path(settings.MEDIA_ROOT).exists():
        shutil.copytree(settings.MEDIA_ROOT, folder / MEDIA)
    shutil.copytree(sealing.folder(), folder / SEALS)
    keys = {name: path.read_text() for name, path in key_files().items() if path.exists()}
    write_privately(folder / KEYS, json.dumps(keys))
    files = {str(file.relative_to(folder)): digest(file) for file in sorted(folder.rglob("*")) if file.is_file()}
    manifest = {"made_at": clock.now().isoformat(), "version": settings.VERSION, "engine": connection.vendor}
    (folder / MANIFEST).write_text(json.dumps(manifest | {"sha256": files}, indent=2))
    return folder


def put_back(folder, *, with_keys=False):
    """Replace database and files by those of the backup in `folder`, once every hash is found right."""
    manifest = verify(folder)
    if manifest["engine"] != connection.vendor:
        raise CommandError(f"This is a backup of {manifest['engine']}; DATABASE_URL names {connection.vendor}.")
    refuse_other_seals(folder / SEALS)
    if with_keys:
        restore_keys(folder / KEYS)
    database = folder / DATABASE[connection.vendor]
    {"sqlite": restore_sqlite, "postgresql": restore_postgresql}[connection.vendor](database)
    replace_media(folder / MEDIA)
    bring_seals(folder / SEALS)


def refuse_other_seals(source):
    """Refuse a backup in which a checkpoint is another than the one of its number that is kept here."""
    for file in sorted(source.glob("[0-9]*.json")):
        kept = sealing.folder() / file.name
        if kept.exists() and kept.read_bytes() != file.read_bytes():
            raise CommandError(
                f"Seal {int(file.stem)} is another in this backup than in {kept.parent}: one of them was changed, or "
                "is of another portal. Nothing was restored. Look into it; then name an empty folder as SEALS_DIR."
            )


def bring_seals(source):
    """Put the checkpoints of the restored database beside those that are here; none is ever written over."""
    last = Seal.objects.first() if Seal._meta.db_table in connection.introspection.table_names() else None
    for file in sorted(source.glob("[0-9]*.json")):
        kept = sealing.folder() / file.name
        if last and int(file.stem) <= last.number and not kept.exists():
            shutil.copy2(file, kept)


def verify(folder):
    """The manifest of the backup in `folder`. Refuses one that is incomplete or was changed since."""
    if not (folder / MANIFEST).exists():
        raise CommandError(f"{folder} is no complete backup: it has no {MANIFEST}.")
    manifest = json.loads((folder / MANIFEST).read_text())
    for name, expected in manifest["sha256"].items():
        file = folder / name
        if not file.is_file() or digest(file) != expected:
            raise CommandError(f"{name} is missing or was changed since the backup was made. Nothing was restored.")
    return manifest


def holds_anything():
    """Whether there is a database with tables, or a file, that a restore would overwrite."""
    media = Path(settings.MEDIA_ROOT)
    return bool(connection.introspection.table_names()) or (media.exists() and any(media.iterdir()))


def digest(file):
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def copy_sqlite(target):
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)


def restore_sqlite(source):
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        copy.backup(connection.connection)
    connection.close()


def dump_postgresql(target):
    postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def restore_postgresql(source):
    """All or nothing: the old tables go and the new ones come in one transaction."""
    connection.close()
    script = source.with_suffix(".sql")
    try:
        run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source)])
        script.chmod(0o600)
        fresh = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        quiet = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-o", os.devnull]
        postgresql("psql", *quiet, "-c", fresh, "-f", str(script))
    finally:
        script.unlink(missing_ok=True)


def postgresql(program, *arguments):
    """Run one of PostgreSQL's programs on the portal's database."""
    (_psql, *where), variables = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *options, name = where
    run([program, *options, *arguments, f"--dbname={name}"], variables)


def run(command, variables=None):
    if shutil.which(command[0]) is None:
        raise CommandError(
            f"{command[0]} is needed: install PostgreSQL's client programs of the server's version or newer."
        )
    done = subprocess.run(command, env=os.environ | (variables or {}), stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise CommandError(f"{command[0]} failed: {done.stderr.strip()}")


def key_files():
    """Where the secrets lie, by their name in the backup."""
    signing = {f"{SIGNING}{path.name}": path for path in sorted(Path(settings.KEYS_DIR).glob("*.pem"))}
    return {"secret_key": settings.VAR_DIR / "secret_key", "env": settings.BASE_DIR / ".env", **signing}


def restore_keys(source):
    """Put the keys back; signing keys that were made since stay, for what they have signed."""
    places = key_files()
    for name, text in json.loads(source.read_text()).items():
        if name.startswith(SIGNING):
            Path(settings.KEYS_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
            places.setdefault(name, Path(settings.KEYS_DIR) / Path(name).name)
        write_privately(places[name], text)


def write_privately(path, text):
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def replace_media(source):
    """Copy beside the present files first, then change places, so that a full disk loses nothing.

    The folder itself stays: it may be a mount.
    """
    media = Path(settings.MEDIA_ROOT)
    fresh = media / RESTORING
    shutil.rmtree(fresh, ignore_errors=True)
    media.mkdir(parents=True, exist_ok=True)
    if source.exists():
        shutil.copytree(source, fresh)
    else:
        fresh.mkdir()
    for old in [path for path in media.iterdir() if path != fresh]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for new in fresh.iterdir():
        new.rename(media / new.name)
    fresh.rmdir()
