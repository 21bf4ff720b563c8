"""Tiles of events: one point each, gathered from afar by the gravest alert, and the map page that shows them."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_event
from tests.maps.mvt import layers
from tests.maps.test_capacity_tiles import tile_of, tiles_over


def dots(client: TestClient, zoom: int, query: str = "") -> list[dict[str, Any]]:
    tiles = tiles_over(zoom, [(76.98, 43.15)])
    found = [layers(client.get(f"/tiles/events/{t.z}/{t.x}/{t.y}.mvt{query}").content) for t in tiles]
    return [dot for one in found for dot in one.get("events", [])]


@pytest.mark.parametrize("zoom", [0, 6, 9])
def test_an_area_counts_once_wherever_it_reaches(client: TestClient, db: Session, zoom: int) -> None:
    make_event(db, geometry="SRID=4326;POLYGON((76 42, 78 42, 78 43, 76 43, 76 42))", status="alert")
    db.commit()
    tiles = tiles_over(zoom, [(76 + i / 4, 42 + j / 4) for i in range(9) for j in range(5)])
    found = [
        dot["n"]
        for t in tiles
        for dot in layers(client.get(f"/tiles/events/{t.z}/{t.x}/{t.y}.mvt?status=alert").content).get("events", [])
    ]
    assert found == [1]


def test_the_outline_of_an_event_is_on_every_tile_it_touches(client: TestClient, db: Session) -> None:
    event = make_event(
        db, geometry="SRID=4326;POLYGON((76 42, 78 42, 78 43, 76 43, 76 42))", status="alert", alert_level="red"
    )
    make_event(db, status="alert")
    db.commit()
    for lon, lat in ((76.1, 42.1), (77.9, 42.9)):
        tile = tile_of(9, lon, lat)
        (shape,) = layers(client.get(f"/tiles/events/9/{tile.x}/{tile.y}.mvt?status=alert").content)["event_shapes"]
        assert (shape["ref"], shape["worst"], shape["_kind"]) == (event.ref, 3, 3)


def test_events_on_one_spot_show_the_gravest_alert(client: TestClient, db: Session) -> None:
    make_event(db, alert_level="green", status="alert")
    make_event(db, alert_level="red", status="alert")
    make_event(db, status="alert")
    db.commit()
    (dot,) = dots(client, 3, "?status=alert")
    assert (dot["n"], dot["worst"]) == (3, 3)


def test_a_point_says_which_event_it_is(client: TestClient, db: Session) -> None:
    event = make_event(db, alert_level="orange", status="alert", titles={"en": "Mudflow", "ru": "Сель"})
    db.commit()
    for zoom in (3, 10):
        (dot,) = dots(client, zoom, "?status=alert&lang=ru")
        assert (dot["ref"], dot["name"], dot["hazard"], dot["worst"]) == (event.ref, "Сель", "MS", 2)


def test_hidden_and_withdrawn_events_are_on_no_tile(client: TestClient, db: Session) -> None:
    make_event(db, visibility="centre", status="alert")
    make_event(db, withdrawn_at="2026-01-01T00:00:00Z", status="alert")
    db.commit()
    assert dots(client, 3, "?status=alert") == dots(client, 9, "?status=alert") == []


def test_the_tile_of_an_event_is_where_the_event_is(client: TestClient, db: Session) -> None:
    make_event(db, status="alert")
    db.commit()
    tile = tile_of(10, 76.98, 43.15)
    body = client.get(f"/tiles/events/{tile.z}/{tile.x}/{tile.y}.mvt?status=alert").content
    assert [dot["n"] for dot in layers(body)["events"]] == [1]


class TestMapPage:
    @pytest.mark.parametrize(
        ("query", "nouns"),
        [
            ("", {"/events", "/entry-points", "/capacities"}),
            ("?country=KAZ", {f"/{noun}?country=KAZ" for noun in ("events", "entry-points", "capacities")}),
            ("?hazard=EQ", {"/events?hazard=EQ"}),
            ("?type=usar-medium", {"/capacities?type=usar-medium"}),
            ("?bbox=60,35,80,45", {"/events", "/entry-points", "/capacities"}),
            ("?passes=animals", {"/entry-points?passes=animals"}),
        ],
    )
    def test_it_shows_the_nouns_whose_filters_these_are(self, portal: TestClient, query: str, nouns: set[str]) -> None:
        page = portal.get(f"/map{query}").text
        shown = 'data-layers="' + " ".join(noun.strip("/").split("?")[0] for noun in sorted(nouns, reverse=True)) + '"'
        assert shown in page
        for address in nouns:
            assert f'href="{address}"' in page

    @pytest.mark.parametrize(
        "query", ["?colour=red", "?bbox=1,2", "?country=XXX", "?limit=3", "?bbox=80,1,70,2", "?lang=xx"]
    )
    def test_what_makes_no_sense_is_told(self, portal: TestClient, query: str) -> None:
        answer = portal.get(f"/map{query}")
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/html")
