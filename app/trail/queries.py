"""What is asked of history: one record's, everybody's, and what the chain is made of."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.permissions import By, Permission, asking, visible, visible_values
from app.sql import Sql, all_of
from app.trail.schemas import HistoryFilter

# noun → whose its records are, and whether one is of the countries {}; h is a row of history
OWNERS = {
    "events": "(SELECT organisation_id FROM events WHERE id = h.record_id)",
    "documents": "(SELECT organisation_id FROM documents WHERE id = h.record_id)",
    "situation_reports": "(SELECT organisation_id FROM situation_reports WHERE id = h.record_id)",
    # whose it was then: whoever is given a record is not given what it said while it was another one's own
    "capacities": """coalesce(
        (SELECT o.id FROM history m JOIN organisations o ON o.code = m.before ->> 'organisation'
         WHERE m.noun = 'capacities' AND m.record_id = h.record_id AND m.id >= h.id AND m.before ->> 'organisation' IS NOT NULL
         ORDER BY m.id LIMIT 1),
        (SELECT organisation_id FROM capacities WHERE id = h.record_id))""",
    "stock": "(SELECT owner_id FROM stock_positions WHERE id = h.record_id)",
    "contacts": "(SELECT organisation_id FROM contacts WHERE id = h.record_id)",
    "warnings": "(SELECT organisation_id FROM warnings WHERE id = h.record_id)",
    "requests": "(SELECT organisation_id FROM requests WHERE id = h.record_id)",
    "offers": "(SELECT organisation_id FROM offers WHERE id = h.record_id)",
    "equipment_profiles": "(SELECT organisation_id FROM equipment_profiles WHERE id = h.record_id)",
    # who receives sees it as who sends
    "deployments": """(SELECT CASE WHEN receiver_id = %(by_organisation)s THEN receiver_id ELSE organisation_id END
        FROM deployments WHERE id = h.record_id)""",
}
OF_EVENT = """EXISTS (SELECT FROM {} part JOIN event_countries c ON c.event_id = part.event_id
        WHERE part.id = h.record_id AND c.country_iso3 = ANY ({{0}}))"""
# Now, and then: what was done while the record was of other countries only is not told in those that it has moved to
COUNTRIES = {
    "warnings": """EXISTS (SELECT FROM warning_countries c WHERE c.warning_id = h.record_id AND c.country_iso3 = ANY ({0}))""",
    "events": """(EXISTS (SELECT FROM event_countries c WHERE c.event_id = h.record_id AND c.country_iso3 = ANY ({0}))
        AND NOT EXISTS (SELECT FROM history m WHERE m.noun = 'events' AND m.record_id = h.record_id AND m.id >= h.id
                        AND NOT m.before -> 'countries' ?| {0}::text[]))""",
    "capacities": """(EXISTS (SELECT FROM capacities c WHERE c.id = h.record_id AND c.country_iso3 = ANY ({0}))
        AND NOT EXISTS (SELECT FROM history m WHERE m.noun = 'capacities' AND m.record_id = h.record_id AND m.id >= h.id
                        AND m.before ->> 'country_iso3' <> ALL ({0})))""",
    "requests": "EXISTS (SELECT FROM requests c WHERE c.id = h.record_id AND c.country_iso3 = ANY ({0}))",
    "equipment_profiles": "EXISTS (SELECT FROM equipment_profiles c WHERE c.id = h.record_id AND c.country_iso3 = ANY ({0}))",
    "offers": """EXISTS (SELECT FROM offers c LEFT JOIN requests q ON q.id = c.request_id
        WHERE c.id = h.record_id AND coalesce(q.country_iso3, c.country_iso3) = ANY ({0}))""",
    "deployments": "EXISTS (SELECT FROM deployments c WHERE c.id = h.record_id AND c.to_country_iso3 = ANY ({0}))",
    "candidates": "EXISTS (SELECT FROM candidates c WHERE c.id = h.record_id AND c.countries && {0})",
    "documents": OF_EVENT.format("documents"),
    "situation_reports": OF_EVENT.format("situation_reports"),
}
NEVER = "false AND {}::text[] IS NULL"  # the type: PostgreSQL asks for it, though nothing is compared
# Where a base is narrower than its record, only its owner is told what it was, and what it was before it was narrowed
OF_THE_OWNER = """(ARRAY['exact_location', 'exact_place', 'base_visibility'] || CASE WHEN h.noun = 'capacities'
        AND EXISTS (SELECT FROM capacities c WHERE c.id = h.record_id AND c.base_visibility <> 'public')
        THEN ARRAY['location', 'base_place'] ELSE ARRAY[]::text[] END)"""

ENTRY = f"""
    h.id, h.at, h.action, h.noun, h.ref, h.means, h.reason, h.visibility, h.actor_kind,
    CASE WHEN h.noun = 'users' THEN h.record_id END AS account,
    CASE WHEN organisation.id IS NOT NULL THEN
        json_build_object('code', organisation.code, 'name', label(organisation.names, %(lang)s)) END AS organisation,
    CASE WHEN %(is_known)s THEN coalesce(u.name, k.name) END AS actor,
    CASE WHEN {{detailed}} THEN CASE WHEN {{mine}} THEN h.before ELSE h.before - {OF_THE_OWNER} END END AS before,
    CASE WHEN {{detailed}} THEN CASE WHEN {{mine}} THEN h.after ELSE h.after - {OF_THE_OWNER} END END AS after,
    EXISTS (SELECT FROM history_seals s WHERE s.history_id = h.id) AS sealed"""

NAMED = """
    LEFT JOIN organisations organisation ON organisation.id = h.organisation_id
    LEFT JOIN users u ON u.id = h.actor_id
    LEFT JOIN api_keys k ON k.id = h.actor_id"""

OF_RECORD = f"""
SELECT coalesce(json_agg(x ORDER BY x.id DESC), '[]') FROM (
    SELECT {ENTRY}
    FROM (SELECT * FROM history h WHERE h.noun = %(noun)s AND h.record_id = %(id)s AND h.action <> 'read' AND {{seen}}
          ORDER BY h.id DESC LIMIT %(most)s) h {NAMED}
) x"""

SEARCH = f"""
SELECT coalesce(json_agg(x ORDER BY x.id DESC), '[]') FROM (
    SELECT {ENTRY}
    FROM (SELECT * FROM history h WHERE {{conditions}} ORDER BY h.id DESC LIMIT %(most)s) h {NAMED}
) x"""

# What an administrator limited to countries finds: done for organisations there, but the Centre; done to records there
WITHIN = f"""(h.organisation_id IN (SELECT id FROM organisations WHERE country_iso3 = ANY (%(within)s) AND NOT is_centre)
    OR h.noun = 'events' AND {COUNTRIES["events"].format("%(within)s")}
    OR h.noun = 'capacities' AND {COUNTRIES["capacities"].format("%(within)s")})"""

CONDITIONS = {
    "noun": "h.noun = ANY (%(noun)s)",
    "action": "h.action = ANY (%(action)s)",
    "ref": "h.ref = %(ref)s",
    "organisation": "h.organisation_id IN (SELECT id FROM organisations WHERE code = ANY (%(organisation)s))",
    "who": """h.actor_id IN (SELECT id FROM users WHERE name ILIKE %(who_like)s OR email ILIKE %(who_like)s
              UNION ALL SELECT id FROM api_keys WHERE name ILIKE %(who_like)s)""",
    "done_after": "h.at >= %(done_after)s",
    "done_before": "h.at < %(done_before)s",
    "before": "h.id < %(before)s",
}


def seen_by(by: By, noun: str) -> str:
    """Which rows of a record's history an asker may see: those of times when they could have seen the record."""
    return visible(by, "h.visibility", OWNERS.get(noun, "NULL::uuid"), COUNTRIES.get(noun, NEVER))


