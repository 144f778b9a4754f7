"""Putting the register back as it was before people of a demonstration changed it (`portal.demo.purge`)."""

from django.apps import apps

from portal import clock
from portal.models import (
    Event,
    LocalGovernment,
    LocalGovernmentCode,
    PlaceChange,
    Succession,
)
from portal.states import ChangeKind

OWN = {"portal.localgovernmentcode", "portal.succession", "portal.placechange"}


def put_back(people):
    """Undo what `people` (keys) did to the register, the newest first; the keys of local governments to remove."""
    born = set()
    done = PlaceChange.objects.filter(recorded_by__in=people, taken_at__isnull=False)
    for change in done.select_related("place", "into").order_by("-taken_at", "-pk"):
        if change.kind == ChangeKind.ADD:
            born.add(change.place_id)
        else:
            born |= _reopen(change)
    for event in Event.objects.filter(verb="place.correct", actor__in=people).order_by("-pk"):
        _correct_back(event)
    LocalGovernment.objects.mark_shared_names(clock.today())
    return born


def _reopen(change):
    """Let the old one stand again; the key of what was made in its place, in a set, or nothing."""
    old, new = change.place, change.into
    if change.kind not in {ChangeKind.MERGE, ChangeKind.CLOSE}:
        LocalGovernmentCode.objects.filter(local_government=new).delete()
    if change.kind != ChangeKind.SPLIT:
        LocalGovernment.objects.filter(pk=old.pk).update(active_to=None)
        LocalGovernmentCode.objects.filter(local_government=old, valid_to=change.on).update(valid_to=None)
    Succession.objects.filter(from_local_government=old, to_local_government=new).delete()
    if change.kind == ChangeKind.MERGE:
        _bring_back(old, new)
        LocalGovernment.objects.filter(pk=new.pk).update(
            lineage=sorted(set(LocalGovernment.objects.get(pk=new.pk).lineage) - {old.pk, *old.lineage})
        )
    if new is None or change.kind == ChangeKind.MERGE:
        return set()
    for relation in LocalGovernment._meta.related_objects:
        if relation.one_to_many and relation.related_model._meta.label_lower not in OWN:
            name = relation.field.name
            relation.related_model._base_manager.filter(**{name: new}).update(**{name: old})
    return {new.pk}


def _bring_back(old, new):
    """Return what went along with a merger, as its events tell."""
    for event in Event.objects.filter(verb__endswith=".follow", details__from=old.pk, details__to=new.pk):
        rows = apps.get_model(event.object_type)._base_manager.filter(pk=event.object_id)
        rows.filter(**{event.details["field"]: new}).update(**{event.details["field"]: old})


def _correct_back(event):
    place = LocalGovernment.objects.filter(pk=event.object_id).first()
    if place is not None:
        for name, (before, _after) in event.details["changed"].items():
            setattr(place, place._meta.get_field(name).attname, before)
        place.save()
