"""The map of Thailand as SVG, worked out once from the shapes that ship with the portal.

A page draws a province by `<use href="{{ map_file }}#p81"/>`: the outlines lie in one file, which browsers keep.
"""

import hashlib
import json
from functools import cache
from itertools import accumulate
from math import cos, radians

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control

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
def _drawing():
    paths = "".join(f'<path id="p{code}" d="{outline}"/>' for code, outline in province_paths().items())
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box()}"><g id="all">{paths}</g></svg>'


@cache
def address():
    """Where the outlines are fetched; another drawing has another address."""
    return reverse("map", query={"v": hashlib.sha256(_drawing().encode()).hexdigest()[:12]})


def drawing(request):
    """The outlines of all provinces, each named by `p` and its code and together `all`, for `<use>`."""
    response = HttpResponse(_drawing(), content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True)
    return response


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
