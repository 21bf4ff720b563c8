"""Cookies that hold a token: out of reach of scripts, of other sites and, over HTTPS, of everything that is not this host."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import links
from tests.accounts.signing_in import Browser, code, member
from tests.conftest import Cast
from tests.make import make_session, make_user
from tests.security.walking import address_of, doors, furnish

TOKENS = ("session", "notice", "second_factor", "second_factor_new", "device", "passkey", "openid", "link")
HTTPS = "https://portal.example.org"


def parts(line: str) -> tuple[str, dict[str, str]]:
    """The name of a cookie and its attributes, in lower case."""
    pair, *attributes = [part.strip() for part in line.split(";")]
    said = (attribute.lower().partition("=") for attribute in attributes)
    return pair.partition("=")[0], {name: value for name, _equals, value in said}


def all_set(client: TestClient, db: Session, steps: Browser) -> list[str]:
    """Every cookie that signing in with two factors and a mailed link sets."""
    lines: list[str] = []
    keep = steps.take
    steps.take = lambda line: (lines.append(line), keep(line))[1]  # type: ignore[method-assign]
    user = member(db, "operator", totp=True)
    token = links.make(db, links.RECOVERY, user.id)
    db.commit()
    steps.get("/sign-in?lang=ru")
    steps.get(f"/recover/new-password?token={token}")
    steps.sign_in()
    steps.post("/sign-in/code", code=code())
    steps.post("/account/second-factor")
    steps.post("/sign-out")
    return lines


def test_over_https_every_token_is_bound_to_this_host(db: Session, new_portal: Callable[..., TestClient]) -> None:
    client = new_portal(public_url=HTTPS)
    seen = set()
    for line in all_set(client, db, Browser(client)):
        name, said = parts(line)
        assert "secure" in said, line
        assert "httponly" in said, line
        assert said["samesite"] in ("lax", "strict"), line
        assert said["path"] == "/", line
        assert "domain" not in said, line
        if name != "lang":
            assert name.startswith("__Host-"), line
        seen.add(name)
    assert {"__Host-session", "__Host-second_factor", "__Host-device", "__Host-link"} <= seen


def test_without_https_scripts_and_other_sites_still_do_not_get_them(client: TestClient, db: Session) -> None:
    lines = all_set(client, db, Browser(client))
    for line in lines:
        name, said = parts(line)
        assert "httponly" in said, line
        assert said["samesite"] in ("lax", "strict"), line
        assert "secure" not in said, "a browser would drop it over plain HTTP"
        assert name in (*TOKENS, "lang")
        assert len(line) < 4096


def test_over_https_a_session_that_a_neighbouring_host_has_set_is_nobody_s(
    db: Session, new_portal: Callable[..., TestClient]
) -> None:
    """A cookie of *.example.org can be set by any host there, but never one with the prefix."""
    token = make_session(db, make_user(db, "reader"))
    db.commit()
    client = new_portal(public_url=HTTPS)
    assert Browser(client, session=token).get("/account").status_code == 303
    assert Browser(client, **{"__Host-session": token}).get("/account").status_code == 200


def test_no_page_for_somebody_known_stays_in_the_browser(client: TestClient, db: Session, cast: Cast) -> None:
    furnish(db)
    me = cast.person("operator", "administrator", "contributor")
    looked_at = 0
    for door in doors(client):
        if door.method == "GET":
            answer = client.get(address_of(door, db), headers=me, follow_redirects=False)
            kept = answer.headers.get("cache-control", "")
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert kept == "no-store", door
                looked_at += 1
            elif answer.status_code == 200 and not door.path.startswith(("/api/openapi", "/health")):
                assert "private" in kept or "no-store" in kept, door
    assert looked_at > 15


def test_signing_out_empties_what_the_browser_has_kept(client: TestClient, db: Session, cast: Cast) -> None:
    answer = client.post("/sign-out", headers=cast.person("reader"), follow_redirects=False)
    assert "cache" in answer.headers["clear-site-data"]


@pytest.mark.parametrize("path", ["/sign-in", "/recover", "/welcome", "/first-administrator", "/recover/new-password"])
def test_pages_of_signing_in_are_never_kept(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"
