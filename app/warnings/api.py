"""The doors for programs: /api/v1/warnings, and each message in CAP below /feeds."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app import languages
from app.answers import (
    IfMatch,
    answer_list,
    answer_one,
    answer_withdrawn,
    answer_written,
    check_once,
    depends_on,
    expected_version,
    find_id,
    not_found,
    note,
)
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list, describes_new, describes_one
from app.filters import OneFilter
from app.formats import cap
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.warnings import acknowledging, actions, board_queries, telling
from app.warnings import writing_queries as queries
from app.warnings.models import Warning
from app.warnings.queries import WARNINGS, message
from app.warnings.schemas import (
    AcknowledgedOut,
    AcknowledgeIn,
    CancelIn,
    IssueIn,
    RecipientsOut,
    WarningChange,
    WarningFilter,
    WarningIn,
    WarningOut,
)
from app.writing import MaybeReason

router = APIRouter(prefix="/warnings", tags=["warnings"])
feed = APIRouter(prefix="/feeds/warnings", tags=["warnings"])
Writer = Annotated[By, allowed_to(Permission.WARNING_ISSUE)]
NO_REASON = MaybeReason()
Partner = Annotated[By, allowed_to(Permission.READ_PARTNERS)]
XML: dict[int | str, dict[str, Any]] = {200: {"content": {cap.MEDIA: {}}, "description": "CAP 1.2"}}


@router.get("", responses=describes_list(WarningOut))
@public
async def list_warnings(request: Request, where: Annotated[WarningFilter, Query()], db: HotDb) -> Response:
    """Warnings, the latest first; `active=true` leaves those in force now."""
    return await answer_list(request, WARNINGS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(WarningOut))
@public
async def show_warning(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One warning, by `id` or `ref`. That an organisation which was told of it has read it is noted, and acknowledges nothing."""
    answer = await answer_one(request, WARNINGS, id_or_ref, asked, db)
    await acknowledging.note_look(request, str(await find_id(WARNINGS, id_or_ref, db)), db)
    return answer


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who drafted and issued a warning, and when; the latest first, at most 100."""
    return await answer_history(request, WARNINGS, id_or_ref, asked, db)


@feed.get("/{id_or_ref}.cap", responses=XML | {404: describes_one(WarningOut)[404]}, response_class=Response)
@public
async def show_message(request: Request, id_or_ref: str, db: HotDb) -> Response:
    """The CAP 1.2 message of an issued warning, as it was sent."""
    depends_on(request, "warnings")
    found = await db.row(message(id_or_ref))
    if found is None:
        raise not_found(id_or_ref)
    note(request, updated_at=found[1])
    return Response(found[0].encode(), media_type=cap.MEDIA)


# -- writing


@router.post("", status_code=201, responses=describes_new(WarningOut))
def draft_warning(
    request: Request, by: Writer, new: WarningIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Draft a warning. Nobody is told before it is issued."""

    def draft() -> Response:
        return made(db, actions.draft_warning(db, by, new))

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), draft)


