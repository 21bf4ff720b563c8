"""Typing errors are forgiven in the words of records that the asker may read, and only in those."""

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_capacity, make_organisation


def count(client: TestClient, q: str, headers: dict[str, str]) -> int:
    return int(client.get("/api/v1/capacities", params={"q": q}, headers=headers).json()["count"])


def test_each_audience_has_its_own_words(client: TestClient, db: Session, cast: Cast) -> None:
    make_capacity(db, "Zhasyryn platoon", visibility="partners")
    make_capacity(db, "Qupiya battalion", visibility="centre")
    make_capacity(db, "Menshik regiment", visibility="own", organisation_id=make_organisation(db, "OWNER").id)
    db.commit()
    askers = {
        "nobody": {},
        "reader for Tajikistan": cast.person("reader", organisation="PARTNER", countries=("TJK",)),
        "reader": cast.person("reader", organisation="PARTNER"),
        "analyst": cast.person("analyst"),
        "owner": cast.person("contributor", organisation="OWNER"),
    }
    found = {who: [count(client, q, headers) for q in ("platoom", "batalionn")] for who, headers in askers.items()}
    assert found == {
        "nobody": [0, 0],
        "reader for Tajikistan": [0, 0],
        "reader": [1, 0],
        "analyst": [1, 1],
        "owner": [1, 0],
    }
    # what only one organisation reads is found as it is written; no vocabulary knows it
    assert count(client, "menshik", askers["owner"]) == 1
    assert not db.scalar(text("SELECT count(*) FROM search_words WHERE word = 'menshik'"))


def test_a_word_that_becomes_public_is_known_to_all(client: TestClient, db: Session) -> None:
    capacity = make_capacity(db, "Zhasyryn platoon", visibility="centre")
    db.commit()
    capacity.visibility = "public"
    db.commit()
    assert count(client, "platoom", {}) == 1
