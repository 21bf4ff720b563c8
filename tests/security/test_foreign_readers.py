"""Other sites may read what is public, and nothing that a browser knows of its user."""

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_event
from tests.security.walking import address_of, doors, furnish

EVIL = "https://evil.example"


def test_no_answer_lets_another_site_read_with_credentials(client: TestClient, db: Session, cast: Cast) -> None:
    furnish(db)
    me = cast.person("operator", "administrator")
    for door in doors(client):
        headers = me | {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        answer = client.request(door.method, address_of(door, db), headers=headers, follow_redirects=False)
        assert "access-control-allow-credentials" not in answer.headers, door
        assert answer.headers.get("access-control-allow-origin") is None, door


@pytest.mark.parametrize("path", ["/events", "/account", "/sign-in", "/health/ready", "/static/nothing.js", "/keys"])
def test_pages_are_for_no_other_site(portal: TestClient, path: str) -> None:
    assert "access-control-allow-origin" not in portal.get(path, headers={"Origin": EVIL}).headers


@pytest.mark.parametrize("path", ["/api/v1/events", "/tiles/places/3/5/3.mvt"])
def test_what_is_public_may_be_read_by_any_site(portal: TestClient, path: str) -> None:
    assert portal.get(path, headers={"Origin": EVIL}).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("header", ["Authorization", "Cookie", "If-Match", "Idempotency-Key", "Content-Type"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_preflight_allows_nothing_that_changes_or_is_known(portal: TestClient, method: str, header: str) -> None:
    asked = {"Origin": EVIL, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    answer = portal.options("/api/v1/events", headers=asked)
    assert method == "GET" or method not in answer.headers["access-control-allow-methods"]
    assert header.lower() not in answer.headers["access-control-allow-headers"].lower().split(", ")


def test_a_script_tag_of_another_site_gets_nothing_that_runs(client: TestClient, db: Session, cast: Cast) -> None:
    """Cross-site script inclusion: no answer is a script, and `nosniff` keeps browsers from taking one for it."""
    make_event(db, "For partners", visibility="partners")
    me = cast.person("reader")
    for path in ("/api/v1/events", "/api/v1/events?callback=steal", "/api/v1/events?format=geojson"):
        answer = client.get(path, headers=me)
        assert "javascript" not in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not answer.text.startswith("steal")