def details_seen_by(by: By) -> str:
    """Over all nouns: whose values may be read. A search tells that something was done to a hidden record, not what it says."""
    of_noun = " ".join(f"WHEN '{noun}' THEN {seen_by(by, noun)}" for noun in OWNERS)
    return f"CASE h.noun {of_noun} ELSE true END"


def owned_by(by: By, *nouns: str) -> str:
    """Whether the record is the asker's own organisation's."""
    if not by.is_known:
        return "false"
    of_noun = " ".join(f"WHEN '{noun}' THEN {OWNERS[noun]} = %(by_organisation)s" for noun in nouns if noun in OWNERS)
    return f"coalesce(CASE h.noun {of_noun} END, false)" if of_noun else "false"


def of_record(noun: str, id: UUID | str, lang: str, most: int = 100) -> Sql:
    """The history of one record, the latest first, as JSON; ask only for records that the asker may see."""
    by = asking()
    statement = OF_RECORD.format(seen=seen_by(by, noun), detailed="true", mine=owned_by(by, noun))
    values = {"noun": noun, "id": id, "lang": lang, "most": most, "is_known": by.is_known}
    return Sql(statement, values | visible_values(by))


def search(where: HistoryFilter, lang: str, most: int) -> Sql:
    """Who did what, over all records. For those with history:search."""
    by = asking()
    limit = by.rights[Permission.HISTORY_SEARCH]
    conditions = [sql for name, sql in CONDITIONS.items() if getattr(where, name) is not None]
    conditions += [] if limit is None else [WITHIN]
    statement = SEARCH.format(conditions=all_of(conditions), detailed=details_seen_by(by), mine=owned_by(by, *OWNERS))
    values = where.values() | {"lang": lang, "most": most, "is_known": True, "within": sorted(limit or ())}
    return Sql(statement, values | visible_values(by))


