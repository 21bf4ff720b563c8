"""Code lists: hazards, units, resource families and types, indicators."""

from sqlalchemy.orm import Session

from app.reference.models import Hazard, Indicator, ResourceFamily, ResourceType, Unit
from seed.tables import Row, Values, by_language, read, upsert


def load_reference(db: Session) -> int:
    """Returns how many rows were new or changed."""
    return (
        upsert(db, Hazard, [_hazard(row) for row in read("reference/hazards")])
        + upsert(db, Unit, [{"code": row["code"], "names": by_language(row)} for row in read("reference/units")])
        + upsert(db, Indicator, [_in_order(row) for row in read("reference/indicators")])
        + upsert(db, ResourceFamily, [_in_order(row) for row in read("reference/resource_families")])
        + upsert(db, ResourceType, [_type(row, n) for n, row in enumerate(read("reference/resource_types"), 1)])
    )


def _in_order(row: Row) -> Values:
    return {"code": row["code"], "names": by_language(row), "position": int(row["position"])}


def _hazard(row: Row) -> Values:
    return {**_in_order(row), "undrr_isc": row["undrr_isc"] or None}


def _type(row: Row, position: int) -> Values:
    return {
        "code": row["code"],
        "family_code": row["family"],
        "parent_code": row["parent"] or None,
        "kind": row["kind"],
        "unit_code": row["unit"],
        "names": by_language(row),
        "standard": row["standard"],
        "standard_ref": row["standard_ref"] or None,
        "description": by_language(row, "description_"),
        "position": position,
    }
