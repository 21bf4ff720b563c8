"""The doors for programs: /api/v1/areas, and countries and disputed features among the reference lists."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import answer_list, answer_one, format_asked
from app.docs import describes_list, describes_one, describes_table
from app.listing import Listing
from app.permissions import public
from app.places.queries import AREAS, AREAS_DRAWN, COUNTRIES, DISPUTED
from app.places.schemas import AreaFilter, AreaOut, CountryRecordOut, DisputedFilter, DisputedOut, OneAreaFilter
from app.reading import HotDb
from app.reference.schemas import PlacedFilter

router = APIRouter(prefix="/areas", tags=["areas"])
reference = APIRouter(prefix="/reference", tags=["reference"])


@router.get("", responses=describes_list(AreaOut))
@public
async def list_areas(request: Request, where: Annotated[AreaFilter, Query()], db: HotDb) -> Response:
    """Countries and administrative areas: those in force, and outlines out of date that nothing newer replaces yet."""
    return await answer_list(request, drawn_if_asked(request, where), where, db)


@router.get("/{id_or_code}", responses=describes_one(AreaOut))
@public
async def show_area(request: Request, id_or_code: str, asked: Annotated[OneAreaFilter, Query()], db: HotDb) -> Response:
    """One area, by `id`, code, p-code or ISO code; of several in the course of time, the one in force."""
    return await answer_one(request, drawn_if_asked(request, asked), id_or_code, asked, db)


def drawn_if_asked(request: Request, asked: AreaFilter | OneAreaFilter) -> Listing:
    is_geojson = format_asked(request, asked.format, ("json", "geojson", "csv", "xlsx")) == "geojson"
    return AREAS_DRAWN if asked.geometry or is_geojson else AREAS


@reference.get("/countries", responses=describes_table(CountryRecordOut))
@public
async def list_countries(request: Request, where: Annotated[PlacedFilter, Query()], db: HotDb) -> Response:
    """Countries of the region and around it."""
    return await answer_list(request, COUNTRIES, where, db)


@reference.get("/disputed-features", responses=describes_list(DisputedOut))
@public
async def list_disputed_features(request: Request, where: Annotated[DisputedFilter, Query()], db: HotDb) -> Response:
    """Areas and lines on which countries do not agree."""
    return await answer_list(request, DISPUTED, where, db)
