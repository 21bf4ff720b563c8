"""The doors for programs: /api/v1/events/{ref}/relations."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app import languages
from app.answers import IfMatch, check_once, depends_on, expected_version
from app.db import Db
from app.docs import describes_change, describes_one
from app.events import relating
from app.events.beside_queries import relations
from app.events.beside_schemas import RelationEnd, RelationIn, RelationsOut
from app.events.merged import find_event_id
from app.events.models import Event
from app.events.queries import EVENTS
from app.events.schemas import EventAsked
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, asking, public
from app.reading import HotDb
from app.records import version_of

router = APIRouter(prefix="/events", tags=["events"])
Writer = Annotated[By, allowed_to(Permission.EVENT_WRITE)]


@router.get("/{id_or_ref}/relations", responses=describes_one(RelationsOut))
@public
async def list_relations(
    request: Request, id_or_ref: str, asked: Annotated[EventAsked, Query()], db: HotDb
) -> Response:
    """What an event is to others that you may see: part of them, triggered by them, and the other way round."""
    check_once(request, asked)
    depends_on(request, *EVENTS.layers)
    event = await find_event_id(request, id_or_ref, db, asked.as_of)
    found = await db.json(relations(asking(), event, languages.current().code, asked.as_of))
    return JSONResponse({"results": found})


@router.post("/{id_or_ref}/relations", responses=describes_change(RelationsOut))
def relate_event(
    request: Request, id_or_ref: str, by: Writer, new: RelationIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say what this event is to another one. `If-Match` is the ETag of the event; the answer has its new one."""

    def relate() -> Response:
        return answer(db, by, relating.relate_events(db, by, id_or_ref, new, expected_version(if_match)))

    return once(db, by, request, idempotency_key, new.model_dump(), relate)


@router.post("/{id_or_ref}/relations/end", responses=describes_change(RelationsOut))
def end_relation(
    request: Request, id_or_ref: str, by: Writer, end: RelationEnd, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """End what this event is to another one, or the other to this one."""

    def part() -> Response:
        return answer(db, by, relating.end_relation(db, by, id_or_ref, end, expected_version(if_match)))

    return once(db, by, request, idempotency_key, end.model_dump(), part)


def answer(db: Session, by: By, event: Event) -> Response:
    statement = relations(by, event.id, languages.current().code)
    found = db.connection().exec_driver_sql(statement.text, statement.values).scalar_one()
    body = json.dumps({"results": found}, ensure_ascii=False, default=str).encode()
    return Response(body, media_type="application/json", headers={"ETag": f'"{version_of(event.updated_at)}"'})
