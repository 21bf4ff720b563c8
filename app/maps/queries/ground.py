"""Tiles of what events and capacities stand on: areas, borders, towns."""

from app.maps.rules import Tile
from app.sql import Sql

# Coarse on purpose: neighbours are snapped to the same grid, so a border that two areas share stays shared
EXTENT = 2048
ENVELOPE = "ST_TileEnvelope(%(z)s, %(x)s, %(y)s)"
NEAR = "ST_MakeEnvelope(%(tile_west)s, %(tile_south)s, %(tile_east)s, %(tile_north)s, 4326)"
CLIPPED = f"ST_ClipByBox2D({{geometry}}, ST_Expand({NEAR}, %(margin)s))"
SHAPE = f"ST_AsMVTGeom(ST_Transform({CLIPPED}, 3857), {ENVELOPE}, {EXTENT}, 32)"
# A line is thinned whole, before it is cut, so that its pieces meet where tiles do
THIN_LINE = f"ST_AsMVTGeom(ST_Simplify(ST_Transform(geometry, 3857), %(half_pixel)s), {ENVELOPE}, {EXTENT}, 32)"
POINT = (
    "ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(map_x({location}), map_y({location})), 3857), "
    + ENVELOPE
    + f", {EXTENT}, 0, false)"
)
# What lies on the line between two tiles is on the eastern and on the southern one only
ON_TILE = (
    "map_x({location}) >= %(west_edge)s AND map_x({location}) < %(east_edge)s "
    "AND map_y({location}) > %(south_edge)s AND map_y({location}) <= %(north_edge)s"
)

AREAS = f"""
SELECT coalesce((
           SELECT ST_AsMVT(shape, 'areas', {EXTENT}) FROM (
               SELECT {SHAPE.format(geometry="geometry")}, code, label(names, %(lang)s) AS name, level,
                      country_iso3 AS country, iso, valid_to < current_date AS ended, region
               FROM areas_on_map JOIN (SELECT iso3, region FROM countries) c ON iso3 = country_iso3
               WHERE geometry && {NEAR} AND level <= %(deepest_level)s
               ORDER BY level, code
           ) AS shape), '')
    || coalesce((
           SELECT ST_AsMVT(name_of, 'area_names', {EXTENT}) FROM (
               SELECT {POINT.format(location="label_point")}, code, label(names, %(lang)s) AS name, level
               FROM areas_on_map
               WHERE label_point && {NEAR} AND {ON_TILE.format(location="label_point")} AND level <= %(deepest_level)s
               ORDER BY level, code
           ) AS name_of), '')
"""

BORDERS = f"""
SELECT coalesce((
           SELECT ST_AsMVT(line, 'borders', {EXTENT}) FROM (
               SELECT {THIN_LINE}, level, disputed_code IS NOT NULL AS disputed, disputed_code AS code,
                      label(f.names, %(lang)s) AS name
               FROM (
                   SELECT * FROM border_lines
                   WHERE geometry && ST_Expand({NEAR}, %(margin)s) AND level <= %(deepest_level)s
               ) b
               LEFT JOIN (SELECT code, names FROM disputed_features) f ON f.code = b.disputed_code
               ORDER BY level, b.id
           ) AS line), '')
    || coalesce((
           SELECT ST_AsMVT(area, 'disputed_areas', {EXTENT}) FROM (
               SELECT {SHAPE.format(geometry="geometry")}, code, label(names, %(lang)s) AS name, true AS disputed,
                      label(note, %(lang)s) AS note, array_to_string(claimants, ',') AS claimants
               FROM disputed_features
               WHERE geometry && {NEAR} AND kind = 'area'
               ORDER BY code
           ) AS area), '')
"""

PLACES = f"""
SELECT coalesce(ST_AsMVT(town, 'places', {EXTENT}), '') FROM (
    SELECT {POINT.format(location="location")}, label(names, %(lang)s) AS name, kind, rank, country_iso3 AS country
    FROM places
    WHERE location && {NEAR} AND {ON_TILE.format(location="location")} AND rank <= %(least_rank)s
    ORDER BY rank, code
) AS town
"""


def areas(tile: Tile, lang: str) -> Sql:
    """Layers `areas` (polygons) and `area_names` (one point each). Districts appear from zoom 7 on."""
    return Sql(AREAS, values(tile, lang) | {"deepest_level": deepest_level(tile.z)})


def borders(tile: Tile, lang: str) -> Sql:
    """Layers `borders` (lines; `disputed` true or false) and `disputed_areas` (polygons, all disputed)."""
    return Sql(BORDERS, values(tile, lang) | {"deepest_level": deepest_level(tile.z)})


def places(tile: Tile, lang: str) -> Sql:
    """Layer `places`: capitals first, smaller towns as one comes nearer."""
    return Sql(PLACES, values(tile, lang) | {"least_rank": max(1, tile.z - 2) if tile.z < 9 else 99})


def deepest_level(zoom: int) -> int:
    return 0 if zoom < 3 else 1 if zoom < 7 else 4


def values(tile: Tile, lang: str) -> dict[str, object]:
    box, edges = tile.box, tile.edges
    return {
        "z": tile.z,
        "x": tile.x,
        "y": tile.y,
        "lang": lang,
        "tile_west": box.west,
        "tile_south": box.south,
        "tile_east": box.east,
        "tile_north": box.north,
        "west_edge": edges.west,
        "south_edge": edges.south,
        "east_edge": edges.east,
        "north_edge": edges.north,
        "margin": 360 / tile.tiles / 32,  # degrees: more than the 32 units of the tile's own margin
        "half_pixel": 40_075_016.7 / tile.tiles / 1024,
    }
