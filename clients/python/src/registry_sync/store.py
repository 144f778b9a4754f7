"""Where a copy of the register is kept, together with how far it has read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Record:
    """What is true of one object from the number `seq` on. `body` is JSON text, "" for what left public view."""

    seq: int
    op: str
    kind: str
    id: str
    body: str


class Store(Protocol):
    """What the client needs of a store. Each method is one transaction: rows and position move together."""

    def position(self) -> int | None:
        """The last number that the copy holds, or None before the first snapshot."""

    def replace(self, seq: int, records: Iterable[Record]) -> None:
        """Make the copy exactly `records`, at the number `seq`."""

    def apply(self, seq: int, records: Iterable[Record]) -> None:
        """Bring the copy from its number to `seq` by `records`, in their order."""

    def get(self, kind: str, id: str) -> Record | None: ...

    def all(self, kind: str) -> Iterator[Record]:
        """Every object of `kind` that the copy holds."""


class MemoryStore:
    """A copy that lives as long as its process."""

    def __init__(self) -> None:
        self._seq: int | None = None
        self._rows: dict[tuple[str, str], Record] = {}

    def position(self) -> int | None:
        return self._seq

    def replace(self, seq: int, records: Iterable[Record]) -> None:
        self._rows = {(one.kind, one.id): one for one in records}
        self._seq = seq

    def apply(self, seq: int, records: Iterable[Record]) -> None:
        for one in records:
            if one.op == "delete":
                self._rows.pop((one.kind, one.id), None)
            else:
                self._rows[one.kind, one.id] = one
        self._seq = seq

    def get(self, kind: str, id: str) -> Record | None:
        return self._rows.get((kind, id))

    def all(self, kind: str) -> Iterator[Record]:
        return iter([one for one in self._rows.values() if one.kind == kind])


class SqliteStore:
    """A copy in a file, which outlives the process: after a crash it goes on where its last transaction ended."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER)")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS object (kind TEXT, id TEXT, seq INTEGER, body TEXT, PRIMARY KEY (kind, id))"
        )

    def close(self) -> None:
        self._db.close()

    def position(self) -> int | None:
        row = self._db.execute("SELECT seq FROM position").fetchone()
        return row[0] if row else None

    def replace(self, seq: int, records: Iterable[Record]) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM object")
            self._write(records)
            self._move(seq)

    def apply(self, seq: int, records: Iterable[Record]) -> None:
        with self._transaction():
            self._write(records)
            self._move(seq)

    def get(self, kind: str, id: str) -> Record | None:
        row = self._db.execute("SELECT seq, body FROM object WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return Record(row[0], "upsert", kind, id, row[1]) if row else None

    def all(self, kind: str) -> Iterator[Record]:
        for id, seq, body in self._db.execute("SELECT id, seq, body FROM object WHERE kind = ?", (kind,)):
            yield Record(seq, "upsert", kind, id, body)

    def _write(self, records: Iterable[Record]) -> None:
        for one in records:
            if one.op == "delete":
                self._db.execute("DELETE FROM object WHERE kind = ? AND id = ?", (one.kind, one.id))
            else:
                self._db.execute(
                    "INSERT INTO object VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq, body = excluded.body",
                    (one.kind, one.id, one.seq, one.body),
                )

    def _move(self, seq: int) -> None:
        self._db.execute(
            "INSERT INTO position VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET seq = excluded.seq", (seq,)
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
