"""The doors for people who read offers: the list, one offer, and those of a request."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app.answers import depends_on, find_page, find_record
from app.equipment import words as specifications
from app.equipment.schemas import specified
from app.offers import actions, words
from app.offers.fitting import fits_of
from app.offers.queries import OFFERS
from app.offers.schemas import OfferFilter
from app.permissions import By, Permission, asking, public
from app.reading import HotDb
from app.records import version_of
from app.trail.pages import history_of
from app.web import as_page, render, shown, without_filters

lists = APIRouter(prefix="/offers", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(prefix="/offers", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False)


@lists.get("")
@public
async def list_offers(request: Request, where: Annotated[OfferFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *OFFERS.layers)
    page = await find_page(OFFERS, where, db)
    return render(request, "offers/list.html", page=shown(request, page), words=words.words())


@router.get("/{id_or_ref}")
@public
async def show_offer(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *OFFERS.layers, "equipment", "deployments")
    record, updated_at = await find_record(OFFERS, id_or_ref, db)
    offer, by = json.loads(record), asking()
    fits = {one["no"]: one for one in await fits_of(offer["id"], db)}
    return render(
        request,
        "offers/show.html",
        offer=offer,
        fits=fits,
        told={line["no"]: specifications.told(specified(line["specification"])) for line in offer["lines"]},
        may_write=may_write(by, offer),
        may_decide=may_decide(by, offer),
        version=version_of(updated_at),
        words=words.words(),
        history=await history_of("offers", offer["id"], db),
    )


def may_write(by: By, offer: dict[str, Any]) -> bool:
    return by.is_known and actions.may_offer(by, offer["organisation"]["code"] == by.organisation_code)


def may_decide(by: By, offer: dict[str, Any]) -> bool:
    """As actions.may_decide, of what the page holds."""
    countries = [offer["country"]["iso3"]] if offer["country"] else []
    return by.may(Permission.REQUEST_APPROVE, *countries)
