"""The statements of an import of areas: stage the file's rows, match them with what is there, write what differs.

The rows wait in a temporary table `incoming`; `shares` says how much of which area each of them covers. An area of the
file is the same unit as an area in force when both have the same p-code, or the same name and at least half of one
another's surface, or four fifths of one another's surface whatever they are called.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

Values = dict[str, Any]


def country_with(db: Session, said: str) -> str | None:
    """The iso3 of the country that a file calls by its ISO code or its English name."""
    found = """
        SELECT iso3 FROM countries
        WHERE upper(:said) IN (iso3, iso2) OR lower(:said) = lower(names ->> 'en')
    """
    iso3: str | None = db.scalar(text(found), {"said": said})
    return iso3


def knows_srid(db: Session, srid: int) -> bool:
    return bool(db.scalar(text("SELECT true FROM spatial_ref_sys WHERE srid = :srid"), {"srid": srid}))


def lock_areas(db: Session) -> None:
    """Readers go on; a second import, or the seed, waits."""
    db.execute(text("LOCK TABLE areas IN SHARE ROW EXCLUSIVE MODE"))


# -- staging


def stage(db: Session, rows: Sequence[Values], srid: int) -> None:
    db.execute(text(EMPTY_STAGE))
    db.execute(text(STAGE_ROW), [row | {"srid": srid} for row in rows])
    db.execute(text("ANALYZE incoming"))


def stage_sum(db: Session, country: str) -> None:
    """The country's own outline, as the sum of its areas of level 1 in force."""
    db.execute(text(EMPTY_STAGE))
    db.execute(text(STAGE_SUM), {"country": country})


EMPTY_STAGE = """
    DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.shares;
    CREATE TEMPORARY TABLE incoming (
        n bigint GENERATED ALWAYS AS IDENTITY, pcode text, names jsonb, spellings text[], parent_pcode text,
        population bigint, valid_to date, was_valid bool, geometry geometry(MultiPolygon, 4326),
        old_id uuid, new_id uuid DEFAULT uuid_v7(), state text
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE shares (
        n bigint, area_id uuid, same_pcode bool, same_name bool, of_old float8, of_new float8, in_force bool
    ) ON COMMIT DROP
"""

STAGE_ROW = """
    INSERT INTO incoming (pcode, names, spellings, parent_pcode, population, valid_to, was_valid, geometry)
    SELECT :pcode, CAST(:names AS jsonb), :spellings, :parent_pcode, :population, :valid_to, ST_IsValid(shape),
           ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Transform(shape, 4326)), 3))
    FROM (SELECT ST_GeomFromWKB(:shape, :srid) AS shape) AS given
"""

STAGE_SUM = """
    INSERT INTO incoming (names, spellings, was_valid, geometry)
    SELECT '{}', '{}', true, ST_Multi(ST_CollectionExtract(ST_Union(geometry ORDER BY code), 3))
    FROM areas WHERE country_iso3 = :country AND level = 1 AND valid_to IS NULL
"""


def staged_without_surface(db: Session) -> list[str]:
    return list(db.scalars(text("SELECT pcode FROM incoming WHERE ST_IsEmpty(geometry) ORDER BY pcode")))


def staged_repaired(db: Session) -> list[str]:
    return list(db.scalars(text("SELECT pcode FROM incoming WHERE NOT was_valid ORDER BY pcode")))


def shares_of_country(db: Session, country: str) -> tuple[float, float]:
    """How much of the staged surface lies in the country as it is drawn now, and how much of the country is covered.

    Both are 1 for a country that is not drawn at all.
    """
    found = """
        SELECT common / (SELECT sum(ST_Area(geometry)) FROM incoming), common / whole
        FROM (
            SELECT sum(ST_Area(ST_Intersection(incoming.geometry, country.geometry))) AS common,
                   max(ST_Area(country.geometry)) AS whole
            FROM incoming, areas_on_map country
            WHERE country.level = 0 AND country.country_iso3 = :country
        ) AS measured
    """
    of_file, of_country = db.execute(text(found), {"country": country}).one()
    return (1, 1) if of_file is None else (of_file, of_country)


