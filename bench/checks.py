"""The answers that are timed are checked first: fast and wrong is no figure.

Each check asks the portal as a program does and compares with a statement of its own, plainer than the portal's.
"""

import json
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from app.commands.terminal import step
from bench.cases import Case
from bench.portal import HOST
from tests.maps.mvt import layers

MANY = 20  # questions of each case
SEEN = "visibility = 'public' AND withdrawn_at IS NULL"
COLUMN = "floor((ST_X(ST_Transform(location, 3857)) / 40075016.685578488 + 0.5) * %(tiles)s)"
ROW = "floor((0.5 - ST_Y(ST_Transform(location, 3857)) / 40075016.685578488) * %(tiles)s)"
HERE = "ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography"

Check = Callable[["Asker", psycopg.Connection, str, dict[str, str]], None]


class Asker:
    """A program that asks the portal."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection(HOST, port, timeout=30)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def json(self, path: str) -> Any:
        status, _, body = self.get(path)
        assert status == 200, (path, status, body[:300])
        return json.loads(body)


def check_answers(db: psycopg.Connection, port: int, cases: Sequence[Case]) -> None:
    """Raises AssertionError for the first answer that is not right."""
    asker = Asker(port)
    with step("Checking the answers"):
        check_documents(db)
        for case in cases:
            if case.name.startswith("z"):
                check_tiles(asker, db, int(case.name[1]))
            else:
                for question in case.questions[:MANY]:
                    CHECKS[case.name](asker, db, question.path, values_of(question.path))
        check_unchanged(asker, cases[0].questions[0].path)


def values_of(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def check_documents(db: psycopg.Connection) -> None:
    """The search documents that were filled in set by set are those that the trigger writes."""
    with db.transaction(force_rollback=True):
        rows = db.execute("SELECT id, search::text FROM capacities TABLESAMPLE system (1) LIMIT 100").fetchall()
        ids = [id for id, _ in rows]
        db.execute("UPDATE capacities SET updated_at = clock_timestamp() WHERE id = ANY (%s)", [ids])
        anew: dict[Any, str] = dict(
            db.execute("SELECT id, search::text FROM capacities WHERE id = ANY (%s)", [ids]).fetchall()
        )
    assert rows
    assert all(anew[id] == document for id, document in rows), "search documents differ from the trigger's"


def check_list(asker: Asker, db: psycopg.Connection, path: str, asked: dict[str, str]) -> None:
    """As many as there are, in the order of their names."""
    answer = asker.json(path)
    rows = db.execute(
        f"SELECT ref FROM capacities WHERE {SEEN} AND type_code = %(type)s AND country_iso3 = %(country)s"
        " ORDER BY lower(names ->> 'en'), id",
        asked,
    ).fetchall()
    assert answer["count"] == min(len(rows), 10_000), path
    assert [one["ref"] for one in answer["results"]] == [ref for (ref,) in rows[: int(asked["limit"])]], path


def check_item(asker: Asker, db: psycopg.Connection, path: str, asked: dict[str, str]) -> None:
    ref = path.rpartition("/")[2]
    names, quantity = db.execute("SELECT names, quantity FROM capacities WHERE ref = %s", [ref]).fetchone() or ({}, 0)
    answer = asker.json(path)
    assert (answer["ref"], answer["name"], answer["quantity"]) == (ref, names["en"], quantity), path


def check_box(asker: Asker, db: psycopg.Connection, path: str, asked: dict[str, str]) -> None:
    """What lies in the box; PostGIS compares boxes to a metre, so what stands on the very edge may be in or out."""
    inside, around = (in_box(db, asked, margin) for margin in (-1e-5, 1e-5))
    answer = asker.json(path)
    assert len(inside) <= answer["count"] <= len(around), path
    if inside == around:
        assert [one["ref"] for one in answer["results"]] == inside[:100], path


def in_box(db: psycopg.Connection, asked: dict[str, str], margin: float) -> list[str]:
    west, south, east, north = (float(edge) for edge in asked["bbox"].split(","))
    rows = db.execute(
        f"SELECT ref FROM capacities WHERE {SEEN} AND type_code = %s AND ST_X(location) BETWEEN %s AND %s"
        " AND ST_Y(location) BETWEEN %s AND %s ORDER BY lower(names ->> 'en'), id",
        [asked["type"], west - margin, east + margin, south - margin, north + margin],
    ).fetchall()
    return [ref for (ref,) in rows]


def check_search(asker: Asker, db: psycopg.Connection, path: str, asked: dict[str, str]) -> None:
    """The twenty with the highest rank of all that match: those with the same rank may stand for one another."""
    ranks = db.execute(
        f"SELECT ref, ts_rank(search, query) FROM capacities, search_query(%(q)s) query WHERE search @@ query AND {SEEN}"
        " ORDER BY 2 DESC",
        asked,
    ).fetchall()
    answer = asker.json(path)
    of: dict[str, float] = dict(ranks)
    assert answer["count"] == min(len(ranks), 10_000), path
    assert [of[one["ref"]] for one in answer["results"]] == [rank for _, rank in ranks[:20]], path


def check_nearest(asker: Asker, db: psycopg.Connection, path: str, asked: dict[str, str]) -> None:
    lon, lat = (float(part) for part in asked["near"].split(","))
    rows = db.execute(
        f"SELECT ref, ST_Distance(location::geography, {HERE}, false) FROM capacities"
        f" WHERE {SEEN} AND type_code = %(type)s AND location IS NOT NULL ORDER BY 2 LIMIT 20",
        {"lon": lon, "lat": lat, "type": asked["type"]},
    ).fetchall()
    assert [one["ref"] for one in asker.json(path)["results"]] == [ref for ref, _ in rows], path


CHECKS: dict[str, Check] = {
    "list": check_list, "item": check_item, "bbox": check_box, "search": check_search, "nearest": check_nearest,
}  # fmt: skip


def check_tiles(asker: Asker, db: psycopg.Connection, zoom: int) -> None:
    """Over a part of the world full of points: every one is counted in exactly one tile, so there are no holes."""
    size = 1 << (zoom - 3)
    first_x, first_y = 5 * size, 3 * size  # the tile 3/5/3, from the Caspian Sea to the Tian Shan, cut into its parts
    side = min(size, 12)
    found = sum(
        point["n"]
        for x in range(first_x, first_x + side)
        for y in range(first_y, first_y + side)
        for point in layers(tile(asker, zoom, x, y)).get("capacities", [])
    )
    (there,) = db.execute(
        f"SELECT count(*) FROM capacities WHERE {SEEN} AND location IS NOT NULL"
        f" AND {COLUMN} BETWEEN %(x)s AND %(x_end)s AND {ROW} BETWEEN %(y)s AND %(y_end)s",
        {"tiles": 1 << zoom, "x": first_x, "x_end": first_x + side - 1, "y": first_y, "y_end": first_y + side - 1},
    ).fetchone() or (0,)
    assert found == there > 0, f"zoom {zoom}: {found} of {there} points"


def tile(asker: Asker, z: int, x: int, y: int) -> bytes:
    status, _, body = asker.get(f"/tiles/capacities/{z}/{x}/{y}.mvt")
    assert status == 200, (z, x, y, status)
    return body


def check_unchanged(asker: Asker, path: str) -> None:
    """Whoever names the tag gets 304 and not a byte more."""
    _, headers, _ = asker.get(path)
    status, _, body = asker.get(path, if_none_match=headers["etag"])
    assert (status, body) == (304, b""), path
