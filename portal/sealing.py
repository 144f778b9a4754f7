"""Sealing what happened, so that an auditor can prove that nobody changed the story.

A timer puts events under seal in batches: each event by the hash of what it says, each batch by the hash of that and
of the batch before, signed with an Ed25519 key and written to a file in `SEALS_DIR`, outside the database. Whoever
keeps a copy of one file can later prove everything up to it. `faults` finds what was changed, removed, put in or cut
off. No transaction of anybody's work waits for a seal.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import clock, jobs, keys
from portal.audit import record
from portal.models.audit import Event
from portal.models.people import User
from portal.models.seal import NOTHING, Seal
from portal.registry import timer

SERIES = "audit"
BATCH = 2000
EVERY = timedelta(minutes=1)
LATE = timedelta(hours=1)
WAITED_FOR = timedelta(days=1)
MOST_LATE = 1000
STRIDE = 100_000
FIELDS = (
    "id", "at", "actor_id", "acting_for", "role", "verb", "object_type", "object_id", "case_type", "case_id", "before",
    "after", "details", "request_id",
)  # fmt: skip


# What is hashed


def plain_text(facts):
    """`facts` as JSON with sorted keys, without blanks, in UTF-8: the same bytes for the same facts on any engine."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_moment).encode()


def _moment(value):
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def leaf_of(row):
    """The hash of an event given as its `FIELDS`."""
    return hashlib.sha256(plain_text(dict(zip(FIELDS, row, strict=True)))).hexdigest()


def facts_of(seal):
    """What the digest of a seal covers."""
    return {
        "number": seal.number,
        "at": seal.at,
        "previous": seal.previous,
        "leaves": seal.leaves,
        "gaps": seal.gaps,
        "last_event": seal.last_event,
    }


def digest_of(seal):
    return hashlib.sha256(plain_text(facts_of(seal))).hexdigest()


def file_of(seal):
    """The checkpoint as it is kept outside, as bytes."""
    return plain_text(facts_of(seal) | {"digest": seal.digest, "signature": seal.signature, "keys": public_keys()})


def public_keys():
    """The keys that may have signed, by their thumbprints, as hexadecimal raw public keys."""
    return {name: key.public_key().public_bytes_raw().hex() for name, key in keys.of(SERIES)}


# Sealing


@timer
def seal_events():
    """Put what happened since the last seal under a new one, at most once a minute."""
    last, now = Seal.objects.first(), clock.now()
    if last is None or now - last.at >= EVERY:
        while seal(now) is not None:
            pass


def seal(at):
    """The new `Seal` of up to `BATCH` events that have none yet, or None where all are sealed.

    `at` is the moment of the run, the same for all its seals. Keys are given before events are committed: one that
    comes late is in `gaps` until it is there, or for a day.
    """
    try:
        with transaction.atomic():
            made = _next(Seal.objects.first(), at)
            if made is None:
                return None
            made.save()
            transaction.on_commit(lambda: keep_file(made))
    except IntegrityError:  # another timer was first
        return None
    return made


def _next(last, at):
    end = last.last_event if last else 0
    waited_for = dict(last.gaps) if last else {}
    rows = list(Event.objects.filter(pk__in=waited_for).order_by("pk").values_list(*FIELDS))
    fresh = list(Event.objects.filter(pk__gt=end).order_by("pk").values_list(*FIELDS)[:BATCH])
    rows += fresh
    if not rows:
        return None
    came = {row[0] for row in rows}
    if fresh:
        skipped = range(max(end + 1, fresh[-1][0] - MOST_LATE), fresh[-1][0])
        waited_for |= {key: at.isoformat() for key in skipped if key not in came}
        end = fresh[-1][0]
    gaps = [
        [key, since]
        for key, since in sorted(waited_for.items())
        if key not in came and at - datetime.fromisoformat(since) < WAITED_FOR
    ]
    made = Seal(
        number=last.number + 1 if last else 1, at=at, previous=last.digest if last else NOTHING,
        leaves=[[row[0], leaf_of(row)] for row in rows], gaps=gaps, last_event=end,
    )  # fmt: skip
    made.digest = digest_of(made)
    made.signature = base64.b64encode(keys.newest(SERIES).sign(made.digest.encode())).decode()
    return made


def folder():
    found = Path(settings.SEALS_DIR)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def kept_files():
    """The checkpoints outside, by their numbers."""
    return sorted(folder().glob("[0-9]*.json"))


def path_of(number):
    return folder() / f"{number:08}.json"


def keep_file(seal):
    """Write the checkpoint of a seal beside the others; one that is there is never written over."""
    own = path_of(seal.number).with_suffix(f".{os.getpid()}")
    with own.open("wb") as file:
        file.write(file_of(seal))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path_of(seal.number))
    except FileExistsError:
        pass
    finally:
        own.unlink()


def set_aside(reason):
    """The numbers of the seals that the database no longer has, whose files are now set aside; that, and why, is put
    on record. For after the restore of a backup, when what came later is known to be lost.
    """
    last = Seal.objects.first()
    cut_off = [path for path in kept_files() if int(path.stem) > (last.number if last else 0)]
    numbers = [int(path.stem) for path in cut_off]
    if cut_off:
        timer = User.objects.timer()
        record("audit.set_aside", timer, by=timer, details={"reason": reason, "seals": numbers})
        _move_aside(cut_off)
    return numbers


