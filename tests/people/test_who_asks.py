"""A session or a key says who asks; what is worth nothing any more is nobody, and a wrong key is told so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_event, make_key, make_session, make_user
from tests.waiting import soon

HOUR = timedelta(hours=1)


def titles(client: TestClient, headers: dict[str, str]) -> set[str]:
    return {event["title"] for event in client.get("/api/v1/events?limit=1000", headers=headers).json()["results"]}


def test_each_sees_what_is_meant_for_them(client: TestClient, db: Session, cast: Cast) -> None:
    for visibility in ("public", "partners", "centre", "own"):
        organisation = make_user(db, organisation="OWNER").organisation_id
        make_event(db, visibility, visibility=visibility, organisation_id=organisation)
    db.commit()
    askers = {
        "nobody": {},
        "partner": cast.person("reader", organisation="PARTNER"),
        "analyst": cast.person("analyst"),
        "owner": cast.person("contributor", organisation="OWNER"),
        "program": cast.program("records:read-partners"),
        "program without scope": cast.program(),
    }
    mine = {"public", "partners", "centre", "own"}
    seen = {name: titles(client, headers) & mine for name, headers in askers.items()}
    assert seen == {
        "nobody": {"public"},
        "partner": {"public", "partners"},
        "analyst": {"public", "partners", "centre"},
        "owner": {"public", "partners", "centre", "own"},
        "program": {"public", "partners"},
        "program without scope": {"public"},
    }


def test_a_right_for_one_country_shows_what_is_hidden_there_and_nowhere_else(
    client: TestClient, db: Session, cast: Cast
) -> None:
    make_event(db, "Kyrgyz", "KGZ", visibility="partners")
    make_event(db, "Kazakh", "KAZ", visibility="partners")
    db.commit()
    seen = titles(client, cast.person("reader", organisation="PARTNER", countries=("KGZ",)))
    assert "Kyrgyz" in seen
    assert "Kazakh" not in seen


def test_a_dead_session_is_nobody(client: TestClient, db: Session) -> None:
    make_event(db, "Hidden", visibility="partners")
    now = datetime.now(UTC)
    user = make_user(db, "reader")
    dead = [
        make_session(db, user, expires_at=now - HOUR),
        make_session(db, user, last_seen_at=now - 3 * HOUR),
        make_session(db, make_user(db, "reader", status="suspended")),
        "never-given",
    ]
    db.commit()
    for token in dead:
        assert "Hidden" not in titles(client, {"Cookie": f"session={token}"})


def test_a_key_that_is_worth_nothing_is_told_so(client: TestClient, db: Session) -> None:
    now = datetime.now(UTC)
    worthless = [
        f"Bearer {make_key(db, expires_at=now - HOUR)}",
        f"Bearer {make_key(db, revoked_at=now)}",
        "Bearer apk_unknown",
        "Bearer",
        "Basic YTpi",
    ]
    db.commit()
    for authorization in worthless:
        answer = client.get("/api/v1/events", headers={"Authorization": authorization})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_use_of_a_key_is_noted(client: TestClient, db: Session, cast: Cast) -> None:
    client.get("/api/v1/events", headers=cast.program("records:read-partners"))
    assert db.scalar(text("SELECT last_used_at IS NOT NULL FROM api_keys"))


def test_roles_that_need_two_factors_are_asleep_without_the_second(client: TestClient, db: Session) -> None:
    make_event(db, "Of the Centre", visibility="centre")
    token = make_session(db, make_user(db, "operator"), second_factor=False)
    db.commit()
    assert "Of the Centre" not in titles(client, {"Cookie": f"session={token}"})


def test_what_others_may_not_see_is_private_on_its_way(client: TestClient, cast: Cast) -> None:
    answer = client.get("/api/v1/events", headers=cast.person("reader"))
    assert answer.headers["cache-control"] == "private, no-cache"


def test_whoever_reads_does_not_wait_for_those_who_write(
    new_portal: Callable[..., TestClient], db: Session, owner: Engine, cast: Cast
) -> None:
    """That a session was used is noted by the pool for writing, and not noted where nobody there is free."""
    portal = new_portal(pool_size=1)
    reader = make_user(db, "reader")
    used = datetime.now(UTC) - timedelta(minutes=5)
    headers = {"Cookie": f"session={make_session(db, reader, last_seen_at=used)}"}
    ref = make_event(db, "Flood").ref
    operator = cast.person("operator") | {"If-Match": "*"}
    db.execute(text("SELECT FROM events WHERE ref = :ref FOR UPDATE"), {"ref": ref})
    with ThreadPoolExecutor() as others:
        writing = others.submit(
            portal.patch,
            f"/api/v1/events/{ref}",
            json={"exercise": True, "exercise_reason": "A drill"},
            headers=operator,
        )
        assert soon(lambda: count_waiting(owner), bool)
        assert portal.get("/api/v1/events", headers=headers).status_code == 200
        assert not writing.done()
        db.rollback()
        assert writing.result().status_code == 200


def count_waiting(owner: Engine) -> int:
    """In a transaction of its own each time: one and the same is told the same again."""
    ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    asked = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN ({ours})"
    with owner.connect() as connection:
        return int(connection.execute(text(asked)).scalar_one())
