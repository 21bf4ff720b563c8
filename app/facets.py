"""How many records each value of a filter would leave, each facet under all filters but its own."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from app.filters import TableFilter
from app.listing import Listing
from app.permissions import asking, visible_values
from app.sql import Sql, all_of


class Facet(NamedTuple):
    """Where a facet's values come from: SQL of the code, of the names by language (none: the code itself), and a join.

    `by` is the column of `r` that the value follows from. Records are then counted by these columns, all facets in one
    scan, and only the few sums are joined and named.
    """

    code: str
    names: str = ""
    joins: str = ""
    by: str = ""


def count_facets(listing: Listing, facets: Mapping[str, Facet], where: TableFilter, lang: str) -> Sql:
    """One column, JSON: `{"count": n, "<facet>": [{"code", "name", "count"}]}`. Facets are called as their filters are."""
    shared = list(dict.fromkeys(facet.by for name, facet in facets.items() if facet.by and name not in where.given))
    counted = [f"'{name}', {counting(facet, rows(name, facet, listing, where))}" for name, facet in facets.items()]
    text = f"""
WITH together AS MATERIALIZED ({sums(shared, listing, where)})
SELECT json_build_object('count', (SELECT n FROM together WHERE is_all), {", ".join(counted)})"""
    return Sql(text, {"lang": lang, **where.values(), **visible_values(asking())})


def rows(name: str, facet: Facet, listing: Listing, where: TableFilter) -> str:
    """What a facet adds up, as `r`: its sums, or records where its values do not follow from one of their columns."""
    if facet.by and name not in where.given:
        return "together r"
    if facet.by:
        return f"({sums([facet.by], listing, where, name)}) r"
    return f"(SELECT r.*, 1 AS n FROM {matching(listing, where, name)}) r"


def sums(columns: Collection[str], listing: Listing, where: TableFilter, *but: str) -> str:
    """How many records each value of each column has, the other columns being NULL, and how many there are in all."""
    listed = ", ".join(columns)
    sets = "".join(f"({column}), " for column in columns)
    is_all = f"GROUPING({listed}) = {(1 << len(columns)) - 1}" if listed else "true"
    return f"""
    SELECT {listed}{", " * bool(listed)}count(*) AS n, {is_all} AS is_all
    FROM {matching(listing, where, *but)} GROUP BY GROUPING SETS ({sets}())"""


def matching(listing: Listing, where: TableFilter, *but: str) -> str:
    return f"{listing.source(where)} WHERE {all_of(listing.conditions(where, *but))}"


def counting(facet: Facet, records: str) -> str:
    name = f"label({facet.names}, %(lang)s)" if facet.names else facet.code
    return f"""(SELECT coalesce(json_agg(f ORDER BY count DESC, code), '[]') FROM (
            SELECT {facet.code} AS code, {name} AS name, sum(r.n) AS count
            FROM {records} {facet.joins}
            WHERE {facet.code} IS NOT NULL GROUP BY 1, 2) f)"""
