"""What is asked of organisations and meetings, and who asks."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.facets import Facet, count_facets
from app.people.schemas import OrganisationFilter
from app.reference.queries import Detail, code_list
from app.sql import Sql

ORGANISATIONS = code_list(
    "organisations",
    "#org",
    layers=("people", "places"),
    table="SELECT code, names, aliases, kind, country_iso3 AS country, relation, url, source, search FROM organisations",
    details=(
        Detail("aliases", "#org+alias+list"),
        Detail("kind", "#org+type"),
        Detail("country", "#country+code+iso3"),
        Detail("relation", "#org+relation"),
        Detail("url", "#org+url"),
        Detail("source", "#meta+source"),
    ),
    document="r.search",
    filters={
        "country": "r.country = ANY (%(country)s)",
        "kind": "r.kind = ANY (%(kind)s)",
        "relation": "r.relation = ANY (%(relation)s)",
    },
)

FACETS = {
    "relation": Facet("r.relation"),
    "kind": Facet("r.kind"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = r.country"),
}


def facets(where: OrganisationFilter, lang: str) -> Sql:
    """How many organisations each value would leave."""
    return count_facets(ORGANISATIONS, FACETS, where, lang)


MEETINGS = code_list(
    "meetings",
    "#event",
    layers=("people",),
    table="SELECT code, names, held_on, held_until, place, status, note, source FROM meetings",
    details=(
        Detail("held_on", "#date+start"),
        Detail("held_until", "#date+end"),
        Detail("place", "#loc+name", "label(page.place, %(lang)s)"),
        Detail("status", "#status"),
        Detail("note", "#description", "label(page.note, %(lang)s)"),
        Detail("source", "#meta+source"),
    ),
    document="search_document(concat_ws(' ', r.code, all_names(r.names)), all_names(r.place), all_names(r.note))",
    filters={"status": "r.status = ANY (%(status)s)"},
)


# -- who asks

PERSON = """
SELECT s.id, u.id, u.name, u.language, o.id, o.code, s.second_factor,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(role, countries)), '[]') FROM user_roles WHERE user_id = u.id),
       s.last_seen_at < clock_timestamp() - interval '1 minute', u.demonstration
FROM sessions s JOIN users u ON u.id = s.user_id JOIN organisations o ON o.id = u.organisation_id
WHERE s.token_hash = %(hash)s AND u.status = 'active'
  AND s.expires_at > clock_timestamp() AND s.last_seen_at > clock_timestamp() - make_interval(mins => %(idle)s)"""

PROGRAM = """
SELECT k.id, k.name, o.id, o.code, k.scopes, k.countries,
       k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - interval '1 minute',
       coalesce((SELECT demonstration FROM users WHERE id = k.created_by_id), false)
FROM api_keys k JOIN organisations o ON o.id = k.organisation_id
WHERE k.token_hash = %(hash)s AND k.revoked_at IS NULL AND k.expires_at > clock_timestamp()"""

SEEN = {
    "sessions": "UPDATE sessions SET last_seen_at = clock_timestamp() WHERE id = :id",
    "api_keys": "UPDATE api_keys SET last_used_at = clock_timestamp() WHERE id = :id",
}


def asking_person(hash: bytes, idle_minutes: int) -> Sql:
    """Of a session that has not ended: it, its person with organisation and roles, and whether its use is worth a note."""
    return Sql(PERSON, {"hash": hash, "idle": idle_minutes})


def asking_program(hash: bytes) -> Sql:
    """Of an API key that serves: it, its organisation, its scopes, and whether its use is worth a note."""
    return Sql(PROGRAM, {"hash": hash})


def note_seen(db: Session, table: str, id: UUID) -> None:
    db.execute(text(SEEN[table]), {"id": id})
