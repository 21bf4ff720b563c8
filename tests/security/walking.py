"""Every door of the portal with an address that leads to a real record, so that attacks can be tried on all of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.house.test_routes_guarded import permission_of
from tests.make import (
    make_candidate,
    make_capacity,
    make_document,
    make_event,
    make_position,
    make_report,
    make_request,
    make_request_line,
    make_warning,
)

SAFE = {"GET", "HEAD", "OPTIONS"}
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
NOBODY = "00000000-0000-7000-8000-000000000000"
# what stands behind the first part of an address: the newest of its kind
RECORDS = {
    "events": "SELECT ref FROM events ORDER BY id DESC",
    "figures": "SELECT id FROM figures ORDER BY id DESC",
    "documents": "SELECT ref FROM documents ORDER BY id DESC",
    "situation-reports": "SELECT id FROM situation_reports ORDER BY id DESC",
    "capacities": "SELECT ref FROM capacities ORDER BY id DESC",
    "inbox": "SELECT ref FROM candidates ORDER BY id DESC",
    "rules": "SELECT id FROM inbox_rules ORDER BY position DESC",
    "stock": "SELECT ref FROM stock_positions ORDER BY id DESC",
    "movements": "SELECT id FROM stock_movements ORDER BY id DESC",
    "reservations": "SELECT id FROM stock_reservations ORDER BY id DESC",
    "requests": "SELECT ref FROM requests ORDER BY id DESC",
    "warnings": "SELECT ref FROM warnings ORDER BY id DESC",
    "contacts": "SELECT id FROM contacts ORDER BY id DESC",
    "keys": "SELECT id FROM api_keys ORDER BY id DESC",
    "sessions": "SELECT id FROM sessions ORDER BY id DESC",
    "passkeys": "SELECT id FROM passkeys ORDER BY id DESC",
    "people": "SELECT id FROM users ORDER BY id DESC",
    "providers": "SELECT id FROM identity_providers ORDER BY id DESC",
    "openid": "SELECT id FROM identity_providers ORDER BY id DESC",
    "organisations": "SELECT code FROM organisations ORDER BY code",
    "areas": "SELECT code FROM areas ORDER BY code",
    "places": "SELECT code FROM areas ORDER BY code",
}


@dataclass(frozen=True)
class Door:
    """A way in: `path` has its parameters in braces, `who` is what the door asks for."""

    method: str
    path: str
    who: str | None


def furnish(db: Session) -> None:
    """A record of each kind that can be written, so that each address has something behind it."""
    event = make_event(db)
    make_document(db, event)
    make_report(db, event)
    make_capacity(db)
    make_position(db)
    make_candidate(db)
    make_warning(db)
    make_request_line(db, make_request(db))
    db.commit()


def walk(routes: Any, prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    """(the whole path, the route): an included router's own paths lack what they are included under."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        elif hasattr(route, "original_router"):
            yield from walk(route.original_router.routes, prefix + route.include_context.prefix)


def doors(client: TestClient) -> list[Door]:
    found = [
        Door(method, path, permission_of(route))
        for path, route in walk(client.app.routes)  # type: ignore[attr-defined]
        for method in sorted(route.methods or ())
    ]
    assert len(found) > 80
    assert any(door.path == "/api/v1/events" and door.method == "POST" for door in found)
    return found


def unsafe(client: TestClient) -> list[Door]:
    """Every door by which something can be changed."""
    return [door for door in doors(client) if door.method not in SAFE]


def address_of(door: Door, db: Session, records: Mapping[str, str] = RECORDS) -> str:
    """The path with each parameter filled in by what is called so in the database, or by nobody's id."""
    parts = door.path.strip("/").split("/")
    return "/" + "/".join(filled(part, parts[: at + 1], db, records) for at, part in enumerate(parts))


def filled(part: str, before: list[str], db: Session, records: Mapping[str, str]) -> str:
    if not PARAMETER.search(part):
        return part
    nouns = [word for word in reversed(before) if word in records]
    found = db.execute(text(f"{records[nouns[0]]} LIMIT 1")).scalar() if nouns else None
    return PARAMETER.sub(lambda _match: str(found or NOBODY), part)


def bodies() -> list[dict[str, Any]]:
    """The three ways in which a form of another site can send something without asking first, and JSON."""
    return [
        {"content": "name=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
         "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": '{"reason": "x"}', "headers": {"Content-Type": "text/plain"}},
        {"content": '{"reason": "x"}', "headers": {"Content-Type": "application/json"}},
    ]  # fmt: skip
