"""What a drawn map is made of: the shapes of one frame, projected, thinned and written as SVG paths by PostGIS."""

from collections.abc import Sequence

from app.geo import Bbox
from app.places.map_frame import Frame
from app.sql import Sql

# A unit of the drawing is about a pixel. Clipped a little outside the frame, so that no cut is seen
DRAWN = """ST_AsSVG(ST_SnapToGrid(ST_Simplify(ST_Affine(
    ST_Transform(ST_ClipByBox2D({geometry}, (SELECT box FROM frame)), 3857),
    %(scale)s, 0, 0, %(scale)s, %(dx)s, %(dy)s), 0.7), 1), 1, 0)"""

SHAPES = f"""
WITH frame AS MATERIALIZED (
         SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS box
     ),
     shapes (layer, code, name, path) AS (
         SELECT 'land', country_iso3, NULL, {DRAWN.format(geometry="geometry")}
         FROM areas_on_map, frame
         WHERE level = 0 AND geometry && box AND NOT country_iso3 = ANY (%(countries)s)
         UNION ALL
         SELECT 'own', code, NULL, {DRAWN.format(geometry="geometry")}
         FROM areas_on_map, frame
         WHERE level = 0 AND geometry && box AND country_iso3 = ANY (%(countries)s)
         UNION ALL
         SELECT 'chosen', code, NULL, {DRAWN.format(geometry="geometry")}
         FROM areas WHERE id = ANY (%(areas)s::uuid[])
         UNION ALL
         SELECT 'area', code, label(names, %(lang)s), {DRAWN.format(geometry="geometry")}
         FROM areas_on_map, frame
         WHERE level = 1 AND geometry && box AND country_iso3 = ANY (%(linked)s)
         UNION ALL
         SELECT 'claimed', code, NULL, {DRAWN.format(geometry="geometry")}
         FROM disputed_features, frame WHERE kind = 'area' AND geometry && box
         UNION ALL
         SELECT CASE WHEN disputed_code IS NOT NULL THEN 'disputed' WHEN level > 0 THEN 'inner' ELSE 'border' END,
                NULL, NULL, {DRAWN.format(geometry="geometry")}
         FROM border_lines, frame
         WHERE geometry && box
           AND (level = 0 OR level = 1 AND country_iso3 = ANY (%(inner)s))
     )
SELECT layer, min(code), min(name), string_agg(path, ' ')
FROM shapes
WHERE path <> ''
GROUP BY layer, CASE layer WHEN 'area' THEN code END
"""

EXTENT = """
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (
    SELECT ST_Extent(geometry) AS box FROM areas
    WHERE id = ANY (%(areas)s::uuid[])
       OR level = 0 AND country_iso3 = ANY (%(countries)s)
) AS found
WHERE box IS NOT NULL
"""

TOWNS = """
SELECT label(names, %(lang)s), kind, ST_X(location), ST_Y(location)
FROM places
WHERE location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND (kind = 'capital' OR country_iso3 = ANY (%(countries)s))
ORDER BY kind = 'capital' DESC, rank, code
LIMIT 40
"""


def shapes(
    frame: Frame, countries: Sequence[str], areas: Sequence[str], inner: Sequence[str], linked: Sequence[str], lang: str
) -> Sql:
    """Rows (layer, code, name, path); only `area` has a row for each area, the others one in all."""
    values = frame.box._asdict() | {
        "scale": frame.scale,
        "dx": -frame.west * frame.scale,
        "dy": -frame.north * frame.scale,
        "countries": list(countries),
        "areas": list(areas),
        "inner": list(inner),
        "linked": list(linked),
        "lang": lang,
    }
    return Sql(SHAPES, values)


def extent(countries: Sequence[str], areas: Sequence[str]) -> Sql:
    """The box, in degrees, of some countries or areas; no row if there are none."""
    return Sql(EXTENT, {"countries": list(countries), "areas": list(areas)})


def towns(box: Bbox, countries: Sequence[str], lang: str) -> Sql:
    """Rows (name, kind, longitude, latitude): capitals, and towns of these countries, the most important first."""
    return Sql(TOWNS, box._asdict() | {"countries": list(countries), "lang": lang})
