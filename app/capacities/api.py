"""The door for programs: /api/v1/capacities."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import answer_facets, answer_list, answer_one
from app.capacities.queries import CAPACITIES, FACETS
from app.capacities.schemas import CapacityFilter, CapacityOut, FacetsOut
from app.docs import describes_list, describes_one
from app.filters import OneFilter
from app.permissions import public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut

router = APIRouter(prefix="/capacities", tags=["capacities"])


@router.get("", responses=describes_list(CapacityOut))
@public
async def list_capacities(request: Request, where: Annotated[CapacityFilter, Query()], db: HotDb) -> Response:
    """The register of forces and means: teams, equipment, vehicles, aircraft, facilities, stock, experts."""
    return await answer_list(request, CAPACITIES, where, db)


@router.get("/facets", responses=describes_one(FacetsOut))
@public
async def count_facets(request: Request, where: Annotated[CapacityFilter, Query()], db: HotDb) -> Response:
    """How many capacities each value of a filter would leave."""
    return await answer_facets(request, CAPACITIES, FACETS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(CapacityOut))
@public
async def show_capacity(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One capacity, by `id` or `ref`."""
    return await answer_one(request, CAPACITIES, id_or_ref, asked, db)


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who changed a capacity, when, for which organisation, and what it was before; the latest first, at most 100."""
    return await answer_history(request, CAPACITIES, id_or_ref, asked, db)
