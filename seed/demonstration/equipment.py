"""What an authority's rescuers use, invented and marked, and what the items of the demonstration are; some fit, some do not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.equipment.models import EquipmentLine, EquipmentProfile
from app.equipment.schemas import Specification
from app.people.models import Organisation
from app.stock.models import Item
from seed.tables import Row, by_language, ids, listed, read

AUTHORITY, COUNTRY = "AFG-ANDMA", "AFG"
NAMES = {
    "en": "Rescuers of ANDMA (demonstration)",
    "ru": "Спасатели АНДМА (демонстрация)",
    "fa-AF": "نجات‌دهندگان (نمایشی)",
    "ps": "ژغورونکي (نندارېز)",
}
MARK = {"en": "Demonstration record: invented.", "ru": "Демонстрационная запись: вымышлена."}
COUNTED = ("voltage_v", "frequency_hz", "phases", "hose_mm")


def load_equipment(db: Session) -> int:
    """Returns how many profiles were new. Needs the items."""
    for row in read("demonstration/specifications"):
        said = specification(row).kept
        there = update(Item).where(Item.code == row["item"], Item.demonstration, Item.specification.is_(None))
        db.execute(there.values(specification=said))
    if db.scalar(select(EquipmentProfile.id).where(EquipmentProfile.demonstration)):
        return 0
    profile = EquipmentProfile(
        organisation_id=ids(db, Organisation)[AUTHORITY],
        country_iso3=COUNTRY,
        names=NAMES,
        note=MARK,
        demonstration=True,
    )
    db.add(profile)
    db.flush()
    today = datetime.now(UTC).date()
    rows = read("demonstration/equipment")
    db.add_all(line(profile.id, position, row, today) for position, row in enumerate(rows, 1))
    db.flush()
    return 1


def line(profile_id: Any, position: int, row: Row, today: date) -> EquipmentLine:
    days = row["trained_days_ago"]
    return EquipmentLine(
        profile_id=profile_id,
        position=position,
        resource_type_code=row["type"],
        item_code=row["item"] or None,
        description=by_language(row),
        specification=specification(row).kept,
        quantity=int(row["quantity"]),
        trained_crews=int(row["crews"]),
        last_training_on=today - timedelta(days=int(days)) if days else None,
        source="Demonstration · Демонстрация",
        verified_on=today,
    )


def specification(row: Row) -> Specification:
    said: dict[str, Any] = {name: row.get(name) or None for name in Specification.model_fields}
    said |= {name: int(row[name]) for name in COUNTED if row.get(name)}
    said["manual_languages"] = listed(row["manuals"]) or None
    return Specification.model_validate(said)
