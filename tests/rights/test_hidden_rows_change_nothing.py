"""Rows that an asker may not see change nothing that they are answered: no list, count, facet, tile, search, file, page, tag or error.

Everything is asked before hidden rows are planted, after that, after they were changed, and after they were deleted, and
compared byte for byte. The portal keeps no answers here, so that each is made anew; that kept ones stay good is asked of
the versions they depend on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.people.models import Contact
from tests.conftest import Cast
from tests.make import (
    make_capacity,
    make_event,
    make_figure,
    make_glide,
    make_item,
    make_lot,
    make_organisation,
    make_position,
    make_source,
    make_warehouse,
)
from tests.maps.test_capacity_tiles import tile_of
from tests.waiting import soon

LON, LAT = 66.9, 48.02  # in the steppe, where nothing else stands
BOX = f"bbox={LON - 1},{LAT - 1},{LON + 1},{LAT + 1}"
NEAR = f"near={LON},{LAT}"
SINCE = "updated_since=2026-01-01T00:00:00Z"
REFS = {"capacities": "CA-7777777", "events": "EV-2026-7777", "stock": "ST-777777"}
NOT_SAID = {"x-request-id", "date", "server-timing", "ratelimit", "ratelimit-policy"}

EXAMPLES = 2  # the first is always the plainest

Headers = Mapping[str, str]
Answer = tuple[int, dict[str, str], Any]


@dataclass(frozen=True)
class Hidden:
    """What is planted: rows of an organisation that none of the askers belongs to, in Kazakhstan."""

    visibility: str
    word: str
    withdrawn: bool
    status: str
    quantity: int


words = st.text("abdeiklmnorstuz", min_size=5, max_size=10)


def hidden(visibility: str) -> st.SearchStrategy[Hidden]:
    return st.builds(
        Hidden, st.just(visibility), words, st.booleans(), st.sampled_from(["alert", "ongoing", "closed"]), st.integers(0, 50)
    )  # fmt: skip


@pytest.fixture
def shown(db: Session) -> dict[str, str]:
    """What everybody sees: some of each noun, near and far from where rows are hidden."""
    make_organisation(db, "SECRET", country_iso3="KAZ")
    make_capacity(db, "Rescue team with dogs", lon=LON + 0.4, lat=LAT)
    make_capacity(db, "Pumps", type_code="pump-motor", unit_code="set", location=None)
    capacity = make_capacity(db, "Hospital", lon=71.4, lat=51.1)
    event = make_event(
        db, "Flood on the Nura", geometry=f"SRID=4326;POINT({LON - 0.3} {LAT})", started_at="2026-03-01T00:00:00Z"
    )
    make_glide(db, event, "FL-2026-000001-KAZ")
    make_figure(db, event)
    make_item(db, "tent")
    make_warehouse(db, "WH-STEPPE", lon=LON, lat=LAT)
    position = make_position(db, "blanket", "WH-STEPPE")
    make_lot(db, position, "L1", 10)
    db.commit()
    return {"capacities": capacity.ref, "events": event.ref, "stock": position.ref}


def questions(shown: dict[str, str], word: str) -> list[str]:
    """Every kind of question there is; `word` stands in hidden rows only."""
    misspelt = [word[:-1] + "o", word[1:], word[:2] + word[3:], "rezcue", "hoszital", word]
    asked = [
        "",
        BOX,
        NEAR,
        f"{NEAR}&within_km=50",
        "limit=1",
        "ordering=-updated_at",
        "ordering=created_at",
        "country=KAZ",
        SINCE,
    ]
    lists = [f"/api/v1/{noun}?{query}" for noun in REFS for query in asked]
    files = [f"/api/v1/{noun}?format={format}" for noun in REFS for format in ("csv", "xlsx", "geojson")]
    facets = [f"/api/v1/{noun}/facets?{query}" for noun in REFS for query in ("", BOX, "country=KAZ", SINCE)]
    searches = [f"/api/v1/{noun}?q={q}" for noun in REFS for q in misspelt] + [f"/search?q={q}" for q in misspelt]
    records = [f"/api/v1/{noun}/{ref}" for refs in (shown, REFS) for noun, ref in refs.items()]
    below = [
        f"/api/v1/events/{ref}/{what}" for ref in (shown["events"], REFS["events"]) for what in ("figures", "history")
    ]
    below += [f"/api/v1/capacities/{REFS['capacities']}/{what}" for what in ("history", "contacts")]
    pages = [
        "/",
        "/about",
        "/events",
        "/capacities",
        "/stock",
        "/organisations",
        "/organisations/SECRET",
        "/places",
        "/places/KZ",
        "/map",
    ]
    pages += [f"/{noun}/{ref}" for refs in (shown, REFS) for noun, ref in refs.items()]
    reference = [f"/api/v1/reference/{name}" for name in ("sources", f"sources?q={word}", "organisations")]
    reference += [
        f"/api/v1/events/{shown['events']}/figures?source={code}" for code in ("SECRET-SOURCE", "SECRET-SOURCF")
    ]
    reference += ["/api/v1/stock?item=tentt", "/api/v1/events?glide=FL-2026-777777-KAZ", "/api/v1/capacities?cursor=x"]
    people = ["/api/v1/contacts", "/directory", "/api/v1/contacts?organisation=SECRET"]
    tiles = [f"{address(noun, zoom)}{query}" for noun in ("capacities", "events") for zoom in (0, 4, 7, 9, 14)
             for query in ("", "?country=KAZ")]  # fmt: skip
    return [*lists, *files, *facets, *searches, *records, *below, *pages, *reference, *people, *tiles, "/health/ready"]


def address(noun: str, zoom: int) -> str:
    tile = tile_of(zoom, LON, LAT)
    return f"/tiles/{noun}/{tile.z}/{tile.x}/{tile.y}.mvt"


def ask(client: TestClient, path: str, headers: Headers) -> Answer:
    answer = client.get(path, headers=dict(headers))
    said = {name: value for name, value in answer.headers.items() if name not in NOT_SAID}
    if "spreadsheetml" in said.get("content-type", ""):
        book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
        return answer.status_code, said, book.get_sheet_by_index(0).to_python()
    body = re.sub(rb'"instance": ?"[^"]*"', b"", answer.content)
    if "/directory" in path:  # whose pages tell what time it is there now
        body, said = re.sub(rb"\b\d\d:\d\d\b", b"", body), {name: text for name, text in said.items() if name != "etag"}
    return answer.status_code, said, body


def ask_all(client: TestClient, askers: Mapping[str, Headers], paths: list[str]) -> dict[tuple[str, str], Answer]:
    return {(who, path): ask(client, path, headers) for who, headers in askers.items() for path in paths}


def plant(db: Session, what: Hidden) -> list[Any]:
    """One of each noun, with all that hangs on it. Its words begin as others are misspelt: who knew them would not look further."""
    owner = make_organisation(db, "SECRET").id
    name, seen = f"{what.word} hoszital{what.word} rezcue{what.word}", {"visibility": what.visibility}
    gone = {"withdrawn_at": datetime.now(UTC)} if what.withdrawn else {}
    capacity = make_capacity(
        db, name, lon=LON, lat=LAT, ref=REFS["capacities"], organisation_id=owner, quantity=what.quantity,
        quantity_available=0, base_place={"en": what.word}, demonstration=True, **seen, **gone,
    )  # fmt: skip
    event = make_event(
        db, name, ref=REFS["events"], organisation_id=owner, status=what.status, geometry=f"SRID=4326;POINT({LON} {LAT})",
        summary={"en": what.word}, demonstration=True, **seen, **gone,
    )  # fmt: skip
    glide = make_glide(db, event, "FL-2026-777777-KAZ")
    source = make_source(db, "SECRET-SOURCE", name=what.word)
    figure = make_figure(db, event, source_id=source.id, value=what.quantity)
    position = make_position(db, "tent", "WH-STEPPE", ref=REFS["stock"], owner_id=owner, **seen)
    contacts = [
        Contact(organisation_id=owner, kind="duty_officer", name=what.word, phones=["+7 700 000 00 00"], **seen),
        Contact(organisation_id=owner, kind="capacity", capacity_id=capacity.id, name=what.word, **seen),
    ]
    db.add_all(contacts)
    db.commit()
    return [*contacts, figure, source, glide, capacity, position, event]


def change(db: Session, planted: list[Any], what: Hidden) -> None:
    *contacts, _figure, source, _glide, capacity, _position, event = planted
    capacity.names, capacity.location = {"en": f"{what.word[::-1]} platoon"}, f"SRID=4326;POINT({LON + 0.4} {LAT})"
    capacity.status, capacity.withdrawn_at = "unavailable", None if what.withdrawn else datetime.now(UTC)
    event.titles, event.alert_level = {"en": what.word[::-1]}, "red"
    source.name = what.word[::-1]
    for contact in contacts:
        contact.name = what.word[::-1]
    db.commit()


def delete(db: Session, planted: list[Any]) -> None:
    for row in planted:
        db.delete(row)
        db.flush()
    db.commit()


def versions(db: Session, audiences: tuple[str, ...]) -> list[tuple[str, int]]:
    """What kept answers depend on."""
    rows = db.execute(text("SELECT layer, sum(bumps) FROM layer_changes GROUP BY layer ORDER BY layer")).all()
    return [(layer, bumps) for layer, bumps in rows if "/" not in layer or layer.endswith(audiences)]


@pytest.fixture
def blind(cast: Cast) -> dict[str, dict[str, Headers]]:
    """Whoever may not see what is for partners, for the Centre, for its owners: one of each whose statements differ."""
    return {
        "partners": {
            "nobody": {},
            "key without a scope": cast.program(organisation="PARTNER"),
            "reader for Tajikistan": cast.person("reader", organisation="PARTNER", countries=("TJK",)),
        },
        "centre": {
            "reader": cast.person("reader", organisation="PARTNER"),
            "operator for Tajikistan": cast.person("operator", countries=("TJK",)),
        },
        "own": {
            "administrator": cast.person("administrator"),
            "key of the Centre": cast.program("records:read-centre", "capacities:write-any", organisation="CESDRR"),
        },
    }


@pytest.fixture
def forgetful(new_portal: Callable[..., TestClient], db: Session, shown: dict[str, str]) -> TestClient:
    """A portal that keeps no answers, and has heard of all that is shown."""
    portal = new_portal(cache_mb=0)
    heard = portal.app.state.reader.versions  # type: ignore[attr-defined]
    soon(lambda: sorted(heard.now.bumps.items()), lambda bumps: bumps == versions(db, ("/partners", "/centre", "/own")))
    return portal


def settle(client: TestClient, db: Session) -> None:
    """Until nobody is at work any more: `synced_to` waits for whoever was when the portal heard of the last change."""
    changed = db.scalar(
        text("SELECT max(changed_at) FROM layer_changes WHERE layer IN ('capacities', 'people', 'places', 'reference')")
    )
    assert changed
    db.execute(text("SELECT pg_notify('layer_changes', '')"))
    db.commit()
    said = f"{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    assert soon(lambda: client.get("/api/v1/capacities").json()["synced_to"], lambda told: told == said) == said


AUDIENCES = {"partners": (), "centre": ("/partners",), "own": ("/partners", "/centre")}


def differences(before: dict[tuple[str, str], Answer], after: dict[tuple[str, str], Answer]) -> list[str]:
    """Which answers differ, and how they begin to."""
    found = []
    for (who, path), (status, said, body) in before.items():
        now_status, now_said, now = after[who, path]
        if (status, said) != (now_status, now_said):
            found.append(f"{who} {path}: {status} {said} became {now_status} {now_said}")
        if body != now:
            at = next((n for n, (one, other) in enumerate(zip(body, now, strict=False)) if one != other), -1)
            found.append(f"{who} {path}: at {at} {body[at - 40 : at + 80]!r} became {now[at - 40 : at + 80]!r}")
    return found


@pytest.mark.parametrize("visibility", ["partners", "centre", "own"])
def test_nothing_tells_of_rows_that_are_hidden(
    forgetful: TestClient, db: Session, blind: dict[str, dict[str, Headers]], shown: dict[str, str], visibility: str
) -> None:
    askers = blind[visibility]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(what=hidden(visibility))
    def compare(what: Hidden) -> None:
        paths = questions(shown, what.word)
        settle(forgetful, db)
        before, kept = ask_all(forgetful, askers, paths), versions(db, AUDIENCES[visibility])
        planted = plant(db, what)
        try:
            for alter in (lambda: None, lambda: change(db, planted, what)):
                alter()
                assert differences(before, ask_all(forgetful, askers, paths)) == []
                assert versions(db, AUDIENCES[visibility]) == kept
        finally:  # whatever differed, the same can be tried again
            delete(db, planted)
        assert differences(before, ask_all(forgetful, askers, paths)) == []
        assert versions(db, AUDIENCES[visibility]) == kept

    compare()


def test_the_questions_do_reach_what_is_hidden(
    forgetful: TestClient, db: Session, cast: Cast, shown: dict[str, str]
) -> None:
    """Whose rows they are is answered otherwise nearly everywhere: so the questions above would have found them."""
    owner = {"owner": cast.person("contributor", organisation="SECRET")}
    what = Hidden("own", "zhasyryn", withdrawn=False, status="ongoing", quantity=7)
    paths = questions(shown, what.word)
    before = ask_all(forgetful, owner, paths)
    plant(db, what)
    after = ask_all(forgetful, owner, paths)
    reached = {path for who, path in before if before[who, path] != after[who, path]}
    assert len(reached) > 0.7 * len(paths)
    assert {"/", "/about", "/map", "/api/v1/reference/sources", "/places", "/directory"} <= reached


def test_nothing_tells_of_an_exact_base_that_is_hidden(
    forgetful: TestClient, db: Session, cast: Cast, shown: dict[str, str]
) -> None:
    """It is put where it was not known before, behind the back of the triggers: only what the base itself says can differ."""
    owner = make_organisation(db, "SECRET").id
    guarded = make_capacity(db, "Guarded", location=None, organisation_id=owner, base_visibility="centre")
    db.commit()
    askers: dict[str, Headers] = {
        "nobody": {},
        "reader": cast.person("reader", organisation="PARTNER"),
        "analyst for Tajikistan": cast.person("analyst", countries=("TJK",)),
    }
    paths = questions(shown | {"capacities": guarded.ref}, "zhasyryn")
    soon(lambda: ask(forgetful, "/api/v1/capacities?q=guarded", {})[2], lambda body: b'"count": 1' in body)
    before = ask_all(forgetful, askers, paths)
    db.execute(text("ALTER TABLE capacities DISABLE TRIGGER USER"))
    db.execute(
        text("""UPDATE capacities SET exact_location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326),
                       exact_place = '{"en": "zhasyryn"}' WHERE id = :id"""),
        {"lon": LON, "lat": LAT, "id": guarded.id},
    )
    db.execute(text("ALTER TABLE capacities ENABLE TRIGGER USER"))
    db.commit()
    assert differences(before, ask_all(forgetful, askers, paths)) == []
