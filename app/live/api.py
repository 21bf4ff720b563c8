"""The door where open pages listen: /live."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.answers import check_once
from app.live.schemas import LiveFilter
from app.live.streams import Streams
from app.permissions import asking, public
from app.reading import HotDb

router = APIRouter(tags=["live"])
# A proxy that gathers what it passes on would keep every message until the buffer is full
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EVENT_STREAM = "text/event-stream"


@router.get("/live", response_class=Response, responses={200: {"content": {EVENT_STREAM: {}}}})
@public
async def listen(
    request: Request, asked: Annotated[LiveFilter, Query()], db: HotDb, last_event_id: Annotated[str, Header()] = ""
) -> Response:
    """Server-sent events for open pages: `changed` when there is something new in one of the layers, as far as you may see it."""
    check_once(request, asked)
    streams: Streams = request.app.state.streams
    if request.scope["portal.notes"].get("is_head"):
        return Response(media_type=EVENT_STREAM, headers=HEADERS)
    streams.refuse_too_many(request.scope["portal.address"])
    since = last_event_id[:500] or asked.since or ""
    told = streams.told(db.versions, asking(), asked.layers, since, request.scope["portal.address"])
    return StreamingResponse(told, media_type=EVENT_STREAM, headers=HEADERS)
