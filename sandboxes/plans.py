"""The test plan in versions: each laid before the gate as it stood, frozen and hashed."""

import hashlib
import json

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import plain, record
from portal.errors import Refused
from portal.models import Subdistrict
from sandboxes.models import Amendment, PlanVersion
from sandboxes.states import PilotState

FIELDS = (
    "test_plan", "user_cap", "starts_on", "ends_on", "budget_baht", "budget_source", "participants", "area_note",
    "kill_switch", "exit_plan", "personal_data", "has_public_devices",
)  # fmt: skip
OF_INDICATOR = ("name_th", "unit", "direction", "baseline", "baseline_on", "target", "stop_threshold", "frequency")


def content_of(pilot):
    """What the plan says now, in JSON's own types."""
    found = {name: plain(getattr(pilot, name)) for name in FIELDS}
    found["subdistricts"] = sorted(one.code for one in pilot.subdistricts.all())
    found["indicators"] = [
        {name: _figure(getattr(one, name)) for name in OF_INDICATOR} for one in pilot.indicators.all()
    ]
    return found


def _figure(value):
    return format(value.normalize(), "f") if hasattr(value, "normalize") else plain(value)


def digest(content):
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def is_submitted(pilot):
    """Whether the newest version says what the plan says now, and was laid before the gate since it was returned."""
    if pilot.return_reason:
        return False
    latest = max(pilot.plans.all(), key=lambda one: one.number, default=None)
    return latest is not None and latest.sha256 == digest(content_of(pilot))


def submit(pilot, *, by):
    """The new `PlanVersion` of what the plan says now; decisions on an older one give way.

    Raises PermissionDenied, and Refused outside screening and design or when nothing has changed.
    """
    capacity = access.capacity(by, "sandboxes.change_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government may lay its plan before the gate."))
    if pilot.state not in {PilotState.SCREENING, PilotState.DESIGN}:
        raise Refused(
            _("A plan is laid before the gate during screening and design."), code="wrong_state", state=pilot.state
        )
    if is_submitted(pilot):
        raise Refused(_("This version of the plan was already submitted."), code="unchanged", state=pilot.state)
    with transaction.atomic():
        version = freeze(pilot, by=by)
        type(pilot).objects.filter(pk=pilot.pk).update(return_reason="", return_due_on=None)
        gate = pilot.open_gate()
        if gate:
            gate.decisions.filter(replaced_at=None).update(replaced_at=clock.now())
        record("pilot.submit_plan", pilot, by=by, capacity=capacity, details={"number": version.number})
    return version


def freeze(pilot, *, by):
    """The new `PlanVersion` of what the plan says now."""
    content = content_of(pilot)
    number = (pilot.plans.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    return PlanVersion.objects.create(
        pilot=pilot, number=number, content=content, sha256=digest(content), submitted_by=by
    )


def amend(pilot, amendment):
    """Write an amendment that both agencies have approved into the plan; its new `PlanVersion`."""
    for name, value in amendment.changes.items():
        if name == "subdistricts":
            pilot.subdistricts.set(Subdistrict.objects.filter(code__in=value))
        else:
            setattr(pilot, name, type(pilot)._meta.get_field(name).to_python(value))
    pilot.full_clean()
    pilot.save()
    Amendment.objects.filter(pk=amendment.pk).update(applied_at=clock.now())
    return freeze(pilot, by=amendment.proposed_by)
