"""What a change of the register does on its day: local governments begin, end, and come after one another.

Whatever comes after another, by a new name, a new kind or a merger, is a local government of its own: the old one
stays with its name, its codes and what has ended there, and its people and open cases follow. A split leaves the old
one standing with all it has, but for the cases that were chosen to go. Nothing here asks who may; `changes` does.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal import access, clock, registry
from portal.audit import record
from portal.errors import Refused
from portal.models import (
    ActingOrder,
    Invitation,
    LocalGovernment,
    LocalGovernmentCode,
    Membership,
    PlaceReport,
    Succession,
)
from portal.states import ChangeKind, CodeScheme, SuccessionKind
from portal.thai.search import KIND_WORDS

SUCCESSIONS = {
    ChangeKind.RENAME: SuccessionKind.RENAMED,
    ChangeKind.UPGRADE: SuccessionKind.UPGRADED,
    ChangeKind.MERGE: SuccessionKind.MERGED,
}
CARRIED = ("province", "district", "subdistrict", "lat", "lon", "website")
POST = ("user", "role", "acting", "order_no", "valid_to", "granted_by", "is_confirmed")
SHORT = {
    "องค์การบริหารส่วนจังหวัด": "อบจ.",
    "องค์การบริหารส่วนตำบล": "อบต.",
    "เทศบาลนคร": "ทน.",
    "เทศบาลเมือง": "ทม.",
    "เทศบาลตำบล": "ทต.",
}


@transaction.atomic
def carry_out(change, *, by):
    """The local government that stands there after `change`, or None where one was closed.

    Raises ValidationError or Refused: `already_ended`, or `cases_open` for closing where cases are not at their end.
    """
    match change.kind:
        case ChangeKind.ADD:
            return _begin(change)
        case ChangeKind.CLOSE:
            return _close(change, by)
        case ChangeKind.MERGE:
            return _succeed(change, change.into, by)
        case ChangeKind.SPLIT:
            return _split(change, by)
    return _succeed(change, _successor(change), by)


def correct(place, *, by, **fields):
    """`place` with better details (English name, website, position …): no change of what it is, at once.

    Raises ValidationError. The event keeps what was there before.
    """
    before = {name: getattr(place, name) for name in fields}
    for name, value in fields.items():
        setattr(place, name, value)
    place.full_clean()
    with transaction.atomic():
        place.save()
        changed = {name: [before[name], value] for name, value in fields.items() if before[name] != value}
        capacity = access.capacity(by, "portal.change_place")
        record("place.correct", place, by=by, capacity=capacity, details={"changed": changed})
    return place


def without_kind(name):
    """A Thai name without the words for the kind of local government."""
    word = next((word for word in sorted(KIND_WORDS, key=len, reverse=True) if name.startswith(word)), "")
    return name.removeprefix(word).strip() or name


def shortened(name):
    """A Thai name with the short word for its kind: เทศบาลเมืองกระบี่ gives ทม.กระบี่."""
    word = next((word for word in SHORT if name.startswith(word)), "")
    return (SHORT.get(word, "") + name.removeprefix(word))[:120]


# A new one


def _begin(change):
    new = _born(
        change, change.new_kind, province=change.district.province, district=change.district,
        subdistrict=change.subdistrict,
    )  # fmt: skip
    _give_code(new, change.code, change.on)
    LocalGovernment.objects.mark_shared_names(clock.today())
    new.refresh_from_db()
    return new


def _successor(change):
    """What `change.place` is turned into: at the same place, with its code unless it is given another."""
    old = change.place
    new = _born(
        change, change.new_kind or old.kind, former_name_th=old.name_th,
        **{name: getattr(old, name) for name in CARRIED},
    )  # fmt: skip
    _still_there(old)
    kept = LocalGovernmentCode.objects.filter(local_government=old, valid_to=None)
    kept = list(kept.exclude(scheme=CodeScheme.DLA) if change.code else kept)
    _end_codes(old, change.on)
    for code in kept:
        _give_code(new, code.code, change.on, code.scheme)
    if change.code:
        _give_code(new, change.code, change.on)
    new.smart_city_areas.set(old.smart_city_areas.all())
    return new


def _born(change, kind, **fields):
    new = LocalGovernment(
        kind=kind, name_th=change.name_th, name_en=change.name_en, short_name_th=shortened(change.name_th),
        base_name_th=without_kind(change.name_th)[:120], active_from=change.on, **fields,
    )  # fmt: skip
    new.derive()
    new.full_clean()
    new.save()
    return new


def _give_code(place, code, on, scheme=CodeScheme.DLA):
    held = LocalGovernmentCode(local_government=place, scheme=scheme, code=code, valid_from=on)
    held.full_clean()
    held.save()


def _split(change, by):
    """What a part of `change.place` became: it has the chosen cases, and no people yet."""
    old = change.place
    _still_there(old)
    new = _begin(change)
    succession = Succession(
        from_local_government=old, to_local_government=new, kind=SuccessionKind.SPLIT, on=change.on,
        gazette_ref=change.gazette_ref,
    )  # fmt: skip
    succession.full_clean()
    succession.save()
    moved = registry.follow(old, new, by=by, chosen=set(change.cases))
    _note(change, by, verb="place.split", after=new.kind, to=new.pk, cases=moved)
    return new


# One that ends


def _close(change, by):
    place = change.place
    _still_there(place)
    if waiting := registry.count_of_open_cases(place):
        text = _("%(count)s cases of it are still open. Bring them to their end, or record what it is merged into.")
        raise Refused(text % {"count": waiting}, code="cases_open")
    _end(place, change.on)
    posts = Membership.objects.filter(local_government=place, revoked_at=None)
    for post in posts.exclude(valid_to__lte=clock.today()):
        _end_post(post)
    Invitation.objects.filter(local_government=place, accepted_at=None, revoked_at=None).update(revoked_at=clock.now())
    _note(change, by, verb="place.close", before=place.kind)
    return None


def _succeed(change, new, by):
    old = change.place
    _still_there(old)
    succession = Succession(
        from_local_government=old, to_local_government=new, kind=SUCCESSIONS[change.kind], on=change.on,
        gazette_ref=change.gazette_ref,
    )  # fmt: skip
    succession.full_clean()
    succession.save()
    _end(old, change.on)
    new.lineage = sorted({*new.lineage, *old.lineage, old.pk})
    new.save(update_fields=["lineage"])
    _take_people_along(old, new)
    followed = registry.follow(old, new, by=by)
    _note(change, by, verb="place.succeed", before=old.kind, after=new.kind, to=new.pk, cases=followed)
    new.refresh_from_db()
    return new


def _still_there(place):
    if not LocalGovernment.objects.active(clock.today()).filter(pk=place.pk).exists():
        raise Refused(_("This local government no longer exists."), code="already_ended")


def _end(place, on):
    LocalGovernment.objects.filter(pk=place.pk).update(active_to=on)
    _end_codes(place, on)
    LocalGovernment.objects.mark_shared_names(clock.today())


def _end_codes(place, on):
    began_later = Q(valid_from__gte=on)
    held = LocalGovernmentCode.objects.filter(local_government=place, valid_to=None)
    if held.filter(began_later).exists():
        raise ValidationError({"on": _("On that day it did not exist yet.")})
    held.update(valid_to=on)


def _note(change, by, *, verb, before="", after="", **details):
    details |= {"kind": change.kind, "on": change.on, "gazette_ref": change.gazette_ref}
    details |= {"change": change.pk, "recorded_by": change.recorded_by.username}
    capacity = access.capacity(by, "portal.change_place")
    record(verb, change.place, by=by, capacity=capacity, before=before, after=after, details=details)


# Its people


def _take_people_along(old, new):
    """Everybody of the old office holds the same post in the new one from today, orders to act with it.

    What the old office left can be read from the new posts (`portal.access`).
    """
    posts = Membership.objects.filter(local_government=old, revoked_at=None).exclude(valid_to__lte=clock.today())
    for post in posts:
        same = Membership.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=clock.today()), user=post.user, role=post.role, local_government=new,
            revoked_at=None,
        ).first()  # fmt: skip
        if same is None:
            facts = {name: getattr(post, name) for name in POST}
            begins = max(post.valid_from, clock.today())
            same = Membership.objects.create(local_government=new, valid_from=begins, **facts)
            ActingOrder.objects.filter(membership=post).update(membership=same)
        _end_post(post)
    Invitation.objects.filter(local_government=old, accepted_at=None, revoked_at=None).update(local_government=new)
    PlaceReport.objects.filter(local_government=old, answered_at=None).update(local_government=new)


def _end_post(post):
    """End a post today; what began today, or would only begin, never counted."""
    if post.valid_from < clock.today():
        post.valid_to = clock.today()
        post.save(update_fields=["valid_to"])
    else:
        post.revoked_at = clock.now()
        post.save(update_fields=["revoked_at"])
