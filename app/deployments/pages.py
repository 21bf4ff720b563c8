"""The doors for people who follow what is under way: the board, and one deployment."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app.answers import depends_on, find_page, find_record
from app.deployments import steps, words
from app.deployments.queries import DEPLOYMENTS
from app.deployments.schemas import DeploymentFilter
from app.permissions import By, Permission, asking, public
from app.reading import HotDb, Reader
from app.trail.pages import history_of
from app.web import as_page, render, shown, without_filters

lists = APIRouter(prefix="/deployments", dependencies=[Depends(as_page)], include_in_schema=False)
router = APIRouter(
    prefix="/deployments", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)
MOST_BESIDE = 50


@lists.get("")
@public
async def list_deployments(request: Request, where: Annotated[DeploymentFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *DEPLOYMENTS.layers)
    page = await find_page(DEPLOYMENTS, where, db)
    return render(request, "deployments/list.html", page=shown(request, page), words=words.words())


@router.get("/{id_or_ref}")
@public
async def show_deployment(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *DEPLOYMENTS.layers)
    record, _updated_at = await find_record(DEPLOYMENTS, id_or_ref, db)
    deployment, by = json.loads(record), asking()
    return render(
        request,
        "deployments/show.html",
        deployment=deployment,
        words=words.words(),
        sends=sends(by, deployment),
        receives=receives(by, deployment),
        is_awaited=any(
            line["quantity_received"] + line["quantity_missing"] < line["quantity"] for line in deployment["lines"]
        ),
        next_steps=steps.steps_of(deployment["status"]),
        history=await history_of("deployments", deployment["id"], db),
    )


async def deployments_of(request: Request, ref: str, db: Reader) -> dict[str, Any]:
    """For the page of a request: what is sent of it."""
    found = await find_page(DEPLOYMENTS, DeploymentFilter(request=[ref], limit=MOST_BESIDE), db)
    return {"deployments": shown(request, found)["results"], "deployment_words": words.words()}


def sends(by: By, deployment: dict[str, Any]) -> bool:
    """As in actions.may_send."""
    is_own = by.is_known and deployment["organisation"]["code"] == by.organisation_code
    own = is_own and (by.may(Permission.CAPACITY_WRITE) or by.may(Permission.STOCK_WRITE))
    return own or by.may(Permission.CAPACITY_WRITE_ANY)


def receives(by: By, deployment: dict[str, Any]) -> bool:
    """As in actions.may_receive."""
    is_own = by.is_known and (deployment["receiver"] or {}).get("code") == by.organisation_code
    return by.may(Permission.REQUEST_WRITE) and (is_own or by.may(Permission.READ_CENTRE))
