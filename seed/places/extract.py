"""How the GeoJSON files of this folder were made, once, from Natural Earth; the portal never runs it.

    apt-get install qgis-common nodejs npm
    uv run --with shapely==2.1.2 python -m seed.places.extract /usr/share/qgis/resources/data/world_map.gpkg

The source is a clean coverage (no overlap, no gap, see README.md). mapshaper thins all shapes in one pass, so a border
shared by two of them is thinned once and stays shared: the ten countries keep their detail, the others lose most of it.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import shapely
from pyogrio.raw import read
from shapely.geometry.base import BaseGeometry

from seed.places.disputed import disputed_rows

Row = dict[str, Any]
HERE = Path(__file__).parent
MAPSHAPER = "mapshaper@0.7.70"
DECIMALS = 4
REGION = ["KAZ", "KGZ", "TJK", "UZB", "TKM", "AFG", "PAK", "IRN", "IND", "AZE"]
SHOWN = shapely.box(20, 0, 140, 65)
DETAIL_REGION_M, DETAIL_CONTEXT_M = 100, 3000

# Natural Earth's own country codes, and the places where it draws who controls a land instead of what the
# United Nations' maps show: those lands are features of their own in disputed.geojson besides.
COUNTRY_OF = {
    "KAB": "KAZ", "CYN": "CYP", "SOL": "SOM", "KOS": "SRB", "SDS": "SSD", "PSX": "PSE", "ALD": "FIN",
    "HKG": "CHN", "MAC": "CHN",
}  # fmt: skip
COUNTRY_OF_FIPS = {"UP11": "UKR", "UP20": "UKR"}
# Parts of countries of the context that disputed.geojson needs by themselves.
PART_OF = {"KOS": "SRB:Kosovo", "UP11": "UKR:Crimea", "UP20": "UKR:Crimea"}
LEFT_OUT = {"FSM", "PLW", "PGA", "ESB", "WSB"}
LEFT_OUT_FIPS = {"PF"}
NO_COUNTRY = "KAS"

# Shapes that are one administrative area today.
JOINED = {
    "KAZ::Baykonur lease in Qyzylorda": "KAZ:KZ14:Qyzylorda",
    "AZE:AJ55:Şuşa:Susa Sahari": "AZE:AJ55:Şuşa:Susa Rayonu",
}
# Areas of today that are exactly the sum of areas of the past which the source still draws.
SUMS = {
    "PAK:PK03+PK01": ["PAK:PK03:K.P.", "PAK:PK01:F.A.T.A."],
    "IND:IN06+IN32": ["IND:IN06:Dadra and Nagar Haveli", "IND:IN32:Daman and Diu"],
}


def features(path: str, layer: str) -> list[tuple[Row, BaseGeometry]]:
    meta, _, geometries, columns = read(path, layer=layer)
    rows = (dict(zip(meta["fields"], row, strict=True)) for row in zip(*columns, strict=True))
    return list(zip(rows, shapely.from_wkb(geometries), strict=True))


def country(row: Row) -> str:
    code: str = row["adm0_a3"]
    return COUNTRY_OF_FIPS.get(row["fips"] or "") or COUNTRY_OF.get(code, code)


def short_key(row: Row) -> str:
    return f"{country(row)}:{row['fips'] or ''}:{row['name']}"


def keyed_shapes(source: str) -> list[Row]:
    """Every shape of the map shown with its stable key; a name that stands twice gets the gazetteer's name as well."""
    shown = {country(row) for row, shape in features(source, "states_provinces") if shape.intersects(SHOWN)} - LEFT_OUT
    rows = [(row, shape) for row, shape in features(source, "states_provinces") if country(row) in shown]
    rows = [(row, shape) for row, shape in rows if row["fips"] not in LEFT_OUT_FIPS]
    times = Counter(short_key(row) for row, _ in rows)
    shapes = []
    for row, shape in rows:
        key = short_key(row)
        key = f"{key}:{row['gn_name']}" if times[key] > 1 else key
        shapes.append({"key": unit_key(row, JOINED.get(key, key)), "country": country(row), "shape": shape})
    return shapes


