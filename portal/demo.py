"""Making and removing the demonstration. What it holds is registered by the apps (`portal.registry.demo`)."""

from collections import defaultdict
from importlib import import_module
from operator import itemgetter

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import CASCADE, DO_NOTHING, PROTECT, F
from django.db.models.deletion import RESTRICT

from portal.audit import record
from portal.models import LocalGovernment, Membership, User
from portal.models.audit import Event
from portal.models.outbox import Notice
from portal.models.people import TIMER_USERNAME
from portal.register.undoing import put_back
from portal.registry import DEMOS
from portal.sealing import begin_anew

MARK = "demo.seed"
BATCH = 500


def is_empty():
    """True while nobody is here but the portal's own timer."""
    return not User.objects.exclude(username=TIMER_USERNAME).exists()


def seed(say):
    """Make every app's part, all of them or none; `say` is given lines for the person who waits."""
    makers = [make for _turn, make in sorted(DEMOS, key=itemgetter(0))]
    with transaction.atomic():
        roots = [(obj._meta.label, obj.pk) for make in makers for obj in make(say)]
        roots += [(User._meta.label, pk) for pk in people().values_list("pk", flat=True)]
        # What was told in the days that the demonstration lived through was mailed in those days.
        Notice.objects.unsent().filter(held_until=None).update(sent_at=F("created_at"))
        timer = User.objects.timer()
        record(MARK, timer, by=timer, details={"roots": roots})


def people():
    return User.objects.exclude(username=TIMER_USERNAME)


def purge():
    """Remove what the demonstration made and what its people did since; how many rows of which model, by label.

    Whatever cannot be without a removed row goes with it, past the guards that keep history in ordinary life.
    """
    removed = defaultdict(int)
    with transaction.atomic():
        roots = defaultdict(set)
        for mark in Event.objects.filter(verb=MARK):
            roots[Event].add(mark.pk)
            for label, pk in mark.details["roots"]:
                roots[apps.get_model(label)].add(pk)
        if not roots:
            return {}
        _sign_out(roots[User])
        roots[LocalGovernment] |= put_back(roots[User])
        # Triggers may write sums of what goes; so what depends on the roots is looked for until there is none.
        while doomed := _with_dependants(roots):
            for model, keys in doomed.items():
                for batch in _batches(keys):
                    removed[model._meta.label] += model._base_manager.filter(pk__in=batch)._raw_delete("default")
        begin_anew()
    return dict(removed)


def _with_dependants(roots):
    """The rows that are there of `roots` and of all that depends on them, as sets of keys by model."""
    found = defaultdict(set)
    waiting = [(model, set(keys)) for model, keys in roots.items()]
    while waiting:
        model, keys = waiting.pop()
        for child, keys_of_child in _dependants(model, keys):
            fresh = keys_of_child - found[child]
            if fresh:
                found[child] |= fresh
                waiting.append((child, fresh))
    for model, keys in roots.items():
        found[model] |= _present(model, keys)
    return {model: keys for model, keys in found.items() if keys}


def _dependants(model, keys):
    """(model, keys) of the rows that point at these and go with them; links that may be empty are emptied."""
    label = model._meta.label_lower
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)):
            continue
        for batch in _batches(keys):
            rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": batch})
            if _goes_with(relation):
                yield relation.related_model, set(rows.values_list("pk", flat=True))
            else:
                rows.update(**{relation.field.name: None})
    if kept := getattr(model._meta, "simple_history_manager_attribute", None):
        history = getattr(model, kept).model
        for batch in _batches(keys):
            rows = history._base_manager.filter(**{f"{model._meta.pk.attname}__in": batch})
            yield history, set(rows.values_list("pk", flat=True))
    for log, kinds in ((Event, ("case", "object")), (Notice, ("case",))):
        for kind in kinds:
            for batch in _batches(keys):
                rows = log._base_manager.filter(**{f"{kind}_type": label, f"{kind}_id__in": batch})
                yield log, set(rows.values_list("pk", flat=True))


def _goes_with(relation):
    if relation.related_model is Membership and relation.field.name == "granted_by":
        return False
    return relation.on_delete in {CASCADE, PROTECT, RESTRICT, DO_NOTHING}


def _present(model, keys):
    return {
        pk for batch in _batches(keys) for pk in model._base_manager.filter(pk__in=batch).values_list("pk", flat=True)
    }


def _batches(keys):
    ordered = sorted(keys)
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def _sign_out(people):
    """End the sessions of `people` (keys)."""
    model = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    names = {str(pk) for pk in people}
    ended = [row.pk for row in model.objects.iterator() if row.get_decoded().get("_auth_user_id") in names]
    for batch in _batches(ended):
        model.objects.filter(pk__in=batch).delete()
