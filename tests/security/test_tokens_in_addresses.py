"""Mailed links hold a token: it gets neither into the log nor to other sites, and stays in no address."""

import io
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import links
from app.delivery import guard
from tests.accounts.signing_in import Browser, member


@pytest.fixture
def log(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    file = io.StringIO()
    written: Any = structlog.wrap_logger(structlog.PrintLogger(file), processors=structlog.get_config()["processors"])
    monkeypatch.setattr(guard, "log", written)
    return file


def link(db: Session, purpose: str) -> tuple[str, str]:
    """The path and the token of a link that serves."""
    status = "invited" if purpose == links.INVITATION else "active"
    user = None if purpose == links.FIRST else member(db, "reader", status=status).id
    token = links.make(db, purpose, user)
    db.commit()
    return links.PATHS[purpose], token


@pytest.mark.parametrize("purpose", [links.INVITATION, links.RECOVERY, links.FIRST])
def test_a_token_leaves_the_address_before_anything_is_shown(
    client: TestClient, db: Session, log: io.StringIO, purpose: str
) -> None:
    path, token = link(db, purpose)
    browser = Browser(client)
    arrived = browser.get(f"{path}?token={token}")
    assert (arrived.status_code, arrived.headers["location"]) == (303, path)
    assert arrived.headers.get_list("referrer-policy") == ["no-referrer"]
    assert arrived.headers["cache-control"] == "no-store"
    assert token not in arrived.text
    page = browser.get(path)
    assert page.status_code == 200
    assert token not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert token not in log.getvalue()
    assert "token" not in log.getvalue()


@pytest.mark.parametrize("purpose", [links.INVITATION, links.RECOVERY, links.FIRST])
def test_looking_at_a_link_uses_nothing_up_but_its_form_does_once(
    client: TestClient, db: Session, purpose: str
) -> None:
    path, token = link(db, purpose)
    for _look in range(3):
        Browser(client).get(f"{path}?token={token}")
    said = {"password": "nine lanterns under the glacier", "again": "nine lanterns under the glacier"}
    said |= {"name": "Aida", "email": "first@example.org"} if purpose == links.FIRST else {}
    for expected in (303, 410):
        browser = Browser(client)
        browser.get(f"{path}?token={token}")
        assert browser.post(path, **said).status_code == expected


@pytest.mark.parametrize("purpose", [links.INVITATION, links.RECOVERY, links.FIRST])
@pytest.mark.parametrize("used_at", list(links.PATHS.values()))
def test_a_link_opens_its_own_door_only(client: TestClient, db: Session, purpose: str, used_at: str) -> None:
    path, token = link(db, purpose)
    if path != used_at:
        browser = Browser(client)
        browser.get(f"{used_at}?token={token}")
        assert browser.get(used_at).status_code == 410


def test_only_a_hash_of_it_is_kept(client: TestClient, db: Session) -> None:
    _path, token = link(db, links.RECOVERY)
    kept = db.scalars(text("SELECT t::text FROM one_time_links t")).all()
    assert kept
    assert not [row for row in kept if token in row]