def staged_far_away(db: Session, country: str) -> list[str]:
    """P-codes of what lies a degree or more from the country: a slip in one row's coordinates."""
    found = """
        SELECT incoming.pcode FROM incoming, areas_on_map country
        WHERE country.level = 0 AND country.country_iso3 = :country
          AND NOT ST_DWithin(incoming.geometry, country.geometry, 1)
        ORDER BY 1
    """
    return list(db.scalars(text(found), {"country": country}))


def overlapped_countries(db: Session, country: str) -> list[tuple[str, int]]:
    """Other countries whose drawn land the staged shapes take, with km²; slivers along a border aside."""
    found = """
        SELECT iso3, round(km2)::int
        FROM (
            SELECT other.country_iso3 AS iso3,
                   sum(ST_Area(ST_Intersection(incoming.geometry, other.geometry)::geography)) / 1e6 AS km2,
                   max(ST_Area(ST_Intersection(incoming.geometry, other.geometry)) / ST_Area(incoming.geometry)) AS share
            FROM incoming
            JOIN areas_on_map other ON other.level = 0 AND other.country_iso3 <> :country
                                   AND ST_Intersects(incoming.geometry, other.geometry)
            GROUP BY 1
        ) AS taken
        WHERE share > 0.2 OR km2 > 10000
        ORDER BY km2 DESC
    """
    return [(iso3, km2) for iso3, km2 in db.execute(text(found), {"country": country})]


# -- matching


def match_units(db: Session, country: str, level: int, on: date) -> None:
    """Fill `shares`, then give each staged row the area in force that is the same unit, and its state."""
    values = {"country": country, "level": level, "on": on}
    db.execute(text(FIND_OVERLAPS), values)
    db.execute(text(MATCH))
    db.execute(text(STATE), values)


FIND_OVERLAPS = """
    INSERT INTO shares (n, area_id, same_pcode, same_name, of_old, of_new, in_force)
    SELECT i.n, old.id, coalesce(old.pcode = i.pcode, :level = 0), coalesce(said.by_file && said.by_us, false),
           common / ST_Area(old.geometry), common / ST_Area(i.geometry), old.valid_to IS NULL OR old.valid_to > :on
    FROM incoming i
    JOIN areas old ON old.country_iso3 = :country AND old.level = :level
                  AND (old.pcode = i.pcode OR old.geometry && i.geometry),
         LATERAL (SELECT coalesce(ST_Area(ST_Intersection(old.geometry, i.geometry)), 0) AS common) AS c,
         LATERAL (
             SELECT (SELECT array_agg(fold(value)) FROM jsonb_each_text(i.names)) AS by_file,
                    (SELECT array_agg(fold(name)) FROM (
                        SELECT value AS name FROM jsonb_each_text(old.names) UNION ALL SELECT unnest(old.spellings)) AS ours
                    ) AS by_us
         ) AS said
    WHERE old.valid_to IS NULL OR old.valid_to > :on
       OR old.id IN (SELECT id FROM areas_on_map)
"""

# Best for both: a row has one old unit at most, and an old unit one row
MATCH = """
    WITH alike AS (
        SELECT n, area_id,
               row_number() OVER (PARTITION BY n       ORDER BY same_pcode DESC, of_old + of_new DESC) AS for_row,
               row_number() OVER (PARTITION BY area_id ORDER BY same_pcode DESC, of_old + of_new DESC) AS for_area
        FROM shares
        WHERE in_force AND (same_pcode OR same_name AND of_old >= 0.5 AND of_new >= 0.5 OR of_old >= 0.8 AND of_new >= 0.8)
    )
    UPDATE incoming SET old_id = alike.area_id
    FROM alike WHERE alike.n = incoming.n AND for_row = 1 AND for_area = 1
"""