def begin_anew():
    """Forget all seals: where a demonstration was purged, and nowhere else."""
    Seal.objects.all().delete()
    _move_aside(kept_files())


def _move_aside(paths):
    aside = folder() / f"aside-{clock.now():%Y%m%d%H%M%S}"
    for path in paths:
        aside.mkdir(mode=0o700, exist_ok=True)
        path.rename(aside / path.name)


# Verifying


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was sealed: in which seal, at which event (or None), and what."""

    seal: int
    event: int | None
    what: str

    def __str__(self):
        where = _("Seal %(seal)s") if self.event is None else _("Event %(event)s, seal %(seal)s")
        return f"{where % {'seal': self.seal, 'event': self.event}}: {self.what}"


def faults(progress=lambda done, total: None):
    """Every fault, the oldest first; nothing where all is as it was sealed."""
    total, previous, seen, number = Seal.objects.count(), NOTHING, set(), 0
    this_run = run_before = None
    for number, seal in enumerate(Seal.objects.order_by("number").iterator(chunk_size=50), start=1):
        if seal.number != number:
            yield Fault(number, None, _("this seal was removed."))
            return
        yield from _faults_of_seal(seal, previous)
        if seal.at != this_run:
            this_run, run_before = seal.at, this_run
        yield from _faults_of_events(seal, seen, run_before)
        previous = seal.digest
        seen.update(key for key, _leaf in seal.leaves)
        progress(number, total)
    yield from _faults_around(number, seen)


def _faults_of_seal(seal, previous):
    if seal.previous != previous:
        yield Fault(seal.number, None, _("it does not follow on the seal before it."))
    if seal.digest != digest_of(seal):
        yield Fault(seal.number, None, _("its content was changed."))
    if not is_signed(seal):
        yield Fault(seal.number, None, _("its signature is not of one of our keys."))
    path = path_of(seal.number)
    if not path.exists():
        yield Fault(seal.number, None, _("its file is missing."))
    elif (kept := json.loads(path.read_bytes())) and kept["digest"] != seal.digest:
        yield Fault(seal.number, None, _("it is another than the one in its file."))


def is_signed(seal):
    """Whether one of our keys signed the digest of `seal`."""
    for _name, key in keys.of(SERIES):
        try:
            key.public_key().verify(base64.b64decode(seal.signature), seal.digest.encode())
            return True
        except (InvalidSignature, ValueError):
            continue
    return False


def _faults_of_events(seal, seen, run_before):
    """What is wrong with the events of one seal: changed, removed, or told as older than they are.

    What was written after the run before can hardly be older than that, but for a transaction's length.
    """
    wanted = dict(seal.leaves)
    horizon = run_before and run_before - LATE
    found = _rows_of(wanted)
    for key, leaf in seal.leaves:
        if key in seen:
            yield Fault(seal.number, key, _("it is sealed twice."))
        elif key not in found:
            yield Fault(seal.number, key, _("it was removed."))
        elif leaf_of(found[key]) != leaf:
            yield Fault(seal.number, key, _("it was changed."))
        elif horizon is not None and found[key][1] < horizon:
            yield Fault(seal.number, key, _("it bears a moment before it was written."))


def _rows_of(wanted):
    """The events of these keys by key, as their `FIELDS`: as one stretch of the table where they nearly are one."""
    first, last = min(wanted, default=0), max(wanted, default=0)
    near = {"pk__range": (first, last)} if last - first < 2 * len(wanted) else {"pk__in": wanted}
    return {row[0]: row for row in Event.objects.filter(**near).values_list(*FIELDS) if row[0] in wanted}


def _faults_around(number, seen):
    """Events that stand among the sealed ones unsealed, and files of seals that are no longer there."""
    last = Seal.objects.first()
    if last is not None:
        expected = {key for key, _since in last.gaps}
        lowest = Event.objects.order_by("pk").values_list("pk", flat=True).first() or 0
        for start in range(min(lowest, 1) - 1, last.last_event, STRIDE):
            keys_here = Event.objects.filter(pk__gt=start, pk__lte=min(start + STRIDE, last.last_event))
            for key in sorted(set(keys_here.values_list("pk", flat=True)) - seen - expected):
                yield Fault(last.number, key, _("it was put in among sealed ones."))
    for path in kept_files():
        if int(path.stem) > number:
            yield Fault(int(path.stem), None, _("it was cut off: there is its file, and no such seal."))


def unsealed():
    """How many events wait for the next seal."""
    last = Seal.objects.first()
    return Event.objects.filter(pk__gt=last.last_event if last else 0).count()


@jobs.job("verify_audit", gettext_lazy("Verify what happened against the seals"))
def verify(run):
    """One line: all is as it was sealed, or the first fault and how many there are."""
    found = list(faults(run.progress))
    if not found:
        last = Seal.objects.first()
        sealed = sum(len(leaves) for leaves in Seal.objects.values_list("leaves", flat=True).iterator())
        return _("All as it was sealed: %(events)s events under %(seals)s seals.") % {
            "events": sealed,
            "seals": last.number if last else 0,
        }
    text = ngettext("%(n)s fault. The first: %(first)s", "%(n)s faults. The first: %(first)s", len(found))
    return text % {"n": len(found), "first": found[0]}
