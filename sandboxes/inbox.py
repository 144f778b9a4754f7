"""Everything of the sandbox that waits for one person, computed from states and roles."""

from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import access, clock
from portal.models import Membership
from portal.registry import Task
from portal.roles import Outsider, roles_with
from providers import seams
from sandboxes import evidence, exits, reporting
from sandboxes.models import (
    BaselineChange,
    ClosingItem,
    Condition,
    Endorsement,
    Feedback,
    Gate,
    Incident,
    Indicator,
    Partner,
    Pilot,
    SafeguardReview,
    Waiver,
)
from sandboxes.models.pilot import end_of
from sandboxes.rules import agency_of
from sandboxes.states import DAYS_OF, ENDS, IncidentState, PilotState, WaiverState

AREA = "sandboxes"
LISTED, LOOKED_AT = 20, 100
WAIVER_DAYS, CONDITION_DAYS = 60, 30
S = PilotState
OPEN_GATE = Gate.objects.filter(pilot=OuterRef("pk"), closed_at=None)


def tasks_of(user):
    """The `Task`s of `user` in the sandbox; the queries grow with the pilots by the hundred at most."""
    if not access.holding(user, "sandboxes.view_pilot") and not access.holding(user, "sandboxes.endorse_pilot"):
        return []
    return [task for source in SOURCES for task in source(user)]


def _mine(user, permission):
    """The pilots on which `user` holds `permission`, or None where they hold it on none."""
    held = access.holding(user, permission)
    if not held:
        return None
    wanted = access.scope(user, permission)
    if any(one.role == Outsider.PILOT_PARTNER for one in held):
        wanted |= _partnerships(user)
    return Pilot.objects.filter(wanted)


def _looked_after(user, permission):
    """As `_mine`; of a case officer those in their care, and those in the care of nobody who holds the role today."""
    pilots = _mine(user, permission)
    if pilots is None or not access.holding(user, "sandboxes.follow_pilot"):
        return pilots
    today = Membership.objects.in_force(clock.today())
    on_duty = today.filter(user=OuterRef("officer"), role__in=roles_with("sandboxes.follow_pilot"))
    return pilots.filter(Q(officer=user) | ~Exists(on_duty))


def _partnerships(user):
    return Q(Exists(Partner.objects.filter(pilot=OuterRef("pk"), representative=user, left_on=None)))


def _task(pilot, verb, since, *, until=None, url="", detail=""):
    return Task(
        area=AREA,
        title=pilot.title,
        url=url or pilot.get_absolute_url(),
        verb=str(verb),
        since=since,
        until=until,
        case_number=pilot.number,
        detail=detail or str(pilot.local_government),
    )


def _tab(pilot, name):
    return reverse("sandboxes:tab", args=[pilot.pk, name])


def _some(rows):
    return rows[:LISTED]


def _in(states, pilots):
    pilots = pilots.filter(state__in=states).select_related("local_government__district")
    return _some(pilots.order_by("state_since", "pk"))


def to_write(user):
    """Concepts to finish, and what was returned."""
    pilots = _mine(user, "sandboxes.change_pilot")
    if pilots is None:
        return
    for one in _in([S.CONCEPT], pilots):
        verb = _("Mend the pilot") if one.return_reason else _("Finish the concept")
        yield _task(one, verb, one.state_since, until=end_of(one.return_due_on))
    for one, turn in _before_gates(pilots):
        mine = [lack for lack in turn.lacks if lack.who == evidence.OFFICE]
        if mine:
            verb = ngettext(
                "Supply %(n)s thing that the gate wants", "Supply %(n)s things that the gate wants", len(mine)
            ) % {"n": len(mine)}
            yield _task(one, verb, one.state_since, until=end_of(one.return_due_on), url=_tab(one, "gates"),
                        detail=str(turn.gate))  # fmt: skip


def _before_gates(pilots):
    """Pilots that stand before a gate with their `Turn`, the longest there first, fetched as far as they are asked for.

    Many gates wait for others than the reader, so that one batch need not hold what the reader is to do.
    """
    waiting = pilots.filter(Exists(OPEN_GATE)).order_by("state_since", "pk")
    keys = list(waiting.values_list("pk", flat=True))
    for first in range(0, len(keys), LOOKED_AT):
        batch = Pilot.objects.filter(pk__in=keys[first : first + LOOKED_AT])
        for one in batch.with_evidence().order_by("state_since", "pk"):
            turn = evidence.turn_of(one)
            if turn.gate:
                yield one, turn


