"""Who is told of a warning: organisations, and in each the people and desks that are written to at once or next.

At once: people with accounts and duty officers. Next, where nobody acknowledges: focal points and liaison officers; an
organisation that has only such is told by them at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import languages
from app.errors import Invalid
from app.languages import gettext as _
from app.warnings import letters
from app.warnings import writing_queries as queries
from app.warnings.letters import Reader, Told
from app.warnings.models import Warning, WarningReader, WarningRecipient

AT_ONCE = ("person", "duty_officer")
Person = dict[str, Any]  # a row of queries.reachable, with `told_as`


def people_of(db: Session, codes: Sequence[str], demonstration: bool) -> list[Person]:
    """Everybody of these organisations who can be written to, each address once, with `told_as`: first or next."""
    found = queries.reachable(db, codes, list(languages.LANGUAGES), demonstration)
    once = list({(one["code"], one["email"].lower()): one for one in reversed(found)}.values())[::-1]
    with_first = {one["code"] for one in once if one["kind"] in AT_ONCE}
    return [one | {"told_as": "next" if is_next(one, with_first) else "first"} for one in once]


def is_next(one: Person, with_first: set[str]) -> bool:
    return one["kind"] not in AT_ONCE and one["code"] in with_first


def known_organisations(db: Session, codes: Sequence[str]) -> dict[str, UUID]:
    """Raises Invalid for a code that no organisation has."""
    found = queries.organisations_named(db, codes)
    for code in codes:
        if code not in found:
            message = _("There is no organisation “%(code)s”; the codes are at /api/v1/reference/organisations.")
            raise Invalid.field("recipients", message % {"code": code})
    return found


def tell(db: Session, told: Told, codes: Sequence[str]) -> None:
    """Put the organisations down as recipients, write to everybody who is told at once, and lay the plan for the rest."""
    warning = told.warning
    for id in known_organisations(db, codes).values():
        db.add(WarningRecipient(warning_id=warning.id, organisation_id=id))
    db.flush()
    for person in people_of(db, codes, warning.demonstration):
        if person["told_as"] == "first":
            letters.tell(db, told, reader_of(db, warning, person, "first"))
    if warning.msg_type != "cancel":
        assert warning.issued_at is not None
        queries.lay_steps(db, warning.id, warning.severity, warning.issued_at)


def reader_of(db: Session, warning: Warning, person: Person, told_as: str) -> Reader:
    """The row of somebody who is told; there may be one already, of somebody who came by themselves."""
    row = queries.reader_row(db, warning.id, person["user_id"], person["contact_id"])
    if row is None:
        row = WarningReader(
            warning_id=warning.id, organisation_id=person["organisation_id"], user_id=person["user_id"],
            contact_id=person["contact_id"],
        )  # fmt: skip
        db.add(row)
    row.told_as = told_as
    db.flush()
    return Reader(row.id, person["email"], person["language"])


def count_by_code(people: Iterable[Person]) -> dict[str, list[Person]]:
    """{code of the organisation: those who are told at once}."""
    found: dict[str, list[Person]] = {}
    for person in people:
        if person["told_as"] == "first":
            found.setdefault(person["code"], []).append(person)
    return found
