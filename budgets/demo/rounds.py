"""The rounds of the demonstration, dated from today: one finished, one enacted, one open and so on."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from budgets import setup
from budgets.defaults import CRITERIA
from budgets.demo.content import SAMPLE_EN, SAMPLE_TH, THEMES
from budgets.judging import profiles
from budgets.lifecycle import ROUND
from budgets.models import Round
from portal import clock
from portal.models import User
from portal.states import LocalGovernmentKind
from portal.thai.dates import fiscal_year_of

STAGES = ("opens", "closes", "deliberates", "announces", "requests", "enacts", "finishes")
CHANNELS = ["integrated_plan", "dla_specific_grant"]
A_SHORT_WHILE = timedelta(hours=3)


@dataclass
class Course:
    """A round with the moments at which it goes on; moments that are not there have not come yet."""

    key: str
    fiscal_year: int
    name_th: str
    name_en: str
    made: datetime
    moments: dict
    ceiling_baht: Decimal
    now: datetime
    round: Round = None
    themes: dict = field(default_factory=dict)

    def window(self, stage):
        """(first, last) moment of what happens from `stage` until the next, or until now."""
        first = self.moments[stage]
        later = [self.moments[name] for name in STAGES[STAGES.index(stage) + 1 :] if name in self.moments]
        last = min([self.now, *later])
        edge = min(A_SHORT_WHILE, (last - first) / 8)
        return first + edge, last - edge

    def fresh(self):
        return Round.objects.get(pk=self.round.pk)


def at(day, hour=8, minute=30):
    return datetime.combine(day, time(hour, minute), tzinfo=clock.BANGKOK)


def courses(now):
    """The six rounds as of `now`, oldest first; the last one is copied from the open one and still planned."""
    today = now.astimezone(clock.BANGKOK).date()
    year = fiscal_year_of(today)
    ago = lambda days: at(today - timedelta(days=days))  # noqa: E731

    def yearly(fiscal_year):
        first = fiscal_year - 545
        return {
            "opens": at(datetime(first, 11, 3)),
            "closes": at(datetime(first + 1, 1, 15), 16),
            "deliberates": at(datetime(first + 1, 3, 2)),
            "announces": at(datetime(first + 1, 3, 30)),
            "requests": at(datetime(first + 1, 4, 28)),
            "enacts": at(datetime(first + 1, 9, 4)),
        }

    def course(key, fiscal_year, name_th, name_en, moments, ceiling):
        made = moments["opens"] - timedelta(days=21)
        named = f"{name_th} ปีงบประมาณ พ.ศ. {fiscal_year}", f"{name_en}, fiscal year {fiscal_year}"
        return Course(key, fiscal_year, *named, made, moments, Decimal(ceiling), now)

    finished = {**yearly(year - 1), "finishes": at(datetime(year - 544, 9, 28), 15)}
    announced = {"opens": ago(150), "closes": ago(105), "deliberates": ago(40), "announces": ago(4)}
    deliberating = {"opens": ago(120), "closes": ago(62), "deliberates": ago(9)}
    return [
        course("finished", year - 1, "รอบปกติ", "Regular round", finished, 400_000_000),
        course("enacted", year, "รอบปกติ", "Regular round", yearly(year), 450_000_000),
        course("announced", year + 1, "รอบเร่งด่วน", "Urgent round", announced, 60_000_000),
        course("deliberating", year + 1, "รอบพิเศษ", "Special round", deliberating, 120_000_000),
        course("open", year + 1, "รอบปกติ", "Regular round", {"opens": ago(44)}, 500_000_000),
    ]


FORMER_EMPLOYER = {"name": "มหาวิทยาลัยตัวอย่าง", "local_government": None, "juristic_number": ""}


def history(course, people):
    """The life of a round, told by the people who lead it."""
    manager, dla = people["programme_manager"], people["dla_officer"]
    yield course.made
    set_up(course, by=manager)
    steps = {
        "opens": ("open", manager, {}),
        "closes": ("close", User.objects.timer(), {}),
        "deliberates": ("deliberate", manager, {}),
        "announces": ("announce", manager, {}),
        "requests": ("send_request", dla, {"request_reference": f"มท 0810.7/ว {course.fiscal_year}"}),
        "enacts": ("enact", manager, None),
        "finishes": ("finish", manager, {}),
    }
    for stage, moment in course.moments.items():
        yield moment
        name, by, details = steps[stage]
        course.round = ROUND.take(course.fresh(), name, by=by, **(enactment(course) if details is None else details))
        if stage == "opens":
            for reviewer in people.reviewers:
                home = reviewer.memberships.get().province
                profiles.confirm(course.round, by=reviewer, home_province=home, employers=[FORMER_EMPLOYER])


def enactment(course):
    return {
        "act_reference": f"พ.ร.บ. งบประมาณรายจ่ายประจำปีงบประมาณ พ.ศ. {course.fiscal_year}",
        "enacted_baht": course.ceiling_baht,
        "themes": {theme: theme.ceiling_baht for theme in course.round.themes.all() if theme.ceiling_baht},
        "routes": {},
        "references": {
            f"theme:{theme.pk}": f"เล่ม 4 หน้า {210 + theme.position} (ตัวอย่าง)" for theme in course.round.themes.all()
        },
    }


def set_up(course, *, by):
    """Make the round of a course, with its dates, themes, rubric and checklist."""
    round = setup.new_round(by=by, fiscal_year=course.fiscal_year, name_th=course.name_th, name_en=course.name_en)
    for document in round.documents.all():
        setup.save_document(round, by=by, document=document, when="optional")
    fields = {"ceiling_baht": course.ceiling_baht, "channels": CHANNELS, "kinds": LocalGovernmentKind.values}
    course.round = setup.change_round(round, by=by, **dates(course), **fields)
    for theme in THEMES:
        course.themes[theme.code] = add_theme(course, theme, by=by)
    setup.save_rubric(course.round, by=by, criteria=CRITERIA)


def dates(course):
    """The announced dates; those of a round that is still open lie ahead."""
    moments = course.moments
    closes = moments.get("closes") or at((course.now + timedelta(days=31)).astimezone(clock.BANGKOK).date(), 16)
    decides = moments.get("deliberates") or closes + timedelta(days=45)
    announces = moments.get("announces") or decides + timedelta(days=21)
    day = lambda moment: moment.astimezone(clock.BANGKOK).date()  # noqa: E731
    return {
        "opens_at": moments["opens"],
        "closes_at": closes,
        "screening_due_on": day(closes + (decides - closes) * 0.4),
        "review_due_on": day(decides - timedelta(days=1)),
        "announces_on": day(announces),
    }


def add_theme(course, theme, *, by):
    made = setup.save_theme(
        course.round,
        by=by,
        code=theme.code,
        name_th=f"{theme.name_th} (ตัวอย่าง)",
        name_en=f"{theme.name_en} (sample)",
        description_th=f"{theme.about_th} · {SAMPLE_TH}",
        description_en=f"{theme.about_en}. {SAMPLE_EN}.",
        dimensions=list(theme.dimensions),
        ceiling_baht=(course.ceiling_baht * Decimal("0.3") if theme.code in {"traffic", "waste_energy"} else None),
        min_baht=Decimal(theme.min_baht),
        max_baht=Decimal(theme.max_baht),
        required_kpis=[theme.kpi[0]] if theme.required_kpi else [],
    )
    for kind, name_th, name_en, when in theme.documents:
        fields = {"kind": kind, "name_th": name_th, "name_en": name_en, "when": when}
        setup.save_document(course.round, by=by, theme=made, **fields)
    return made


def planned(course, people):
    """The round after the open one: last year's copied, its dates not yet set, and new: it demands trained people."""
    yield course.now - timedelta(days=3)
    year, manager = course.fiscal_year + 1, people["programme_manager"]
    copy = setup.copy_round(
        course.fresh(),
        by=manager,
        fiscal_year=year,
        name_th=f"รอบปกติ ปีงบประมาณ พ.ศ. {year}",
        name_en=f"Regular round, fiscal year {year}",
    )
    setup.change_round(copy, by=manager, needs_trained_person=True)
