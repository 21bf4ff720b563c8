"""The door for people to the contacts of a capacity: shown when asked for, not with its page, since reading them is recorded."""

import json

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from app import languages
from app.answers import not_found
from app.capacities.queries import CAPACITIES
from app.contacts import actions as contacts
from app.contacts.pages import private
from app.contacts.queries import CONTACTS, place_of_capacity, row
from app.contacts.schemas import MOST_OF_CAPACITY, ContactsOfCapacity
from app.db import Db
from app.people.access import Asker
from app.permissions import public
from app.web import as_page, without_filters

router = APIRouter(
    prefix="/capacities", dependencies=[Depends(as_page), Depends(without_filters)], include_in_schema=False
)


@router.get("/{id_or_ref}/contacts")
@public
def list_contacts(request: Request, id_or_ref: str, db: Db, by: Asker) -> HTMLResponse:
    found = row(db, CAPACITIES.one(id_or_ref, languages.current().code))
    if found is None:
        raise not_found(id_or_ref)
    capacity = found[0]
    theirs = ContactsOfCapacity(capacity_id=capacity["id"], limit=MOST_OF_CAPACITY)
    page = contacts.find_contacts(db, by, CONTACTS, theirs)
    place = place_of_capacity(db, capacity["id"])
    return private(
        request,
        "capacities/contacts.html",
        capacity=capacity,
        contacts=json.loads(page.results),
        writes=place is not None and contacts.may_write(by, place),
    )
