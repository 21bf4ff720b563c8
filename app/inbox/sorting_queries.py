"""What sorting asks, for a whole batch at a time: the items, where they are, what is known of the like; and what it writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.inbox.grouping import Group
from app.inbox.likeness import kin_of, tolerance_of
from app.inbox.models import InboxRule
from app.inbox.told import Placed, Told

LOCKS = 2016
KM_OF_A_DEGREE = 110.5

UNSORTED = """
SELECT i.id, i.feed_id, f.code, f.name, f.adapter, i.revision, i.said, i.seen_at
FROM feed_items i JOIN feeds f ON f.id = i.feed_id
WHERE i.sorted_at IS NULL ORDER BY i.id LIMIT :most FOR NO KEY UPDATE OF i SKIP LOCKED"""

# A ring that crosses itself is put right, so that what it touches can be told
SHAPE = """(SELECT CASE WHEN ST_IsEmpty(g) THEN NULL WHEN ST_IsValid(g) THEN g ELSE ST_CollectionExtract(ST_MakeValid(g)) END
    FROM ST_SetSRID(ST_GeomFromGeoJSON({geometry}), 4326) g)"""

PLACES = f"""
WITH asked AS MATERIALIZED (
    SELECT x.id, x.said, {SHAPE.format(geometry="x.geometry::text")} AS shape
    FROM jsonb_to_recordset(CAST(:items AS jsonb)) AS x(id uuid, geometry jsonb, said text[])
), located AS MATERIALIZED (
    SELECT id, said, shape, ST_PointOnSurface(shape) AS point FROM asked
)
SELECT l.id, ST_X(l.point) AS lon, ST_Y(l.point) AS lat, inside.codes AS inside, coalesce(inside.ours, false) AS ours, near.codes AS near,
       ARRAY(SELECT iso3 FROM countries WHERE region AND iso3 = ANY (l.said) ORDER BY iso3) AS said, cardinality(l.said) AS many_said,
       parts.codes AS areas, parts.names AS area_names,
       CASE WHEN town.km <= :far THEN to_jsonb(town) END AS town
FROM located l
LEFT JOIN LATERAL (
    SELECT array_agg(m.country_iso3 ORDER BY m.country_iso3) AS codes, bool_or(c.region) AS ours
    FROM areas_on_map m JOIN countries c ON c.iso3 = m.country_iso3 WHERE m.level = 0 AND ST_Intersects(m.geometry, l.shape)
) inside ON true
LEFT JOIN LATERAL (
    SELECT array_agg(m.country_iso3 ORDER BY m.country_iso3) AS codes
    FROM areas_on_map m JOIN countries c ON c.iso3 = m.country_iso3
    WHERE m.level = 0 AND c.region AND m.country_iso3 <> ALL (coalesce(inside.codes, '{{}}'))
      AND m.geometry && ST_Expand(l.shape, :wide, :high) AND ST_DWithin(m.geometry, l.shape, :wide)
      AND ST_DWithin(m.geometry::geography, l.shape::geography, :margin)
) near ON true
LEFT JOIN LATERAL (
    SELECT array_agg(m.code ORDER BY m.level, m.code) AS codes, jsonb_agg(m.names ORDER BY m.code) FILTER (WHERE m.level = 1) AS names
    FROM areas_on_map m WHERE m.level > 0 AND ST_Intersects(m.geometry, l.shape)
) parts ON true
LEFT JOIN LATERAL (
    SELECT p.names, p.country_iso3 AS country, ST_Distance(p.location::geography, l.point::geography) / 1000 AS km,
           coalesce(degrees(ST_Azimuth(p.location::geography, l.point::geography)), 0) AS azimuth
    FROM places p WHERE l.point IS NOT NULL ORDER BY p.location <-> l.point LIMIT 1
) town ON true"""

KNOWN = """
SELECT candidate_id FROM candidate_items WHERE item_id = ANY (:ids)
UNION SELECT candidate_id FROM candidate_keys WHERE key = ANY (:keys)
UNION
SELECT c.candidate_id
FROM jsonb_to_recordset(CAST(:near AS jsonb)) AS x(kin text, since timestamptz, until timestamptz, lon float8, lat float8, high float8)
JOIN candidate_items c ON c.kin = x.kin AND c.started_at BETWEEN x.since AND x.until AND abs(ST_Y(c.point) - x.lat) <= x.high"""

MEMBERS = """
SELECT c.candidate_id, c.item_id, c.feed_id, f.code, f.name, f.adapter, c.revision, c.said, i.seen_at, c.placed
FROM candidate_items c JOIN feed_items i ON i.id = c.item_id JOIN feeds f ON f.id = c.feed_id
WHERE c.candidate_id = ANY (:ids) ORDER BY c.item_id"""

STATES = """
SELECT id, status, urgent, is_changed, changed, decided, decided_at, raised_at, rule_id, reason
FROM candidates WHERE id = ANY (:ids) ORDER BY id FOR UPDATE"""

COLUMNS = {
    "id": "uuid", "status": "text", "is_changed": "boolean", "urgent": "boolean", "titles": "jsonb", "hazard_code": "text",
    "started_at": "timestamptz", "ended_at": "timestamptz", "magnitude": "float8", "magnitude_type": "text",
    "magnitude_most": "float8", "depth_km": "float8", "alert_level": "text", "population": "bigint", "town": "jsonb",
    "region": "text", "countries": "text[]", "areas": "text[]", "glides": "text[]", "feeds": "text[]",
    "is_exercise": "boolean", "is_test": "boolean", "is_cancelled": "boolean", "chosen": "jsonb", "rule_id": "uuid",
    "reason": "text", "changed": "text[]", "raised_at": "timestamptz",
}  # fmt: skip
TYPED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
WRITTEN = [*(name for name in COLUMNS if name != "id"), "geometry"]
# a candidate about which nothing changes keeps its version: whoever decides on it is not told to look again
WRITE_CANDIDATES = f"""
INSERT INTO candidates ({", ".join(COLUMNS)}, geometry)
SELECT {", ".join(f"x.{name}" for name in COLUMNS)}, {SHAPE.format(geometry="x.geometry::text")}
FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS ({TYPED}, geometry jsonb)) AS x
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in WRITTEN)}
WHERE ({", ".join(f"candidates.{name}" for name in WRITTEN)}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in WRITTEN)})
"""
WRITE_ITEMS = """
INSERT INTO candidate_items (item_id, candidate_id, feed_id, revision, said, kin, started_at, point, placed)
SELECT x.item_id, x.candidate_id, x.feed_id, x.revision, x.said, x.kin, x.started_at, ST_SetSRID(ST_MakePoint(x.lon, x.lat), 4326), x.placed
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(item_id uuid, candidate_id uuid, feed_id uuid, revision int, said jsonb, kin text,
     started_at timestamptz, lon float8, lat float8, placed jsonb)
