"""What `./portal doctor` says of the feeds that come in: how many answer, and which have been silent for long."""

from datetime import UTC

import psycopg

from app.intake.queries import SILENT_S, SILENT_TURNS
from app.settings import settings

Line = tuple[bool, str]
MOST_NAMED = 5

# As app/intake/queries.py is_silent() has it. A source that wants an appname is not asked without one.
FEEDS = f"""
    SELECT code, coalesce(last_error, 'no answer'), coalesce(last_ok_at, created_at),
           last_tried_at IS NOT NULL AND clock_timestamp() - coalesce(last_ok_at, created_at)
               > greatest({SILENT_S}, {SILENT_TURNS} * every_s) * interval '1 second'
    FROM feeds WHERE is_enabled AND (adapter <> 'reliefweb' OR %s) ORDER BY code
"""


def line(db: psycopg.Connection) -> Line:
    """For a database of this version."""
    if not settings().fetch_feeds:
        return True, "Feeds: none is fetched (FETCH_FEEDS)"
    feeds = db.execute(FEEDS.encode(), [bool(settings().reliefweb_appname)]).fetchall()
    silent = [
        f"{code} since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({error})"
        for code, error, since, is_silent in feeds
        if is_silent
    ]
    if not silent:
        return True, f"Feeds: {len(feeds)} turned on, none silent"
    more = f" and {len(silent) - MOST_NAMED} more" if len(silent) > MOST_NAMED else ""
    return False, f"Feeds: {len(silent)} of {len(feeds)} silent: {', '.join(silent[:MOST_NAMED])}{more}; see /intake"
