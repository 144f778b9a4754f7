"""What the public is told of a pilot in two pages: counted by the portal, so that failures stand there unasked."""

from collections import Counter

from portal import clock
from portal.models import Event
from sandboxes import exits, public
from sandboxes.models import ClosingItem
from sandboxes.models.pilot import REPORT_CHARACTERS, REPORT_LINES
from sandboxes.states import Severity

PAGES, SIZES = 2, (14, 13, 12, 11, 10, 9.5, 9, 8.5)
MOST_MEASURES, MOST_RULES = 6, 3
LONGEST = {"problem": 500, "innovation": 500, "exit_summary": REPORT_CHARACTERS, "exit_lessons": REPORT_CHARACTERS}
MOST_LINES = {"problem": 4, "innovation": 4, "exit_summary": REPORT_LINES, "exit_lessons": REPORT_LINES}
NAME, TITLE = 90, 140


def facts(pilot):
    """What the two pages say of `pilot`: its public fields cut to their room, its measures, and what is counted."""
    told, verdicts = public.of(pilot), exits.verdicts(pilot)
    measures = [
        {**one, "label": exits.VERDICTS[one["verdict"]], "name": cut(one["indicator"].name_th, NAME)}
        for one in verdicts
    ]
    rules = [{**row, "law": cut(row["law"], NAME)} for row in told["relaxed"]]
    return {
        "pilot": pilot,
        "facts": told,
        "title": cut(pilot.title_th, TITLE),
        **{name: cut(getattr(pilot, name), LONGEST[name], MOST_LINES[name]) for name in MOST_LINES},
        "measures": measures[:MOST_MEASURES],
        "more_measures": len(measures[MOST_MEASURES:]),
        "rules": rules[:MOST_RULES],
        "more_rules": len(rules[MOST_RULES:]),
        "reached": sum(one["verdict"] == "reached" for one in verdicts),
        "harmful": sum(one["verdict"] == "harmful" for one in verdicts),
        "closing": ClosingItem.objects.filter(pilot=pilot),
        "ended_reason": cut(pilot.ended_reason, 400, 3),
        **counted(pilot),
    }


def counted(pilot):
    """What happened in the trial, in numbers: `days`, `pauses`, `incidents`, `severe`, `reviews`, `amendments`,
    `complaints`, `feedback` and `unanswered`."""
    severities = Counter(pilot.incidents.values_list("severity", flat=True))
    kinds = Counter(pilot.feedback.values_list("kind", flat=True))
    last = pilot.ended_at or clock.now()
    return {
        "days": (last - pilot.live_at).days + 1 if pilot.live_at else 0,
        "pauses": Event.objects.of(pilot).filter(verb="pilot.pause").count(),
        "incidents": severities.total(),
        "severe": severities[Severity.SEV1] + severities[Severity.SEV2],
        "reviews": pilot.safeguard_reviews.count(),
        "amendments": pilot.amendments.exclude(applied_at=None).count(),
        "complaints": kinds["complaint"],
        "feedback": kinds["feedback"],
        "unanswered": pilot.feedback.unanswered().count(),
    }


def cut(text, longest, lines=1):
    """`text` in at most so many characters and lines, with a mark where something was left out."""
    kept = [line for line in text.splitlines() if line.strip()]
    short = "\n".join(kept[:lines])
    return short if len(kept) <= lines and len(short) <= longest else short[: longest - 1].rstrip() + "…"
