"""Every door of the portal with an address that leads to a real record, so that attacks can be tried on all of them."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.house.test_routes_guarded import doors, permission_of
from tests.make import make_capacity, make_event, make_position

SAFE = {"GET", "HEAD", "OPTIONS"}
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
NOBODY = "00000000-0000-7000-8000-000000000000"
# what stands behind the first part of an address
RECORDS = {
    "events": "SELECT ref FROM events",
    "capacities": "SELECT ref FROM capacities",
    "stock": "SELECT ref FROM stock_positions",
    "contacts": "SELECT id FROM contacts",
    "keys": "SELECT id FROM api_keys",
    "sessions": "SELECT id FROM sessions",
    "passkeys": "SELECT id FROM passkeys",
    "people": "SELECT id FROM users",
    "users": "SELECT id FROM users",
    "providers": "SELECT id FROM identity_providers",
    "organisations": "SELECT code FROM organisations",
    "areas": "SELECT code FROM areas",
    "places": "SELECT code FROM areas",
    "history": "SELECT id FROM history",
}


def furnish(db: Session) -> None:
    """A record of each kind that can be written, so that each address has something behind it."""
    make_event(db)
    make_capacity(db)
    make_position(db)
    db.commit()


def routes(client: TestClient) -> list[APIRoute]:
    found = list(doors(client.app.routes))  # type: ignore[attr-defined]
    assert len(found) > 40
    return found


def address_of(route: APIRoute, db: Session) -> str:
    """The route's path with each parameter filled in by what is called so in the database, or by nobody's id."""
    parts = route.path.strip("/").split("/")
    return "/" + "/".join(filled(part, parts[: at + 1], db) for at, part in enumerate(parts))


def filled(part: str, before: list[str], db: Session) -> str:
    if not PARAMETER.search(part):
        return part
    nouns = [word for word in reversed(before) if word in RECORDS]
    found = db.execute(text(f"{RECORDS[nouns[0]]} LIMIT 1")).scalar() if nouns else None
    return PARAMETER.sub(lambda _match: str(found or NOBODY), part)


def unsafe(client: TestClient, db: Session) -> Iterator[tuple[str, str, str | None]]:
    """(method, address, who may) of every door by which something can be changed."""
    for route in routes(client):
        for method in sorted((route.methods or set()) - SAFE):
            yield method, address_of(route, db), permission_of(route)


def bodies() -> list[dict[str, Any]]:
    """The three ways in which a form of another site can send something without asking first, and JSON."""
    return [
        {"content": "name=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
         "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": '{"reason": "x"}', "headers": {"Content-Type": "text/plain"}},
        {"content": '{"reason": "x"}', "headers": {"Content-Type": "application/json"}},
    ]  # fmt: skip
