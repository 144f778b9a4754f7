"""Readings, the alarm they may set off, and the one way to mend a baseline."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from sandboxes import notices
from sandboxes.lifecycle.pilot import PILOT, catch_up
from sandboxes.models import BaselineChange, Indicator, Pilot, Reading, SafeguardReview
from sandboxes.states import PauseCause, PilotState, ReviewOutcome

MEASURED_IN = frozenset({PilotState.LIVE, PilotState.PAUSED, PilotState.EXIT_REVIEW})
SHARE_TO_MEND = 4


def record_reading(indicator, *, by, on, value, evidence, file=None, corrects=None):
    """The new `Reading`; one beyond the stop threshold opens a safeguards review in the same transaction.

    `corrects` is the reading that it replaces, which stays on record. `file` is an upload. Raises PermissionDenied,
    Refused (`wrong_state`, `already_corrected`) or ValidationError.
    """
    pilot = indicator.pilot
    capacity = access.capacity(by, "sandboxes.record_reading", pilot)
    if capacity is None:
        raise PermissionDenied(_("Readings are recorded by the people of the pilot."))
    if pilot.state_now not in MEASURED_IN:
        raise Refused(_("Readings are recorded once the pilot is live."), code="wrong_state", state=pilot.state_now)
    with transaction.atomic():
        reading = Reading(indicator=indicator, on=on, value=value, evidence=evidence, recorded_by=by, corrects=corrects)
        _check(reading, pilot)
        reading.file = files.store(file, by=by) if file else None
        reading.full_clean()
        reading.save()
        Pilot.objects.filter(pk=pilot.pk).update(version=F("version") + 1)
        details = {"indicator": indicator.pk, "on": on, "value": value, "corrects": corrects}
        record("pilot.record_reading", reading, by=by, capacity=capacity, details=details)
        if indicator.is_beyond_stop(reading.value):
            review = SafeguardReview.objects.create(pilot=pilot, reading=reading)
            record("pilot.open_safeguards_review", review, by=by, capacity=capacity, details={"value": value})
            notices.threshold_passed(review)
    return reading


def _check(reading, pilot):
    if reading.on > clock.today():
        raise ValidationError({"on": _("A reading cannot lie in the future.")}, code="in_the_future")
    if pilot.live_at and reading.on < pilot.first_day:
        raise ValidationError({"on": _("A reading lies within the trial.")}, code="before_the_trial")
    if reading.corrects is None:
        return
    if reading.corrects.indicator_id != reading.indicator_id:
        raise ValidationError({"corrects": _("That reading is of another indicator.")}, code="other_indicator")
    if Reading.objects.filter(corrects=reading.corrects).exists():
        raise Refused(_("That reading was already corrected. Correct the newer one."), code="already_corrected")


def record_all(pilot, rows, *, by):
    """Record many readings, all or none: `rows` as keyword arguments of `record_reading` with `indicator`."""
    with transaction.atomic():
        return [record_reading(row.pop("indicator"), by=by, **row) for row in rows]


def conclude_review(review, *, by, outcome, note):
    """Conclude a safeguards review; its outcome may be to pause the pilot."""
    capacity = access.capacity(by, "sandboxes.follow_pilot", review)
    if capacity is None:
        raise PermissionDenied(_("The case officers conclude safeguards reviews."))
    with transaction.atomic():
        mine = SafeguardReview.objects.filter(pk=review.pk, concluded_at=None)
        if not mine.update(concluded_at=clock.now(), concluded_by=by, outcome=outcome, note=note):
            raise Refused(_("This review was already concluded."), code="already_concluded")
        record("pilot.conclude_safeguards_review", review, by=by, capacity=capacity, details={"outcome": outcome})
        pilot = catch_up(review.pilot)
        if outcome == ReviewOutcome.PAUSE and pilot.state == PilotState.LIVE:
            PILOT.take(pilot, "pause", by=by, cause=PauseCause.THRESHOLD, note=note)
    review.refresh_from_db()
    return review


def last_day_to_mend(pilot):
    """The last day on which a baseline may still be corrected: before a quarter of the time has passed."""
    first = pilot.first_day
    return first + timedelta(days=((pilot.ends_on - first).days + 1) // SHARE_TO_MEND - 1)


def propose_baseline(indicator, *, by, value, on, reason):
    """Propose a corrected baseline; only before a quarter of the duration has passed."""
    pilot = indicator.pilot
    capacity = access.capacity(by, "sandboxes.change_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government propose a baseline."))
    if pilot.state_now not in {PilotState.LIVE, PilotState.PAUSED}:
        raise Refused(_("A baseline is corrected while the trial runs."), code="wrong_state", state=pilot.state_now)
    _refuse_late(pilot)
    with transaction.atomic():
        change = BaselineChange(
            indicator=indicator, value=value, on=on, reason=reason, before=indicator.baseline, proposed_by=by
        )
        if on > clock.today():
            raise ValidationError({"on": _("The baseline cannot have been measured in the future.")})
        change.full_clean()
        change.save()
        record("pilot.propose_baseline", change, by=by, capacity=capacity, details={"value": value, "reason": reason})
    return change


def decide_baseline(change, *, by, is_approved):
    """Approve a proposed baseline or not; another person than who proposed it."""
    pilot = change.pilot
    capacity = access.capacity(by, "sandboxes.follow_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("The case officers decide on baselines."))
    if change.proposed_by_id == by.pk:
        raise Refused(_("Another person decides."), code="same_person")
    if is_approved:
        _refuse_late(pilot)
    with transaction.atomic():
        mine = BaselineChange.objects.filter(pk=change.pk, decided_at=None)
        if not mine.update(decided_at=clock.now(), decided_by=by, is_approved=is_approved):
            raise Refused(_("This was already decided."), code="already_decided")
        if is_approved:
            Indicator.objects.filter(pk=change.indicator_id).update(baseline=change.value, baseline_on=change.on)
        Pilot.objects.filter(pk=pilot.pk).update(version=F("version") + 1)
        record("pilot.decide_baseline", change, by=by, capacity=capacity, details={"is_approved": is_approved})
    change.refresh_from_db()
    return change


def _refuse_late(pilot):
    if clock.today() > last_day_to_mend(pilot):
        raise Refused(
            _("A baseline is corrected only before a quarter of the time has passed."),
            code="too_late",
            state=pilot.state_now,
        )


def record_users(pilot, count, *, by):
    """Keep how many use the service now; above the cap a live pilot pauses."""
    capacity = access.capacity(by, "sandboxes.record_reading", pilot)
    if capacity is None:
        raise PermissionDenied(_("Readings are recorded by the people of the pilot."))
    with transaction.atomic():
        Pilot.objects.filter(pk=pilot.pk).update(users_count=count, version=F("version") + 1)
        record("pilot.record_users", pilot, by=by, capacity=capacity, details={"count": count})
        fresh = catch_up(pilot)
        if fresh.user_cap and count > fresh.user_cap and fresh.state == PilotState.LIVE:
            note = _("%(count)s users are above the cap of %(cap)s.") % {"count": count, "cap": fresh.user_cap}
            fresh = PILOT.take(fresh, "pause", by=by, cause=PauseCause.SCOPE, note=note)
    return fresh
