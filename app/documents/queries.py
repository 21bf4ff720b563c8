"""What is asked of documents: those of an event and of what was merged into it, one of them, and the pieces of its file."""

from uuid import UUID

from app.documents.schemas import MEDIA
from app.events.queries import IN_COUNTRIES, seen_with_master
from app.exercises import title_of
from app.filters import identity
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import By, asking, visible, visible_values
from app.sql import Sql

SEARCHED = "search_document(concat_ws(' ', r.ref, all_names(r.titles)), concat_ws(' ', r.file_name, r.source), '')"

FILTERS = {
    "event": "r.event_id IN (SELECT event_with_merged(%(event)s))",
    "kind": "r.kind = ANY (%(kind)s)",
    "is_format": "r.format = ANY (%(is_format)s)",
    "language": "r.language = ANY (%(language)s)",
    "q": f"{SEARCHED} @@ query",
}


def keys(lang: str) -> dict[str, Key]:
    return {
        "created_at": Key("r.created_at", "timestamptz"),
        "published_on": Key("coalesce(r.published_on, '-infinity')", "date"),
        "title": Key(f"lower(label(r.titles, '{'ru' if lang == 'ru' else 'en'}'))"),
        "size": Key("r.size", "bigint"),
        "q": Key(f"ts_rank({SEARCHED}, query)::float8", "float8", descending=True),
    }


def visible_documents(by: By, r: str = "r") -> str:
    """A document is seen by those who see its event and are told of it itself."""
    own = visible(
        by, f"{r}.visibility", f"{r}.organisation_id", IN_COUNTRIES.format(r).replace(f"{r}.id", f"{r}.event_id")
    )
    return f"({own} AND EXISTS (SELECT FROM events e WHERE e.id = {r}.event_id AND {seen_with_master(by, 'e')}))"


# The narrower of the document's and its event's, in the order of an array
WIDTHS = "ARRAY['own', 'centre', 'partners', 'public']"
SEEN_BY = f"({WIDTHS})[least(array_position({WIDTHS}, page.visibility), array_position({WIDTHS}, event.visibility))]"
MEDIA_TYPE = " ".join(f"WHEN '{format}' THEN '{media}'" for format, media in MEDIA.items())

RECORD = f"""
    page.id, page.ref, json_build_object('ref', event.ref, 'title', {title_of("event.titles", "event.exercise")}) AS event,
    {title_of("page.titles", "event.exercise")} AS title, page.kind, page.format, CASE page.format {MEDIA_TYPE} END AS media_type,
    page.file_name, page.size, encode(page.sha256, 'hex') AS sha256, page.source, page.published_on, page.language,
    CASE WHEN organisation.id IS NOT NULL THEN
        json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s)) END AS organisation,
    event.exercise, '/api/v1/documents/' || page.ref || '/content' AS content,
    {SEEN_BY} AS visibility, page.demonstration, page.created_at, page.updated_at"""

DOCUMENTS = Listing(
    name="documents",
    layers=("events", "people"),
    table="documents",
    record=RECORD,
    joins="""JOIN events event ON event.id = page.event_id
    LEFT JOIN organisations organisation ON organisation.id = page.organisation_id""",
    filters=FILTERS,
    keys=keys,
    default="-created_at",
    visible=visible_documents,
    formats=("json", "csv", "xlsx"),
    columns=(
        Column("id", "#meta+id"),
        Column("ref", "#meta+code"),
        Column("event.ref", "#event+code"),
        Column("title", "#meta+name"),
        Column("kind", "#meta+type"),
        Column("format", "#meta+format"),
        Column("file_name", "#meta+file"),
        Column("size", "#meta+size"),
        Column("sha256", "#meta+hash"),
        Column("source", "#meta+source"),
        Column("published_on", "#date+published"),
        Column("language", "#meta+lang"),
        Column("exercise", "#meta+exercise"),
        Column("content", "#meta+url"),
        Column("visibility", "#meta+visibility"),
        Column("created_at", "#date+created"),
        Column("updated_at", "#date+updated"),
    ),
)


def file_of(id_or_ref: str) -> Sql:
    """id, ref, file name, format, size, sha256, whether an exercise: of a document that the asker may see."""
    found = DOCUMENTS.found(id_or_ref)
    fields = "r.id, r.ref, r.file_name, r.format, r.size, r.sha256, (SELECT exercise FROM events WHERE id = r.event_id)"
    return Sql(f"SELECT {fields} FROM {found.text}", found.values)


def piece(id: UUID, position: int) -> Sql:
    """The bytes of one piece of a file that `file_of` has found."""
    asked = "SELECT bytes FROM document_chunks WHERE document_id = %(id)s AND position = %(position)s"
    return Sql(asked, {"id": id, "position": position})


def withdrawn(event: UUID, lang: str) -> Sql:
    """The withdrawn documents of an event, for those who may restore them, as JSON."""
    by = asking()
    return Sql(
        f"""
SELECT coalesce(json_agg(json_build_object('ref', r.ref, 'title', label(r.titles, %(lang)s), 'withdrawn_at', r.withdrawn_at)
    ORDER BY r.withdrawn_at DESC), '[]')
FROM documents r WHERE r.event_id IN (SELECT event_with_merged(%(event)s)) AND r.withdrawn_at IS NOT NULL AND {visible_documents(by)}""",
        {"event": event, "lang": lang, **visible_values(by)},
    )


def countries(id: UUID) -> Sql:
    """The countries of the event that a document is with, as a JSON list."""
    asked = """
SELECT coalesce(json_agg(country_iso3), '[]') FROM event_countries
WHERE event_id = (SELECT event_id FROM documents WHERE id = %(id)s)"""
    return Sql(asked, {"id": id})


def withdrawn_one(by: By, id_or_ref: str, lang: str) -> Sql:
    """A withdrawn document as far as `by` may see it: what it was, since when and why it is none any more."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    return Sql(
        f"""
SELECT json_build_object('id', r.id, 'ref', r.ref, 'title', label(r.titles, %(lang)s), 'withdrawn_at', r.withdrawn_at,
    'updated_at', r.updated_at, 'exercise', e.exercise, 'event', json_build_object('ref', e.ref, 'title', label(e.titles, %(lang)s)),
    'countries', ARRAY(SELECT country_iso3 FROM event_countries WHERE event_id = r.event_id),
    'reason', (SELECT reason FROM history WHERE noun = 'documents' AND record_id = r.id AND action = 'withdrawn' ORDER BY id DESC LIMIT 1))
FROM documents r JOIN events e ON e.id = r.event_id
WHERE {named} AND r.withdrawn_at IS NOT NULL AND {visible_documents(by)}""",
        {**values, "lang": lang, **visible_values(by)},
    )
