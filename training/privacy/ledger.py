"""The ledger of erasures: a file outside the database, so that a backup taken back is erased again.

One JSON object a line in `KEYS_DIR/erasures.jsonl`: what was erased, by key, and when that row was made, so that a key
given anew after a restore is never mistaken for the one that was erased.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max

from training.models import Application, Erasure, Learner
from training.privacy.erasing import anonymise, anonymise_learner, withdrawn

KINDS = {"application": Application, "learner": Learner}
_seen = {}


def path():
    return Path(settings.KEYS_DIR) / "erasures.jsonl"


def repeat_erasures():
    """Erase again what a backup brought back, and write down what was erased since; how many were erased again.

    Does nothing while neither the ledger nor the table has changed since the last look.
    """
    stamp = _stamp()
    if _seen.get(str(path())) == stamp:
        return 0
    done = sum(_erase_again(kind, rows) for kind, rows in _brought_back().items())
    _write_down()
    _seen[str(path())] = _stamp()
    return done


def _stamp():
    size = path().stat().st_size if path().exists() else 0
    return size, *Erasure.objects.aggregate(count=Count("pk"), last=Max("at")).values()


def _lines():
    if not path().exists():
        return []
    with path().open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("}\n")]
    return [line for line in lines if line["kind"] in KINDS]


def _brought_back():
    """The rows that were erased once and hold personal data again, by kind."""
    told = {kind: {} for kind in KINDS}
    for line in _lines():
        told[line["kind"]][line["id"]] = datetime.fromisoformat(line["made_at"])
    found = {}
    for kind, model in KINDS.items():
        here = set(Erasure.objects.filter(**{f"{kind}__isnull": False}).values_list(kind, flat=True))
        rows = _unerased(kind, model).filter(pk__in=here | set(told[kind]))
        found[kind] = [row for row in rows if row.pk in here or told[kind][row.pk] == row.created_at]
    return found


def _unerased(kind, model):
    return model.objects.filter(**{"anonymised_at" if kind == "application" else "erased_at": None})


def _erase_again(kind, rows):
    for row in rows:
        with transaction.atomic():
            if kind == "application":
                anonymise(withdrawn(row), is_by_rule=True)
            else:
                anonymise_learner(row, is_by_rule=True)
    return len(rows)


def _write_down():
    """Append what the table knows and the ledger does not."""
    known = {(line["kind"], line["id"], line["made_at"]) for line in _lines()}
    fresh = []
    for kind, model in KINDS.items():
        erased = Erasure.objects.filter(**{f"{kind}__isnull": False}).values_list(kind, flat=True)
        for key, made_at in model.objects.filter(pk__in=erased).values_list("pk", "created_at"):
            line = {"kind": kind, "id": key, "made_at": made_at.isoformat()}
            if tuple(line.values()) not in known:
                fresh.append(line)
    if fresh:
        path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
            file.write("".join(f"{json.dumps(line)}\n" for line in fresh))
            file.flush()
            os.fsync(file.fileno())
