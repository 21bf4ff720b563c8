"""History can be proved: what was altered, removed, put in or cut off afterwards is found, even where an owner did it."""

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import history
from app.cluster import SERVING, SUPERUSER, Cluster
from app.permissions import PORTAL
from app.trail import actions
from app.trail.verification import verify


def write(db: Session, times: int = 3) -> None:
    for number in range(times):
        history.record(db, PORTAL, "changed", "events", None, ref=f"EV-{number}", after={"n": number, "text": "Мәтін"})
    db.commit()


def seal(db: Session) -> int:
    sealed = actions.seal(db)
    db.commit()
    return sealed


@pytest.fixture
def tamper(cluster: Cluster, database: str) -> Callable[[str], None]:
    """What only somebody can do who has the whole database server in hand."""

    def do(statement: str) -> None:
        with psycopg.connect(cluster.url(database, SUPERUSER), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)

    return do


def test_an_honest_chain_is_whole(db: Session) -> None:
    write(db)
    assert seal(db) == 3
    write(db, 1)
    assert seal(db) == 1
    verdict = verify(db)
    assert (verdict.links, verdict.problems, verdict.waiting) == (4, [], [])


def test_rows_that_wait_are_named(db: Session) -> None:
    write(db)
    seal(db)
    write(db, 2)
    verdict = verify(db)
    assert verdict.problems == []
    assert verdict.waiting == [4, 5]


def test_a_writer_that_commits_late_is_sealed_after_those_who_were_quicker(db: Session, owner: object) -> None:
    write(db, 1)
    with Session(owner) as slow:  # type: ignore[call-overload]
        history.record(slow, PORTAL, "changed", "events", None, ref="slow")
        write(db, 1)
        assert seal(db) == 2
        slow.commit()
    assert seal(db) == 1
    assert verify(db).problems == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE history SET after = '{\"n\": 7}' WHERE id = 2",
            "Row 2 was changed after it had been sealed (link 2).",
        ),
        ("UPDATE history SET at = at + interval '1 microsecond' WHERE id = 2", "Row 2 was changed"),
        ("UPDATE history SET actor_id = gen_random_uuid() WHERE id = 3", "Row 3 was changed"),
        ("DELETE FROM history WHERE id = 2", "Row 2 was deleted (link 2)."),
        ("DELETE FROM history_seals WHERE position = 2", "Links 2 to 2 are gone."),
        (
            "DELETE FROM history_seals WHERE position = 3; DELETE FROM history WHERE id = 3",
            "is gone: the chain was cut off.",
        ),
        ("UPDATE history_seals SET digest = sha256('x') WHERE position = 1", "Link 1 does not follow"),
        (
            (
                "INSERT INTO history (actor_kind, means, request_id, action, noun, ref, visibility, reason) "
                "VALUES ('portal', 'job', '', 'changed', 'events', 'EV-9', 'public', '')"
            ),
            "Row 4 was put beside the chain",
        ),
        ("UPDATE personal_values SET value = 'Somebody else'", "is not the one that history speaks of"),
    ],
)
def test_any_tampering_is_found_and_named(
    db: Session, tamper: Callable[[str], None], statement: str, sentence: str
) -> None:
    write(db)
    history.personal(db, db.scalar(text("SELECT uuid_v7()")), "Aigerim")  # type: ignore[arg-type]
    seal(db)
    head = (3, db.scalar(text("SELECT encode(hash, 'hex') FROM history_seals WHERE position = 3")))
    assert verify(db, head).problems == []
    tamper(statement)
    db.rollback()
    assert any(sentence in problem for problem in verify(db, head).problems), verify(db, head).problems


def test_a_chain_written_anew_from_a_false_row_is_found_by_the_published_head(
    db: Session, tamper: Callable[[str], None]
) -> None:
    write(db)
    seal(db)
    kept = db.scalar(text("SELECT encode(hash, 'hex') FROM history_seals WHERE position = 3"))
    tamper("UPDATE history SET ref = 'EV-0' WHERE id = 3")
    tamper("DELETE FROM history_seals; INSERT INTO history_unsealed SELECT id FROM history")
    db.rollback()
    seal(db)
    assert verify(db).problems == []
    assert verify(db, (3, str(kept))).problems == ["Link 3 is not the head you gave: the chain was written anew."]


def test_the_head_of_each_day_that_is_over_is_published_once(
    client: TestClient, db: Session, tamper: Callable[[str], None]
) -> None:
    write(db)
    seal(db)
    tamper("UPDATE history_seals SET sealed_at = sealed_at - interval '1 day' WHERE position <= 2")
    db.rollback()
    write(db, 1)
    seal(db)
    heads = client.get("/api/v1/history/heads").json()
    assert [day["position"] for day in heads["days"]] == [2]
    assert heads["current"]["position"] == 4
    assert heads["days"][0]["hash"] in client.get("/history/heads").text


@pytest.mark.parametrize("table", ["history", "history_seals", "history_heads"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_serving_role_may_only_add(cluster: Cluster, database: str, table: str, statement: str) -> None:
    column = {"history": "ref", "history_seals": "hash", "history_heads": "hash"}[table]
    with (
        psycopg.connect(cluster.url(database, SERVING)) as serving,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        serving.execute(statement.format(table, column, column))  # type: ignore[arg-type]


@pytest.mark.parametrize("statement", ["UPDATE history SET ref = ''", "DELETE FROM history", "TRUNCATE history"])
def test_not_even_the_owner_alters_history(db: Session, statement: str) -> None:
    write(db)
    with pytest.raises(Exception, match="append-only"):
        db.execute(text(statement))


def test_what_is_personal_can_be_erased_and_not_be_put_back(db: Session) -> None:
    subject = db.scalar(text("SELECT uuid_v7()"))
    history.record(db, PORTAL, "changed", "contacts", subject, after={"name": history.personal(db, subject, "Aigerim")})  # type: ignore[arg-type]
    db.commit()
    seal(db)
    assert "Aigerim" not in str(db.scalars(text("SELECT after FROM history")).all())
    db.execute(text("UPDATE personal_values SET value = NULL, salt = NULL, erased_at = now()"))
    db.commit()
    assert verify(db).problems == []
    with pytest.raises(Exception, match="only be erased"):
        db.execute(text("UPDATE personal_values SET value = 'Aigerim', salt = 'x'"))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO history_seals (position, history_id, digest, hash) VALUES (9223372036854775807, 9, sha256('x'), sha256('y'))",
        "INSERT INTO history_seals (position, history_id, digest, hash) VALUES (4, 9, sha256('x'), sha256('y'))",
        "INSERT INTO history_heads (day, position, hash) VALUES (current_date + 1, 3, (SELECT hash FROM history_seals WHERE position = 3))",
        "INSERT INTO history_heads (day, position, hash) VALUES (current_date - 1, 3, sha256('z'))",
        "DELETE FROM personal_values",
    ],
)
def test_the_serving_role_neither_links_out_of_turn_nor_publishes_what_is_no_head(
    cluster: Cluster, database: str, db: Session, statement: str
) -> None:
    write(db)
    seal(db)
    with (
        psycopg.connect(cluster.url(database, SERVING)) as serving,
        pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)),
    ):
        serving.execute(statement)  # type: ignore[arg-type]


def test_nobody_dates_a_row_back(db: Session) -> None:
    db.add(history.History(
        at=datetime(2020, 1, 1, tzinfo=UTC), actor_kind="portal", means="job", request_id="", action="changed",
        noun="events", ref="", visibility="public", reason="",
    ))  # fmt: skip
    db.flush()
    assert db.scalar(text("SELECT at > now() - interval '1 minute' FROM history"))
