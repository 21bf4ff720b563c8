"""Several at the same moment, on real connections as the serving role: one correction, one headline, nothing lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.cluster import SERVING, Cluster
from app.db import sqlalchemy_url, transaction
from app.figures import actions
from app.figures.models import Figure, Source
from app.figures.schemas import FigureCorrection, FigureIn
from app.permissions import By, Role, rights_of
from tests.make import make_event, make_figure, make_organisation, make_user

TOGETHER = 6


@pytest.fixture
def serving(cluster: Cluster, database: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(cluster.url(database, SERVING)), pool_size=TOGETHER)
    yield engine
    engine.dispose()


@pytest.fixture
def operator(db: Session) -> By:
    user, centre = make_user(db, "operator"), make_organisation(db, "CESDRR")
    db.commit()
    rights = rights_of([(Role.OPERATOR, ())])
    return By("person", "page", user.id, organisation_id=centre.id, organisation_code="CESDRR", rights=rights)


def together(act: Any) -> list[Any]:
    """What each of several who do it at once gets: its answer, or the error."""

    def one(n: int) -> Any:
        try:
            return act(n)
        except Exception as error:
            return error

    with ThreadPoolExecutor(TOGETHER) as threads:
        return list(threads.map(one, range(TOGETHER)))


def test_of_several_corrections_one_is_taken_and_the_others_are_told(
    serving: Engine, db: Session, operator: By
) -> None:
    event = make_event(db)
    figure = make_figure(db, event, as_of="2026-07-09")
    db.commit()

    def correct(n: int) -> int:
        with transaction(serving) as own:
            change = FigureCorrection(value=100 + n, reason="Read anew")
            return int(actions.supersede_figure(own, operator, event.ref, figure.id, change).value or 0)

    found = together(correct)
    taken = [one for one in found if isinstance(one, int)]
    assert len(taken) == 1
    refused = [str(one.detail) for one in found if isinstance(one, actions.Superseded)]
    assert len(refused) == TOGETHER - 1
    assert all(f"by {taken[0]} from" in one for one in refused)


def test_what_several_record_at_once_is_all_there_with_one_source_and_one_headline(
    serving: Engine, db: Session, operator: By
) -> None:
    event = make_event(db)
    db.commit()
    source = {"name": "Ministry, bulletin 3", "kind": "government"}

    def record(n: int) -> Any:
        with transaction(serving) as own:
            said = FigureIn.model_validate({"indicator": "dead", "value": n, "source": source, "as_of": "2026-07-09"})
            return actions.record_figure(own, operator, event.ref, said).id

    found = together(record)
    assert len(set(found)) == TOGETHER
    assert db.scalar(select(func.count()).select_from(Figure).where(Figure.event_id == event.id)) == TOGETHER
    assert db.scalar(select(func.count()).where(Source.name == source["name"])) == 1
    assert db.scalar(select(func.count()).where(Figure.event_id == event.id, Figure.is_headline)) == 1
