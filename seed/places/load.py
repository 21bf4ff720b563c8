"""Countries, areas, disputed features and towns, from the files of this folder; rows that are equal are left alone.

Areas are told apart by their code and by their source: what `import-areas` brought or closed since stays as it is.
"""

import json
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.calendars import ZONES
from app.places.models import Country
from seed.tables import Row, Values, by_language, listed, read, upsert

HERE = Path(__file__).parent
SHAPES = "Natural Earth"
COUNTRY_SOURCE = "Natural Earth; the sum of the country's areas where the portal has them"


def load_places(db: Session) -> None:
    """All reference data of the places room, in the caller's transaction."""
    upsert(db, Country, country_rows(), key="iso3")
    run(db, LOAD_AREAS, country_area_rows())
    run(db, LOAD_AREAS, area_rows())
    run(db, LINK_PREDECESSORS, predecessor_rows())
    run(db, LOAD_DISPUTED, disputed_rows())
    run(db, LOAD_PLACES, place_rows())


def run(db: Session, statement: str, rows: list[Values]) -> None:
    db.execute(text(statement), {"rows": json.dumps(rows)})


# -- the files, as rows for the statements below


def country_rows() -> list[Values]:
    return [
        {
            "iso3": row["iso3"],
            "iso2": row["iso2"],
            "m49": int(row["m49"]) if row["m49"] else None,
            "names": by_language(row),
            "region": row["region"] == "yes",
            "position": int(row["position"]),
            "time_zone": ZONES.get(row["iso3"]),
        }
        for row in read("places/countries")
    ]


def country_area_rows() -> list[Values]:
    shapes = geometries("countries")
    return [
        area(row, code=row["iso3"], country=row["iso3"], level=0, source=COUNTRY_SOURCE, geometry=shapes[row["iso3"]])
        for row in read("places/countries")
        if row["iso3"] in shapes
    ]


def area_rows() -> list[Values]:
    shapes = geometries("areas")
    return [
        area(row, code=row["code"], country=row["country"], level=1, source=row["source"], geometry=shapes[row["key"]])
        for row in read("places/areas")
    ]


def area(row: Row, **given: object) -> Values:
    dated = {name: row.get(name) or None for name in ("iso", "valid_from", "valid_to")}
    return (
        dated
        | {"names": by_language(row), "spellings": listed(row["spellings"]), "note": by_language(row, "note_")}
        | given
    )


def predecessor_rows() -> list[Values]:
    pairs = [(row["code"], code) for row in read("places/areas") for code in listed(row["predecessors"])]
    return [{"code": code, "predecessor": predecessor} for code, predecessor in pairs]


def disputed_rows() -> list[Values]:
    """What is disputed today; lines of the past stay in the file and are not loaded."""
    shapes = geometries("disputed")
    return [
        {name: row[name] for name in ("code", "kind", "source")}
        | {
            "names": by_language(row),
            "claimants": listed(row["claimants"]),
            "note": by_language(row, "note_"),
            "geometry": shapes[row["code"]],
        }
        for row in read("places/disputed")
        if row["status"] == "now"
    ]


def place_rows() -> list[Values]:
    plain = ("code", "country", "kind", "rank", "lon", "lat", "source")
    return [
        {name: row[name] for name in plain} | {"names": by_language(row), "spellings": listed(row["spellings"])}
        for row in read("places/places")
    ]


def geometries(name: str) -> dict[str, Values]:
    collection = json.loads((HERE / f"{name}.geojson").read_text(encoding="utf-8"))
    return {feature["properties"]["key"]: feature["geometry"] for feature in collection["features"]}


# -- one statement a table

