"""Tiles of entry points hold the rows of their list, and say whether one gets through."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_entry_point, make_entry_point_report
from tests.maps.mvt import layers
from tests.waiting import soon


def marks(client: TestClient, address: str) -> dict[str, bool]:
    found = layers(client.get(address).content).get("entry-points", [])
    return {one["name"]: one["passable"] for one in found if one["n"] == 1}


def test_a_tile_says_which_are_closed(client: TestClient, db: Session) -> None:
    make_entry_point(db, "KAZ-OPEN", lon=10.0, lat=10.0)
    make_entry_point_report(db, make_entry_point(db, "KAZ-SHUT", lon=10.2, lat=10.2), "closed")
    db.commit()
    seen = soon(lambda: marks(client, "/tiles/entry-points/8/135/120.mvt?kind=road"), lambda found: len(found) == 2)
    assert seen == {"Kaz-Open": True, "Kaz-Shut": False}
    assert set(marks(client, "/tiles/entry-points/8/135/120.mvt?passable=false")) == {"Kaz-Shut"}
