"""Targets and indicators that are changed to fit an allocation: the province accepts them before the plan holds."""

import hashlib
import json
from decimal import Decimal, InvalidOperation

import rfc8785
from django.utils.translation import gettext as _

from budgets.models import Retargeting
from budgets.money import move_notices
from budgets.states import ProposalState, TargetsState
from portal import clock
from portal.errors import Refused


def promised(proposal):
    """What the project promises now: its targets and indicators, in JSON's own types."""
    return _plain(
        proposal.targets,
        proposal.kpis.order_by("position", "pk").values("name_th", "unit", "baseline", "target", "direction"),
    )


def signed(proposal):
    """What was promised in the newest signed version; None where nothing was ever signed."""
    version = proposal.latest_version()
    if version is None:
        return None
    content = json.loads(bytes(version.canonical))
    return _plain(content["targets"], content["kpis"])


def digest(promise):
    """The SHA-256 of a promise, as 64 hexadecimal digits."""
    return hashlib.sha256(rfc8785.dumps(promise)).hexdigest()


def _plain(targets, kpis):
    return {
        "targets": [
            {"description": row["description"], "quantity": _number(row.get("quantity")), "unit": row.get("unit", "")}
            for row in targets
        ],
        "kpis": [
            {
                "name_th": kpi["name_th"],
                "unit": kpi["unit"],
                "baseline": _number(kpi["baseline"]),
                "target": _number(kpi["target"]),
                "direction": kpi["direction"],
            }
            for kpi in kpis
        ],
    }


def _number(value):
    """A quantity in one spelling, so that 4 and 4.0000 are the same; a text that is no number as it is."""
    try:
        return "" if value in (None, "") else format(Decimal(str(value)).normalize(), "f")
    except InvalidOperation:
        return str(value)


def recheck(proposal):
    """Ask the province anew when a change of an allocated case touched what it promised; called within the change."""
    if proposal.state != ProposalState.ALLOCATED:
        return
    promise, before = promised(proposal), signed(proposal)
    held = Retargeting.objects.filter(proposal=proposal)
    if before is None or promise == before:
        held.delete()
        return
    answer = held.first()
    if answer is not None and answer.digest == digest(promise):
        return
    new = {"state": TargetsState.WAITING, "digest": "", "reason": "", "changed_at": clock.now()}
    Retargeting.objects.update_or_create(proposal=proposal, defaults=new)
    if answer is None or answer.state != TargetsState.WAITING:
        move_notices.targets_changed(proposal)


def standing(proposal):
    """The `Retargeting` of a case, or None while its targets are those that were signed."""
    return Retargeting.objects.filter(proposal=proposal).first()


def targets_wait(proposal, *, by):
    """A guard: there is something for the province to answer."""
    found = standing(proposal)
    if found is None or found.state != TargetsState.WAITING:
        raise Refused(_("No changed targets wait for an answer."), code="no_new_targets", state=proposal.state)


def targets_are_accepted(proposal, *, by):
    """A guard: the targets are those that were signed, or the province has accepted them."""
    found = standing(proposal)
    if found is not None and found.state != TargetsState.ACCEPTED:
        text = _("The province has not accepted the re-scoped targets yet.")
        if found.state == TargetsState.DECLINED:
            text = _("The province does not accept the re-scoped targets: %(reason)s") % {"reason": found.reason}
        raise Refused(text, code="targets_not_accepted", state=proposal.state)


def accept(proposal, *, by, note="", **_details):
    _answer(proposal, TargetsState.ACCEPTED, note, by=by)


def decline(proposal, *, by, reason, **_details):
    _answer(proposal, TargetsState.DECLINED, reason, by=by)


def _answer(proposal, state, reason, *, by):
    now = {"decided_by": by, "decided_at": clock.now()}
    Retargeting.objects.filter(proposal=proposal).update(
        state=state, digest=digest(promised(proposal)), reason=reason, **now
    )


def comparison(proposal):
    """What was promised against what is promised now, for the page: `{label, before, after, is_changed}` of each line.

    Lines are matched by their place; a line that is new or gone has an empty side.
    """
    now, before = promised(proposal), signed(proposal) or {"targets": [], "kpis": []}
    rows = []
    for part, words in (("targets", _target), ("kpis", _kpi)):
        for place in range(max(len(now[part]), len(before[part]))):
            old = before[part][place] if place < len(before[part]) else None
            new = now[part][place] if place < len(now[part]) else None
            rows.append(
                {
                    "label": _("Output target") if part == "targets" else _("Indicator"),
                    "before": words(old) if old else "",
                    "after": words(new) if new else "",
                    "is_changed": old != new,
                }
            )
    return rows


def _target(row):
    return f"{row['description']} {row['quantity']} {row['unit']}".strip()


def _kpi(row):
    return f"{row['name_th']}: {row['baseline'] or '–'} → {row['target'] or '–'} {row['unit']}".strip()
