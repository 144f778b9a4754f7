"""The area of a pilot: a boundary that is read, measured and drawn, or refused with what is wrong."""

import json
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sandboxes import area, changing
from tests.budgets.client import Program
from tests.factories.sandboxes import Trial

SQUARE = [[98.90, 8.05], [98.91, 8.05], [98.91, 8.06], [98.90, 8.06], [98.90, 8.05]]


def polygon(ring):
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize("wrap", [
    polygon,
    lambda ring: {"type": "Feature", "properties": {}, "geometry": polygon(ring)},
    lambda ring: {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": polygon(ring)}]},
    lambda ring: {"type": "MultiPolygon", "coordinates": [[ring]]},
    lambda ring: {"type": "GeometryCollection", "geometries": [{"type": "Point"}, polygon(ring)]},
])  # fmt: skip
def test_boundary_is_read_however_it_is_wrapped(wrap):
    found = area.read(BytesIO(json.dumps(wrap(SQUARE)).encode()))

    assert found == {"type": "MultiPolygon", "coordinates": [[SQUARE]]}
    assert area.square_km(found) == pytest.approx(1.227, abs=0.003)
    assert area.drawn(found).path.count("L") == 3


def swapped(ring):
    return [[north, east] for east, north in ring]


@pytest.mark.parametrize(("text", "code"), [
    ('{"type": ', "not_json"),
    ("[" * 5000, "not_json"),
    ("[]", "no_area"),
    ('{"type": "Point", "coordinates": [98.9, 8.0]}', "no_area"),
    ('{"type": "Polygon", "coordinates": 7}', "malformed"),
    ('{"type": "FeatureCollection", "features": {"a": 1}}', "malformed"),
    ('{"type": "Polygon", "coordinates": [[[98.9, "8"]]]}', "bad_point"),
    ('{"type": "Polygon", "coordinates": [[[98.9, NaN], [98.9, 8.1], [98.8, 8.1], [98.9, NaN]]]}', "bad_point"),
    (json.dumps(polygon(SQUARE[:-1])), "open_ring"),
    (json.dumps(polygon(swapped(SQUARE))), "outside"),
    (json.dumps(polygon([[98.9 + n / 10_000, 8.0] for n in range(5001)] + [[98.9, 8.0]])), "too_many_points"),
    (json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE]] * 201}), "too_many_shapes"),
])  # fmt: skip
def test_malformed_boundary_says_what_is_wrong(text, code):
    with pytest.raises(ValidationError) as refused:
        area.read(BytesIO(text.encode()))

    assert refused.value.code == code


def test_hole_is_taken_out():
    inner = [[98.902, 8.052], [98.904, 8.052], [98.904, 8.054], [98.902, 8.054], [98.902, 8.052]]
    whole = {"type": "MultiPolygon", "coordinates": [[SQUARE]]}
    pierced = {"type": "MultiPolygon", "coordinates": [[SQUARE, inner]]}

    assert area.square_km(whole) - area.square_km(pierced) == pytest.approx(0.049, abs=0.001)


@pytest.mark.django_db
def test_boundary_comes_in_with_its_file_and_is_public():
    def upload(ring):
        return SimpleUploadedFile("area.geojson", json.dumps(polygon(ring)).encode())

    trial = Trial().to("design")
    with pytest.raises(ValidationError) as refused:
        changing.attach(trial.pilot, "area", upload(swapped(SQUARE)), by=trial.cast.officer)
    assert set(refused.value.error_dict) == {"file"}
    assert not trial.pilot.documents.exists()
    answer = Program(trial.cast.officer).upload(
        f"sandboxes/{trial.pilot.pk}/documents/", kind="area", file=upload(swapped(SQUARE))
    )
    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, "/file")

    changing.attach(trial.pilot, "area", upload(SQUARE), by=trial.cast.officer)
    trial.to("approved")
    assert Program().get(f"sandboxes/{trial.pilot.pk}/").data["area"]["coordinates"] == [[SQUARE]]
    assert 'class="area"' in Client().get(trial.pilot.get_absolute_url()).content.decode()
