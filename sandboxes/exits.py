"""What follows when a pilot ends: the closing checklist, and the two-page report in plain Thai."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from sandboxes.models import ClosingItem, Pilot
from sandboxes.states import PilotState

REVIEW_DAYS, DISCLOSURE = 60, "exit_data_disclosed"
S = PilotState


@dataclass(frozen=True)
class Item:
    """Something to be done within `days` of the end, when the pilot ended in one of `states`."""

    label: str
    days: int
    states: frozenset


CLOSING = {
    "citizens_told": Item(L("Residents and users were told how it ended"), 15,
                          frozenset({S.SCALED, S.STOPPED, S.TERMINATED})),
    "data_deleted": Item(L("Personal data were deleted, or handed over as the plan says"), 30,
                         frozenset({S.STOPPED, S.TERMINATED})),
    "equipment_returned": Item(L("Equipment was taken down and returned"), 60, frozenset({S.STOPPED, S.TERMINATED})),
    "authorities_told": Item(L("The authorities whose rules were relaxed were told"), 15,
                             frozenset({S.SCALED, S.STOPPED, S.TERMINATED})),
    DISCLOSURE: Item(L("Data and prices of the trial were laid open for an ordinary procurement"), 30,
                                frozenset({S.SCALED})),
    "report_published": Item(L("The public report in plain words is complete"), 30,
                             frozenset({S.SCALED, S.STOPPED, S.TERMINATED})),
}  # fmt: skip


def open_checklist(pilot):
    """The closing items that belong to how the pilot ended; made once."""
    today = clock.today()
    return [
        ClosingItem.objects.get_or_create(
            pilot=pilot, code=code, defaults={"due_on": today + timedelta(days=item.days)}
        )[0]
        for code, item in CLOSING.items()
        if pilot.state in item.states
    ]


def finish_item(item, *, by, note, file=None):
    """Record that a closing item was done, and how. The report's item asks for the report."""
    capacity = access.capacity(by, "sandboxes.close_pilot", item)
    if capacity is None:
        raise PermissionDenied(_("The local government closes its pilot."))
    pilot = item.pilot
    if item.code == "report_published" and not (pilot.exit_summary and pilot.exit_lessons):
        raise Refused(_("Write the report first: what came of it, and what was learnt."), code="report_missing")
    with transaction.atomic():
        stored = files.store(file, by=by) if file else None
        open_one = ClosingItem.objects.filter(pk=item.pk, done_on=None)
        if not open_one.update(done_on=clock.today(), note=note, done_by=by, file=stored):
            raise Refused(_("This was already done."), code="already_done")
        Pilot.objects.filter(pk=item.pilot_id).update(version=F("version") + 1)
        record("pilot.close_item", item, by=by, capacity=capacity, details={"code": item.code})
    item.refresh_from_db()
    return item


def verdicts(pilot):
    """How each indicator ended: `[{"indicator", "reading" or None, "verdict"}]`; verdict is a word for people."""
    found = []
    for indicator in pilot.indicators.prefetch_related("readings"):
        reading = indicator.latest()
        found.append({"indicator": indicator, "reading": reading, "verdict": verdict_of(indicator, reading)})
    return found


def verdict_of(indicator, reading):
    """`reached`, `better`, `missed`, `harmful` or `unmeasured`."""
    if reading is None:
        return "unmeasured"
    if indicator.is_beyond_stop(reading.value):
        return "harmful"
    if indicator.reaches_target(reading.value):
        return "reached"
    better = indicator.baseline is not None and indicator.is_worse(indicator.baseline, reading.value)
    return "better" if better else "missed"


VERDICTS = {
    "reached": L("Target reached"),
    "better": L("Better than before, target missed"),
    "missed": L("No better than before"),
    "harmful": L("Beyond the stop threshold"),
    "unmeasured": L("Not measured"),
}


def proposal_of(pilot):
    """What a budget proposal may take over from a pilot that was scaled up, for the hook `proposal_from_pilot`.

    The measured values become its baselines; targets are the office's to set. It promises nobody a contract.
    """
    return {
        "title_th": pilot.title_th,
        "title_en": pilot.title_en,
        "primary_dimension": pilot.dimension,
        "rationale": "\n\n".join(filter(None, [pilot.problem, pilot.exit_summary, pilot.exit_lessons])),
        "subdistricts": list(pilot.subdistricts.all()),
        "personal_data_processed": pilot.personal_data,
        "personal_data_note": pilot.personal_data_note,
        "reference": pilot.number,
        "kpis": [
            {
                "name_th": one["indicator"].name_th,
                "unit": one["indicator"].unit,
                "direction": one["indicator"].direction,
                "baseline": one["reading"].value,
                "baseline_on": one["reading"].on,
            }
            for one in verdicts(pilot)
            if one["reading"]
        ],
    }
