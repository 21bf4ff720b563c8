"""The doors to messages in EDXL-RM 1.0: below a request, an offer and a deployment, for whoever may see it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app import languages
from app.answers import check_once, depends_on, find_record, note
from app.deployments.queries import DEPLOYMENTS
from app.deployments.schemas import DeploymentOut
from app.docs import describes_one
from app.errors import NotFound
from app.exchange import deploying, offering, requesting
from app.exchange.naming import Record, Site
from app.exchange.schemas import DeploymentAsked, OfferAsked, RequestAsked
from app.formats import edxl_rm
from app.languages import gettext as _
from app.listing import Listing
from app.offers.queries import OFFERS
from app.offers.schemas import OfferOut
from app.permissions import public
from app.reading import HotDb
from app.requests.queries import REQUESTS
from app.requests.schemas import RequestOut

router = APIRouter(tags=["exchange"])
XML: dict[int | str, dict[str, Any]] = {200: {"content": {edxl_rm.MEDIA: {}}, "description": "EDXL-RM 1.0"}}


def describes_message(record: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    described = describes_one(record)
    return XML | {404: described[404], 422: described[422]}


@router.get("/requests/{id_or_ref}/edxl-rm", responses=describes_message(RequestOut), response_class=Response)
@public
async def tell_request(
    request: Request, id_or_ref: str, asked: Annotated[RequestAsked, Query()], db: HotDb
) -> Response:
    """What is asked for, as RequestResource. It names organisations, never people."""
    record = await find_submitted(request, REQUESTS, id_or_ref, asked, db)
    return answer(requesting.request_resource(site_of(request), record))


@router.get("/offers/{id_or_ref}/edxl-rm", responses=describes_message(OfferOut), response_class=Response)
@public
async def tell_offer(request: Request, id_or_ref: str, asked: Annotated[OfferAsked, Query()], db: HotDb) -> Response:
    """What is offered, as ResponseToRequestResource or OfferUnsolicitedResource; once it is accepted, as CommitResource."""
    offer, site = await find_submitted(request, OFFERS, id_or_ref, asked, db), site_of(request)
    type = asked.message or offering.latest(offer)
    if type == offering.COMMIT:
        return answer(offering.commit_resource(site, offer))
    if type == offering.ORDER:
        depends_on(request, *OFFERS.layers, *REQUESTS.layers)
        return answer(offering.order_resource(site, offer, await request_of(offer, db)))
    return answer(offering.offer_resource(site, offer, type))


@router.get("/deployments/{id_or_ref}/edxl-rm", responses=describes_message(DeploymentOut), response_class=Response)
@public
async def tell_deployment(
    request: Request, id_or_ref: str, asked: Annotated[DeploymentAsked, Query()], db: HotDb
) -> Response:
    """Where it stands, as ReportResourceDeploymentStatus; its release; or an extension or recall and the answer to it."""
    deployment, site = await find(request, DEPLOYMENTS, id_or_ref, asked, db), site_of(request)
    if asked.message == deploying.REPORT:
        return answer(deploying.report_deployment_status(site, deployment))
    if asked.message == deploying.RELEASE:
        return answer(deploying.release_resource(site, deployment))
    if asked.message in (deploying.EXTEND, deploying.RECALL):
        return answer(deploying.ask_for_change(site, deployment, asked.message))
    return answer(deploying.answer_change(site, deployment, asked.message))


async def find_submitted(request: Request, listing: Listing, id_or_ref: str, asked: BaseModel, db: HotDb) -> Record:
    """A request or an offer that was sent. Raises NotFound for a draft: it has been told to nobody."""
    record = await find(request, listing, id_or_ref, asked, db)
    if record["status"] == "draft":
        raise NotFound(_("This is a draft: it becomes a message when it is submitted."))
    return record


async def find(request: Request, listing: Listing, id_or_ref: str, asked: BaseModel, db: HotDb) -> Record:
    check_once(request, asked)
    depends_on(request, *listing.layers)
    found, updated_at = await find_record(listing, id_or_ref, db)
    note(request, updated_at=updated_at)
    record: Record = json.loads(found)
    return record


async def request_of(offer: Record, db: HotDb) -> Record | None:
    """The request that the offer is for, where whoever asks may see it."""
    if not offer["request"]:
        return None
    found = await db.row(REQUESTS.one(offer["request"]["ref"], languages.current().code))
    return json.loads(found[0]) if found else None


def answer(message: edxl_rm.Message) -> Response:
    return Response(edxl_rm.written(message), media_type=edxl_rm.MEDIA)


def site_of(request: Request) -> Site:
    return Site(request.app.state.settings.public_url.rstrip("/"))
