"""What is asked of a warning's recipients: who was told, who has opened and acknowledged it, what the rules have done."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.permissions import By, Permission
from app.sql import Sql
from app.warnings.models import WarningRule

MINUTES = "round(extract(epoch FROM {} - w.issued_at)::numeric / 60, 1)"
READERS = """(
    SELECT coalesce(json_agg(json_build_object(
        'kind', CASE WHEN r.user_id IS NOT NULL THEN 'person' WHEN r.key_id IS NOT NULL THEN 'program' ELSE c.kind END,
        'name', coalesce(u.name, k.name), 'told_as', r.told_as, 'told_at', letter.at,
        'mail', CASE WHEN letter.at IS NULL THEN NULL WHEN m.failure IS NOT NULL THEN 'failed'
                     WHEN m.id IS NOT NULL AND m.sent_at IS NULL THEN 'waits' ELSE 'sent' END,
        'failure', m.failure, 'opened_at', r.opened_at, 'opened_by', r.opened_by, 'acknowledged_at', r.acknowledged_at,
        'acknowledged_by', r.acknowledged_by, 'remark', r.remark) ORDER BY r.acknowledged_at, r.opened_at, r.id), '[]')
    FROM warning_readers r
    LEFT JOIN users u ON u.id = r.user_id LEFT JOIN api_keys k ON k.id = r.key_id LEFT JOIN contacts c ON c.id = r.contact_id
    LEFT JOIN LATERAL (SELECT created_at AS at, mail_id FROM warning_letters WHERE reader_id = r.id ORDER BY id LIMIT 1) letter ON true
    LEFT JOIN mails m ON m.id = letter.mail_id
    WHERE r.warning_id = w.id AND r.organisation_id = o.id)"""
STEPS = """(
    SELECT coalesce(json_agg(json_build_object('action', action, 'due_at', due_at, 'done_at', done_at, 'mails', mails,
                                               'dropped_because', dropped_because) ORDER BY due_at), '[]')
    FROM warning_steps WHERE warning_id = w.id AND organisation_id = o.id)"""

BOARD = f"""
SELECT coalesce(json_agg(x ORDER BY x.late DESC, x.acknowledged_at NULLS FIRST, x.organisation ->> 'name'), '[]') FROM (
    SELECT json_build_object('code', o.code, 'name', label(o.names, %(lang)s)) AS organisation,
           seen.told, seen.opened_at, {MINUTES.format("seen.opened_at")} AS opened_minutes,
           seen.acknowledged_at, {MINUTES.format("seen.acknowledged_at")} AS acknowledged_minutes, seen.remarks,
           seen.acknowledged_at IS NULL AND EXISTS (
               SELECT FROM warning_steps s WHERE s.warning_id = w.id AND s.organisation_id = o.id
               AND s.due_at <= now() AND s.dropped_because IS NULL) AS late,
           {STEPS} AS steps, {READERS} AS readers
    FROM warnings w JOIN warning_recipients t ON t.warning_id = w.id JOIN organisations o ON o.id = t.organisation_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE told_as IS NOT NULL) AS told, min(opened_at) AS opened_at,
               min(acknowledged_at) AS acknowledged_at,
               coalesce(json_agg(remark ORDER BY acknowledged_at) FILTER (WHERE remark <> ''), '[]') AS remarks
        FROM warning_readers WHERE warning_id = w.id AND organisation_id = o.id) seen
    WHERE w.id = %(id)s AND (%(all)s OR o.id = %(organisation)s)
) x"""


def board(by: By, id: UUID | str, issuer: str, lang: str) -> Sql:
    """The recipients of a warning: all to the Centre and to whoever issued it, their own line to everybody else."""
    values = {"id": id, "lang": lang, "all": sees_all(by, issuer), "organisation": by.organisation_id}
    return Sql(BOARD, values)


def sees_all(by: By, issuer: str) -> bool:
    """Whether an asker sees all recipients of a warning that this organisation has issued."""
    return by.is_known and (by.may(Permission.READ_CENTRE) or by.organisation_code == issuer)


# Somebody of an organisation that was told looks for the first time
NEWS = """
SELECT EXISTS (SELECT FROM warning_recipients WHERE warning_id = %(id)s AND organisation_id = %(organisation)s)
   AND NOT EXISTS (SELECT FROM warning_readers WHERE warning_id = %(id)s AND opened_at IS NOT NULL
                   AND (user_id = %(user)s OR key_id = %(key)s))"""


def is_first_look(by: By, id: str) -> Sql:
    return Sql(NEWS, {"id": id, "organisation": by.organisation_id, "user": by.user_id, "key": by.key_id})


# -- how quickly warnings are answered; exercises and what is invented do not count

SPEED = f"""
WITH told AS (
    SELECT o.code, label(o.names, %(lang)s) AS name, w.severity,
           {MINUTES.format("seen.opened_at")} AS opened, {MINUTES.format("seen.acknowledged_at")} AS acknowledged
    FROM warnings w JOIN warning_recipients t ON t.warning_id = w.id JOIN organisations o ON o.id = t.organisation_id
    CROSS JOIN LATERAL (SELECT min(opened_at) AS opened_at, min(acknowledged_at) AS acknowledged_at
                        FROM warning_readers WHERE warning_id = w.id AND organisation_id = o.id) seen
    WHERE w.status = 'actual' AND NOT w.demonstration AND w.msg_type <> 'cancel'
), sums AS (
    SELECT code, name, severity, count(*) AS warnings, count(opened) AS opened, count(acknowledged) AS acknowledged,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY opened::float8) AS minutes_to_open,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledged::float8) AS minutes_to_acknowledge
    FROM told GROUP BY GROUPING SETS ((code, name), (severity), ())
)
SELECT json_build_object(
    'all', (SELECT row_to_json(s) FROM sums s WHERE code IS NULL AND severity IS NULL),
    'organisations', (SELECT coalesce(json_agg(s ORDER BY name), '[]') FROM sums s WHERE code IS NOT NULL),
    'severities', (SELECT coalesce(json_agg(s ORDER BY array_position(ARRAY['extreme', 'severe', 'moderate', 'minor', 'unknown'], severity)), '[]')
                   FROM sums s WHERE severity IS NOT NULL))"""


def speed(lang: str) -> Sql:
    """Medians of the minutes until warnings were opened and acknowledged: in all, by organisation, by severity."""
    return Sql(SPEED, {"lang": lang})


# -- the rules


def rules(db: Session, lock: bool = False) -> dict[tuple[str, str], WarningRule]:
    """{(severity, action): rule}."""
    asked = select(WarningRule)
    return {(rule.severity, rule.action): rule for rule in db.scalars(asked.with_for_update() if lock else asked)}


def rows(db: Session, statement: Sql) -> Any:
    """The first column of the first row, in the transaction of the session."""
    return db.connection().exec_driver_sql(statement.text, statement.values).scalar_one()
