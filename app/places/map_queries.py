"""What a drawn map is made of: the shapes of one frame, projected, thinned and written as SVG paths by PostGIS."""

from collections.abc import Sequence

from app.geo import Bbox
from app.places.map_frame import Frame
from app.sql import Sql

# A unit of the drawing is about a pixel. Clipped a little outside the frame, so that no cut is seen
DRAWN = """ST_AsSVG(ST_SnapToGrid(ST_Simplify(ST_Affine(
    ST_Transform(ST_ClipByBox2D({geometry}, (SELECT box FROM frame)), 3857),
    %(scale)s, 0, 0, %(scale)s, %(dx)s, %(dy)s), 0.7), 1), 1, 0)"""

# Without a country of its own, a map is of the region
OWN = "CASE WHEN %(countries)s::text[] = '{}' THEN ARRAY(SELECT iso3 FROM countries WHERE region) ELSE %(countries)s::text[] END"

SHAPES = f"""
WITH frame AS MATERIALIZED (
         SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS box
     ),
     shapes (layer, code, name, path) AS (
         SELECT 'land', code, NULL, {DRAWN.format(geometry="geometry")}
         FROM areas_on_map, frame
         WHERE level = 0 AND geometry && box AND NOT country_iso3 = ANY ({OWN})
         UNION ALL
         SELECT CASE WHEN %(links_countries)s THEN 'country' ELSE 'own' END, code, label(names, %(lang)s),
                {DRAWN.format(geometry="geometry")}
         FROM areas_on_map, frame
         WHERE level = 0 AND geometry && box AND country_iso3 = ANY ({OWN})
         UNION ALL
         SELECT 'chosen', code, NULL, {DRAWN.format(geometry="geometry")}
         FROM areas WHERE id = ANY (%(areas)s::uuid[])
         UNION ALL
         SELECT 'area', code, label(names, %(lang)s), {DRAWN.format(geometry="geometry")}
         FROM areas_on_map, frame
         WHERE level = 1 AND geometry && box AND %(links_areas)s AND country_iso3 = ANY (%(countries)s)
         UNION ALL
         SELECT 'claimed', code, NULL, {DRAWN.format(geometry="geometry")}
         FROM disputed_features, frame WHERE kind = 'area' AND geometry && box
         UNION ALL
         SELECT CASE WHEN disputed_code IS NOT NULL THEN 'disputed' WHEN level > 0 THEN 'inner' ELSE 'border' END,
                NULL, NULL, {DRAWN.format(geometry="geometry")}
         FROM border_lines, frame
         WHERE geometry && box
           AND (level = 0 OR level = 1 AND %(has_inner)s AND country_iso3 = ANY (%(countries)s))
     )
SELECT layer, min(code), min(name), string_agg(path, ' ')
FROM shapes
WHERE path <> ''
GROUP BY layer, CASE WHEN layer IN ('area', 'country') THEN code END
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

NAMES = """
SELECT label(names, %(lang)s), kind, ST_X(location), ST_Y(location)
FROM (
    SELECT names, 'capital' AS kind, location, 0 AS rank, code FROM places WHERE kind = 'capital'
    UNION ALL
    SELECT a.names, 'country', label_point, CASE WHEN region THEN 1 ELSE 2 END, code
    FROM areas_on_map a JOIN countries ON iso3 = country_iso3 WHERE level = 0
    UNION ALL
    SELECT names, kind, location, 2 + rank, code FROM places WHERE kind <> 'capital' AND country_iso3 = ANY (%(countries)s)
) AS named
WHERE location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
ORDER BY rank, code
LIMIT 60
"""


def shapes(frame: Frame, countries: Sequence[str], areas: Sequence[str], links: bool, lang: str) -> Sql:
    """Rows (layer, code, name, path): one for each `area` or `country` that is a link, one in all for the other layers.

    One country is drawn with its areas, several without.
    """
    is_one = len(countries) == 1
    values = frame.box._asdict() | {
        "scale": frame.scale,
        "dx": -frame.west * frame.scale,
        "dy": -frame.north * frame.scale,
        "countries": list(countries),
        "areas": list(areas),
        "has_inner": is_one,
        "links_areas": links and is_one,
        "links_countries": links and not is_one,
        "lang": lang,
    }
    return Sql(SHAPES, values)


def extent(countries: Sequence[str], areas: Sequence[str]) -> Sql:
    """The box, in degrees, of some countries or areas; no row if there are none."""
    return Sql(EXTENT, {"countries": list(countries), "areas": list(areas)})


def names(box: Bbox, countries: Sequence[str], lang: str) -> Sql:
    """Rows (name, kind, longitude, latitude), the most important first: capitals, countries, towns of `countries`."""
    return Sql(NAMES, box._asdict() | {"countries": list(countries), "lang": lang})
