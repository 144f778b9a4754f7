"""What training says when somebody closes their account: who still serves stays, everything else is erased."""

from django.utils.translation import gettext as _

from training import privacy
from training.models import Learner, Placement
from training.states import OCCUPIES


def ties(user):
    """The services in which somebody serves or mentors."""
    own = Placement.objects.filter(ambassador=user, state__in=OCCUPIES).select_related("local_government__district")
    led = Placement.objects.filter(mentor=user, state__in=OCCUPIES).select_related("local_government__district")
    texts = [_("You serve at %(place)s.") % {"place": one.local_government.display_name} for one in own]
    return texts + [_("You are the mentor at %(place)s.") % {"place": one.local_government.display_name} for one in led]


def erase(user):
    """Erase every application and the learning record of `user`."""
    for application in user.applications.filter(anonymised_at=None).order_by("pk"):
        privacy.erase(application, by=user)
    if Learner.objects.filter(user=user).exists():
        privacy.erase_learning(by=user)


def is_paid_for(user):
    """Whether a service was paid to `user` that the rule has not forgotten yet."""
    return Placement.objects.filter(ambassador=user).exists()
