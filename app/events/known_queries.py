"""Events as they were known at a moment: the list of app/events/queries.py, over their versions.

Seen is what the asker may see now and could have seen then. What was recorded later and is withdrawn by now was known to
nobody: an error of entry.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from app.events.queries import EVENTS, FACETS, FILTERS, joins, record, visible_events
from app.facets import Facet
from app.listing import Listing
from app.permissions import By, visible
from app.sql import Sql

AT = "known_from <= %(as_of)s AND known_until > %(as_of)s"
THEN = f"(SELECT * FROM event_versions WHERE {AT})"


@dataclass(frozen=True)
class ThenKnown(Listing):
    """A list whose rows are those of a moment."""

    at: datetime | None = None

    def found(self, id_or_ref: str) -> Sql:
        found = super().found(id_or_ref)
        return Sql(found.text, found.values | {"as_of": self.at})


def visible_then(by: By, r: str = "r") -> str:
    then = visible(by, f"{r}.visibility", f"{r}.organisation_id", f"{r}.countries && {{}}::text[]")
    return f"""{then} AND EXISTS (
    SELECT FROM events now WHERE now.id = {r}.id AND {visible_events(by, "now")} AND (now.withdrawn_at IS NULL OR now.created_at <= %(as_of)s))"""


KNOWN = ThenKnown(
    **{name: getattr(EVENTS, name) for name in ("name", "layers", "keys", "default", "columns")},
    table=THEN,
    record=record(
        "page.glides", "countries WHERE iso3 = ANY (page.countries)", "areas WHERE areas.id = ANY (page.area_ids)"
    ),
    joins=joins(
        "headlines.indicator_code",
        """headlines_as_of(page.id, %(as_of)s) headlines
        JOIN figures figure ON figure.id = headlines.figure_id JOIN sources source ON source.id = figure.source_id""",
    ),
    filters={name: sql for name, sql in FILTERS.items() if name != "updated_since"}
    | {
        "country": "r.countries && %(country)s::text[]",
        "area": "r.area_ids && ARRAY(SELECT areas_within(%(area)s))",
        "glide": "r.id IN (SELECT events_of_glides(%(glide)s, %(as_of)s))",
    },
    visible=visible_then,
)
FACETS_THEN = FACETS | {
    "country": Facet(
        "v.iso3", "v.names", "CROSS JOIN LATERAL unnest(r.countries) c (iso3) JOIN countries v ON v.iso3 = c.iso3"
    )
}


def events_at(at: datetime | None) -> Listing:
    """Events as they were known then; None: as they are."""
    return replace(KNOWN, at=at) if at else EVENTS


def facets_at(at: datetime | None) -> dict[str, Facet]:
    return FACETS_THEN if at else FACETS
