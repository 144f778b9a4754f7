"""What training shows on pages that belong to no app: the first page, a municipality's page, the search, the proof."""

import re

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.models import LocalGovernment
from portal.registry import Hit, Panel
from portal.thai.digits import to_arabic
from training import coverage
from training.models import Course, Credential, Generation, Placement
from training.states import Level

SERIAL = re.compile(r"SCT-[0-9]{4}-[A-Z0-9_-]{1,12}-[0-9]{5,}")
SHOWN = 3


def open_calls(request):
    """The block of the first page: generations that take applications, soonest closing first."""
    calls = list(Generation.objects.taking_applications(clock.now()).select_related("programme").order_by("closes_at"))
    return Panel(_("Become a Smart City Ambassador"), "training/_open_calls.html", {"calls": calls}) if calls else None


def municipality_panel(place, user):
    """The people of a municipality: how many serve and are trained is public, who they are is not."""
    found = coverage.with_coverage(LocalGovernment.objects.filter(pk=place.pk), clock.today()).first()
    trained = coverage.trained_on(clock.today(), list(Level)).filter(local_government=place)
    levels = [
        (level.label, count) for level in Level if (count := sum(1 for one in trained if one.level == level.value))
    ]
    services = Placement.objects.visible_to(user).filter(local_government=place).select_related("generation")
    context = {"place": place, "found": found, "levels": levels, "services": services.order_by("-pk")[:SHOWN]}
    return Panel(_("People"), "training/_municipality.html", context)


def find(text, user, limit):
    """Courses and generations that fit `text`, and a certificate by its number."""
    named = Q(name_th__icontains=text) | Q(name_en__icontains=text)
    for course in Course.objects.visible_to(user).filter(named | Q(code__iexact=text)).order_by("pk")[:limit]:
        yield Hit("training", course.name, course.get_absolute_url(), course.get_level_display())
    for generation in Generation.objects.filter(named).select_related("programme").order_by("-number")[:limit]:
        yield Hit("training", str(generation), generation.get_absolute_url(), generation.get_state_display())
    serial = to_arabic(text).strip().upper()
    for credential in Credential.objects.visible_to(user).filter(serial=serial):
        yield Hit("training", credential.serial, credential.get_absolute_url(), credential.title)


def proof(text):
    """The page that proves a certificate, from its number."""
    number = to_arabic(text.partition(" ")[0]).upper()
    return reverse("training:verify", args=[number]) if SERIAL.fullmatch(number) else None