ON CONFLICT (item_id) DO UPDATE SET candidate_id = excluded.candidate_id, revision = excluded.revision, said = excluded.said,
    kin = excluded.kin, started_at = excluded.started_at, point = excluded.point, placed = excluded.placed"""
WRITE_KEYS = """
INSERT INTO candidate_keys (key, candidate_id)
SELECT DISTINCT ON (x.key) x.key, x.candidate_id FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(key text, candidate_id uuid)
ON CONFLICT DO NOTHING"""
WRITE_CHANGES = """
INSERT INTO candidate_changes (candidate_id, feed, revision, was, is_now)
SELECT x.candidate_id, x.feed, x.revision, x.was, x.is_now
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(candidate_id uuid, feed text, revision int, was jsonb, is_now jsonb)"""
MARK_SORTED = """
UPDATE feed_items i SET sorted_at = clock_timestamp(), candidate_id = x.candidate_id
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x(item_id uuid, candidate_id uuid) WHERE i.id = x.item_id"""


def take_turn(db: Session) -> None:
    """One batch at a time, whoever sorts: two at once would make two candidates of one shock."""
    db.execute(text("SELECT pg_advisory_xact_lock(:locks, hashtext('inbox.sort'))"), {"locks": LOCKS})


def unsorted(db: Session, most: int) -> list[Told]:
    return [Told(*row) for row in db.execute(text(UNSORTED), {"most": most})]


def places_of(db: Session, items: Iterable[Told], margin_km: float, far_km: float) -> dict[UUID, Placed]:
    """Where items are. The margin is in kilometres around the outlines of the region's countries."""
    asked = [
        {"id": one.item_id, "geometry": one.said.get("geometry"), "said": list(one.said.get("countries", ()))}
        for one in items
    ]
    high = margin_km / KM_OF_A_DEGREE
    values = {"items": as_json(asked), "high": high, "wide": high * 2, "margin": margin_km * 1000, "far": far_km}
    return {row.id: placed(row) for row in db.execute(text(PLACES), values)}


def placed(row: Any) -> Placed:
    return Placed(
        row.lon, row.lat, row.inside or [], row.near or [], row.said, row.areas or [], row.area_names or [], row.town,
        region_of(row),
    )  # fmt: skip


def region_of(row: Any) -> str:
    if row.ours:
        return "inside"
    if row.near:
        return "near"
    if row.said:
        return "said"
    return "unknown" if row.lon is None and not row.many_said else "outside"