def to_sign(user):
    """What the executive signs."""
    pilots = _mine(user, "sandboxes.apply_pilot")
    if pilots is None:
        return
    for one in _in([S.READY], pilots.filter(starts_on__lte=clock.today())):
        yield _task(one, _("Go live"), one.state_since)


def to_endorse(user):
    for one in _some(
        Endorsement.objects.visible_to(user)
        .unanswered()
        .select_related("pilot__local_government__district")
        .order_by("asked_at", "pk")
    ):
        url = reverse("sandboxes:endorsement", args=[one.pk])
        yield _task(one.pilot, _("Endorse, or not"), one.asked_at, url=url)


def to_screen(user):
    """New pilots, and those that the case officer looks after."""
    pilots = _mine(user, "sandboxes.screen_pilot")
    if pilots is None:
        return
    for one in _in([S.APPLIED], pilots):
        yield _task(one, _("Take the case"), one.state_since)
    for one in _in([S.SCREENING], pilots.filter(officer=user)):
        if one.rules_checked_at is None:
            yield _task(one, _("Check which rules stand in the way"), one.state_since,
                        until=one.state_since + timedelta(days=14), url=_tab(one, "rules"))  # fmt: skip


def to_decide(user):
    """Gates that wait for the agency of `user`."""
    pilots, agency = _mine(user, "sandboxes.decide_pilot"), agency_of(user)
    if pilots is None or not agency:
        return
    open_to_me = pilots.exclude(conflicts__person=user)
    ready = ((one, turn) for one, turn in _before_gates(open_to_me) if agency in turn.agencies)
    for one, _turn in islice(ready, LISTED):
        until = one.state_since + timedelta(days=exits.REVIEW_DAYS) if one.state == S.EXIT_REVIEW else None
        yield _task(one, _("Decide for your agency"), one.state_since, until=until, url=_tab(one, "gates"))


def to_follow(user):
    """The case officer's day: waivers that end, reviews, baselines, exits."""
    pilots = _looked_after(user, "sandboxes.follow_pilot")
    if pilots is None:
        return
    moment = clock.now()
    ending = Waiver.objects.filter(
        state=WaiverState.IN_FORCE, ends_at__gt=moment, ends_at__lte=moment + timedelta(days=WAIVER_DAYS),
        pilot__in=pilots.filter(state__in=[S.LIVE, S.PAUSED]),
    ).select_related("pilot__local_government__district")  # fmt: skip
    for one in _some(ending.order_by("ends_at", "pk")):
        yield _task(one.pilot, _("A waiver ends"), one.ends_at - timedelta(days=WAIVER_DAYS), until=one.ends_at,
                    url=one.get_absolute_url(), detail=one.instrument_no)  # fmt: skip
    reviews = SafeguardReview.objects.filter(concluded_at=None, pilot__in=pilots).select_related(
        "pilot__local_government__district"
    )
    for one in _some(reviews.order_by("opened_at", "pk")):
        yield _task(one.pilot, _("Conclude the safeguards review"), one.opened_at, url=_tab(one.pilot, "indicators"))
    changes = BaselineChange.objects.filter(decided_at=None, indicator__pilot__in=pilots).select_related(
        "indicator__pilot__local_government__district"
    )
    for one in _some(changes.order_by("proposed_at", "pk")):
        yield _task(one.pilot, _("Decide on the baseline"), one.proposed_at, url=_tab(one.pilot, "indicators"))
    paused = pilots.filter(state=S.PAUSED).select_related("local_government__district")
    for one in _some(paused.order_by("state_since", "pk")):
        yield _task(one, _("Paused: resume it or end it"), one.state_since)


def incidents(user):
    """Clocks that run on incidents of one's own pilots, and what is to be closed."""
    pilots = _looked_after(user, "sandboxes.work_incident")
    if pilots is None:
        return
    open_ones = Incident.objects.still_open().filter(pilot__in=pilots)
    open_ones = open_ones.select_related("pilot__local_government__district").prefetch_related("reports", "tellings")
    for one in _some(open_ones.order_by("aware_at", "pk")):
        running = [clock_ for clock_ in reporting.clocks_of(one) if clock_.is_running]
        if running:
            yield _task(one.pilot, running[0].label, one.aware_at, until=running[0].due_at,
                        url=one.get_absolute_url(), detail=one.get_severity_display())  # fmt: skip
        elif one.state == IncidentState.RESOLVED and access.holding(user, "sandboxes.close_incident"):
            yield _task(one.pilot, _("Close the incident"), one.resolved_at, url=one.get_absolute_url())


