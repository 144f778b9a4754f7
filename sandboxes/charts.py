"""An indicator as a drawing: its readings as a line, with baseline, target and stop threshold."""

from dataclasses import dataclass, field

from portal import clock
from portal.thai.dates import thaidate_short

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 20, 40


@dataclass
class Chart:
    """Numbers for the template: `points` of the line, `marks` on it, `lines` across, `days` below, where `today` is."""

    points: str = ""
    marks: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    days: list = field(default_factory=list)
    today: int | None = None
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    label_at: int = WIDTH - RIGHT + 8


def chart_of(indicator, readings, *, first=None, last=None):
    """The `Chart` of an indicator with its current readings, oldest first; None without any value at all.

    It spans the trial from its `first` to its `last` day, so that one sees how much of it is measured; without them,
    and where readings lie beyond, it spans the readings.
    """
    limits = [
        ("baseline", indicator.baseline),
        ("target", indicator.target),
        ("stop", indicator.stop_threshold),
    ]
    values = [one.value for one in readings] + [value for _name, value in limits if value is not None]
    if not values:
        return None
    low, high = min(values), max(values)
    room = (high - low) / 10 or abs(high) / 10 or 1
    low, high = low - room, high + room
    days = [one.on for one in readings] + [day for day in (first, last) if day]
    first, last = min(days, default=None), max(days, default=None)
    span = max((last - first).days, 1) if days else 1

    def across(day):
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / span)

    def down(value):
        return round(TOP + (HEIGHT - TOP - BOTTOM) * float((high - value) / (high - low)))

    marks = [
        {"x": across(one.on), "y": down(one.value), "reading": one, "is_beyond": indicator.is_beyond_stop(one.value)}
        for one in readings
    ]
    lines = [{"name": name, "value": value, "y": down(value)} for name, value in limits if value is not None]
    _keep_apart(lines)
    today = clock.today()
    return Chart(
        points=" ".join(f"{one['x']},{one['y']}" for one in marks),
        marks=marks,
        lines=lines,
        days=[{"x": across(day), "text": thaidate_short(day)} for day in sorted({first, last} - {None})],
        today=across(today) if days and first < today < last else None,
    )


def _keep_apart(lines):
    """Move the labels of lines that lie close upon each other."""
    at = None
    for line in sorted(lines, key=lambda one: one["y"]):
        line["text_y"] = line["y"] + 5 if at is None else max(line["y"] + 5, at + 20)
        at = line["text_y"]
