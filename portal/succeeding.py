"""One local government comes after another: an upgrade into a new one, or a merger into one that is there.

The old one stays with its name and its history; its people, and through the registry the open cases of every app,
follow to the new one.
"""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock, registry
from portal.audit import record
from portal.errors import Refused
from portal.models import Invitation, LocalGovernment, LocalGovernmentCode, Membership, Succession
from portal.states import CodeScheme, SuccessionKind
from portal.thai.search import KIND_WORDS


def upgrade(old, *, by, name_th, kind, code, gazette_ref, name_en="", on=None):
    """The new local government into which `old` was turned on the day `on` (today by default).

    Raises PermissionDenied, ValidationError, or Refused `already_ended`.
    """
    _may(old, by)
    on = _day(on)
    with transaction.atomic():
        new = LocalGovernment(
            kind=kind, name_th=name_th, name_en=name_en, short_name_th=name_th[:120], former_name_th=old.name_th,
            base_name_th=without_kind(name_th)[:120], province=old.province, district=old.district,
            subdistrict=old.subdistrict, lat=old.lat, lon=old.lon, website=old.website, active_from=on,
        )  # fmt: skip
        new.derive()
        new.full_clean()
        new.save()
        held = LocalGovernmentCode(local_government=new, scheme=CodeScheme.DLA, code=code, valid_from=on)
        held.full_clean()
        held.save()
        return _succeed(old, new, SuccessionKind.UPGRADED, on, gazette_ref, by)


def merge(old, *, by, into, gazette_ref, on=None):
    """`into`, which took `old` in on the day `on` (today by default)."""
    _may(old, by)
    if into.pk == old.pk or not into.is_active(clock.today()):
        raise ValidationError({"into": _("Choose another local government that exists today.")})
    with transaction.atomic():
        return _succeed(old, into, SuccessionKind.MERGED, _day(on), gazette_ref, by)


def without_kind(name):
    """A Thai name without the words for the kind of local government."""
    word = next((word for word in sorted(KIND_WORDS, key=len, reverse=True) if name.startswith(word)), "")
    return name.removeprefix(word).strip() or name


def _may(old, by):
    if access.capacity(by, "portal.change_place") is None:
        raise PermissionDenied(_("Only DLA changes the list of local governments."))
    if not old.is_active(clock.today()):
        raise Refused(_("This local government no longer exists."), code="already_ended")


def _day(on):
    on = on or clock.today()
    if on > clock.today():
        raise ValidationError({"on": _("Record it on its day, or after.")})
    return on


def _succeed(old, new, kind, on, gazette_ref, by):
    succession = Succession(
        from_local_government=old, to_local_government=new, kind=kind, on=on, gazette_ref=gazette_ref
    )
    succession.full_clean()
    succession.save()
    if not LocalGovernment.objects.active(clock.today()).filter(pk=old.pk).update(active_to=on):
        raise Refused(_("This local government no longer exists."), code="already_ended")
    LocalGovernmentCode.objects.filter(local_government=old, valid_to=None).update(valid_to=on)
    _take_people_along(old, new)
    followed = registry.follow(old, new, by=by)
    LocalGovernment.objects.mark_shared_names(clock.today())
    capacity = access.capacity(by, "portal.change_place")
    details = {"to": new.pk, "kind": kind, "on": on, "gazette_ref": gazette_ref, "cases": followed}
    record("place.succeed", old, by=by, capacity=capacity, before=old.kind, after=new.kind, details=details)
    new.refresh_from_db()
    return new


def _take_people_along(old, new):
    """Give everybody of the old office the same post in the new one; the old posts stay, for reading what was."""
    held = Membership.objects.in_force(clock.today()).filter(local_government=old)
    for post in held:
        same = {name: getattr(post, name) for name in ("user", "role", "acting", "order_no", "valid_to", "granted_by")}
        if (
            not Membership.objects.in_force(clock.today())
            .filter(user=post.user, role=post.role, local_government=new)
            .exists()
        ):
            Membership.objects.create(local_government=new, valid_from=clock.today(), **same)
    Invitation.objects.filter(local_government=old, accepted_at=None, revoked_at=None).update(local_government=new)
