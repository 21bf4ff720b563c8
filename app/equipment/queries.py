"""What is asked of equipment profiles, and what of them says whether an offer fits."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.equipment.schemas import Use, specified
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, asking, visible, visible_values
from app.sql import Sql

LINES = "SELECT FROM equipment_lines l WHERE l.profile_id = r.id"
DOCUMENT = """search_document(concat_ws(' ', r.ref, all_names(r.names)),
    (SELECT concat_ws(' ', all_names(names), code) FROM organisations WHERE id = r.organisation_id),
    (SELECT string_agg(concat_ws(' ', all_names(l.description), all_names(t.names), l.item_code, l.specification ->> 'make'), ' ')
     FROM equipment_lines l LEFT JOIN resource_types t ON t.code = l.resource_type_code WHERE l.profile_id = r.id))"""

FILTERS = {
    "country": "r.country_iso3 = ANY (%(country)s)",
    "organisation": "r.organisation_id IN (SELECT id FROM organisations WHERE code = ANY (%(organisation)s))",
    "type": f"EXISTS ({LINES} AND l.resource_type_code = ANY (%(type)s))",
    "updated_since": "r.updated_at >= %(updated_since)s",
    "q": f"{DOCUMENT} @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    return {
        "name": Key(f"lower(label(r.names, '{'ru' if lang == 'ru' else 'en'}'))"),
        "created_at": Key("r.created_at", "timestamptz"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "q": Key(f"ts_rank({DOCUMENT}, query)::float8", "float8", descending=True),
    }


NAMED = "json_build_object('code', {0}.code, 'name', label({0}.names, %(lang)s))"
LINE = f"""json_build_object('position', l.position,
        'type', CASE WHEN t.code IS NOT NULL THEN {NAMED.format("t")} END,
        'item', CASE WHEN i.code IS NOT NULL THEN {NAMED.format("i")} END,
        'description', label(l.description, %(lang)s), 'descriptions', l.description, 'specification', l.specification,
        'quantity', l.quantity, 'trained_crews', l.trained_crews, 'last_training_on', l.last_training_on,
        'source', l.source, 'verified_on', l.verified_on)"""
RECORD = f"""
    page.id, page.ref, label(page.names, %(lang)s) AS name, label(page.note, %(lang)s) AS note,
    {NAMED.format("organisation")} AS organisation,
    json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) AS country,
    (SELECT coalesce(json_agg({LINE} ORDER BY l.position), '[]')
     FROM equipment_lines l LEFT JOIN resource_types t ON t.code = l.resource_type_code LEFT JOIN items i ON i.code = l.item_code
     WHERE l.profile_id = page.id) AS lines,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""

COLUMNS = (
    Column("id", "#meta+id"),
    Column("ref", "#meta+code"),
    Column("name", "#meta+name"),
    Column("note", "#description"),
    Column("organisation.code", "#org+code"),
    Column("organisation.name", "#org+name"),
    Column("country.iso3", "#country+code+iso3"),
    Column("country.name", "#country+name"),
    Column("lines.type.code", "#item+type+code+list"),
    Column("lines.quantity", "#item+num+list"),
    Column("visibility", "#meta+visibility"),
    Column("demonstration", "#meta+demonstration"),
    Column("created_at", "#date+created"),
    Column("updated_at", "#date+updated"),
)

PROFILES = Listing(
    name="equipment_profiles",
    layers=("equipment", "reference", "people", "places", "stock"),
    table="equipment_profiles",
    record=RECORD,
    joins="""JOIN organisations organisation ON organisation.id = page.organisation_id
    JOIN countries country ON country.iso3 = page.country_iso3""",
    filters=FILTERS,
    keys=keys,
    default="name",
    columns=COLUMNS,
    formats=("json", "csv", "xlsx"),
)


# -- what is in use, for fit()

USES = """
SELECT coalesce(json_agg(json_build_object('item', l.item_code, 'type', l.resource_type_code, 'specification', l.specification,
    'trained_crews', l.trained_crews, 'last_training_on', l.last_training_on) ORDER BY r.id, l.position), '[]')
FROM equipment_profiles r JOIN equipment_lines l ON l.profile_id = r.id
WHERE r.organisation_id = %(of)s AND r.withdrawn_at IS NULL AND {seen}"""


def uses(organisation_id: UUID, by: By | None = None) -> Sql:
    """What the rescuers of an organisation use, as far as the asker may know: JSON for `read_uses()`."""
    by = by or asking()
    return Sql(USES.format(seen=visible(by)), {"of": organisation_id, **visible_values(by)})


def read_uses(rows: Iterable[Mapping[str, Any]]) -> list[Use]:
    """The answer to `uses()` as `fit()` takes it."""
    return [
        Use(
            one["item"],
            one["type"],
            specified(one["specification"]),
            one["trained_crews"],
            day(one["last_training_on"]),
        )
        for one in rows
    ]


def day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def uses_of(db: Session, organisation_id: UUID, by: By | None = None) -> list[Use]:
    """The same, asked in the transaction of a writing door."""
    statement = uses(organisation_id, by)
    return read_uses(db.connection().exec_driver_sql(statement.text, statement.values).scalar_one())
