"""What is measured: the addresses that are asked for, and the very statements the portal answers them with.

A case is many questions of one kind, so that neither the portal's memory nor the database's last page answers for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random
from typing import Any
from urllib.parse import urlencode

import psycopg

from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter
from app.maps.layers import CAPACITY_POINTS
from app.maps.queries.points import points
from app.maps.rules import Tile
from app.places.map_frame import HALF_WORLD, metres
from app.sql import Sql

LIST = "/api/v1/capacities"


@dataclass(frozen=True)
class Question:
    """One request, and the statement behind it."""

    path: str
    sql: Sql


@dataclass(frozen=True)
class Case:
    """Questions of one kind; `goal` is the share of the database's own speed that is to be reached.

    `fresh` questions are never answered out of the portal's memory. Tiles are few, and kept there as they are in use.
    """

    name: str
    title: str
    questions: Sequence[Question]
    goal: float | None
    fresh: bool = True


def cases(db: psycopg.Connection, many: int) -> list[Case]:
    """All that is measured, with `many` questions each where there are so many."""
    draw = Draw(db)
    return [
        Case("list", "list of 100 by type and country, with count", draw.many(many, draw.a_list), 0.40),
        Case("item", "one item", draw.many(many, draw.an_item), 0.12),
        Case("bbox", "bounding box and type, 100 rows", draw.many(many, draw.a_box), 0.45),
        Case("search", "search, the best 20", draw.many(many, draw.a_search), 0.70),
        Case("nearest", "the nearest 20 of a type", draw.many(many, draw.a_point), 0.35),
        *(case for zoom in (5, 7, 9) for case in tile_cases(zoom, draw.tiles(zoom))),
    ]


def tile_cases(zoom: int, questions: Sequence[Question]) -> list[Case]:
    return [
        Case(f"z{zoom}", f"tiles at zoom {zoom}", questions, 0.90, fresh=False),
        Case(f"z{zoom}-new", f"tiles at zoom {zoom}, each made anew", questions, None),
    ]


class Draw:
    """Draws questions by chance, always the same chance, from what is in the register."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.chance = Random(2013)
        (self.rows,) = column(db, "SELECT count(*) FROM capacities")
        self.refs = column(
            db,
            "SELECT ref FROM capacities TABLESAMPLE system (20) REPEATABLE (1) WHERE visibility = 'public' LIMIT 50000",
        )
        self.types = column(db, "SELECT code FROM bench_types ORDER BY code")
        self.countries = column(db, "SELECT iso3 FROM countries WHERE region ORDER BY iso3")
        self.spots = db.execute(
            "SELECT ST_X(location), ST_Y(location) FROM capacities TABLESAMPLE system (5) REPEATABLE (1) WHERE location IS NOT NULL LIMIT 5000"
        ).fetchall()
        self.texts = [*column(db, "SELECT names ->> lang FROM bench_towns, unnest(ARRAY['en', 'ru']) lang ORDER BY 1"),
                      *column(db, "SELECT names ->> lang FROM bench_types, unnest(ARRAY['en', 'ru']) lang ORDER BY 1")]  # fmt: skip

    def many(self, number: int, draw: Callable[[], Question]) -> list[Question]:
        return [draw() for _ in range(number)]

    def a_list(self) -> Question:
        asked = {"type": self.chance.choice(self.types), "country": self.chance.choice(self.countries)}
        return page(**asked, limit=self.chance.randint(96, 104))

    def an_item(self) -> Question:
        ref = self.chance.choice(self.refs)
        return Question(f"{LIST}/{ref}", CAPACITIES.one(ref, "en"))

    def a_box(self) -> Question:
        lon, lat = self.chance.choice(self.spots)
        size = self.chance.uniform(2, 5) * sqrt(1_000_000 / self.rows)  # so that most hold a hundred
        box = (max(lon - size, -180), max(lat - size, -90), min(lon + size, 180), min(lat + size, 90))
        return page(type=self.chance.choice(self.types), bbox=",".join(f"{edge:.4f}" for edge in box), limit=100)

    def a_point(self) -> Question:
        lon, lat = self.chance.choice(self.spots)
        near = f"{lon + self.chance.gauss(0, 0.3):.4f},{lat + self.chance.gauss(0, 0.3):.4f}"
        return page(type=self.chance.choice(self.types), near=near, limit=20)

    def a_search(self) -> Question:
        """A name or two of its words; every tenth has a letter left out."""
        words = self.chance.choice(self.texts).split()
        text = " ".join(words[: self.chance.randint(1, 3)])
        if self.chance.random() < 0.1:
            text = text[:3] + text[4:]
        return page(q=text, limit=20)

    def tiles(self, zoom: int) -> list[Question]:
        """Tiles that hold something, those that hold more oftener, as people look where there is something to see."""
        return [tile_question(tile_at(lon, lat, zoom)) for lon, lat in self.chance.sample(self.spots, len(self.spots))]


def page(**asked: Any) -> Question:
    where = CapacityFilter.model_validate({name: str(value) for name, value in asked.items()})
    statement = CAPACITIES.page(where, "en", CAPACITIES.turn(where, "en"))
    return Question(f"{LIST}?{urlencode(asked)}", statement)


def tile_question(tile: Tile) -> Question:
    return Question(
        f"/tiles/capacities/{tile.z}/{tile.x}/{tile.y}.mvt", points(CAPACITY_POINTS, CapacityFilter(), tile, "en")
    )


def tile_at(lon: float, lat: float, zoom: int) -> Tile:
    x, y = metres(lon, lat)
    size = 2 * HALF_WORLD / (1 << zoom)
    return Tile(zoom, int((HALF_WORLD + x) / size), int((HALF_WORLD - y) / size))


def column(db: psycopg.Connection, statement: str) -> list[Any]:
    return [value for (value,) in db.execute(statement.encode())]
