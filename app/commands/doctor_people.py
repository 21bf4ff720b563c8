"""What `./portal doctor` says of accounts, of mails and of what guards the history."""

from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from app.settings import settings

Line = tuple[bool, str]

ACCOUNTS = """
    SELECT count(*) FILTER (WHERE role = 'administrator' AND countries = '{}' AND NOT demonstration),
           count(DISTINCT id) FILTER (WHERE demonstration)
    FROM users LEFT JOIN user_roles ON user_id = id WHERE status = 'active'
"""
MAILS = """
    SELECT count(*) FILTER (WHERE body IS NOT NULL),
           count(*) FILTER (WHERE body IS NULL AND created_at > now() - interval '7 days'),
           coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE body IS NOT NULL)), 0) > 3600
    FROM mails WHERE sent_at IS NULL
"""
LAST_FAILURE = """
    SELECT failure FROM mails WHERE sent_at IS NULL AND failure IS NOT NULL AND created_at > now() - interval '7 days'
    ORDER BY created_at DESC LIMIT 1
"""
MAY_REWRITE = """
    SELECT bool_or(has_table_privilege(current_user, name, right_to))
    FROM unnest(ARRAY['history', 'history_seals', 'history_heads']) name,
         unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) right_to
"""


def lines(db: psycopg.Connection, serving_url: str, data: Path) -> list[Line]:
    """One line a subject, for a database of this version."""
    return [_accounts(db), _mails(db, data), _history(serving_url)]


def _accounts(db: psycopg.Connection) -> Line:
    administrators, invented = _row(db, ACCOUNTS)
    of_demonstration = f"; {invented} of the demonstration" if invented else ""
    if not administrators and not invented:
        return False, "Accounts: no administrator; `./portal up` and `./portal administrator-link` print a link for one"
    noun = "administrator" if administrators == 1 else "administrators"
    return True, f"Accounts: {administrators} {noun}{of_demonstration}"


def _mails(db: psycopg.Connection, data: Path) -> Line:
    waiting, given_up, is_stuck = _row(db, MAILS)
    state = f"{waiting} waiting, {given_up} given up within a week"
    if failure := _row(db, LAST_FAILURE):
        state += f"; the last said: {failure[0]}"
    return not (given_up or is_stuck), f"Mail: {_way(data)}; {state}"


def _way(data: Path) -> str:
    if settings().smtp_url:
        return f"through {urlsplit(settings().smtp_url).hostname}"
    folder = Path(settings().mail_folder or data / "mail")
    try:
        files = len(list(folder.glob("*.eml")))
    except OSError:
        files = 0
    return f"no mail server (SMTP_URL), so each becomes a file in {folder} ({files} there)"


def _history(serving_url: str) -> Line:
    """Asked as the role that serves: with a role of its own it may only add."""
    with psycopg.connect(serving_url, connect_timeout=5) as serving:
        if not _row(serving, MAY_REWRITE)[0]:
            return True, "History: the server's role can only add to it"
    return False, (
        "History: it can be rewritten by the server's own role; serve as a role that owns nothing (docs/operations.md)"
    )


def _row(db: psycopg.Connection, question: str) -> tuple[int, ...]:
    return db.execute(question.encode()).fetchone() or ()
