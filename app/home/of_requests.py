"""The page of a request, with what is offered for it and what is on its way."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from app.answers import depends_on, find_page
from app.deployments.pages import deployments_of
from app.deployments.queries import DEPLOYMENTS
from app.offers import words as offer_words
from app.offers.queries import OFFERS
from app.offers.schemas import OfferFilter
from app.permissions import public
from app.reading import HotDb
from app.requests.pages import about
from app.web import as_page, render, shown, without_filters

router = APIRouter(dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)
MOST_BESIDE = 20


@router.get("/requests/{id_or_ref}")
@public
async def show_request(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *OFFERS.layers, *DEPLOYMENTS.layers)
    found = await about(request, id_or_ref, db)
    ref = found["asked"]["ref"]
    offers = await find_page(OFFERS, OfferFilter(request=[ref], limit=MOST_BESIDE), db)
    return render(
        request,
        "requests/show.html",
        **found,
        offers=shown(request, offers)["results"],
        offer_words=offer_words.words(),
        **await deployments_of(request, ref, db),
    )
