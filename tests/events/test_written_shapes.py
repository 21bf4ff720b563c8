"""The place of an event as people write it: everything that is meant is understood, everything else is told."""

from typing import Any

import pytest

from app.events.schemas import GeometryIn
from app.events.shapes import shape

RING = [[76.9, 43.1], [77, 43.1], [77, 43.2], [76.9, 43.1]]
FEATURE = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [76.9, 43.1]}}'


@pytest.mark.parametrize(
    ("text", "kind", "coordinates"),
    [
        ("43.1, 76.9", "Point", [76.9, 43.1]),
        ("43.1 N\n76.9 E", "Point", [76.9, 43.1]),
        ("43.1; 76.9", "Point", [76.9, 43.1]),
        ("43.1, 76.9\n43.1, 77\n43.2, 77", "LineString", RING[:3]),
        ("43.1, 76.9; 43.1, 77;", "LineString", RING[:2]),
        ("43.1, 76.9\n43.1, 77\n43.2, 77\n43.1, 76.9\n", "Polygon", [RING]),
        ("43°06′ N 76°54′ E\n43.1 N 77 E", "LineString", RING[:2]),
        ("POINT(76.9 43.1)", "Point", [76.9, 43.1]),
        ("point ( 76.9   43.1 )", "Point", [76.9, 43.1]),
        ("SRID=4326;POINT(76.9 43.1)", "Point", [76.9, 43.1]),
        ("MULTIPOINT(76.9 43.1, 77 43.1)", "MultiPoint", RING[:2]),
        ("MULTIPOINT((76.9 43.1), (77 43.1))", "MultiPoint", RING[:2]),
        ("LINESTRING(76.9 43.1, 77 43.1)", "LineString", RING[:2]),
        ("MULTILINESTRING((76.9 43.1, 77 43.1), (77 43.1, 77 43.2))", "MultiLineString", [RING[:2], RING[1:3]]),
        ("POLYGON((76.9 43.1,77 43.1,77 43.2,76.9 43.1))", "Polygon", [RING]),
        ("MultiPolygon(((76.9 43.1, 77 43.1, 77 43.2, 76.9 43.1)))", "MultiPolygon", [[RING]]),
        ('{"type": "Point", "coordinates": [76.9, 43.1]}', "Point", [76.9, 43.1]),
        (FEATURE, "Point", [76.9, 43.1]),
        (f'{{"type": "FeatureCollection", "features": [{FEATURE}]}}', "Point", [76.9, 43.1]),
        (f'{{"type": "FeatureCollection", "features": [{FEATURE}, {FEATURE}]}}', "MultiPoint", [[76.9, 43.1]] * 2),
    ],
)
def test_what_is_meant_is_understood(text: str, kind: str, coordinates: Any) -> None:
    found = GeometryIn.model_validate(shape(text))
    assert (found.type, found.coordinates) == (kind, coordinates)


@pytest.mark.parametrize(
    "text",
    [
        "over there", "43.1, 76.9\nover there", "POLYGON((76.9 43.1, 77 43.1))", "POLYGON(76.9 43.1, 77 43.1, 77 43.2, 76.9 43.1)",
        "POINT(200 43.1)", "POINT(76.9)", "POINT Z (76.9 43.1 800)", "POINT EMPTY", "GEOMETRYCOLLECTION(POINT(1 2))", "SRID=3857;POINT(1 2)",
        "POINT(76.9 43.1) DROP", "POINT" + "(" * 5000 + ")" * 5000, "POINT(" + "1 " * 20000 + ")", "43.1, 76.9\n" * 10_001,
        '{"type": "Point"}', '{"type": "Feature"}', '{"type": "FeatureCollection", "features": 7}', '{"type": "Feature", "geometry": [1]}',
        '{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}]}',
        '{"type": "MultiPoint", "coordinates": {"a": 1}}', '{"a":' * 5000, "MULTIPOINT()", "MULTIPOINT(())", "POINT()", "LINESTRING((1 2, 3 4))",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Pydantic's errors are such, too
        GeometryIn.model_validate(shape(text) or {})