# An area that an import has closed earlier than the file says stays closed
LOAD_AREAS = f"""
    MERGE INTO areas AS old
    USING (
        SELECT given.*, parent.id AS parent_id, ST_Multi(ST_GeomFromGeoJSON(given.geometry)) AS shape
        FROM json_to_recordset(CAST(:rows AS json))
             AS given (code text, iso text, level int, country text, names jsonb, spellings text[], valid_from date,
                       valid_to date, note jsonb, source text, geometry json)
        LEFT JOIN areas parent
               ON given.level > 0 AND parent.code = given.country AND parent.level = 0
              AND parent.source LIKE '%{SHAPES}%'
    ) AS new
    ON old.code = new.code AND old.level = new.level AND old.source LIKE '%{SHAPES}%'
    WHEN NOT MATCHED THEN
        INSERT (code, iso, level, country_iso3, parent_id, names, spellings, valid_from, valid_to, note, source,
                geometry, label_point)
        VALUES (new.code, new.iso, new.level, new.country, new.parent_id, new.names, new.spellings, new.valid_from,
                new.valid_to, new.note, new.source, new.shape, (ST_MaximumInscribedCircle(new.shape)).center)
    WHEN MATCHED AND (old.iso, old.parent_id, old.names, old.spellings, old.valid_from, old.note, old.source,
                      ST_AsBinary(old.geometry), old.valid_to)
                     IS DISTINCT FROM
                     (new.iso, new.parent_id, new.names, new.spellings, new.valid_from, new.note, new.source,
                      ST_AsBinary(new.shape), LEAST(old.valid_to, new.valid_to)) THEN
        UPDATE SET iso = new.iso, parent_id = new.parent_id, names = new.names, spellings = new.spellings,
                   valid_from = new.valid_from, valid_to = LEAST(old.valid_to, new.valid_to), note = new.note,
                   source = new.source, geometry = new.shape,
                   label_point = (ST_MaximumInscribedCircle(new.shape)).center
"""

LINK_PREDECESSORS = f"""
    INSERT INTO area_predecessors (area_id, predecessor_id, share)
    SELECT area.id, predecessor.id, 1
    FROM json_to_recordset(CAST(:rows AS json)) AS new (code text, predecessor text)
    JOIN areas area        ON area.code = new.code               AND area.source LIKE '%{SHAPES}%'
    JOIN areas predecessor ON predecessor.code = new.predecessor AND predecessor.source LIKE '%{SHAPES}%'
    ON CONFLICT (area_id, predecessor_id) DO NOTHING
"""

LOAD_DISPUTED = """
    MERGE INTO disputed_features AS old
    USING (
        SELECT given.*, ST_GeomFromGeoJSON(given.geometry) AS shape
        FROM json_to_recordset(CAST(:rows AS json))
             AS given (code text, names jsonb, kind text, claimants text[], note jsonb, source text, geometry json)
    ) AS new
    ON old.code = new.code
    WHEN NOT MATCHED THEN
        INSERT (code, names, kind, claimants, note, source, geometry)
        VALUES (new.code, new.names, new.kind, new.claimants, new.note, new.source, new.shape)
    WHEN MATCHED AND (old.names, old.kind, old.claimants, old.note, old.source, ST_AsBinary(old.geometry))
                     IS DISTINCT FROM
                     (new.names, new.kind, new.claimants, new.note, new.source, ST_AsBinary(new.shape)) THEN
        UPDATE SET names = new.names, kind = new.kind, claimants = new.claimants, note = new.note,
                   source = new.source, geometry = new.shape
"""

# A town on a thinned border may fall on the wrong side of it: its area is the nearest of its own country
LOAD_PLACES = """
    MERGE INTO places AS old
    USING (
        SELECT given.*, area.id AS area_id, at.point
        FROM json_to_recordset(CAST(:rows AS json))
             AS given (code text, country text, kind text, rank int, lon float8, lat float8, names jsonb,
                       spellings text[], source text),
             LATERAL (SELECT ST_SetSRID(ST_MakePoint(given.lon, given.lat), 4326) AS point) at
        LEFT JOIN LATERAL (
            SELECT id FROM areas_on_map
            WHERE country_iso3 = given.country AND level = 1
            ORDER BY ST_Distance(geometry, at.point), code LIMIT 1
        ) area ON true
    ) AS new
    ON old.code = new.code
    WHEN NOT MATCHED THEN
        INSERT (code, names, spellings, country_iso3, area_id, kind, rank, location, source)
        VALUES (new.code, new.names, new.spellings, new.country, new.area_id, new.kind, new.rank, new.point, new.source)
    WHEN MATCHED AND (old.names, old.spellings, old.country_iso3, old.area_id, old.kind, old.rank,
                      ST_AsBinary(old.location), old.source)
                     IS DISTINCT FROM
                     (new.names, new.spellings, new.country, new.area_id, new.kind, new.rank,
                      ST_AsBinary(new.point), new.source) THEN
        UPDATE SET names = new.names, spellings = new.spellings, country_iso3 = new.country, area_id = new.area_id,
                   kind = new.kind, rank = new.rank, location = new.point, source = new.source
"""
