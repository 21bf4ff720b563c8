"""The codes that filters accept, held in memory: a value that no list knows is refused and the possible ones are named."""

from collections.abc import Mapping
from difflib import get_close_matches
from itertools import islice

from app.errors import Invalid
from app.filters import TableFilter
from app.languages import gettext as _
from app.permissions import asking, visible, visible_values
from app.reading import Reader
from app.sql import Sql

LISTED_AT_MOST = 40
TOLD_AT_MOST = 5

# Where figures that may be seen come from
SOURCES_SEEN = """
SELECT s.code FROM sources s WHERE EXISTS (
    SELECT FROM figures f JOIN events e ON e.id = f.event_id
    WHERE f.source_id = s.id AND e.withdrawn_at IS NULL AND {seen})"""
OF_COUNTRIES = "EXISTS (SELECT FROM event_countries c WHERE c.event_id = e.id AND c.country_iso3 = ANY ({}))"

# name of the list → the statement that reads it, and the layers it changes with
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "countries": ("SELECT iso3 FROM countries", ("places",)),
    "areas": ("SELECT unnest(ARRAY[code, pcode, iso]) FROM areas", ("places",)),
    "pcodes": ("SELECT pcode FROM areas", ("places",)),
    "isos": ("SELECT iso FROM areas", ("places",)),
    "hazards": ("SELECT code FROM hazards", ("reference",)),
    "types": ("SELECT code FROM resource_types", ("reference",)),
    "indicators": ("SELECT code FROM indicators", ("reference",)),
    "families": ("SELECT code FROM resource_families", ("reference",)),
    "units": ("SELECT code FROM units", ("reference",)),
    "organisations": ("SELECT code FROM organisations", ("people",)),
    "sources": (SOURCES_SEEN, ("events",)),
    "feeds": ("SELECT code FROM feeds", ("inbox/centre",)),  # one counts from its first candidate on
    "items": ("SELECT code FROM items", ("stock",)),
    "warehouses": ("SELECT code FROM warehouses", ("stock",)),
}


async def known(name: str, db: Reader) -> frozenset[str]:
    """The codes of a list, read again only when one of its layers has changed. What only some see is asked for each time."""
    statement, layers = LISTS[name]
    by = asking()
    statement = statement.format(seen=visible(by, "e.visibility", "e.organisation_id", OF_COUNTRIES))
    is_for_all = not by.is_known or statement == LISTS[name][0]
    rows = await db.held(statement, layers) if is_for_all else await db.rows(Sql(statement, visible_values(by)))
    return frozenset(code for (code,) in rows if code)


async def check(where: TableFilter, db: Reader) -> None:
    """Raise Invalid, naming the fields, when the filter holds codes that do not exist."""
    errors = []
    for field, name in where.CODES.items():
        possible = await known(name, db)
        wrong = (value for value in getattr(where, field) or () if value not in possible)
        # looking for what was meant takes time: not for each of two hundred
        errors += [
            {"field": field, "message": unknown(field, value, possible)} for value in islice(wrong, TOLD_AT_MOST)
        ]
    if errors:
        raise Invalid(" ".join(error["message"] for error in errors), errors)


def unknown(field: str, value: str, possible: frozenset[str]) -> str:
    words = {"field": field, "value": value[:60]}
    if not possible:
        return _("%(field)s knows no “%(value)s”: none is known yet.") % words
    if len(possible) <= LISTED_AT_MOST:
        return _("%(field)s knows no “%(value)s”. Possible: %(possible)s.") % (
            words | {"possible": ", ".join(sorted(possible))}
        )
    close = get_close_matches(value.upper(), possible, n=5, cutoff=0.4) or get_close_matches(
        value.lower(), possible, n=5
    )
    if not close:
        return _("%(field)s knows no “%(value)s”. The codes are listed at %(where)s.") % (
            words | {"where": "/api/v1/reference"}
        )
    return _("%(field)s knows no “%(value)s”. Did you mean: %(possible)s?") % (
        words | {"possible": ", ".join(sorted(close))}
    )
