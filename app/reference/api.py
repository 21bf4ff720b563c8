"""The door for programs: /api/v1/reference, the code lists. Rooms above add theirs under the same path."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app.answers import answer_list, check_once, depends_on
from app.docs import describes_table
from app.filters import Lang, TableFilter
from app.languages import gettext as _
from app.permissions import public
from app.reading import HotDb
from app.reference.queries import FAMILIES, HAZARDS, INDICATORS, SPOKEN, TYPES, UNITS
from app.reference.schemas import CodeOut, HazardOut, LanguageOut, ListOut, PlacedFilter, PlacedOut, ResourceTypeOut

router = APIRouter(prefix="/reference", tags=["reference"])
Table = Annotated[TableFilter, Query()]
Placed = Annotated[PlacedFilter, Query()]


class IndexFilter(BaseModel):
    """What the index of lists can be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Lang | None = Field(None, description="language of the names; else by Accept-Language")


def lists() -> dict[str, str]:
    """Every code list, those of the rooms above too, in the language of the request."""
    return {
        "hazards": _("Hazards, by GLIDE code"),
        "resource-types": _("Types of teams, equipment, vehicles, aircraft, facilities, stock and experts"),
        "resource-families": _("Families of resource types"),
        "units": _("Units that quantities are counted in"),
        "organisations": _("Organisations"),
        "indicators": _("Indicators: what figures of events count"),
        "countries": _("Countries, by ISO 3166-1 alpha-3 code"),
        "disputed-features": _("Disputed areas and lines"),
        "meetings": _("Meetings of the Centre and of those who founded it"),
        "languages": _("Languages of the portal"),
        "sources": _("Sources of figures"),
    }


@router.get("", responses=describes_table(ListOut))
@public
async def list_code_lists(request: Request, where: Annotated[IndexFilter, Query()]) -> Response:
    """The code lists in use."""
    check_once(request, where)
    depends_on(request, "reference")
    address = f"{request.app.state.settings.public_url}{request.url.path}"
    results = [{"code": code, "name": name, "url": f"{address}/{code}"} for code, name in lists().items()]
    return JSONResponse({"count": len(results), "next": None, "previous": None, "synced_to": None, "results": results})


@router.get("/hazards", responses=describes_table(HazardOut))
@public
async def list_hazards(request: Request, where: Placed, db: HotDb) -> Response:
    """Kinds of disasters by their GLIDE codes."""
    return await answer_list(request, HAZARDS, where, db)


@router.get("/resource-types", responses=describes_table(ResourceTypeOut))
@public
async def list_resource_types(request: Request, where: Placed, db: HotDb) -> Response:
    """Types of what can help, as a tree of families and types, each naming its standard."""
    return await answer_list(request, TYPES, where, db)


@router.get("/resource-families", responses=describes_table(PlacedOut))
@public
async def list_resource_families(request: Request, where: Placed, db: HotDb) -> Response:
    """Families of resource types."""
    return await answer_list(request, FAMILIES, where, db)


@router.get("/units", responses=describes_table(CodeOut))
@public
async def list_units(request: Request, where: Table, db: HotDb) -> Response:
    """Units that quantities are counted in."""
    return await answer_list(request, UNITS, where, db)


@router.get("/indicators", responses=describes_table(PlacedOut))
@public
async def list_indicators(request: Request, where: Placed, db: HotDb) -> Response:
    """What the figures of events count."""
    return await answer_list(request, INDICATORS, where, db)


@router.get("/languages", responses=describes_table(LanguageOut))
@public
async def list_languages(request: Request, where: Table, db: HotDb) -> Response:
    """Languages that the portal answers in."""
    return await answer_list(request, SPOKEN, where, db)
