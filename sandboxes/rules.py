"""What a permission asks of the object itself, and who is a pilot's partner."""

from portal.access import condition, holding, memberships, outsider
from portal.roles import Outsider
from sandboxes.models import Conflict, Partner


@outsider(Outsider.PILOT_PARTNER)
def is_partner(user, obj):
    """A partner's representative holds the role on their own pilots, until the partner leaves."""
    mine = Partner.objects.filter(representative=user, left_on=None)
    if obj is None:
        return mine.exists()
    case = getattr(obj, "case", None) or obj
    return case._meta.label == "sandboxes.Pilot" and mine.filter(pilot=case).exists()


@condition("sandboxes.view_pilot")
def may_be_read(user, pilot):
    """Before it is applied for, a pilot is its own office's and its partners' affair."""
    if pilot.was_applied or getattr(user, "is_timer", False):
        return True
    own = {held.local_government_id for held in memberships(user) if held.local_government_id}
    return pilot.local_government_id in own or is_partner(user, pilot)


@condition("sandboxes.decide_pilot", "sandboxes.vote_pilot", "sandboxes.score_pilot")
def has_no_conflict(user, obj):
    case = getattr(obj, "case", None) or obj
    return not Conflict.objects.filter(pilot=case, person=user).exists()


def agency_of(user, permission="sandboxes.decide_pilot"):
    """The agency that `user` speaks for, or ""."""
    return next((held.agency for held in holding(user, permission) if getattr(held, "agency", "")), "")
