"""What is done with contacts: they are read, and that is recorded; made, changed, withdrawn, restored, erased.

A name, a number or an address never stands in history: `history.personal` lays it aside, and it can be erased there.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history, languages
from app.answers import expected_version, not_found, refuse_stale
from app.contacts import queries
from app.contacts.queries import CONTACTS, Place
from app.contacts.schemas import ContactChange, ContactFilter, ContactIn
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.languages import gettext as _
from app.listing import Listing, page_of
from app.paging import Page
from app.people.models import Contact
from app.permissions import By, Permission

PERSONAL = ("name", "position", "phones", "email", "radio", "hours")
PLAIN = ("languages", "is_24h", "visibility")
ERASED: Mapping[str, Any] = {
    "name": "", "position": "", "phones": [], "email": None, "radio": "", "hours": "", "languages": [],
}  # fmt: skip


# -- reading


def find_contacts(db: Session, by: By, listing: Listing, where: ContactFilter, also: Sequence[str] = ()) -> Page:
    """A page of contacts; that it was read is recorded, or nothing is answered. `also`: others that are shown beside it."""
    at = listing.turn(where, lang := languages.current().code)
    results, *rest = queries.row(db, listing.page(where, lang, at))
    note_reading(db, by, [*(contact["id"] for contact in results), *also])
    return page_of((json.dumps(results, ensure_ascii=False).encode(), *rest), at)


def find_contact(db: Session, by: By, id: str, listing: Listing = CONTACTS) -> tuple[dict[str, Any], datetime]:
    """One contact and when it last changed; recorded. Raises NotFound."""
    found = queries.row(db, listing.one(id, languages.current().code))
    if found is None:
        raise not_found(id)
    record, updated_at = found
    note_reading(db, by, [record["id"]])
    return record, updated_at


def note_reading(db: Session, by: By, ids: Sequence[str]) -> None:
    """Who read which contacts, one row a request. What is public anybody may read, and nobody's reading has no name to note."""
    if ids and by.is_known:
        one = UUID(ids[0]) if len(ids) == 1 else None
        history.record(db, by, "read", "contacts", one, after={"contacts": [str(id) for id in ids]})


# -- who may write


def may_write(by: By, place: Place) -> bool:
    """One's own organisation's contacts, or those of any, in the countries that the right is limited to."""
    own = place.organisation_id == by.organisation_id and covers(by, Permission.CAPACITY_WRITE, place.country)
    return own or covers(by, Permission.CAPACITY_WRITE_ANY, place.country)


def may_erase(by: By, place: Place) -> bool:
    return may_write(by, place) or covers(by, Permission.PEOPLE_MANAGE, place.country)


def covers(by: By, permission: Permission, country: str | None) -> bool:
    limit = by.rights.get(permission, frozenset())
    return limit is None or country in limit


def refuse() -> Forbidden:
    return Forbidden(_("You can write the contacts of your own organisation only."))


def seen(db: Session, by: By, id: str) -> tuple[UUID, Place]:
    """A contact that the asker may see; a withdrawn one is there for those only who may write or erase it. Raises NotFound."""
    found = queries.place_of(db, id)
    if found is None or (found[2] and not may_erase(by, found[1])):
        raise not_found(id)
    return found[0], found[1]


def to_write(db: Session, by: By, id: str) -> UUID:
    """Raises NotFound, Forbidden."""
    found, place = seen(db, by, id)
    if not may_write(by, place):
        raise refuse()
    return found


def to_change(db: Session, by: By, id: str, expected: str | None) -> Contact:
    """The contact, locked. Raises NotFound, Forbidden, NeedsVersion, Stale."""
    found = to_write(db, by, id)
    version = expected_version(expected)
    contact = queries.lock_contact(db, found)
    refuse_stale(version, contact.updated_at)
    return contact


# -- writing


def make_contact(db: Session, by: By, new: ContactIn) -> UUID:
    """Raises NotFound, Forbidden, Invalid."""
    place = place_for(db, by, new)
    if not may_write(by, place):
        raise refuse()
    said = new.model_dump(exclude={"organisation", "capacity"})
    contact = Contact(
        organisation_id=place.organisation_id, capacity_id=place.capacity_id, demonstration=by.demonstration, **said
    )
    check(contact)
    db.add(contact)
    db.flush()
    refuse_blindness(db, contact)
    after = told(db, contact.id, said) | {"kind": contact.kind}
    history.record(db, by, "made", "contacts", contact.id, after=after, visibility=contact.visibility)
    return contact.id


