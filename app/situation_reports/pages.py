"""The doors for people: the reports of an event, one of them in any version, and what an event's page shows of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import depends_on, find_page, find_record, not_found
from app.documents.form import kinds
from app.errors import Invalid
from app.events.actions import may_write
from app.events.merged import find_event
from app.permissions import asking, public
from app.reading import HotDb, Reader
from app.records import version_of
from app.situation_reports import form, queries
from app.situation_reports.queries import REPORTS
from app.situation_reports.schemas import ReportsOfEvent, Version
from app.trail.pages import history_of
from app.web import Plain, as_page, render, shown, without_filters

router = APIRouter(
    prefix="/events/{id_or_ref}/situation-reports", dependencies=[Depends(as_page)], include_in_schema=False
)
MOST_SHOWN = 500
ON_EVENT = 5

Event = dict[str, Any]


async def reports_of(request: Request, event: str, db: Reader) -> dict[str, Any]:
    """What situation_reports/_section.html shows: the latest reports of an event, drafts to their writers."""
    found = await find_page(REPORTS, ReportsOfEvent(event=UUID(event), limit=ON_EVENT), db)
    return {"reports": shown(request, found)}


@router.get("", dependencies=[Depends(without_filters)])
@public
async def list_reports(request: Request, id_or_ref: str, db: HotDb) -> HTMLResponse:
    depends_on(request, *REPORTS.layers)
    event = json.loads((await find_event(request, id_or_ref, db))[0])
    id = UUID(event["id"])
    reports = shown(request, await find_page(REPORTS, ReportsOfEvent(event=id, limit=MOST_SHOWN), db))
    gone = await db.json(queries.withdrawn(id, languages.current().code))
    for one in gone:
        one["version"] = version_of(datetime.fromisoformat(one["updated_at"]))
    context = {"event": event, "reports": reports, "withdrawn": gone, "may_write": is_writer(event)}
    return render(request, "situation_reports/list.html", **context)


class Asked(Plain):
    """What the page of a report can be asked."""

    version: Version | None = None


@router.get("/{report}")
@public
async def show_report(
    request: Request, id_or_ref: str, report: str, asked: Annotated[Asked, Query()], db: HotDb
) -> HTMLResponse:
    depends_on(request, *REPORTS.layers)
    event = json.loads((await find_event(request, id_or_ref, db))[0])
    found = await db.row(queries.id_of(UUID(event["id"]), report))
    if found is None:
        raise not_found(report)
    id: UUID = found[0]
    latest = json.loads((await find_record(REPORTS, str(id), db))[0])
    said = await at_version(latest, asked.version, db)
    context = {
        "event": event, "report": said, "latest": latest, "sections": form.sections(), "document_kinds": kinds(),
        "versions": await db.json(queries.versions(id, languages.current().code)),
        "since": since(said["figures"] or [], await db.json(queries.headlines_of(id))) if said["figures"] is not None else [],
        "may_write": is_writer(event), "history": await history_of("situation_reports", id, db),
    }  # fmt: skip
    return render(request, "situation_reports/show.html", **context)


async def at_version(latest: Mapping[str, Any], version: str | None, db: Reader) -> Mapping[str, Any]:
    """The report as it was published then. Raises NotFound."""
    if version is None or version == latest["version"]:
        return latest
    found = await db.row(queries.older(UUID(latest["id"]), version, languages.current().code))
    if found is None:
        raise Invalid.field("version", languages.gettext("There is no such version of this report."))
    said: dict[str, Any] = json.loads(found[0])
    return said


def is_writer(event: Event) -> bool:
    return may_write(asking(), [country["iso3"] for country in event["countries"]])


SAYS = ("value", "low", "high", "qualifier", "as_of")


def since(frozen: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The headlines that say something else now than when the report was published."""
    then = {one["indicator"]: [one[name] for name in SAYS] + [one["source"]["code"]] for one in frozen}
    return [one for one in now if then.get(one["indicator"]) != [one[name] for name in SAYS] + [one["source"]["code"]]]
