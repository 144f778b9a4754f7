"""What the sandbox shows on pages that belong to no app: a municipality's page, the search, the navigation."""

from django.utils.translation import gettext as _

from portal.registry import Hit, Panel
from sandboxes.models import Pilot
from sandboxes.states import ENDS

SHOWN = 8


def municipality_panel(place, user):
    """The pilots of a municipality that `user` may know of."""
    pilots = Pilot.objects.visible_to(user).filter(local_government=place).order_by("-pk")[:SHOWN]
    pilots = list(pilots)
    return Panel(_("Sandbox pilots"), "sandboxes/_municipality.html", {"pilots": pilots}) if pilots else None


def find(text, user, limit):
    """Pilots that `user` may know of and that fit `text`: number, title, office or subdistrict."""
    found = Pilot.objects.visible_to(user).search(text).select_related("local_government__district")
    for one in found.order_by("-pk")[:limit]:
        detail = " · ".join(filter(None, [one.number, str(one.local_government)]))
        yield Hit("sandboxes", one.title, one.get_absolute_url(), detail)


def case_of(number):
    """The pilot of a number, or None."""
    return Pilot.objects.filter(number=number).first() if number else None


def tie_of(user):
    """The pilots that go on and in which `user` acts for a partner."""
    found = Pilot.objects.filter(partners__representative=user, partners__left_on=None).exclude(state__in=ENDS)
    return [_("You act for a partner of the pilot %(pilot)s.") % {"pilot": one.title_th} for one in found.distinct()]
