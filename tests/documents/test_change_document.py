"""What is said of a document can change, the file cannot; withdrawn it is gone from sight and can come back."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from tests.conftest import Cast
from tests.documents import files
from tests.make import make_event

Kept = dict[str, Any]


@pytest.fixture
def key(cast: Cast) -> dict[str, str]:
    return cast.program("events:write", "records:read-centre")


@pytest.fixture
def kept(client: TestClient, key: dict[str, str], db: Session) -> Kept:
    event = make_event(db)
    db.commit()
    answer = client.post(
        f"/api/v1/events/{event.ref}/documents", content=files.PDF, headers=key, params={"title": "Map"}
    )
    return {"tag": answer.headers["etag"], **answer.json()}


def address(kept: Kept, door: str = "") -> str:
    return f"/api/v1/documents/{kept['ref']}{door}"


def test_a_change_is_laid_over_what_is_said(client: TestClient, key: dict[str, str], kept: Kept, db: Session) -> None:
    answer = client.patch(
        address(kept),
        json={"titles": {"ru": "Карта"}, "kind": "map", "published_on": "2026-07-09"},
        headers=key | {"If-Match": kept["tag"]},
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["title"], answer.json()["kind"], answer.json()["published_on"]) == (
        "Map",
        "map",
        "2026-07-09",
    )
    line = db.scalars(select(History).where(History.action == "changed")).one()
    assert line.after == {"titles": {"en": "Map", "ru": "Карта"}, "kind": "map", "published_on": "2026-07-09"}
    said = client.get(address(kept, "/history")).json()["results"]
    assert [one["action"] for one in said] == ["changed", "added"]


def test_nobody_overwrites_what_they_have_not_read(client: TestClient, key: dict[str, str], kept: Kept) -> None:
    assert client.patch(address(kept), json={"kind": "map"}, headers=key).status_code == 428
    assert client.patch(address(kept), json={"kind": "map"}, headers=key | {"If-Match": kept["tag"]}).status_code == 200
    assert (
        client.patch(address(kept), json={"kind": "data"}, headers=key | {"If-Match": kept["tag"]}).status_code == 412
    )


@pytest.mark.parametrize(
    "change", [{"titles": None}, {"kind": None}, {"size": 3}, {"titles": {"en": None}}, {"event": "EV-1"}]
)
def test_what_cannot_be_changed_is_named(
    client: TestClient, key: dict[str, str], kept: Kept, change: dict[str, Any]
) -> None:
    assert client.patch(address(kept), json=change, headers=key | {"If-Match": "*"}).status_code == 422


def test_withdrawn_it_is_gone_for_everybody_and_can_come_back(
    client: TestClient, key: dict[str, str], kept: Kept, db: Session
) -> None:
    gone = client.post(
        address(kept, "/withdraw"), json={"reason": "A wrong map"}, headers=key | {"If-Match": kept["tag"]}
    )
    assert gone.status_code == 200, gone.text
    for door in ("", "/content", "/history"):
        assert client.get(address(kept, door), headers=key).status_code == 404
    assert client.get(f"/documents/{kept['ref']}/file").status_code == 404
    assert client.get(f"/api/v1/events/{kept['event']['ref']}/documents").json()["count"] == 0
    assert (
        client.post(address(kept, "/withdraw"), json={"reason": "Again"}, headers=key | {"If-Match": "*"}).status_code
        == 409
    )
    back = client.post(address(kept, "/restore"), json={}, headers=key | {"If-Match": gone.headers["etag"]})
    assert back.status_code == 200
    assert client.get(address(kept, "/content")).content == files.PDF
    assert [
        line.action for line in db.scalars(select(History).where(History.noun == "documents").order_by(History.id))
    ] == ["added", "withdrawn", "restored"]


def test_a_withdrawn_file_can_be_kept_anew_and_then_not_restored(
    client: TestClient, key: dict[str, str], kept: Kept
) -> None:
    client.post(address(kept, "/withdraw"), json={"reason": "A wrong map"}, headers=key | {"If-Match": "*"})
    again = client.post(f"/api/v1/events/{kept['event']['ref']}/documents", content=files.PDF, headers=key)
    assert again.status_code == 201
    assert client.post(address(kept, "/restore"), json={}, headers=key | {"If-Match": "*"}).status_code == 409
