"""What writing asks of warnings: the row locked, its state as JSON, its parts, and all that a message says in each language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.events.writing_queries import MOMENT, ask
from app.filters import identity
from app.people.models import Contact, User
from app.permissions import By, visible_values
from app.warnings.models import Warning, WarningLetter, WarningReader, WarningStep
from app.warnings.queries import IN_FORCE, visible_warnings

State = dict[str, Any]

STATE = f"""
SELECT jsonb_build_object(
    'event', (SELECT e.ref FROM events e WHERE e.id = r.event_id), 'status', status, 'hazard', hazard_code, 'categories', categories,
    'responses', responses, 'urgency', urgency, 'severity', severity, 'certainty', certainty,
    'effective_at', {MOMENT.format("effective_at")}, 'onset_at', {MOMENT.format("onset_at")}, 'expires_at', {MOMENT.format("expires_at")},
    'headlines', headlines, 'descriptions', descriptions, 'instructions', instructions, 'area_descriptions', area_descriptions,
    'countries', ARRAY(SELECT country_iso3 FROM warning_countries WHERE warning_id = r.id ORDER BY country_iso3),
    'areas', ARRAY(SELECT code FROM warning_areas JOIN areas ON areas.id = area_id WHERE warning_id = r.id ORDER BY code),
    'geometry', ST_AsGeoJSON(geometry, 9)::jsonb, 'circles', circles, 'parameters', parameters, 'contact', contact, 'audience', audience)
FROM warnings r WHERE id = %(id)s"""

# The earlier messages of this one, by what each is known by; their senders stand in what was sent
CHAIN = """
WITH RECURSIVE earlier AS (
    SELECT 1 AS back, w.* FROM warnings w WHERE w.id = %(replaces)s
    UNION ALL SELECT earlier.back + 1, w.* FROM earlier JOIN warnings w ON w.id = earlier.replaces_id)
SELECT coalesce(json_agg(json_build_object('id', id, 'sender', substring(cap from '<sender>([^<]*)</sender>'),
    'sent', to_json(issued_at)) ORDER BY back DESC), '[]') FROM earlier"""

FACTS = """
SELECT json_build_object(
    'hazard', (SELECT json_build_object('code', code, 'names', names, 'undrr_isc', undrr_isc) FROM hazards WHERE code = r.hazard_code),
    'organisation', (SELECT names FROM organisations WHERE id = r.organisation_id),
    'event', (SELECT e.ref FROM events e WHERE e.id = r.event_id AND e.withdrawn_at IS NULL
              AND array_position(ARRAY['public', 'partners', 'centre', 'own'], e.visibility)
                  <= array_position(ARRAY['public', 'partners', 'centre', 'own'], r.audience)),
    'countries', (SELECT json_agg(json_build_object('iso3', c.iso3, 'iso2', c.iso2, 'names', c.names) ORDER BY c.iso3)
                  FROM warning_countries w JOIN countries c ON c.iso3 = w.country_iso3 WHERE w.warning_id = r.id),
    'areas', (SELECT coalesce(json_agg(json_build_object('code', a.code, 'pcode', a.pcode, 'iso', a.iso, 'names', a.names,
                                                         'country', a.country_iso3) ORDER BY a.code), '[]')
              FROM warning_areas w JOIN areas a ON a.id = w.area_id WHERE w.warning_id = r.id),
    'geometry', ST_AsGeoJSON(r.geometry, 9)::json)
FROM warnings r WHERE r.id = %(id)s"""


def found(by: By, id_or_ref: str) -> tuple[str, dict[str, Any]]:
    """The condition and the values of the warning that an id or ref means, as far as `by` may see it."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    return f"{named} AND r.withdrawn_at IS NULL AND {visible_warnings(by)}", values | visible_values(by)


def warning_seen(db: Session, by: By, id_or_ref: str, lock: str = "") -> Warning | None:
    """The warning, if `by` may see it and it is not discarded."""
    condition, values = found(by, id_or_ref)
    id = ask(db, f"SELECT r.id FROM warnings r WHERE {condition} {lock}", values).scalar()
    return db.get_one(Warning, id, populate_existing=True) if id else None


def lock_warning(db: Session, by: By, id_or_ref: str) -> Warning | None:
    """The same, locked until the transaction ends: who comes second reads what the first has written."""
    return warning_seen(db, by, id_or_ref, "FOR UPDATE")


def state_of(db: Session, id: UUID) -> State:
    """What a warning says, in the shape of `WarningIn`: for history, for a change laid over it, for the form."""
    state: State = ask(db, STATE, {"id": id}).scalar_one()
    return state


