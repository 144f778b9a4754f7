"""Making the demonstration, all of it or nothing."""

from collections import Counter
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F

from budgets.demo import cast, rounds
from budgets.demo.lines import usable_lines
from budgets.demo.people import People, start_of
from budgets.models import NumberSeries, Proposal, Round
from budgets.money import totals
from budgets.reference import load_reference_data
from portal import clock
from portal.models import User
from portal.models.outbox import Notice
from portal.timetable import Timetable

UNREAD_DAYS = 10


def seed_people(say):
    """Make one person for each role and those of a second municipality; gives nothing that no demo person owns."""
    with transaction.atomic():
        people = demo_people(rounds.courses(clock.now()))
        with clock.at(people.since):
            User.objects.timer()
    say(f"{len(people.made)} people, one for each role and those of a second municipality")
    return []


def demo_people(courses):
    """The `People` whom one can sign in as, made, or found again."""
    years = {course.key: course.fiscal_year for course in courses}
    people = People(since=start_of(years["enacted"] - 3))
    people.add_demo_people()
    return people


def seed(say):
    """Make rounds, proposals and their people as of now; `say` is given a line for each thing done.

    Gives the rounds and the series of their numbers.
    """
    now = clock.now()
    with transaction.atomic():
        load_reference_data()
        courses = {course.key: course for course in rounds.courses(now)}
        people = demo_people(courses.values())
        lines, reasons = usable_lines()
        report(lines, reasons, say)
        timetable = Timetable(now)
        for course in courses.values():
            timetable.add(rounds.history(course, people))
        timetable.add(rounds.planned(courses["open"], people))
        timetable.add(newcomers(people, now))
        for story in cast.stories(courses, people, lines):
            timetable.add(story.tell())
        moments = timetable.play()
        read_old_notices(now)
        say(f"{len(people.made)} people in {len(people.offices)} offices have lived through {moments} moments")
    states = Counter(Proposal.objects.values_list("state", flat=True))
    say(f"{Round.objects.count()} rounds, {states.total()} proposals in {len(states)} states")
    check_totals()
    return [*Round.objects.all(), *NumberSeries.objects.all()]


def report(lines, reasons, say):
    say(f"Budget lines of 2565: {len(lines)} of {len(lines) + reasons.total()} can become a proposal; the others:")
    for reason, number in reasons.most_common():
        say(f"  {number:>5} {reason}")


def newcomers(people, now):
    yield now - (now - people.since) * 0.002
    people.invite_newcomers()


def read_old_notices(now):
    """What was told long ago has been read; the bell shows the last days."""
    Notice.objects.filter(created_at__lt=now - timedelta(days=UNREAD_DAYS)).update(read_at=F("created_at"))


def check_totals():
    """Raise AssertionError where the maintained sums differ from the proposals' own."""
    columns = ", ".join(totals.COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM budgets_roundtotal WHERE proposals <> 0")
        kept = sorted(cursor.fetchall())
        cursor.execute(totals.RAW_SUMS)
        if kept != sorted(tuple(row) for row in cursor.fetchall()):
            raise AssertionError("The maintained sums of the rounds differ from the sums of their proposals.")