STATE = """
    UPDATE incoming i
    SET state = CASE
        WHEN i.old_id IS NULL THEN 'added'
        WHEN (i.pcode IS NULL OR old.pcode IS NOT DISTINCT FROM i.pcode) AND old.names @> i.names
             AND old.spellings || ARRAY(SELECT value FROM jsonb_each_text(old.names)) @> i.spellings
             AND (i.population IS NULL OR old.population IS NOT DISTINCT FROM i.population)
             AND (i.valid_to IS NULL OR old.valid_to IS NOT DISTINCT FROM i.valid_to)
             AND ST_AsBinary(old.geometry) = ST_AsBinary(i.geometry) THEN 'unchanged'
        WHEN old.valid_from = :on THEN 'corrected'
        ELSE 'replaced'
    END
    FROM incoming self LEFT JOIN areas old ON old.id = self.old_id
    WHERE self.n = i.n
"""


def states(db: Session) -> dict[str, int]:
    counted = db.execute(text("SELECT state, count(*) FROM incoming GROUP BY 1"))
    return {row[0]: row[1] for row in counted}


def youngest_in_force(db: Session, country: str, level: int, on: date) -> date | None:
    """The latest day from which an area is in force that this file would end: it must be before `on`."""
    found = """
        SELECT max(valid_from) FROM areas
        WHERE country_iso3 = :country AND level = :level AND (valid_to IS NULL OR valid_to > :on)
          AND (valid_from > :on
               OR valid_from = :on AND id NOT IN (SELECT old_id FROM incoming WHERE old_id IS NOT NULL))
    """
    youngest: date | None = db.scalar(text(found), {"country": country, "level": level, "on": on})
    return youngest


# -- writing


def close_replaced(db: Session, country: str, level: int, on: date) -> list[UUID]:
    """End what the file replaces or no longer has. The old area of a unit learns its p-code, so both are found by it."""
    closed = """
        UPDATE areas SET valid_to = :on, pcode = coalesce(areas.pcode, i.pcode)
        FROM areas self LEFT JOIN incoming i ON i.old_id = self.id
        WHERE self.id = areas.id AND areas.country_iso3 = :country AND areas.level = :level
          AND (areas.valid_to IS NULL OR areas.valid_to > :on)
          AND (i.state IS NULL OR i.state = 'replaced')
        RETURNING areas.id
    """
    return list(db.scalars(text(closed), {"country": country, "level": level, "on": on}))


def write_areas(db: Session, country: str, level: int, on: date, source: str) -> None:
    values = {"country": country, "level": level, "on": on, "source": source}
    db.execute(text(CORRECT), values)
    db.execute(text(INSERT), values)


# The file's names come first; ours stay in the languages that it lacks, and as spellings where they differ
NAMES = "coalesce(old.names, (SELECT names FROM countries WHERE iso3 = :country AND :level = 0), '{}') || i.names"
SPELLINGS = f"""ARRAY(
        SELECT DISTINCT said FROM (
            SELECT unnest(old.spellings) UNION SELECT unnest(i.spellings) UNION SELECT value FROM jsonb_each_text(old.names)
        ) AS all_said (said)
        WHERE said NOT IN (SELECT value FROM jsonb_each_text({NAMES}))
        ORDER BY said
    )"""

CORRECT = f"""
    WITH corrected AS (
        SELECT i.*, {NAMES} AS all_names, {SPELLINGS} AS all_spellings
        FROM incoming i JOIN areas old ON old.id = i.old_id WHERE i.state = 'corrected'
    )
    UPDATE areas
    SET pcode = coalesce(c.pcode, areas.pcode), names = c.all_names, spellings = c.all_spellings, source = :source,
        population = coalesce(c.population, areas.population), valid_to = coalesce(c.valid_to, areas.valid_to),
        population_on = CASE WHEN c.population IS NULL THEN areas.population_on ELSE :on END,
        geometry = c.geometry, label_point = (ST_MaximumInscribedCircle(c.geometry)).center
    FROM corrected c WHERE areas.id = c.old_id
"""

