"""Django's own question, `user.has_perm(permission, obj)`, answered from roles, places and conditions.

First the role, then the place, then the object's own condition. For sets the twin is
`Model.objects.visible_to(user)`, built from `scope`; a test keeps the two in agreement.

A post at a local government that came after others also reads what those left: it stands once more for each of
them (`is_inherited`), with the permissions to view alone.
"""

from copy import copy
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Q

from portal import clock
from portal.roles import Scope, roles_with, scope_of

CONDITIONS = {}
ASSIGNED = {}
OUTSIDERS = {}


@dataclass(frozen=True)
class Standing:
    """What an outsider holds in a membership's place: a role on what is their own, from no post and no order."""

    role: str
    pk: int = 0
    acting: bool = False
    order_no: str = ""
    local_government_id: None = None
    province_id: None = None
    is_inherited: bool = False


def condition(*permissions):
    """Register what these permissions also ask of the object: `function(user, obj) -> bool`."""

    def register(function):
        for permission in permissions:
            CONDITIONS.setdefault(permission, []).append(function)
        return function

    return register


def assigned(role):
    """Register who holds `role` on a case: `function(user, obj) -> bool`, for roles of scope `CASE`."""

    def register(function):
        ASSIGNED[role] = function
        return function

    return register


def outsider(role):
    """Register who holds an `Outsider` role: `function(user, obj) -> bool`; `obj` is None for “on anything at all?”."""

    def register(function):
        OUTSIDERS[role] = function
        return function

    return register


def memberships(user):
    """The memberships of `user` in force today, as a list read once per user object; inherited ones last."""
    if not user.is_authenticated or not (user.is_active or user.is_timer):
        return []
    if not hasattr(user, "_memberships"):
        held = list(
            user.memberships.filter(revoked_at=None, is_confirmed=True).select_related("local_government", "province")
        )
        user._memberships = [*held, *_inherited(held)]
    today = clock.today()
    return [m for m in user._memberships if m.is_in_force(today)]


def posts(user):
    """The memberships in force that `user` was given, without the inherited ones."""
    return [m for m in memberships(user) if not m.is_inherited]


def _inherited(held):
    """These memberships once more for each local government that theirs came after."""
    wanted = {key for m in held if m.local_government_id for key in m.local_government.lineage}
    places = apps.get_model("portal.LocalGovernment").objects.in_bulk(wanted) if wanted else {}
    for membership in held:
        for key in membership.local_government.lineage if membership.local_government_id else ():
            one = copy(membership)
            one.local_government, one.is_inherited = places[key], True
            yield one


def holding(user, permission):
    """The memberships in force, and the standings, through which `user` holds `permission` somewhere."""
    roles = roles_with(permission)
    is_view = permission.partition(".")[2].startswith("view_")
    return [m for m in memberships(user) if m.role in roles and (is_view or not m.is_inherited)] + [
        Standing(role) for role in OUTSIDERS if role in roles and _stands_outside(user, role)
    ]


def _stands_outside(user, role):
    """Whether `user` holds an outsider's role on anything; asked once per user object."""
    if not (user.is_authenticated and user.is_active):
        return False
    known = user.__dict__.setdefault("_standings", {})
    if role not in known:
        known[role] = OUTSIDERS[role](user, None)
    return known[role]


def _covers(membership, user, obj):
    scope = scope_of(membership.role)
    if obj is None or scope == Scope.NATIONAL:
        return True
    if scope == Scope.CASE:
        return ASSIGNED[membership.role](user, obj)
    if scope == Scope.OWN:
        return OUTSIDERS[membership.role](user, obj)
    place = place_of(obj)
    if place is None:
        return True
    if scope == Scope.LOCAL:
        return membership.local_government_id == place.pk
    return membership.province_id == place.province_id


def place_of(obj):
    """The local government that `obj` belongs to: `obj.local_government`, the object itself, or None."""
    if hasattr(obj, "local_government"):
        return obj.local_government
    return obj if obj._meta.label == "portal.LocalGovernment" else None


def capacity(user, permission, obj=None):
    """The membership through which `user` holds `permission` on `obj`, or None.

    Permanent posts come before acting ones, so that a document names the first capacity.
    """
    held = [m for m in holding(user, permission) if _covers(m, user, obj)]
    if not held or (obj is not None and not all(ask(user, obj) for ask in CONDITIONS.get(permission, ()))):
        return None
    return min(held, key=lambda m: (m.acting, m.pk))


def scope(user, permission, place="local_government"):
    """A `Q` for the rows on which `user` holds `permission` by place; `place` is the path to the local government.

    Roles tied to single cases, and outsiders, add their own part in the queryset.
    """
    wanted = Q(pk__in=[])
    for membership in holding(user, permission):
        match scope_of(membership.role):
            case Scope.NATIONAL:
                return Q()
            case Scope.LOCAL:
                wanted |= Q(**{place: membership.local_government_id})
            case Scope.PROVINCE:
                wanted |= Q(**{f"{place}__province": membership.province_id})
    return wanted


class RoleBackend:
    """Answers `has_perm` for every permission of the portal."""

    def authenticate(self, request, **credentials):
        return None

    def has_perm(self, user, permission, obj=None):
        return capacity(user, permission, obj) is not None

    def has_module_perms(self, user, app_label):
        return any(m for m in memberships(user))
