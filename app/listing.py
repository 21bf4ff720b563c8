"""A list as data: what a noun's queries.py says of it, and the statements that follow from that.

The same fragments make the page of JSON or GeoJSON, the export row by row, and the single record, so that a count, a
list, a page and a file can never disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.filters import CAP, TableFilter, identity
from app.paging import RANKED_AT_MOST, Key, Page, Turn, turn
from app.permissions import By, asking, seen_everywhere, visible, visible_values
from app.sql import Sql, all_of

# Where `near` is, for the conditions and orderings of the nouns
HERE = "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography"
# A word that stands in more records than this says little: the best are looked for among so many of them
MATCHES_RANKED = 400_000
# So many of the nearest are looked at in their order before the others are looked for without it
WALKED = 20_000
# The filters that look at where a row lies
OF_POSITIONS = frozenset({"bbox", "near", "within_km"})


def searched(by: By) -> str:
    """The query that a search stands for. Typing errors are looked up among the words that the asker may read somewhere."""
    if not by.is_known:
        return "search_query(%(q)s)"
    return f"search_query(%(q)s, '{{{','.join(seen_everywhere(by))}}}')"


def everybody(by: By) -> str:
    """The condition of rows that anybody may see."""
    return "TRUE"


@dataclass(frozen=True)
class Column:
    """A column of csv and xlsx: the path of a field in the record, and its HXL tag."""

    path: str
    hxl: str = ""

    @property
    def name(self) -> str:
        return self.path.replace(".", "_")


@dataclass(frozen=True)
class Listing:
    """How a noun is read. In the fragments `r` is a row of the noun's table; in `record` and `joins` it is `page`."""

    name: str
    layers: tuple[str, ...]
    table: str
    record: str
    filters: Mapping[str, str]
    keys: Callable[[str], Mapping[str, Key]]
    default: str
    joins: str = ""
    visible: Callable[[By], str] = visible
    withdrawable: bool = True
    named: str = "r.ref = %(ref)s"
    ref: str = "page.ref"  # what a withdrawn row is called
    prefers: str = ""  # ORDER BY … LIMIT 1, where a name can mean several rows
    placed_with: tuple[str, ...] = ()  # filters that indexes of positions hold as well
    told: Callable[[By], str] | None = (
        None  # what the record says to a known asker, where that is more than to everybody
    )
    placed: Callable[[By], str] | None = None  # what stands for the table to a known asker who asks where its rows lie
    columns: tuple[Column, ...] = ()
    formats: tuple[str, ...] = ("json", "geojson", "csv", "xlsx")

    def source(self, where: TableFilter, by_place: bool = False) -> str:
        """What rows are looked for in, as `r`; `by_place`: by where they lie, whatever the filter says of it."""
        relation = self.relation(asking(), by_place or not OF_POSITIONS.isdisjoint(where.given))
        return f"{relation} r CROSS JOIN {searched(asking())} query" if where.q else f"{relation} r"

    def relation(self, by: By, by_place: bool) -> str:
        return self.placed(by) if self.placed and by_place and by.is_known else self.table

    def said(self, by: By) -> str:
        """What is said of a row to whoever asks."""
        return self.told(by) if self.told and by.is_known else self.record

    def conditions(self, where: TableFilter, *but: str) -> list[str]:
        """What a row must fulfil. Withdrawn rows are told only to whoever follows changes."""
        alive = ["r.withdrawn_at IS NULL"] if self.withdrawable and not where.follows_changes else []
        return [self.visible(asking()), *alive, *where.conditions(self.filters, but)]

    def shape(self, format: str, follows_changes: bool = False) -> str:
        """The JSON of one record: as it is, or as a GeoJSON feature; a stub where it was withdrawn."""
        whole = {
            "geojson": "json_build_object('type', 'Feature', 'id', page.id, 'geometry', x.geometry,"
            " 'properties', to_jsonb(x) - 'geometry')"
        }.get(format, "row_to_json(x)")
        made = f"(SELECT {whole} FROM (SELECT {self.said(asking())}) x)"
        if not (follows_changes and self.withdrawable):
            return made
        stub = f"json_build_object('id', page.id, 'ref', {self.ref}, 'withdrawn_at', page.withdrawn_at)"
        if format == "geojson":
            stub = f"json_build_object('type', 'Feature', 'id', page.id, 'geometry', NULL, 'properties', {stub})"
        return f"CASE WHEN page.withdrawn_at IS NULL THEN {made} ELSE {stub} END"

    def turn(self, where: TableFilter, lang: str) -> Turn:
        return turn(where, self.keys(lang), self.default, lang, self.name)

    def page(self, where: TableFilter, lang: str, at: Turn, format: str = "json") -> Sql:
        """One page. Columns: results (json), count, more, first and last [key, id] in the order of the scan."""
        way = self.best_of_matches if where.q else self.nearest if at.ranked else self.next_in_order
        found, rows, matches = way(where, at)
        return Sql(
            f"""{found}
SELECT coalesce(json_agg(record ORDER BY n {"DESC" if at.backwards else "ASC"}) FILTER (WHERE n <= %(shown)s), '[]') AS results,
       (SELECT count(*) FROM (SELECT FROM {matches} LIMIT {CAP + 1}) counted) AS count,
       coalesce(max(n) > %(shown)s, false) AS more,
       (array_agg(ARRAY[key, id] ORDER BY n) FILTER (WHERE n = 1))[1:1] AS first,
       (array_agg(ARRAY[key, id] ORDER BY n DESC) FILTER (WHERE n <= %(shown)s))[1:1] AS last
FROM (
    SELECT page.n, page.key::text AS key, page.id::text AS id,
           {self.shape(format, where.follows_changes)} AS record
    FROM (SELECT row_number() OVER (ORDER BY {at.order("key", "id")}) AS n, best.* FROM ({rows}) best) page
    {self.joins}
) listed""",
            {"lang": lang, **where.values(), **at.values(), **visible_values(asking())},
            planned_anew="bbox" in where.given and not any(where.has_one(name) for name in self.placed_with),
        )

    def next_in_order(self, where: TableFilter, at: Turn) -> tuple[str, str, str]:
        """An index walks the rows in their order and stops when the page is full; they are counted by themselves."""
        source, conditions = self.source(where), self.conditions(where)
        rows = f"""
        SELECT {at.key.sql} AS key, r.*
        FROM {source}
        WHERE {all_of([*conditions, *at.conditions()])}
        ORDER BY {at.order()}
        LIMIT %(take)s"""
        return "", rows, f"{source} WHERE {all_of(conditions)}"

    def best_of_matches(self, where: TableFilter, at: Turn) -> tuple[str, str, str]:
        """What a search matches is found once: counted, put in order, and only then fetched whole."""
        most = f"LIMIT {MATCHES_RANKED}" if at.ranked else ""
        found = f"""
WITH found AS MATERIALIZED (
    SELECT {at.key.sql} AS key, r.id FROM {self.source(where)} WHERE {all_of(self.conditions(where))} {most}
)"""
        return found, self.best_of_found(at), "found"

    def best_of_found(self, at: Turn) -> str:
        return f"""
        SELECT found.key, r.*
        FROM (SELECT * FROM found WHERE {all_of(at.conditions("key", "id"))} ORDER BY {at.order("key", "id")} LIMIT %(take)s) found
        JOIN {self.table} r ON r.id = found.id"""

    def nearest(self, where: TableFilter, at: Turn) -> tuple[str, str, str]:
        """An index walks from here outwards. Where what is asked for begins far away, the walk ends and all that match are
        put in order instead: they are few, or far from here."""
        conditions, distance = self.conditions(where), at.key.sql
        after, reach = ([], str(RANKED_AT_MOST)) if at.backwards else (at.conditions(), "(%(take)s)")
        first = f"FETCH FIRST {reach} ROWS WITH TIES"
        matching = f"{self.source(where)} WHERE {all_of(conditions)}"
        other = where.conditions(self.filters, ("near", *self.placed_with))
        if not other:
            found = f"""
WITH found AS MATERIALIZED (
    SELECT {distance} AS key, r.id FROM {self.source(where)} WHERE {all_of([*conditions, *after])} ORDER BY 1 {first}
)"""
            return found, self.best_of_found(at), matching
        walk = [condition for condition in conditions if condition not in other]
        found = f"""
WITH close AS MATERIALIZED (
    SELECT key, id FROM (
        SELECT {distance} AS key, r.* FROM {self.relation(asking(), True)} r WHERE {all_of(walk)} ORDER BY 1 LIMIT {WALKED}
    ) r WHERE {all_of([*other, *after])} ORDER BY key {first}
), found AS MATERIALIZED (
    SELECT * FROM close WHERE (SELECT count(*) FROM close) >= {reach}
    UNION ALL (
        SELECT {distance} AS key, r.id FROM {self.source(where)}
        WHERE {all_of([*conditions, *after])} AND (SELECT count(*) FROM close) < {reach}
        ORDER BY ({distance}) + 0 {first})
)"""
        return found, self.best_of_found(at), matching

    def rows(self, where: TableFilter, lang: str, at: Turn) -> Sql:
        """Every matching record as a row of JSON, for exports; the first `limit` where one is given."""
        limited = "LIMIT %(most)s" if at.most else ""
        return Sql(
            f"""
SELECT {self.shape("json", where.follows_changes)} AS record
FROM (
    SELECT row_number() OVER (ORDER BY {at.order()}) AS n, r.*
    FROM {self.source(where)}
    WHERE {all_of([*self.conditions(where), *at.conditions()])}
    ORDER BY {at.order()}
    {limited}
) page
{self.joins}
ORDER BY n""",
            {"lang": lang, **where.values(), **at.values(), **visible_values(asking()), "most": at.most},
        )

    def gone(self, where: TableFilter) -> Sql:
        """What the asker could see and no longer can, since they last asked: stubs as of withdrawn records, as JSON."""
        by = asking()
        return Sql(
            f"""
SELECT coalesce(json_agg(json_build_object('id', d.record_id, 'ref', d.ref, 'withdrawn_at', d.left_at) ORDER BY d.left_at, d.ref), '[]')
FROM departures d
WHERE d.noun = %(noun)s AND d.audience = %(audience)s AND d.left_at >= %(updated_since)s
  AND NOT EXISTS (SELECT FROM {self.table} r WHERE r.id = d.record_id AND {self.visible(by)})""",
            {"noun": self.name, "audience": seen_everywhere(by)[-1], **where.values(), **visible_values(by)},
        )

    def one(self, id_or_ref: str, lang: str, format: str = "json") -> Sql:
        """One record by its id or ref. Columns: record (json), when it changed."""
        found = self.found(id_or_ref)
        return Sql(
            f"""
SELECT {self.shape(format)} AS record, page.updated_at
FROM (SELECT r.* FROM {found.text}) page
{self.joins}""",
            {"lang": lang, **found.values},
        )

    def id_of(self, id_or_ref: str) -> Sql:
        """The id of the record that an id or ref means, for what stands below it."""
        found = self.found(id_or_ref)
        return Sql(f"SELECT r.id FROM {found.text}", found.values)

    def found(self, id_or_ref: str) -> Sql:
        values = identity(id_or_ref)
        by = "r.id = %(id)s" if values["id"] else self.named
        alive = " AND r.withdrawn_at IS NULL" if self.withdrawable else ""
        return Sql(
            f"{self.table} r WHERE {by} AND {self.visible(asking())}{alive}{self.prefers}",
            values | visible_values(asking()),
        )


def page_of(row: tuple[Any, ...] | None, at: Turn) -> Page:
    """The row that `Listing.page` answers."""
    assert row is not None  # an aggregate always answers
    results, count, more, first, last = row
    return Page(results, count, at, more, tuple(first[0]) if first else None, tuple(last[0]) if last else None)
