"""What decisions ask: the candidate, locked; who decided on it; what of it goes into an event; the rules, locked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.events.writing_queries import ask
from app.filters import identity
from app.inbox.grouping import Group
from app.inbox.headline import in_order, standing, state
from app.inbox.models import Candidate, InboxRule
from app.inbox.queries import LATELY, country_limit, with_glide
from app.inbox.queries import touched as touched_by
from app.inbox.sorting_queries import members_of
from app.people.models import ApiKey, User
from app.permissions import By
from app.sql import Sql


def lock_candidate(db: Session, by: By, id_or_ref: str) -> Candidate | None:
    """Locked until the transaction ends: who comes second reads what the first has decided."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    id = ask(db, f"SELECT r.id FROM candidates r WHERE {named} AND {country_limit(by)} FOR UPDATE", values).scalar()
    return lock_candidate_with_id(db, id) if id else None


def lock_candidate_with_id(db: Session, id: UUID) -> Candidate:
    return db.get_one(Candidate, id, populate_existing=True, with_for_update=True)


def candidate_seen(db: Session, by: By, id_or_ref: str) -> Candidate | None:
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    id = ask(db, f"SELECT r.id FROM candidates r WHERE {named} AND {country_limit(by)}", values).scalar()
    return db.get(Candidate, id) if id else None


def group_of(db: Session, id: UUID) -> Group:
    """The items of a candidate, as they were last sorted."""
    return Group(id, {one.item_id: one for _candidate, one in members_of(db, [id])})


def state_now(db: Session, candidate: Candidate) -> dict[str, Any]:
    """What a decision is taken on."""
    names = ("hazard_code", "magnitude", "alert_level", "is_exercise", "is_test")
    return state(group_of(db, candidate.id), {name: getattr(candidate, name) for name in names})


def said_by_feeds(db: Session, id: UUID) -> list[tuple[str, Mapping[str, Any]]]:
    """(name of the feed, what it says now), the most trusted first."""
    return [(one.feed_name, one.said) for one in standing(in_order(group_of(db, id)))]


def areas_within(db: Session, codes: Sequence[str], countries: Sequence[str]) -> list[str]:
    """Those of the areas that an event in these countries can name."""
    asked = "SELECT code FROM areas_on_map WHERE code = ANY (:codes) AND country_iso3 = ANY (:countries) ORDER BY level, code"
    return list(db.scalars(text(asked), {"codes": list(codes), "countries": list(countries)}))


def shapes_of(db: Session, id: UUID) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The geometry of a candidate and a point inside it, as GeoJSON."""
    asked = """SELECT CAST(ST_AsGeoJSON(geometry, 6) AS json), CAST(ST_AsGeoJSON(ST_PointOnSurface(geometry), 6) AS json)
               FROM candidates WHERE id = :id"""
    whole, point = db.execute(text(asked), {"id": id}).one()
    return whole, point


def events_with_glide(db: Session, by: By, glides: Sequence[str], lang: str) -> list[dict[str, Any]]:
    """The events that bear one of these GLIDE numbers, as duplicates are told of."""
    found: list[dict[str, Any]] = ask(db, *with_glide(by, glides, lang)[:2]).scalar_one() if glides else []
    return found


def touched(db: Session, candidate: Candidate) -> list[str]:
    """The countries in which a candidate lies; where it lies in none, those that it concerns."""
    return told(db, touched_by(candidate.id)) or candidate.countries


def who_decided(db: Session, candidate: Candidate) -> str:
    """The name of the person or program; empty where it was a rule."""
    id = candidate.decided_by_id
    return (
        (
            db.scalar(select(User.name).where(User.id == id))
            or db.scalar(select(ApiKey.name).where(ApiKey.id == id))
            or ""
        )
        if id
        else ""
    )


def event_ref(db: Session, id: UUID | None) -> str | None:
    return db.scalar(text("SELECT ref FROM events WHERE id = :id"), {"id": id}) if id else None


def is_withdrawn(db: Session, id: UUID) -> bool:
    return bool(db.scalar(text("SELECT withdrawn_at IS NOT NULL FROM events WHERE id = :id"), {"id": id}))


def told(db: Session, statement: Sql) -> Any:
    """What a statement that answers one column of JSON says."""
    return ask(db, statement.text, statement.values).scalar_one()


# -- rules


def lock_rules(db: Session) -> list[InboxRule]:
    """All rules in their order; whoever else changes them waits."""
    db.execute(text("LOCK TABLE inbox_rules IN SHARE ROW EXCLUSIVE MODE"))
    return list(db.scalars(select(InboxRule).order_by(InboxRule.position).execution_options(populate_existing=True)))


def rules_in_order(db: Session) -> list[InboxRule]:
    return list(db.scalars(select(InboxRule).order_by(InboxRule.position)))


def known_codes(db: Session, table: str) -> set[str]:
    asked = {"hazards": "SELECT code FROM hazards", "countries": "SELECT iso3 FROM countries", "feeds": "SELECT code FROM feeds",
             "areas": "SELECT code FROM areas_on_map WHERE level > 0"}  # fmt: skip
    return set(db.scalars(text(asked[table])))


def lately(db: Session, days: int, most: int, lang: str) -> list[Mapping[str, Any]]:
    return list(ask(db, LATELY, {"days": days, "most": most, "lang": lang}).mappings())
