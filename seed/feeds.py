"""The feeds that a new portal knows. What administrators make of them is theirs: a later version adds only what is missing."""

from sqlalchemy.orm import Session

from app.intake.models import Feed
from seed.tables import Row, Values, add_missing, read


def load_feeds(db: Session) -> int:
    """Returns how many were added."""
    return add_missing(db, Feed, [_feed(row) for row in read("feeds")])


def _feed(row: Row) -> Values:
    return {**row, "every_s": int(row["every_s"]), "is_enabled": row["is_enabled"] == "yes"}
