"""The public map: the country, a province or one local government, with its pilots and the areas of their trials."""

from collections import defaultdict
from dataclasses import dataclass

from django.urls import reverse

from portal import maps
from sandboxes.states import PHASES, Phase

ROOM = 1.3
CLOSEST = 3.0
MOST_AREAS = 60
FAR = ("title_th", "title_en", "state", "ends_at", "stands_until", "local_government")
STANDING = (Phase.RUNNING, Phase.CONCLUDING, Phase.DECIDING, Phase.PREPARING, Phase.ENDED)


@dataclass(frozen=True)
class Spot:
    """A mark on the map for `pilots` that it leads to by `url`; `phase` is that of the one furthest from its end."""

    x: float
    y: float
    radius: float
    label: str
    url: str
    count: int
    phase: str
    paths: tuple = ()


@dataclass(frozen=True)
class Map:
    """What the template draws: `spots` in `view_box`; `outline` of the province that is seen from nearby, or ""."""

    view_box: str
    spots: list
    outline: str = ""
    text: float = 0


def of(pilots, *, province=None, place=None):
    """The `Map` of `pilots`, which are those of `province` or of the local government `place` where one is given.

    Of the whole country areas are too small to be drawn: `FAR` names what it reads of a pilot.
    """
    if place is not None:
        return _of_place(pilots, place)
    if province is not None:
        outline, frame = _outline(province)
        return _drawn(_grouped(pilots, "local_government"), "province", frame, outline)
    return _drawn(_grouped(pilots, "province"), "country", _country(), "", room=1)


def _country():
    return tuple(float(one) for one in maps.view_box().split())


def _outline(province):
    """The outline and frame of a province; of one that the map does not know, nothing on the country's."""
    return maps.closer(province.code) or ("", _country())


def _of_place(pilots, place):
    """The pilots of each area together, and at the office those whose area is not drawn."""
    groups = defaultdict(list)
    for one in pilots:
        groups[str(one.area)].append(one)
    points = [point for found in groups.values() for point in _points(found[0])]
    if not points:
        points = [_office(place)]
    across, down = zip(*points, strict=True)
    width, height = (max(max(axis) - min(axis), CLOSEST) for axis in (across, down))
    middle = [(max(axis) + min(axis)) / 2 for axis in (across, down)]
    frame = middle[0] - width / 2, middle[1] - height / 2, width, height
    return _drawn(list(groups.values()), "place", frame, _outline(place.province)[0])


def _grouped(pilots, by):
    """The pilots of each province or local government together, the most first, so that small marks lie on top."""
    groups = defaultdict(list)
    for one in pilots:
        groups[one.local_government.province_id if by == "province" else one.local_government_id].append(one)
    return sorted(groups.values(), key=lambda found: -len(found))


def _drawn(groups, near, frame, outline, *, room=ROOM):
    x, y, width, height = frame
    size = max(width, height * 0.62)
    wide, high = width * room, max(height * room, size * 0.6)
    unit = max(wide, high * 0.62) / 100
    left, top = x + width / 2 - wide / 2, y + height / 2 - high / 2
    spots = [_spot(found, unit, near) for found in groups]
    return Map(f"{left:.2f} {top:.2f} {wide:.2f} {high:.2f}", spots, outline, round(unit * 4.6, 2))


def _spot(found, unit, near):
    is_far = near == "country"
    first = found[0]
    points = [_office(one.local_government) if is_far else _middle(one) for one in found]
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    phases = {_phase(one) for one in found}
    return Spot(
        x=round(x, 2),
        y=round(y, 2),
        radius=round(unit * (3.4 + min(len(found), 9) * 0.25), 2),
        label=_label(found, first),
        url=_url(found, first, near),
        count=len(found),
        phase=next(one.value for one in STANDING if one in phases),
        paths=tuple(path for one in found[:MOST_AREAS] if not is_far and one.area for path in _paths(one)),
    )


def _phase(pilot):
    return next(phase for phase in Phase if pilot.state_now in PHASES[phase])


def _label(found, first):
    if len(found) == 1:
        return f"{first.title} · {first.local_government}"
    offices = {one.local_government_id for one in found}
    return str(first.local_government if len(offices) == 1 else first.local_government.province)


def _url(found, first, near):
    """To the pilot itself, or nearer: to its province, then to its local government, then to the list."""
    if len(found) == 1:
        return first.get_absolute_url()
    if near == "country":
        return f"{reverse('sandboxes:register')}?province={first.local_government.province.code}"
    page = reverse("sandboxes:register" if near == "province" else "sandboxes:pilots")
    return f"{page}?local_government={first.local_government_id}"


def _middle(pilot):
    """Where a pilot is on the map: the middle of its area, else its office."""
    points = _points(pilot)
    return tuple((max(axis) + min(axis)) / 2 for axis in zip(*points, strict=True))


def _points(pilot):
    if not pilot.area:
        return [_office(pilot.local_government)]
    return [maps.place(*point) for polygon in pilot.area["coordinates"] for ring in polygon for point in ring]


def _office(place):
    """Where a local government is: by itself, else by its district or province."""
    known = [one for one in (place, place.district, place.province) if one.lat is not None and one.lon is not None]
    if known:
        return maps.place(known[0].lon, known[0].lat)
    x, y, width, height = _outline(place.province)[1]
    return x + width / 2, y + height / 2


def _paths(pilot):
    for polygon in pilot.area["coordinates"]:
        yield "".join(maps.path_of([maps.place(*point) for point in ring]) for ring in polygon)
