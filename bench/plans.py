"""Do the indexes still serve whoever sees more, or less, than everybody? Reads the plans of all kinds of question for each asker.

The few rows that are not for everybody are narrowed in a transaction that is taken back, so the register stays as it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from app.capacities.queries import CAPACITIES, FACETS
from app.capacities.schemas import CapacityFilter
from app.facets import count_facets
from app.geo import Bbox, Point
from app.maps.layers import CAPACITY_POINTS
from app.maps.queries.points import points
from app.maps.rules import Tile
from app.permissions import ANYBODY, By, Permission, ask_as
from app.sql import Sql

BOX, HERE = Bbox(70.0, 41.0, 71.0, 42.0), Point(69.2, 37.9)
TYPE = ["usar-medium"]

# Side by side, as what is entered together lies: elsewhere indexes go on answering without looking at the records
NARROW = """
ALTER TABLE capacities DISABLE TRIGGER USER;
CREATE TEMPORARY TABLE narrowed AS SELECT id, row_number() OVER (ORDER BY ctid) AS n FROM capacities ORDER BY ctid LIMIT {all};
UPDATE capacities c SET visibility = CASE WHEN n % 2 = 0 THEN 'centre' ELSE 'own' END FROM narrowed WHERE narrowed.id = c.id AND n <= {half};
UPDATE capacities c SET base_visibility = 'centre', exact_location = location, exact_place = base_place, location = NULL, base_place = NULL
    FROM narrowed WHERE narrowed.id = c.id AND n > {half};
ALTER TABLE capacities ENABLE TRIGGER USER;
ANALYZE capacities;
"""


@dataclass(frozen=True)
class Question:
    """`needs`: the indexes that must serve everybody; `needs_known`: and those that must serve known askers as well."""

    name: str
    needs: tuple[str, ...]
    where: CapacityFilter
    tile: Tile | None = None
    facets: bool = False
    needs_known: tuple[str, ...] = ()

    @property
    def sql(self) -> Sql:
        if self.tile:
            return points(CAPACITY_POINTS, self.where, self.tile, "en")
        if self.facets:
            return count_facets(CAPACITIES, FACETS, self.where, "en")
        return CAPACITIES.page(self.where, "en", CAPACITIES.turn(self.where, "en"))


def asked(**filters: Any) -> CapacityFilter:
    return CapacityFilter(**filters)


EXACT, NEAREST_EXACT = "ix_capacities_exact", "ix_capacities_exact_geography"
QUESTIONS = (
    Question("all", ("ix_capacities_facets", "ix_capacities_name"), asked()),
    Question("type and countries", ("ix_capacities_facets",), asked(type=TYPE, country=["KAZ", "KGZ"])),
    Question("box", ("idx_capacities_location",), asked(bbox=BOX), needs_known=(EXACT,)),
    Question("box and type", ("ix_capacities_type_location",), asked(bbox=BOX, type=TYPE), needs_known=(EXACT,)),
    Question("near", ("ix_capacities_geography", "ix_capacities_placed"), asked(near=HERE), needs_known=(NEAREST_EXACT,)),
    Question("near, of a type", ("ix_capacities_type_geography",), asked(near=HERE, type=TYPE, limit=20), needs_known=(NEAREST_EXACT,)),
    Question("within", ("ix_capacities_geography",), asked(near=HERE, within_km=20.0), needs_known=(NEAREST_EXACT,)),
    Question("search", ("ix_capacities_search",), asked(q="Кундуз пожарная", limit=20)),
    Question("search in a box", ("ix_capacities_search",), asked(q="Кундуз пожарная", bbox=BOX)),
    Question("facets", ("ix_capacities_facets",), asked(), facets=True),
    Question("facets of a box", ("idx_capacities_location",), asked(bbox=BOX), facets=True, needs_known=(EXACT,)),
    Question("tile z0", ("ix_capacity_cells_cell",), asked(), Tile(0, 0, 0), needs_known=(EXACT, "ix_capacities_own")),
    Question("tile z6", ("ix_capacity_cells_cell",), asked(), Tile(6, 44, 23), needs_known=(EXACT,)),
    Question("tile z9", ("idx_capacities_location",), asked(), Tile(9, 356, 190), needs_known=(EXACT,)),
    Question("tile z9 of a type", ("ix_capacities_type_location",), asked(type=TYPE), Tile(9, 356, 190), needs_known=(EXACT,)),
)  # fmt: skip


def askers(organisation: UUID) -> Mapping[str, By]:
    partners, centre = Permission.READ_PARTNERS, Permission.READ_CENTRE
    limit = frozenset({"KGZ", "TJK"})

    def person(**rights: frozenset[str] | None) -> By:
        return By("person", organisation_id=organisation, rights={Permission[name]: to for name, to in rights.items()})

    return {
        "anybody": ANYBODY,
        "a partner": person(**{partners.name: None}),
        "the Centre": person(**{partners.name: None, centre.name: None}),
        "a partner for two countries": person(**{partners.name: limit}),
        "an organisation without rights": person(),
    }


def scans(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The kind of each scan, and the index or else the table that it goes through."""
    if "Scan" in plan["Node Type"]:
        yield plan["Node Type"], plan.get("Index Name") or plan.get("Relation Name", "")
    for part in plan.get("Plans", ()):
        yield from scans(part)


def check_plans(db: psycopg.Connection) -> int:
    """Raises AssertionError for a question that an asker could only be answered by looking at all records. How many were read."""
    with db.transaction(force_rollback=True):
        (rows,) = db.execute("SELECT count(*) FROM capacities").fetchone() or (0,)
        db.execute(NARROW.format(all=rows // 50, half=rows // 100).encode())
        (organisation,) = db.execute("SELECT organisation_id FROM capacities LIMIT 1").fetchone() or (None,)
        everybody = askers(organisation)
        for name, by in everybody.items():
            for question in QUESTIONS:
                check_plan(db, name, by, question)
        ask_as(ANYBODY)
    return len(everybody) * len(QUESTIONS)


def check_plan(db: psycopg.Connection, name: str, by: By, question: Question) -> None:
    ask_as(by)
    statement = question.sql
    row = db.execute(f"EXPLAIN (FORMAT JSON) {statement.text}".encode(), statement.values, prepare=False).fetchone()
    assert row
    found = set(scans(row[0][0]["Plan"]))
    needed = {*question.needs, *(question.needs_known if by.is_known else ())}
    missing = needed - {through for _kind, through in found}
    assert not missing, f"{question.name}, asked by {name}: {', '.join(missing)} not in {sorted(found)}"
    assert ("Seq Scan", "capacities") not in found, (
        f"{question.name}, asked by {name}, looks at all records: {sorted(found)}"
    )