def place_for(db: Session, by: By, new: ContactIn) -> Place:
    """Whose the new contact is. Raises NotFound, Invalid."""
    if (new.kind == "capacity") != bool(new.capacity):
        raise Invalid.field("capacity", _("A contact of kind capacity names the capacity, and no other kind does."))
    if new.capacity:
        if place := queries.place_of_capacity(db, new.capacity):
            return place
        raise NotFound(_("There is no record %(ref)s here.") % {"ref": new.capacity[:60]})
    place = queries.place_of_organisation(db, new.organisation or by.organisation_code)
    if place is None:
        raise Invalid.field("organisation", _("There is no such organisation."))
    return place


def check(contact: Contact) -> None:
    if not (contact.phones or contact.email or contact.radio):
        raise Invalid.field(
            "phones", _("Say how to reach them: a telephone number, an e-mail address or a radio call.")
        )


def refuse_blindness(db: Session, contact: Contact) -> None:
    """Nobody writes what they could then neither see nor correct."""
    if not queries.may_be_seen(db, contact.id):
        raise Invalid.field("visibility", _("You could not see this contact yourself: choose who else may see it."))


def change_contact(db: Session, by: By, id: str, change: ContactChange, expected: str | None) -> UUID:
    """Raises NotFound, Forbidden, NeedsVersion, Stale, Invalid, Conflict."""
    contact = to_change(db, by, id, expected)
    refuse_withdrawn(contact)
    said = change.said()
    before, after = history.changes({name: getattr(contact, name) for name in said}, said)
    for name, value in after.items():
        setattr(contact, name, value)
    check(contact)
    db.flush()
    refuse_blindness(db, contact)
    if after:
        seen = history.narrower(before.get("visibility", contact.visibility), contact.visibility)
        record_change(db, by, contact.id, before, after, seen)
    return contact.id


def record_change(
    db: Session, by: By, id: UUID, before: Mapping[str, Any], after: Mapping[str, Any], seen: str
) -> None:
    was, now = told(db, id, before), told(db, id, after)
    history.record(db, by, "changed", "contacts", id, before=was, after=now, visibility=seen)


def told(db: Session, id: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as history keeps them: what is personal laid aside."""
    return {name: aside(db, id, value) if name in PERSONAL else value for name, value in said.items()}


def aside(db: Session, id: UUID, value: Any) -> Any:
    if isinstance(value, list):
        return [history.personal(db, id, one) for one in value]
    return history.personal(db, id, value) if value else value


def refuse_withdrawn(contact: Contact) -> None:
    if contact.withdrawn_at:
        raise Conflict(_("This contact is withdrawn: restore it first."))


def withdraw_contact(db: Session, by: By, id: str, expected: str | None, reason: str = "") -> Contact:
    """Withdrawn again it stays as it is. Raises as change_contact."""
    contact = to_change(db, by, id, expected)
    if contact.withdrawn_at is None:
        contact.withdrawn_at = datetime.now(UTC)
        note(db, by, "withdrawn", contact, reason)
    return contact


def restore_contact(db: Session, by: By, id: str, expected: str | None, reason: str = "") -> Contact:
    """Raises as change_contact; Conflict where its personal data were erased."""
    contact = to_change(db, by, id, expected)
    if not contact.name:
        raise Conflict(_("The personal data of this contact were erased: make a new one."))
    if contact.withdrawn_at:
        contact.withdrawn_at = None
        note(db, by, "restored", contact, reason)
    return contact


def erase_contact(db: Session, by: By, id: str) -> None:
    """Withdraw a contact and forget who it was, here and in what history laid aside. Raises NotFound, Forbidden."""
    found, place = seen(db, by, id)
    if not may_erase(by, place):
        raise refuse()
    contact = queries.lock_contact(db, found)
    for name, value in ERASED.items():
        setattr(contact, name, value)
    contact.withdrawn_at = contact.withdrawn_at or datetime.now(UTC)
    queries.erase_personal_values(db, contact.id)
    note(db, by, "erased", contact)


def note(db: Session, by: By, action: str, contact: Contact, reason: str = "") -> None:
    db.flush()
    db.refresh(contact)
    history.record(db, by, action, "contacts", contact.id, reason=reason, visibility=contact.visibility)
