"""The doors for programs: /api/v1/offers."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

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
)
from app.db import Db
from app.docs import WithdrawnOut, describes_change, describes_list, describes_new, describes_one
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.offers import accepting, actions, committing
from app.offers.fitting import fits_of
from app.offers.models import Offer
from app.offers.queries import OFFERS
from app.offers.schemas import (
    AcceptIn,
    OfferChange,
    OfferFilter,
    OfferFitOut,
    OfferIn,
    OfferOut,
    ReleaseIn,
    TieIn,
    TransitionIn,
)
from app.people.access import allowed_to
from app.permissions import By, Permission, public
from app.reading import HotDb
from app.trail.api import answer_history
from app.trail.schemas import HistoryOut
from app.writing import MaybeReason

router = APIRouter(prefix="/offers", tags=["offers"])
Writer = Annotated[By, allowed_to(Permission.CAPACITY_WRITE, Permission.STOCK_WRITE)]
Decider = Annotated[By, allowed_to(Permission.REQUEST_APPROVE)]
Either = Annotated[By, allowed_to(Permission.CAPACITY_WRITE, Permission.STOCK_WRITE, Permission.REQUEST_APPROVE)]
NO_REASON = MaybeReason()


@router.get("", responses=describes_list(OfferOut))
@public
async def list_offers(request: Request, where: Annotated[OfferFilter, Query()], db: HotDb) -> Response:
    """Offers of your organisation, offers to it, and those that you decide on; the latest first."""
    return await answer_list(request, OFFERS, where, db)


@router.get("/{id_or_ref}", responses=describes_one(OfferOut))
@public
async def show_offer(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """One offer with its lines, by `id` or `ref`."""
    return await answer_one(request, OFFERS, id_or_ref, asked, db)


@router.get("/{id_or_ref}/fit", responses=describes_one(OfferFitOut))
@public
async def show_fit(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Whether each line fits what was asked for and what the rescuers of whoever asks use, field by field."""
    check_once(request, asked)
    depends_on(request, *OFFERS.layers, "equipment")
    found = await fits_of(str(await find_id(OFFERS, id_or_ref, db)), db)
    return JSONResponse({"count": len(found), "results": found})


@router.get("/{id_or_ref}/history", responses=describes_one(HistoryOut))
@public
async def list_history(request: Request, id_or_ref: str, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Who offered, changed and decided, and when; the latest first, at most 100."""
    return await answer_history(request, OFFERS, id_or_ref, asked, db)


# -- writing


@router.post("", status_code=201, responses=describes_new(OfferOut))
def draft_offer(request: Request, by: Writer, new: OfferIn, db: Db, idempotency_key: IdempotencyKey = None) -> Response:
    """Draft an offer of your organisation, for a request or without one. Nothing is promised before it is submitted and accepted."""

    def draft() -> Response:
        return answer_written(db, OFFERS, actions.draft_offer(db, by, new).id, 201, "/api/v1/offers/{ref}")

    return once(db, by, request, idempotency_key, new.model_dump(mode="json"), draft)


@router.patch("/{id_or_ref}", responses=describes_change(OfferOut))
def change_offer(id_or_ref: str, by: Writer, change: OfferChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change a draft (JSON Merge Patch, RFC 7396). Lines are replaced whole."""
    said = change.model_dump(mode="json", exclude_unset=True)
    return answer_written(db, OFFERS, actions.change_offer(db, by, id_or_ref, said, expected_version(if_match)).id)


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


@router.post("/{id_or_ref}/transitions", responses=describes_change(OfferOut))
def move_offer(
    request: Request, id_or_ref: str, by: Either, step: TransitionIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Submit an offer, decline it or take it back. To accept has a door of its own."""

    def move() -> Offer:
        version = expected_version(if_match)
        if step.to == "submitted":
            return actions.submit_offer(db, by, id_or_ref, version)
        go = actions.decline_offer if step.to == "declined" else actions.withdraw_offer
        return go(db, by, id_or_ref, step.reason, version)

    return changed(request, db, by, idempotency_key, step.model_dump(), move)


@router.post("/{id_or_ref}/accept", responses=describes_change(OfferOut))
def accept_offer(
    request: Request, id_or_ref: str, by: Decider, said: AcceptIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Accept an offer, all of it or what `lines` say: capacities are committed and stock is reserved, all or nothing. Where not
    enough is left you are told what is."""
    return changed(
        request, db, by, idempotency_key, said.model_dump(mode="json"),
        lambda: accepting.accept_offer(db, by, id_or_ref, said, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/release", responses=describes_change(OfferOut))
def release_offer(
    request: Request, id_or_ref: str, by: Either, said: ReleaseIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Give back what was accepted and is not under way yet: it is available again, and the request lacks it again."""
    return changed(
        request, db, by, idempotency_key, said.model_dump(mode="json"),
        lambda: committing.release_offer(db, by, id_or_ref, said, expected_version(if_match)),
    )  # fmt: skip


@router.post("/{id_or_ref}/tie", responses=describes_change(OfferOut))
def tie_offer(
    request: Request, id_or_ref: str, by: Either, tie: TieIn, db: Db, if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say which request an unsolicited offer is for, and which of its lines go to which of the request."""
    return changed(
        request, db, by, idempotency_key, tie.model_dump(mode="json"),
        lambda: actions.tie_offer(db, by, id_or_ref, tie, expected_version(if_match)),
    )  # fmt: skip


def changed(
    request: Request, db: Db, by: By, key: str | None, question: Mapping[str, Any], do: Callable[[], Offer]
) -> Response:
    """What became of the offer that `do` changed; sent again with the same key it is not done again."""
    return once(db, by, request, key, question, lambda: answer_written(db, OFFERS, do().id))
