"""Pilots whose partners stand on the account of providers: told when a listing changes, shown as its uses."""

from django.utils.translation import gettext as _

from portal import clock
from portal.models import Membership
from providers import seams
from sandboxes.models import Partner
from sandboxes.states import ENDS, RUNNING


def _partners_on(**chosen):
    found = Partner.objects.filter(left_on=None, **chosen)
    return found.select_related("pilot__local_government").order_by("pilot_id", "pk")


@seams.dependants
def pilots_on(listing):
    """The pilots under way one of whose partners stands on `listing`, with the people of their offices."""
    pilots = {one.pilot_id: one.pilot for one in _partners_on(listing=listing).exclude(pilot__state__in=ENDS)}
    held = Membership.objects.in_force(clock.today()).filter(
        local_government__in={one.local_government_id for one in pilots.values()}, role="local_officer",
        user__is_active=True,
    )  # fmt: skip
    people = {}
    for one in held.select_related("user"):
        people.setdefault(one.local_government_id, []).append(one.user)
    return [
        seams.Dependant(
            kind=_("Sandbox pilot"),
            title=one.title,
            url=one.get_absolute_url(),
            local_government=one.local_government,
            state=one.state_now.label,
            people=tuple(people.get(one.local_government_id, ())),
        )
        for one in pilots.values()
    ]


@seams.uses
def public_uses(listings):
    """The pilots on trial whose partners stand on any of `listings`: what anybody may know of them."""
    running = _partners_on(listing__in=listings, pilot__state__in=RUNNING)
    return [
        seams.Use(
            listing=one.listing_id,
            local_government=one.pilot.local_government,
            title=one.pilot.title,
            url=one.pilot.get_absolute_url(),
        )
        for one in running
    ]
