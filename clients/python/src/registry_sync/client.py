"""The client: snapshot once, then changes for ever; compared with the register whenever that is wanted."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from registry_sync.store import Record, Store

KINDS = ("provider", "product", "listing")
CHUNK = 1 << 16


class RegisterError(Exception):
    """The register refused, or could not be reached. `status` is 0 without an answer, `code` the register's own."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Synced:
    """What one `sync` did: the number reached, how many records came, whether it began from a snapshot."""

    seq: int
    records: int
    from_snapshot: bool


@dataclass(frozen=True)
class Difference:
    """One object in which copy and register differ: their numbers, None where one has none."""

    kind: str
    id: str
    here: int | None
    there: int | None


class Register:
    """A copy of the register at `url` (up to and with `/api/v1/`), kept in `store`.

    `token` is a key, for higher limits; `wait` seconds are waited at most where the register asks for patience;
    `opener` opens requests as `urllib.request.urlopen` does.
    """

    def __init__(
        self,
        url: str,
        store: Store,
        *,
        token: str | None = None,
        timeout: float = 60,
        tries: int = 5,
        wait: float = 60,
        opener: Callable[..., Any] = urlopen,
    ) -> None:
        self.url = url.rstrip("/") + "/"
        self.store = store
        self.timeout, self.tries, self.wait, self._urlopen = timeout, tries, wait, opener
        self._headers = {"User-Agent": "registry-sync/1.0", "Accept-Encoding": "gzip"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._tag: tuple[int, str] | None = None

    # Keeping the copy

    def sync(self) -> Synced:
        """Bring the copy to where the register is now; a snapshot first, where there is no copy or it is too old."""
        position, count, from_snapshot = self.store.position(), 0, False
        if position is None:
            position, count, from_snapshot = *self._begin(), True
        while True:
            try:
                page = self._changes(position)
            except RegisterError as error:
                ahead = error.code == "position_ahead"  # the register was put back to an older state
                if error.status != 410 and not ahead:
                    raise
                if from_snapshot and ahead:
                    raise
                position, read = self._begin()
                count, from_snapshot = count + read, True
                continue
            if page is None:
                return Synced(position, count, from_snapshot)
            records = [_record(one) for one in page["results"]]
            if records:
                _check_order(position, records)
                position, count = records[-1].seq, count + len(records)
                self.store.apply(position, records)
            if page["next"] is None:
                if position < page["last_seq"]:
                    position = page["last_seq"]
                    self.store.apply(position, [])
                return Synced(position, count, from_snapshot)

    def _changes(self, after: int) -> dict[str, Any] | None:
        """A page of the changes after a number, or None where there is nothing new (304)."""
        known = {"If-None-Match": self._tag[1]} if self._tag and self._tag[0] == after else {}
        answer = self._open(f"registry/changes/?{urlencode({'after': after, 'limit': 500})}", known)
        if answer is None:
            return None
        with answer:
            page = _json(answer)
            tag = answer.headers.get("ETag")
        self._tag = (after, tag) if tag and not page["results"] else None
        return page

    def _begin(self) -> tuple[int, int]:
        """Put the snapshot in the place of the copy: its number, and how many objects it has."""
        with tempfile.TemporaryFile() as file:
            self._download(file)
            file.seek(0)
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                seq = json.loads(next(lines))["seq"]
                counted = _Counted(_record(json.loads(line)) for line in lines)
                self.store.replace(seq, counted)
        return seq, counted.count

    def _download(self, file: IO[bytes]) -> None:
        answer = self._open("registry/snapshot.ndjson.gz")
        assert answer is not None
        digest = hashlib.sha256()
        with answer:
            while chunk := answer.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
            promised = (answer.headers.get("ETag") or "").strip('"')
        if promised and promised != digest.hexdigest():
            raise RegisterError(0, "damaged", "The snapshot did not arrive whole.")

    # Reading it

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """One object of the copy by its id, as the register tells it."""
        found = self.store.get(kind, id)
        return json.loads(found.body) if found else None

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every object of the copy of one kind: provider, product or listing."""
        return (json.loads(one.body) for one in self.store.all(kind))

    def status(self, listing_id: str, on: date) -> str | None:
        """The state of a listing of the copy on `on`, from today on: past its last day it has expired."""
        body = self.get("listing", listing_id)
        if body is None:
            return None
        running = body["status"] in ("active", "suspended")
        return "expired" if running and body["valid_until"] < on.isoformat() else body["status"]

    # Asking the register itself

    def verify(self, certificate_no: str, on: date | None = None) -> dict[str, Any]:
        """What the register says of a certificate on a day (today without one)."""
        query = f"?{urlencode({'on': on.isoformat()})}" if on else ""
        return self._json(f"listings/{quote(certificate_no)}/verify/{query}")

    def compare(self) -> list[Difference]:
        """The objects in which the copy differs from the register as it is now: after `sync`, none."""
        there = {(one["kind"], one["id"]): one["seq"] for one in self._json("registry/status/")["results"]}
        here = {(kind, one.id): one.seq for kind in KINDS for one in self.store.all(kind)}
        return [
            Difference(kind, id, here.get((kind, id)), there.get((kind, id)))
            for kind, id in sorted({*here, *there})
            if here.get((kind, id)) != there.get((kind, id))
        ]

    # HTTP

    def _json(self, path: str) -> Any:
        answer = self._open(path)
        assert answer is not None
        with answer:
            return _json(answer)

    def _open(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """The answer, None for 304. Asks again where the register is busy or away, as patiently as it says."""
        for attempt in range(1, self.tries + 1):
            try:
                request = Request(self.url + path, headers={**self._headers, **(headers or {})})
                return self._urlopen(request, None, self.timeout)
            except HTTPError as error:
                if error.code == 304:
                    return None
                if error.code not in (429, 502, 503, 504) or attempt == self.tries:
                    raise _refusal(error) from None
                pause = float(error.headers.get("Retry-After") or 2**attempt)
            except URLError as error:
                if attempt == self.tries:
                    raise RegisterError(0, "unreachable", str(error.reason)) from error
                pause = 2**attempt / 4
            time.sleep(min(pause, self.wait))
        raise AssertionError("unreachable")


def _check_order(position: int, records: list[Record]) -> None:
    """Numbers rise; some may be absent, where the register no longer keeps what was superseded long ago."""
    for one in records:
        if one.seq <= position:
            raise RegisterError(0, "out_of_order", f"{one.seq} came after {position}.")
        position = one.seq


class _Counted:
    """Passes records on and counts them."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.records, self.count = records, 0

    def __iter__(self) -> Iterator[Record]:
        for one in self.records:
            self.count += 1
            yield one


def _record(line: dict[str, Any]) -> Record:
    body = json.dumps(line["body"], ensure_ascii=False, separators=(",", ":")) if line["body"] is not None else ""
    return Record(line["seq"], line["op"], line["kind"], line["id"], body)


def _json(answer: Any) -> Any:
    content = answer.read()
    return json.loads(gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content)


def _refusal(error: HTTPError) -> RegisterError:
    with error:
        content = error.read()
    try:
        problem = json.loads(content)
        return RegisterError(error.code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        return RegisterError(error.code, "unknown", error.reason)
