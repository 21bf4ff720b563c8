"""How many records each value of a filter would leave, each facet under all filters but its own."""

from collections.abc import Mapping
from typing import NamedTuple

from app.filters import TableFilter
from app.listing import Listing
from app.sql import Sql, all_of


class Facet(NamedTuple):
    """Where a facet's values come from: SQL of the code, of the names by language (none: the code itself), and a join."""

    code: str
    names: str = ""
    joins: str = ""


def count_facets(listing: Listing, facets: Mapping[str, Facet], where: TableFilter, lang: str) -> Sql:
    """One column, JSON: `{"count": n, "<facet>": [{"code", "name", "count"}]}`. Facets are called as their filters are."""
    source = listing.source(where)
    counted = [
        f"'{name}', {counting(facet, source, listing.conditions(where, name))}" for name, facet in facets.items()
    ]
    total = f"(SELECT count(*) FROM {source} WHERE {all_of(listing.conditions(where))})"
    return Sql(f"SELECT json_build_object('count', {total}, {', '.join(counted)})", {"lang": lang, **where.values()})


def counting(facet: Facet, source: str, conditions: list[str]) -> str:
    name = f"label({facet.names}, %(lang)s)" if facet.names else facet.code
    return f"""(SELECT coalesce(json_agg(f ORDER BY count DESC, code), '[]') FROM (
            SELECT {facet.code} AS code, {name} AS name, count(*) AS count
            FROM {source} {facet.joins}
            WHERE {all_of([*conditions, f"{facet.code} IS NOT NULL"])} GROUP BY 1, 2) f)"""
