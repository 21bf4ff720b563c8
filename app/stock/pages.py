"""The door for people: /stock."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page, find_record
from app.equipment.schemas import specified
from app.equipment.words import told
from app.permissions import Permission, asking, public
from app.places.map_drawing import Mark, draw_map
from app.places.of_lists import area_names
from app.reading import HotDb
from app.secrets import new_token
from app.stock import ledger_queries as ledger
from app.stock import words
from app.stock.ledger_queries import MOVEMENTS
from app.stock.ledger_schemas import MovementFilter
from app.stock.queries import STOCK, facets
from app.stock.schemas import StockFilter
from app.trail.pages import history_of
from app.web import as_page, names_of, render, shown, without_filters

router = APIRouter(prefix="/stock", dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("")
@public
async def list_stock(request: Request, where: Annotated[StockFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *STOCK.layers)
    page = await find_page(STOCK, where, db)
    counted = await db.json(facets(where, languages.current().code))
    names = names_of(counted) | await area_names(where.area, db)
    return render(request, "stock/list.html", page=shown(request, page), facets=counted, names=names)


@router.get("/{id_or_ref}", dependencies=[Depends(without_filters)])
@public
async def show_stock(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *STOCK.layers)
    record, _updated_at = await find_record(STOCK, id_or_ref, db)
    position = json.loads(record)
    warehouse = position["warehouse"]
    lon, lat = position["geometry"]["coordinates"]
    mark = Mark(lon, lat, warehouse["name"], f"/stock?warehouse={warehouse['code']}", "warehouse")
    drawing = await draw_map(db, warehouse["name"], countries=[position["country"]["iso3"]], marks=[mark])
    beside = await of_the_centre(position, db) if asking().may(Permission.READ_CENTRE) else {"may_move": False}
    specification = told(specified(position["item"]["specification"]))
    beside |= {"drawing": drawing, "specification": specification}
    return render(request, "stock/show.html", position=position, **beside)


async def of_the_centre(position: dict[str, Any], db: HotDb) -> dict[str, Any]:
    """What only the Centre is told: promises, the ledger, who did what; and whether the asker may move it."""
    lang = languages.current().code
    movements = await find_page(MOVEMENTS, MovementFilter(position=position["ref"], limit=20), db)
    return {
        "reservations": await db.json(ledger.reservations_of(position["id"], lang)),
        "movements": json.loads(movements.results),
        "history": await history_of("stock", position["id"], db),
        "may_move": asking().may(Permission.STOCK_WRITE, position["country"]["iso3"]),
        "is_kit": await db.json(ledger.is_kit(position["item"]["code"])),
        "kinds": words.kinds(),
        "reasons": words.reasons(),
        "key": new_token(),
    }
