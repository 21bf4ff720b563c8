"""The seed's CSV files, and how their rows reach the tables: what is there already and equal is left alone."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import null, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import Base

HERE = Path(__file__).parent
LANGUAGES = ("en", "ru", "kk", "ky", "fa-AF", "ps", "tg", "uz", "tk", "fa", "ur", "az", "hi", "tr", "zh")

Row = dict[str, str]
Values = dict[str, Any]


def read(name: str) -> list[Row]:
    """The rows of seed/<name>.csv; an empty cell is an empty text."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_language(row: Row, prefix: str = "") -> dict[str, str] | None:
    """{"en": …, "ru": …} out of the columns en, ru… or title_en, title_ru… for the prefix "title_"."""
    found = {lang: row[prefix + lang] for lang in LANGUAGES if row.get(prefix + lang)}
    return found or None


def listed(cell: str) -> list[str]:
    """The parts of a cell, which are separated by semicolons."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def point(latitude: float | str, longitude: float | str) -> str:
    return f"SRID=4326;POINT({longitude} {latitude})"


def upsert(db: Session, model: type[Base], rows: Sequence[Values], key: str = "code") -> int:
    """Insert the rows or bring them up to date; returns how many changed. An equal row keeps its updated_at."""
    if not rows:
        return 0
    statement = insert(model).values(_with_nulls(rows))
    table, new = model.__table__, statement.excluded
    columns = [name for name in rows[0] if name != key]
    changed = db.execute(
        statement.on_conflict_do_update(
            index_elements=[key],
            set_={name: new[name] for name in columns},
            where=or_(*(table.c[name].is_distinct_from(new[name]) for name in columns)),
        ).returning(table.c[key])
    )
    return len(changed.all())


def add_missing(db: Session, model: type[Base], rows: Sequence[Values]) -> int:
    """Insert the rows that are not there yet and leave the others as they are."""
    if not rows:
        return 0
    first = next(iter(model.__table__.primary_key))
    added = db.execute(insert(model).values(_with_nulls(rows)).on_conflict_do_nothing().returning(first))
    return len(added.all())


def ids(db: Session, model: Any, key: str = "code") -> dict[str, Any]:
    """The id of each row by its code or ref."""
    return {row[0]: row[1] for row in db.execute(select(getattr(model, key), model.id))}


def _with_nulls(rows: Sequence[Values]) -> list[Values]:
    # None in a JSONB column would be written as the JSON value null, which is not "nothing"
    return [{name: null() if value is None else value for name, value in row.items()} for row in rows]
