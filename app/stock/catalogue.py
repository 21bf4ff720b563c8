"""What the Centre keeps and where: items, warehouses, and how much of an item a warehouse has to have."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app import history
from app.errors import Conflict
from app.languages import gettext as _
from app.permissions import By
from app.stock import shelves
from app.stock import writing_queries as queries
from app.stock.batches import plain
from app.stock.ledger_schemas import ItemIn, LevelIn, WarehouseIn
from app.stock.models import Item, MinimumLevel, Warehouse


class Known(Conflict):
    """Something else is called so already."""


def add_item(db: Session, by: By, new: ItemIn) -> Item:
    """Raises Invalid, Known."""
    shelves.demand_code(db, "family", "families", new.family)
    shelves.demand_code(db, "unit", "units", new.unit)
    if new.type:
        shelves.demand_code(db, "type", "types", new.type)
    refuse_known(db.get(Item, new.code), new.code)
    item = Item(
        code=new.code,
        names=new.names,
        family_code=new.family,
        resource_type_code=new.type,
        unit_code=new.unit,
        weight_kg=new.weight_kg,
        volume_m3=new.volume_m3,
        demonstration=by.demonstration,
    )
    db.add(item)
    tell(db, by, "item added", new.code, {"names": new.names})
    return item


def add_warehouse(db: Session, by: By, new: WarehouseIn) -> Warehouse:
    """Raises Invalid, Forbidden, Known."""
    shelves.demand_code(db, "country", "countries", new.country)
    shelves.refuse_elsewhere(by, new.country)
    refuse_known(db.get(Warehouse, new.code), new.code)
    warehouse = Warehouse(
        code=new.code,
        names=new.names,
        country_iso3=new.country,
        place=new.place or None,
        location=new.geometry.ewkt,
        organisation_id=queries.centre(db),
        demonstration=by.demonstration,
    )
    db.add(warehouse)
    tell(db, by, "warehouse added", new.code, {"names": new.names})
    return warehouse


def set_level(db: Session, by: By, new: LevelIn) -> None:
    """From now on a warehouse has to have so much of an item available; 0 takes the level away. Raises Invalid, Forbidden."""
    shelves.demand_code(db, "item", "items", new.item)
    shelves.demand_warehouse(db, by, new.warehouse)
    level = db.get(MinimumLevel, (new.item, new.warehouse), with_for_update={"key_share": True})
    before = plain(level.quantity) if level else "0"
    if level and not new.quantity:
        db.delete(level)
    elif level:
        level.quantity = new.quantity
    elif new.quantity:
        new_level = MinimumLevel(item_code=new.item, warehouse_code=new.warehouse, quantity=new.quantity)
        new_level.demonstration = by.demonstration
        db.add(new_level)
    after = {"warehouse": new.warehouse, "quantity": plain(new.quantity)}
    tell(db, by, "minimum set", new.item, after, {"warehouse": new.warehouse, "quantity": before})


def tell(
    db: Session, by: By, action: str, ref: str, after: Mapping[str, object], before: Mapping[str, object] | None = None
) -> None:
    db.flush()
    history.record(db, by, action, "stock", None, ref=ref, before=before, after=after, visibility="centre")


def refuse_known(there: object, code: str) -> None:
    if there is not None:
        raise Known(_("There is %(code)s already: choose another code.") % {"code": code})
