"""The door for programs: /api/v1/stock."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import answer_facets, answer_list, answer_one
from app.docs import describes_list, describes_one
from app.filters import OneFilter
from app.permissions import public
from app.reading import HotDb
from app.stock.queries import FACETS, STOCK
from app.stock.schemas import StockFacetsOut, StockFilter, StockOut

router = APIRouter(prefix="/stock", tags=["stock"])


@router.get("", responses=describes_list(StockOut))
@public
async def list_stock(request: Request, where: Annotated[StockFilter, Query()], db: HotDb) -> Response:
    """The Almaty Centre's stock: what lies in which warehouse, whose it is, how much is free, and its lots."""
    return await answer_list(request, STOCK, where, db)


@router.get("/facets", responses=describes_one(StockFacetsOut))
@public
async def count_stock_facets(request: Request, where: Annotated[StockFilter, Query()], db: HotDb) -> Response:
    """How many positions each value of a filter would leave."""
    return await answer_facets(request, STOCK, FACETS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(StockOut))
@public
async def show_stock(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One position, by `id` or `ref`."""
    return await answer_one(request, STOCK, id_or_ref, asked, db)
