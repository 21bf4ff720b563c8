"""What is asked of situation reports: those of an event, one of them in its latest version or an older one."""

from dataclasses import replace
from uuid import UUID

from app.documents.queries import SEEN_BY, visible_documents
from app.events.queries import IN_COUNTRIES, seen_with_master
from app.exercises import title_of
from app.filters import is_uuid
from app.listing import Column, Listing
from app.paging import Key
from app.permissions import ANYBODY, By, Permission, asking, visible, visible_values
from app.situation_reports.models import SECTIONS
from app.sql import Sql

# Said in SQL, so the words stand here and not in the catalogues; they belong in every language
CALLED = {
    "en": "Situation report", "ru": "Отчёт об обстановке", "kk": "Жағдай туралы есеп", "ky": "Абал жөнүндө отчёт",
    "fa-AF": "گزارش وضعیت", "ps": "د وضعیت راپور",
}  # fmt: skip
TITLES = f"""coalesce(nullif(version.titles, '{{}}'), nullif(page.titles, '{{}}'), jsonb_build_object({
    ", ".join(f"'{code}', concat_ws(' ', '{words}', page.number)" for code, words in CALLED.items())
}))"""

FILTERS = {
    "event": "r.event_id IN (SELECT event_with_merged(%(event)s))",
    "status": "CASE WHEN r.number IS NULL THEN 'draft' ELSE 'published' END = ANY (%(status)s)",
    "q": "search_document(all_names(r.titles), r.ref, '') @@ query",
}
PUBLISHED_AT = "(SELECT min(v.published_at) FROM situation_report_versions v WHERE v.report_id = r.id)"


def keys(lang: str) -> dict[str, Key]:
    return {
        "number": Key("coalesce(r.number, 2147483647)", "int"),  # a draft is the newest
        "published_at": Key(f"coalesce({PUBLISHED_AT}, 'infinity')", "timestamptz"),
        "q": Key("ts_rank(search_document(all_names(r.titles), r.ref, ''), query)::float8", "float8", descending=True),
    }


def writes(by: By, event: str = "r.event_id") -> str:
    """The SQL condition that `by` may write an event in all its countries."""
    limit = by.rights.get(Permission.EVENT_WRITE, frozenset())
    if not limit:
        return "TRUE" if limit is None else "FALSE"
    own = ", ".join(f"'{code}'" for code in sorted(limit) if code.isalnum())
    outside = f"SELECT FROM event_countries c WHERE c.event_id = {event} AND c.country_iso3 <> ALL (ARRAY[{own}])"
    return f"NOT EXISTS ({outside})"


def visible_reports(by: By, r: str = "r") -> str:
    """Published ones are seen by those who see the event and are told of them; drafts by those of them who may write it."""
    of_event = IN_COUNTRIES.format(r).replace(f"{r}.id", f"{r}.event_id")
    own = visible(by, f"{r}.visibility", f"{r}.organisation_id", of_event)
    event = f"EXISTS (SELECT FROM events e WHERE e.id = {r}.event_id AND {seen_with_master(by, 'e')})"
    return f"({own} AND {event} AND ({r}.number IS NOT NULL OR {writes(by, f'{r}.event_id')}))"


SAID = "coalesce(version.sections, page.sections)"
SECTIONS_SAID = ", ".join(f"'{name}', label({SAID} -> '{name}', %(lang)s)" for name in SECTIONS)


def record(by: By) -> str:
    """What is said of a report to whoever asks: of its documents those that they may see."""
    return f"""
    page.id, page.ref, json_build_object('ref', event.ref, 'title', {title_of("event.titles", "event.exercise")}) AS event,
    page.number, '1.' || version.minor AS version, CASE WHEN page.number IS NULL THEN 'draft' ELSE 'published' END AS status,
    (SELECT c.ref FROM situation_reports c WHERE c.id = page.corrects_id) AS corrects,
    {title_of(TITLES, "event.exercise")} AS title,
    coalesce(version.covers_from, page.covers_from) AS covers_from,
    coalesce(version.covers_until, page.covers_until) AS covers_until, json_build_object({SECTIONS_SAID}) AS sections,
    ARRAY(SELECT DISTINCT jsonb_object_keys(told.value) FROM jsonb_each({SAID}) told ORDER BY 1) AS languages,
    version.figures,
    (SELECT coalesce(json_agg(json_build_object('ref', d.ref, 'title', label(d.titles, %(lang)s), 'kind', d.kind,
        'format', d.format, 'file_name', d.file_name, 'size', d.size, 'content', '/api/v1/documents/' || d.ref || '/content')
        ORDER BY array_position(coalesce(version.documents, page.documents), d.id)), '[]')
     FROM documents d WHERE d.id = ANY (coalesce(version.documents, page.documents)) AND d.withdrawn_at IS NULL
     AND {visible_documents(by, "d")}) AS documents,
    nullif(version.change, '') AS change, version.published_at,
    CASE WHEN organisation.id IS NOT NULL THEN
        json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s)) END AS organisation,
    event.exercise, {SEEN_BY} AS visibility, page.demonstration, page.created_at, page.updated_at"""


JOINS = """JOIN events event ON event.id = page.event_id
    {which} situation_report_versions version ON version.report_id = page.id AND version.minor = {minor}
    LEFT JOIN organisations organisation ON organisation.id = coalesce(version.organisation_id, page.organisation_id)"""

