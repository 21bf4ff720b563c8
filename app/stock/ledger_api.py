"""The door for programs to the ledger: /api/v1/stock/movements, reservations, proposals, minimum levels, kits, counts."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app import languages
from app.answers import answer_list, check_once, not_found
from app.db import Db
from app.docs import WRITING, describes_new, describes_one, describes_table
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.people.access import allowed_to
from app.permissions import By, Permission
from app.reading import HotDb, Reader
from app.sql import Sql
from app.stock import actions, catalogue, counting, kits, moving, shelves
from app.stock import ledger_queries as ledger
from app.stock import writing_queries as queries
from app.stock.ledger_schemas import (
    CountIn,
    CountOut,
    CountsOut,
    ItemIn,
    KitIn,
    KitsOut,
    LevelFilter,
    LevelIn,
    LevelsOut,
    MovedOut,
    MovementFilter,
    MovementIn,
    MovementOut,
    NamedOut,
    ProposalFilter,
    ProposalOut,
    ReservationIn,
    ReservationsOut,
    WarehouseIn,
)
from app.stock.models import StockMovement, StockPosition
from app.stock.proposal import Proposal, propose
from app.writing import Reason

router = APIRouter(prefix="/stock", tags=["stock"])

Keeper = Annotated[By, allowed_to(Permission.STOCK_WRITE)]
Insider = Annotated[By, allowed_to(Permission.READ_CENTRE)]


# -- the ledger


@router.get("/movements", responses=describes_table(MovementOut))
async def list_movements(
    request: Request, by: Insider, where: Annotated[MovementFilter, Query()], db: HotDb
) -> Response:
    """The ledger: every movement, the latest first. Lines are never changed; what was wrong is undone by a reversal."""
    return await answer_list(request, ledger.MOVEMENTS, where, db)


@router.post("/movements", status_code=201, responses=describes_new(MovedOut))
def add_movement(
    request: Request, by: Keeper, new: MovementIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Enter what was received, issued, transferred, adjusted, made into kits, or came back. All its lines are written, or none."""
    return done(db, by, request, idempotency_key, new, lambda: moved(db, moving.move(db, by, new)))


