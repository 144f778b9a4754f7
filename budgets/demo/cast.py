"""Who asks for what in which round, and how it ends: the list of the demonstration's stories."""

from collections import Counter, defaultdict
from itertools import count

from budgets.demo.content import adapted, invented
from budgets.demo.people import place_with
from budgets.demo.stories import Story
from portal.models import LocalGovernment
from portal.states import LocalGovernmentKind as Kind

# (round, fate, days of waiting since the last step) of the two offices that one can sign in to.
MAIN_CASES = [
    ("finished", "completed", 0),
    ("enacted", "report_begun", 2),
    ("enacted", "report_written", 3),
    ("enacted", "allocated", 5),
    ("deliberating", "scored", 0),
    ("open", "outlined", 1),
    ("open", "returned", 2),
    ("open", "pending", 1),
    ("open", "verified", 1),
    ("open", "signed_on_paper", 4),
]
SECOND_CASES = [
    ("enacted", "report_begun", 3),
    ("enacted", "allocated", 6),
    ("open", "outlined", 2),
    ("open", "pending", 2),
    ("open", "verified", 3),
    ("open", "assigned", 6),
]
# Neighbours whose cases wait for the two provincial offices.
NEIGHBOURS = [
    ("05810801", "open", "submitted", 2),
    ("06810104", "open", "checked", 1),
    ("05810401", "open", "screen_out_proposed", 1),
    ("05810303", "enacted", "report_sent", 3),
    ("05810201", "open", "assigned", 4),
    ("05560107", "open", "submitted", 3),
    ("05560202", "enacted", "report_sent", 4),
]
ELSEWHERE = ["57", "52", "30", "34", "47", "70", "76", "84", "93", "44", "65", "21", "43", "62"]

FATES = {
    "finished": """
        completed completed completed completed terminated not_allocated not_recommended screened_out withdrawn
        lapsed_draft discarded
    """,
    "enacted": """
        report_accepted report_sent report_returned report_reopened reversed
        revised_allocation confirmed allocated allocated_in_part proposed proposed_in_part in_request
        reserve declined_allocation not_allocated left_out not_recommended appeal_dismissed appeal_upheld
        withdrawn completed terminated retargeted retargeted_and_accepted transferred
        transfer_proposed carried_over carry_over_asked
    """,
    "announced": "recommended recommended_in_part in_request left_out appealed screening_appealed",
    "deliberating": """
        scored scored scored_by_three scored_after_conflict recommended recommended_in_part not_recommended
    """,
    "open": """
        draft declined submitted submitted in_screening in_screening returned revised lapsed reinstated screened_out
        unassigned unassigned assigned assigned half_reviewed half_reviewed apart reviewed conflicted returned_in_review
        revised_in_review withdrawn discarded
    """,
}
MOST_OF_A_THEME = {"waste_energy": 16, "traffic": 14}
MOST_OF_AN_OFFICE = 3


def stories(courses, people, lines):
    """All stories, in no particular order of time."""
    numbers, projects, priorities = count(1), count(), defaultdict(lambda: count(1))

    def story(place, round, fate, project, waits):
        course = courses[round]
        office, priority = people.office(place), next(priorities[round, place.pk])
        return Story(
            next(numbers), fate, course=course, project=project, office=office, people=people, priority=priority,
            waits=waits,
        )  # fmt: skip

    for place, cases in ((people.main, MAIN_CASES), (people.second, SECOND_CASES)):
        for round, fate, waits in cases:
            yield story(place, round, fate, invented(next(projects)), waits)
    for code, round, fate, waits in NEIGHBOURS:
        if place := place_with(code):
            yield story(place, round, fate, invented(next(projects)), waits)
    others = asked_elsewhere(lines, projects)
    for round, fates in FATES.items():
        for number, fate in enumerate(fates.split()):
            place, project = next(others)
            yield story(place, round, fate, project, waits=number % 4 if round == "open" else 0)


def asked_elsewhere(lines, projects):
    """(place, project) pairs without end: real lines and invented ones in turn, then invented ones alone."""
    small = small_places()
    for number, (place, line) in enumerate(chosen(lines)):
        yield place, adapted(line)
        if number % 3 == 2:
            yield next(small), invented(next(projects))
    for place in small:
        yield place, invented(next(projects))


def chosen(lines):
    """The lines that are played, with their places: not too many of one theme or office."""
    themes, offices = Counter(), Counter()
    for line in lines:
        full = themes[line.theme] >= MOST_OF_A_THEME.get(line.theme, 20) or offices[line.code] >= MOST_OF_AN_OFFICE
        if full or not (place := place_with(line.code)):
            continue
        themes[line.theme] += 1
        offices[line.code] += 1
        yield place, line


def small_places():
    """Subdistrict municipalities and organizations of many provinces, again and again."""
    found = []
    for number, province in enumerate(ELSEWHERE):
        kind = (Kind.SUBDISTRICT_MUNICIPALITY, Kind.SAO)[number % 2]
        places = LocalGovernment.objects.filter(province__code=province, kind=kind).select_related(
            "province", "district"
        )
        found += places.order_by("pk")[3:4]
    while True:
        yield from found
