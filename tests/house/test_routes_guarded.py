"""Every door says who may come in: `@public`, a permission, or any person who has signed in."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from starlette.testclient import TestClient


def doors(routes: Any) -> Iterator[APIRoute]:
    """All routes, those of included routers too: they are nested, and a test that looks at the top only sees none."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from doors(route.original_router.routes)
        elif hasattr(route, "routes"):
            yield from doors(route.routes)


def permission_of(route: APIRoute) -> str | None:
    """What the door asks for: "public", a permission, "signed in", or None where it says nothing."""
    asked = [getattr(one.call, "permission", None) for one in walk(route.dependant)]
    named = [str(permission) for permission in asked if permission]
    if getattr(route.endpoint, "is_public", False):
        return "public" if not named else None
    return named[0] if named else None


def walk(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one
        yield from walk(one)


def test_every_door_says_who_may_come_in(portal: TestClient) -> None:
    found = list(doors(portal.app.routes))  # type: ignore[attr-defined]
    assert len(found) >= 46
    assert [f"{route.methods} {route.path}" for route in found if permission_of(route) is None] == []
