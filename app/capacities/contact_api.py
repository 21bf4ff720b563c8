"""The door for programs to the contacts of a capacity: /api/v1/capacities/{id or ref}/contacts. Reading them is recorded."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.answers import not_found
from app.capacities.queries import CAPACITIES
from app.contacts.api import answer_contacts
from app.contacts.queries import CONTACTS, row
from app.contacts.schemas import ContactFilter, ContactOut, ContactsOfCapacity
from app.db import Db
from app.docs import describes_list_below
from app.people.access import Asker
from app.permissions import public

router = APIRouter(prefix="/capacities", tags=["capacities"])


@router.get("/{id_or_ref}/contacts", responses=describes_list_below(ContactOut))
@public
def list_contacts(
    request: Request, id_or_ref: str, where: Annotated[ContactFilter, Query()], db: Db, by: Asker
) -> Response:
    """Whom to call for a capacity, as far as you may see them. That you read them is recorded."""
    found = row(db, CAPACITIES.id_of(id_or_ref))
    if found is None:
        raise not_found(id_or_ref)
    its_own = ContactsOfCapacity(capacity_id=found[0], **where.model_dump(exclude_unset=True))
    return answer_contacts(request, CONTACTS, its_own, db, by)
