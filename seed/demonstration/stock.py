"""Sixty stock positions in three warehouses, with lots, a ledger and reservations."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people.models import Organisation
from app.places.models import Area
from app.stock.models import (
    Item,
    ItemPart,
    Lot,
    MinimumLevel,
    StockMovement,
    StockPosition,
    StockReservation,
    Warehouse,
)
from seed.tables import Row, Values, add_missing, by_language, ids, point, read

OWNERS = ("CESDRR", "CESDRR", "CESDRR", "CESDRR", "KAZ-MES", "KGZ-MES", "UN-WFP", "IFRC")
DONORS = ("JPN-GOV", "EU", "USA-GOV", "NOR-GOV", "POL-GOV", "UN-OCHA", None, None, None)
PURPOSES = (
    {
        "en": "Held for the mudflow alert above Almaty (demonstration)",
        "ru": "Резерв на случай селя над Алматы (демонстрация)",
    },
    {"en": "Promised to Batken region (demonstration)", "ru": "Обещано Баткенской области (демонстрация)"},
    {"en": "Kept for the regional exercise (demonstration)", "ru": "Отложено для регионального учения (демонстрация)"},
)
KIT, KIT_PARTS = "hygiene-kit-family", {"bucket-14l": 1, "jerrycan-10l": 1, "water-tablets-box": 1}
EARMARK = {"en": "For floods and mudflows (demonstration)", "ru": "Для паводков и селей (демонстрация)"}
ISSUED = {"en": "Issued to a partner (demonstration)", "ru": "Выдано партнёру (демонстрация)"}
COUNTED = {"en": "Stocktaking: some were missing (demonstration)", "ru": "Инвентаризация: недостача (демонстрация)"}
TAKEN_BACK = {"en": "Entered twice by mistake (demonstration)", "ru": "Ошибочно внесено дважды (демонстрация)"}


def load_stock(db: Session) -> int:
    """Add the positions that are not there yet, each with its lots, movements and reservation."""
    items, warehouses = read("demonstration/items"), read("demonstration/warehouses")
    add_missing(db, Item, [_item(row) for row in items])
    add_missing(db, Warehouse, _warehouses(db, warehouses))
    there = set(db.scalars(select(StockPosition.ref)))
    organisations = ids(db, Organisation)
    new = [given for given in _positions(items, warehouses) if given[0] not in there]
    for ref, item, warehouse in new:
        _stock_up(db, Random(f"stock {ref}"), item, _position(ref, item, warehouse, organisations))
    if new:
        _surround(db, items)
    return len(new)


def _item(row: Row) -> Values:
    return {
        "code": row["code"],
        "names": by_language(row),
        "family_code": row["family"],
        "resource_type_code": row["type"] or None,
        "unit_code": row["unit"],
        "weight_kg": row["weight_kg"],
        "volume_m3": row["volume_m3"],
        "demonstration": True,
    }


def _warehouses(db: Session, rows: list[Row]) -> list[Values]:
    today = datetime.now(UTC).date()
    in_force = Area.valid_to.is_(None) | (Area.valid_to > today)
    areas = dict(db.execute(select(Area.code, Area.id).where(in_force)).tuples().all())
    centre = db.scalar(select(Organisation.id).where(Organisation.code == "CESDRR"))
    return [
        {
            "code": row["code"],
            "names": by_language(row),
            "country_iso3": row["country"],
            "area_id": areas.get(row["area"]),
            "place": by_language(row, "place_"),
            "location": point(row["lat"], row["lon"]),
            "organisation_id": centre,
            "demonstration": True,
        }
        for row in rows
    ]


def _positions(items: list[Row], warehouses: list[Row]) -> Iterator[tuple[str, Row, Row]]:
    """Ref, item and warehouse: the shuffled items are dealt round and round, so none comes twice into one warehouse."""
    shuffled = Random("items").sample(items, len(items))
    places = [row for row in warehouses for _ in range(int(row["positions"]))]
    for number, (item, warehouse) in enumerate(zip(islice(cycle(shuffled), len(places)), places, strict=True), 1):
        yield f"ST-{number:06}", item, warehouse


def _surround(db: Session, items: list[Row]) -> None:
    """Levels that are partly not reached, and a kit with its parts."""
    usual = {row["code"]: int(row["usual"]) for row in items}
    positions = list(db.scalars(select(StockPosition).where(StockPosition.demonstration).order_by(StockPosition.ref)))
    wanted = {(one.item_code, one.warehouse_code) for one in positions[::7]}
    for number, (item, warehouse) in enumerate(sorted(wanted)):
        level = max(1, usual[item] * (2 if number % 3 == 0 else 1) // 2)
        db.merge(MinimumLevel(item_code=item, warehouse_code=warehouse, quantity=level, demonstration=True))
    for part, quantity in KIT_PARTS.items():
        db.merge(ItemPart(kit_code=KIT, part_code=part, quantity=quantity))


def _position(ref: str, item: Row, warehouse: Row, organisations: dict[str, Any]) -> StockPosition:
    chance = Random(f"owner of {ref}")
    owner, donor = chance.choice(OWNERS), chance.choice(DONORS)
    is_earmarked = donor is not None and Random(f"earmark of {ref}").random() < 0.2
    return StockPosition(
        ref=ref,
        item_code=item["code"],
        warehouse_code=warehouse["code"],
        owner_id=organisations[owner],
        donor_id=organisations[donor] if donor else None,
        earmark=EARMARK if is_earmarked else None,
        earmark_countries=["KGZ", "TJK"] if is_earmarked else [],
        demonstration=True,
    )


def _stock_up(db: Session, chance: Random, item: Row, position: StockPosition) -> None:
    today = datetime.now(UTC).date()
    db.add(position)
    db.flush()
    shares = chance.choice(((1.0,), (0.6, 0.4), (0.5, 0.3, 0.2)))
    lots = [_lot(chance, item, position, number, today) for number in range(1, len(shares) + 1)]
    db.add_all(lots)
    db.flush()
    left = [
        _move(db, chance, lot, max(1, round(int(item["usual"]) * share)), today)
        for lot, share in zip(lots, shares, strict=True)
    ]
    if chance.random() < 0.3 and sum(left) >= 5:
        db.add(_reservation(chance, lots[0], min(sum(left) // 5, left[0])))


def _lot(chance: Random, item: Row, position: StockPosition, number: int, today: date) -> Lot:
    lasts = int(item["lasts_years"] or 0) * 365
    expires = today + timedelta(days=chance.randint(-40, lasts)) if lasts else None
    is_expired = expires is not None and expires < today
    condition = "expired" if is_expired else chance.choices(("new", "good", "damaged"), weights=(60, 35, 5))[0]
    return Lot(position_id=position.id, number=f"{position.ref[3:]}-{number}", expires_on=expires, condition=condition)


def _move(db: Session, chance: Random, lot: Lot, received: int, today: date) -> int:
    """Receive a lot, and perhaps issue and count some of it; returns what is left."""
    came = today - timedelta(days=chance.randint(120, 700))
    movements = [_movement(lot, "receipt", received, came)]
    if received >= 10 and chance.random() < 0.5:
        movements.append(
            _movement(lot, "issue", -round(received * chance.uniform(0.1, 0.4)), came + timedelta(days=40), ISSUED)
        )
    if received >= 50 and chance.random() < 0.2:
        movements.append(_movement(lot, "adjustment", -chance.randint(1, 5), came + timedelta(days=90), COUNTED))
    db.add_all(movements)
    db.flush()
    if len(movements) > 1 and chance.random() < 0.2:
        movements.append(_reversal(movements[1], came + timedelta(days=100)))
        db.add(movements[-1])
    return int(sum(movement.quantity for movement in movements))


def _movement(lot: Lot, kind: str, quantity: int, day: date, note: dict[str, str] | None = None) -> StockMovement:
    told: Values = {"note": note} if note else {}
    if kind == "adjustment":
        told["reason"] = "counted"
    moved_at = datetime.combine(day, time(6), UTC)
    return StockMovement(lot_id=lot.id, kind=kind, quantity=quantity, moved_at=moved_at, demonstration=True, **told)


def _reversal(wrong: StockMovement, day: date) -> StockMovement:
    return StockMovement(
        lot_id=wrong.lot_id,
        kind="reversal",
        quantity=-wrong.quantity,
        moved_at=datetime.combine(day, time(6), UTC),
        note=TAKEN_BACK,
        reverses_id=wrong.id,
        demonstration=True,
    )


def _reservation(chance: Random, lot: Lot, quantity: int) -> StockReservation:
    return StockReservation(lot_id=lot.id, quantity=quantity, reason=chance.choice(PURPOSES), demonstration=True)
