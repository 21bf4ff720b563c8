"""Searching: any language's name, by organisation, place, type and free text; spelling in three scripts; typing errors."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.places.models import Area
from tests.make import make_capacity, make_organisation


def found(client: TestClient, q: str) -> list[str]:
    answer = client.get("/api/v1/capacities", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["results"]]


@pytest.fixture
def kunduz(db: Session) -> None:
    area = db.scalar(select(Area).where(Area.iso == "AF-KDZ"))
    andma = make_organisation(db, "AFG-ANDMA", aliases=["State Ministry for Disaster Management"])
    make_capacity(db, "Boat crew", base_area_id=area.id, country_iso3="AFG", organisation_id=andma.id)
    make_capacity(db, "Dog team of Bishkek", names={"en": "Dog team of Bishkek", "ru": "Кинологический расчёт, Бишкек"})
    db.commit()


@pytest.mark.parametrize("spelling", ["Kunduz", "Qunduz", "Kondoz", "Кундуз", "کندز", "قندوز", "kundus", "KUNDUZ"])
def test_a_place_is_found_in_every_spelling(client: TestClient, kunduz: None, spelling: str) -> None:
    assert found(client, spelling) == ["Boat crew"]


@pytest.mark.parametrize("q", ["кинологический", "кинологичиский", "бишкек", "Bishkek dog", "dog bishkek", "бишкке"])
def test_words_are_found_in_any_order_language_and_with_typing_errors(client: TestClient, kunduz: None, q: str) -> None:
    assert found(client, q) == ["Dog team of Bishkek"]


@pytest.mark.parametrize(
    "q", ["ANDMA", "andma boat", "disaster management boat", "USAR boat", "Afghanistan boat", "Афганистан"]
)
def test_organisation_type_and_country_are_searched_too(client: TestClient, kunduz: None, q: str) -> None:
    assert "Boat crew" in found(client, q)


def test_what_is_called_so_comes_before_what_is_only_there(client: TestClient, db: Session) -> None:
    make_capacity(db, "Field kitchen", base_place={"en": "Pump square"})
    make_capacity(db, "Pump, high capacity")
    db.commit()
    assert found(client, "pump") == ["Pump, high capacity", "Field kitchen"]


def test_all_words_must_be_found(client: TestClient, kunduz: None) -> None:
    assert found(client, "boat bishkek") == []


@pytest.mark.parametrize(
    "q", ["!!!", "&|:*", "'", "\\", "( ) <-> !", "a" * 500, "\u202e", "🚁", "%_%", "'; DROP TABLE capacities; --"]
)
def test_signs_that_are_no_words_find_nothing_and_break_nothing(client: TestClient, kunduz: None, q: str) -> None:
    assert found(client, q) == []


def test_a_renamed_organisation_is_found_by_its_new_name(client: TestClient, db: Session, kunduz: None) -> None:
    make_organisation(db, "AFG-ANDMA").names = {"en": "Directorate of Rescue"}
    db.commit()
    assert found(client, "Directorate boat") == ["Boat crew"]


def test_a_ref_is_found(client: TestClient, db: Session) -> None:
    capacity = make_capacity(db, "Mobile laboratory")
    db.commit()
    assert found(client, capacity.ref) == ["Mobile laboratory"]


def test_a_word_said_again_and_again_is_looked_up_once(db: Session, kunduz: None) -> None:
    once = db.scalar(text("SELECT search_query('dog bishkke')::text"))
    assert db.scalar(text("SELECT search_query('dog bishkke ' || repeat('dog ', 80) || 'bishkke')::text")) == once
    endless = db.scalar(text("SELECT search_query(repeat('ab', 250))::text"))
    assert endless == f"'{'ab' * 20}':*", "no known word is as long: there is nothing to compare it with"
