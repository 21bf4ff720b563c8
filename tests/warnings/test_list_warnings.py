"""GET /api/v1/warnings: found by what they say, where they hold and how grave they are; in every format."""

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from seed.demonstration.removal import remove_demonstration
from tests.conftest import Cast
from tests.make import make_event
from tests.warnings.warned import AUTHORITY, acknowledge, issued, neighbour

SQUARE = {"type": "Polygon", "coordinates": [[[70, 40], [71, 40], [71, 41], [70, 41], [70, 40]]]}


ASKED: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["flood", "mudflow"]),
    ({"q": "Almarasan"}, ["mudflow"]),
    ({"q": "сель Алмарасан"}, ["mudflow"]),
    ({"severity": "extreme,minor"}, ["flood"]),
    ({"urgency": "immediate"}, ["flood", "mudflow"]),
    ({"certainty": "observed"}, []),
    ({"hazard": "FL"}, ["flood"]),
    ({"country": "KGZ"}, ["flood"]),
    ({"area": "KZ-75"}, ["mudflow"]),
    ({"status": "exercise"}, ["flood"]),
    ({"state": "in_force,expired"}, ["flood", "mudflow"]),
    ({"state": "draft"}, []),
    ({"msg_type": "alert", "active": "true"}, ["flood", "mudflow"]),
    ({"bbox": "70.5,40.5,70.6,40.6"}, ["flood"]),
    ({"near": "70.5,40.5", "within_km": "10"}, ["flood"]),
    ({"ordering": "severity"}, ["mudflow", "flood"]),
    ({"ordering": "-severity"}, ["flood", "mudflow"]),
]


def test_warnings_are_found(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    names = {issued(client, operator)["ref"]: "mudflow"}
    other = {"hazard": "FL", "severity": "extreme", "countries": ["KGZ"], "areas": [], "status": "exercise"}
    said = {"headlines": {"en": "The Chu rises"}, "instructions": {}}
    names[issued(client, operator, geometry=SQUARE, **said, **other)["ref"]] = "flood"
    for asked, found in ASKED:
        answer = client.get("/api/v1/warnings", params=asked)
        assert answer.status_code == 200, answer.text
        refs = [names[one["ref"]] for one in answer.json()["results"]]
        assert (refs if "ordering" in asked else sorted(refs)) == found, asked
        assert answer.json()["count"] == len(found), asked


def test_warnings_of_an_event_are_found_by_its_id_or_ref(client: TestClient, cast: Cast, db: Session) -> None:
    event = make_event(db)
    db.commit()
    operator = cast.person("operator")
    ref = issued(client, operator, event=event.ref)["ref"]
    issued(client, operator)
    for named in (event.ref, event.ref.lower(), str(event.id)):
        found = client.get("/api/v1/warnings", params={"event": named}).json()["results"]
        assert [one["ref"] for one in found] == [ref]


@pytest.mark.parametrize("format", ["json", "geojson", "csv", "xlsx"])
def test_they_come_in_every_format(client: TestClient, cast: Cast, format: str) -> None:
    issued(client, cast.person("operator"), geometry=SQUARE)
    answer = client.get("/api/v1/warnings", params={"format": format})
    assert answer.status_code == 200
    if format == "geojson":
        assert answer.json()["features"][0]["geometry"]["type"] == "Polygon"
    if format == "csv":
        header, line = answer.text.splitlines()
        assert "headline" in header
        assert "Mudflow expected" in line


def test_an_unknown_value_is_refused_with_what_is_possible(client: TestClient) -> None:
    answer = client.get("/api/v1/warnings", params={"severity": "dreadful"})
    assert answer.status_code == 422
    assert "extreme" in answer.json()["detail"]


def test_what_was_invented_goes_with_the_demonstration_and_nothing_else(
    client: TestClient, cast: Cast, db: Session
) -> None:
    invented, operator = cast.person("operator", demonstration=True), cast.person("operator")
    visitor = neighbour(cast, demonstration=True)
    first = issued(client, invented, AUTHORITY)["ref"]
    acknowledge(client, visitor, first)
    update = client.post(f"/api/v1/warnings/{first}/update", json={}, headers=operator).json()
    assert update["demonstration"] is True
    real = issued(client, operator, AUTHORITY)["ref"]
    acknowledge(client, visitor, real)
    remove_demonstration(db)
    db.commit()
    left = client.get("/api/v1/warnings", headers=operator).json()["results"]
    assert [one["ref"] for one in left] == [real]