def readings(user):
    """Indicators that are due to be measured again."""
    pilots = _mine(user, "sandboxes.record_reading")
    if pilots is None:
        return
    rows = Indicator.objects.filter(pilot__in=pilots, pilot__state=S.LIVE).select_related(
        "pilot__local_government__district"
    )
    for one in _some(rows.annotate(last_on=Max("readings__on")).order_by("pk")):
        last = one.last_on or one.pilot.first_day
        due = last + timedelta(days=DAYS_OF[one.frequency])
        if due <= clock.today() + timedelta(days=7):
            since = datetime.combine(last, datetime.min.time(), tzinfo=clock.BANGKOK)
            yield _task(one.pilot, _("Record a reading"), since, until=end_of(due), detail=str(one),
                        url=_tab(one.pilot, "indicators"))  # fmt: skip


def conditions(user):
    """Conditions that the office has to meet and report, and reports that a case officer has to look at."""
    mine, followed = _mine(user, "sandboxes.change_pilot"), _looked_after(user, "sandboxes.follow_pilot")
    if mine is not None:
        soon = clock.today() + timedelta(days=CONDITION_DAYS)
        due = Condition.objects.to_be_reported().filter(due_on__lte=soon, pilot__in=mine)
        for one in _some(due.with_place().order_by("due_on", "pk")):
            yield _condition(one, _("Meet a condition, and report it"), one.gate.closed_at)
    if followed is not None:
        reported = Condition.objects.to_be_checked().filter(pilot__in=followed)
        for one in _some(reported.with_place().order_by("reported_at", "pk")):
            yield _condition(one, _("Look at a condition reported fulfilled"), one.reported_at)


def _condition(condition, verb, since):
    return _task(condition.pilot, verb, since, until=end_of(condition.due_on), detail=condition.text[:120],
                 url=_tab(condition.pilot, "gates"))  # fmt: skip


def letters(user):
    """Citizens who wait for an answer."""
    pilots = _looked_after(user, "sandboxes.answer_feedback")
    if pilots is None:
        return
    found = Feedback.objects.unanswered().filter(pilot__in=pilots).select_related("pilot__local_government__district")
    for one in _some(found.order_by("due_on", "pk")):
        yield _task(one.pilot, _("Answer a citizen"), one.received_at, until=end_of(one.due_on),
                    url=_tab(one.pilot, "citizens"), detail=one.tracking_no)  # fmt: skip


def closing(user):
    """What is left to do for pilots that have ended."""
    pilots = _mine(user, "sandboxes.close_pilot")
    if pilots is None:
        return
    found = ClosingItem.objects.filter(done_on=None, pilot__in=pilots).select_related(
        "pilot__local_government__district"
    )
    for one in _some(found.order_by("due_on", "pk")):
        yield _task(one.pilot, _("Close the pilot"), one.pilot.ended_at, until=end_of(one.due_on),
                    url=_tab(one.pilot, "exit"), detail=one.label)  # fmt: skip


def listings(user):
    """Pilots one of whose partners stands on a listing that may no longer be chosen."""
    pilots = _mine(user, "sandboxes.change_pilot")
    if pilots is None:
        return
    gone = seams.gone(clock.today()).values("pk")
    partners = Partner.objects.filter(
        left_on=None, listing__in=gone, pilot__in=pilots.exclude(state__in=sorted(ENDS)).values("pk")
    )
    related = ("pilot__local_government__district", "listing__product", "listing__provider")
    for one in _some(partners.select_related(*related).order_by("pilot_id", "pk")):
        verb = _("A partner's product is no longer listed: look at it")
        yield _task(one.pilot, verb, seams.gone_since(one.listing), detail=str(one.listing.product))


SOURCES = (
    to_write, to_sign, to_endorse, to_screen, to_decide, to_follow, incidents, readings, conditions, letters, closing,
    listings,
)  # fmt: skip
