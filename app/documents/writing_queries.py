"""What writing asks of documents: the event they go with, the row locked, the same content, and the pieces put in."""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.documents.models import CHUNK, Document
from app.documents.queries import visible_documents
from app.filters import identity
from app.permissions import By, visible_values

LOCKS = 2034  # the namespace of the locks that stand for one content in one event

STATE = """
SELECT jsonb_build_object('titles', titles, 'kind', kind, 'source', source, 'published_on', published_on,
    'language', language, 'visibility', visibility)
FROM documents WHERE id = %(id)s"""
COUNTRIES = "SELECT country_iso3 FROM event_countries WHERE event_id = %(id)s ORDER BY 1"


def ask(db: Session, statement: str, values: Mapping[str, Any]) -> Any:
    return db.connection().exec_driver_sql(statement, dict(values))


def countries_of(db: Session, event: UUID) -> list[str]:
    return list(ask(db, COUNTRIES, {"id": event}).scalars())


def document_seen(db: Session, by: By, id_or_ref: str, locked: bool = False) -> Document | None:
    """The document, withdrawn or not, if `by` may see it."""
    values = identity(id_or_ref)
    named = "r.id = %(id)s" if values["id"] else "r.ref = %(ref)s"
    statement = (
        f"SELECT r.id FROM documents r WHERE {named} AND {visible_documents(by)}{' FOR UPDATE' if locked else ''}"
    )
    id = ask(db, statement, values | visible_values(by)).scalar()
    return db.get_one(Document, id, populate_existing=True) if id else None


def state_of(db: Session, id: UUID) -> dict[str, Any]:
    """What is said of a document, in the shape of `DocumentIn`."""
    state: dict[str, Any] = ask(db, STATE, {"id": id}).scalar_one()
    return state


def take_turn(db: Session, event: UUID, sha256: bytes) -> None:
    """Two who send the same file to the same event at once come one after the other."""
    asked = "SELECT pg_advisory_xact_lock(%(locks)s, hashtext(%(what)s))"
    ask(db, asked, {"locks": LOCKS, "what": f"{event} {sha256.hex()}"})


def same_content(db: Session, by: By, event: UUID, sha256: bytes) -> str | None:
    """The ref of a document of this event with the same content, as far as `by` may see one."""
    statement = f"""
SELECT r.ref FROM documents r
WHERE r.event_id = %(event)s AND r.sha256 = %(sha256)s AND r.withdrawn_at IS NULL AND {visible_documents(by)} LIMIT 1"""
    ref: str | None = ask(db, statement, {"event": event, "sha256": sha256, **visible_values(by)}).scalar()
    return ref


def new_id(db: Session) -> UUID:
    id: UUID = ask(db, "SELECT uuid_v7()", {}).scalar_one()
    return id


def put_pieces(db: Session, id: UUID, file: IO[bytes]) -> None:
    """The file into the database, one piece in memory at a time."""
    driver = db.connection().connection.driver_connection
    assert driver is not None
    with driver.cursor().copy("COPY document_chunks (document_id, position, bytes) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["uuid", "int4", "bytea"])
        for position, piece in enumerate(pieces(file)):
            copy.write_row((id, position, piece))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece


def as_json(state: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(state, default=str))
    return found
