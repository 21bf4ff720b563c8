"""Where nobody acknowledges, the rules remind, tell whoever comes next, and tell the Centre: each step once."""

from threading import Thread

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.cluster import SERVING, Cluster
from app.db import engine, transaction
from app.warnings import escalation
from app.warnings.models import WarningStep
from tests.conftest import Cast, settings_for
from tests.make import make_user
from tests.warnings.warned import (
    AUTHORITY,
    acknowledge,
    cancel,
    issued,
    letters,
    line_of,
    make_desks,
    neighbour,
    put_back,
    recipients_of_mails,
)


def escalate(cluster: Cluster, database: str) -> None:
    """The job, as the background process does it: with the rights of the serving role."""
    config = settings_for(cluster, database)
    with transaction(engine(cluster.url(database, SERVING))) as db:
        escalation.escalate(db, config)


def done(db: Session) -> dict[str, int | None]:
    db.rollback()
    return {step.action: step.mails for step in db.scalars(select(WarningStep)) if step.done_at}


def test_nothing_is_done_before_its_time(
    client: TestClient, cast: Cast, db: Session, cluster: Cluster, database: str
) -> None:
    make_desks(db)
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    put_back(db, ref, 14)
    escalate(cluster, database)
    assert done(db) == {}
    assert len(letters(db)) == 1


def test_each_step_is_done_in_its_turn_and_once(
    client: TestClient, cast: Cast, db: Session, cluster: Cluster, database: str
) -> None:
    make_desks(db)
    make_user(db, "operator", email="operator@centre.example.org")
    operator = cast.person("operator", email=None)
    ref = issued(client, operator, AUTHORITY)["ref"]
    put_back(db, ref, 15.1)
    escalate(cluster, database)
    assert done(db) == {"remind": 1}
    assert letters(db)[-1].recipient == "duty@kg.example.org"
    put_back(db, ref, 15)
    escalate(cluster, database)
    assert done(db) == {"remind": 1, "tell_next": 1}
    assert letters(db)[-1].recipient == "focal@kg.example.org"
    put_back(db, ref, 15)
    for _again in range(3):
        escalate(cluster, database)
    assert done(db) == {"remind": 1, "tell_next": 1, "tell_centre": 1}
    assert letters(db)[-1].recipient == "operator@centre.example.org"
    assert f"/warnings/{ref}/board" in (letters(db)[-1].body or "")
    assert len(letters(db)) == 4
    line = line_of(client, operator, ref)
    assert line["late"] is True
    assert [step["mails"] for step in line["steps"]] == [1, 1, 1]


def test_an_acknowledgement_ends_it(
    client: TestClient, cast: Cast, db: Session, cluster: Cluster, database: str
) -> None:
    make_desks(db)
    bermet = neighbour(cast, email=None)
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    put_back(db, ref, 15.1)
    escalate(cluster, database)
    assert acknowledge(client, bermet, ref).status_code == 200
    put_back(db, ref, 60)
    escalate(cluster, database)
    assert done(db) == {"remind": 1, "tell_next": None, "tell_centre": None}
    assert recipients_of_mails(db) == ["duty@kg.example.org"] * 2


def test_a_cancelled_warning_reminds_nobody(
    client: TestClient, cast: Cast, db: Session, cluster: Cluster, database: str
) -> None:
    make_desks(db)
    operator = cast.person("operator")
    ref = issued(client, operator, AUTHORITY)["ref"]
    assert cancel(client, operator, ref).status_code == 201
    put_back(db, ref, 60)
    escalate(cluster, database)
    assert len(letters(db)) == 2, "the warning and its cancellation"
    assert line_of(client, operator, ref)["late"] is False


def test_two_processes_at_once_do_a_step_once(
    client: TestClient, cast: Cast, db: Session, cluster: Cluster, database: str
) -> None:
    make_desks(db)
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    put_back(db, ref, 15.1)
    workers = [Thread(target=escalate, args=(cluster, database)) for _one in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert done(db) == {"remind": 1}
    assert len(letters(db)) == 2


def test_a_process_that_dies_in_the_middle_leaves_the_step_to_the_next(
    client: TestClient, cast: Cast, db: Session, owner: Engine, cluster: Cluster, database: str
) -> None:
    make_desks(db)
    ref = issued(client, cast.person("operator"), AUTHORITY)["ref"]
    put_back(db, ref, 15.1)
    with Session(owner) as dying:
        escalation.escalate(dying, settings_for(cluster, database))
        dying.rollback()
    assert done(db) == {}
    assert len(letters(db)) == 1, "no mail is out without its step"
    escalate(cluster, database)
    assert done(db) == {"remind": 1}
