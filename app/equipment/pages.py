"""The doors for people who read equipment profiles: /equipment-profiles, and one of them."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app.answers import depends_on, find_page, find_record
from app.equipment import actions, words
from app.equipment.queries import PROFILES
from app.equipment.schemas import ProfileFilter, specified
from app.permissions import asking, public
from app.reading import HotDb
from app.records import version_of
from app.trail.pages import history_of
from app.web import as_page, render, shown, without_filters

router = APIRouter(prefix="/equipment-profiles", dependencies=[Depends(as_page)], include_in_schema=False)


@router.get("")
@public
async def list_profiles(request: Request, where: Annotated[ProfileFilter, Query()], db: HotDb) -> HTMLResponse:
    depends_on(request, *PROFILES.layers)
    return render(request, "equipment/list.html", page=shown(request, await find_page(PROFILES, where, db)))


@router.get("/{id_or_ref}", dependencies=[Depends(without_filters)])
@public
async def show_profile(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *PROFILES.layers)
    record, updated_at = await find_record(PROFILES, id_or_ref, db)
    profile = json.loads(record)
    for line in profile["lines"]:
        line["told"] = words.told(specified(line["specification"]))
    by = asking()
    return render(
        request,
        "equipment/show.html",
        profile=profile,
        version=version_of(updated_at),
        may_write=actions.may_write(
            by, profile["organisation"]["code"] == by.organisation_code, profile["country"]["iso3"]
        ),
        history=await history_of(PROFILES.name, profile["id"], db),
    )
