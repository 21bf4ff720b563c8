"""Tiles of capacities: everybody's rows, each counted once on every zoom, and nobody else's."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.maps.rules import MOST_POINTS, Tile
from app.places.map_frame import HALF_WORLD, metres
from tests.make import make_capacity
from tests.maps.mvt import layers

MANY = """
    INSERT INTO capacities (names, type_code, kind, organisation_id, country_iso3, quantity, unit_code, quantity_available,
                            status, location, visibility, withdrawn_at)
    SELECT names, type_code, kind, organisation_id, country_iso3, quantity, unit_code, quantity_available, status,
           ST_SetSRID(ST_MakePoint(lon, lat), 4326), visibility, withdrawn_at
    FROM capacities, unnest(cast(:lons AS float8[]), cast(:lats AS float8[])) AS p (lon, lat)
    WHERE capacities.id = :like
"""


def spread(db: Session, positions: list[tuple[float, float]], **changes: Any) -> None:
    """One capacity at each position, and the first like them."""
    lon, lat = positions[0]
    like = make_capacity(db, lon=lon, lat=lat, **changes)
    lons, lats = zip(*positions[1:], strict=True) if positions[1:] else ((), ())
    db.execute(text(MANY), {"lons": list(lons), "lats": list(lats), "like": like.id})
    db.commit()


def somewhere(many: int, seed: int = 1) -> list[tuple[float, float]]:
    chance = random.Random(seed)
    return [(chance.uniform(45, 98), chance.uniform(6, 55)) for _ in range(many)]


def tile_of(zoom: int, lon: float, lat: float) -> Tile:
    x, y = metres(lon, lat)
    size = 2 * HALF_WORLD / (1 << zoom)
    return Tile(zoom, int((x + HALF_WORLD) // size), int((HALF_WORLD - y) // size))


def tiles_over(zoom: int, positions: list[tuple[float, float]]) -> set[Tile]:
    """The tiles that hold the positions, with those around them."""
    at = {tile_of(zoom, lon, lat) for lon, lat in positions}
    side = range(1 << zoom)
    around = {Tile(zoom, t.x + i, t.y + j) for t in at for i in (-1, 0, 1) for j in (-1, 0, 1)}
    return {t for t in around if t.x in side and t.y in side}


def dots(client: TestClient, tiles: set[Tile], query: str = "") -> Iterator[dict[str, Any]]:
    for tile in tiles:
        answer = client.get(f"/tiles/capacities/{tile.z}/{tile.x}/{tile.y}.mvt{query}")
        assert answer.status_code == 200, answer.text
        yield from layers(answer.content).get("capacities", [])


@pytest.mark.parametrize("zoom", [0, 1, 3, 5, 7, 8, 10])
@pytest.mark.parametrize("query", ["", "?country=KAZ"])
def test_each_capacity_is_counted_once_on_every_zoom(client: TestClient, db: Session, zoom: int, query: str) -> None:
    edges = [
        (90.0, 0.0),
        (45.0, 0.0),
        (67.5, 40.97989806962013),
        (90.0, 40.97989806962013),
        (180.0, 10.0),
        (60.0, 89.0),
    ]
    positions = somewhere(40) + edges + [(76.9, 43.2)] * 3
    spread(db, positions)
    found = list(dots(client, tiles_over(zoom, positions), query))
    assert sum(dot["n"] for dot in found) == len(positions)


@pytest.mark.parametrize("zoom", [4, 7, 8])
def test_a_point_of_one_says_which_capacity_it_is(client: TestClient, db: Session, zoom: int) -> None:
    capacity = make_capacity(db, "Cynological team", names={"en": "Cynological team", "ru": "Кинологический расчёт"})
    db.commit()
    (dot,) = dots(client, {tile_of(zoom, 76.9, 43.2)}, "?lang=ru")
    assert (dot["n"], dot["ref"], dot["name"]) == (1, capacity.ref, "Кинологический расчёт")
    assert (dot["type"], dot["kind"], dot["status"]) == ("usar-medium", "team", "available")


def test_a_cluster_stands_in_the_middle_of_its_rows_and_names_none(client: TestClient, db: Session) -> None:
    spread(db, [(75.0, 43.0), (75.2, 43.0)])
    (dot,) = dots(client, {tile_of(5, 75.1, 43.0)})
    assert dot["n"] == 2
    assert "ref" not in dot
    west = -180 + tile_of(5, 75.1, 43.0).x * 360 / 32
    assert west + dot["_at"][0] / 4096 * 360 / 32 == pytest.approx(75.1, abs=0.01)


@pytest.mark.parametrize("zoom", [2, 9])
@pytest.mark.parametrize("query", ["", "?kind=team"])
def test_hidden_and_withdrawn_capacities_are_on_no_tile(client: TestClient, db: Session, zoom: int, query: str) -> None:
    make_capacity(db, visibility="centre")
    make_capacity(db, visibility="partners")
    make_capacity(db, withdrawn_at="2026-01-01T00:00:00Z")
    db.commit()
    assert list(dots(client, {tile_of(zoom, 76.9, 43.2)}, query)) == []


def test_who_follows_changes_sees_no_withdrawn_capacity_on_the_map(client: TestClient, db: Session) -> None:
    make_capacity(db, withdrawn_at="2026-01-01T00:00:00Z")
    db.commit()
    assert list(dots(client, {tile_of(9, 76.9, 43.2)}, "?updated_since=2020-01-01T00:00:00Z")) == []


def test_the_cells_follow_moves_withdrawals_and_deletions(client: TestClient, db: Session) -> None:
    spread(db, [(60.0, 40.0), (76.9, 43.2), (68.8, 38.6)])
    db.execute(
        text("UPDATE capacities SET location = ST_SetSRID(ST_MakePoint(61, 41), 4326) WHERE ST_X(location) = 60")
    )
    db.execute(text("UPDATE capacities SET withdrawn_at = now() WHERE ST_X(location) = 76.9"))
    db.execute(text("DELETE FROM capacities WHERE ST_X(location) = 68.8"))
    db.commit()
    assert [dot["n"] for dot in dots(client, {Tile(0, 0, 0)})] == [1]
    db.execute(text("SELECT compact_capacity_cells()"))
    assert db.scalar(text("SELECT sum(n) FROM capacity_cells WHERE zoom = 7")) == 1
    assert db.scalar(text("SELECT count(*) FROM capacity_cells")) == 8
    # foreign keys lead on to the ledger, which refuses to be emptied
    db.execute(text("ALTER TABLE stock_movements DISABLE TRIGGER refuse_truncate"))
    db.execute(text("TRUNCATE capacities CASCADE"))
    assert db.scalar(text("SELECT count(*) FROM capacity_cells")) == 0


def test_an_update_that_moves_nothing_writes_no_cells(db: Session) -> None:
    spread(db, somewhere(5))
    before = db.scalar(text("SELECT count(*) FROM capacity_cells"))
    db.execute(text("UPDATE capacities SET quantity_available = 0"))
    assert db.scalar(text("SELECT count(*) FROM capacity_cells")) == before


def test_a_tile_with_too_many_points_is_gathered_and_loses_none(client: TestClient, db: Session) -> None:
    chance = random.Random(2)
    positions = [(chance.uniform(76.6, 76.7), chance.uniform(43.2, 43.3)) for _ in range(MOST_POINTS + 1)]
    spread(db, positions)
    found = list(dots(client, tiles_over(8, positions[:1])))
    assert sum(dot["n"] for dot in found) == len(positions)
    assert len(found) < MOST_POINTS


def test_a_tile_takes_the_filters_of_the_list(client: TestClient, db: Session) -> None:
    make_capacity(db, "Almaty")
    make_capacity(db, "Osh", country_iso3="KGZ", lon=72.8, lat=40.5)
    db.commit()
    for query in ("?country=KGZ", "?bbox=72,40,73,41", "?q=osh", "?near=72.8,40.5&within_km=20"):
        assert [dot["name"] for dot in dots(client, {tile_of(5, 72.8, 40.5), tile_of(5, 76.9, 43.2)}, query)] == [
            "Osh"
        ], query


def test_a_known_tile_costs_no_body_until_a_capacity_comes(client: TestClient, db: Session) -> None:
    spread(db, somewhere(2))
    first = client.get("/tiles/capacities/0/0/0.mvt")
    tag = {"If-None-Match": first.headers["etag"]}
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert client.get("/tiles/capacities/0/0/0.mvt", headers=tag).status_code == 304


def test_writers_of_one_cell_do_not_wait_for_one_another_nor_for_the_worker(db: Session, owner: Engine) -> None:
    spread(db, [(76.9, 43.2)])
    db.execute(text("SET lock_timeout = '1s'"))
    with Session(owner) as other, Session(owner) as worker:
        make_capacity(other)  # in the same cell, and not committed yet
        worker.execute(text("SET lock_timeout = '1s'"))
        worker.execute(text("SELECT compact_capacity_cells()"))
        make_capacity(db)
        db.commit()
        worker.commit()
        other.commit()
        worker.execute(text("SELECT compact_capacity_cells()"))
        worker.commit()
    assert db.execute(text("SELECT n FROM capacity_cells WHERE zoom = 0")).all() == [(3,)]
