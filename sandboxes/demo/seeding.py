"""Making the sandbox's part of the demonstration, with the people that are already there."""

from collections import Counter
from itertools import cycle

from django.contrib.auth.hashers import make_password
from django.db import transaction

from portal import clock
from portal.models import LocalGovernment, Membership, User
from portal.pages import DEMO_PASSWORD
from portal.roles import Role
from portal.timetable import Timetable
from sandboxes.demo.content import IDEAS
from sandboxes.demo.stories import story
from sandboxes.models import Pilot, PilotSeries
from sandboxes.reference import load_reference_data

# Each fate with the idea that it happens to; `MAIN` and `SECOND` are the two offices one can sign in to.
CAST = [
    ("concept", "elder"), ("live", "flood"), ("before_readiness", "drone"), ("scaled", "light"), ("harmful", "traffic"),
    ("before_plan_gate", "solar"), ("exit_review", "elder"),
    ("applied", "waste"), ("screening", "drone"), ("one_agency", "solar"), ("returned", "flood"), ("rejected", "waste"),
    ("withdrawn", "traffic"), ("design", "elder"), ("approved", "bus"), ("ready", "flood"), ("live_short", "waste"),
    ("waiver_near", "drone"), ("paused_by_waiver", "solar"), ("paused_by_incident", "bus"), ("scaled", "flood"),
    ("stopped", "traffic"), ("terminated", "bus"),
]  # fmt: skip
OF_MAIN, OF_SECOND = 5, 7


class People:
    """The demonstration's people by user name, and the offices that have an officer and an executive."""

    def __init__(self):
        self.known = {}
        held = Membership.objects.filter(role__in=[Role.LOCAL_OFFICER, Role.LOCAL_EXECUTIVE]).select_related("user")
        self.posts = {}
        for one in held.order_by("pk"):
            self.posts.setdefault(one.local_government_id, {}).setdefault(one.role, one.user)

    def __getitem__(self, username):
        if username not in self.known:
            self.known[username] = User.objects.get(username=username)
        return self.known[username]

    def officer(self, place):
        return self.posts[place.pk][Role.LOCAL_OFFICER]

    def executive(self, place):
        return self.posts[place.pk][Role.LOCAL_EXECUTIVE]

    def places(self):
        """The two offices one can sign in to, then others, as a list."""
        first = [self["local_officer"], self["local_officer_2"]]
        mine = [user.memberships.get(role=Role.LOCAL_OFFICER).local_government_id for user in first]
        whole = [pk for pk, posts in self.posts.items() if len(posts) == 2 and pk not in mine]
        found = LocalGovernment.objects.select_related("province", "district").in_bulk([*mine, *whole[:12]])
        return [found[pk] for pk in [*mine, *whole[:12]]]


def seed(say):
    """Make the partner and the pilots as of now; gives what no demo person owns."""
    load_reference_data()
    people, now = People(), clock.now()
    with transaction.atomic():
        make_partner()
        main, second, *others = people.places()
        turn, timetable = cycle(others or [second]), Timetable(now)
        for number, (fate, idea) in enumerate(CAST):
            place = main if number < OF_MAIN else second if number < OF_SECOND else next(turn)
            timetable.add(story(fate, IDEAS[idea], place, people, now))
        timetable.play()
    states = Counter(Pilot.objects.values_list("state", flat=True))
    say(f"{states.total()} sandbox pilots in {len(states)} states")
    return [*Pilot.objects.all(), *PilotSeries.objects.all()]


def make_partner():
    """The representative of a partner, who holds no post."""
    return User.objects.create(
        username="pilot_partner",
        first_name="ปรีชา",
        last_name="วิจัยพัฒน์",
        title="นักวิจัย",
        phone="0 2000 0900",
        password=make_password(DEMO_PASSWORD),
    )
