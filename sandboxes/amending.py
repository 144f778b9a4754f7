"""Changes of the plan while a pilot runs: proposed by its office, decided by both agencies like the plan itself."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import plain, record
from portal.errors import Refused
from portal.models import Subdistrict
from sandboxes import area, notices
from sandboxes.lifecycle.pilot import catch_up
from sandboxes.models import Amendment, Gate, Pilot
from sandboxes.states import RUNNING, GateKind

FIELDS = (
    "test_plan", "participants", "user_cap", "area_note", "area", "subdistricts", "budget_baht", "budget_source",
    "insurance", "complaint_channel", "kill_switch", "exit_plan",
)  # fmt: skip


def propose(pilot, *, by, reason, **fields):
    """The new `Amendment` with those of `fields` (names of `FIELDS`) that differ from the plan, before its own gate.

    Raises PermissionDenied, ValidationError, and Refused (`wrong_state`, `amendment_open`, `unchanged`).
    """
    capacity = _capacity(pilot, by)
    with transaction.atomic():
        fresh = catch_up(pilot)
        if fresh.state not in RUNNING:
            raise Refused(_("A plan is amended while the pilot runs."), code="wrong_state", state=fresh.state_now)
        if fresh.open_gate():
            raise Refused(
                _("An amendment already waits for both agencies."), code="amendment_open", state=fresh.state_now
            )
        before = {name: told(fresh, name) for name in fields}
        changes = {name: _written(name, value) for name, value in fields.items()}
        changes = {name: value for name, value in changes.items() if value != before[name]}
        if not changes:
            raise Refused(_("Nothing in the plan would change."), code="unchanged", state=fresh.state_now)
        emptied = [name for name in changes if changes[name] in ("", None, []) and name != "area_note"]
        if emptied:
            raise ValidationError(dict.fromkeys(emptied, _("The plan needs this: say what it becomes.")))
        for name in set(changes) - {"subdistricts"}:
            setattr(fresh, name, fields[name])
        fresh.full_clean()
        amendment = Amendment(
            pilot=fresh, gate=Gate.objects.create(pilot=fresh, kind=GateKind.AMENDMENT), changes=changes,
            before={name: before[name] for name in changes}, reason=reason, proposed_by=by,
        )  # fmt: skip
        amendment.full_clean()
        amendment.save()
        Pilot.objects.filter(pk=fresh.pk).update(version=F("version") + 1)
        record("pilot.propose_amendment", amendment, by=by, capacity=capacity, details={"fields": sorted(changes)})
        notices.amendment_proposed(amendment)
    return amendment


def withdraw(amendment, *, by):
    """Take a proposed amendment back before it is decided."""
    capacity = _capacity(amendment.pilot, by)
    with transaction.atomic():
        gate = Gate.objects.filter(pk=amendment.gate_id, closed_at=None)
        if not gate.update(closed_at=clock.now(), outcome="withdraw"):
            raise Refused(_("This was already decided."), code="already_decided", state=amendment.pilot.state_now)
        Pilot.objects.filter(pk=amendment.pilot_id).update(version=F("version") + 1)
        record("pilot.withdraw_amendment", amendment, by=by, capacity=capacity)
    amendment.gate.refresh_from_db()
    return amendment


def _capacity(pilot, by):
    capacity = access.capacity(by, "sandboxes.change_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government amend its plan."))
    return capacity


def told(pilot, name):
    """What the plan says now in a field, in JSON's own types."""
    if name == "subdistricts":
        return sorted(pilot.subdistricts.values_list("code", flat=True))
    return plain(getattr(pilot, name))


def _written(name, value):
    if name == "subdistricts":
        return sorted(one.code for one in value)
    return plain(Pilot._meta.get_field(name).to_python(value))


def rows(amendment):
    """The changes for people: `[{"label", "before", "after", "drawing"}]`, in the plan's order."""
    return [
        {
            "label": Pilot._meta.get_field(name).verbose_name,
            "before": _shown(name, amendment.before.get(name)),
            "after": _shown(name, amendment.changes[name]),
            "drawing": area.drawn(amendment.changes[name]) if name == "area" else None,
        }
        for name in FIELDS
        if name in amendment.changes
    ]


def _shown(name, value):
    if name == "area":
        return _("%(size)s square kilometres") % {"size": f"{area.square_km(value):.2f}"} if value else ""
    if name == "subdistricts":
        return ", ".join(str(one) for one in Subdistrict.objects.filter(code__in=value or []).order_by("code"))
    return "" if value is None else value