REPORTS = Listing(
    name="situation_reports",
    layers=("events", "people"),
    table="situation_reports",
    record=record(ANYBODY),
    told=record,
    joins=JOINS.format(which="LEFT JOIN", minor="page.minor"),
    filters=FILTERS,
    keys=keys,
    default="-number",
    visible=visible_reports,
    formats=("json", "csv", "xlsx"),
    columns=(
        Column("id", "#meta+id"),
        Column("ref", "#meta+code"),
        Column("event.ref", "#event+code"),
        Column("number", "#meta+number"),
        Column("version", "#meta+version"),
        Column("status", "#status"),
        Column("title", "#meta+name"),
        Column("covers_from", "#date+start"),
        Column("covers_until", "#date+end"),
        *(Column(f"sections.{name}", f"#description+{name}") for name in SECTIONS),
        Column("languages", "#meta+lang"),
        Column("change", "#meta+change"),
        Column("published_at", "#date+published"),
        Column("exercise", "#meta+exercise"),
        Column("visibility", "#meta+visibility"),
        Column("updated_at", "#date+updated"),
    ),
)


def visible_versions(by: By, version: str, report: str) -> str:
    """A version is for those whom it was published for, also where the report is for more by now."""
    of_event = IN_COUNTRIES.format(report).replace(f"{report}.id", f"{report}.event_id")
    return visible(by, f"{version}.visibility", f"{report}.organisation_id", of_event)


def older(id: UUID, version: str, lang: str) -> Sql:
    """One report in the version 1.x, as `Listing.one` answers it."""
    joins = JOINS.format(which="JOIN", minor=f"%(minor)s AND {visible_versions(asking(), 'version', 'page')}")
    asked = replace(REPORTS, joins=joins).one(str(id), lang)
    return Sql(asked.text, asked.values | {"minor": int(version.partition(".")[2])})


def meant(report: str) -> tuple[str, dict[str, object]]:
    """The condition of the report of %(event)s that an id, a ref, `SR-3` or `3` means; a number is that of the event itself."""
    digits = report.upper().removeprefix("SR-")
    if is_uuid(report):
        return "r.id = %(report)s AND r.event_id IN (SELECT event_with_merged(%(event)s))", {"report": UUID(report)}
    if digits.isdecimal() and len(digits) < 9:
        return "r.event_id = %(event)s AND r.number = %(number)s", {"number": int(digits)}
    return "r.ref = %(ref)s AND r.event_id IN (SELECT event_with_merged(%(event)s))", {"ref": report.upper()}


def id_of(event: UUID, report: str) -> Sql:
    """The id of a report of an event that the asker may see, withdrawn ones apart."""
    condition, values = meant(report)
    statement = f"""
SELECT r.id FROM situation_reports r WHERE {condition} AND r.withdrawn_at IS NULL AND {visible_reports(asking())}"""
    return Sql(statement, {"event": event, **values, **visible_values(asking())})


def versions(id: UUID, lang: str) -> Sql:
    """The versions of a report that the asker may see, the latest first, as JSON."""
    return Sql(
        f"""
SELECT coalesce(json_agg(json_build_object('version', '1.' || v.minor, 'published_at', v.published_at,
    'organisation', CASE WHEN o.id IS NOT NULL THEN json_build_object('code', o.code, 'name', label(o.names, %(lang)s)) END,
    'change', nullif(v.change, '')) ORDER BY v.minor DESC), '[]')
FROM situation_report_versions v JOIN situation_reports r ON r.id = v.report_id LEFT JOIN organisations o ON o.id = v.organisation_id
WHERE v.report_id = %(id)s AND {visible_versions(asking(), "v", "r")}""",
        {"id": id, "lang": lang, **visible_values(asking())},
    )


# What the events page shows of an indicator now, in the shape that a report freezes
HEADLINES = """
SELECT coalesce(jsonb_agg(jsonb_build_object('indicator', f.indicator_code, 'value', f.value, 'low', f.low, 'high', f.high,
    'qualifier', f.qualifier, 'method', f.method, 'as_of', f.as_of,
    'source', jsonb_build_object('code', s.code, 'name', s.name, 'url', s.url, 'kind', s.kind)) ORDER BY i.position), '[]')
FROM figures f JOIN sources s ON s.id = f.source_id JOIN indicators i ON i.code = f.indicator_code
WHERE f.event_id IN (SELECT event_with_merged({event})) AND f.is_headline"""


def headlines_of(report: UUID) -> Sql:
    """The headlines of a report's event as they are now; ask only for reports that the asker may see."""
    statement = HEADLINES.format(event="(SELECT event_id FROM situation_reports WHERE id = %(report)s)")
    return Sql(f"SELECT ({statement})::json", {"report": report})


def withdrawn(event: UUID, lang: str) -> Sql:
    """The numbers of published reports that were withdrawn, so that nobody looks for them, as JSON; with their id for writers."""
    by = asking()
    return Sql(
        f"""
SELECT coalesce(json_agg(json_build_object('number', r.number, 'withdrawn_at', r.withdrawn_at, 'ref', r.ref, 'id', r.id,
    'updated_at', r.updated_at) ORDER BY r.number DESC), '[]')
FROM situation_reports r
WHERE r.event_id IN (SELECT event_with_merged(%(event)s)) AND r.number IS NOT NULL AND r.withdrawn_at IS NOT NULL
  AND {visible_reports(by)}""",
        {"event": event, "lang": lang, **visible_values(by)},
    )