def unit_key(row: Row, key: str) -> str:
    if country(row) in REGION:
        return key
    return PART_OF.get(row["adm0_a3"]) or PART_OF.get(row["fips"] or "") or country(row)


def units(shapes: list[Row]) -> list[Row]:
    """One shape for each area of the ten countries and for each of the other countries."""
    parts: dict[tuple[str, str], list[BaseGeometry]] = defaultdict(list)
    for one in shapes:
        parts[one["key"], one["country"]].append(one["shape"])
    return [{"key": key, "country": iso3, "shape": shapely.union_all(shape)} for (key, iso3), shape in parts.items()]


def thinned(given: list[Row]) -> list[Row]:
    """All shapes through mapshaper together: shared borders are thinned once; coordinates rounded, crossings mended."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.geojson"), Path(folder, "after.geojson")
        detail = [DETAIL_REGION_M if one["country"] in [*REGION, NO_COUNTRY] else DETAIL_CONTEXT_M for one in given]
        before.write_text(
            collection([one | {"id": i, "detail": detail[i]} for i, one in enumerate(given)], decimals=12)
        )
        subprocess.run(
            ["npx", "--yes", MAPSHAPER, "-i", before, "-simplify", "variable", "interval=detail", "keep-shapes",
             "-clean", "-o", after, f"precision={10**-DECIMALS}", "fix-geometry"],
            check=True,
        )  # fmt: skip
        shapes = {int(f["properties"]["id"]): f["geometry"] for f in json.loads(after.read_text())["features"]}
    return [one | {"shape": shapely.from_geojson(json.dumps(shapes[i]))} for i, one in enumerate(given)]


def collection(rows: list[Row], decimals: int = DECIMALS) -> str:
    """Compact GeoJSON, one feature a line, so that a change shows as a change of lines."""
    lines = []
    for row in rows:
        properties = {name: value for name, value in row.items() if name != "shape"}
        geometry = json.loads(shapely.to_geojson(row["shape"]))
        feature = {"type": "Feature", "properties": properties, "geometry": rounded(geometry, decimals)}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def rounded(value: object, decimals: int) -> object:
    if isinstance(value, float):
        return round(value, decimals)
    if isinstance(value, list | tuple):
        return [rounded(one, decimals) for one in value]
    return {k: rounded(v, decimals) for k, v in value.items()} if isinstance(value, dict) else value


def area_rows(found: list[Row]) -> list[Row]:
    rows = [one for one in found if one["country"] in REGION]
    by_key = {one["key"]: one["shape"] for one in rows}
    sums = [
        {"key": key, "country": key[:3], "shape": shapely.union_all([by_key[part] for part in parts])}
        for key, parts in SUMS.items()
    ]
    return sorted(rows + sums, key=lambda one: one["key"])


def country_rows(found: list[Row]) -> list[Row]:
    """A country is the sum of its areas, so its border is theirs, point for point."""
    parts: dict[str, list[BaseGeometry]] = defaultdict(list)
    for one in found:
        if one["country"] != NO_COUNTRY:
            parts[one["country"]].append(one["shape"])
    return [{"key": iso3, "shape": shapely.union_all(shapes)} for iso3, shapes in sorted(parts.items())]


def main(source: str) -> None:
    found = thinned(units(keyed_shapes(source)))
    claims = [row | {"shape": shape} for row, shape in features(source, "disputed_borders")]
    (HERE / "areas.geojson").write_text(collection(area_rows(found)))
    (HERE / "countries.geojson").write_text(collection(country_rows(found)))
    (HERE / "disputed.geojson").write_text(collection(disputed_rows(found, claims)))


if __name__ == "__main__":
    main(sys.argv[1])
