"""The map of Thailand as SVG paths, worked out once from the shapes that ship with the portal."""

import json
from functools import cache
from itertools import accumulate
from math import cos, radians

from django.conf import settings

HEIGHT = 480
MIDDLE = 13


@cache
def province_paths():
    """The outline of each province: `{code: path}`; all fit `view_box()`."""
    shapes, arcs, place = _shapes()
    outlines = {}
    for shape in shapes:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        rings = [_ring(ring, arcs, place) for polygon in polygons for ring in polygon]
        outlines[shape["properties"]["tis_code"]] = "".join(_path(ring) for ring in rings)
    return outlines


@cache
def view_box():
    """The view box that holds every province."""
    shapes, arcs, place = _shapes()
    points = [place(point) for arc in arcs for point in arc]
    return f"0 0 {max(x for x, _y in points) + 1} {HEIGHT + 1}"


@cache
def _shapes():
    with (settings.BASE_DIR / "data" / "provinces_small.topojson").open(encoding="utf-8") as file:
        topology = json.load(file)
    (x_step, y_step), (x_first, y_first) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [
        [
            (x_first + x * x_step, y_first + y * y_step)
            for x, y in accumulate(arc, lambda a, b: (a[0] + b[0], a[1] + b[1]))
        ]
        for arc in topology["arcs"]
    ]
    west, south = x_first, y_first
    north = max(lat for arc in arcs for _lon, lat in arc)
    scale = HEIGHT / (north - south)

    def place(point):
        lon, lat = point
        return round((lon - west) * cos(radians(MIDDLE)) * scale), round((north - lat) * scale)

    return next(iter(topology["objects"].values()))["geometries"], arcs, place


def _ring(ring, arcs, place):
    """The points of a ring on the page; an arc with a negative number runs backwards."""
    points = []
    for number in ring:
        arc = arcs[number] if number >= 0 else reversed(arcs[~number])
        for point in map(place, arc):
            if not points or point != points[-1]:
                points.append(point)
    return points


def _path(points):
    """A closed outline in steps from point to point, which is shorter than in places."""
    if len(points) < 3:
        return ""
    steps = (f"{x - a} {y - b}" for (a, b), (x, y) in zip(points, points[1:], strict=False))
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z"
