"""The doors to the papers of a deployment: /deployments/{ref}/waybill.pdf and /deployments/{ref}/goods-received.pdf."""

import json
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.answers import check_once, depends_on, not_found, note
from app.deployments.queries import DEPLOYMENTS
from app.errors import NotFound
from app.formats import paper
from app.languages import DEFAULT
from app.languages import gettext as _
from app.papers import sheets
from app.papers.schemas import PaperFilter, ReceivedFilter
from app.permissions import public
from app.reading import HotDb
from app.web import as_page

router = APIRouter(prefix="/deployments", dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("/{id_or_ref}/waybill.pdf")
@public
async def show_waybill(request: Request, id_or_ref: str, asked: Annotated[PaperFilter, Query()], db: HotDb) -> Response:
    """What travels with the shipment, as it is planned or sent."""
    told = await tell(request, id_or_ref, asked, db)
    return await answer_paper(sheets.waybill(told, site_of(request)), "waybill", told)


@router.get("/{id_or_ref}/goods-received.pdf")
@public
async def show_goods_received(
    request: Request, id_or_ref: str, asked: Annotated[ReceivedFilter, Query()], db: HotDb
) -> Response:
    """What arrived, as it was signed for; before that a form for the pen."""
    told = await tell(request, id_or_ref, asked, db)
    sheet = sheets.goods_received(told, site_of(request), asked.no)
    if sheet is None:
        raise NotFound(_("Nobody has signed a receipt with this number."))
    return await answer_paper(sheet, "goods-received", told)


async def tell(request: Request, id_or_ref: str, asked: PaperFilter, db: HotDb) -> sheets.Told:
    """The deployment as whoever asks may see it, in each language of the paper. Raises NotFound."""
    check_once(request, asked)
    depends_on(request, *DEPLOYMENTS.layers)
    first = await told_in(DEFAULT, id_or_ref, db)
    codes = asked.languages or sheets.languages_of(*map(sheets.country_of, (first["origin"], first["destination"])))
    note(request, updated_at=sheets.moment(first["updated_at"]))
    return {code: first if code == DEFAULT else await told_in(code, id_or_ref, db) for code in codes}


async def told_in(code: str, id_or_ref: str, db: HotDb) -> dict[str, Any]:
    found = await db.row(DEPLOYMENTS.one(id_or_ref, code))
    if found is None:
        raise not_found(id_or_ref)
    record: dict[str, Any] = json.loads(found[0])
    return record


async def answer_paper(sheet: paper.Paper, name: str, told: sheets.Told) -> Response:
    """Drawn in a thread: it takes some hundredths of a second, and others wait for the loop."""
    pdf = await to_thread.run_sync(paper.printed, sheet)
    record = sheets.any_of(told)
    mark = "EXERCISE-" if record["exercise"] else ""
    filename = f"{mark}{sheet.number.replace('/', '-')}-{name}.pdf"
    return Response(pdf, media_type=paper.MEDIA, headers={"Content-Disposition": f'inline; filename="{filename}"'})


def site_of(request: Request) -> str:
    site: str = request.app.state.settings.public_url
    return site.rstrip("/")
