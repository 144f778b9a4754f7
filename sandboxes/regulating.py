"""Rules that stand in the way: raised, answered, dropped, and waivers asked for."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from sandboxes.lifecycle.pilot import weigh
from sandboxes.models import Pilot, RegulatoryIssue, Waiver
from sandboxes.states import ENDS, NEEDS_WAIVER


def _capacity(pilot, by, permission="sandboxes.raise_issue"):
    capacity = access.capacity(by, permission, pilot)
    if capacity is None:
        raise PermissionDenied(_("This is not for your role or place."))
    if pilot.state_now in ENDS:
        raise Refused(_("The pilot has ended."), code="wrong_state", state=pilot.state_now)
    return capacity


def raise_issue(pilot, *, by, **fields):
    """The new issue. One that needs a waiver pauses a live pilot until there is one."""
    capacity = _capacity(pilot, by)
    with transaction.atomic():
        issue = RegulatoryIssue(pilot=pilot, raised_by=by, **fields)
        issue.full_clean()
        issue.save()
        details = {"law": issue.law, "authority": issue.authority.code, "remedy": issue.remedy}
        record("pilot.raise_issue", issue, by=by, capacity=capacity, details=details)
        weigh(pilot)
    return issue


def change_issue(issue, *, by, **fields):
    """Write an issue's remedy, its authority's answer or its words; the pilot is weighed anew."""
    capacity = _capacity(issue.pilot, by, "sandboxes.settle_issue")
    with transaction.atomic():
        for name, value in fields.items():
            setattr(issue, name, value)
        issue.full_clean()
        issue.save()
        record("pilot.change_issue", issue, by=by, capacity=capacity, details={"fields": sorted(fields)})
        weigh(issue.pilot)
    return issue


def drop_issue(issue, *, by, reason):
    """Take an issue off that turned out to be none; it stays on record."""
    capacity = _capacity(issue.pilot, by, "sandboxes.settle_issue")
    with transaction.atomic():
        if not RegulatoryIssue.objects.filter(pk=issue.pk, dropped_at=None).update(dropped_at=clock.now()):
            raise Refused(_("This was already done."), code="already_done")
        record("pilot.drop_issue", issue, by=by, capacity=capacity, details={"reason": reason})
        weigh(issue.pilot)
    issue.refresh_from_db()
    return issue


def check_rules(pilot, *, by):
    """Record that it was checked which rules stand in the way (within ten working days of taking the case)."""
    capacity = _capacity(pilot, by, "sandboxes.settle_issue")
    with transaction.atomic():
        Pilot.objects.filter(pk=pilot.pk, rules_checked_at=None).update(rules_checked_at=clock.now())
        record("pilot.check_rules", pilot, by=by, capacity=capacity)
        return weigh(pilot)


def request_waiver(issue, *, by, requested_on, request_no=""):
    """The new waiver, asked of the authority that owns the rule; silence is no consent."""
    capacity = _capacity(issue.pilot, by)
    if issue.remedy not in NEEDS_WAIVER or issue.dropped_at:
        raise Refused(_("This rule needs no waiver."), code="no_waiver_needed", state=issue.pilot.state_now)
    with transaction.atomic():
        waiver = Waiver(
            pilot=issue.pilot, issue=issue, requested_on=requested_on, request_no=request_no, requested_by=by
        )
        waiver.full_clean()
        waiver.save()
        record("waiver.request", waiver, by=by, capacity=capacity, after=waiver.state)
        weigh(issue.pilot)
    return waiver
