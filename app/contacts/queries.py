"""What is asked of contacts. Whoever asks for them has it recorded: app/contacts/actions.py."""

from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.contacts.schemas import ContactFilter
from app.facets import Facet, count_facets
from app.filters import identity
from app.listing import Listing
from app.paging import Key
from app.people.models import Contact
from app.permissions import By, asking, visible, visible_values
from app.sql import Sql

# With what decides who may see it: its organisation, and its capacity
TABLE = """(
    SELECT c.*, o.code AS organisation_code, o.names AS organisation_names,
           coalesce(k.country_iso3, o.country_iso3) AS country_iso3,
           k.ref AS capacity_ref, k.names AS capacity_names, k.visibility AS capacity_visibility,
           k.organisation_id AS capacity_owner, k.country_iso3 AS capacity_country, k.withdrawn_at AS capacity_withdrawn_at
    FROM contacts c JOIN organisations o ON o.id = c.organisation_id LEFT JOIN capacities k ON k.id = c.capacity_id)"""

DOCUMENT = """search_document(concat_ws(' ', r.name, r.position),
    concat_ws(' ', r.organisation_code, all_names(r.organisation_names), r.capacity_ref, all_names(r.capacity_names),
              (SELECT all_names(names) FROM countries WHERE iso3 = r.country_iso3)), NULL)"""

FILTERS = {
    "country": "r.country_iso3 = ANY (%(country)s)",
    "organisation": "r.organisation_code = ANY (%(organisation)s)",
    "kind": "r.kind = ANY (%(kind)s)",
    "capacity_id": "r.capacity_id = %(capacity_id)s",
    "q": f"{DOCUMENT} @@ query",
}

RECORD = """
    page.id, page.kind,
    json_build_object('code', page.organisation_code, 'name', label(page.organisation_names, %(lang)s)) AS organisation,
    CASE WHEN page.capacity_id IS NOT NULL THEN
        json_build_object('ref', page.capacity_ref, 'name', label(page.capacity_names, %(lang)s)) END AS capacity,
    CASE WHEN country.iso3 IS NOT NULL THEN
        json_build_object('iso3', country.iso3, 'name', label(country.names, %(lang)s)) END AS country,
    page.name, page.position, page.phones, page.email, page.radio, page.languages, page.is_24h, page.hours,
    page.visibility, page.demonstration, page.created_at, page.updated_at"""


def visible_contacts(by: By) -> str:
    """Its own visibility, and that of its capacity: a contact of a hidden capacity is hidden with it."""
    of_country = "{} = ANY ({{}})"
    own = visible(by, countries=of_country.format("r.country_iso3"))
    capacity = visible(by, "r.capacity_visibility", "r.capacity_owner", of_country.format("r.capacity_country"))
    return f"({own} AND (r.capacity_id IS NULL OR r.capacity_withdrawn_at IS NULL AND {capacity}))"


def visible_in_directory(by: By) -> str:
    return f"r.capacity_id IS NULL AND {visible_contacts(by)}"


def keys(lang: str) -> dict[str, Key]:
    """What contacts can be ordered by."""
    return {
        "organisation": Key(f"lower(label(r.organisation_names, '{'ru' if lang == 'ru' else 'en'}'))"),
        "name": Key("lower(r.name)"),
        "updated_at": Key("r.updated_at", "timestamptz"),
        "q": Key(f"ts_rank({DOCUMENT}, query)::float8", "float8", descending=True),
    }


CONTACTS = Listing(
    name="contacts",
    layers=(),  # never kept: each reading is recorded
    table=TABLE,
    record=RECORD,
    joins="LEFT JOIN countries country ON country.iso3 = page.country_iso3",
    filters=FILTERS,
    keys=keys,
    default="organisation",
    visible=visible_contacts,
    named="FALSE",
    formats=("json",),
)
DIRECTORY = replace(CONTACTS, name="directory", visible=visible_in_directory)
# with those that were withdrawn, for whoever may restore them
ALL = replace(CONTACTS, withdrawable=False, record=f"{RECORD}, page.withdrawn_at")

FACETS = {
    "kind": Facet("r.kind"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = r.country_iso3"),
    "organisation": Facet("v.code", "v.names", "JOIN organisations v ON v.id = r.organisation_id"),
}


def facets(where: ContactFilter, lang: str) -> Sql:
    """How many contacts of the directory each value would leave."""
    return count_facets(DIRECTORY, FACETS, where, lang)


def row(db: Session, statement: Sql) -> Any:
    """The first row, in the transaction of the session, or None."""
    return db.connection().exec_driver_sql(statement.text, statement.values).first()


class Place(NamedTuple):
    """Whose a contact is, and in which country."""

    organisation_id: UUID
    country: str | None
    capacity_id: UUID | None = None


def place_of(db: Session, id_or_ref: str) -> tuple[UUID, Place, bool] | None:
    """Of a contact that the asker may see: its id, its place, and whether it is withdrawn."""
    found = ALL.found(id_or_ref)
    columns = "r.id, r.withdrawn_at IS NOT NULL, r.organisation_id, r.country_iso3, r.capacity_id"
    told = row(db, Sql(f"SELECT {columns} FROM {found.text}", found.values))
    return (told[0], Place(*told[2:]), told[1]) if told else None


def lock_contact(db: Session, id: UUID) -> Contact:
    return db.get_one(Contact, id, with_for_update=True, populate_existing=True)


def may_be_seen(db: Session, id: UUID) -> bool:
    """Whether the asker sees a contact as it is now."""
    return row(db, ALL.id_of(str(id))) is not None


def place_of_organisation(db: Session, code: str) -> Place | None:
    asked = text("SELECT id, country_iso3 FROM organisations WHERE code = :code")
    found = db.execute(asked, {"code": code}).one_or_none()
    return Place(*found) if found else None


def place_of_capacity(db: Session, id_or_ref: str) -> Place | None:
    """Of a capacity that the asker may see."""
    values = identity(id_or_ref)
    by = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    seen = visible(asking(), countries="r.country_iso3 = ANY ({})")
    statement = f"""SELECT r.organisation_id, r.country_iso3, r.id FROM capacities r
                    WHERE {by} AND {seen} AND r.withdrawn_at IS NULL"""
    found = row(db, Sql(statement, values | visible_values(asking())))
    return Place(*found) if found else None


def withdrawn(db: Session, lang: str) -> list[dict[str, Any]]:
    """The withdrawn contacts of the directory that the asker may see and that still say something, the latest first."""
    statement = f"""
        SELECT r.id::text, r.name, label(r.organisation_names, %(lang)s) AS organisation, r.withdrawn_at
        FROM {TABLE} r WHERE r.withdrawn_at IS NOT NULL AND r.name <> '' AND {visible_in_directory(asking())}
        ORDER BY r.withdrawn_at DESC LIMIT 50"""
    found = db.connection().exec_driver_sql(statement, {"lang": lang, **visible_values(asking())})
    return [dict(one) for one in found.mappings()]


def erase_personal_values(db: Session, subject_id: UUID) -> None:
    """What history laid aside about a person or desk; the digests stay."""
    erase = """UPDATE personal_values SET value = NULL, salt = NULL, erased_at = clock_timestamp()
               WHERE subject_id = :id AND erased_at IS NULL"""
    db.execute(text(erase), {"id": subject_id})
