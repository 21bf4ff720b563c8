"""Tiles of records. Every row that may be seen is counted once on each zoom: by itself, or in the cell it stands in.

To zoom 7 the rows of a cell are one point in their middle, with `n` rows; below, each row is a point, unless a tile has
so many that it is gathered too, on a finer grid. Where `n` is 1 the point says which record it is; `cells` is how many
cells there are on a side of the world, from which follows the cell a point stands for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.filters import ListFilter
from app.listing import Listing
from app.maps.queries.ground import ENVELOPE, NEAR, ON_TILE, values
from app.maps.rules import CELLS, FINE_CELLS, MOST_POINTS, Tile
from app.permissions import By, asking, seen_everywhere, visible_values
from app.sql import Sql, all_of

EXTENT = 4096
# Not clipped: a middle that rounding puts a hair outside its tile must not get lost
POINT = f"ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(middle_x, middle_y), 3857), {ENVELOPE}, {EXTENT}, 0, false)"


@dataclass(frozen=True)
class Layer:
    """A noun on the map. In the SQL a row of its table is r, in `says` it is `one`."""

    listing: Listing
    geometry: str  # the indexed column
    position: str  # the point of it that stands on the map
    says: str
    worst: str = "NULL::int"  # what a cluster says of the worst of its rows
    shapes: str = ""  # the MVT layer of the outlines of rows that are more than a point
    # where rows are counted ahead: those that a known asker sees besides, as pairs of a position and a condition
    besides: Callable[[By], Sequence[tuple[str, str]]] | None = None


# Counted ahead by triggers, where no filter narrows what is seen
COUNTED = """
    SELECT sum(n)::bigint AS n, (sum(sum_x) / sum(n))::float8 AS middle_x, (sum(sum_y) / sum(n))::float8 AS middle_y,
           uuid_of_halves(bit_xor(xor_high), bit_xor(xor_low)) AS single, NULL::int AS worst
    FROM {counted}
    GROUP BY cell_x, cell_y
    HAVING sum(n) > 0"""

CELLS_SEEN = """capacity_cells
    WHERE zoom = %(z)s AND visibility {seen}
      AND cell_x BETWEEN %(cell_west)s AND %(cell_east)s
      AND cell_y BETWEEN %(cell_north)s AND %(cell_south)s"""

# With the few rows that a known asker sees besides those that all of their audiences see
WITH_OTHERS = """(
        SELECT cell_x, cell_y, n, sum_x, sum_y, xor_high, xor_low FROM {cells}
        UNION ALL
        SELECT map_cell(x, %(cells)s), map_cell(-y, %(cells)s), 1, x::bigint, y::bigint, uuid_half(id, 1), uuid_half(id, 17)
        FROM ({others}) other
    ) counted"""

FOUND = """
    SELECT r.id, r.ref, {worst} AS worst, map_x({position}) AS x, map_y({position}) AS y
    FROM {source}
    WHERE {conditions}
      AND {geometry} && {near}
      AND {on_tile}"""

GATHERED = """
    SELECT count(*) AS n, avg(x) AS middle_x, avg(y) AS middle_y, max(worst) AS worst, min(ref) AS single
    FROM ({found}) found
    GROUP BY map_cell(x, %(cells)s), map_cell(-y, %(cells)s){singly}"""

TILE = """
SELECT coalesce(ST_AsMVT(dot, '{name}', {extent}), '') FROM (
    SELECT {point}, n, worst, %(cells)s AS cells, {says}
    FROM ({cells}) cells
    LEFT JOIN {table} one ON n = 1 AND one.{key} = cells.single
    ORDER BY middle_y DESC, middle_x
) AS dot"""

# As many as a tile can show; the points beside them miss none
SHAPES = """
    || coalesce((SELECT ST_AsMVT(shape, '{name}', {extent}) FROM (
           SELECT ST_AsMVTGeom(ST_Transform(ST_ClipByBox2D({geometry}, ST_Expand({near}, %(margin)s)), 3857), {envelope},
                               {extent}, 64),
                  r.ref, {worst} AS worst
           FROM {source}
           WHERE {conditions}
             AND {geometry} && {near} AND ST_Dimension({geometry}) > 0
           ORDER BY ST_Area({geometry}) DESC, r.ref
           LIMIT 500
       ) AS shape), '')"""


def points(layer: Layer, where: ListFilter, tile: Tile, lang: str) -> Sql:
    """An MVT layer by the noun's name, and one of outlines where it has such. The filters are those of the noun's list, and so are the rows."""
    given = where.given - {"lang"}
    is_counted = bool(layer.besides) and tile.gathers and not given
    rows = row_parts(layer, where)
    text = TILE.format(
        name=layer.listing.name,
        extent=EXTENT,
        point=POINT,
        says=layer.says,
        cells=counted(layer, asking()) if is_counted else gathered(rows, tile),
        key="id" if is_counted else "ref",
        table=layer.listing.table,
    )
    if layer.shapes:
        # brackets, for TILE is a whole SELECT
        text = f"SELECT ({text})" + SHAPES.format(name=layer.shapes, extent=EXTENT, envelope=ENVELOPE, **rows)
    return Sql(text, {**where.values(), **values(tile, lang), **cell_values(tile), **visible_values(asking())})


def row_parts(layer: Layer, where: ListFilter) -> dict[str, str]:
    """The fragments that say which rows are meant: those of the list. Withdrawn ones never, for a map shows what is."""
    conditions = layer.listing.conditions(where)
    if layer.listing.withdrawable:
        conditions.append("r.withdrawn_at IS NULL")
    return {
        "source": layer.listing.source(where, by_place=True),
        "conditions": all_of(conditions),
        "geometry": layer.geometry,
        "near": NEAR,
        "position": layer.position,
        "on_tile": ON_TILE.format(location=layer.position),
        "worst": layer.worst,
    }


def counted(layer: Layer, by: By) -> str:
    """What was counted ahead of all that everybody sees, or all of an audience; and one by one what this asker sees besides."""
    if not by.is_known or not layer.besides:
        return COUNTED.format(counted=CELLS_SEEN.format(seen="= 'public'"))
    seen = ", ".join(f"'{visibility}'" for visibility in seen_everywhere(by))
    parts = {"source": f"{layer.listing.table} r", "worst": "NULL", "near": NEAR}
    others = [
        FOUND.format(position=at, geometry=at, conditions=condition, on_tile=ON_TILE.format(location=at), **parts)
        for at, condition in layer.besides(by)
    ]
    cells = CELLS_SEEN.format(seen=f"IN ({seen})")
    return COUNTED.format(counted=WITH_OTHERS.format(cells=cells, others="\n    UNION ALL".join(others)))


def gathered(rows: dict[str, str], tile: Tile) -> str:
    found = FOUND.format(**rows)
    if tile.gathers:
        return GATHERED.format(found=found, singly="")
    counted = f"SELECT *, count(*) OVER () AS total FROM ({found}) placed"
    return GATHERED.format(found=counted, singly=", CASE WHEN total <= %(most)s THEN id END")


def cell_values(tile: Tile) -> dict[str, int]:
    """How many cells there are on a side of the world, and the first and last of the tile."""
    cells = CELLS if tile.gathers else FINE_CELLS
    return {
        "cells": tile.tiles * cells,
        "cell_west": tile.x * cells,
        "cell_east": tile.x * cells + cells - 1,
        "cell_north": tile.y * cells,
        "cell_south": tile.y * cells + cells - 1,
        "most": MOST_POINTS,
    }