@router.patch("/{id_or_ref}", responses=describes_change(WarningOut))
def change_draft(id_or_ref: str, by: Writer, change: WarningChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change a draft: fields left out stay, null empties one (JSON Merge Patch, RFC 7396). What was issued never changes."""
    said = change.model_dump(mode="json", exclude_unset=True)
    return answer_written(db, WARNINGS, actions.change_draft(db, by, id_or_ref, said, expected_version(if_match)).id)


@router.post("/{id_or_ref}/discard", responses=describes_change(WithdrawnOut))
def discard_draft(
    request: Request, id_or_ref: str, by: Writer, db: Db, why: MaybeReason = NO_REASON, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Throw a draft away."""

    def discard() -> Response:
        version = expected_version(if_match)
        return answer_withdrawn(actions.discard_draft(db, by, id_or_ref, version, why.reason))

    return once(db, by, request, idempotency_key, why.model_dump(), discard)


@router.post("/{id_or_ref}/issue", responses=describes_change(WarningOut))
def issue_warning(
    request: Request, id_or_ref: str, by: Writer, whom: IssueIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Issue a draft: it becomes a CAP message that never changes, and the recipients are written to. Look at `/recipients` first."""

    def issue() -> Response:
        version = expected_version(if_match)
        site = request.app.state.settings.public_url
        return answer_written(db, WARNINGS, actions.issue_warning(db, by, id_or_ref, whom.recipients, version, site).id)

    return once(db, by, request, idempotency_key, whom.model_dump(), issue)


@router.post("/{id_or_ref}/update", status_code=201, responses=describes_new(WarningOut))
def draft_update(
    request: Request, id_or_ref: str, by: Writer, change: WarningChange, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Draft a message that updates a warning in force: what that says, with your change laid over. It takes effect when issued."""
    said = change.model_dump(mode="json", exclude_unset=True)

    def draft() -> Response:
        return made(db, actions.draft_update(db, by, id_or_ref, said))

    return once(db, by, request, idempotency_key, said, draft)


@router.post("/{id_or_ref}/cancel", status_code=201, responses=describes_new(WarningOut))
def cancel_warning(
    request: Request, id_or_ref: str, by: Writer, why: CancelIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Cancel a warning in force: a message of its own that goes to all who were told, at once."""

    def cancel() -> Response:
        version = expected_version(if_match)
        site = request.app.state.settings.public_url
        return made(db, actions.cancel_warning(db, by, id_or_ref, why.reason, version, site))

    return once(db, by, request, idempotency_key, why.model_dump(), cancel)


def made(db: Db, warning: Warning) -> Response:
    return answer_written(db, WARNINGS, warning.id, 201, "/api/v1/warnings/{ref}")


# -- who was told


@router.get("/{id_or_ref}/recipients", responses=describes_one(RecipientsOut))
def list_recipients(
    request: Request, id_or_ref: str, by: Partner, asked: Annotated[OneFilter, Query()], db: Db
) -> Response:
    """Who was told, has opened and acknowledged it, and what the rules did; of a draft: who would be told. You see your own organisation's line, the Centre sees all."""
    check_once(request, asked)
    warning = queries.warning_seen(db, by, id_or_ref)
    if warning is None:
        raise not_found(id_or_ref)
    found = recipients(db, by, warning) if warning.issued_at else proposals(db, by, warning)
    return JSONResponse({"count": len(found), "results": found})


def recipients(db: Db, by: By, warning: Warning) -> list[dict[str, Any]]:
    issuer = queries.code_of(db, warning.organisation_id)
    found: list[dict[str, Any]] = board_queries.rows(
        db, board_queries.board(by, warning.id, issuer, languages.current().code)
    )
    return found


def proposals(db: Db, by: By, warning: Warning) -> list[dict[str, Any]]:
    state = queries.state_of(db, warning.id)
    actions.refuse_stranger(by, warning, state["countries"])
    codes = actions.proposed(db, warning, state)
    people = telling.count_by_code(telling.people_of(db, codes, warning.demonstration))
    names = queries.organisation_names(db, codes)
    return [
        {
            "organisation": {"code": code, "name": languages.label(names[code])},
            "told": len(people.get(code, ())),
            "proposed": True,
        }
        for code in codes
    ]


@router.post("/{id_or_ref}/acknowledge", responses=describes_change(AcknowledgedOut))
def acknowledge(
    request: Request, id_or_ref: str, by: Partner, said: AcknowledgeIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Acknowledge a warning that your organisation was told of, with what you need, if anything. The first time counts."""

    def answer() -> Response:
        warning, reader = acknowledging.acknowledge(db, by, id_or_ref, said.remark)
        at = reader.acknowledged_at
        assert at is not None
        told = {"ref": warning.ref, "organisation": by.organisation_code, "acknowledged_at": at.isoformat()}
        return JSONResponse(told | {"remark": reader.remark})

    return once(db, by, request, idempotency_key, said.model_dump(), answer)
