"""What no fact can be is refused by the database, whoever writes: NaN, a place off the earth, a name that is no text."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.cluster import SERVING, Cluster
from tests.make import make_capacity, make_event, make_figure, make_lot, make_position


def refused(db: Session, statement: str, **values: object) -> str:
    """What the database says to a statement that it refuses."""
    with pytest.raises(DBAPIError) as refusal, db.begin_nested():
        db.execute(text(statement), values)
    return str(refusal.value.orig)


@pytest.mark.parametrize(
    "change",
    [
        "quantity = 'NaN'",
        "quantity = 'Infinity'",
        "quantity_available = 'NaN'",
        "transport_weight_kg = 'NaN'",
        "transport_volume_m3 = 'Infinity'",
        "verified_at = 'infinity'",
        "location = ST_SetSRID(ST_MakePoint('NaN', 43), 4326)",
        "location = ST_SetSRID(ST_MakePoint(500, 43), 4326)",
        "location = ST_SetSRID(ST_MakePoint(76, '-Infinity'), 4326)",
        "location = ST_GeomFromText('POINT EMPTY', 4326)",
        """names = '{"en": 5}'""",
        """names = '{"en": null}'""",
        """names = '{"en": ""}'""",
        """names = '{"en": "Team", "ru": ["Команда"]}'""",
        """names = '["en"]'""",
        """description = '{"en": 7}'""",
    ],
)
def test_a_capacity_is_a_finite_thing_somewhere_on_earth_with_a_name(db: Session, change: str) -> None:
    make_capacity(db)
    assert refused(db, f"UPDATE capacities SET {change}")


@pytest.mark.parametrize(
    "change",
    [
        "started_at = '-infinity'",
        "ended_at = 'infinity'",
        "ended_at = started_at - interval '1 second'",
        "geometry = ST_GeomFromText('POLYGON EMPTY', 4326)",
        "geometry = ST_GeomFromText('POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))', 4326)",
        "geometry = ST_GeomFromText('POLYGON((170 0, 190 0, 190 10, 170 0))', 4326)",
        """titles = '{"en": "Flood", "ru": {"a": "b"}}'""",
    ],
)
def test_an_event_has_its_times_and_its_place(db: Session, change: str) -> None:
    make_event(db)
    assert refused(db, f"UPDATE events SET {change}")


@pytest.mark.parametrize(
    "change",
    [
        "value = 'NaN'",
        "value = 'Infinity'",
        "value = -1",
        "value = NULL, qualifier = 'range', low = 5, high = 3",
        "value = NULL, qualifier = 'range', low = 5, high = 'Infinity'",
        "value = NULL, qualifier = 'range', low = 'NaN', high = 'NaN'",
        "as_of = 'infinity'",
    ],
)
def test_a_figure_is_a_number_of_people(db: Session, change: str) -> None:
    make_figure(db, make_event(db))
    assert refused(db, f"UPDATE figures SET {change}")


@pytest.mark.parametrize(
    ("kind", "quantity"),
    [("receipt", "NaN"), ("receipt", "Infinity"), ("receipt", "-1"), ("issue", "1"), ("issue", "-Infinity")],
)
def test_the_ledger_takes_no_movement_that_is_none(db: Session, kind: str, quantity: str) -> None:
    lot = make_lot(db, make_position(db), "L1", 5).id
    assert refused(
        db,
        "INSERT INTO stock_movements (lot_id, kind, quantity, moved_at) VALUES (:lot, :kind, CAST(:quantity AS numeric), now())",
        lot=lot, kind=kind, quantity=quantity,
    )  # fmt: skip


def test_a_reversal_undoes_one_movement_of_its_lot_wholly(db: Session) -> None:
    lot = make_lot(db, make_position(db), "L1", 100)
    other = make_lot(db, make_position(db, "rope"), "L1", 100)
    receipt = db.scalar(text("SELECT id FROM stock_movements WHERE lot_id = :lot"), {"lot": lot.id})
    statement = "INSERT INTO stock_movements (lot_id, kind, quantity, moved_at, reverses_id) VALUES (:lot, 'reversal', :n, now(), :of)"
    assert "wholly" in refused(db, statement, lot=lot.id, n=-99, of=receipt)
    assert "wholly" in refused(db, statement, lot=other.id, n=-100, of=receipt)
    db.execute(text(statement), {"lot": lot.id, "n": -100, "of": receipt})


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE events ADD x int",
        "TRUNCATE stock_movements",
        "DELETE FROM stock_movements",
        "UPDATE stock_movements SET demonstration = true",
        "DELETE FROM layer_changes",
        "DELETE FROM search_words",
        "UPDATE capacity_cells SET n = 0",
        "DELETE FROM capacity_cells",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE mine (id int)",
        "SET ROLE portal_owner",
        "SET session_replication_role = replica",
    ],
)
def test_the_serving_role_neither_alters_nor_forgets(cluster: Cluster, database: str, statement: str) -> None:
    with (
        psycopg.connect(cluster.url(database, SERVING)) as serving,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        serving.execute(statement)
