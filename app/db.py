"""The database: the ORM's base, the one transaction, and the door for hot reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from sqlalchemy import DateTime, Engine, MetaData, Text, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session

from app.settings import settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables. Text by language is a JSON object: {"en": "Kunduz", "ru": "Кундуз"}."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dict[str, str]: JSONB(none_as_null=True), datetime: DateTime(timezone=True), str: Text}


def sqlalchemy_url(url: str) -> str:
    """A libpq address as SQLAlchemy wants it: with the driver named."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


# Who waits for a row that somebody holds gives up before all threads wait for it; nobody holds one for a coffee
PATIENCE = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"


@cache
def engine(url: str | None = None, options: str = "") -> Engine:
    """The pool for writing; `url` is the serving role's unless another is named (migrations, seed)."""
    return create_engine(
        sqlalchemy_url(url or settings().database_url),
        pool_size=settings().pool_size,
        max_overflow=0,
        connect_args={"options": options} if options else {},
    )


@contextmanager
def transaction(on: Engine | None = None) -> Iterator[Session]:
    """One unit of work: commit if the block ends well, roll back if it raises."""
    with Session(on or engine(), expire_on_commit=False) as db, db.begin():
        yield db


def engine_of(app: FastAPI) -> Engine:
    """The pool that an application writes by."""
    return engine(app.state.settings.database_url, PATIENCE)


def write_session(request: Request) -> Iterator[Session]:
    with transaction(engine_of(request.app)) as db:
        yield db


# scope="function" commits before the answer is sent; without it a failing commit still answers 200
Db = Annotated[Session, Depends(write_session, scope="function")]

Json = dict[str, Any]
