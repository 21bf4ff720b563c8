"""What is asked of API keys."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.people.models import ApiKey, Organisation
from app.permissions import Countries

KEYS = """
SELECT k.id, k.name, k.hint, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.revoked_at,
       o.code AS organisation_code, label(o.names, :lang) AS organisation_name, u.name AS created_by,
       ARRAY(SELECT label(c.names, :lang) FROM countries c WHERE c.iso3 = ANY (k.countries) ORDER BY 1) AS countries,
       k.revoked_at IS NULL AND k.expires_at > now() AS serves,
       k.revoked_at IS NULL AND k.expires_at BETWEEN now() AND now() + make_interval(days => :soon) AS ends_soon
FROM api_keys k JOIN organisations o ON o.id = k.organisation_id LEFT JOIN users u ON u.id = k.created_by_id
WHERE o.id = :own OR :everywhere OR o.country_iso3 = ANY (:countries)
ORDER BY serves DESC, organisation_name, k.name, k.id
LIMIT 1000"""


def keys_of(db: Session, own: UUID | None, others: Countries, lang: str, soon_days: int) -> list[dict[str, Any]]:
    """The keys of one's own organisation and of those of some countries (None: of all), those that serve first."""
    values = {"own": own, "everywhere": others is None, "countries": sorted(others or ()), "lang": lang}
    return [dict(row) for row in db.execute(text(KEYS), values | {"soon": soon_days}).mappings()]


def organisation_with_code(db: Session, code: str, *, lock: bool = False) -> Organisation | None:
    """Locked, two who make keys for it wait for each other."""
    asked = select(Organisation).where(Organisation.code == code)
    return db.scalar(asked.with_for_update(key_share=True) if lock else asked)


def organisations(db: Session, lang: str) -> list[tuple[str, str]]:
    """The code and name of each."""
    found = db.execute(text("SELECT code, label(names, :lang) FROM organisations ORDER BY 2, 1"), {"lang": lang})
    return [(row[0], row[1]) for row in found]


def countries(db: Session, lang: str) -> list[dict[str, str]]:
    """All, those of the region first."""
    asked = "SELECT iso3 AS code, label(names, :lang) AS name FROM countries ORDER BY NOT region, 2, 1"
    return [dict(row) for row in db.execute(text(asked), {"lang": lang}).mappings()]


def unknown_countries(db: Session, codes: Collection[str]) -> list[str]:
    asked = text("SELECT code FROM unnest(CAST(:codes AS text[])) code WHERE code NOT IN (SELECT iso3 FROM countries)")
    return list(db.scalars(asked, {"codes": list(codes)}))


def has_key_named(db: Session, organisation: UUID, name: str) -> bool:
    """Whether a key of that name serves."""
    asked = """SELECT EXISTS (SELECT FROM api_keys WHERE organisation_id = :organisation AND lower(name) = lower(:name)
                              AND revoked_at IS NULL AND expires_at > now())"""
    return bool(db.scalar(text(asked), {"organisation": organisation, "name": name}))


def lock_key(db: Session, id: UUID) -> tuple[ApiKey, Organisation] | None:
    asked = select(ApiKey, Organisation).join(Organisation, Organisation.id == ApiKey.organisation_id)
    found = db.execute(asked.where(ApiKey.id == id).with_for_update(of=ApiKey)).one_or_none()
    return (found[0], found[1]) if found else None