def is_in_force(db: Session, id: UUID) -> bool:
    return bool(ask(db, f"SELECT {IN_FORCE.format('r')} FROM warnings r WHERE r.id = %(id)s", {"id": id}).scalar())


def facts_of(db: Session, id: UUID) -> dict[str, Any]:
    """What its message says besides the row: names of hazard, places and organisation in all their languages."""
    facts: dict[str, Any] = ask(db, FACTS, {"id": id}).scalar_one()
    return facts


def chain_of(db: Session, replaces: UUID | None) -> list[dict[str, Any]]:
    """{id, sender, sent} of all messages that came before, the first one first."""
    earlier: list[dict[str, Any]] = ask(db, CHAIN, {"replaces": replaces}).scalar_one()
    return earlier


def set_countries(db: Session, id: UUID, countries: Sequence[str]) -> None:
    values = {"id": id, "countries": list(countries)}
    ask(db, "DELETE FROM warning_countries WHERE warning_id = %(id)s AND country_iso3 <> ALL (%(countries)s)", values)
    added = "INSERT INTO warning_countries (warning_id, country_iso3) SELECT %(id)s, unnest(%(countries)s::text[]) ON CONFLICT DO NOTHING"
    ask(db, added, values)


def set_areas(db: Session, id: UUID, areas: Sequence[UUID]) -> None:
    values = {"id": id, "areas": list(areas)}
    ask(db, "DELETE FROM warning_areas WHERE warning_id = %(id)s AND area_id <> ALL (%(areas)s::uuid[])", values)
    added = "INSERT INTO warning_areas (warning_id, area_id) SELECT %(id)s, unnest(%(areas)s::uuid[]) ON CONFLICT DO NOTHING"
    ask(db, added, values)


# -- whom it is told to

# The national authorities of the countries that a warning is for and of their neighbours, and whoever has a focal point there
PROPOSED = """
WITH touched AS (
    SELECT unnest(%(countries)s::text[]) AS iso3
    UNION SELECT other.country_iso3 FROM areas own JOIN areas other ON other.level = 0 AND other.geometry && own.geometry
          AND ST_Intersects(other.geometry, own.geometry) JOIN countries ON iso3 = other.country_iso3 AND region
    WHERE own.level = 0 AND own.country_iso3 = ANY (%(countries)s))
SELECT o.code FROM organisations o JOIN touched ON iso3 = o.country_iso3
WHERE o.id <> %(own)s AND NOT o.is_centre AND (%(demonstration)s OR o.code NOT LIKE 'DEMO-%%')
  AND (o.kind IN ('authority', 'ministry') OR EXISTS (
       SELECT FROM contacts c WHERE c.organisation_id = o.id AND c.kind = 'focal_point' AND c.withdrawn_at IS NULL
       AND c.demonstration = %(demonstration)s))
ORDER BY o.code"""

# Everybody who can be written to, the people with accounts first; what is invented is told to invented people only
REACHABLE = """
SELECT o.id AS organisation_id, o.code, u.id AS user_id, NULL::uuid AS contact_id, 'person' AS kind, u.name, u.email, u.language
FROM users u JOIN organisations o ON o.id = u.organisation_id
WHERE o.code = ANY (%(codes)s) AND u.status = 'active' AND u.email IS NOT NULL AND u.demonstration = %(demonstration)s
UNION ALL
SELECT o.id, o.code, NULL, c.id, c.kind, NULL, c.email, coalesce((SELECT l FROM unnest(c.languages) WITH ORDINALITY t (l, n)
       WHERE l = ANY (%(languages)s) ORDER BY n LIMIT 1), 'en')
FROM contacts c JOIN organisations o ON o.id = c.organisation_id
WHERE o.code = ANY (%(codes)s) AND c.kind IN ('duty_officer', 'focal_point', 'liaison') AND c.email IS NOT NULL
  AND c.withdrawn_at IS NULL AND c.demonstration = %(demonstration)s
ORDER BY code, contact_id NULLS FIRST, user_id"""

