"""Organisations by stable code, and the meetings that made the Centre."""

from datetime import date

from sqlalchemy.orm import Session

from app.people.models import Meeting, Organisation
from seed.tables import Row, Values, by_language, listed, read, upsert

CENTRE = "CESDRR"


def load_organisations(db: Session) -> int:
    """Returns how many rows were new or changed."""
    return upsert(db, Organisation, [_organisation(row) for row in read("organisations")]) + upsert(
        db, Meeting, [_meeting(row) for row in read("meetings")]
    )


def _organisation(row: Row) -> Values:
    return {
        "code": row["code"],
        "names": by_language(row),
        "aliases": listed(row["aliases"]),
        "kind": row["kind"],
        "country_iso3": row["country"] or None,
        "relation": row["relation"] or None,
        "is_centre": row["code"] == CENTRE,
        "url": row["url"] or None,
        "source": row["source"],
    }


def _meeting(row: Row) -> Values:
    return {
        "code": row["code"],
        "names": by_language(row),
        "held_on": date.fromisoformat(row["held_on"]) if row["held_on"] else None,
        "held_until": date.fromisoformat(row["held_until"]) if row["held_until"] else None,
        "place": by_language(row, "place_"),
        "status": row["status"],
        "note": by_language(row, "note_"),
        "source": row["source"],
    }