# A unit keeps its code and its ISO 3166-2 code; a new one is known by its p-code. Whatever end was known of it stays
INSERT = f"""
    INSERT INTO areas (id, code, pcode, iso, level, country_iso3, parent_id, names, spellings, valid_from, valid_to,
                       population, population_on, geometry, label_point, source)
    SELECT i.new_id, coalesce(old.code, i.pcode, :country), coalesce(i.pcode, old.pcode), old.iso, :level, :country, NULL, {NAMES}, {SPELLINGS},
           :on, coalesce(i.valid_to, nullif(old.valid_to, :on)), coalesce(i.population, old.population),
           CASE WHEN i.population IS NULL THEN old.population_on ELSE :on END,
           i.geometry, (ST_MaximumInscribedCircle(i.geometry)).center, :source
    FROM incoming i LEFT JOIN areas old ON old.id = i.old_id
    WHERE i.state IN ('added', 'replaced')
"""


def link_predecessors(db: Session) -> None:
    """Each new area comes out of the ended ones it covers a twentieth of, or which cover half of it."""
    linked = """
        INSERT INTO area_predecessors (area_id, predecessor_id, share)
        SELECT i.new_id, o.area_id, least(o.of_old, 1)
        FROM incoming i JOIN shares o USING (n) JOIN areas old ON old.id = o.area_id
        WHERE i.state IN ('added', 'replaced') AND old.valid_to IS NOT NULL
          AND o.of_old > 0 AND (o.of_old >= 0.05 OR o.of_new >= 0.5)
        ON CONFLICT DO NOTHING
    """
    db.execute(text(linked))


def adopt(db: Session, country: str, level: int) -> None:
    """Give each area in force the parent in force that the file names, or else that its middle lies in."""
    values = {"country": country}
    if level > 0:
        db.execute(text(FIND_PARENTS), values | {"level": level, "only_orphans": False})
    db.execute(text(FIND_PARENTS), values | {"level": level + 1, "only_orphans": True})


FIND_PARENTS = """
    UPDATE areas child SET parent_id = found.parent_id
    FROM (
        SELECT child.id, parent.id AS parent_id
        FROM areas child
        LEFT JOIN areas now ON now.id = child.parent_id
        LEFT JOIN incoming i ON child.id IN (i.new_id, i.old_id),
             LATERAL (
                 SELECT id FROM areas
                 WHERE country_iso3 = :country AND level = :level - 1 AND valid_to IS NULL
                   AND (level = 0 OR pcode = i.parent_pcode OR ST_Intersects(geometry, child.label_point))
                 ORDER BY pcode = i.parent_pcode DESC NULLS LAST, code LIMIT 1
             ) AS parent
        WHERE child.country_iso3 = :country AND child.level = :level AND child.valid_to IS NULL
          AND (NOT :only_orphans OR now.id IS NULL OR now.valid_to IS NOT NULL)
    ) AS found
    WHERE child.id = found.id AND child.parent_id IS DISTINCT FROM found.parent_id
"""


def move_places(db: Session, country: str) -> None:
    """Towns belong to the areas of level 1 that are drawn now."""
    moved = """
        UPDATE places SET area_id = found.area_id
        FROM places town, LATERAL (
            SELECT id AS area_id FROM areas_on_map
            WHERE country_iso3 = :country AND level = 1
            ORDER BY ST_Distance(geometry, town.location), code LIMIT 1
        ) AS found
        WHERE town.id = places.id AND places.country_iso3 = :country AND places.area_id IS DISTINCT FROM found.area_id
    """
    db.execute(text(moved), {"country": country})
