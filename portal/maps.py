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
    return {code: "".join(_path(_rounded(ring)) for ring in rings) for code, rings in _provinces()}


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
    arcs = _shapes()[1]
    return f"0 0 {max(round(place(*point)[0]) for arc in arcs for point in arc) + 1} {HEIGHT + 1}"


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

    def place(lon, lat):
        return (lon - west) * cos(radians(MIDDLE)) * scale, (north - lat) * scale

    return next(iter(topology["objects"].values()))["geometries"], arcs, place


def place(lon, lat):
    """Where a longitude and a latitude lie on the map, in the units of `view_box()`: `(x, y)`, not rounded."""
    return _shapes()[2](lon, lat)


@cache
def closer(code):
    """A province for a map of itself: its outline as drawn from nearby, and its `(x, y, width, height)`; or None."""
    rings = next((rings for one, rings in _provinces() if one == code), None)
    if rings is None:
        return None
    points = [[place(*point) for point in ring] for ring in rings]
    across, down = ([one[axis] for ring in points for one in ring] for axis in (0, 1))
    frame = min(across), min(down), max(across) - min(across), max(down) - min(down)
    return "".join(path_of(ring) for ring in points), frame


def path_of(points):
    """A closed outline through `points` of the map."""
    return f"M{' L'.join(f'{x:.2f} {y:.2f}' for x, y in points)}Z"


def _provinces():
    """Each province's code with its rings, as longitudes and latitudes."""
    shapes, arcs, _place = _shapes()
    for shape in shapes:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        yield shape["properties"]["tis_code"], [_ring(ring, arcs) for polygon in polygons for ring in polygon]


def _ring(ring, arcs):
    """The points of a ring; an arc with a negative number runs backwards."""
    return [point for number in ring for point in (arcs[number] if number >= 0 else reversed(arcs[~number]))]


def _rounded(ring):
    """The points of a ring on the page in whole units, each once where neighbours fall together."""
    points = []
    for x, y in (place(*point) for point in ring):
        if not points or (round(x), round(y)) != points[-1]:
            points.append((round(x), round(y)))
    return points


def _path(points):
    """A closed outline in steps from point to point, which is shorter than in places."""
    if len(points) < 3:
        return ""
    steps = (f"{x - a} {y - b}" for (a, b), (x, y) in zip(points, points[1:], strict=False))
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z"
