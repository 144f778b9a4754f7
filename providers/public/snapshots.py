"""The whole register at one number of its sequence, as a file: where a program begins, or begins again.

The file is made from records, which never change: for every object the latest up to the number. So it is exact
without holding anybody up, however long it takes to write.
"""

import base64
import gzip
import hashlib
import json
import tempfile

from django.core.files import File
from django.db.models import Max

from portal import clock
from providers.models import Record, Snapshot
from providers.public.publishing import edition

PART = 1000
KEPT = 2
STALE_AFTER = 5000
LEVEL = 6


def text_of(record):
    """One line of the feed: a `Record` as JSON, its body passed on as it stands."""
    head = json.dumps(
        {
            "seq": record.seq,
            "op": record.op,
            "kind": record.kind,
            "id": str(record.object_id),
            "at": record.at.astimezone(clock.BANGKOK).isoformat(),
        },
        separators=(",", ":"),
    )
    return f'{head[:-1]},"body":{record.body or "null"}}}'


def lines(seq):
    """The lines of the snapshot at `seq`: its number, then every public object as its latest record up to there."""
    yield json.dumps({"seq": seq}, separators=(",", ":"))
    for kind in ("provider", "product", "listing"):
        after = 0
        while True:
            latest = (
                Record.objects.filter(kind=kind, seq__lte=seq, object_id__gt=after)
                .values("object_id")
                .annotate(last=Max("seq"))
                .order_by("object_id")
            )
            keys = dict(latest.values_list("object_id", "last")[:PART])
            yield from map(text_of, Record.objects.filter(seq__in=keys.values(), op="upsert").order_by("object_id"))
            if len(keys) < PART:
                break
            after = max(keys)


def make():
    """The `Snapshot` of the register as it stands, written and kept; older files but one go."""
    seq = edition().seq
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0, filename="") as packed:
            for line in lines(seq):
                packed.write(line.encode() + b"\n")
        size = file.tell()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        made = Snapshot(seq=seq, size=size, sha256=sha256)
        made.file.save(f"registry-{seq}-{sha256[:12]}.ndjson.gz", File(file))
    for old in Snapshot.objects.order_by("-pk")[KEPT:]:
        old.file.delete(save=False)
        old.delete()
    return made


def latest():
    """The newest `Snapshot` from which the changes can still be followed; made where there is none."""
    found = Snapshot.objects.order_by("-pk").first()
    return found if found and found.seq >= edition().oldest - 1 else make()


def keep_fresh():
    """Make a snapshot where the newest is of another day, or thousands of changes behind. A timer."""
    found, now = Snapshot.objects.order_by("-pk").first(), edition()
    if found is None:
        if now.seq:
            make()
        return
    is_old = found.made_at.astimezone(clock.BANGKOK).date() < clock.today() and found.seq < now.seq
    if is_old or found.seq + STALE_AFTER < now.seq or found.seq < now.oldest - 1:
        make()


def digest_header(snapshot):
    """The file's SHA-256 as HTTP says it (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(snapshot.sha256)).decode()}:"
