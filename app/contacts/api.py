"""The door for programs: /api/v1/contacts. Every reading is recorded in the transaction that reads, so these doors are sync."""

from typing import Annotated, Any
from uuid import UUID

from anyio import from_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app.answers import IfMatch, check, check_once, envelope
from app.contacts import actions as contacts
from app.contacts.queries import CONTACTS
from app.contacts.schemas import ContactChange, ContactFilter, ContactIn, ContactOut, ContactStateOut
from app.db import Db
from app.docs import describes_change, describes_new, describes_one, describes_table
from app.errors import Invalid
from app.filters import OneFilter
from app.idempotency import IdempotencyKey, once
from app.languages import gettext as _
from app.listing import Listing
from app.people.access import Asker, allowed_to
from app.people.models import Contact
from app.permissions import By, Permission, public
from app.records import version_of
from app.writing import MaybeReason, Reason

router = APIRouter(prefix="/contacts", tags=["contacts"])

Writer = Annotated[By, allowed_to(Permission.CAPACITY_WRITE)]
PRIVATE = {"Cache-Control": "no-store"}


@router.get("", responses=describes_table(ContactOut))
@public
def list_contacts(request: Request, where: Annotated[ContactFilter, Query()], db: Db, by: Asker) -> Response:
    """Whom to call, as far as you may see them. That you read them is recorded."""
    return answer_contacts(request, CONTACTS, where, db, by)


def answer_contacts(request: Request, listing: Listing, where: ContactFilter, db: Db, by: By) -> Response:
    """A page of contacts, in JSON. Raises Invalid."""
    check_once(request, where)
    if where.hxl:
        raise Invalid.field("hxl", _("hxl=1 goes with format=csv or format=xlsx."))
    from_thread.run(check, where, request.app.state.reader)
    page = contacts.find_contacts(db, by, listing, where)
    return Response(envelope(request, page, None, "json"), media_type="application/json", headers=PRIVATE)


@router.get("/{id}", responses=describes_one(ContactOut))
@public
def show_contact(request: Request, id: str, asked: Annotated[OneFilter, Query()], db: Db, by: Asker) -> Response:
    """One contact. That you read it is recorded."""
    check_once(request, asked)
    if asked.format == "geojson":
        raise Invalid.field("format", _("%(name)s must be one of: %(values)s.") % {"name": "format", "values": "json"})
    return answer_contact(db, by, id)


def answer_contact(db: Db, by: By, id: str, status: int = 200, headers: dict[str, str] = {}) -> Response:
    record, updated_at = contacts.find_contact(db, by, id)
    return JSONResponse(record, status, headers=tagged(updated_at) | headers)


def tagged(updated_at: Any) -> dict[str, str]:
    return PRIVATE | {"ETag": f'"{version_of(updated_at)}"'}


@router.post("", status_code=201, responses=describes_new(ContactOut))
def make_contact(
    request: Request, by: Writer, new: ContactIn, db: Db, idempotency_key: IdempotencyKey = None
) -> Response:
    """Add a contact of your own organisation, or of one of its capacities. Visible to the Centre unless you say otherwise."""
    made: list[UUID] = []

    def do() -> Response:
        made.append(contacts.make_contact(db, by, new))
        # the answer that is kept holds nobody's name or number
        return JSONResponse({"id": str(made[0])}, 201, {"Location": f"/api/v1/contacts/{made[0]}"})

    kept = once(db, by, request, idempotency_key, new.model_dump(), do)
    if not made:
        return kept
    return answer_contact(db, by, str(made[0]), 201, {"Location": kept.headers["Location"]})


@router.patch("/{id}", responses=describes_change(ContactOut))
def change_contact(id: str, by: Writer, change: ContactChange, db: Db, if_match: IfMatch = None) -> Response:
    """Change some fields of a contact; those left out stay as they are."""
    return answer_contact(db, by, str(contacts.change_contact(db, by, id, change, if_match)))


@router.post("/{id}/withdraw", responses=describes_change(ContactStateOut))
def withdraw_contact(
    request: Request,
    id: str,
    by: Writer,
    why: Reason,
    db: Db,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a contact out of the directory. It can be restored."""

    def do() -> Response:
        return said(contacts.withdraw_contact(db, by, id, if_match, why.reason))

    return once(db, by, request, idempotency_key, why.model_dump(), do)


@router.post("/{id}/restore", responses=describes_change(ContactStateOut))
def restore_contact(
    request: Request,
    id: str,
    by: Writer,
    why: MaybeReason,
    db: Db,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Put a contact back that was withdrawn."""

    def do() -> Response:
        return said(contacts.restore_contact(db, by, id, if_match, why.reason))

    return once(db, by, request, idempotency_key, why.model_dump(), do)


def said(contact: Contact) -> Response:
    """Whether it is withdrawn: no more, for this answer may be kept."""
    since = contact.withdrawn_at.isoformat() if contact.withdrawn_at else None
    return JSONResponse({"id": str(contact.id), "withdrawn_at": since}, headers=tagged(contact.updated_at))