# -- the chain

# What a row says, as one text that never depends on where or when it is read
CANONICAL = """jsonb_build_array(h.id, (extract(epoch FROM h.at) * 1000000)::bigint, h.actor_kind, h.actor_id, h.organisation_id,
    h.means, h.request_id, h.action, h.noun, h.record_id, h.ref, h.visibility, h.before, h.after, h.reason)::text"""

UNSEALED = f"""
SELECT h.id, {CANONICAL} FROM history_unsealed w JOIN history h ON h.id = w.history_id ORDER BY h.id LIMIT :most"""

CHAIN = f"""
SELECT s.position, s.history_id, s.digest, s.hash, {CANONICAL} AS said
FROM history_seals s LEFT JOIN history h ON h.id = s.history_id ORDER BY s.position"""


def last_seal(db: Session) -> tuple[int, bytes]:
    """Position and hash of the last link; 0 and zeros before the first."""
    found = db.execute(text("SELECT position, hash FROM history_seals ORDER BY position DESC LIMIT 1")).one_or_none()
    return (found[0], bytes(found[1])) if found else (0, bytes(32))


def unsealed(db: Session, most: int) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in db.execute(text(UNSEALED), {"most": most})]


def no_longer_unsealed(db: Session, ids: list[int]) -> None:
    db.execute(text("DELETE FROM history_unsealed WHERE history_id = ANY (:ids)"), {"ids": ids})


def publish_heads(db: Session) -> None:
    """The last link of each day that is over, unless it is published already."""
    db.execute(
        text("""
        INSERT INTO history_heads (day, position, hash)
        SELECT DISTINCT ON (day) day, position, hash
        FROM (SELECT (sealed_at AT TIME ZONE 'UTC')::date AS day, position, hash FROM history_seals
              WHERE position > coalesce((SELECT max(position) FROM history_heads), 0)
                AND sealed_at < (now() AT TIME ZONE 'UTC')::date) sealed
        ORDER BY day, position DESC
        ON CONFLICT DO NOTHING""")
    )


def chain(db: Session) -> Iterator[Any]:
    """Every link with the row it seals (none where that is gone), in order, in constant memory."""
    yield from db.execute(text(CHAIN).execution_options(yield_per=1000))


def rows_beside_the_chain(db: Session) -> list[tuple[int, bool]]:
    """Rows that no link seals, and whether they wait for it."""
    statement = """
        SELECT h.id, EXISTS (SELECT FROM history_unsealed w WHERE w.history_id = h.id) FROM history h
        WHERE NOT EXISTS (SELECT FROM history_seals s WHERE s.history_id = h.id) ORDER BY h.id LIMIT 1000"""
    return [(row[0], row[1]) for row in db.execute(text(statement))]


def published_heads(db: Session) -> list[tuple[str, int, bytes]]:
    return [
        (str(row[0]), row[1], bytes(row[2]))
        for row in db.execute(text("SELECT day, position, hash FROM history_heads ORDER BY day"))
    ]


def personal_values(db: Session) -> Iterator[Any]:
    statement = text("SELECT id, salt, value, digest FROM personal_values WHERE value IS NOT NULL ORDER BY id")
    yield from db.execute(statement.execution_options(yield_per=1000))


HEADS = """
SELECT json_build_object(
    'current', (SELECT json_build_object('position', position, 'hash', encode(hash, 'hex'), 'sealed_at', sealed_at)
                FROM history_seals ORDER BY position DESC LIMIT 1),
    'days', (SELECT coalesce(json_agg(json_build_object('day', day, 'position', position, 'hash', encode(hash, 'hex'),
                                                        'published_at', published_at) ORDER BY day DESC), '[]')
             FROM (SELECT * FROM history_heads ORDER BY day DESC LIMIT 1000) h))"""


def heads() -> Sql:
    """The current end of the chain, and that of each day."""
    return Sql(HEADS, {})