def known_groups(db: Session, batch: Sequence[Told]) -> list[Group]:
    """The candidates that items of the batch may belong to, with their items as they were last sorted."""
    values = {
        "ids": [one.item_id for one in batch],
        "keys": sorted({key for one in batch for key in one.keys}),
        "near": as_json([window for one in batch if (window := window_of(one))]),
    }
    ids = list(db.scalars(text(KNOWN), values))
    groups = {id: Group(id) for id in ids}
    for candidate, member in members_of(db, ids):
        groups[candidate].members[member.item_id] = member
    return list(groups.values())


def members_of(db: Session, ids: Sequence[UUID]) -> list[tuple[UUID, Told]]:
    """(candidate, item) of all items of these candidates, as they were last sorted."""
    rows = db.execute(text(MEMBERS), {"ids": list(ids)})
    return [(row.candidate_id, member(row)) for row in rows]


def member(row: Any) -> Told:
    return Told(
        row.item_id, row.feed_id, row.code, row.name, row.adapter, row.revision, row.said, row.seen_at,
        Placed(**row.placed),
    )  # fmt: skip


def window_of(told: Told) -> dict[str, Any] | None:
    """Where and when another feed would have told of the same."""
    kin, began, point = kin_of(told.said.get("hazard")), told.started_at, told.placed.point
    if not (kin and began and point):
        return None
    allowed = tolerance_of(kin)
    return {"kin": kin, "since": began - allowed.time, "until": began + allowed.time, "lon": point.lon, "lat": point.lat,
            "high": allowed.km / KM_OF_A_DEGREE}  # fmt: skip


def states_of(db: Session, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """What has become of candidates so far, locked until the transaction ends."""
    return {row["id"]: dict(row) for row in db.execute(text(STATES), {"ids": list(ids)}).mappings()}


def new_ids(db: Session, many: int) -> list[UUID]:
    """In their order, which within a millisecond is chance."""
    return sorted(db.scalars(text("SELECT uuid_v7() FROM generate_series(1, :many)"), {"many": many}))


def rules_in_order(db: Session) -> list[InboxRule]:
    return list(db.query(InboxRule).filter(InboxRule.is_enabled).order_by(InboxRule.position))


def names_of(db: Session, table: str) -> dict[str, dict[str, str]]:
    """{code: names} of all hazards or countries."""
    asked = {"hazards": "SELECT code, names FROM hazards", "countries": "SELECT iso3, names FROM countries"}[table]
    return {row[0]: row[1] for row in db.execute(text(asked))}


def write_groups(db: Session, groups: Sequence[Group], rows: Sequence[Mapping[str, Any]]) -> None:
    """Candidates as `rows` say, their items, names and changes; the items are sorted then."""
    came = [(group.id, told) for group in groups for told in group.came]
    write(db, WRITE_CANDIDATES, rows)
    write(db, WRITE_ITEMS, {told.item_id: item_row(id, told) for id, told in came}.values())
    write(db, WRITE_KEYS, [{"key": key, "candidate_id": id} for id, told in came for key in sorted(told.keys)])
    write(
        db, WRITE_CHANGES, [vars(change) | {"candidate_id": group.id} for group in groups for change in group.changes]
    )
    write(db, MARK_SORTED, [{"item_id": told.item_id, "candidate_id": id} for id, told in came])


def item_row(candidate: UUID | None, told: Told) -> dict[str, Any]:
    return {
        "item_id": told.item_id, "candidate_id": candidate, "feed_id": told.feed_id, "revision": told.revision,
        "said": told.said, "kin": kin_of(told.said.get("hazard")), "started_at": told.started_at,
        "lon": told.placed.lon, "lat": told.placed.lat, "placed": vars(told.placed),
    }  # fmt: skip


def write(db: Session, statement: str, rows: Iterable[Mapping[str, Any]]) -> None:
    if told := list(rows):
        db.execute(text(statement), {"rows": as_json(told)})


def as_json(rows: object) -> str:
    return json.dumps(rows, default=plain)


def plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def is_anything_unsorted(db: Session) -> bool:
    return bool(db.scalar(text("SELECT EXISTS (SELECT FROM feed_items WHERE sorted_at IS NULL)")))


FORGET = """
DELETE FROM candidates WHERE status IN ('dropped', 'dismissed') AND NOT is_changed AND event_id IS NULL
  AND updated_at < now() - make_interval(days => :days)"""


def forget_old(db: Session, days: int) -> None:
    """Candidates that were dropped or dismissed, so many days after anything changed about them."""
    db.execute(text(FORGET), {"days": days})
