"""The boundary of a pilot's area: read from GeoJSON, measured, and drawn."""

import json
from dataclasses import dataclass
from math import cos, radians

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_POINTS, MOST_SHAPES = 5000, 200
WEST, EAST, SOUTH, NORTH = 97.0, 106.0, 5.0, 21.0
KM_OF_DEGREE = 111.32
DIGITS = 6
SIZE, EDGE = 320, 16
BARS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def read(upload):
    """The boundary in `upload` (a GeoJSON file) as a MultiPolygon of longitudes and latitudes.

    Raises ValidationError that says what is wrong and where: no JSON, no polygon, a ring that does not close,
    a place outside Thailand (as when latitude and longitude are swapped), too many points.
    """
    upload.seek(0)
    try:
        data = json.loads(upload.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _no(_("The map file is no valid JSON. Export it again as GeoJSON."), "not_json") from error
    finally:
        upload.seek(0)
    return checked(data)


def checked(data):
    """The boundary in GeoJSON that was read before, as `read` gives it and with its refusals."""
    polygons = list(_polygons(data))
    if not polygons:
        text = _("The map file has no polygon. Draw the area as a closed shape, not as a point or a line.")
        raise _no(text, "no_area")
    if len(polygons) > MOST_SHAPES:
        raise _no(_("The map file has more than %(most)s shapes. Merge them."), "too_many_shapes", most=MOST_SHAPES)
    rings = [[_ring(ring) for ring in polygon] for polygon in polygons]
    if sum(len(ring) for polygon in rings for ring in polygon) > MOST_POINTS:
        raise _no(_("The boundary has more than %(most)s points. Simplify it."), "too_many_points", most=MOST_POINTS)
    return {"type": "MultiPolygon", "coordinates": rings}


def _polygons(data, depth=0):
    """The coordinates of every polygon in a GeoJSON object, however it is wrapped."""
    if not isinstance(data, dict) or depth > 8:
        return
    found = data.get("coordinates")
    match data.get("type"):
        case "FeatureCollection":
            for one in _list(data.get("features")):
                yield from _polygons(one, depth + 1)
        case "GeometryCollection":
            for one in _list(data.get("geometries")):
                yield from _polygons(one, depth + 1)
        case "Feature":
            yield from _polygons(data.get("geometry"), depth + 1)
        case "Polygon":
            yield _list(found)
        case "MultiPolygon":
            yield from (_list(one) for one in _list(found))


def _list(value):
    if not isinstance(value, list):
        raise _no(_("The map file is not built as GeoJSON is: a list is missing. Export it again."), "malformed")
    return value


def _ring(ring):
    points = [_point(one) for one in _list(ring)]
    if len(points) < 4 or points[0] != points[-1]:
        raise _no(_("A boundary in the map file does not close: its last point must be its first."), "open_ring")
    return points


def _point(point):
    if not isinstance(point, list) or len(point) < 2 or not all(_is_number(one) for one in point[:2]):
        raise _no(_("A point in the map file is no pair of numbers."), "bad_point")
    east, north = (round(float(one), DIGITS) for one in point[:2])
    if not (WEST <= east <= EAST and SOUTH <= north <= NORTH):
        raise _no(
            _("The point %(east)s, %(north)s lies outside Thailand. GeoJSON names the longitude first, in degrees."),
            "outside", east=east, north=north,
        )  # fmt: skip
    return [east, north]


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6


def _no(text, code, **params):
    return ValidationError(text, code=code, params=params)


def square_km(area):
    """The size of a boundary in square kilometres, holes taken out; good to about one in two hundred for a city."""
    return sum(
        _size(polygon[0]) - sum(_size(hole) for hole in polygon[1:]) for polygon in area["coordinates"] if polygon
    )


def _size(ring):
    across = KM_OF_DEGREE * cos(radians(sum(north for _east, north in ring) / len(ring)))
    pairs = zip(ring, ring[1:], strict=False)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2 * across * KM_OF_DEGREE


@dataclass
class Drawing:
    """A boundary as SVG: `path` in `view_box`, a bar of `bar` units that stands for `bar_km`, and the `middle`."""

    path: str
    view_box: str
    bar: float
    bar_km: float
    bar_y: float
    middle: tuple
    square_km: float


def drawn(area):
    """The `Drawing` of a boundary, or None without one."""
    if not area:
        return None
    points = [point for polygon in area["coordinates"] for ring in polygon for point in ring]
    west, east = min(one[0] for one in points), max(one[0] for one in points)
    south, north = min(one[1] for one in points), max(one[1] for one in points)
    squeeze = cos(radians((south + north) / 2))
    widest = max((east - west) * squeeze, north - south, 1e-6)
    scale = (SIZE - 2 * EDGE) / widest

    def place(point):
        across, down = EDGE + (point[0] - west) * squeeze * scale, EDGE + (north - point[1]) * scale
        return f"{across:.1f} {down:.1f}"

    path = "".join(
        f"M{' L'.join(place(point) for point in ring[:-1])}Z" for polygon in area["coordinates"] for ring in polygon
    )
    width, height = (east - west) * squeeze * scale + 2 * EDGE, (north - south) * scale + 2 * EDGE
    unit = scale / KM_OF_DEGREE
    bar_km = max((one for one in BARS if one * unit <= SIZE / 3), default=BARS[0])
    return Drawing(
        path=path, view_box=f"0 0 {max(width, SIZE / 2):.0f} {height + 30:.0f}", bar=round(bar_km * unit + EDGE, 1),
        bar_km=bar_km, bar_y=round(height + 10, 1), middle=(round((south + north) / 2, 5), round((west + east) / 2, 5)),
        square_km=square_km(area),
    )  # fmt: skip