@router.post("/movements/{id:uuid}/reverse", status_code=201, responses=describes_new(MovedOut))
def reverse_movement(
    request: Request, id: UUID, by: Keeper, why: Reason, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Undo a movement by its opposite, with all lines that were written together with it."""
    return done(db, by, request, idempotency_key, why, lambda: moved(db, moving.reverse(db, by, id, why.reason)))


# -- reservations


@router.get("/{id_or_ref}/proposal", responses=describes_one(ProposalOut))
def propose_lots(id_or_ref: str, by: Insider, asked: Annotated[ProposalFilter, Query()], db: Db) -> Response:
    """Which lots of a position to take, first expired first; and of each lot that is passed over, why."""
    batches = queries.batches_of(db, [position(db, by, id_or_ref).id])
    found = propose(batches, asked.quantity, lasts_until=asked.lasts_until, country=asked.country)
    return JSONResponse(as_said(found).model_dump(mode="json"))


def as_said(proposal: Proposal) -> ProposalOut:
    def lot(one: Any) -> dict[str, Any]:
        return {"lot": one.batch.number, "lot_id": one.batch.lot_id, "expires_on": one.batch.expires_on}

    return ProposalOut.model_validate(
        {
            "taken": [lot(one) | {"quantity": one.quantity} for one in proposal.taken],
            "passed": [
                lot(one) | {"quantity": one.batch.on_hand, "why": one.why, "sentence": one.sentence}
                for one in proposal.passed
            ],
            "missing": proposal.missing,
        }
    )


@router.get("/{id_or_ref}/reservations", responses=describes_one(ReservationsOut))
def list_reservations(id_or_ref: str, by: Insider, asked: Annotated[OneFilter, Query()], db: Db) -> Response:
    """What of a position is promised, and what was: the active ones first, at most 200."""
    return results(db, ledger.reservations_of(position(db, by, id_or_ref).id, language()))


@router.post("/{id_or_ref}/reservations", status_code=201, responses=describes_new(ReservationsOut))
def reserve(
    request: Request, id_or_ref: str, by: Keeper, new: ReservationIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Reserve a quantity, first expired first, or so much of the lots that you choose: all of it, or nothing and what is left."""

    def answer() -> Response:
        held = actions.reserve_asked(db, by, position(db, by, id_or_ref, writes=True), new)
        return results(db, ledger.reservations_named([one.id for one in held], language()), 201)

    return done(db, by, request, idempotency_key, new, answer)


@router.post("/reservations/{id:uuid}/release", responses=describes_one(ReservationsOut) | WRITING)
def release(
    request: Request, id: UUID, by: Keeper, why: Reason, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Take a reservation back. One that has ended already stays as it is. Those of offers are released with the offer."""

    def answer() -> Response:
        moving.release_by_hand(db, by, id, why.reason)
        return results(db, ledger.reservations_named([id], language()))

    return done(db, by, request, idempotency_key, why, answer)


# -- what a warehouse has to have


@router.get("/minimum-levels", responses=describes_one(LevelsOut))
async def list_levels(request: Request, by: Insider, where: Annotated[LevelFilter, Query()], db: HotDb) -> Response:
    """How much of an item a warehouse has to have available, and what is missing; what is missing most stands first."""
    return await told(request, where, db, ledger.levels(language(), where.below or False))


@router.put("/minimum-levels", responses=describes_one(LevelsOut) | WRITING)
def set_level(by: Keeper, new: LevelIn, db: Db) -> Response:
    """Say how much of an item a warehouse has to have available; 0 takes the level away."""
    catalogue.set_level(db, by, new)
    return results(db, ledger.levels(language()))


@router.get("/kits", responses=describes_one(KitsOut))
async def list_kits(request: Request, by: Insider, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """Items that are made of others, and of how many of each."""
    return await told(request, asked, db, ledger.kits(language()))


@router.put("/kits/{code}", responses=describes_one(KitsOut) | WRITING)
def set_parts(code: str, by: Keeper, new: KitIn, db: Db) -> Response:
    """Say what one kit is made of from now on; without parts it is no kit any more."""
    kits.set_parts(db, by, code, new.parts)
    return results(db, ledger.kits(language()))


# -- counts


@router.get("/counts", responses=describes_one(CountsOut))
async def list_counts(request: Request, by: Insider, asked: Annotated[OneFilter, Query()], db: HotDb) -> Response:
    """What was counted in the warehouses, the latest first, at most 100."""
    return await told(request, asked, db, ledger.counts(language()))


@router.post("/counts", status_code=201, responses=describes_new(CountOut))
def add_count(request: Request, by: Keeper, new: CountIn, db: Db, idempotency_key: IdempotencyKey = None) -> Response:
    """Enter what was counted. Where the ledger said otherwise at this moment, it is adjusted, with the reason."""

    def answer() -> Response:
        ref = counting.record_count(db, by, new).ref
        (count,) = found(db, ledger.counts(language(), ref))
        return JSONResponse(count, 201, {"Location": f"/api/v1/stock/counts/{ref}"})

    return done(db, by, request, idempotency_key, new, answer)


@router.get("/counts/{ref}", responses=describes_one(CountOut))
async def show_count(
    request: Request, ref: str, by: Insider, asked: Annotated[OneFilter, Query()], db: HotDb
) -> Response:
    """One count, by its `ref`."""
    check_once(request, asked)
    counts = await db.json(ledger.counts(language(), ref))
    if not counts:
        raise not_found(ref)
    return JSONResponse(counts[0])


# -- items and warehouses


@router.post("/items", status_code=201, responses=describes_new(NamedOut))
def add_item(request: Request, by: Keeper, new: ItemIn, db: Db, idempotency_key: IdempotencyKey = None) -> Response:
    """Add a thing that can be kept in store."""
    return done(db, by, request, idempotency_key, new, lambda: added(catalogue.add_item(db, by, new)))


@router.post("/warehouses", status_code=201, responses=describes_new(NamedOut))
def add_warehouse(
    request: Request, by: Keeper, new: WarehouseIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Add a store of the Centre."""
    return done(db, by, request, idempotency_key, new, lambda: added(catalogue.add_warehouse(db, by, new)))


# -- what they share


def language() -> str:
    return languages.current().code


def position(db: Session, by: By, id_or_ref: str, writes: bool = False) -> StockPosition:
    """Raises NotFound, and Forbidden where it is for the asker to see and not to move."""
    there = queries.position_seen(db, by, id_or_ref)
    if there is None:
        raise not_found(id_or_ref)
    if writes:
        shelves.refuse_elsewhere(by, queries.country_of(db, there.warehouse_code))
    return there


def found(db: Session, statement: Sql) -> Any:
    return db.connection().exec_driver_sql(statement.text, statement.values).scalar_one()


def results(db: Session, statement: Sql, status: int = 200) -> Response:
    """A JSON array out of the transaction that wrote it."""
    return JSONResponse({"results": found(db, statement)}, status)


async def told(request: Request, asked: BaseModel, db: Reader, statement: Sql) -> Response:
    check_once(request, asked)
    return JSONResponse({"results": await db.json(statement)})


def moved(db: Session, lines: list[StockMovement]) -> Response:
    return results(db, ledger.written([line.id for line in lines], language()), 201)


def added(thing: Any) -> Response:
    return JSONResponse({"code": thing.code, "names": thing.names}, 201)


def done(
    db: Session, by: By, request: Request, key: str | None, asked: BaseModel, answer: Callable[[], Response]
) -> Response:
    return once(db, by, request, key, asked.model_dump(mode="json"), answer)
