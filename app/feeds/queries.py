"""What feeds ask besides the lists that they are: what was withdrawn of late, and what figures are called."""

from datetime import UTC, datetime, time, timedelta

from app.events.queries import EVENTS
from app.events.schemas import EventFilter
from app.permissions import asking, visible_values
from app.sql import Sql, all_of

TOLD_FOR = timedelta(days=30)  # a reader that comes more seldom has missed more than a withdrawal

INDICATORS = "SELECT json_object_agg(code, label(names, %(lang)s)) FROM indicators"


def long_ago() -> datetime:
    """The beginning of the days of which withdrawals are told: the same all day long, so that a feed keeps its tag."""
    return datetime.combine(datetime.now(UTC).date() - TOLD_FOR, time(), UTC)


def withdrawn(where: EventFilter) -> Sql:
    """Events of this feed that were withdrawn of late, as a JSON array of stubs, the latest first."""
    conditions = [
        EVENTS.visible(asking()),
        "r.withdrawn_at >= %(long_ago)s",
        *where.conditions(EVENTS.filters, ("updated_since",)),
    ]
    return Sql(
        f"""
SELECT coalesce(json_agg(json_build_object('id', r.id, 'ref', r.ref, 'withdrawn_at', r.withdrawn_at) ORDER BY r.withdrawn_at DESC), '[]')
FROM {EVENTS.source(where)}
WHERE {all_of(conditions)}""",
        {**where.values(), **visible_values(asking()), "long_ago": long_ago()},
    )


def hidden(where: EventFilter) -> Sql:
    """Events that whoever asks could see and no longer can, as such stubs."""
    since = where.updated_since or long_ago()
    return EVENTS.gone(where.model_copy(update={"updated_since": since}))


def indicators(lang: str) -> Sql:
    return Sql(INDICATORS, {"lang": lang})
