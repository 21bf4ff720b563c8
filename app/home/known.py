"""The page of an event as it was known at a moment: what was said of it then, by whom, and nothing that came later."""

import json
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.errors import NotFound
from app.events.merged import find_event
from app.events.pages import beside
from app.events.queries import EVENTS
from app.figures.pages import section as figures_section
from app.languages import gettext as _
from app.maps import marks
from app.places.map_drawing import Drawing, draw_map
from app.reading import Reader
from app.web import render


async def show_as_known(request: Request, id_or_ref: str, at: datetime, db: Reader) -> HTMLResponse:
    """Raises NotFound; Elsewhere, where the event was merged by then."""
    try:
        record, _updated_at = await find_event(request, id_or_ref, db, at)
    except NotFound:
        if await db.row(EVENTS.id_of(id_or_ref)):
            words = {"address": f"/events/{id_or_ref}"}
            raise NotFound(
                _("Nothing was known of this event yet then. What is known now: %(address)s") % words
            ) from None
        raise
    event = json.loads(record)
    return render(
        request, "events/known.html", event=event, as_known=at.isoformat(), drawing=await drawn(event, db),
        may_write=False, **await figures_section(event, db, at), **await beside(event["id"], db, at),
    )  # fmt: skip


async def drawn(event: dict[str, Any], db: Reader) -> Drawing | None:
    countries = [country["iso3"] for country in event["countries"]]
    if not event["point"] and not countries:
        return None
    return await draw_map(
        db, event["title"], countries=countries, marks=marks.of_events([event]), list_address="/events"
    )