OPERATORS = """
SELECT DISTINCT u.email, u.language FROM users u JOIN organisations o ON o.id = u.organisation_id AND o.is_centre
JOIN user_roles ON user_id = u.id AND role = 'operator'
WHERE u.status = 'active' AND u.email IS NOT NULL AND u.demonstration = %(demonstration)s
UNION SELECT c.email, coalesce((SELECT l FROM unnest(c.languages) WITH ORDINALITY t (l, n)
       WHERE l = ANY (%(languages)s) ORDER BY n LIMIT 1), 'en')
FROM contacts c JOIN organisations o ON o.id = c.organisation_id AND o.is_centre
WHERE c.kind = 'duty_officer' AND c.email IS NOT NULL AND c.withdrawn_at IS NULL AND c.demonstration = %(demonstration)s
ORDER BY 1"""


def organisations_named(db: Session, codes: Sequence[str]) -> dict[str, UUID]:
    rows = ask(db, "SELECT code, id FROM organisations WHERE code = ANY (%(codes)s)", {"codes": list(codes)})
    return {row[0]: row[1] for row in rows}


def proposed(db: Session, warning: Warning, countries: Sequence[str]) -> list[str]:
    """The codes of the organisations that are told unless somebody says otherwise."""
    values = {"countries": list(countries), "own": warning.organisation_id, "demonstration": warning.demonstration}
    return list(ask(db, PROPOSED, values).scalars())


def recipients_of(db: Session, id: UUID) -> list[str]:
    asked = """SELECT o.code FROM warning_recipients t JOIN organisations o ON o.id = t.organisation_id
               WHERE t.warning_id = %(id)s ORDER BY o.code"""
    return list(ask(db, asked, {"id": id}).scalars())


def reachable(db: Session, codes: Sequence[str], languages: Sequence[str], demonstration: bool) -> list[dict[str, Any]]:
    """The people and desks of these organisations that have an address, with the language each is written to in."""
    values = {"codes": list(codes), "languages": list(languages), "demonstration": demonstration}
    return [dict(row) for row in ask(db, REACHABLE, values).mappings()]


def operators(db: Session, languages: Sequence[str], demonstration: bool) -> list[tuple[str, str]]:
    """Address and language of the Centre's operators and duty desks."""
    values = {"languages": list(languages), "demonstration": demonstration}
    return [tuple(row) for row in ask(db, OPERATORS, values)]


LAY_STEPS = """
INSERT INTO warning_steps (warning_id, organisation_id, action, due_at)
SELECT t.warning_id, t.organisation_id, rule.action, %(issued_at)s + make_interval(mins => rule.after_minutes)
FROM warning_recipients t, warning_rules rule
WHERE t.warning_id = %(id)s AND rule.severity = %(severity)s AND rule.after_minutes IS NOT NULL"""


def lay_steps(db: Session, id: UUID, severity: str, issued_at: datetime) -> None:
    """The rules as they are now, for each organisation that is told."""
    ask(db, LAY_STEPS, {"id": id, "severity": severity, "issued_at": issued_at})


def drop_steps(db: Session, id: UUID, because: str, organisation: UUID | None = None) -> None:
    """What was to be done yet need not be done any more."""
    values = {"id": id, "because": because, "organisation": organisation}
    ask(db, """UPDATE warning_steps SET done_at = clock_timestamp(), dropped_because = %(because)s
               WHERE warning_id = %(id)s AND done_at IS NULL
                 AND (%(organisation)s::uuid IS NULL OR organisation_id = %(organisation)s)""", values)  # fmt: skip


# -- readers


def reader_row(
    db: Session, warning: UUID, user: UUID | None, contact: UUID | None, key: UUID | None = None
) -> WarningReader | None:
    """The row of a person, desk or program that was told of a warning or has read it, locked."""
    asked = select(WarningReader).where(
        WarningReader.warning_id == warning,
        WarningReader.user_id.is_not_distinct_from(user),
        WarningReader.contact_id.is_not_distinct_from(contact),
        WarningReader.key_id.is_not_distinct_from(key),
    )
    return db.scalar(asked.with_for_update())


def reader_of_letter(db: Session, ref: str, hash: bytes) -> WarningReader | None:
    """Whose link it is, of this warning, as long as it serves; erased and suspended people have none."""
    asked = (
        select(WarningReader)
        .join(WarningLetter, WarningLetter.reader_id == WarningReader.id)
        .join(Warning, Warning.id == WarningReader.warning_id)
        .outerjoin(User, User.id == WarningReader.user_id)
        .outerjoin(Contact, Contact.id == WarningReader.contact_id)
        .where(
            WarningLetter.token_hash == hash,
            WarningLetter.expires_at > func.clock_timestamp(),
            Warning.ref == ref.upper(),
            or_(User.status == "active", and_(User.id.is_(None), Contact.withdrawn_at.is_(None))),
        )
    )
    return db.scalar(asked)


