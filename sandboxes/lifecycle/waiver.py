"""Waiver: asked of the authority that owns the rule, recorded as its instrument, ended by its date or its owner."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock, files
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from sandboxes import notices
from sandboxes.lifecycle.pilot import catch_up, weigh
from sandboxes.states import WaiverState
from sandboxes.step_forms import EndWaiverForm, GrantForm

S = WaiverState


def has_run_out(waiver, *, by):
    if waiver.ends_at > clock.now():
        raise Refused(_("There is still time."), code="too_early", state=waiver.state)


def stop_what_stopped(waiver, *, by, **_details):
    """Record what ran out before the new instrument counts, so that it cannot wake a pilot that had to pause."""
    catch_up(waiver.pilot)


def keep_instrument(waiver, *, by, file=None, **fields):
    fields.pop("note", None)
    for name, value in fields.items():
        setattr(waiver, name, value)
    if file:
        waiver.file = files.store(file, by=by, only={"pdf"})
    waiver.derive()


def keep_reason(waiver, *, by, reason, instrument_no="", **_details):
    waiver.ended_reason = " · ".join(filter(None, [instrument_no, reason]))


def weigh_the_pilot(waiver, *, by, **_details):
    weigh(waiver.pilot)


def shown(waiver, by):
    return waiver.state if getattr(by, "is_timer", False) else waiver.state_now


def step(name, label, source, target, **kwargs):
    permission = kwargs.pop("permission", "record")
    return Step(name, label, frozenset({source}), target, f"sandboxes.{permission}_waiver", **kwargs)


WAIVER = Lifecycle(
    "waiver",
    S,
    [
        step("grant", L("Record the instrument"), S.REQUESTED, S.IN_FORCE,
             effects=[stop_what_stopped, keep_instrument], after=[weigh_the_pilot, notices.waiver_granted],
             form=GrantForm, hint=L("The authority that owns the rule grants it; here its instrument is recorded.")),
        step("refuse", L("Record the refusal"), S.REQUESTED, S.REFUSED, effects=[keep_reason],
             after=[notices.waiver_refused], form=EndWaiverForm),
        step("expire", L("Expire"), S.IN_FORCE, S.EXPIRED, permission="expire", guards=[has_run_out],
             after=[notices.waiver_expired, weigh_the_pilot]),
        step("revoke", L("Record the revocation"), S.IN_FORCE, S.REVOKED, effects=[keep_reason],
             after=[notices.waiver_revoked, weigh_the_pilot], form=EndWaiverForm, danger=True),
    ],
    start=S.REQUESTED,
    ends=frozenset({S.REFUSED, S.EXPIRED, S.REVOKED}),
    shown=shown,
)  # fmt: skip
