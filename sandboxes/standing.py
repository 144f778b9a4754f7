"""Which waivers a pilot stands on, and until when it stands."""

from sandboxes.states import NEEDS_WAIVER, WaiverState


def needed(pilot):
    """The regulatory issues that a pilot may run with only under a waiver, as a list."""
    return [one for one in pilot.issues.all() if one.dropped_at is None and one.remedy in NEEDS_WAIVER]


def covered_until(issue, moment):
    """Until when waivers in force cover `issue` without a gap from `moment` on; `moment` itself when none does."""
    waivers = [one for one in issue.waivers.all() if one.state == WaiverState.IN_FORCE]
    reached, further = None, moment
    while reached != further:
        reached = further
        further = max([reached, *(one.ends_at for one in waivers if one.starts_at <= reached < one.ends_at)])
    return reached


def until(pilot, moment):
    """The moment from which the pilot lacks a waiver, at the earliest `moment`; None when it needs none."""
    issues = pilot.issues.filter(dropped_at=None, remedy__in=NEEDS_WAIVER).prefetch_related("waivers")
    return min((covered_until(issue, moment) for issue in issues), default=None)


def lacking(pilot, moment):
    """The issues whose waiver is not in force at `moment`, as a list."""
    return [issue for issue in needed(pilot) if covered_until(issue, moment) == moment]