def is_told(db: Session, warning: UUID, organisation: UUID | None) -> bool:
    asked = "SELECT FROM warning_recipients WHERE warning_id = %(id)s AND organisation_id = %(organisation)s"
    return bool(ask(db, asked, {"id": warning, "organisation": organisation}).rowcount)


def forget_letters(db: Session) -> None:
    """Links that have long ceased to serve."""
    ask(db, "DELETE FROM warning_letters WHERE expires_at < now() - interval '90 days'", {})


def lock_readers(db: Session, warning: UUID, whose: UUID | None) -> None:
    """Of two windows in which the same asker opens a warning for the first time, the second waits for the first."""
    ask(db, "SELECT pg_advisory_xact_lock(hashtextextended(%(what)s, 2037))", {"what": f"{warning} {whose}"})


def has_acknowledged(db: Session, warning: UUID, organisation: UUID) -> bool:
    asked = """SELECT FROM warning_readers WHERE warning_id = %(warning)s AND organisation_id = %(organisation)s
               AND acknowledged_at IS NOT NULL LIMIT 1"""
    return bool(ask(db, asked, {"warning": warning, "organisation": organisation}).rowcount)


# -- steps

PEOPLE_TOLD = """
SELECT r.id, coalesce(u.email, c.email) AS email, coalesce(u.language, (SELECT l FROM unnest(c.languages) WITH ORDINALITY t (l, n)
       WHERE l = ANY (%(languages)s) ORDER BY n LIMIT 1), 'en') AS language
FROM warning_readers r
LEFT JOIN users u ON u.id = r.user_id AND u.status = 'active' AND u.organisation_id = r.organisation_id
LEFT JOIN contacts c ON c.id = r.contact_id AND c.withdrawn_at IS NULL AND c.organisation_id = r.organisation_id
WHERE r.warning_id = %(warning)s AND r.organisation_id = %(organisation)s AND r.told_as = 'first'
  AND coalesce(u.email, c.email) IS NOT NULL
ORDER BY r.id"""


def lock_due_steps(db: Session, most: int) -> Sequence[WarningStep]:
    """The steps that are due and that nobody else is doing right now, the oldest first."""
    due = select(WarningStep).where(WarningStep.done_at.is_(None), WarningStep.due_at <= func.clock_timestamp())
    return db.scalars(due.order_by(WarningStep.due_at).limit(most).with_for_update(skip_locked=True)).all()


def people_told(db: Session, warning: UUID, organisation: UUID, languages: Sequence[str]) -> list[dict[str, Any]]:
    """Those of an organisation who were told at once, as far as they are still there."""
    values = {"warning": warning, "organisation": organisation, "languages": list(languages)}
    return [dict(row) for row in ask(db, PEOPLE_TOLD, values).mappings()]


def code_of(db: Session, organisation: UUID) -> str:
    code: str = ask(db, "SELECT code FROM organisations WHERE id = %(id)s", {"id": organisation}).scalar_one()
    return code


def names_of_organisation(db: Session, organisation: UUID) -> dict[str, str]:
    names: dict[str, str] = ask(
        db, "SELECT names FROM organisations WHERE id = %(id)s", {"id": organisation}
    ).scalar_one()
    return names


def touch_expired(db: Session) -> None:
    """The row changes when its warning is over, so that what was kept of it is asked for anew."""
    ask(db, """UPDATE warnings SET updated_at = clock_timestamp()
               WHERE issued_at IS NOT NULL AND ended_at IS NULL AND expires_at <= now() AND updated_at < expires_at""", {})  # fmt: skip


def organisation_names(db: Session, codes: Sequence[str]) -> dict[str, dict[str, str]]:
    """{code: names by language}."""
    rows = ask(db, "SELECT code, names FROM organisations WHERE code = ANY (%(codes)s)", {"codes": list(codes)})
    return {row[0]: row[1] for row in rows}


def all_organisations(db: Session, lang: str, but: UUID) -> list[tuple[str, str, str | None]]:
    """(code, name, country) of everybody who could be told, by country; the Centre's own region first."""
    asked = """SELECT o.code, label(o.names, %(lang)s), label(c.names, %(lang)s)
               FROM organisations o LEFT JOIN countries c ON c.iso3 = o.country_iso3
               WHERE o.id <> %(but)s ORDER BY c.region DESC NULLS LAST, c.position, c.iso3, 2"""
    return [tuple(row) for row in ask(db, asked, {"lang": lang, "but": but})]
